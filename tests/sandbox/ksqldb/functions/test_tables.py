"""The language's table of functions and the implementations hold each other."""

from ksql.language.functions import FUNCTIONS
from sandbox.ksqldb.functions import SCALARS
from sandbox.ksqldb.functions.aggregates import AGGREGATES


def test_every_scalar_function_has_an_implementation_and_the_reverse() -> None:
    assert set(SCALARS) == {name for name, each in FUNCTIONS.items() if not each.aggregate}


def test_every_aggregate_has_an_implementation_and_the_reverse() -> None:
    assert set(AGGREGATES) == {name for name, each in FUNCTIONS.items() if each.aggregate}


def test_aggregates_that_undo_are_those_the_language_lets_over_tables() -> None:
    from sandbox.ksqldb.functions.aggregates import NoUndo  # noqa: PLC0415 - needed here only

    undo = {
        name
        for name, make in AGGREGATES.items()
        if not isinstance(make(_call(name)), NoUndo)
    }
    assert undo == {name for name, each in FUNCTIONS.items() if each.table_aggregate}


def _call(name: str):  # type: ignore[no-untyped-def]  # typed below by its use
    from ksql.language.resolved import AggregateCall, ColumnRef  # noqa: PLC0415 - as above
    from ksql.language.types import BIGINT  # noqa: PLC0415 - as above

    signature = FUNCTIONS[name].signatures[-1]
    return AggregateCall(name, signature, (ColumnRef(0, "A", BIGINT),), BIGINT)
