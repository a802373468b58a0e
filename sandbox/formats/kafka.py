"""The KAFKA format: one column as Kafka's own serializers write it.

INTEGER 4 bytes, BIGINT and DOUBLE 8 bytes, big-endian; STRING as UTF-8; BYTES as they are. Null is
no bytes at all.
"""

import struct
from collections.abc import Callable, Sequence
from typing import Any

from ksql.language.resolved import Column
from ksql.language.types import Base
from sandbox.formats.errors import DeserializationError, SchemaError, SerializationError
from sandbox.formats.rows import Row

FIXED = {
    Base.INTEGER: (struct.Struct(">i"), "IntegerDeserializer"),
    Base.BIGINT: (struct.Struct(">q"), "LongDeserializer"),
    Base.DOUBLE: (struct.Struct(">d"), "DoubleDeserializer"),
}


def check_columns(columns: Sequence[Column]) -> None:
    """Refuse columns that the format cannot carry.

    Raises:
        SchemaError: More than one, or of another type; worded as ksqlDB.
    """
    if len(columns) > 1:
        raise SchemaError(
            "The 'KAFKA' format only supports a single field. Got: " + listed(columns)
        )
    for column in columns:
        base = column.type.base
        if base not in FIXED and base not in (Base.STRING, Base.BYTES):
            raise SchemaError(f"The 'KAFKA' format does not support type '{base}'")


def listed(columns: Sequence[Column]) -> str:
    """Return columns as ksqlDB's messages list them."""
    return "[" + ", ".join(str(column) for column in columns) + "]"


def encoder(columns: Sequence[Column]) -> Callable[[Row], bytes | None]:
    """Return the function from a row of the one column to bytes.

    Raises:
        SchemaError: The format cannot carry the columns.
    """
    check_columns(columns)
    if not columns:
        return lambda _: None
    base = columns[0].type.base
    if base is Base.BYTES:
        return lambda row: row[0]  # type: ignore[return-value]  # a BYTES column holds bytes
    pack: Callable[[Any], bytes] = str.encode if base is Base.STRING else FIXED[base][0].pack

    def encode(row: Row) -> bytes | None:
        value = row[0]
        try:
            return None if value is None else pack(value)
        except (struct.error, TypeError, UnicodeEncodeError) as reason:
            raise SerializationError(f"Not a {base}: {reason}") from None

    return encode


def decoder(columns: Sequence[Column]) -> Callable[[bytes | None], Row | None]:
    """Return the function from bytes to a row of the one column.

    Raises:
        SchemaError: The format cannot carry the columns.
    """
    check_columns(columns)
    if not columns:
        return lambda data: None if data is None else ()
    base = columns[0].type.base
    if base is Base.BYTES:
        return lambda data: None if data is None else (data,)
    if base is Base.STRING:
        # Java replaces what is no UTF-8 instead of refusing it.
        return lambda data: None if data is None else (data.decode("utf-8", "replace"),)
    fixed, name = FIXED[base]
    unpack, size = fixed.unpack, fixed.size

    def decode(data: bytes | None) -> Row | None:
        if data is None:
            return None
        if len(data) != size:
            raise DeserializationError(f"Size of data received by {name} is not {size}")
        return unpack(data)

    return decode
