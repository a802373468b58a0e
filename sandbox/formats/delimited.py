r"""The DELIMITED format: one CSV record per value.

Follows Apache Commons CSV's DEFAULT format as ksqlDB uses it: quotes only where needed (the
first field of a record sooner than the others), an empty field is null on reading, and null is
an empty field on writing. BYTES are Base64, DECIMALs plain, times their number.
"""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from typing import Any

from ksql.language.resolved import Column
from ksql.language.types import Base, SqlType
from sandbox.formats.caches import SizedCache
from sandbox.formats.errors import DeserializationError, SchemaError, SerializationError
from sandbox.formats.numbers import (
    DecimalOverflow,
    double_text,
    fit_decimal,
    parse_decimal,
    parse_double,
    parse_int,
    parse_long,
    plain_text,
)
from sandbox.formats.rows import Row

NAMED_DELIMITERS = {"TAB": "\t", "SPACE": " "}

TEXTS: dict[Base, Callable[[Any], str]] = {
    Base.BOOLEAN: lambda truth: "true" if truth else "false",
    Base.DOUBLE: double_text,
    Base.DECIMAL: plain_text,
    Base.BYTES: lambda data: base64.b64encode(data).decode(),
}


def delimiter_of(setting: str | None) -> str:
    """Return the character that KEY_ or VALUE_DELIMITER names; a comma by default.

    Raises:
        SchemaError: Neither one character nor TAB or SPACE.
    """
    delimiter = NAMED_DELIMITERS.get((setting or ",").upper(), setting or ",")
    if len(delimiter) != 1:
        raise SchemaError(
            f"Invalid delimiter value: '{setting}'. Delimiter must be a single character or "
            "TAB,SPACE"
        )
    return delimiter


def quoting(delimiter: str) -> tuple[Callable[[str], str], Callable[[str], str]]:
    """Return how the first field of a record and how the others are quoted."""
    special = re.escape(delimiter) + '"\\r\\n'
    first = re.compile(rf"(?![0-9A-Za-z])|.*[{special}]|.*[\0-\x20]\Z", re.DOTALL)
    other = re.compile(rf"[\0-#]|.*[{special}]|.*[\0-\x20]\Z", re.DOTALL)

    def quoted(needed: re.Pattern[str]) -> Callable[[str], str]:
        def quote(text: str) -> str:
            return '"' + text.replace('"', '""') + '"' if needed.match(text) else text

        return quote

    return quoted(first), quoted(other)


def encoder(columns: Sequence[Column], delimiter: str) -> Callable[[Row], bytes]:
    """Return the function from a row to its CSV record."""
    first, other = quoting(delimiter)
    writers = [
        _field_writer(column.type, first if at == 0 else other) for at, column in enumerate(columns)
    ]
    count = len(columns)

    def encode(row: Row) -> bytes:
        if len(row) != count:
            raise SerializationError(
                f"Column count mismatch on serialization. expected: {count}, got: {len(row)}"
            )
        try:
            fields = [
                "" if value is None else write(value)
                for write, value in zip(writers, row, strict=True)
            ]
            return delimiter.join(fields).encode()
        except (TypeError, ValueError, AttributeError) as reason:
            raise SerializationError(f"A row does not fit its columns: {reason}") from None

    return encode


def _field_writer(column: SqlType, quote: Callable[[str], str]) -> Callable[[Any], str]:
    base = column.base
    if base is Base.STRING:
        cache: SizedCache[str, str] = SizedCache(quote)
        return cache.__getitem__
    to_text = TEXTS.get(base, str)
    return lambda value: quote(to_text(value))


def decoder(columns: Sequence[Column], delimiter: str) -> Callable[[bytes | None], Row | None]:
    """Return the function from a CSV record to a row."""
    parsers = [parser(column.type) for column in columns]
    count = len(columns)
    # Without quotes and line ends a record is what lies between delimiters.
    plain = re.compile('[^"\\r\\n]+')

    def decode(data: bytes | None) -> Row | None:
        if data is None:
            return None
        text = data.decode("utf-8", "replace")
        fields = text.split(delimiter) if plain.fullmatch(text) else first_record(text, delimiter)
        if len(fields) != count:
            raise DeserializationError(
                f"Column count mismatch on deserialization. expected: {count}, got: {len(fields)}"
            )
        try:
            return tuple(
                [
                    parse(field) if field else None
                    for parse, field in zip(parsers, fields, strict=True)
                ]
            )
        except (ValueError, DecimalOverflow) as reason:
            raise DeserializationError(str(reason)) from None

    return decode


def parser(column: SqlType) -> Callable[[str], Any]:
    """Return how a field that is not empty becomes a value of the type."""
    if column.base is Base.DECIMAL:
        precision, scale = column.precision or 0, column.scale or 0
        return lambda text: fit_decimal(parse_decimal(text), precision, scale)
    return PARSERS[column.base]


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error as reason:
        raise ValueError(f"not Base64: {reason}") from None


PARSERS: dict[Base, Callable[[str], Any]] = {
    Base.BOOLEAN: lambda text: text.lower() == "true",
    Base.INTEGER: parse_int,
    Base.BIGINT: parse_long,
    Base.DOUBLE: parse_double,
    Base.STRING: str,
    Base.BYTES: _base64,
    Base.DATE: parse_int,
    Base.TIME: parse_long,
    Base.TIMESTAMP: parse_long,
}


def first_record(text: str, delimiter: str) -> list[str]:
    """Return the fields of the first record that is not an empty line.

    Raises:
        DeserializationError: There is none, or a quoted field does not end properly.
    """
    at = 0
    while at < len(text) and text[at] in "\r\n":
        at += 1
    if at == len(text):
        raise DeserializationError("No fields in record")
    fields: list[str] = []
    while True:
        field, at = (
            _quoted(text, at + 1) if text[at : at + 1] == '"' else _bare(text, at, delimiter)
        )
        fields.append(field)
        while text[at : at + 1].isspace() and text[at] not in "\r\n" and text[at] != delimiter:
            at += 1
        if at >= len(text) or text[at] in "\r\n":
            return fields
        if text[at] != delimiter:
            raise DeserializationError("invalid char between encapsulated token and delimiter")
        at += 1


def _bare(text: str, at: int, delimiter: str) -> tuple[str, int]:
    end = at
    while end < len(text) and text[end] not in "\r\n" and text[end] != delimiter:
        end += 1
    return text[at:end], end


def _quoted(text: str, at: int) -> tuple[str, int]:
    parts: list[str] = []
    while True:
        end = text.find('"', at)
        if end < 0:
            raise DeserializationError("EOF reached before encapsulated token finished")
        parts.append(text[at:end])
        if text[end + 1 : end + 2] != '"':
            return "".join(parts), end + 1
        parts.append('"')
        at = end + 2
