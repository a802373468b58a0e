"""Avro bytes to rows: a decoder generated for one writer schema and one list of columns.

The decoder is straight-line Python without a call per field: lengths and numbers of one or two
bytes, which nearly all are, are read in place. Conversions follow ksqlDB's
`ConnectDataTranslator`; a field that cannot become its column is a `SchemaError` here, and so a
`DeserializationError` for each record of that schema.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NoReturn

from ksql.language.resolved import Column
from ksql.language.types import Base, SqlType
from sandbox.formats.avro import HEADER_BYTES
from sandbox.formats.avro_types import AvroField, AvroSchema, AvroType
from sandbox.formats.caches import SizedCache
from sandbox.formats.errors import DeserializationError, SchemaError
from sandbox.formats.numbers import EXACT, DecimalOverflow, double_text, fit_decimal
from sandbox.formats.rows import Decode

ENDS = tuple(1 + (byte >> 1) if byte < 0x80 and not byte & 1 else 0 for byte in range(256))  # noqa: PLR2004 - one byte
"""Where a text ends, from the byte that states its length; 0 where more bytes do, or it is
negative."""

NUMBERS = tuple(
    (number >> 1) ^ -(number & 1)
    for number in (*range(128), *(index - 128 for index in range(128, 16_512)))
)
"""Numbers of one byte n, by n, and of two bytes n and m, by n + m * 128: n counts 128 too many."""

CONNECT_KINDS = {
    "boolean": "boolean",
    "int": "int32",
    "long": "int64",
    "float": "float32",
    "double": "float64",
    "string": "string",
    "enum": "string",
    "bytes": "bytes",
    "fixed": "bytes",
    "record": "struct",
    "error": "struct",
    "union": "struct",
    "array": "array",
    "map": "map",
    "null": "null",
}
CONNECT_TYPES = {
    Base.BOOLEAN: "boolean",
    Base.INTEGER: "int32",
    Base.BIGINT: "int64",
    Base.DOUBLE: "float64",
    Base.STRING: "string",
    Base.BYTES: "bytes",
    Base.DECIMAL: "bytes",
    Base.DATE: "int32",
    Base.TIME: "int32",
    Base.TIMESTAMP: "int64",
}

READABLE = {
    Base.BOOLEAN: ("boolean",),
    Base.INTEGER: ("int",),
    Base.BIGINT: ("int", "long"),
    Base.DOUBLE: ("float", "double"),
    Base.STRING: ("string", "enum", "int", "long", "boolean", "float", "double"),
    Base.BYTES: ("bytes", "fixed"),
    Base.DECIMAL: ("bytes", "fixed"),
    Base.DATE: ("int",),
    Base.TIME: ("int",),
    Base.TIMESTAMP: ("long",),
}
"""The kinds that a column takes."""

AS_TEXT = {
    "int": "str({})",
    "long": "str({})",
    "boolean": "('true' if {} else 'false')",
    "float": "double_text({})",
    "double": "double_text({})",
}
"""How a STRING column reads what is no string."""


def mismatch(avro: AvroType, column: Column) -> SchemaError:
    """Return the error of a field that cannot become its column."""
    return SchemaError(
        f"Cannot deserialize type {CONNECT_KINDS[avro.kind]} as type "
        f"{CONNECT_TYPES[column.type.base]} for path: ->{column.name}"
    )


def check_readable(avro: AvroType, column: Column) -> None:
    """Refuse a field whose type the column cannot take.

    Raises:
        SchemaError: It cannot.
    """
    is_decimal = column.type.base is Base.DECIMAL
    if avro.kind not in READABLE[column.type.base] or is_decimal != (
        avro.logical == "decimal" and avro.kind in ("bytes", "fixed")
    ):
        raise mismatch(avro, column)


def read_long(data: bytes, at: int) -> tuple[int, int]:
    """Return (number, next position) of a zig-zag varint of any length."""
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the bit that says "more"
            return (number >> 1) ^ -(number & 1), at
        shift += 7
        if shift > 63:  # noqa: PLR2004 - more than a long holds
            raise ValueError("a varint of more than ten bytes")


def read_length(data: bytes, at: int) -> tuple[int, int]:
    """Return (length, next position)."""
    length, at = read_long(data, at)
    if length < 0:
        raise ValueError("a negative length")
    return length, at


def text_of(raw: bytes) -> str:
    """Return a text; Java replaces what is no UTF-8 instead of refusing it."""
    return raw.decode("utf-8", "replace")


def text_behind_length(raw: bytes) -> str:
    """Return a text that follows its length of one byte."""
    return raw[1:].decode("utf-8", "replace")


def decimal_reader(avro: AvroType, column: SqlType) -> Callable[[bytes], Decimal]:
    """Return a function from two's complement bytes to the column's DECIMAL."""
    precision, scale = column.precision or 0, column.scale or 0

    def read(raw: bytes) -> Decimal:
        unscaled = int.from_bytes(raw, "big", signed=True)
        number = EXACT.scaleb(Decimal(unscaled), -avro.scale)
        return fit_decimal(number, precision, scale)

    return read


def broken(reason: object) -> NoReturn:
    """Refuse data that its schema cannot read."""
    raise DeserializationError(f"Error deserializing Avro message: {reason}") from None


@dataclass
class Source:
    """Lines of a generated function and the objects that they name."""

    lines: list[str] = field(default_factory=list)
    names: dict[str, Any] = field(default_factory=dict)
    depth: int = 2

    def add(self, *lines: str) -> None:
        """Append lines at the depth in force."""
        self.lines += ["    " * self.depth + line for line in lines]

    def bind(self, stem: str, value: object) -> str:
        """Make an object known to the function; return its name."""
        name = f"{stem}{len(self.names)}"
        self.names[name] = value
        return name


def reader(
    schema: AvroSchema, columns: Sequence[Column], head: bytes, otherwise: Decode, *, wrapped: bool
) -> Decode:
    """Return the decoder of framed data written with `schema`; rows have the columns' order.

    `head` are the five bytes in front of such data; what begins otherwise, and null, goes to
    `otherwise`.

    A column matches the field of its name, else one whose name is its own in another case; a
    column without a field is null. `wrapped` tells that the columns are fields of a record, not
    an anonymous value.

    Raises:
        SchemaError: A field cannot become its column.
    """
    if schema.is_record != wrapped:
        kind = "record" if schema.is_record else schema.fields[0].type.kind
        expected = "struct" if wrapped else CONNECT_TYPES[columns[0].type.base]
        raise SchemaError(f"Cannot deserialize type {CONNECT_KINDS[kind]} as type {expected}")
    targets = match(schema, columns) if wrapped else {0: [0]}
    source = Source()
    for index, avro in enumerate(schema.fields):
        wanted = [columns[at] for at in targets.get(index, ())]
        for column in wanted:
            check_readable(avro.type, column)
        _add_field(source, avro, f"c{index}", wanted)
    values = {at: f"c{index}_{n}" for index, ats in targets.items() for n, at in enumerate(ats)}
    result = "".join(f"{values.get(at, 'None')}, " for at in range(len(columns)))
    source.names |= {"HEAD": head, "otherwise": otherwise}
    return _compiled(source, f"({result})")


def match(schema: AvroSchema, columns: Sequence[Column]) -> dict[int, list[int]]:
    """Return the positions of the columns that read each field, by the field's index."""
    exact = {avro.name: index for index, avro in enumerate(schema.fields)}
    folded = {avro.name.upper(): index for index, avro in enumerate(schema.fields)}
    targets: dict[int, list[int]] = {}
    for at, column in enumerate(columns):
        index = exact.get(column.name, folded.get(column.name.upper()))
        if index is not None:
            targets.setdefault(index, []).append(at)
    return targets


