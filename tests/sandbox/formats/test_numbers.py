import math
import struct
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.formats.numbers import (
    DecimalOverflow,
    NumberFormatError,
    decimal_cast,
    double_text,
    fit_decimal,
    parse_decimal,
    parse_double,
    parse_int,
    parse_long,
    plain_text,
    truncate,
)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (100.0, "100.0"),
        (1234567.0, "1234567.0"),
        (9999999.999999998, "9999999.999999998"),
        (1e7, "1.0E7"),
        (12345678.0, "1.2345678E7"),
        (-1.5e10, "-1.5E10"),
        (1e21, "1.0E21"),
        (2e23, "2.0E23"),
        (0.001, "0.001"),
        (0.00099, "9.9E-4"),
        (1e-4, "1.0E-4"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1 / 3, "0.3333333333333333"),
        (4.9e-324, "4.9E-324"),
        (1e-323, "9.9E-324"),
        (2.2250738585072014e-308, "2.2250738585072014E-308"),
        (1.7976931348623157e308, "1.7976931348623157E308"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        (math.nan, "NaN"),
    ],
)
def test_double_prints_as_java_prints_it(number: float, text: str) -> None:
    assert double_text(number) == text


@given(st.floats(allow_nan=False))
def test_double_text_reads_back_as_the_same_double(number: float) -> None:
    assert struct.pack(">d", parse_double(double_text(number))) == struct.pack(">d", number)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (" 1.5 ", 1.5),
        ("1.", 1.0),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1d", 1.0),
        ("1.5F", 1.5),
        ("0x1.8p1", 3.0),
        ("-Infinity", -math.inf),
        ("1e400", math.inf),
    ],
)
def test_parse_double_takes_what_java_takes(text: str, number: float) -> None:
    assert parse_double(text) == number


@pytest.mark.parametrize("text", ["", "abc", "1_0", "1e", "infinity", "nan", "0x1", "1 2", "٣"])
def test_parse_double_refuses_what_java_refuses(text: str) -> None:
    with pytest.raises(NumberFormatError) as refusal:
        parse_double(text)

    assert str(refusal.value) == f'For input string: "{text}"'


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        ("+7", 7),
        ("-0", 0),
        ("007", 7),
        ("2147483647", 2**31 - 1),
        ("-2147483648", -(2**31)),
    ],
)
def test_parse_int_takes_signs_and_zeros(text: str, number: int) -> None:
    assert parse_int(text) == number


@pytest.mark.parametrize(
    "text", ["", " 7", "7.0", "1_000", "2147483648", "-2147483649", "9" * 5000]
)
def test_parse_int_refuses_other_texts_and_overflow(text: str) -> None:
    with pytest.raises(NumberFormatError):
        parse_int(text)


def test_parse_long_ends_at_64_bits() -> None:
    assert parse_long("9223372036854775807") == 2**63 - 1
    with pytest.raises(NumberFormatError):
        parse_long("9223372036854775808")


@pytest.mark.parametrize(
    ("text", "number"),
    [("1.50", "1.50"), (".12", "0.12"), ("1.", "1"), ("1E+3", "1E+3"), ("-0.0", "0.0")],
)
def test_parse_decimal_keeps_digits_and_knows_no_negative_zero(text: str, number: str) -> None:
    assert str(parse_decimal(text)) == number


@pytest.mark.parametrize("text", ["", "1e", "NaN", "Infinity", " 1", "1e9999999"])
def test_parse_decimal_refuses_what_is_no_decimal(text: str) -> None:
    with pytest.raises(NumberFormatError):
        parse_decimal(text)


@pytest.mark.parametrize(
    ("number", "text"),
    [("1E+5", "100000"), ("0E-7", "0.0000000"), ("1.20", "1.20"), ("-0.0", "0.0")],
)
def test_plain_text_has_no_exponent(number: str, text: str) -> None:
    assert plain_text(Decimal(number)) == text


def test_fit_decimal_adds_zeros_but_loses_no_digit() -> None:
    assert str(fit_decimal(Decimal("1.5"), 4, 2)) == "1.50"
    with pytest.raises(DecimalOverflow) as rounding:
        fit_decimal(Decimal("12.345"), 4, 2)
    with pytest.raises(DecimalOverflow) as overflow:
        fit_decimal(Decimal("100"), 4, 2)

    assert str(rounding.value) == (
        "Cannot fit decimal '12.345' into DECIMAL(4, 2) without rounding. (Requires 5,3)"
    )
    assert str(overflow.value) == (
        "Numeric field overflow: A field with precision 4 and scale 2 must round to an absolute "
        "value less than 10^2. Got 100"
    )


def test_fit_decimal_keeps_more_digits_than_pythons_default_context() -> None:
    number = Decimal("12345678901234567890123456789012345.678")

    assert str(fit_decimal(number, 40, 4)) == "12345678901234567890123456789012345.6780"


@pytest.mark.parametrize(
    ("number", "rounded"),
    [("0.05", "0.1"), ("-0.05", "-0.1"), ("0.04", "0.0"), ("9.94", "9.9"), ("2.25", "2.3")],
)
def test_decimal_cast_rounds_half_up_away_from_zero(number: str, rounded: str) -> None:
    assert decimal_cast(2, 1)(Decimal(number)) == Decimal(rounded)


def test_decimal_cast_checks_the_range_after_rounding() -> None:
    with pytest.raises(DecimalOverflow):
        decimal_cast(2, 1)(Decimal("9.95"))


def test_truncate_cuts_towards_zero() -> None:
    assert [truncate(Decimal(text)) for text in ("1.9", "-1.9", "0.5")] == [1, -1, 0]
