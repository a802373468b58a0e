"""Digits of DECIMALs, worked out from the rules that ksqlDB's documentation gives."""

from decimal import Decimal

import pytest

from ksql.language.numbers import arithmetic_type, as_decimal, literal_decimal_type, widest
from ksql.language.types import BIGINT, DOUBLE, INTEGER, decimal


@pytest.mark.parametrize(
    ("operator", "left", "right", "expected"),
    [
        # scale max(s1, s2); one digit more before the point than the larger has
        ("+", (4, 2), (4, 2), (5, 2)),
        ("+", (4, 2), (10, 5), (11, 5)),
        ("-", (10, 0), (4, 2), (13, 2)),
        # p1 + p2 + 1, s1 + s2
        ("*", (4, 2), (4, 2), (9, 4)),
        ("*", (10, 0), (4, 2), (15, 2)),
        # scale max(6, s1 + p2 + 1); p1 - s1 + s2 + scale
        ("/", (4, 2), (4, 2), (11, 7)),
        ("/", (2, 0), (2, 0), (8, 6)),
        # scale max(s1, s2); min(p1 - s1, p2 - s2) + scale
        ("%", (4, 2), (4, 2), (4, 2)),
        ("%", (10, 0), (4, 2), (4, 2)),
    ],
)
def test_arithmetic_on_decimals_has_room_for_its_result(
    operator: str, left: tuple[int, int], right: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert arithmetic_type(operator, decimal(*left), decimal(*right)) == decimal(*expected)


def test_whole_numbers_have_a_decimal_that_holds_them_and_doubles_have_none() -> None:
    assert as_decimal(INTEGER) == decimal(10, 0)
    assert as_decimal(BIGINT) == decimal(19, 0)
    assert as_decimal(DOUBLE) is None


def test_the_widest_of_two_decimals_has_the_digits_of_both() -> None:
    assert widest(decimal(9, 2), decimal(7, 6)) == decimal(13, 6)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2.345", (4, 3)), ("0.08", (3, 2)), ("-0.5", (2, 1)), ("10.", (2, 0)), ("0.0", (2, 1))],
)
def test_a_literal_has_the_digits_it_is_written_with(text: str, expected: tuple[int, int]) -> None:
    assert literal_decimal_type(Decimal(text)) == decimal(*expected)
