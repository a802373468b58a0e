"""Statements judged against a catalogue: names, types, keys, formats.

`statements` dispatches; `queries` composes `scope` (names), `expressions` (types), `joins`,
`aggregation` and `projection`; `definitions` and `sinks` make sources; `formats` and `properties`
check WITH clauses. Every refusal that needs no server state is raised here, worded as the server's.
"""
