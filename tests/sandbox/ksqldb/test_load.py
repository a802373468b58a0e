"""Many clients at once, for a while: every answer right, no row lost or doubled.

Fifty clients, ten of each kind, on `/ksql`, `/query` and `/query-stream`: writers that insert one
row after the other and ask about sources and queries in between; look-ups by key; scans; push
queries from the beginning, over and over; push queries that stay to the end. `KSQLDB_LOAD_SECONDS`
says for how long (30 if it does not).
"""

import json
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.sandbox.ksqldb.engine import EARLIEST, Client, Engine

SECONDS = float(os.environ.get("KSQLDB_LOAD_SECONDS", "30"))
OF_EACH = 10
PARTITIONS = 3
ROWS_PER_ROUND = 25
ROWS_MEDIA_TYPE = "application/vnd.ksql.v1+json"
LAST = "last"
"""The key of the row that is written when all others have ended: it ends those that read on."""

SOURCES = (
    "CREATE STREAM trades (k VARCHAR KEY, n INT) WITH (kafka_topic='t', value_format='JSON');"
    "CREATE TABLE counts AS SELECT k, COUNT(*) AS c, SUM(n) AS s FROM trades GROUP BY k;"
)


@dataclass
class Load:
    """What the clients share. `begun` and `answered` count the rows of each writer."""

    port: int
    over: threading.Event = field(default_factory=threading.Event)
    begun: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    rounds: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def guarded(self, work: Callable[["Load", int], None], number: int) -> None:
        """Do a client's work; a failure of its thread must reach the test."""
        try:
            work(self, number)
        except Exception as failure:  # noqa: BLE001 - whatever it is, the test reports it
            self.failures.append(f"{work.__name__} {number}: {failure!r}")
            self.over.set()


def rounds(load: Load, kind: str) -> Iterator[int]:
    """Count rounds until the time is over; there is always one."""
    for number in count():
        yield number
        load.rounds[kind] += 1
        if load.over.is_set():
            return


