"""Expressions as text, written as the server writes them in messages and statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from ksql.language.tree import (
    Arithmetic,
    Between,
    Call,
    Case,
    Cast,
    ColumnRef,
    Comparison,
    Expression,
    In,
    IntervalUnit,
    IsNull,
    Like,
    Literal,
    Logical,
    Not,
    Signed,
)
from ksql.language.words import quoted


def expression_text(expression: Expression) -> str:
    """The expression; parsing the text gives it back."""
    return _RULES[type(expression)](expression)


def string_text(value: str) -> str:
    """A string literal, in single quotes."""
    escaped = value.replace("'", "''")
    return f"'{escaped}'"


def literal_text(literal: Literal) -> str:
    """A constant. A DECIMAL keeps its point and a DOUBLE its exponent: they tell the type."""
    value = literal.value
    if value is None:
        return "null"
    if isinstance(value, str):
        return string_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text if "." in text else f"{text}."
    return double_text(value) if isinstance(value, float) else str(value)


def double_text(value: float) -> str:
    """A DOUBLE with one digit before the point and an exponent: `1.5E1`."""
    if value == 0:
        return "-0E0" if repr(value).startswith("-") else "0E0"
    mantissa, _, exponent = f"{Decimal(repr(value)):e}".partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}E{int(exponent or 0)}"


def _signed(expression: Signed) -> str:
    operand = expression_text(expression.operand)
    plain = isinstance(expression.operand, ColumnRef | Call) or operand.startswith("(")
    return f"{expression.sign}{operand}" if plain else f"{expression.sign}({operand})"


def _infix(expression: Arithmetic | Comparison | Logical) -> str:
    left, right = expression_text(expression.left), expression_text(expression.right)
    return f"({left} {expression.op} {right})"


def _column(expression: ColumnRef) -> str:
    name = quoted(expression.name)
    return name if expression.source is None else f"{quoted(expression.source)}.{name}"


def _is_null(expression: IsNull) -> str:
    test = "IS NOT NULL" if expression.negated else "IS NULL"
    return f"({expression_text(expression.operand)} {test})"


def _like(expression: Like) -> str:
    escape = f" ESCAPE {string_text(expression.escape)}" if expression.escape else ""
    value, pattern = expression_text(expression.value), expression_text(expression.pattern)
    return f"({value} LIKE {pattern}{escape})"


def _in(expression: In) -> str:
    return f"({expression_text(expression.value)} IN ({_list(expression.items)}))"


def _between(expression: Between) -> str:
    value, low, high = map(expression_text, (expression.value, expression.low, expression.high))
    return f"({value} BETWEEN {low} AND {high})"


def _case(expression: Case) -> str:
    parts = ["CASE"]
    if expression.operand is not None:
        parts.append(expression_text(expression.operand))
    for when in expression.whens:
        condition, result = expression_text(when.condition), expression_text(when.result)
        parts.append(f"WHEN {condition} THEN {result}")
    if expression.default is not None:
        parts.append(f"ELSE {expression_text(expression.default)}")
    return f"({' '.join(parts)} END)"


def _cast(expression: Cast) -> str:
    return f"CAST({expression_text(expression.operand)} AS {expression.type})"


def _call(expression: Call) -> str:
    stands_for_rows = expression.name == "COUNT" and not expression.args
    arguments = "*" if stands_for_rows else _list(expression.args)
    return f"{quoted(expression.name)}({arguments})"


def _list(expressions: Iterable[Expression]) -> str:
    return ", ".join(map(expression_text, expressions))


# Any: each rule takes the one node type it stands beside, which a mapping cannot say.
_RULES: dict[type, Callable[[Any], str]] = {
    Literal: literal_text,
    IntervalUnit: lambda expression: str(expression.unit),
    ColumnRef: _column,
    Arithmetic: _infix,
    Signed: _signed,
    Comparison: _infix,
    Logical: _infix,
    Not: lambda expression: f"(NOT {expression_text(expression.operand)})",
    IsNull: _is_null,
    Like: _like,
    In: _in,
    Between: _between,
    Case: _case,
    Cast: _cast,
    Call: _call,
}
