import math

import pytest

from sandbox.ksqldb.java.arithmetic import (
    DivisionByZero,
    divide,
    divide_double,
    double_to_int,
    double_to_long,
    remainder,
    remainder_double,
    total_order,
    wrap_int,
    wrap_long,
)


@pytest.mark.parametrize(
    ("number", "wrapped"),
    [
        (2**31 - 1, 2147483647),
        (2**31, -2147483648),
        (-(2**31) - 1, 2147483647),
        (2**32, 0),
        (2 * (2**31 - 1), -2),
    ],
)
def test_integers_wrap_at_32_bits(number: int, wrapped: int) -> None:
    assert wrap_int(number) == wrapped


@pytest.mark.parametrize(
    ("number", "wrapped"), [(2**63 - 1, 2**63 - 1), (2**63, -(2**63)), (-(2**63) - 1, 2**63 - 1)]
)
def test_bigints_wrap_at_64_bits(number: int, wrapped: int) -> None:
    assert wrap_long(number) == wrapped


@pytest.mark.parametrize(
    ("left", "right", "quotient", "rest"),
    [(7, 2, 3, 1), (-7, 2, -3, -1), (7, -2, -3, 1), (-7, -2, 3, -1), (0, 5, 0, 0)],
)
def test_integers_divide_towards_zero(left: int, right: int, quotient: int, rest: int) -> None:
    assert divide(left, right) == quotient
    assert remainder(left, right) == rest


def test_integer_division_by_zero_is_worded_as_java() -> None:
    with pytest.raises(DivisionByZero) as refusal:
        divide(1, 0)
    with pytest.raises(DivisionByZero):
        remainder(1, 0)

    assert str(refusal.value) == "/ by zero"


def test_doubles_divide_by_zero_to_infinity() -> None:
    assert divide_double(1.0, 0.0) == math.inf
    assert divide_double(1.0, -0.0) == -math.inf
    assert divide_double(-1.0, 0.0) == -math.inf
    assert math.isnan(divide_double(0.0, 0.0))
    assert math.isnan(divide_double(math.nan, 0.0))


def test_remainder_of_doubles_has_the_sign_of_the_dividend() -> None:
    assert remainder_double(-5.5, 2.0) == -1.5
    assert remainder_double(5.5, -2.0) == 1.5
    assert remainder_double(5.5, math.inf) == 5.5
    assert math.isnan(remainder_double(5.5, 0.0))
    assert math.isnan(remainder_double(math.inf, 2.0))


@pytest.mark.parametrize(
    ("number", "as_int", "as_long"),
    [
        (1.9, 1, 1),
        (-1.9, -1, -1),
        (math.nan, 0, 0),
        (3e9, 2**31 - 1, 3_000_000_000),
        (-math.inf, -(2**31), -(2**63)),
        (1e19, 2**31 - 1, 2**63 - 1),
    ],
)
def test_doubles_become_integers_by_cutting_and_clamping(
    number: float, as_int: int, as_long: int
) -> None:
    assert (double_to_int(number), double_to_long(number)) == (as_int, as_long)


def test_total_order_puts_negative_zero_first_and_nan_last() -> None:
    numbers = [math.nan, 1.0, 0.0, -0.0, -math.inf, math.inf]

    assert [str(each) for each in sorted(numbers, key=total_order)] == [
        "-inf",
        "-0.0",
        "0.0",
        "1.0",
        "inf",
        "nan",
    ]
