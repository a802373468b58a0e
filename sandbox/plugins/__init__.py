"""Stand-ins for the two published Pulumi providers, for the sandbox on this machine only.

Each is a process that the engine starts; it talks HTTP to the sandbox with the requests that the
published provider sends to the service, so that either can serve the same program. A resource
type is a row of a table: which request creates, reads, updates and deletes it, which inputs
replace it, what its outputs are. Rows are in `confluentcloud` and `google`; everything else here
is the same for all of them.

Leaves out what the program does not use: schemas, components, parametrised packages, import.
"""
