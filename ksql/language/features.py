"""What ksqlDB has and this project refuses: every such feature, by the name errors give it.

Functions that are refused are listed beside those that are not, in `ksql.language.functions`.
"""

from __future__ import annotations

from enum import StrEnum


class Feature(StrEnum):
    """A feature out of scope. The value reads on after `Not supported here:`."""

    ARRAY_TYPE = "the type ARRAY"
    MAP_TYPE = "the type MAP"
    STRUCT_TYPE = "the type STRUCT"
    ARRAY_VALUE = "ARRAY values"
    MAP_VALUE = "MAP values"
    STRUCT_VALUE = "STRUCT values"
    SUBSCRIPT = "subscripts of ARRAY and MAP"
    STRUCT_FIELD = "STRUCT fields"
    LAMBDA = "lambda functions"
    CUSTOM_TYPES = "custom types (CREATE TYPE, DROP TYPE, LIST TYPES)"
    AT_TIME_ZONE = "AT TIME ZONE"
    HEADERS = "columns of record headers (HEADERS, HEADER)"
    PROTOBUF = "the format PROTOBUF"
    PROTOBUF_NOSR = "the format PROTOBUF_NOSR"
    JSON_SR = "the format JSON_SR"
    STREAM_STREAM_JOIN = "stream-stream joins (WITHIN)"
    TABLE_TABLE_JOIN = "table-table joins, foreign keys among them"
    RIGHT_JOIN = "RIGHT OUTER joins"
    FULL_JOIN = "FULL OUTER joins"
    MANY_JOINS = "joins of more than two sources"
    EMIT_FINAL = "EMIT FINAL"
    GLOBAL_TABLE = "CREATE TABLE with aggregates but without GROUP BY"
    CONNECTORS = "connector statements"
    ASSERT = "ASSERT statements"
    ALTER_SYSTEM = "ALTER SYSTEM"
    RUN_SCRIPT = "RUN SCRIPT, a command of the command-line tool"
