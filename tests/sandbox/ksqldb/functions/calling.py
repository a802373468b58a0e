"""Calls functions the way statements do: overload chosen, arguments converted, text compiled."""

from collections.abc import Callable
from decimal import Decimal

from ksql.language.functions import FUNCTIONS
from ksql.language.overloads import choose, expanded
from ksql.language.resolved import Call, Cast, Expr, IntervalUnit, Literal
from ksql.language.types import (
    BIGINT,
    BOOLEAN,
    BYTES,
    DOUBLE,
    INTEGER,
    STRING,
    Base,
    SqlType,
    decimal,
)
from ksql.language.values import SqlValue
from sandbox.ksqldb.expressions import compile_expression

PLAIN = {bool: BOOLEAN, int: INTEGER, float: DOUBLE, str: STRING, bytes: BYTES}

Typed = tuple[SqlValue, SqlType]


def literal(value: SqlValue | Typed) -> Literal:
    """A constant; its type follows from the Python value, or is given beside it."""
    if isinstance(value, tuple):
        return Literal(*value)
    if value is None:
        return Literal(None, None)
    if isinstance(value, Decimal):
        digits = value.as_tuple()
        scale = -int(digits.exponent)
        return Literal(value, decimal(max(len(digits.digits), scale), scale))
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**31:
        return Literal(value, BIGINT)
    return Literal(value, PLAIN[type(value)])


def call(
    name: str,
    *values: SqlValue | Typed,
    unit: str | None = None,
    failed: Callable[[str, Exception], None] | None = None,
) -> SqlValue:
    """Compute a function of constants."""
    function = FUNCTIONS[name]
    literals = [literal(value) for value in values]
    if unit is not None:
        shifted = function.signatures[0]
        args: tuple[Expr, ...] = (IntervalUnit(unit), *literals)
        return _run(Call(name, shifted, args, shifted.return_type([])), failed)
    types = [each.type for each in literals]
    signature = choose(function, types)
    parameters = expanded(signature, len(types))
    assert parameters is not None
    converted = tuple(
        Cast(each, SqlType(parameter), implicit=True)
        if isinstance(parameter, Base)
        and each.type is not None
        and each.type.base is not parameter
        and parameter is not Base.DECIMAL
        else each
        for each, parameter in zip(literals, parameters, strict=True)
    )
    return _run(Call(name, signature, converted, signature.return_type(types)), failed)


def _run(expr: Call, failed: Callable[[str, Exception], None] | None) -> SqlValue:
    result: SqlValue = compile_expression(expr, lambda _: "r", failed=failed)(None)
    return result