def _compiled(source: Source, result: str) -> Decode:
    text = "\n".join(
        [
            "def decode(d):",
            f"    if d is None or d[:{HEADER_BYTES}] != HEAD:",
            "        return otherwise(d)",
            "    try:",
            f"        p = {HEADER_BYTES}",
            *source.lines,
            "    except ERRORS as reason:",
            "        broken(reason)",
            "    if p > len(d):",
            "        broken('the data ends too early')",
            f"    return {result}",
        ]
    )
    scope: dict[str, Any] = {
        **source.names,
        "ERRORS": (LookupError, ValueError, struct.error, DecimalOverflow, OverflowError),
        "broken": broken,
        "ENDS": ENDS,
        "NUMBERS": NUMBERS,
        "text_of": text_of,
        "read_long": read_long,
        "read_length": read_length,
        "double_text": double_text,
        "double": struct.Struct("<d").unpack_from,
        "float4": struct.Struct("<f").unpack_from,
    }
    exec(compile(text, "<avro reader>", "exec"), scope)  # noqa: S102 - our own text: names in it are numbered, never taken from a schema
    decode: Decode = scope["decode"]
    return decode


def _add_field(source: Source, avro: AvroField, name: str, wanted: Sequence[Column]) -> None:
    targets = [f"{name}_{n}" for n in range(len(wanted))]
    if not avro.is_union:
        _add_value(source, avro.type, targets, wanted)
        return
    source.add("u = d[p]", "p += 1")
    word = "if"
    # Null is tested last: values are more frequent.
    for index, branch in sorted(enumerate(avro.branches), key=lambda each: each[1].kind == "null"):
        source.add(f"{word} u == {2 * index}:")
        word = "elif"
        source.depth += 1
        if branch.kind == "null":
            source.add(*([f"{target} = None" for target in targets] or ["pass"]))
        else:
            _add_value(source, branch, targets, wanted)
        source.depth -= 1
    source.add("else:", "    raise ValueError('no such branch of a union')")


