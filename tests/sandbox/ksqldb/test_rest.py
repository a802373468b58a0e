"""The REST API over a port: shapes, forms, errors, push queries and who reads them."""

import asyncio
import json
from typing import Any

from sandbox.ksqldb.queries import Queries
from sandbox.ksqldb.wire import Form
from sandbox.topics import StoredRecord
from tests.sandbox.ksqldb.engine import EARLIEST, Client, Engine

TRADES = "CREATE STREAM trades (k VARCHAR KEY, n INT) WITH (kafka_topic='t', value_format='JSON');"
TOTALS = "CREATE TABLE totals AS SELECT k, SUM(n) AS total FROM trades GROUP BY k;"


def create(engine: Engine, client: Client, *statements: str) -> None:
    if engine.cluster.find("t") is None:
        engine.topic("t")
    body = {"ksql": "".join(statements), "streamsProperties": EARLIEST}
    status, answer = client.call("POST", "/ksql", body)
    assert status == 200, answer


def append(engine: Engine, *numbers: int, key: str = "a") -> None:
    """Append as another thread would see it done: the server's loop is woken by the next call."""
    log = engine.cluster.topic("t").partitions[0]
    records = [StoredRecord(key.encode(), b'{"n":%d}' % n, 0) for n in numbers]
    log.extend(records)


def insert(client: Client, *numbers: int) -> None:
    text = "".join(f"INSERT INTO trades VALUES ('a', {n});" for n in numbers)
    assert client.call("POST", "/ksql", {"ksql": text})[0] == 200


def eventually(client: Client, text: str, rows: list[Any]) -> list[Any]:
    """Ask a pull query until it answers so, at most 500 times."""
    found: list[Any] = []
    for _ in range(500):
        _, answer = client.call("POST", "/query", {"ksql": text})
        found = [one["row"]["columns"] for one in answer if "row" in one]
        if found == rows:
            break
    return found


def test_facts_about_the_server(client: Client) -> None:
    facts = client.call("GET", "/info")
    health = client.call("GET", "/healthcheck")
    root = client.call("GET", "/")

    assert facts == (
        200,
        {
            "KsqlServerInfo": {
                "version": "8.5.0",
                "kafkaClusterId": "lkc-test",
                "ksqlServiceId": "pksqlc-test",
                "serverStatus": "RUNNING",
            }
        },
    )
    assert (health[0], health[1]["isHealthy"], health[1]["serverState"]) == (200, True, "READY")
    assert root[0] == 307


def test_property_names_are_judged(client: Client) -> None:
    assert client.call("GET", "/is_valid_property/auto.offset.reset") == (200, True)
    status, body = client.call("GET", "/is_valid_property/nope")
    assert (status, body["error_code"]) == (400, 40000)


def test_a_command_is_followed_by_its_id(engine: Engine, client: Client) -> None:
    create(engine, client, TRADES)

    found = client.call("GET", "/status/stream/%60TRADES%60/create")
    missing = client.call("GET", "/status/stream/%60NOPE%60/create")

    assert found == (200, {"status": "SUCCESS", "message": "Stream created", "queryId": None})
    assert (missing[0], missing[1]["error_code"]) == (404, 40400)


def test_a_refused_statement_is_a_statement_error(client: Client) -> None:
    status, body = client.call("POST", "/ksql", {"ksql": "DROP STREAM nope;"})

    assert status == 400
    assert body == {
        "@type": "statement_error",
        "error_code": 40001,
        "message": "Stream NOPE does not exist.",
        "statementText": "DROP STREAM nope;",
        "entities": [],
    }


def test_a_body_without_statement_is_a_bad_request(client: Client) -> None:
    status, body = client.call("POST", "/ksql", {"sql": "x"})

    assert (status, body["@type"], body["error_code"]) == (400, "generic_error", 40000)


def test_what_is_not_emulated_says_so(client: Client) -> None:
    status, body = client.call("POST", "/inserts-stream", {})
    accept = "application/vnd.ksql.v1+protobuf"
    protobuf = client.call("POST", "/query-stream", {"sql": "SELECT 1;"}, accept)

    assert (status, body["message"]) == (501, "insertsStream: not emulated by this sandbox")
    assert protobuf[0] == 501


def test_a_pull_query_has_three_forms(engine: Engine, client: Client) -> None:
    create(engine, client, TRADES, TOTALS)
    insert(client, 2, 3)
    select = "SELECT * FROM totals WHERE k = 'a';"
    assert eventually(client, select, [["a", 5]]) == [["a", 5]]

    rows = client.call("POST", "/query-stream", {"sql": select}, "application/vnd.ksql.v1+json")
    array = client.call("POST", "/query-stream", {"sql": select}, "application/json")
    lines = client.call("POST", "/query-stream", {"sql": select})

    assert rows[1][0]["header"]["schema"] == "`K` STRING KEY, `TOTAL` INTEGER"
    assert rows[1][1:] == [{"row": {"columns": ["a", 5]}}]
    assert array[1][0]["columnTypes"] == ["STRING", "INTEGER"]
    assert array[1][1:] == [["a", 5]]
    head, row, end = lines[1].split("\n")
    assert (json.loads(head)["columnNames"], row, end) == (["K", "TOTAL"], '["a",5]', "")


