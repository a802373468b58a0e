"""The JSON format: an object with a member per column, or one anonymous value.

Reading is as lenient as ksqlDB's deserializer: members match whatever their case, numbers may
stand in texts, a STRING takes anything. Writing follows Connect's converter: numbers as Java
prints them, DECIMALs as numbers, BYTES as Base64, NaN and the infinities as texts.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

from ksql.language.resolved import Column
from ksql.language.types import Base, SqlType
from sandbox.formats.caches import ENTRIES
from sandbox.formats.errors import DeserializationError, SerializationError
from sandbox.formats.halves import whole_characters
from sandbox.formats.numbers import (
    EXACT,
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

# -- writing --------------------------------------------------------------------------------------


def double_member(number: float) -> str:
    """Return a double as a JSON number, or as a text where JSON has no number for it."""
    text = double_text(number)
    return f'"{text}"' if text[-1] in "Ny" else text


def bytes_member(data: bytes) -> str:
    """Return bytes as a Base64 text."""
    return f'"{base64.b64encode(data).decode()}"'


def decimal_member(number: Decimal) -> str:
    """Return a DECIMAL as a number with all digits of its scale."""
    return str(EXACT.plus(number)) if number.adjusted() > -7 else plain_text(number)  # noqa: PLR2004 - from there on str() would use an exponent


WRITERS: dict[Base, Callable[[Any], str]] = {
    Base.STRING: encode_basestring,
    Base.DOUBLE: double_member,
    Base.BYTES: bytes_member,
    Base.DECIMAL: decimal_member,
}
BOOLEANS = {None: "null", True: "true", False: "false"}


def encoder(columns: Sequence[Column], *, wrapped: bool) -> Callable[[Row], bytes | None]:
    """Return the function from a row to its JSON; an anonymous null is no bytes."""
    names: dict[str, Any] = {"BOOLEANS": BOOLEANS, "refuse": _refuse, "tail": "}"}
    pieces = []
    for at, column in enumerate(columns):
        names[f"k{at}"] = ("," if at else "{") + json.dumps(column.name, ensure_ascii=False) + ":"
        pieces.append((f"{{k{at}}}" if wrapped else "") + f"{{{_member(column.type, at, names)}}}")
    body = "".join(pieces) + "{tail}" if wrapped else "".join(pieces)
    if not columns:
        names["tail"] = "{}"
    targets = "".join(f"v{at}, " for at in range(len(columns))) or "()"
    text = "\n".join(
        [
            "def encode(row):",
            "    try:",
            f"        {targets} = row",
            *([] if wrapped else ["        if v0 is None:", "            return None"]),
            f"        return f'{body}'.encode()",
            "    except (TypeError, ValueError, AttributeError, LookupError) as reason:",
            "        refuse(reason)",
        ]
    )
    exec(compile(text, "<json writer>", "exec"), names)  # noqa: S102 - our own text: names in it are numbered, never taken from a column
    encode: Callable[[Row], bytes | None] = names["encode"]
    return encode


def _member(column: SqlType, at: int, names: dict[str, Any]) -> str:
    if column.base is Base.BOOLEAN:
        return f"BOOLEANS[v{at}]"
    writer = WRITERS.get(column.base)
    if writer is None:
        return f'v{at} if v{at} is not None else "null"'
    names[f"w{at}"] = writer
    return f'w{at}(v{at}) if v{at} is not None else "null"'


def _refuse(reason: object) -> None:
    raise SerializationError(f"A row does not fit its columns: {reason}") from None


# -- reading --------------------------------------------------------------------------------------

NODES = {
    dict: "ObjectNode",
    list: "ArrayNode",
    str: "TextNode",
    bool: "BooleanNode",
    float: "DoubleNode",
    Decimal: "DecimalNode",
    int: "IntNode",
    type(None): "NullNode",
}
"""Jackson's classes of JSON values: ksqlDB's messages name them."""


def inconvertible(value: object, column: SqlType, path: str) -> DeserializationError:
    """Return the error of a JSON value that cannot become its column."""
    return DeserializationError(
        f"Can't convert type. sourceType: {NODES[type(value)]}, requiredType: {column}, "
        f"path: {path}"
    )


def to_integer(value: Any, bits: int, parse: Callable[[str], int]) -> int:
    """Return what Jackson's `intValue` or `longValue` gives of a number, or parse a text.

    Raises:
        TypeError: Neither number nor text.
    """
    if isinstance(value, str):
        return parse(value)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise TypeError
    half = 1 << (bits - 1)
    return (int(value) + half) % (2 * half) - half


def to_double(value: Any) -> float:
    """Return a number as a double, or parse a text.

    Raises:
        TypeError: Neither number nor text.
    """
    if isinstance(value, str):
        return parse_double(value)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise TypeError
    return parse_double(str(value))


def to_text(value: Any) -> str:
    """Return any JSON value as a STRING column holds it."""
    if isinstance(value, dict):
        return nested_text(value)
    if isinstance(value, list):
        return "[" + ", ".join(to_text(item) for item in value) + "]"
    if isinstance(value, float):
        return double_text(value)
    return BOOLEANS[value] if value is None or isinstance(value, bool) else str(value)


def nested_text(value: Any, *, sort: bool = True) -> str:
    """Return a JSON value as compact JSON, names of members in order or, unsorted, as they came."""
    if isinstance(value, dict):
        members = (
            f"{encode_basestring(name)}:{nested_text(value[name], sort=sort)}"
            for name in (sorted(value) if sort else value)
        )
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(nested_text(item, sort=sort) for item in value) + "]"
    return encode_basestring(value) if isinstance(value, str) else to_text(value)


def to_boolean(value: Any) -> bool:
    """Return a boolean.

    Raises:
        TypeError: It is none.
    """
    if not isinstance(value, bool):
        raise TypeError
    return value


def to_bytes(value: Any) -> bytes:
    """Return the bytes of a Base64 text.

    Raises:
        TypeError: No text.
        ValueError: No Base64.
    """
    if not isinstance(value, str):
        raise TypeError
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error as reason:
        raise ValueError(str(reason)) from None


def decimal_converter(precision: int, scale: int) -> Callable[[Any], Decimal]:
    """Return the function from a number or a text to a DECIMAL that it fits without rounding."""

    def to_decimal(value: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
            raise TypeError
        return fit_decimal(parse_decimal(str(value)), precision, scale)

    return to_decimal


def converter(column: SqlType) -> Callable[[Any], Any]:
    """Return how a JSON value that is not null becomes a value of the type."""
    if column.base is Base.DECIMAL:
        return decimal_converter(column.precision or 0, column.scale or 0)
    return CONVERTERS[column.base]


def _int(value: Any) -> int:
    return to_integer(value, 32, parse_int)


def _long(value: Any) -> int:
    return to_integer(value, 64, parse_long)


CONVERTERS: dict[Base, Callable[[Any], Any]] = {
    Base.BOOLEAN: to_boolean,
    Base.INTEGER: _int,
    Base.BIGINT: _long,
    Base.DOUBLE: to_double,
    Base.STRING: to_text,
    Base.BYTES: to_bytes,
    Base.DATE: _int,
    Base.TIME: _long,
    Base.TIMESTAMP: _long,
}
_INT_RANGE = "(v.__class__ is not int or not -2147483648 <= v <= 2147483647)"
_LONG_RANGE = "(v.__class__ is not int or not -9223372036854775808 <= v <= 9223372036854775807)"

NEEDS_CONVERSION = {
    Base.STRING: "v.__class__ is not str",
    Base.BOOLEAN: "v.__class__ is not bool",
    Base.DOUBLE: "v.__class__ is not float",
    Base.INTEGER: _INT_RANGE,
    Base.DATE: _INT_RANGE,
    Base.BIGINT: _LONG_RANGE,
    Base.TIME: _LONG_RANGE,
    Base.TIMESTAMP: _LONG_RANGE,
}
"""The test whether a JSON value `v` must be converted, by column type; others always must."""


def reader_of(columns: Sequence[Column]) -> Callable[[bytes], Any]:
    """Return the function from bytes to a JSON value, strict as Jackson.

    Numbers with a fraction are kept digit by digit where a column could show it.
    """
    exact = any(column.type.base in (Base.DECIMAL, Base.STRING) for column in columns)
    decoder = json.JSONDecoder(
        parse_float=Decimal if exact else float, parse_constant=_refuse_constant
    )
    scan: Callable[[str, int], tuple[Any, int]] = vars(decoder)["scan_once"]

    def read(data: bytes) -> Any:
        try:
            text = data.decode()
            if "\\u" in text:
                text = whole_characters(text)
            value, end = scan(text, 0)
            return value if end == len(text) else decoder.decode(text)
        except StopIteration:
            return _read_slowly(decoder, data)
        except (ValueError, RecursionError) as reason:
            raise DeserializationError(f"Not JSON: {type(reason).__name__}") from None

    return read


def _read_slowly(decoder: json.JSONDecoder, data: bytes) -> Any:
    try:
        return decoder.decode(whole_characters(data.decode()))
    except (ValueError, RecursionError) as reason:
        raise DeserializationError(f"Not JSON: {type(reason).__name__}") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


class Members(dict[tuple[str, ...], tuple[str | None, ...]]):
    """Which member fills each column, by the names that an object has.

    The member of exactly the column's name, else the last one that is the name in another case.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self._names = [column.name for column in columns]

    def __missing__(self, names: tuple[str, ...]) -> tuple[str | None, ...]:
        folded = {name.upper(): name for name in names}
        found = tuple(name if name in names else folded.get(name) for name in self._names)
        if len(self) >= ENTRIES:
            self.clear()
        self[names] = found
        return found


