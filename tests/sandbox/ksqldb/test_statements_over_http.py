"""Statements over a port: what is answered to each kind, and a hundred readers at once."""

import json
import threading
from typing import Any

import pytest

from sandbox.topics import StoredRecord
from tests.sandbox.ksqldb.engine import EARLIEST, Client, Engine

TRADES = "CREATE STREAM trades (k VARCHAR KEY, n INT) WITH (kafka_topic='t', value_format='JSON');"
COPY = "CREATE STREAM copy AS SELECT k, n FROM trades;"
READERS = 99
ROWS = 300


def ask(client: Client, text: str) -> tuple[int, Any]:
    status, body = client.call("POST", "/ksql", {"ksql": text, "streamsProperties": EARLIEST})
    return status, body


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("LIST STREAMS;", "streams"),
        ("SHOW STREAMS EXTENDED;", "source_descriptions"),
        ("LIST TABLES;", "tables"),
        ("LIST QUERIES;", "queries"),
        ("SHOW TOPICS;", "kafka_topics"),
        ("SHOW ALL TOPICS EXTENDED;", "kafka_topics_extended"),
        ("LIST FUNCTIONS;", "function_names"),
        ("LIST PROPERTIES;", "properties"),
        ("DESCRIBE trades;", "sourceDescription"),
        ("DESCRIBE trades EXTENDED;", "sourceDescription"),
        ("DESCRIBE FUNCTION ABS;", "describe_function"),
        ("EXPLAIN CSAS_COPY_1;", "queryDescription"),
        ("EXPLAIN SELECT * FROM trades EMIT CHANGES;", "queryDescription"),
        (TRADES.replace("STREAM", "STREAM IF NOT EXISTS"), "warning_entity"),
        ("DROP STREAM IF EXISTS nope;", "warning_entity"),
        ("INSERT INTO trades VALUES ('a', 1);", None),
        ("SET 'auto.offset.reset' = 'latest';", None),
        ("DEFINE a = 'b';", None),
    ],
)
def test_each_kind_of_statement_has_its_answer(
    engine: Engine, client: Client, text: str, kind: str | None
) -> None:
    engine.topic("t")
    ask(client, TRADES + COPY)

    status, entities = ask(client, text)

    assert (status, [entity["@type"] for entity in entities]) == (200, [kind] if kind else [])


def test_a_query_is_paused_and_resumed(engine: Engine, client: Client) -> None:
    engine.topic("t")
    ask(client, TRADES + COPY)
    states = []

    for text in ("PAUSE CSAS_COPY_1;", "RESUME CSAS_COPY_1;"):
        assert ask(client, text)[0] == 200
        _, [listed] = ask(client, "LIST QUERIES;")
        states.append([query["state"] for query in listed["queries"]])

    assert states == [["PAUSED"], ["RUNNING"]]


def test_a_hundred_readers_of_which_one_never_reads(
    engine: Engine, client: Client, port: int
) -> None:
    engine.topic("t")
    ask(client, TRADES)
    lazy = Client(port)
    body: dict[str, Any] = {"sql": "SELECT k, n FROM trades EMIT CHANGES;", "properties": EARLIEST}
    unread = lazy.open("POST", "/query-stream", body)
    found: list[list[Any]] = []

    def read() -> None:
        reader = Client(port)
        limited = f"SELECT k, n FROM trades EMIT CHANGES LIMIT {ROWS};"
        response = reader.open("POST", "/query-stream", {**body, "sql": limited})
        rows = [json.loads(line) for line in response.read().decode().splitlines()[1:]]
        found.append(rows)
        reader.close()

    threads = [threading.Thread(target=read) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    records = [StoredRecord(b"a", b'{"n":%d}' % n, 0) for n in range(ROWS)]
    engine.cluster.topic("t").partitions[0].extend(records)
    ask(client, "INSERT INTO trades VALUES ('a', 0);")
    for thread in threads:
        thread.join()
    unread.close()
    lazy.close()

    assert found == [[["a", n] for n in range(ROWS)]] * READERS
