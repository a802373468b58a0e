"""Numbers: what Java's `Math` and `BigDecimal` give, NaN and infinities included."""

import math
import random
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from math import copysign, inf, nan

from ksql.language.resolved import Call
from ksql.language.types import Base
from sandbox.formats.numbers import EXACT, double_text, parse_decimal, quantum
from sandbox.ksqldb.functions.registry import Environment, Function, Scalar, plain
from sandbox.ksqldb.java.arithmetic import (
    divide_double,
    double_to_long,
    wrap_int,
    wrap_long,
)

EARTH_RADIUS = {"KM": 6371.0, "MI": 3959.0}
WHOLE_FROM = 2.0**52
"""From here on every double is a whole number."""


def by_type(**makers: Callable[[Call], Function]) -> Scalar:
    """Return an implementation that differs by the base type of the first argument."""

    def make(call: Call, _: Environment) -> Function:
        of = call.args[0].type
        base = Base.DOUBLE if of is None else of.base
        return makers.get(base.lower(), makers["other"])(call)

    return Scalar(make, may_fail=True)


def always(function: Function) -> Callable[[Call], Function]:
    """Return a maker of one and the same function."""
    return lambda _: function


def guarded(function: Callable[..., float]) -> Scalar:
    """Return a function of doubles, where Python's errors are Java's NaN."""

    def compute(*numbers: float) -> float:
        try:
            return function(*numbers)
        except ValueError:
            return nan
        except OverflowError:
            return inf

    return plain(compute)


def identity(value: int) -> int:
    """Return the value."""
    return value


# -- rounding -------------------------------------------------------------------------------------


def ceil_double(number: float) -> float:
    """Return `Math.ceil`: keeps infinities, NaN and the sign of zero."""
    if not abs(number) < WHOLE_FROM:
        return number
    return copysign(float(math.ceil(number)), number)


def floor_double(number: float) -> float:
    """Return `Math.floor`."""
    if not abs(number) < WHOLE_FROM:
        return number
    return copysign(float(math.floor(number)), number)


def to_whole(rounding: str) -> Callable[[Call], Function]:
    """Return the maker of a DECIMAL's rounding to a whole number at its own scale."""

    def make(call: Call) -> Function:
        scale = quantum((call.type.scale if call.type else 0) or 0)

        def compute(number: Decimal) -> Decimal:
            return number.quantize(quantum(0), rounding, EXACT).quantize(scale, None, EXACT)

        return compute

    return make


def half_up(number: Decimal, places: int) -> Decimal:
    """Return the number at that scale, halves rounded in the positive direction."""
    return EXACT.plus(
        number.quantize(
            quantum(places), ROUND_HALF_DOWN if number.is_signed() else ROUND_HALF_UP, EXACT
        )
    )


def cut(number: Decimal, places: int) -> Decimal:
    """Return the number at that scale, digits after it cut off."""
    return EXACT.plus(number.quantize(quantum(places), ROUND_DOWN, EXACT))


def round_to_long(number: float) -> int:
    """Return `Math.round`: half up, clamped to a long, NaN is zero."""
    if not abs(number) < WHOLE_FROM:
        return double_to_long(number)
    return math.floor(number + 0.5) if number != 0.49999999999999994 else 0  # noqa: PLR2004 - the one double whose sum with 0.5 rounds up


def places_of_double(
    at_scale: Callable[[Decimal, int], Decimal],
) -> Callable[[float, int], float]:
    """Return the rounding of a double to decimal places, by way of its shortest text."""
    return lambda number, places: float(at_scale(parse_decimal(double_text(number)), places))


def places_of_decimal(
    at_scale: Callable[[Decimal, int], Decimal], own: int
) -> Callable[[Decimal, int], Decimal]:
    """Return the rounding of a DECIMAL to decimal places, kept at its own scale."""
    unit = quantum(own)

    def compute(number: Decimal, places: int) -> Decimal:
        return number if places >= own else at_scale(number, places).quantize(unit, None, EXACT)

    return compute


def rounding(
    of_double: Callable[[float], int], at_scale: Callable[[Decimal, int], Decimal]
) -> Scalar:
    """Return ROUND or TRUNC."""

    def decimals(call: Call) -> Function:
        of = call.args[0].type
        if len(call.args) == 1:
            return lambda number: at_scale(number, 0)
        return places_of_decimal(at_scale, (of.scale if of else 0) or 0)

    return by_type(
        double=lambda call: of_double if len(call.args) == 1 else places_of_double(at_scale),
        decimal=decimals,
        other=always(identity),
    )


