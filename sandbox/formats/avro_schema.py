"""Avro schemas of columns, and columns of Avro schemas, as ksqlDB makes them.

`derived` is what a sink registers; `inferred_columns` is what a CREATE without columns gets.
Sources: ksqlDB's `AvroFormat` and Connect's `AvroData`, whose `connect.*` properties are kept.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from ksql.language.resolved import Column
from ksql.language.types import (
    BIGINT,
    BOOLEAN,
    BYTES,
    DATE,
    DOUBLE,
    INTEGER,
    STRING,
    TIME,
    TIMESTAMP,
    Base,
    SqlType,
    decimal,
)
from sandbox.formats.avro_types import AvroType, parse
from sandbox.formats.errors import SchemaError

DEFAULT_NAME = "io.confluent.ksql.avro_schemas.KsqlDataSourceSchema"
"""Full name of the record, unless VALUE_AVRO_SCHEMA_FULL_NAME gives another."""

KEY_COLUMN, VALUE_COLUMN = "ROWKEY", "ROWVAL"
"""Names of the columns that anonymous keys and values become."""

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
INITIAL = re.compile(r"[A-Za-z_]", re.ASCII)


class NestedType(SchemaError):
    """A field holds other types: outside of what columns can have here.

    Attributes:
        field: its name.
        kind: `record`, `array`, `map` or `union`.
    """

    def __init__(self, field: str, kind: str) -> None:
        self.field, self.kind = field, kind
        super().__init__(f"field '{field}' is of the nested Avro type '{kind}'")


def derived(columns: Sequence[Column], *, wrapped: bool = True, name: str | None = None) -> str:
    """Return the schema, as JSON text, that ksqlDB registers for these columns.

    A record whose fields are all nullable with default null; of an unwrapped single column just
    the nullable type.

    Raises:
        SchemaError: A column's name is no Avro name.
    """
    if not wrapped:
        return _text(["null", _avro_type(columns[0].type)])
    full_name = name or DEFAULT_NAME
    namespace, _, short = full_name.rpartition(".")
    record: dict[str, Any] = {"type": "record", "name": short}
    if namespace:
        record["namespace"] = namespace
    for part in full_name.split("."):
        check_name(part)
    record["fields"] = [_field(column) for column in columns]
    record["connect.name"] = full_name
    return _text(record)


def check_name(name: str) -> None:
    """Refuse what Avro allows neither as a field's nor as a record's name.

    Raises:
        SchemaError: Worded as ksqlDB.
    """
    if NAME.fullmatch(name):
        return
    if not name:
        reason = "Empty name"
    elif not INITIAL.match(name):
        reason = f"Illegal initial character: {name}"
    else:
        reason = f"Illegal character in: {name}"
    raise SchemaError(f"Schema is not compatible with Avro: {reason}")


def _field(column: Column) -> dict[str, Any]:
    check_name(column.name)
    return {"name": column.name, "type": ["null", _avro_type(column.type)], "default": None}


PLAIN = {
    Base.BOOLEAN: "boolean",
    Base.INTEGER: "int",
    Base.BIGINT: "long",
    Base.DOUBLE: "double",
    Base.STRING: "string",
    Base.BYTES: "bytes",
}
LOGICAL = {
    Base.DATE: ("int", "Date", "date"),
    Base.TIME: ("int", "Time", "time-millis"),
    Base.TIMESTAMP: ("long", "Timestamp", "timestamp-millis"),
}


def _avro_type(column: SqlType) -> str | dict[str, Any]:
    if column.base in PLAIN:
        return PLAIN[column.base]
    if column.base is Base.DECIMAL:
        return {
            "type": "bytes",
            "scale": column.scale,
            "precision": column.precision,
            "connect.version": 1,
            "connect.parameters": {
                "scale": str(column.scale),
                "connect.decimal.precision": str(column.precision),
            },
            "connect.name": "org.apache.kafka.connect.data.Decimal",
            "logicalType": "decimal",
        }
    kind, connect, logical = LOGICAL[column.base]
    return {
        "type": kind,
        "connect.version": 1,
        "connect.name": f"org.apache.kafka.connect.data.{connect}",
        "logicalType": logical,
    }


def _text(schema: Any) -> str:
    return json.dumps(schema, separators=(",", ":"))


def inferred_columns(
    schema: str, *, is_key: bool = False, wrapped: bool = True
) -> tuple[Column, ...]:
    """Return the columns that ksqlDB makes of a registered schema, names in upper case.

    A key is one anonymous value, ROWKEY. `wrapped` tells that the value must be a record;
    otherwise it is an anonymous value, ROWVAL.

    Raises:
        NestedType: A field, or a key that should be one value, holds other types.
        SchemaError: The schema is none, has the wrong shape, or a type that no column has.
    """
    parsed = parse(schema)
    if not is_key and wrapped:
        if not parsed.is_record:
            raise SchemaError(
                "The value schema is an anonymous type: set WRAP_SINGLE_VALUE to false to read "
                f"it as column {VALUE_COLUMN}."
            )
        return tuple(
            Column(field.name.upper(), column_type(field.type, field.name))
            for field in parsed.fields
        )
    name = KEY_COLUMN if is_key else VALUE_COLUMN
    if parsed.is_record:
        raise NestedType(name, "record")
    return (Column(name, column_type(parsed.fields[0].type, name)),)


SIMPLE = {
    "boolean": BOOLEAN,
    "int": INTEGER,
    "long": BIGINT,
    "float": DOUBLE,
    "double": DOUBLE,
    "string": STRING,
    "enum": STRING,
    "bytes": BYTES,
    "fixed": BYTES,
}
TEMPORAL = {"date": DATE, "time-millis": TIME, "timestamp-millis": TIMESTAMP}


def column_type(avro: AvroType, field: str) -> SqlType:
    """Return the column type of an Avro type.

    Raises:
        NestedType: It holds other types.
        SchemaError: It is null.
    """
    if avro.is_nested:
        raise NestedType(field, avro.kind)
    if avro.logical == "decimal":
        return decimal(avro.precision, avro.scale)
    if avro.logical is not None:
        return TEMPORAL[avro.logical]
    if avro.kind not in SIMPLE:
        raise SchemaError(f"field '{field}' is of the Avro type '{avro.kind}', which no column has")
    return SIMPLE[avro.kind]
