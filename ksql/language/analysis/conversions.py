"""Implied conversions: what two operands are compared as, and literals converted at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from ksql.language.analysis.instants import parse_date, parse_time, parse_timestamp
from ksql.language.errors import SemanticError
from ksql.language.expression_text import double_text, literal_text
from ksql.language.numbers import as_decimal, literal_decimal_type, widest
from ksql.language.resolved import Cast, Expr, Literal
from ksql.language.tree import Literal as TreeLiteral
from ksql.language.types import (
    BIGINT,
    DOUBLE,
    INTEGER,
    STRING,
    TIMESTAMP,
    Base,
    SqlType,
)
from ksql.language.values import SqlValue

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")

_TRUE = frozenset(["t", "tr", "tru", "true", "y", "ye", "yes", "on", "1"])
_FALSE = frozenset(["f", "fa", "fal", "fals", "false", "n", "no", "of", "off", "0"])


def common_number(left: SqlType, right: SqlType) -> SqlType:
    """The narrowest type that holds both numbers."""
    if Base.DOUBLE in (left.base, right.base):
        return DOUBLE
    if Base.DECIMAL in (left.base, right.base):
        left_decimal, right_decimal = as_decimal(left), as_decimal(right)
        assert left_decimal is not None
        assert right_decimal is not None
        return widest(left_decimal, right_decimal)
    return BIGINT if Base.BIGINT in (left.base, right.base) else INTEGER


def comparable(left: SqlType, right: SqlType) -> SqlType | None:
    """The type both are compared as; None when they cannot be compared."""
    if left.is_numeric and right.is_numeric:
        return common_number(left, right)
    if left.base is right.base:
        return left
    temporal = [each for each in (left, right) if each.is_temporal]
    if len(temporal) == 1 and STRING in (left, right):
        return temporal[0]
    both_days = {left.base, right.base} == {Base.DATE, Base.TIMESTAMP}
    return TIMESTAMP if both_days else None


def converted(expression: Expr, target: SqlType) -> Expr:
    """The expression as a value of `target`, by a conversion ksqlDB implies.

    DECIMALs stay as they are: Python compares and computes them exactly.
    """
    source = expression.type
    if source is None:
        return Literal(None, target)
    if source == target or (source.base is Base.DECIMAL and target.base is Base.DECIMAL):
        return expression
    if isinstance(expression, Literal):
        value = _literal_value(expression, target)
        if value is not None:
            return Literal(value, target)
    return Cast(expression, target, implicit=True)


def exactly(expression: Expr, target: SqlType) -> Expr:
    """The expression as a value of exactly `target`, precision and scale of a DECIMAL included."""
    if expression.type == target:
        return expression
    if expression.type is None:
        return Literal(None, target)
    return Cast(expression, target, implicit=True)


def _literal_value(literal: Literal, target: SqlType) -> SqlValue:
    """The literal's value in another type; None where that is left to run time."""
    value = literal.value
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int) and target.base is Base.BIGINT:
        return value
    if isinstance(value, int | Decimal) and target.base is Base.DOUBLE:
        return float(value)
    return None


def coerced_string(text: str, target: SqlType) -> SqlValue:
    """A string literal as a value of the type it is listed with.

    Raises:
        SemanticError: it is no value of that type.
    """
    try:
        return _from_text(text, target)
    except (ValueError, InvalidOperation):
        raise SemanticError(f'invalid input syntax for type {target.base}: "{text}".') from None


def _from_text(text: str, target: SqlType) -> SqlValue:
    reader = _READERS.get(target.base)
    if reader is None:
        raise ValueError(text)
    return reader(text)


def _boolean(text: str) -> bool:
    word = text.strip().lower()
    if word not in _TRUE | _FALSE:
        raise ValueError(text)
    return word in _TRUE


def _number(text: str) -> str:
    found = text.strip()
    if not _NUMBER.fullmatch(found):
        raise ValueError(text)
    return found


_READERS: dict[Base, Callable[[str], SqlValue]] = {
    Base.DATE: parse_date,
    Base.TIME: parse_time,
    Base.TIMESTAMP: parse_timestamp,
    Base.BOOLEAN: _boolean,
    Base.INTEGER: lambda text: int(Decimal(_number(text))),
    Base.BIGINT: lambda text: int(Decimal(_number(text))),
    Base.DECIMAL: lambda text: Decimal(_number(text)),
    Base.DOUBLE: lambda text: float(_number(text)),
}


def number_type(text: str) -> SqlType:
    """The type that the number in a string literal would have as a literal itself.

    Raises:
        ValueError: the text is no number.
    """
    found = Decimal(_number(text))
    if "e" in text.lower():
        return DOUBLE
    if "." in text:
        return literal_decimal_type(found)
    whole = int(found)
    if -(1 << 31) <= whole < 1 << 31:
        return INTEGER
    return BIGINT if -(1 << 63) <= whole < 1 << 63 else literal_decimal_type(found)


def text_of(literal: TreeLiteral) -> str:
    """A literal as the string it is compared as, in a list of strings."""
    value = literal.value
    if isinstance(value, float):
        return _double_text(value)
    return value if isinstance(value, str) else literal_text(literal)


def _double_text(value: float) -> str:
    """A DOUBLE as Java prints it: plain from 0.001 up to ten million, else with an exponent."""
    smallest, largest = 1e-3, 1e7
    if value == 0 or smallest <= abs(value) < largest:
        return repr(value)
    mantissa, _, exponent = double_text(value).partition("E")
    return f"{mantissa}E{exponent}" if "." in mantissa else f"{mantissa}.0E{exponent}"