def _add_value(
    source: Source, avro: AvroType, targets: Sequence[str], wanted: Sequence[Column]
) -> None:
    if avro.kind in ("int", "long", "enum"):
        _add_number(source, avro, targets)
    elif avro.kind in ("string", "bytes", "fixed"):
        _add_sized(source, avro, targets, wanted)
        return
    elif avro.kind in ("float", "double"):
        size, function = (4, "float4") if avro.kind == "float" else (8, "double")
        source.add(*(f"{target} = {function}(d, p)[0]" for target in targets[:1]), f"p += {size}")
    elif avro.kind == "boolean":
        source.add(*(f"{target} = d[p] == 1" for target in targets[:1]), "p += 1")
    for target in targets[1:]:
        source.add(f"{target} = {targets[0]}")
    for target, column in zip(targets, wanted, strict=True):
        template = AS_TEXT.get(avro.kind)
        if column.type.base is Base.STRING and template:
            source.add(f"{target} = {template.format(target)}")


def _add_number(source: Source, avro: AvroType, targets: Sequence[str]) -> None:
    if not targets:
        source.add("while d[p] > 127:", "    p += 1", "p += 1")
        return
    target = targets[0]
    source.add(
        "n = d[p]",
        "if n < 128:",
        f"    {target} = NUMBERS[n]",
        "    p += 1",
        "else:",
        "    m = d[p + 1]",
        "    if m < 128:",
        f"        {target} = NUMBERS[n + (m << 7)]",
        "        p += 2",
        "    else:",
        f"        {target}, p = read_long(d, p)",
    )
    if avro.kind == "enum":
        symbols = source.bind("symbols", dict(enumerate(avro.symbols)))
        source.add(f"{target} = {symbols}[{target}]")


def _add_sized(
    source: Source, avro: AvroType, targets: Sequence[str], wanted: Sequence[Column]
) -> None:
    if avro.kind == "string" and len(targets) == 1:
        _add_text(source, targets[0])
        return
    if avro.kind == "fixed":
        source.add(f"e = p + {avro.size}")
    else:
        source.add("n, p = read_length(d, p)", "e = p + n")
    for target, column in zip(targets, wanted, strict=True):
        if avro.logical == "decimal" and column.type.base is Base.DECIMAL:
            cache: SizedCache[bytes, Any] = SizedCache(decimal_reader(avro, column.type))
            source.add(f"{target} = {source.bind('decimals', cache)}[d[p:e]]")
        elif avro.kind == "string":
            source.add(f"{target} = text_of(d[p:e])")
        else:
            source.add(f"{target} = d[p:e]")
    source.add("p = e")


def _add_text(source: Source, target: str) -> None:
    """A short text is looked up together with the byte that states its length."""
    cache = source.bind("texts", SizedCache(text_behind_length))
    source.add(
        "e = p + ENDS[d[p]]",
        "if e > p:",
        f"    {target} = {cache}[d[p:e]]",
        "else:",
        "    n, p = read_length(d, p)",
        "    e = p + n",
        f"    {target} = text_of(d[p:e])",
        "p = e",
    )
