"""What the engine computes equals plain Python, whatever comes in whatever order."""

import json
from collections import Counter, defaultdict
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.topics import StoredRecord
from sandbox.topics.partitioner import partition_for
from tests.sandbox.ksqldb.engine import Engine

TRADES = "CREATE STREAM trades (k VARCHAR, n INT) WITH (kafka_topic='t', value_format='JSON');"
USERS = (
    "CREATE TABLE users (id VARCHAR PRIMARY KEY, r VARCHAR, p INT) "
    "WITH (kafka_topic='u', value_format='JSON');"
)
MINUTE_MS = 60_000

keys = st.sampled_from(["a", "b", "c", "d"])
numbers = st.integers(-(2**31), 2**31 - 1)
trades = st.lists(
    st.fixed_dictionaries(
        {"k": st.none() | keys, "n": st.none() | numbers, "at": st.integers(0, 10 * MINUTE_MS)}
    ),
    max_size=60,
)
users = st.lists(
    st.tuples(keys, st.none() | st.tuples(st.sampled_from(["x", "y"]), st.integers(-9, 9))),
    max_size=40,
)
partition_counts = st.sampled_from([1, 3])


def wrapped(total: int) -> int:
    return (total + 2**31) % 2**32 - 2**31


def feed(engine: Engine, rows: list[dict[str, Any]], partitions: int) -> None:
    log = engine.cluster.topic("t")
    for index, row in enumerate(rows):
        value = json.dumps({"k": row["k"], "n": row["n"]}).encode()
        log.append(StoredRecord(None, value, row["at"]), index % partitions)
    engine.server.settle()


def feed_users(engine: Engine, changes: list[tuple[str, Any]]) -> None:
    log = engine.cluster.topic("u")
    for at, (key, row) in enumerate(changes):
        value = None if row is None else json.dumps({"r": row[0], "p": row[1]}).encode()
        log.append(
            StoredRecord(key.encode(), value, at), partition_for(key.encode(), len(log.partitions))
        )
    engine.server.settle()


def last_values(engine: Engine, topic: str) -> dict[bytes | None, Any]:
    return {key: value for key, value, _ in engine.records(topic)}


@settings(deadline=None, max_examples=60)
@given(rows=trades, partitions=partition_counts)
def test_grouped_sums_equal_python_whatever_the_order(
    rows: list[dict[str, Any]], partitions: int
) -> None:
    engine = Engine()
    engine.topic("t", partitions)
    engine.execute(
        TRADES + "CREATE TABLE x AS SELECT k, COUNT(*) AS c, COUNT(n) AS cn, SUM(n) AS s, "
        "MIN(n) AS low, MAX(n) AS high FROM trades GROUP BY k;"
    )

    feed(engine, rows, partitions)

    groups = defaultdict(list)
    for row in rows:
        if row["k"] is not None:
            groups[row["k"].encode()].append(row["n"])
    expected = {}
    for key, found in groups.items():
        there = [n for n in found if n is not None]
        expected[key] = {
            "C": len(found),
            "CN": len(there),
            "S": wrapped(sum(there)),
            "LOW": min(there, default=None),
            "HIGH": max(there, default=None),
        }
    assert last_values(engine, "X") == expected
    pulled = dict(engine.pull("SELECT k, c FROM x;"))
    assert pulled == {key.decode(): row["C"] for key, row in expected.items()}


