"""What a pull query may ask, with and without table scans."""

import pytest

from sandbox.ksqldb.errors import StatementError
from sandbox.ksqldb.properties import RANGE_SCAN, TABLE_SCAN
from tests.sandbox.ksqldb.engine import Engine

TABLES = """
CREATE STREAM s (k INT, b VARCHAR, n INT) WITH (kafka_topic='t', format='JSON');
CREATE TABLE one AS SELECT k, COUNT(*) AS c FROM s GROUP BY k;
CREATE TABLE two AS SELECT k, b, COUNT(*) AS c FROM s GROUP BY k, b;
CREATE TABLE windowed AS SELECT k, COUNT(*) AS c FROM s WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY k;
CREATE TABLE sessions AS SELECT k, COUNT(*) AS c FROM s WINDOW SESSION (1 MINUTE) GROUP BY k;
"""


@pytest.fixture
def tables(engine: Engine) -> Engine:
    engine.topic("t")
    engine.execute(TABLES)
    return engine


@pytest.mark.parametrize(
    "text",
    [
        "one WHERE k = 1",
        "one WHERE 1 = k",
        "one WHERE k IN (1, 2)",
        "one WHERE k = 1 OR k = 2",
        "one WHERE k = 1 AND c > 5",
        "one WHERE k > 1",
        "two WHERE k = 1 AND b = 'x'",
        "two WHERE k IN (1, 2) AND b = 'x'",
        "windowed WHERE k = 1 AND WINDOWSTART > 5",
        "sessions WHERE k = 1",
    ],
)
def test_what_names_its_keys_needs_no_scan(tables: Engine, text: str) -> None:
    assert tables.pull(f"SELECT * FROM {text};", **{TABLE_SCAN: False}) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("one", "Missing WHERE clause"),
        ("one WHERE c = 1", "WHERE clause missing key column for disjunct: (C = 1)"),
        ("one WHERE k = 1 OR c = 1", "WHERE clause missing key column for disjunct: (C = 1)"),
        ("one WHERE k = 1 AND k = 2", "cannot be combined with other comparisons"),
        ("one WHERE k + 1 = 2", "A comparison must directly reference a key column"),
        ("one WHERE k = c", "A comparison must be between a key column and a resolvable"),
        ("two WHERE k = 1", "Multi-column sources must specify every key"),
        ("two WHERE k > 1 AND b = 'x'", "Query requires table scan to be enabled"),
        ("two WHERE b LIKE 'x'", "Unsupported expression in WHERE clause"),
        ("windowed WHERE k > 1", "Query requires table scan to be enabled"),
        ("windowed WHERE WINDOWSTART = 5", "WHERE clause missing key column"),
        ("one WHERE k <> 1", "Unsupported expression in WHERE clause: (K <> 1)"),
        ("one WHERE k IS DISTINCT FROM 1", "Unsupported expression in WHERE clause"),
    ],
)
def test_what_does_not_needs_a_scan(tables: Engine, text: str, message: str) -> None:
    with pytest.raises(StatementError) as refusal:
        tables.pull(f"SELECT * FROM {text};", **{TABLE_SCAN: False})

    assert message in refusal.value.message
    if "sessions" not in text:
        assert tables.pull(f"SELECT * FROM {text};", **{TABLE_SCAN: True}) == []


