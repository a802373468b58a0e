"""Schema Registry: subjects and versions, compatibility, settings, contexts, two-step deletion.

Speaks Avro. JSON Schema and Protobuf are refused by name. `SchemaRegistry` is one registry
cluster and implements `sandbox.formats.schemas.Schemas`; `routes` puts HTTP in front.
"""
