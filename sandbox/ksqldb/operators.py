"""What compiled expressions call: operators that Python has not, or has with other corners."""

import re
from collections.abc import Callable
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from functools import lru_cache
from typing import Any

from ksql.language.types import Base
from sandbox.formats.caches import ENTRIES, LENGTH
from sandbox.formats.numbers import EXACT, STRICT, quantum
from sandbox.ksqldb.java.arithmetic import (
    INT_MAX,
    INT_MIN,
    LONG_MAX,
    LONG_MIN,
    divide_double,
    remainder,
    remainder_double,
    wrap_int,
    wrap_long,
)
from sandbox.ksqldb.java.arithmetic import divide as divide_unwrapped

COMPARISONS = {"=": "==", "<>": "!=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
"""Python's operator for ksqlDB's."""

RANGES = {
    Base.INTEGER: (INT_MIN, INT_MAX, wrap_int),
    Base.BIGINT: (LONG_MIN, LONG_MAX, wrap_long),
}
"""Least and greatest value, and what wraps around."""


class NullPointer(ValueError):
    """A null where Java needs a value."""


def divide(left: int, right: int) -> int:
    """Return the quotient; the least BIGINT by -1 wraps (of INTEGERs it never reaches that)."""
    return wrap_long(divide_unwrapped(left, right))


INTEGER_OPERATIONS: dict[str, Callable[..., int]] = {"/": divide, "%": remainder}
DOUBLE_OPERATIONS: dict[str, Callable[..., float]] = {"/": divide_double, "%": remainder_double}


def decimal_operation(op: str, precision: int, scale: int) -> Callable[[Decimal, Decimal], Decimal]:
    """Return an operation on DECIMALs whose result type has that precision and scale.

    Sums and products are exact. A quotient must be, too, in the precision and at the scale, as
    ksqlDB divides without rounding; behind a remainder, the whole quotient must fit the precision.
    """
    if op == "/":
        exactly = Context(
            prec=max(precision, 1),
            traps=[InvalidOperation, DivisionByZero, Overflow, Inexact],
        )
        unit = quantum(scale)
        return lambda left, right: exactly.divide(left, right).quantize(unit, None, STRICT)
    if op == "%":
        return remainder_within(10 ** max(precision, 1))
    operation: Callable[[Decimal, Decimal], Decimal] = {
        "+": EXACT.add,
        "-": EXACT.subtract,
        "*": EXACT.multiply,
    }[op]
    return operation


def remainder_within(limit: int) -> Callable[[Decimal, Decimal], Decimal]:
    """Return the remainder of quotients that are below a limit when cut to whole numbers.

    A larger one may end in zeros where the limit does: `BigDecimal` counts significant digits.
    """

    def compute(left: Decimal, right: Decimal) -> Decimal:
        rest = EXACT.remainder(left, right)
        quotient = abs(int(EXACT.divide_int(left, right)))
        while quotient >= limit and quotient % 10 == 0:
            quotient //= 10
        if quotient >= limit:
            raise ArithmeticError("Division impossible")
        return rest

    return compute


def negate_decimal(number: Decimal) -> Decimal:
    """Return the number with the other sign."""
    return EXACT.minus(number)


SIGN_FLIPPED = bytes(byte ^ 0x80 for byte in range(256))


def signed_bytes(data: bytes) -> bytes:
    """Return bytes that Python orders as Java orders the original: each byte has a sign there."""
    return data.translate(SIGN_FLIPPED)


def truth(condition: bool | None) -> bool:
    """Return the condition.

    Raises:
        NullPointer: It is null.
    """
    if condition is None:
        raise NullPointer("a condition is null")
    return condition


def like(pattern: str, escape: str | None) -> Callable[[str], bool]:
    """Return the test whether a text matches a LIKE pattern: `%` any characters, `_` one."""
    if escape is None and "_" not in pattern:
        parts = pattern.split("%")
        if len(parts) == 1:
            return pattern.__eq__
        if len(parts) == 2 and not parts[0]:  # noqa: PLR2004 - one %
            return lambda text: text.endswith(parts[1])
        if len(parts) == 2 and not parts[1]:  # noqa: PLR2004 - one %
            return lambda text: text.startswith(parts[0])
    matches = like_regex(pattern, escape).fullmatch
    return lambda text: matches(text) is not None


@lru_cache(maxsize=256)
def like_regex(pattern: str, escape: str | None) -> re.Pattern[str]:
    """Return the regular expression of a LIKE pattern."""
    made: list[str] = []
    characters = iter(pattern)
    for character in characters:
        if character == escape:
            made.append(re.escape(next(characters, character)))
        else:
            made.append({"%": ".*", "_": "."}.get(character) or re.escape(character))
    return re.compile("".join(made), re.DOTALL)


def like_any(escape: str | None) -> Callable[[str, str], bool]:
    """Return the test for patterns that only the row knows."""
    return lambda text, pattern: like_regex(pattern, escape).fullmatch(text) is not None


class Remembered(dict[Any, Any]):
    """`remembered[value]` is `function(value)`; forgets all when it is full.

    Nulls are not kept: behind one may be a failure, to be reported each time.
    """

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, value: Any) -> Any:
        made = self._function(value)
        if made is not None and (value.__class__ is not str or len(value) <= LENGTH):
            if len(self) >= ENTRIES:
                self.clear()
            self[value] = made
        return made


def guarded(
    function: Callable[..., Any], name: str, failed: Callable[[str, Exception], None] | None
) -> Callable[..., Any]:
    """Return a function that is null where the original raises, and reports that."""

    def call(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except Exception as reason:  # noqa: BLE001 - ksqlDB too takes any failure of a function as null
            if failed is not None:
                failed(name, reason)
            return None

    return call
