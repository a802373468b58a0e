"""What fully managed connectors do: Datagen makes records, the BigQuery sink delivers them.

`host` is all that the rest of the sandbox sees. Leaves out their HTTP API, names and secrets'
masking (`sandbox.confluent`): a connector here is settings, work, a state and a trace.
"""
