"""Arithmetic on INTEGER, BIGINT and DOUBLE as the JVM does it.

Integers wrap silently at 32 and 64 bits and divide towards zero; doubles follow IEEE 754 and
never raise.
"""

from math import copysign, fmod, inf, isinf, isnan, nan

INT_MIN, INT_MAX = -(1 << 31), (1 << 31) - 1
LONG_MIN, LONG_MAX = -(1 << 63), (1 << 63) - 1


class DivisionByZero(ArithmeticError):
    """An integer divided by zero; worded as Java's ArithmeticException."""

    def __init__(self) -> None:
        super().__init__("/ by zero")


def wrap_int(number: int) -> int:
    """Return the lowest 32 bits as a signed integer."""
    return ((number + 0x8000_0000) & 0xFFFF_FFFF) - 0x8000_0000


def wrap_long(number: int) -> int:
    """Return the lowest 64 bits as a signed integer."""
    return ((number + 0x8000_0000_0000_0000) & 0xFFFF_FFFF_FFFF_FFFF) - 0x8000_0000_0000_0000


def divide(left: int, right: int) -> int:
    """Return the quotient towards zero, not wrapped.

    Raises:
        DivisionByZero: `right` is zero.
    """
    if right == 0:
        raise DivisionByZero
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def remainder(left: int, right: int) -> int:
    """Return the remainder, with the sign of `left`.

    Raises:
        DivisionByZero: `right` is zero.
    """
    if right == 0:
        raise DivisionByZero
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


def divide_double(left: float, right: float) -> float:
    """Return the quotient; by zero an infinity or NaN."""
    try:
        return left / right
    except ZeroDivisionError:
        if left == 0 or isnan(left):
            return nan
        return copysign(inf, left) * copysign(1.0, right)


def remainder_double(left: float, right: float) -> float:
    """Return Java's `%` of doubles: the sign of `left`, NaN where there is no remainder."""
    if right == 0 or isinf(left) or isnan(left) or isnan(right):
        return nan
    return fmod(left, right)


def double_to_int(number: float) -> int:
    """Return Java's `(int)`: towards zero, clamped to the range, NaN is zero."""
    return _clamped(number, INT_MIN, INT_MAX)


def double_to_long(number: float) -> int:
    """Return Java's `(long)`: towards zero, clamped to the range, NaN is zero."""
    return _clamped(number, LONG_MIN, LONG_MAX)


def _clamped(number: float, low: int, high: int) -> int:
    if number != number:  # noqa: PLR0124 - how NaN is told; math.isnan is a call per value
        return 0
    if number >= high:
        return high
    return low if number <= low else int(number)


def total_order(number: float) -> tuple[bool, float, float]:
    """Return a sort key in the order of `Double.compare`: -0.0 before 0.0, NaN last."""
    if isnan(number):
        return True, 0.0, 0.0
    return False, number, copysign(1.0, number)
