"""Numbers as the JVM reads and prints them.

Owns the text forms of INTEGER, BIGINT, DOUBLE and DECIMAL that formats, casts and functions
share, and how a DECIMAL is fitted into its type. Sources: the Javadoc of `Integer.parseInt`,
`Double.valueOf`, `Double.toString` (shortest form, JDK 19 and later) and `BigDecimal`.
"""

import re
from collections.abc import Callable
from decimal import (
    ROUND_DOWN,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)
from math import copysign, inf, isinf, nan

EXACT = Context(
    prec=2000,
    Emax=999_999,
    Emin=-999_999,
    rounding=ROUND_HALF_UP,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)
"""Arithmetic on DECIMAL values: wide enough never to round where `BigDecimal` would not."""

STRICT = EXACT.copy()
"""As `EXACT`, for operations that must not round: raises `Inexact`."""
STRICT.traps[Inexact] = True

INT_TEXT = re.compile(r"[+-]?[0-9]+", re.ASCII)
DECIMAL_TEXT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
DOUBLE_TEXT = re.compile(
    r"([+-]?)(?:(NaN)|(Infinity)|((?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[fFdD]?"
    r"|(0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+)[fFdD]?)",
    re.ASCII,
)

SURE_DIGITS = 10
"""Fewer digits than that are always an INTEGER."""

JAVA_WHITESPACE = "".join(chr(code) for code in range(33))
"""What `String.trim` removes: every character up to the space."""

PLAIN_FROM, PLAIN_TO = 1e-3, 1e7
"""`Double.toString` prints without an exponent from the first up to below the second."""


class NumberFormatError(ValueError):
    """A text that is no number; worded as Java's `NumberFormatException`."""

    def __init__(self, text: str) -> None:
        super().__init__(f'For input string: "{text}"')


class DecimalOverflow(ArithmeticError):
    """A number that does not fit its DECIMAL type; worded as ksqlDB."""


def parse_int(text: str) -> int:
    """Return what `Integer.parseInt` returns.

    Raises:
        NumberFormatError: No integer, or outside 32 bits.
    """
    return _parse_integer(text, 31)


def parse_long(text: str) -> int:
    """Return what `Long.parseLong` returns.

    Raises:
        NumberFormatError: No integer, or outside 64 bits.
    """
    return _parse_integer(text, 63)


def _parse_integer(text: str, bits: int) -> int:
    if text.isdecimal() and len(text) < SURE_DIGITS and text.isascii():
        return int(text)
    # int() would be quadratic on long digit strings, and takes blanks and underscores.
    if not INT_TEXT.fullmatch(text) or len(text.lstrip("+-0")) > 19:  # noqa: PLR2004 - digits of 2^63
        raise NumberFormatError(text)
    number = int(text)
    if not -(1 << bits) <= number < 1 << bits:
        raise NumberFormatError(text)
    return number


def parse_double(text: str) -> float:
    """Return what `Double.parseDouble` returns: also `NaN`, `Infinity`, a suffix, hexadecimal.

    Raises:
        NumberFormatError: No floating-point literal.
    """
    match = DOUBLE_TEXT.fullmatch(text.strip(JAVA_WHITESPACE))
    if match is None:
        raise NumberFormatError(text)
    sign, is_nan, infinite, number, hexadecimal = match.groups()
    if is_nan:
        return nan
    if infinite:
        return -inf if sign == "-" else inf
    if hexadecimal:
        try:
            magnitude = float.fromhex(hexadecimal)
        except OverflowError:
            magnitude = inf
    else:
        magnitude = float(number)
    return -magnitude if sign == "-" else magnitude


def parse_decimal(text: str) -> Decimal:
    """Return what `new BigDecimal(text)` makes.

    Raises:
        NumberFormatError: No decimal number.
    """
    if not DECIMAL_TEXT.fullmatch(text):
        raise NumberFormatError(text)
    try:
        # plus(): BigDecimal knows no negative zero.
        return EXACT.plus(EXACT.create_decimal(text))
    except ArithmeticError:
        raise NumberFormatError(text) from None