@settings(deadline=None, max_examples=60)
@given(rows=trades, partitions=partition_counts)
def test_windowed_counts_with_having_equal_python(
    rows: list[dict[str, Any]], partitions: int
) -> None:
    engine = Engine()
    engine.topic("t", partitions)
    engine.execute(
        TRADES + "CREATE TABLE x AS SELECT k, COUNT(*) AS c FROM trades WINDOW TUMBLING "
        "(SIZE 1 MINUTE) GROUP BY k HAVING COUNT(*) > 2;"
    )

    feed(engine, rows, partitions)

    counts = Counter(
        (row["k"], row["at"] // MINUTE_MS * MINUTE_MS) for row in rows if row["k"] is not None
    )
    expected = {window: n for window, n in counts.items() if n > 2}
    pulled = {(k, start): c for k, start, _, c in engine.pull("SELECT * FROM x;")}
    assert pulled == expected
    written = {
        (key[:-8].decode(), int.from_bytes(key[-8:])): value["C"]
        for key, value in last_values(engine, "X").items()
        if key is not None
    }
    assert written == expected


@settings(deadline=None, max_examples=60)
@given(rows=trades)
def test_sessions_equal_python_whatever_the_order(rows: list[dict[str, Any]]) -> None:
    engine = Engine()
    engine.topic("t")
    engine.execute(
        TRADES + "CREATE TABLE x AS SELECT k, COUNT(*) AS c FROM trades WINDOW SESSION "
        "(30 SECONDS) GROUP BY k;"
    )

    feed(engine, rows, 1)

    expected = set()
    for key in {row["k"] for row in rows} - {None}:
        times = sorted(row["at"] for row in rows if row["k"] == key)
        session = [times[0]]
        for at in [*times[1:], 10**12]:
            if at - session[-1] > 30_000:
                expected.add((key, session[0], session[-1], len(session)))
                session = []
            session.append(at)
    found = {
        (key[:-16].decode(), int.from_bytes(key[-8:]), int.from_bytes(key[-16:-8]), value["C"])
        for key, value in last_values(engine, "X").items()
        if key is not None and value is not None
    }
    assert found == expected


@settings(deadline=None, max_examples=60)
@given(changes=users)
def test_a_grouped_table_counts_each_row_once(changes: list[tuple[str, Any]]) -> None:
    engine = Engine()
    engine.topic("u", 2)
    engine.execute(
        USERS + "CREATE TABLE x AS SELECT r, COUNT(*) AS c, SUM(p) AS s FROM users GROUP BY r;"
    )

    feed_users(engine, changes)

    rows = {}
    for key, row in changes:
        rows[key] = row
    there = [row for row in rows.values() if row is not None]
    for region, count, total in engine.pull("SELECT * FROM x;"):
        points = [p for r, p in there if r == region]
        assert (count, total) == (len(points), sum(points))
    assert {r for r, _ in there} <= {row[0] for row in engine.pull("SELECT * FROM x;")}


@settings(deadline=None, max_examples=60)
@given(changes=users)
def test_a_filtered_table_holds_what_passes(changes: list[tuple[str, Any]]) -> None:
    engine = Engine()
    engine.topic("u", 2)
    engine.execute(USERS + "CREATE TABLE x AS SELECT id, p + 1 AS q FROM users WHERE p > 0;")

    feed_users(engine, changes)

    rows = {}
    for key, row in changes:
        rows[key] = row
    expected = {key: row[1] + 1 for key, row in rows.items() if row is not None and row[1] > 0}
    assert dict(engine.pull("SELECT * FROM x;")) == expected
    left = {
        key.decode(): value["Q"]
        for key, value in last_values(engine, "X").items()
        if key is not None and value is not None
    }
    assert left == expected


@settings(deadline=None, max_examples=60)
@given(changes=users, rows=trades, partitions=partition_counts)
def test_a_join_takes_the_row_of_that_moment(
    changes: list[tuple[str, Any]], rows: list[dict[str, Any]], partitions: int
) -> None:
    engine = Engine()
    engine.topic("t", partitions)
    engine.topic("u", partitions)
    engine.execute(
        TRADES
        + USERS
        + "CREATE STREAM x AS SELECT users.id AS id, n, r FROM trades LEFT JOIN users ON k = id;"
    )
    log = engine.cluster.topic("u")
    step_ms = 10 * MINUTE_MS // max(len(changes), 1)
    timed = [(at * step_ms, key, row) for at, (key, row) in enumerate(changes)]
    for at_ms, key, row in timed:
        value = None if row is None else json.dumps({"r": row[0], "p": row[1]}).encode()
        record = StoredRecord(key.encode(), value, at_ms)
        log.append(record, partition_for(key.encode(), partitions))

    # A stream's partitions are in time order here: what is late joins as of its arrival.
    feed(engine, sorted(rows, key=lambda row: int(row["at"])), partitions)

    expected: Counter[Any] = Counter()
    for row in rows:
        table = {key: user for at_ms, key, user in timed if at_ms <= row["at"]}
        user = table.get(row["k"])
        expected[(row["k"], row["n"], user[0] if user else None)] += 1
    found = Counter(
        (key.decode() if key else None, value["N"], value["R"])
        for key, value, _ in engine.records("X")
    )
    assert found == expected


@settings(deadline=None, max_examples=150)
@given(
    garbage=st.lists(st.tuples(st.none() | st.binary(), st.none() | st.binary()), max_size=20),
    format_name=st.sampled_from(["JSON", "AVRO", "DELIMITED", "KAFKA"]),
)
def test_any_bytes_leave_the_query_running(
    garbage: list[tuple[bytes | None, bytes | None]], format_name: str
) -> None:
    engine = Engine()
    engine.topic("t")
    column = "n BIGINT" if format_name == "KAFKA" else "n BIGINT, d DECIMAL(5, 2), s VARCHAR"
    engine.execute(
        f"CREATE STREAM s (k BIGINT KEY, {column}) WITH (kafka_topic='t', "
        f"key_format='KAFKA', value_format='{format_name}');"
        "CREATE STREAM copy WITH (value_format='JSON') AS SELECT k, n FROM s;"
        "CREATE TABLE counts WITH (value_format='JSON') AS SELECT n, COUNT(*) AS c FROM s "
        "GROUP BY n;"
    )

    for key, value in garbage:
        engine.cluster.topic("t").append(StoredRecord(key, value, 0))
    engine.server.settle()

    states = [str(query.state) for query in engine.server.metastore.queries.values()]
    assert states == ["RUNNING", "RUNNING"]
    logged = engine.log_entries()
    written = len(engine.records("COPY"))
    unreadable = sum(1 for entry in logged if entry["type"] == 0)
    assert written + unreadable // 2 == len(garbage)


def test_state_and_windows_go_when_their_retention_ends() -> None:
    engine = Engine()
    engine.topic("t")
    engine.execute(
        TRADES + "CREATE TABLE x AS SELECT k, COUNT(*) AS c FROM trades WINDOW TUMBLING "
        "(SIZE 1 MINUTE, RETENTION 10 MINUTES, GRACE PERIOD 1 MINUTE) GROUP BY k;"
    )
    run = engine.server.metastore.queries["CTAS_X_1"].run
    assert run is not None
    store: Any = run.chain.store

    sizes = []
    for minute in range(72 * 60):
        engine.produce("t", {"k": "a", "n": 1}, at_ms=minute * MINUTE_MS)
        sizes.append(len(store))

    assert max(sizes) <= 11
    assert len(engine.pull("SELECT * FROM x WHERE k = 'a';")) <= 11
