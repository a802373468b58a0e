"""Numbers: arithmetic, rounding, logarithms, trigonometry."""

from __future__ import annotations

from collections.abc import Sequence

from ksql.language.signatures import Function, Signature
from ksql.language.types import BIGINT, DOUBLE, INTEGER, Base, SqlType, decimal

_CATEGORY = "MATHEMATICAL"

_SIMPLE = ((Base.INTEGER, INTEGER), (Base.BIGINT, BIGINT), (Base.DOUBLE, DOUBLE))


def _same(arguments: Sequence[SqlType | None]) -> SqlType:
    found = arguments[0]
    assert found is not None
    return found


def _without_scale(arguments: Sequence[SqlType | None]) -> SqlType:
    found = _same(arguments)
    assert found.precision is not None
    assert found.scale is not None
    return decimal(max(found.precision - found.scale, 1), 0)


def _function(name: str, description: str, *signatures: Signature) -> Function:
    return Function(name, description, signatures, category=_CATEGORY)


def _keeps_type(name: str, description: str) -> Function:
    simple = (Signature((base,), type_) for base, type_ in _SIMPLE)
    return _function(name, description, *simple, Signature((Base.DECIMAL,), _same))


def _to_double(name: str, description: str, arguments: int = 1) -> Function:
    signatures = (Signature((base,) * arguments, DOUBLE) for base, _ in _SIMPLE)
    return _function(name, description, *signatures)


def _to_digits(name: str, description: str) -> Function:
    return _function(
        name,
        description,
        Signature((Base.INTEGER,), INTEGER),
        Signature((Base.BIGINT,), BIGINT),
        Signature((Base.DOUBLE,), BIGINT),
        Signature((Base.DOUBLE, Base.INTEGER), DOUBLE),
        Signature((Base.DECIMAL,), _without_scale),
        Signature((Base.DECIMAL, Base.INTEGER), _same),
    )


FUNCTIONS = (
    _keeps_type("ABS", "The value without its sign."),
    _to_double("ACOS", "The angle, in radians, that has this cosine."),
    _to_double("ASIN", "The angle, in radians, that has this sine."),
    _to_double("ATAN", "The angle, in radians, that has this tangent."),
    _to_double("ATAN2", "The angle, in radians, of the point with these y and x.", 2),
    _to_double("CBRT", "The cube root."),
    _keeps_type("CEIL", "The smallest whole number that is not less than the value."),
    _to_double("COS", "The cosine of an angle in radians."),
    _to_double("COSH", "The hyperbolic cosine."),
    _to_double("COT", "The cotangent of an angle in radians."),
    _to_double("DEGREES", "Radians in degrees."),
    _to_double("EXP", "Euler's number to the power of the value."),
    _keeps_type("FLOOR", "The largest whole number that is not greater than the value."),
    _function(
        "GEO_DISTANCE",
        "The great-circle distance of two points (latitude, longitude), in KM or MILES.",
        Signature((Base.DOUBLE,) * 4, DOUBLE),
        Signature((*(Base.DOUBLE,) * 4, Base.STRING), DOUBLE),
    ),
    _to_double("LN", "The natural logarithm."),
    _function(
        "LOG",
        "The natural logarithm of a value, or its logarithm to a base that is given first.",
        *(Signature((base,) * count, DOUBLE) for count in (1, 2) for base, _ in _SIMPLE),
    ),
    _function("PI", "The number pi.", Signature((), DOUBLE)),
    _to_double("POWER", "The first value to the power of the second.", 2),
    _to_double("RADIANS", "Degrees in radians."),
    _function("RANDOM", "A random number from 0 up to 1.", Signature((), DOUBLE)),
    _to_digits("ROUND", "The value rounded, half up, to a number of places (0 if not given)."),
    _function(
        "SIGN",
        "1, 0 or -1 as the value is positive, zero or negative.",
        *(Signature((base,), INTEGER) for base, _ in _SIMPLE),
    ),
    _to_double("SIN", "The sine of an angle in radians."),
    _to_double("SINH", "The hyperbolic sine."),
    _to_double("SQRT", "The square root."),
    _to_double("TAN", "The tangent of an angle in radians."),
    _to_double("TANH", "The hyperbolic tangent."),
    _to_digits("TRUNC", "The value cut off after a number of places (0 if not given)."),
)
"""The family, by name."""