def double_text(number: float) -> str:
    """Return `Double.toString(number)`.

    Example:
        >>> [double_text(x) for x in (100.0, 1e7, 0.001, 1e-4, 5e-324)]
        ['100.0', '1.0E7', '0.001', '1.0E-4', '4.9E-324']
    """
    if PLAIN_FROM <= number < PLAIN_TO or -PLAIN_TO < number <= -PLAIN_FROM:
        return repr(number)
    if number == 0:
        return "-0.0" if copysign(1.0, number) < 0 else "0.0"
    if number != number:  # noqa: PLR0124 - how NaN is told; math.isnan is a call per value
        return "NaN"
    if isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return _scientific(number)


def _scientific(number: float) -> str:
    _, figures, exponent = Decimal(repr(number)).as_tuple()
    digits = "".join(map(str, figures)).rstrip("0")
    if len(digits) == 1:
        # Java prints two digits at least, and then the two that come closest.
        mantissa, _, power = f"{number:.1e}".partition("e")
        return f"{mantissa}E{int(power)}"
    sign = "-" if number < 0 else ""
    return f"{sign}{digits[0]}.{digits[1:]}E{int(exponent) + len(figures) - 1}"


def plain_text(number: Decimal) -> str:
    """Return `BigDecimal.toPlainString()`: never an exponent, all digits of the scale."""
    return f"{EXACT.plus(number):f}"


QUANTUMS = tuple(Decimal((0, (1,), -scale)) for scale in range(200))
"""10^-scale by scale: what a value is quantized to."""


def quantum(scale: int) -> Decimal:
    """Return 10^-scale; a negative scale stands before the point."""
    return QUANTUMS[scale] if 0 <= scale < len(QUANTUMS) else Decimal((0, (1,), -scale))


def round_decimal(number: Decimal, scale: int, rounding: str = ROUND_HALF_UP) -> Decimal:
    """Return `number` at that scale, rounded (half up, away from zero, by default)."""
    return number.quantize(quantum(scale), rounding, EXACT)


def fit_decimal(number: Decimal, precision: int, scale: int) -> Decimal:
    """Return `number` at that scale, if that loses no digit.

    Raises:
        DecimalOverflow: It has too many digits before or after the point.
    """
    check_range(number, precision, scale)
    try:
        return number.quantize(quantum(scale), None, STRICT)
    except ArithmeticError:
        digits = number.as_tuple()
        exponent = digits.exponent if isinstance(digits.exponent, int) else 0
        raise DecimalOverflow(
            f"Cannot fit decimal '{plain_text(number)}' into DECIMAL({precision}, {scale}) without "
            f"rounding. (Requires {max(len(digits.digits), -exponent)},{-exponent})"
        ) from None


def check_range(number: Decimal, precision: int, scale: int) -> None:
    """Refuse a number with more than `precision - scale` digits before the point.

    Raises:
        DecimalOverflow: It has.
    """
    whole = precision - scale
    if number and number.adjusted() >= whole:
        raise DecimalOverflow(
            f"Numeric field overflow: A field with precision {precision} and scale {scale} must "
            f"round to an absolute value less than 10^{whole}. Got {plain_text(number)}"
        )


def decimal_cast(precision: int, scale: int) -> Callable[[Decimal], Decimal]:
    """Return the conversion to DECIMAL(precision, scale): rounds half up, then checks the range."""
    unit = quantum(scale)

    def cast(number: Decimal) -> Decimal:
        rounded = number.quantize(unit, ROUND_HALF_UP, EXACT)
        check_range(rounded, precision, scale)
        return rounded

    return cast


def truncate(number: Decimal) -> int:
    """Return `BigDecimal.toBigInteger`: the digits before the point."""
    return int(number.quantize(QUANTUMS[0], ROUND_DOWN, EXACT))
