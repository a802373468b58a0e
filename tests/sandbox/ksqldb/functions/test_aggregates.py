import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksql.language.functions import FUNCTIONS
from ksql.language.resolved import AggregateCall, ColumnRef
from ksql.language.types import BIGINT, BYTES, DOUBLE, INTEGER, STRING, SqlType, decimal
from ksql.language.values import SqlValue
from sandbox.ksqldb.errors import QueryFailed
from sandbox.ksqldb.functions.aggregates import Aggregate, aggregate

NUMBERS = st.lists(st.none() | st.integers(-1000, 1000), max_size=20)


def made(name: str, *types: SqlType, initial: tuple[SqlValue, ...] = ()) -> Aggregate:
    args = tuple(ColumnRef(0, f"C{at}", type_) for at, type_ in enumerate(types))
    signature = FUNCTIONS[name].signatures[0]
    result = types[0] if name in ("SUM", "MIN", "MAX") else BIGINT
    return aggregate(AggregateCall(name, signature, args, result, initial))


def over(of: Aggregate, *rows: Any) -> Any:
    state = of.initial()
    for row in rows:
        state = of.add(state, *row) if isinstance(row, tuple) else of.add(state, row)
    return of.result(state)


@pytest.mark.parametrize(
    ("name", "type_", "values", "result"),
    [
        ("COUNT", INTEGER, (1, None, 2), 2),
        ("SUM", INTEGER, (1, None, 2), 3),
        ("SUM", INTEGER, (), 0),
        ("SUM", INTEGER, (2**31 - 1, 1), -(2**31)),
        ("SUM", BIGINT, (2**63 - 1, 1), -(2**63)),
        ("SUM", DOUBLE, (0.5, 0.25), 0.75),
        ("SUM", decimal(4, 2), (Decimal("1.50"), Decimal("-0.25")), Decimal("1.25")),
        ("AVG", INTEGER, (1, 2, 2, None), 5 / 3),
        ("AVG", INTEGER, (), 0.0),
        ("AVG", INTEGER, (2**31 - 1, 1), -(2.0**30)),
        ("MIN", INTEGER, (3, None, -1), -1),
        ("MIN", INTEGER, (None,), None),
        ("MAX", STRING, ("b", "a"), "b"),
        ("MAX", BYTES, (b"\x01", b"\x80"), b"\x01"),
        ("MIN", DOUBLE, (0.0, -0.0), -0.0),
        ("COUNT_DISTINCT", STRING, ("a", "b", "a", None), 2),
        ("EARLIEST_BY_OFFSET", INTEGER, (None, 1, 2), 1),
        ("LATEST_BY_OFFSET", INTEGER, (1, 2, None), 2),
        ("STDDEV_SAMP", INTEGER, (1, 2, 3, 4), math.sqrt(5 / 3)),
        ("STDDEV_SAMP", INTEGER, (1,), 0.0),
        ("STDDEV_SAMPLE", INTEGER, (1, 2, 3, 4), 5 / 3),
        ("STDDEV_SAMP", DOUBLE, (1e308, -1e308), math.inf),
    ],
)
def test_results(name: str, type_: SqlType, values: tuple[Any, ...], result: Any) -> None:
    found = over(made(name, type_), *values)

    assert found == pytest.approx(result) if isinstance(result, float) else found == result


def test_count_without_argument_counts_rows() -> None:
    assert over(made("COUNT"), (), (), ()) == 3


def test_by_offset_takes_nulls_when_told_to() -> None:
    assert over(made("LATEST_BY_OFFSET", INTEGER, initial=(False,)), 1, None) is None
    assert over(made("EARLIEST_BY_OFFSET", INTEGER, initial=(False,)), None, 1) is None


def test_correlation_is_pearsons() -> None:
    of = made("CORRELATION", DOUBLE, DOUBLE)

    assert over(of, (1.0, 2.0), (2.0, 4.0), (None, 1.0), (3.0, 6.0)) == pytest.approx(1.0)
    assert over(of, (1.0, 3.0), (2.0, 2.0), (3.0, 1.0)) == pytest.approx(-1.0)
    assert math.isnan(over(of, (1.0, 3.0), (1.0, 2.0)))


def test_a_decimal_sum_that_overflows_ends_the_query() -> None:
    with pytest.raises(QueryFailed) as failure:
        over(made("SUM", decimal(4, 2)), Decimal("99.99"), Decimal("0.01"))

    assert str(failure.value) == (
        "Numeric field overflow: A field with precision 4 and scale 2 must round to an absolute "
        "value less than 10^2. Got 100.00"
    )


@pytest.mark.parametrize("name", ["COUNT", "SUM", "AVG", "STDDEV_SAMP"])
@given(kept=NUMBERS, removed=NUMBERS)
def test_taking_rows_back_out_leaves_the_result_of_the_others(
    name: str, kept: list[int | None], removed: list[int | None]
) -> None:
    of = made(name, INTEGER)
    state = of.initial()
    for value in [*removed, *kept]:
        state = of.add(state, value)
    for value in removed:
        state = of.remove(state, value)

    # The root of what rounding leaves of a difference.
    assert of.result(state) == pytest.approx(over(of, *kept), abs=1e-3)


@pytest.mark.parametrize(
    "name",
    ["COUNT", "SUM", "AVG", "MIN", "MAX", "COUNT_DISTINCT", "STDDEV_SAMP", "LATEST_BY_OFFSET"],
)
@given(first=NUMBERS, second=NUMBERS)
def test_merged_sessions_have_the_result_of_all_their_rows(
    name: str, first: list[int | None], second: list[int | None]
) -> None:
    of = made(name, INTEGER)
    states = []
    for values in (first, second):
        state = of.initial()
        for value in values:
            state = of.add(state, value)
        states.append(state)

    merged = of.result(of.merge(states[0], states[1]))

    assert merged == pytest.approx(over(of, *first, *second), abs=1e-6)
