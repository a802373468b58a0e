"""Case records to bytes, and real records to what a case says: the JSON side of both.

Inputs are written by the registered schema of their topic, else by the columns of the source that
was created on it; JSON goes in as it stands. Outputs are read without knowing columns where the
format allows it, so that an extra field shows.
"""

import base64
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import inf, isclose, isnan, nan
from typing import Any

from ksql.language.resolved import Column, FormatSpec, Source
from ksql.language.types import Base
from sandbox.formats import avro, windows
from sandbox.formats.numbers import parse_decimal, round_decimal
from sandbox.formats.schemas import Schemas
from sandbox.formats.serde import is_wrapped, serde
from sandbox.topics import Record, StoredRecord

Json = Any

EPOCH = date(1970, 1, 1)
NUMBERS = (int, float, Decimal)

NOT_FINITE = {"NaN": nan, "Infinity": inf, "-Infinity": -inf}
"""How JSON, which has no such numbers, writes them."""


@dataclass(frozen=True)
class Side:
    """The key or the value of a topic."""

    spec: FormatSpec
    columns: tuple[Column, ...]
    is_key: bool
    subject: str

    @property
    def is_wrapped(self) -> bool:
        """Whether the columns are members of a record."""
        return is_wrapped(self.spec, self.columns, is_key=self.is_key)


def key_side(source: Source) -> Side:
    """The keys of a source's topic."""
    return Side(source.key_format, source.schema.key, True, f"{source.topic}-key")


def value_side(source: Source) -> Side:
    """The values of a source's topic."""
    return Side(source.value_format, source.schema.value, False, f"{source.topic}-value")


# -- in -------------------------------------------------------------------------------------------


def record_of(
    described: Mapping[str, Json],
    source: Source | None,
    schemas: Schemas,
    given: Collection[str] = (),
) -> Record:
    """Return the record that a case describes; `given` are the subjects that it registered."""
    time_ms = int(described.get("timestamp") or 0)
    key, value = described.get("key"), described.get("value")
    if source is None:
        return StoredRecord(_plain_bytes(key), _plain_bytes(value), time_ms)
    key_bytes = encode(key, key_side(source), schemas, given)
    window = described.get("window")
    if window and key_bytes is not None:
        start, end = int(window["start"]), int(window["end"])
        is_session = str(window.get("type", "time")).lower() == "session"
        key_bytes = (
            windows.session_key(key_bytes, start, end)
            if is_session
            else windows.time_key(key_bytes, start)
        )
    return StoredRecord(key_bytes, encode(value, value_side(source), schemas, given), time_ms)


def encode(value: Json, side: Side, schemas: Schemas, given: Collection[str] = ()) -> bytes | None:
    """Return the bytes of a key or value."""
    if value is None:
        return None
    name = side.spec.name
    if name == "NONE" or not side.columns:
        return _plain_bytes(value)
    if name == "DELIMITED":
        return str(value).encode()
    if name == "JSON":
        return exact_json(value).encode()
    registered = schemas.latest(side.subject) if side.subject in given else None
    if registered is not None:
        return _by_schema(value, registered.schema, registered.schema_id)
    row = _row(value, side)
    return serde(
        side.spec, side.columns, is_key=side.is_key, schemas=schemas, subject=side.subject
    ).encode(row)


def _by_schema(value: Json, schema: str, schema_id: int) -> bytes:
    parsed = json.loads(schema)
    if isinstance(value, Mapping) and isinstance(parsed, dict):
        by_name = {str(name).upper(): each for name, each in value.items()}
        fields = parsed.get("fields", ())
        value = {f["name"]: _avro_value(by_name.get(f["name"].upper()), f["type"]) for f in fields}
    else:
        value = _avro_value(value, parsed)
    return avro.encoder(schema, schema_id)(value)


def _avro_value(value: Json, schema: Json) -> Json:
    if isinstance(schema, list):
        schema = next((each for each in schema if each != "null"), schema)
    kind = schema.get("type") if isinstance(schema, dict) else schema
    logical = schema.get("logicalType") if isinstance(schema, dict) else None
    if value is None:
        return None
    if kind in ("bytes", "fixed") and logical == "decimal":
        return Decimal(str(value))
    if kind in ("bytes", "fixed"):
        return base64.b64decode(value)
    if kind in ("double", "float"):
        return float(value)
    if kind in ("int", "long"):
        return int(value)
    return value


def _row(value: Json, side: Side) -> tuple[Any, ...]:
    if not side.is_wrapped or (len(side.columns) == 1 and not isinstance(value, Mapping)):
        return (sql_value(value, side.columns[0]),)
    if not isinstance(value, Mapping):
        return (sql_value(value, side.columns[0]),) + (None,) * (len(side.columns) - 1)
    by_name = {str(name).upper(): each for name, each in value.items()}
    return tuple(sql_value(by_name.get(c.name.upper()), c) for c in side.columns)


