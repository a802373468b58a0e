from decimal import Decimal

import pytest

from ksql.language.types import (
    BIGINT,
    BOOLEAN,
    BYTES,
    DATE,
    DOUBLE,
    INTEGER,
    STRING,
    TIME,
    TIMESTAMP,
    SqlType,
    decimal,
)
from ksql.language.values import SqlValue
from sandbox.ksqldb.casts import CannotCast, cast_rule


@pytest.mark.parametrize(
    ("value", "source", "target", "result"),
    [
        (True, BOOLEAN, STRING, "true"),
        (2**31, BIGINT, INTEGER, -(2**31)),
        (7, INTEGER, DOUBLE, 7.0),
        (-1, INTEGER, STRING, "-1"),
        (1e10, DOUBLE, STRING, "1.0E10"),
        (3e9, DOUBLE, INTEGER, 2**31 - 1),
        (-1.9, DOUBLE, BIGINT, -1),
        (0.99, DOUBLE, decimal(2, 1), Decimal("1.0")),
        (1.005, DOUBLE, decimal(3, 2), Decimal("1.01")),
        (7, INTEGER, decimal(4, 2), Decimal("7.00")),
        (Decimal("1.25"), decimal(3, 2), decimal(2, 1), Decimal("1.3")),
        (Decimal("-1.95"), decimal(3, 2), INTEGER, -1),
        (Decimal("1.50"), decimal(3, 2), DOUBLE, 1.5),
        (Decimal("0.0000001"), decimal(7, 7), STRING, "0.0000001"),
        (" 7 ", STRING, INTEGER, 7),
        ("1.5", STRING, DOUBLE, 1.5),
        (" 1.25", STRING, decimal(2, 1), Decimal("1.3")),
        ("TRUE", STRING, BOOLEAN, True),
        ("yes", STRING, BOOLEAN, True),
        ("no", STRING, BOOLEAN, False),
        ("anything", STRING, BOOLEAN, False),
        ("1970-01-11", STRING, DATE, 10),
        ("00:00:05", STRING, TIME, 5000),
        ("1970-01-01T00:00:01", STRING, TIMESTAMP, 1000),
        (10, DATE, STRING, "1970-01-11"),
        (1, DATE, TIMESTAMP, 86_400_000),
        (-2000, TIMESTAMP, DATE, -1),
        (-2000, TIMESTAMP, TIME, 86_398_000),
        (5000, TIME, STRING, "00:00:05"),
        (10, TIMESTAMP, STRING, "1970-01-01T00:00:00.010"),
    ],
)
def test_values_become_the_type(
    value: SqlValue, source: SqlType, target: SqlType, result: SqlValue
) -> None:
    convert = cast_rule(source, target)

    assert convert is not None
    found = convert(value)
    assert found == result
    assert type(found) is type(result)


@pytest.mark.parametrize(
    ("value", "source", "target", "message"),
    [
        ("x", STRING, INTEGER, 'For input string: "x"'),
        ("2147483648", STRING, INTEGER, 'For input string: "2147483648"'),
        ("1.5", STRING, BIGINT, 'For input string: "1.5"'),
        ("x", STRING, decimal(2, 1), 'For input string: "x"'),
        (float("nan"), DOUBLE, decimal(2, 1), 'For input string: "NaN"'),
    ],
)
def test_values_that_cannot_become_the_type_raise(
    value: SqlValue, source: SqlType, target: SqlType, message: str
) -> None:
    convert = cast_rule(source, target)
    assert convert is not None

    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - the message is compared below
        convert(value)

    assert str(refusal.value) == message


def test_decimals_out_of_range_raise() -> None:
    convert = cast_rule(INTEGER, decimal(2, 1))
    assert convert is not None

    with pytest.raises(ArithmeticError, match=r"^Numeric field overflow: .* Got 10\.0$"):
        convert(10)


def test_a_wider_or_equal_type_needs_no_conversion() -> None:
    assert cast_rule(INTEGER, BIGINT) is None
    assert cast_rule(decimal(4, 2), decimal(4, 2)) is None


def test_there_is_no_cast_of_bytes() -> None:
    with pytest.raises(CannotCast) as refusal:
        cast_rule(BYTES, STRING)

    assert str(refusal.value) == "Cast of BYTES to STRING is not supported"