def test_a_range_needs_range_scans_or_table_scans(tables: Engine) -> None:
    neither = {TABLE_SCAN: False, RANGE_SCAN: False}

    with pytest.raises(StatementError, match="Query requires table scan to be enabled"):
        tables.pull("SELECT * FROM one WHERE k > 1;", **neither)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("one WHERE k IN (1, NULL)", "Primary key columns can not be NULL"),
        ("windowed WHERE k = 1 AND WINDOWSTART <> 5", "Unsupported WINDOWSTART bounds: NOT_EQUAL"),
        ("sessions", "Table scan unsupported on session tables"),
        ("sessions WHERE c = 1", "Table scan unsupported on session tables"),
    ],
)
def test_some_things_are_refused_with_scans_too(tables: Engine, text: str, message: str) -> None:
    with pytest.raises(StatementError) as refusal:
        tables.pull(f"SELECT * FROM {text};", **{TABLE_SCAN: True})

    assert message in refusal.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "one WHERE k = 1.0",
            "'1.0' can not be converted to the type of the key column: K INTEGER",
        ),
        ("one WHERE k > 3000000000", "'3000000000' can not be converted to the type of the key"),
        ("one WHERE k IN (1, 2E0)", "can not be converted to the type of the key column"),
        ("one WHERE k IN ('1')", "'1' can not be converted to the type of the key column"),
        ("two WHERE k = 1 AND b IN ('x', 5)", "'5' can not be converted to the type of the key"),
        ("one WHERE k = CAST('x' AS INT)", "Failed to resolve the value of K: For input string"),
        ("one WHERE k = LEN(CAST(NULL AS STRING))", "Primary key columns can not be NULL: K"),
        ("windowed WHERE k = 1 AND WINDOWSTART > 1 AND WINDOWSTART >= 2", "Duplicate WINDOWSTART"),
        ("windowed WHERE k = 1 AND WINDOWEND = 1 AND WINDOWEND = 2", "Duplicate WINDOWEND bounds"),
        ("windowed WHERE k = 1 AND WINDOWSTART = 1 AND WINDOWSTART < 2", "cannot be combined with"),
        ("windowed WHERE k = 1 AND WINDOWSTART = 1.5", "Window bounds must resolve to an INT"),
        (
            "windowed WHERE k = 1 AND WINDOWSTART = WINDOWEND",
            "Window bounds must resolve to an INT",
        ),
    ],
)
def test_a_look_up_takes_only_what_its_keys_and_windows_can_be(
    tables: Engine, text: str, message: str
) -> None:
    with pytest.raises(StatementError) as refusal:
        tables.pull(f"SELECT * FROM {text};")

    assert message in refusal.value.message


@pytest.mark.parametrize(
    "text",
    [
        "one WHERE k + 0 = 1.0",
        "one WHERE k = 1.0 OR c = 1",
        "windowed WHERE WINDOWSTART > 1 AND WINDOWSTART >= 2",
        "windowed WHERE k = 1 AND WINDOWSTART > 1 AND WINDOWEND > 1 AND WINDOWSTART < 9",
        "windowed WHERE k = 1 AND (WINDOWSTART = 1 OR WINDOWSTART = 2)",
        "windowed WHERE k = 1 AND WINDOWSTART BETWEEN 1 AND 2",
    ],
)
def test_a_scan_compares_with_anything_and_bounds_may_stand_on_both_sides(
    tables: Engine, text: str
) -> None:
    assert tables.pull(f"SELECT * FROM {text};") == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT k, k FROM one", "Duplicate keys found in schema: `K` INTEGER"),
        ("SELECT k, c AS k FROM one", "Duplicate keys found in schema: `K` BIGINT"),
        ("SELECT c, k AS c FROM one", "Duplicate values found in schema: `C` INTEGER"),
        ("SELECT k, n AS k FROM s", "Duplicate values found in schema: `K` INTEGER"),
        ("SELECT ROWOFFSET FROM one", "following columns in SELECT clauses: `ROWOFFSET`"),
        ("SELECT k FROM s WHERE ROWPARTITION = 0", "in WHERE clauses: `ROWPARTITION`"),
    ],
)
def test_some_columns_cannot_be_asked_for(tables: Engine, text: str, message: str) -> None:
    with pytest.raises(StatementError) as refusal:
        tables.pull(f"{text};")

    assert message in refusal.value.message


def test_limits_can_be_switched_off(tables: Engine) -> None:
    with pytest.raises(StatementError, match="LIMIT clause in pull queries is currently disabled"):
        tables.pull("SELECT * FROM one LIMIT 1;", **{"ksql.query.pull.limit.clause.enabled": False})


@pytest.mark.parametrize(
    ("source", "setting", "message"),
    [
        ("s", "ksql.query.pull.stream.enabled", "Pull queries on streams are disabled"),
        ("s", "ksql.pull.queries.enable", "Pull queries are disabled"),
        ("one", "ksql.pull.queries.enable", "Pull queries are disabled"),
    ],
)
def test_pull_queries_can_be_switched_off(
    tables: Engine, source: str, setting: str, message: str
) -> None:
    assert tables.pull(f"SELECT * FROM {source};", **{setting: "true"}) == []

    with pytest.raises(StatementError, match=message):
        tables.pull(f"SELECT * FROM {source};", **{setting: "false"})
