"""Many clients at once: every answer right, no row lost or doubled."""

import json
import threading
from typing import Any

import pytest

from tests.sandbox.ksqldb.engine import EARLIEST, Client, Engine

CLIENTS = 50
ROUNDS = 6


@pytest.fixture
def failures() -> list[str]:
    return []


def write(port: int, number: int) -> None:
    client = Client(port)
    for round_ in range(ROUNDS):
        text = f"INSERT INTO trades VALUES ('k{number}', {round_});"
        status, body = client.call("POST", "/ksql", {"ksql": text})
        assert status == 200, body
    client.close()


def pull(port: int, number: int) -> None:
    client = Client(port)
    seen = 0
    for _ in range(ROUNDS):
        text = f"SELECT c FROM counts WHERE k = 'k{number}';"
        status, body = client.call("POST", "/query", {"ksql": text})
        assert status == 200, body
        counts = [row["row"]["columns"][0] for row in body if "row" in row]
        assert len(counts) <= 1
        assert counts == [] or seen <= counts[0] <= ROUNDS, "a count never goes back"
        seen = counts[0] if counts else seen
    client.close()


def push(port: int, number: int) -> None:
    client = Client(port)
    limit = CLIENTS * ROUNDS
    text = f"SELECT k, n FROM trades EMIT CHANGES LIMIT {limit};"
    response = client.open("POST", "/query-stream", {"sql": text, "properties": EARLIEST})
    lines = response.read().decode().splitlines()
    rows = sorted(tuple(json.loads(line)) for line in lines[1:])
    response.close()
    client.close()
    assert rows == sorted((f"k{k}", n) for k in range(CLIENTS) for n in range(ROUNDS))


def test_fifty_clients_at_once_get_right_answers(
    engine: Engine, port: int, failures: list[str]
) -> None:
    engine.topic("t")
    engine.execute(
        "CREATE STREAM trades (k VARCHAR KEY, n INT) WITH (kafka_topic='t', value_format='JSON');"
        "CREATE TABLE counts AS SELECT k, COUNT(*) AS c FROM trades GROUP BY k;"
    )

    def guarded(work: Any, number: int) -> None:
        try:
            work(port, number)
        except Exception as failure:  # noqa: BLE001 - a thread's failure must reach the test
            failures.append(f"{work.__name__} {number}: {failure!r}")

    jobs = [(work, n) for n in range(CLIENTS) for work in (push, write, pull)]
    threads = [threading.Thread(target=guarded, args=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    engine.server.settle()
    assert sorted(engine.pull("SELECT * FROM counts;")) == sorted(
        [f"k{k}", ROUNDS] for k in range(CLIENTS)
    )
    assert engine.server.pushes == {}