def sql_value(value: Json, column: Column) -> Any:
    """Return a JSON value in the Python type of a column."""
    if value is None:
        return None
    if column.type.base is Base.DECIMAL:
        return round_decimal(parse_decimal(str(value)), column.type.scale or 0)
    return CONVERSIONS[column.type.base](value)


def _days(value: Json) -> int:
    if isinstance(value, str) and "-" in value[1:]:
        return (date.fromisoformat(value) - EPOCH).days
    return int(value)


CONVERSIONS: dict[Base, Callable[[Json], Any]] = {
    Base.BOOLEAN: lambda value: value if isinstance(value, bool) else str(value).lower() == "true",
    Base.INTEGER: int,
    Base.BIGINT: int,
    Base.DOUBLE: float,
    Base.STRING: lambda value: value if isinstance(value, str) else exact_json(value),
    Base.BYTES: base64.b64decode,
    Base.DATE: _days,
    Base.TIME: int,
    Base.TIMESTAMP: int,
}


def exact_json(value: Json) -> str:
    """Return JSON text with every digit of the numbers that were read."""
    if isinstance(value, Mapping):
        members = (f"{json.dumps(str(n))}:{exact_json(each)}" for n, each in value.items())
        return f"{{{','.join(members)}}}"
    if isinstance(value, list):
        return f"[{','.join(exact_json(each) for each in value)}]"
    if isinstance(value, Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def _plain_bytes(value: Json) -> bytes | None:
    if value is None:
        return None
    return (value if isinstance(value, str) else exact_json(value)).encode()


# -- out ------------------------------------------------------------------------------------------


def readable(data: bytes | None, side: Side, schemas: Schemas) -> Json:
    """Return the JSON form of a real key or value.

    Raises:
        FormatError: It is not what its format says.
    """
    if data is None:
        return None
    name = side.spec.name
    if name == "JSON":
        return _doubles(json.loads(data, parse_float=Decimal), side)
    if name == "AVRO":
        return avro.Decoder(schemas, numbers=True).decode(data)
    if name == "KAFKA" and side.columns:
        row = serde(side.spec, side.columns, is_key=side.is_key).decode(data)
        return row[0] if row else None
    return data.decode()


def _doubles(value: Json, side: Side) -> Json:
    """Return a value with the numbers of DOUBLE columns as such: they compare by nearness."""
    doubles = {column.name for column in side.columns if column.type.base is Base.DOUBLE}
    if isinstance(value, dict):
        return {
            name: float(each) if name in doubles and isinstance(each, Decimal) else each
            for name, each in value.items()
        }
    return float(value) if doubles and isinstance(value, Decimal) else value


def window_of(key: bytes, kind: str, size_ms: int | None) -> tuple[bytes, dict[str, Json]]:
    """Take the window off a windowed key; return (plain key, what a case says of the window)."""
    if kind == "SESSION":
        plain, start, end = windows.split_session_key(key)
        return plain, {"start": start, "end": end, "type": "session"}
    plain, start = windows.split_time_key(key)
    return plain, {"start": start, "end": start + (size_ms or 0), "type": "time"}


def same(expected: Json, actual: Json) -> bool:
    """Tell whether a real value is what a case expects.

    Objects: the same fields, named as written or in upper case. Doubles to 1e-6; decimals as exact
    numbers, also when written as texts.
    """
    if isinstance(expected, Mapping):
        return isinstance(actual, Mapping) and _same_members(expected, actual)
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(expected) == len(actual)
            and all(same(*pair) for pair in zip(expected, actual, strict=True))
        )
    if None in (expected, actual) or isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    return _same_plain(expected, actual)


def _same_plain(expected: Json, actual: Json) -> bool:
    if isinstance(expected, NUMBERS) and isinstance(actual, NUMBERS):
        return _same_number(expected, actual)
    if isinstance(expected, str) and isinstance(actual, Decimal):
        return _decimal(expected) == actual
    if isinstance(expected, str) and isinstance(actual, float) and expected in NOT_FINITE:
        return _same_number(NOT_FINITE[expected], actual)
    if isinstance(actual, str) and isinstance(expected, Decimal | int):
        return _decimal(actual) == expected
    return _text_of(expected) == _text_of(actual)


def _same_members(expected: Mapping[str, Json], actual: Mapping[str, Json]) -> bool:
    if len(expected) != len(actual):
        return False
    for name, value in expected.items():
        found = name if name in actual else name.upper()
        if found not in actual or not same(value, actual[found]):
            return False
    return True


def _same_number(expected: float | Decimal, actual: float | Decimal) -> bool:
    if isinstance(actual, float) or isinstance(expected, float):
        if isnan(actual) or isnan(expected):
            return isnan(actual) and isnan(expected)
        return isclose(float(expected), float(actual), rel_tol=1e-6, abs_tol=1e-6)
    return expected == actual


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except ArithmeticError:
        return None


def _text_of(value: Json) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