def test_a_push_query_gets_rows_as_they_come_until_it_is_closed(
    engine: Engine, client: Client, port: int
) -> None:
    create(engine, client, TRADES)
    reader = Client(port)
    body = {"sql": "SELECT * FROM trades EMIT CHANGES;", "properties": EARLIEST}

    response = reader.open("POST", "/query-stream", body)
    query_id = json.loads(response.readline())["queryId"]
    insert(client, 1)
    first = response.readline()
    insert(client, 2)
    second = response.readline()
    closed = client.call("POST", "/close-query", {"queryId": query_id})
    rest = response.read()
    reader.close()

    assert (first, second, rest) == (b'["a",1]\n', b'["a",2]\n', b"")
    assert closed == (200, None)
    assert client.call("POST", "/close-query", {"queryId": query_id})[0] == 400


def test_terminate_ends_a_push_query(engine: Engine, client: Client, port: int) -> None:
    create(engine, client, TRADES)
    reader = Client(port)
    response = reader.open("POST", "/query-stream", {"sql": "SELECT * FROM trades EMIT CHANGES;"})
    query_id = json.loads(response.readline())["queryId"]

    _, [entity] = client.call("POST", "/ksql", {"ksql": f"TERMINATE {query_id};"})
    rest = response.read()
    reader.close()

    assert (entity["@type"], entity["wasTerminated"], rest) == ("terminate_query", True, b"")


def test_hanging_up_ends_a_push_query(engine: Engine, client: Client, port: int) -> None:
    create(engine, client, TRADES)
    reader = Client(port)
    response = reader.open("POST", "/query-stream", {"sql": "SELECT * FROM trades EMIT CHANGES;"})
    response.readline()
    assert len(engine.server.pushes) == 1

    response.close()
    reader.close()
    for _ in range(500):
        insert(client, 1)
        if not engine.server.pushes:
            break

    assert engine.server.pushes == {}


def test_a_reader_that_never_reads_holds_up_nobody_and_keeps_nothing(
    engine: Engine, client: Client, port: int
) -> None:
    create(engine, client, TRADES)
    append(engine, *range(200_000))
    text = {"ksql": "SELECT * FROM trades EMIT CHANGES;", "streamsProperties": EARLIEST}
    lazy = Client(port)
    unread = lazy.open("POST", "/query", text)

    limited = {**text, "ksql": "SELECT * FROM trades EMIT CHANGES LIMIT 200000;"}
    status, answer = client.call("POST", "/query", limited)

    assert status == 200
    assert [one["row"]["columns"][1] for one in answer[1:-1]] == list(range(200_000))
    [push] = engine.server.pushes.values()
    assert push.position < 200_000, "the rows that its reader did not take are not made"
    unread.close()
    lazy.close()


def test_print_shows_records_with_their_times(engine: Engine, client: Client) -> None:
    create(engine, client, TRADES)
    append(engine, 7)

    _, text = client.call("POST", "/query", {"ksql": "PRINT t FROM BEGINNING LIMIT 1;"})

    assert text.splitlines() == [
        "Key format: KAFKA_STRING",
        "Value format: JSON or KAFKA_STRING",
        'rowtime: 1970/01/01 00:00:00.000 Z, key: a, value: {"n":7}, partition: 0',
    ]


def test_a_failing_query_is_an_http_error_before_its_first_row(client: Client) -> None:
    pull = client.call("POST", "/query", {"ksql": "SELECT * FROM nope;"})
    push = client.call("POST", "/query", {"ksql": "SELECT * FROM nope EMIT CHANGES;"})

    for status, body in (pull, push):
        assert (status, body["@type"], body["error_code"]) == (400, "statement_error", 40001)


def test_a_push_query_that_makes_no_sense_is_refused_without_its_text(
    engine: Engine, client: Client
) -> None:
    create(engine, client, TRADES)
    text = "SELECT 1 + NULL FROM trades EMIT CHANGES;"
    status, body = client.call("POST", "/query", {"ksql": text})

    assert (status, body["@type"], body["error_code"]) == (400, "generic_error", 40000)
    assert "statementText" not in body


def test_a_server_that_is_not_there_is_not_found(client: Client) -> None:
    headers = {"Authorization": "Basic a2V5OnNlY3JldA=="}
    body = json.dumps({"ksql": "LIST STREAMS;"})
    client.connection.request("POST", "/ksqldb/lksqlc-gone/ksql", body, headers)
    response = client.connection.getresponse()

    assert response.status == 404
    assert json.loads(response.read()) == {
        "@type": "generic_error",
        "error_code": 40400,
        "message": "There is no ksqlDB cluster lksqlc-gone here.",
    }


def test_a_push_query_ends_when_its_topic_goes(engine: Engine, client: Client, port: int) -> None:
    create(engine, client, TRADES)
    reader = Client(port)
    response = reader.open("POST", "/query-stream", {"sql": "SELECT * FROM trades EMIT CHANGES;"})
    response.readline()

    client.call("POST", "/ksql", {"ksql": "DROP STREAM trades DELETE TOPIC;"})
    error = json.loads(response.read())
    reader.close()

    assert error["message"] == "The topic t has been deleted."


def test_a_query_that_finds_nothing_in_a_long_history_lets_others_in(
    engine: Engine, client: Client
) -> None:
    create(engine, client, TRADES)
    append(engine, *range(100_000))
    positions = []

    async def scenario() -> None:
        text = "SELECT * FROM trades WHERE n < 0 EMIT CHANGES;"
        Queries(engine.server).answer(text, EARLIEST, {}, Form.ROWS)
        [push] = engine.server.pushes.values()
        reader = asyncio.create_task(anext(push.rows(), None))
        for _ in range(5):
            await asyncio.sleep(0)
            positions.append(push.position)
        push.close()
        await reader

    asyncio.run(scenario())

    assert positions[0] < positions[-1] < 100_000
