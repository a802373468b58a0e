"""The language's table of functions and the implementations hold each other."""

from ksql.language.functions import FUNCTIONS
from ksql.language.resolved import AggregateCall, ColumnRef
from ksql.language.types import BIGINT
from sandbox.ksqldb.functions import SCALARS
from sandbox.ksqldb.functions.aggregates import AGGREGATES, NoUndo


def test_every_scalar_function_has_an_implementation_and_the_reverse() -> None:
    assert set(SCALARS) == {name for name, each in FUNCTIONS.items() if not each.aggregate}


def test_every_aggregate_has_an_implementation_and_the_reverse() -> None:
    assert set(AGGREGATES) == {name for name, each in FUNCTIONS.items() if each.aggregate}


def test_aggregates_that_undo_are_those_the_language_lets_over_tables() -> None:
    column = ColumnRef(0, "A", BIGINT)
    calls = [
        AggregateCall(name, FUNCTIONS[name].signatures[-1], (column,), BIGINT)
        for name in AGGREGATES
    ]

    undo = {
        call.function for call in calls if not isinstance(AGGREGATES[call.function](call), NoUndo)
    }

    assert undo == {name for name, each in FUNCTIONS.items() if each.table_aggregate}
