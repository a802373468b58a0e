"""Values between the wire and DuckDB.

Outwards: Python values, as `store` reads them, into BigQuery's `{"f": [{"v": …}]}` rows, where
every scalar is text. Inwards: JSON values of `insertAll`, load jobs and connectors into text that
DuckDB casts to the column's type; what cannot be cast is found here, cell by cell, so that the
error can name the field.
"""

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.api import Json
from sandbox.google.bigquery.fields import Field, FieldType, Mode, Schema

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
INT64_LIMIT = 2**63
NUMERIC_DIGITS = {FieldType.NUMERIC: (29, 9), FieldType.BIGNUMERIC: (20, 18)}
"""Digits before and after the point that are stored."""

NUMERIC_TEXT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
TIMESTAMP_TEXT = re.compile(
    r"(\d{4,5}-\d{1,2}-\d{1,2})(?:[T ](\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d{1,9})?))?"
    r" ?(Z|UTC|[+-]\d{1,2}(?::?\d{2})?)?",
    re.IGNORECASE,
)


class BadValue(Exception):
    """A cell that does not fit its column; `path` is such as `items[2].price`."""

    def __init__(self, path: str, message: str, reason: str = "invalid") -> None:
        self.path, self.message, self.reason = path, message, reason
        super().__init__(message)


# Outwards


def wire_rows(schema: Schema, rows: Sequence[Sequence[Any]], *, int64_timestamps: bool) -> Json:
    """Return rows as the REST API writes them.

    Timestamps come as microseconds since the epoch, from `store`; with `int64_timestamps` they
    stay so, else they become seconds in floating point notation.
    """
    encoders = [_encoder(each, int64_timestamps) for each in schema]
    return [
        {"f": [{"v": encode(value)} for encode, value in zip(encoders, row, strict=True)]}
        for row in rows
    ]


def _encoder(column: Field, int64_timestamps: bool) -> Callable[[Any], Json]:
    scalar = _scalar_encoder(column, int64_timestamps)
    if not column.is_repeated:
        return lambda value: None if value is None else scalar(value)
    return lambda values: [{"v": None if each is None else scalar(each)} for each in (values or ())]


def _scalar_encoder(column: Field, int64_timestamps: bool) -> Callable[[Any], Json]:
    if column.type is FieldType.RECORD:
        members = [(each.name, _encoder(each, int64_timestamps)) for each in column.fields]
        return lambda value: {"f": [{"v": encode(value[name])} for name, encode in members]}
    if column.type is FieldType.TIMESTAMP and not int64_timestamps:
        return float_timestamp
    return SCALARS[column.type]


def float_timestamp(micros: int) -> str:
    """Return seconds since the epoch as Java prints a double, such as `1.7000000001235E9`."""
    if micros == 0:
        return "0.0"
    mantissa, _, exponent = f"{Decimal(micros) / 1_000_000:.15E}".partition("E")
    digits = mantissa.rstrip("0")
    return f"{digits}{'0' if digits.endswith('.') else ''}E{int(exponent)}"


