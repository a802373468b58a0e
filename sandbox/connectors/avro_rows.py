"""Avro records as BigQuery rows: which columns a schema gives, and which values a record.

Types follow the connector: integers are INTEGER, floating point is FLOAT, logical types become
their BigQuery kin, maps lists of key and value. Unions of more than one type and null, and
recursive records, have no column: their records are refused.
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from sandbox.api import Json

PRIMITIVES = {
    "string": "STRING",
    "int": "INTEGER",
    "long": "INTEGER",
    "float": "FLOAT",
    "double": "FLOAT",
    "boolean": "BOOLEAN",
    "bytes": "BYTES",
}
LOGICAL = {
    "date": "DATE",
    "time-millis": "TIME",
    "time-micros": "TIME",
    "timestamp-millis": "TIMESTAMP",
    "timestamp-micros": "TIMESTAMP",
    "local-timestamp-millis": "DATETIME",
    "local-timestamp-micros": "DATETIME",
    "decimal": "NUMERIC",
    "uuid": "STRING",
}
Rename = Callable[[str], str]


class NoColumn(Exception):
    """A schema, or a record, that cannot become a row; worded as Connect's converters."""


def columns(schema: str, rename: Rename) -> list[Json]:
    """Return the `TableFieldSchema`s of a record schema, every column NULLABLE or REPEATED.

    Raises:
        NoColumn: It is no record, or has a field without a column.
    """
    parsed = json.loads(schema)
    if not isinstance(parsed, dict) or parsed.get("type") != "record":
        raise NoColumn("Top-level Kafka Connect schema must be of type 'struct'")
    return [_column(rename(each["name"]), each["type"], rename) for each in parsed["fields"]]


def _column(name: str, kind: Json, rename: Rename) -> Json:
    if isinstance(kind, list):
        others = [each for each in kind if each != "null"]
        if len(others) != 1:
            raise NoColumn(f"Field {name}: a union of several types has no BigQuery column")
        return _column(name, others[0], rename)
    if isinstance(kind, str):
        if kind not in PRIMITIVES:
            raise NoColumn(f"Field {name}: type {kind} has no BigQuery column")
        return {"name": name, "type": PRIMITIVES[kind], "mode": "NULLABLE"}
    return _complex(name, kind, rename)


def _complex(name: str, kind: Mapping[str, Json], rename: Rename) -> Json:
    if kind.get("logicalType") in LOGICAL:
        return {"name": name, "type": LOGICAL[kind["logicalType"]], "mode": "NULLABLE"}
    make = COMPLEX.get(kind["type"])
    return make(name, kind, rename) if make else _column(name, kind["type"], rename)


def _record(name: str, kind: Mapping[str, Json], rename: Rename) -> Json:
    fields = [_column(rename(each["name"]), each["type"], rename) for each in kind["fields"]]
    return {"name": name, "type": "RECORD", "mode": "NULLABLE", "fields": fields}


def _array(name: str, kind: Mapping[str, Json], rename: Rename) -> Json:
    element = _column(name, kind["items"], rename)
    if element["mode"] == "REPEATED":
        raise NoColumn(f"Field {name}: an array of arrays has no BigQuery column")
    return {**element, "mode": "REPEATED"}


def _map(name: str, kind: Mapping[str, Json], rename: Rename) -> Json:
    key = {"name": "key", "type": "STRING", "mode": "NULLABLE"}
    value = _column("value", kind["values"], rename)
    return {"name": name, "type": "RECORD", "mode": "REPEATED", "fields": [key, value]}


COMPLEX: Mapping[str, Callable[[str, Mapping[str, Json], Rename], Json]] = {
    "record": _record,
    "array": _array,
    "map": _map,
    "enum": lambda name, _kind, _rename: {"name": name, "type": "STRING", "mode": "NULLABLE"},
    "fixed": lambda name, _kind, _rename: {"name": name, "type": "BYTES", "mode": "NULLABLE"},
}


def row(record: Any, fields: Sequence[Json], rename: Rename) -> dict[str, Json]:
    """Return a decoded record as a row of JSON values.

    Args:
        record: As fastavro or JSON gives it.
        fields: Its columns, to tell a map from a record; without any, an object stays one.
        rename: From a field's name to its column's.

    Raises:
        NoColumn: It is not a record.
    """
    if not isinstance(record, dict):
        raise NoColumn("Only Struct and Map values are supported by the BigQuery sink")
    by_name = {each["name"]: each for each in fields}
    return {
        (column := rename(name)): _plain(value, by_name.get(column, {}), rename)
        for name, value in record.items()
    }


def _plain(value: Any, field: Mapping[str, Json], rename: Rename) -> Json:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, list):
        return [_plain(each, field, rename) for each in value]
    if isinstance(value, dict):
        return _members(value, field, rename)
    return _text(value)


def _members(value: dict[str, Any], field: Mapping[str, Json], rename: Rename) -> Json:
    fields = field.get("fields", ())
    if field.get("mode") == "REPEATED" and [each["name"] for each in fields] == ["key", "value"]:
        inner = fields[1]
        return [{"key": key, "value": _plain(each, inner, rename)} for key, each in value.items()]
    return row(value, fields, rename)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)