# -- logarithms, powers, angles -------------------------------------------------------------------


def ln(number: float) -> float:
    """Return the natural logarithm; of zero minus infinity."""
    return -inf if number == 0 else math.log(number)


def log(*numbers: float) -> float:
    """Return the natural logarithm, or with a base first that of the base; NaN of no base."""
    if len(numbers) == 1:
        return ln(numbers[0])
    base, number = numbers
    return divide_double(ln(number), ln(base)) if base > 0 and base != 1 else nan


def power(base: float, exponent: float) -> float:
    """Return `Math.pow`."""
    if math.isnan(exponent) or (abs(base) == 1 and math.isinf(exponent)):
        return nan
    try:
        return math.pow(base, exponent)
    except OverflowError:
        odd = float(exponent).is_integer() and exponent % 2 == 1
        return -inf if base < 0 and odd else inf
    except ValueError:
        # Zero to a negative power, or a negative number to a broken one.
        if base != 0:
            return nan
        odd = float(exponent).is_integer() and exponent % 2 == 1
        return copysign(inf, base) if odd else inf


def hyperbolic_sine(number: float) -> float:
    """Return `Math.sinh`."""
    try:
        return math.sinh(number)
    except OverflowError:
        return copysign(inf, number)


def cotangent(number: float) -> float:
    """Return one divided by the tangent."""
    return divide_double(1.0, math.tan(number))


def sign(number: float) -> int:
    """Return 1, 0 or -1."""
    return (number > 0) - (number < 0)


def geo_distance(
    latitude: float,
    longitude: float,
    other_latitude: float,
    other_longitude: float,
    unit: str = "KM",
) -> float:
    """Return the great-circle distance by the haversine formula.

    Raises:
        ValueError: A coordinate outside of the globe, or an unknown unit.
    """
    for name, value, most in (
        ("latitude", latitude, 90.0),
        ("latitude", other_latitude, 90.0),
        ("longitude", longitude, 180.0),
        ("longitude", other_longitude, 180.0),
    ):
        if not -most <= value <= most:
            raise ValueError(f"valid values for {name} are from -{most} to {most}: {value}")
    radius = EARTH_RADIUS.get(unit.upper()[:2])
    if radius is None:
        raise ValueError(f"GEO_DISTANCE takes KM or MILES, not '{unit}'")
    half_lat = math.radians(other_latitude - latitude) / 2
    half_lon = math.radians(other_longitude - longitude) / 2
    cosines = math.cos(math.radians(latitude)) * math.cos(math.radians(other_latitude))
    chord = math.sin(half_lat) ** 2 + cosines * math.sin(half_lon) ** 2
    return 2 * radius * math.asin(math.sqrt(chord))


SCALARS: dict[str, Scalar] = {
    "ABS": by_type(
        integer=always(lambda number: wrap_int(abs(number))),
        bigint=always(lambda number: wrap_long(abs(number))),
        decimal=always(EXACT.abs),
        other=always(abs),
    ),
    "ACOS": guarded(math.acos),
    "ASIN": guarded(math.asin),
    "ATAN": guarded(math.atan),
    "ATAN2": guarded(math.atan2),
    "CBRT": guarded(math.cbrt),
    "CEIL": by_type(
        double=always(ceil_double), decimal=to_whole(ROUND_CEILING), other=always(identity)
    ),
    "COS": guarded(math.cos),
    "COSH": guarded(math.cosh),
    "COT": guarded(cotangent),
    "DEGREES": guarded(math.degrees),
    "EXP": guarded(math.exp),
    "FLOOR": by_type(
        double=always(floor_double), decimal=to_whole(ROUND_FLOOR), other=always(identity)
    ),
    "GEO_DISTANCE": plain(geo_distance, may_fail=True),
    "LN": guarded(ln),
    "LOG": guarded(log),
    "PI": plain(lambda: math.pi),
    "POWER": guarded(power),
    "RADIANS": guarded(math.radians),
    "RANDOM": plain(random.random),
    "ROUND": rounding(round_to_long, half_up),
    "SIGN": plain(sign),
    "SIN": guarded(math.sin),
    "SINH": guarded(hyperbolic_sine),
    "SQRT": guarded(math.sqrt),
    "TAN": guarded(math.tan),
    "TANH": guarded(math.tanh),
    "TRUNC": rounding(double_to_long, cut),
}
"""The family, by name."""