def _float_text(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(float(value))


def _decimal_text(value: Any) -> str:
    text = format(Decimal(value), "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def _time_text(value: time) -> str:
    return value.isoformat()


SCALARS: dict[FieldType, Callable[[Any], Json]] = {
    FieldType.STRING: str,
    FieldType.BYTES: lambda value: base64.b64encode(value).decode(),
    FieldType.INTEGER: lambda value: str(int(value)),
    FieldType.FLOAT: _float_text,
    FieldType.NUMERIC: _decimal_text,
    FieldType.BIGNUMERIC: _decimal_text,
    FieldType.BOOLEAN: lambda value: "true" if value else "false",
    FieldType.DATE: lambda value: value.isoformat(),
    FieldType.TIME: _time_text,
    FieldType.DATETIME: lambda value: value.isoformat(),
    FieldType.TIMESTAMP: lambda value: str(int(value)),
    FieldType.JSON: str,
}


# Inwards


def python_cell(column: Field, value: Any) -> str | None:
    """Return the text to store for a value that a query gave: the way of a result into a table."""
    [cell] = wire_rows((column,), [[value]], int64_timestamps=True)[0]["f"]
    return stored_cell(column, _plain(column, cell["v"]))


def _plain(column: Field, cell: Json) -> Json:
    """Turn `{"v": …}` nesting into plain lists and objects, timestamps into text."""
    if cell is None:
        return None
    if column.is_repeated:
        element = Field(column.name, column.type, fields=column.fields)
        return [_plain(element, each["v"]) for each in cell]
    if column.type is FieldType.RECORD:
        members = zip(column.fields, cell["f"], strict=True)
        return {each.name: _plain(each, member["v"]) for each, member in members}
    if column.type is FieldType.TIMESTAMP:
        return timestamp_text(EPOCH + int(cell) * MICROSECOND)
    return cell


def stored_cell(column: Field, value: Json) -> str | None:
    """Return the text that DuckDB casts to the column's type; None for NULL.

    Raises:
        BadValue: The value does not fit.
    """
    if column.is_repeated or column.type is FieldType.RECORD:
        plain = _nested(column, value, column.name)
        return None if plain is None else json.dumps(plain)
    if value is None:
        _require_optional(column, column.name)
        return None
    return PARSERS[column.type](value, column.name)


def _require_optional(column: Field, path: str) -> None:
    if column.mode is Mode.REQUIRED:
        raise BadValue(path, f"Missing required field: {path}.")


def _nested(column: Field, value: Json, path: str) -> Json:
    if column.is_repeated:
        if value is None:
            return []
        if not isinstance(value, list):
            raise BadValue(path, f"Repeated field must be imported as a JSON array: {path}.")
        return [_element(column, each, f"{path}[{i}]") for i, each in enumerate(value)]
    if value is None:
        _require_optional(column, path)
        return None
    return _element(column, value, path)


def _element(column: Field, value: Json, path: str) -> Json:
    if value is None:
        raise BadValue(path, f"Only optional fields can be set to NULL. Field: {path}")
    if column.type is not FieldType.RECORD:
        return PARSERS[column.type](value, path)
    if not isinstance(value, dict):
        raise BadValue(path, f"This field: {path} is a record.")
    given = {key.lower(): each for key, each in value.items()}
    known = {each.name.lower() for each in column.fields}
    for key in value:
        if key.lower() not in known:
            raise BadValue(f"{path}.{key}", f"no such field: {path}.{key}.")
    return {
        each.name: _nested(each, given.get(each.name.lower()), f"{path}.{each.name}")
        for each in column.fields
    }


def _refuse(kind: str, value: Json, path: str) -> BadValue:
    if isinstance(value, list):
        return BadValue(path, f"Array specified for non-repeated field: {path}.")
    if isinstance(value, dict):
        return BadValue(path, f"This field: {path} is not a record.")
    return BadValue(path, f"Cannot convert value to {kind} (bad value): {value}")


def _string(value: Json, path: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise _refuse("string", value, path)


def _integer(value: Json, path: str) -> str:
    try:
        if isinstance(value, float):
            number = int(value) if value.is_integer() else None
        elif isinstance(value, int | str) and not isinstance(value, bool):
            number = int(value)
        else:
            number = None
    except ValueError:
        number = None
    if number is None or not -INT64_LIMIT <= number < INT64_LIMIT:
        raise _refuse("integer", value, path)
    return str(number)


def _float(value: Json, path: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _refuse("float", value, path)
    try:
        return repr(float(value))
    except (ValueError, OverflowError):
        raise _refuse("float", value, path) from None


def _boolean(value: Json, path: str) -> str:
    text = str(value).lower() if isinstance(value, bool | str | int) else ""
    if text in ("true", "t", "yes", "y", "1"):
        return "true"
    if text in ("false", "f", "no", "n", "0"):
        return "false"
    raise _refuse("boolean", value, path)


def _numeric(kind: FieldType) -> Callable[[Json, str], str]:
    whole, scale = NUMERIC_DIGITS[kind]

    def parse(value: Json, path: str) -> str:
        text = str(value).strip()
        if isinstance(value, bool) or not NUMERIC_TEXT.fullmatch(text):
            raise _refuse(kind.lower(), value, path)
        try:
            number = Decimal(text).quantize(Decimal(1).scaleb(-scale))
        except InvalidOperation:
            number = Decimal(text)
        if abs(Decimal(text)) >= Decimal(10) ** whole:
            raise BadValue(path, f"Invalid {kind} value: {text} Field: {path}; Value: {text}")
        return format(number, "f")

    return parse


def _bytes(value: Json, path: str) -> str:
    if not isinstance(value, str):
        raise _refuse("bytes", value, path)
    try:
        raw = base64.b64decode(value.replace("-", "+").replace("_", "/"), validate=True)
    except (ValueError, binascii.Error):
        raise BadValue(path, f"Could not decode base64 string to bytes. Field: {path}") from None
    return bytes_text(raw)


def bytes_text(raw: bytes) -> str:
    """Return bytes as DuckDB casts them from text."""
    return "".join(f"\\x{byte:02X}" for byte in raw)


def _timestamp(value: Json, path: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _refuse("timestamp", value, path)
    text = str(value).strip()
    try:
        if NUMERIC_TEXT.fullmatch(text):
            # A plain number is seconds since the epoch, with a fraction.
            return timestamp_text(EPOCH + timedelta(microseconds=int(Decimal(text) * 1_000_000)))
        matched = TIMESTAMP_TEXT.fullmatch(text)
        if matched is None:
            raise ValueError(text)
        return timestamp_text(_instant(*matched.groups()))
    except (ValueError, OverflowError, InvalidOperation):
        raise BadValue(path, f"Could not parse '{text}' as a timestamp. Required format is "
                       "YYYY-MM-DD HH:MM[:SS[.SSSSSS]] or YYYY/MM/DD HH:MM[:SS[.SSSSSS]]"
                       ) from None  # fmt: skip


def _instant(day: str, clock: str | None, zone: str | None) -> datetime:
    year, month, dom = (int(part) for part in day.split("-"))
    hours, minutes, seconds = (clock or "0:0:0").split(":")
    whole, _, fraction = seconds.partition(".")
    micros = int((fraction + "000000")[:6])
    local = datetime(year, month, dom, int(hours), int(minutes), int(whole), micros, UTC)
    if zone is None or zone.upper() in ("Z", "UTC"):
        return local
    digits = zone[1:].replace(":", "")
    short = digits if len(digits) > 2 else digits + "00"  # noqa: PLR2004 - hours alone
    offset = timedelta(hours=int(short[:-2]), minutes=int(short[-2:]))
    return local + offset if zone[0] == "-" else local - offset


def timestamp_text(instant: datetime) -> str:
    """Return an instant as DuckDB casts it from text."""
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00")


def _calendar(kind: str, parse: Callable[[str], Any]) -> Callable[[Json, str], str]:
    def cell(value: Json, path: str) -> str:
        if not isinstance(value, str):
            raise _refuse(kind, value, path)
        try:
            return str(parse(value.strip()))
        except ValueError:
            raise BadValue(path, f"Invalid {kind}: '{value}' Field: {path}; Value: {value}") from (
                None
            )

    return cell


def _json_text(value: Json, path: str) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    try:
        return json.dumps(json.loads(value))
    except ValueError:
        raise BadValue(path, f"Invalid JSON: {value:.100} Field: {path}") from None


PARSERS: dict[FieldType, Callable[[Json, str], str]] = {
    FieldType.STRING: _string,
    FieldType.BYTES: _bytes,
    FieldType.INTEGER: _integer,
    FieldType.FLOAT: _float,
    FieldType.NUMERIC: _numeric(FieldType.NUMERIC),
    FieldType.BIGNUMERIC: _numeric(FieldType.BIGNUMERIC),
    FieldType.BOOLEAN: _boolean,
    FieldType.DATE: _calendar("date", date.fromisoformat),
    FieldType.TIME: _calendar("time", time.fromisoformat),
    FieldType.DATETIME: _calendar("datetime", datetime.fromisoformat),
    FieldType.TIMESTAMP: _timestamp,
    FieldType.JSON: _json_text,
}