def write(load: Load, number: int) -> None:
    """Insert 0, 1, 2, … under one key; look around in between."""
    client, key = Client(load.port), f"k{number}"
    looks = ("SHOW QUERIES;", "DESCRIBE counts;", "SHOW STREAMS;")
    for n in rounds(load, "write"):
        load.begun[key] += 1
        ask(client, "/ksql", {"ksql": f"INSERT INTO trades VALUES ('{key}', {n});"})
        load.answered[key] += 1
        if n % ROWS_PER_ROUND == 0:
            found = ask(client, "/ksql", {"ksql": looks[n // ROWS_PER_ROUND % len(looks)]})
            assert len(found) == 1, found
    client.close()


def look_up(load: Load, number: int) -> None:
    """Ask for the count and sum of one key: they fit each other and never go back."""
    client, key, seen = Client(load.port), f"k{number}", 0
    for _ in rounds(load, "look_up"):
        body = ask(client, "/query", {"ksql": f"SELECT c, s FROM counts WHERE k = '{key}';"})
        rows = [one["row"]["columns"] for one in body[1:]]
        assert len(rows) <= 1, rows
        for found, total in rows:
            check_count(load, key, found, total)
            assert found >= seen, (key, found, seen)
            seen = found
    client.close()


def scan(load: Load, number: int) -> None:
    """Ask for all keys; each has one row, right by itself."""
    client = Client(load.port)
    form = ROWS_MEDIA_TYPE if number % 2 else "application/json"
    for _ in rounds(load, "scan"):
        body = ask(client, "/query-stream", {"sql": "SELECT k, c, s FROM counts;"}, accept=form)
        rows = [one["row"]["columns"] for one in body[1:]] if number % 2 else body[1:]
        assert len({row[0] for row in rows}) == len(rows), rows
        for key, found, total in rows:
            check_count(load, key, found, total)
    client.close()


def read_again(load: Load, number: int) -> None:
    """Read the first rows from the beginning, again and again: per key 0, 1, 2, … without gaps."""
    for _ in rounds(load, "read_again"):
        limit = min(1 + sum(load.answered.values()) // 2, ROWS_PER_ROUND * (number + 1))
        with Push(load, f"SELECT k, n FROM trades EMIT CHANGES LIMIT {limit};") as push:
            rows = list(push.rows())
        assert len(rows) == limit, (len(rows), limit)
        check_sequences(rows)


def read_on(load: Load, number: int) -> None:
    """Read everything from the beginning to the last row, each once; then ask for the end."""
    rows: list[tuple[str, int]] = []
    due = None
    with Push(load, "SELECT k, n FROM trades EMIT CHANGES;") as push:
        for row in push.rows():
            if row[0] == LAST:
                due = row[1]
            else:
                rows.append(row)
            if len(rows) == due:
                push.end()
    check_sequences(rows)
    assert Counter(key for key, _ in rows) == load.begun
    load.rounds["read_on"] += 1


class Push:
    """A push query from the beginning, over a connection of its own."""

    def __init__(self, load: Load, text: str) -> None:
        self._port, self._client = load.port, Client(load.port)
        body = {"sql": text, "properties": EARLIEST}
        self._response = self._client.open("POST", "/query-stream", body)
        assert self._response.status == 200
        self._id = json.loads(self._response.readline())["queryId"]

    def __enter__(self) -> "Push":
        return self

    def __exit__(self, *failure: object) -> None:
        self._response.close()
        self._client.close()

    def rows(self) -> Iterator[tuple[str, int]]:
        """Yield rows until the server ends the answer."""
        while line := self._response.readline():
            found = json.loads(line)
            assert isinstance(found, list), found
            yield found[0], found[1]

    def end(self) -> None:
        """Have the server end it."""
        other = Client(self._port)
        ask(other, "/close-query", {"queryId": self._id})
        other.close()


def ask(client: Client, path: str, body: dict[str, Any], accept: str = "") -> Any:
    """Call and expect 200; return the decoded answer."""
    status, found = client.call("POST", path, body, accept)
    assert status == 200, found
    return found


def check_count(load: Load, key: str, found: int, total: int) -> None:
    """A count is of rows that were begun; the sum says that they are the first ones."""
    assert 1 <= found <= load.begun[key], (key, found, load.begun[key])
    assert total == found * (found - 1) // 2, (key, found, total)


def check_sequences(rows: list[tuple[str, int]]) -> None:
    """Per key the rows are 0, 1, 2, …: none is missing, none is there twice, order holds."""
    expected: Counter[str] = Counter()
    for key, n in rows:
        assert n == expected[key], (key, n, expected[key])
        expected[key] += 1


def test_fifty_clients_at_once_get_right_answers(engine: Engine, port: int) -> None:
    engine.topic("t", PARTITIONS)
    engine.execute(SOURCES)
    load = Load(port)
    kinds = (write, look_up, scan, read_again, read_on)
    threads = {
        kind: [threading.Thread(target=load.guarded, args=(kind, n)) for n in range(OF_EACH)]
        for kind in kinds
    }
    for thread in (one for kind in kinds for one in threads[kind]):
        thread.start()
    load.over.wait(SECONDS)
    load.over.set()
    for thread in (one for kind in kinds if kind is not read_on for one in threads[kind]):
        thread.join()

    written = sum(load.begun.values())
    last = Client(port)
    ask(last, "/ksql", {"ksql": f"INSERT INTO trades VALUES ('{LAST}', {written});"})
    last.close()
    for thread in threads[read_on]:
        thread.join()

    assert load.failures == []
    assert load.begun == load.answered
    assert min(load.rounds[kind.__name__] for kind in kinds) >= OF_EACH
    rows = [row for row in engine.pull("SELECT k, c, s FROM counts;") if row[0] != LAST]
    assert sorted(rows) == sorted([k, n, n * (n - 1) // 2] for k, n in load.begun.items())
    assert engine.server.pushes == {}
