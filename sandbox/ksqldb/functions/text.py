"""Text and bytes: cutting, joining, searching, masking, hashing, encoding."""

import hashlib
import re
import struct
import unicodedata
import uuid
from collections.abc import Callable
from typing import Any

from ksql.language.resolved import Call
from ksql.language.types import Base
from sandbox.formats.numbers import JAVA_WHITESPACE
from sandbox.ksqldb.functions.encodings import decoded, encoded
from sandbox.ksqldb.functions.registry import Environment, Function, Scalar, plain
from sandbox.ksqldb.java.regex import compiled, expansion

MASKS = ("X", "x", "n", "-")
"""What stands for upper case, lower case, digits and the rest."""

LONGEST_PADDED = 1 << 24
"""More characters or bytes than a record can hold: not worth the memory."""

UNICODE_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")


def length(value: str | bytes) -> int:
    """Return how many UTF-16 units a text has, or bytes."""
    if isinstance(value, bytes) or value.isascii():
        return len(value)
    return len(value.encode("utf-16-le", "surrogatepass")) // 2


BEYOND_ONE_UNIT = re.compile("[\U00010000-\U0010ffff]")
"""The characters that take two UTF-16 units."""


def in_units(compute: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of texts that counts UTF-16 units, as Java does, not characters.

    A character that the result holds one half of becomes `?`, as where Java writes it.
    """

    def counted(text: Any, *rest: Any) -> Any:
        if not isinstance(text, str) or text.isascii() or not BEYOND_ONE_UNIT.search(text):
            return compute(text, *rest)
        parts = (halved(each) if isinstance(each, str) else each for each in rest)
        found = compute(halved(text), *parts)
        return whole(found) if isinstance(found, str) else found

    return counted


def halved(text: str) -> str:
    """Return the text with a surrogate for each half of a character of two UTF-16 units."""
    units = text.encode("utf-16-le", "surrogatepass")
    return "".join(map(chr, struct.unpack(f"<{len(units) // 2}H", units)))


def whole(units: str) -> str:
    """Return what `halved` took apart; a half alone becomes `?`."""
    joined = units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return joined.encode("utf-8", "replace").decode()


# -- cutting and joining --------------------------------------------------------------------------


def substring(text: Any, position: int, count: int | None = None) -> Any:
    """Return the part from a position: from 1, or from the end if negative."""
    size = len(text)
    start = max(size + position, 0) if position < 0 else max(min(position - 1, size), 0)
    return text[start:] if count is None else text[start : max(start + count, start)]


def concat(call: Call, _: Environment) -> Function:
    """Return CONCAT: nulls are left out."""
    empty: Any = b"" if call.type.base is Base.BYTES else ""
    return lambda *values: empty.join([value for value in values if value is not None])


def concat_ws(separator: Any, *values: Any) -> Any:
    """Return the values joined; nulls are left out, but a null separator makes null."""
    if separator is None:
        return None
    return separator.join([value for value in values if value is not None])


def pad(*, left: bool) -> Scalar:
    """Return LPAD or RPAD: null for a negative length or without padding.

    The function raises ValueError when asked for more than `LONGEST_PADDED`.
    """

    def compute(value: Any, size: int, padding: Any) -> Any:
        if size < 0 or not padding:
            return None
        if size > LONGEST_PADDED:
            raise ValueError(f"cannot pad to {size}: the most is {LONGEST_PADDED}")
        missing = max(size - len(value), 0)
        filling = (padding * (missing // len(padding) + 1))[:missing]
        return (filling + value if left else value + filling)[:size]

    return plain(in_units(compute), may_fail=True)


def elt(index: int | None, *values: str | None) -> str | None:
    """Return the n-th value, from 1; null where there is none."""
    return values[index - 1] if index is not None and 1 <= index <= len(values) else None


def field(value: str | None, *values: str | None) -> int:
    """Return the place of a value among others, from 1; 0 where it is not."""
    return 0 if value is None or value not in values else values.index(value) + 1


def initcap(text: str) -> str:
    """Return every word with a capital letter first and small ones after."""
    return re.sub(r"\S+", lambda word: word[0][0].upper() + word[0][1:].lower(), text)


# -- searching ------------------------------------------------------------------------------------


def instr(
    text: str | None, part: str | None, position: int | None = 1, occurrence: int | None = 1
) -> int:
    """Return the place of the n-th occurrence, from 1; 0 where there is none.

    Searches from a position on, or backwards from one that is counted from the end.
    """
    if text is None or part is None or position is None or occurrence is None:
        return 0
    if position < 0:
        found = len(text) + position + 1
        for _ in range(occurrence):
            end = found + len(part) - 1
            found = text.rfind(part, 0, end) if end >= 0 else -1
            if found < 0:
                return 0
        return found + 1 if occurrence > 0 else 0
    found = position - 2
    for _ in range(occurrence):
        found = text.find(part, found + 1)
        if found < 0:
            return 0
    return found + 1 if position and occurrence > 0 else 0


def regexp_extract(pattern: str, text: str, group: int = 0) -> str | None:
    """Return what a pattern first finds, or a group of it; null where it finds nothing."""
    found = compiled(pattern).search(text)
    if found is None or group > compiled(pattern).groups:
        return None
    return found[group]


def regexp_replace(text: str, pattern: str, replacement: str) -> str:
    """Return the text with every match replaced, groups filled in as Java does it.

    Raises:
        ValueError: The replacement is none, or names a group that the pattern has not.
    """
    found = compiled(pattern)
    return found.sub(expansion(replacement, found), text)


# -- masking --------------------------------------------------------------------------------------


def mask_character(character: str, masks: tuple[str | None, ...]) -> str:
    """Return what stands for a character; a null mask leaves it."""
    kinds = {"Lu": 0, "Ll": 1, "Nd": 2}
    mask = masks[kinds.get(unicodedata.category(character), 3)]
    return character if mask is None else mask[:1]


def masked(text: str, masks: tuple[str | None, ...]) -> str:
    """Return the text with all characters masked."""
    return "".join(mask_character(character, masks) for character in text)


def mask(text: str | None, *masks: str | None) -> str | None:
    """Return the text masked."""
    return None if text is None else masked(text, masks or MASKS)


def mask_part(start_of: Callable[[int, int], tuple[int, int]]) -> Scalar:
    """Return a function that masks the part that `start_of(length, count)` gives."""

    def compute(text: str | None, count: int | None, *masks: str | None) -> str | None:
        if text is None or count is None:
            return None
        if count < 0:
            raise ValueError(f"the number of characters must not be negative: {count}")
        begin, end = start_of(len(text), count)
        return text[:begin] + masked(text[begin:end], masks or MASKS) + text[end:]

    return plain(in_units(compute), takes_nulls=True, may_fail=True)


# -- characters, bytes, digests -------------------------------------------------------------------


def ascii_code(text: str) -> int:
    """Return the code of the first character; 0 of an empty text."""
    return ord(text[0]) if text else 0


def character(code: int | str) -> str | None:
    r"""Return the character of a code point or of a `\uXXXX` text; null if there is none."""
    if isinstance(code, int):
        return chr(code) if 0 <= code <= 0x10FFFF else None  # noqa: PLR2004 - the last code point
    if not UNICODE_ESCAPE.match(code):
        return None
    units = b"".join(bytes.fromhex(digits) for digits in UNICODE_ESCAPE.findall(code))
    return units.decode("utf-16-be", "replace")


def md5(text: str) -> str:
    """Return the MD5 digest in hexadecimal."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def from_bytes(form: str) -> Scalar:
    """Return the reader of a number of that `struct` form."""
    size = struct.calcsize(form)

    def compute(data: bytes, order: str = "BIG_ENDIAN") -> Any:
        if order not in ("BIG_ENDIAN", "LITTLE_ENDIAN"):
            raise ValueError(f"Byte order must be BIG_ENDIAN or LITTLE_ENDIAN: {order}")
        if len(data) != size:
            raise ValueError(f"Number of bytes must be equal to {size}, but found {len(data)}")
        return struct.unpack((">" if order == "BIG_ENDIAN" else "<") + form, data)[0]

    return plain(compute, may_fail=True)


def uuid_text(data: bytes | None = None) -> str | None:
    """Return a random UUID, or the one that 16 bytes hold; null of any other number of them."""
    if data is None:
        return str(uuid.uuid4())
    return str(uuid.UUID(bytes=data)) if len(data) == 16 else None  # noqa: PLR2004 - a UUID's size


SCALARS: dict[str, Scalar] = {
    "ASCII": plain(ascii_code),
    "BIGINT_FROM_BYTES": from_bytes("q"),
    "CHR": plain(character),
    "CONCAT": Scalar(concat, takes_nulls=True),
    "CONCAT_WS": plain(concat_ws, takes_nulls=True),
    "DOUBLE_FROM_BYTES": from_bytes("d"),
    "ELT": plain(elt, takes_nulls=True),
    "ENCODE": plain(
        lambda text, source, target: encoded(decoded(text, source), target), may_fail=True
    ),
    "FIELD": plain(field, takes_nulls=True),
    "FROM_BYTES": plain(encoded, may_fail=True),
    "INITCAP": plain(initcap),
    "INSTR": plain(in_units(instr), takes_nulls=True),
    "INT_FROM_BYTES": from_bytes("i"),
    "LCASE": plain(str.lower),
    "LEN": plain(length),
    "LPAD": pad(left=True),
    "MASK": plain(in_units(mask), takes_nulls=True),
    "MASK_KEEP_LEFT": mask_part(lambda size, count: (min(count, size), size)),
    "MASK_KEEP_RIGHT": mask_part(lambda size, count: (0, max(size - count, 0))),
    "MASK_LEFT": mask_part(lambda size, count: (0, min(count, size))),
    "MASK_RIGHT": mask_part(lambda size, count: (max(size - count, 0), size)),
    "MD5": plain(md5),
    "REGEXP_EXTRACT": plain(regexp_extract, may_fail=True),
    "REGEXP_REPLACE": plain(regexp_replace, may_fail=True),
    "REPLACE": plain(str.replace),
    "REVERSE": plain(lambda text: text[::-1]),
    "RPAD": pad(left=False),
    "SUBSTRING": plain(in_units(substring)),
    "TO_BYTES": plain(decoded, may_fail=True),
    "TRIM": plain(lambda text: text.strip(JAVA_WHITESPACE)),
    "UCASE": plain(str.upper),
    "UUID": plain(uuid_text),
}
"""The family, by name."""
