"""How many digits a DECIMAL has: literals, other numbers, and the results of arithmetic.

The rules are those of ksqlDB's decimal arithmetic.
"""

from __future__ import annotations

from decimal import Decimal

from ksql.language.types import Base, SqlType, decimal

_WHOLE_DIGITS = {Base.INTEGER: 10, Base.BIGINT: 19}


def literal_decimal_type(value: Decimal) -> SqlType:
    """The type of a literal with a point: its digits.

    Between -1 and 1 the zero before the point counts.
    """
    digits = value.as_tuple()
    assert isinstance(digits.exponent, int)
    scale = max(-digits.exponent, 0)
    if -1 < value < 1:
        return decimal(scale + 1, scale)
    return decimal(len(digits.digits), scale)


def as_decimal(of: SqlType) -> SqlType | None:
    """The DECIMAL that holds every value of a numeric type; None for DOUBLE and the rest."""
    if of.base is Base.DECIMAL:
        return of
    if of.base in _WHOLE_DIGITS:
        return decimal(_WHOLE_DIGITS[of.base], 0)
    return None


def widest(left: SqlType, right: SqlType) -> SqlType:
    """The DECIMAL with room for the values of both."""
    (left_p, left_s), (right_p, right_s) = _digits(left), _digits(right)
    scale = max(left_s, right_s)
    return decimal(scale + max(left_p - left_s, right_p - right_s), scale)


def arithmetic_type(operator: str, left: SqlType, right: SqlType) -> SqlType:
    """The DECIMAL that `left operator right` gives, both DECIMAL."""
    (left_p, left_s), (right_p, right_s) = _digits(left), _digits(right)
    if operator in ("+", "-"):
        scale = max(left_s, right_s)
        return decimal(scale + max(left_p - left_s, right_p - right_s) + 1, scale)
    if operator == "*":
        return decimal(left_p + right_p + 1, left_s + right_s)
    if operator == "/":
        scale = max(6, left_s + right_p + 1)
        return decimal(left_p - left_s + right_s + scale, scale)
    scale = max(left_s, right_s)
    return decimal(min(left_p - left_s, right_p - right_s) + scale, scale)


def _digits(of: SqlType) -> tuple[int, int]:
    assert of.precision is not None
    assert of.scale is not None
    return of.precision, of.scale
