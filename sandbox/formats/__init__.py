"""Rows and bytes: how Kafka records carry keys and values.

Ground floor: serializers for ksqlDB's formats (KAFKA, JSON, AVRO, DELIMITED, NONE), Schema
Registry framing, Avro schemas derived from columns and columns inferred from Avro schemas. A row
is a tuple of `ksql.language.values`. Leaves out the registry itself (`schemas` is its seam) and
which format a statement asks for.
"""