def column_converter(column: Column, path: str) -> Callable[[Any], Any]:
    """Return `converter`, with its failures worded as ksqlDB's."""
    convert = converter(column.type)

    def convert_column(value: Any) -> Any:
        try:
            return convert(value)
        except DecimalOverflow as reason:
            raise DeserializationError(str(reason)) from None
        except (TypeError, ValueError, ArithmeticError):
            raise inconvertible(value, column.type, path) from None

    return convert_column


def decoder(columns: Sequence[Column], *, wrapped: bool) -> Callable[[bytes | None], Row | None]:
    """Return the function from JSON to a row; JSON's null is no row."""
    return object_decoder(columns) if wrapped else anonymous_decoder(columns)


def anonymous_decoder(columns: Sequence[Column]) -> Callable[[bytes | None], Row | None]:
    """Return the function from a JSON value to a row of the one column."""
    read = reader_of(columns)
    convert = column_converter(columns[0], "$")

    def decode(data: bytes | None) -> Row | None:
        if data is None:
            return None
        value = read(data)
        return (None if value is None else convert(value),)

    return decode


def object_decoder(columns: Sequence[Column]) -> Callable[[bytes | None], Row | None]:
    """Return the function from a JSON object to a row, generated for the columns.

    A value that is of its column's kind already costs one test.
    """
    names: dict[str, Any] = {
        "read": reader_of(columns),
        "members": Members(columns),
        "refuse": _refuse_no_object,
    }
    lines = []
    for at, column in enumerate(columns):
        names[f"c{at}"] = column_converter(column, f"$.{column.name}")
        needed = NEEDS_CONVERSION.get(column.type.base, "True").replace("v", f"v{at}")
        lines += [
            f"    v{at} = get(n{at})",
            f"    if v{at} is not None and {needed}:",
            f"        v{at} = c{at}(v{at})",
        ]
    found = "".join(f"n{at}, " for at in range(len(columns)))
    result = "".join(f"v{at}, " for at in range(len(columns)))
    text = "\n".join(
        [
            "def decode(data):",
            "    value = None if data is None else read(data)",
            "    if value is None:",
            "        return None",
            "    if value.__class__ is not dict:",
            "        refuse(value)",
            "    get = value.get",
            *([f"    {found}= members[tuple(value)]"] if columns else []),
            *lines,
            f"    return ({result})",
        ]
    )
    exec(compile(text, "<json reader>", "exec"), names)  # noqa: S102 - our own text: names in it are numbered, never taken from a column
    decode: Callable[[bytes | None], Row | None] = names["decode"]
    return decode


def _refuse_no_object(value: object) -> None:
    raise DeserializationError(
        f"Can't convert type. sourceType: {NODES[type(value)]}, requiredType: STRUCT, path: $"
    )
