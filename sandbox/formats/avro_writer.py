"""Rows to Avro bytes: an encoder generated for the schema that ksqlDB derives from columns.

That schema makes every field a union of null and its type, so a value is a branch byte and its
data. Texts come from a cache, numbers of up to two bytes from a table; a row is one `join`.
"""

import struct
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NoReturn

from ksql.language.resolved import Column
from ksql.language.types import Base
from sandbox.formats.avro import HEADER
from sandbox.formats.caches import SizedCache
from sandbox.formats.errors import SerializationError
from sandbox.formats.numbers import EXACT
from sandbox.formats.rows import Encode

NULL = b"\0"
PRESENT = b"\2"
"""The branch of a value in the union of null and its type."""

SMALL = range(-64, 8192)
"""Numbers whose bytes are made once: what one byte holds, and what two bytes hold of the
positive ones."""

DATA_BITS, MORE = 0x7F, 0x80
CHUNK_BITS = 14


def varint(number: int) -> bytes:
    """Return a long as Avro's zig-zag varint."""
    number = (number << 1) ^ (number >> 63)
    out = bytearray()
    while number > DATA_BITS:
        out.append(number & DATA_BITS | MORE)
        number >>= 7
    out.append(number)
    return bytes(out)


class NullableLongs(dict[int | None, bytes]):
    """`longs[number]` is the branch byte and the varint; `longs[None]` the branch of null."""

    def __init__(self) -> None:
        super().__init__({number: PRESENT + varint(number) for number in SMALL})
        self[None] = NULL

    def __missing__(self, number: int | None) -> bytes:
        # Not kept: large numbers are times and ids, which do not come back.
        assert number is not None
        out, rest = PRESENT, (number << 1) ^ (number >> 63)
        while rest > DATA_BITS:
            out += CHUNKS[rest & DATA_BITS]
            rest >>= 7
        return out + LAST[rest]


CHUNKS = tuple(bytes((low | MORE,)) for low in range(128))
LAST = tuple(bytes((low,)) for low in range(128))

LONGS = NullableLongs()
BOOLEANS = {None: NULL, False: PRESENT + b"\0", True: PRESENT + b"\1"}
DOUBLE = struct.Struct("<Bd").pack


def text_bytes(text: str) -> bytes:
    """Return a string that is not null."""
    data = text.encode()
    return PRESENT + varint(len(data)) + data


def bytes_bytes(data: bytes) -> bytes:
    """Return bytes that are not null."""
    return PRESENT + varint(len(data)) + data


def unscaled_bytes(number: Decimal, scale: int) -> bytes:
    """Return the number without its point as the shortest two's complement."""
    unscaled = int(EXACT.scaleb(number, scale))
    magnitude = unscaled if unscaled >= 0 else unscaled + 1
    return unscaled.to_bytes(magnitude.bit_length() // 8 + 1, "big", signed=True)


def decimal_bytes(scale: int) -> Callable[[Decimal], bytes]:
    """Return the writer of decimals of that scale."""
    return lambda number: bytes_bytes(unscaled_bytes(number, scale))


def refuse(reason: object, row: object) -> NoReturn:
    """Refuse a row that does not fit its columns."""
    size = len(row) if isinstance(row, tuple) else type(row).__name__
    raise SerializationError(f"A row of {size} does not fit its Avro schema: {reason}") from None


def writer(columns: Sequence[Column], schema_id: int) -> Encode:
    """Return the encoder of rows under the schema `avro_schema.derived` makes of the columns.

    An anonymous value (an unwrapped single column) is written just like the one field of a
    record: Avro puts nothing around either.
    """
    names: dict[str, Any] = {
        "LONGS": LONGS,
        "BOOLEANS": BOOLEANS,
        "DOUBLE": DOUBLE,
        "head": HEADER.pack(0, schema_id),
        "join": b"".join,
        "refuse": refuse,
    }
    values = [f"v{at}" for at in range(len(columns))]
    pieces = [_piece(column, at, names) for at, column in enumerate(columns)]
    joined = " + ".join(["head", *pieces])
    if len(pieces) > 2:  # noqa: PLR2004 - two additions are as cheap as a join, measured
        joined = f"join((head, {', '.join(pieces)}))"
    text = "\n".join(
        [
            "def encode(row):",
            "    try:",
            f"        {''.join(f'{value}, ' for value in values) or '()'} = row",
            f"        return {joined}",
            "    except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError,",
            "            StructError) as reason:",
            "        refuse(reason, row)",
        ]
    )
    names["StructError"] = struct.error
    exec(compile(text, "<avro writer>", "exec"), names)  # noqa: S102 - our own text: names in it are numbered, never taken from a column
    encode: Encode = names["encode"]
    return encode


def _piece(column: Column, at: int, names: dict[str, Any]) -> str:
    base, value = column.type.base, f"v{at}"
    if base in (Base.INTEGER, Base.BIGINT, Base.DATE, Base.TIME, Base.TIMESTAMP):
        return f"LONGS[{value}]"
    if base is Base.BOOLEAN:
        return f"BOOLEANS[{value}]"
    null = f" if {value} is not None else {NULL!r}"
    if base is Base.DOUBLE:
        return f"(DOUBLE(2, {value}){null})"
    if base is Base.STRING:
        # The cache knows null, so that no value needs a test.
        cache: SizedCache[Any, bytes] = NullableTexts()
        names[f"cache{at}"] = cache
        return f"cache{at}[{value}]"
    write = bytes_bytes if base is Base.BYTES else decimal_bytes(column.type.scale or 0)
    names[f"write{at}"] = write
    return f"(write{at}({value}){null})"


class NullableTexts(SizedCache[Any, bytes]):
    """`texts[text]` is the branch byte, the length and the text; `texts[None]` null's branch."""

    def __init__(self) -> None:
        super().__init__(text_bytes)
        self[None] = NULL

    def clear(self) -> None:
        """Forget all texts, but not null."""
        super().clear()
        self[None] = NULL
