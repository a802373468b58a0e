"""A look-up by key finds what a scan of the whole table finds, whatever the condition."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.ksqldb.errors import StatementError
from sandbox.ksqldb.properties import TABLE_SCAN
from tests.sandbox.ksqldb.engine import Engine

TABLES = """
CREATE STREAM s (a INT, b VARCHAR) WITH (kafka_topic='t', format='JSON');
CREATE TABLE one AS SELECT a, COUNT(*) AS n FROM s GROUP BY a;
CREATE TABLE two AS SELECT a, b, COUNT(*) AS n FROM s GROUP BY a, b;
CREATE TABLE windows AS SELECT a, COUNT(*) AS n FROM s
  WINDOW HOPPING (SIZE 2 SECONDS, ADVANCE BY 1 SECOND) GROUP BY a;
"""
COLUMNS = {
    "one": ("a", "n"),
    "two": ("a", "b", "n"),
    "windows": ("a", "n", "WINDOWSTART", "WINDOWEND"),
}

NUMBERS = st.sampled_from(["-1", "0", "1", "2", "1 + 1", "ABS(-2)", "CAST('1' AS INT)", "9"])
TEXTS = st.sampled_from(["'x'", "'y'", "'nobody'", "LCASE('X')", "'' + 'y'"])
MOMENTS = st.integers(-1, 6).map(lambda second: str(second * 1000))
OPERATORS = st.sampled_from(["=", "=", "=", "<", "<=", ">", ">="])


def values(column: str) -> st.SearchStrategy[str]:
    """Values to compare a column with."""
    return TEXTS if column == "b" else MOMENTS if column.startswith("WINDOW") else NUMBERS


def comparisons(column: str) -> st.SearchStrategy[str]:
    """Comparisons of one column: both ways round, in lists, in ranges."""
    value = values(column)
    lists = st.lists(value, min_size=1, max_size=3).map(", ".join)
    return st.one_of(
        st.builds("{} {} {}".format, st.just(column), OPERATORS, value),
        st.builds("{} {} {}".format, value, OPERATORS, st.just(column)),
        st.builds("{} IN ({})".format, st.just(column), lists),
        st.builds("{} BETWEEN {} AND {}".format, st.just(column), value, value),
    )


def conditions(table: str) -> st.SearchStrategy[str]:
    """Conditions on a table."""
    leaves = st.one_of(*map(comparisons, COLUMNS[table]))
    joined = st.sampled_from(["AND", "OR"])
    return st.recursive(leaves, lambda part: st.builds("({} {} {})".format, part, joined, part))


QUESTIONS = st.sampled_from(list(COLUMNS)).flatmap(
    lambda table: st.tuples(st.just(table), conditions(table))
)


@pytest.fixture(scope="module")
def filled() -> Iterator[Engine]:
    engine = Engine()
    engine.topic("t", 3)
    engine.execute(TABLES)
    for n in range(60):
        engine.produce("t", {"A": n % 4 - 1, "B": "xyz"[n % 3]}, at_ms=n * 97 % 5000)
    yield engine
    engine.server.stop()


@settings(max_examples=150)
@given(question=QUESTIONS, scans=st.booleans())
def test_a_look_up_finds_what_a_scan_finds(
    filled: Engine, question: tuple[str, str], scans: bool
) -> None:
    table, condition = question
    try:
        found = filled.pull(f"SELECT * FROM {table} WHERE {condition};", **{TABLE_SCAN: scans})
    except StatementError:
        return  # Refused: what the rules are is tried elsewhere.

    # The function fixes no key, so that every row is looked at.
    scanned = filled.pull(f"SELECT * FROM {table} WHERE ({condition}) OR LEN('a') = 2;")

    assert sorted(found) == sorted(scanned)
