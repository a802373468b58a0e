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
        ("windowed WHERE k = 1 AND WINDOWSTART <> 5", "Unsupported WINDOWSTART/WINDOWEND"),
        ("sessions", "a scan of sessions is not supported"),
        ("sessions WHERE c = 1", "a scan of sessions is not supported"),
    ],
)
def test_some_things_are_refused_with_scans_too(tables: Engine, text: str, message: str) -> None:
    with pytest.raises(StatementError) as refusal:
        tables.pull(f"SELECT * FROM {text};", **{TABLE_SCAN: True})

    assert message in refusal.value.message


def test_limits_can_be_switched_off(tables: Engine) -> None:
    with pytest.raises(StatementError, match="LIMIT clause in pull queries is currently disabled"):
        tables.pull("SELECT * FROM one LIMIT 1;", **{"ksql.query.pull.limit.clause.enabled": False})
