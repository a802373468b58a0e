import json
from base64 import b64decode
from datetime import timedelta
from typing import Any

import pytest
import requests

from ksql.client import ApiKey, KsqlClient, Row
from ksql.errors import (
    OFFLINE,
    AlreadyExists,
    AnswerLost,
    NotAuthorized,
    ServerBusy,
    ServerUnreachable,
    StatementRejected,
    UnexpectedAnswer,
)
from ksql.waiting import IMPATIENT, LOCAL, Patience
from tests.ksql.scripted import (
    ENDPOINT,
    EXISTS,
    Clock,
    Says,
    ScriptedServer,
    client_of,
    refusal,
    refused,
    reset,
    status,
)

UNAUTHORIZED = Says({"error_code": 40100, "message": "Unauthorized"}, 401)
BUSY = refusal(50302, "KSQL is not yet ready to serve requests.")


def test_a_change_carries_properties_and_the_number_to_wait_for() -> None:
    server = ScriptedServer(status("SUCCESS"))

    client_of(server).change("CREATE …;", {"auto.offset.reset": "earliest"}, after=4)

    [request] = server.requests
    assert request.url == "https://ksql.example.test/ksql"
    assert json.loads(request.body or "") == {
        "ksql": "CREATE …;",
        "streamsProperties": {"auto.offset.reset": "earliest"},
        "commandSequenceNumber": 4,
    }


def test_the_key_goes_along_as_basic_authentication() -> None:
    server = ScriptedServer(Says([]))

    client_of(server).look("SHOW STREAMS;")

    assert server.requests[0].headers["Authorization"] == "Basic S0VZOnRoZS1zZWNyZXQ="


def test_a_key_may_hold_any_character() -> None:
    session, server = requests.Session(), ScriptedServer(Says([]))
    session.mount(ENDPOINT, server)

    KsqlClient(ENDPOINT, ApiKey("KEY", "se…cret"), session=session).look("SHOW STREAMS;")

    sent = server.requests[0].headers["Authorization"].removeprefix("Basic ")
    assert b64decode(sent) == "KEY:se…cret".encode()


def test_an_api_key_never_shows_its_secret() -> None:
    assert repr(ApiKey("KEY", "the-secret")) == "ApiKey(key='KEY')"


@pytest.mark.parametrize(
    "answer",
    [
        refusal(42900, "too many"),
        refusal(50301, "behind"),
        BUSY,
        refusal(50303, "shutting down"),
        Says("slow down", 429),
        Says("no healthy upstream", 503),
    ],
    ids=["42900", "50301", "50302", "50303", "plain-429", "plain-503"],
)
def test_a_change_that_was_not_begun_is_sent_again(answer: Says) -> None:
    clock = Clock()
    server = ScriptedServer(answer, answer, status("SUCCESS"))

    client_of(server, clock).change("CREATE …;")

    assert len(server.requests) == 3
    assert clock.pauses == [0.2, 0.4]


def test_retry_after_is_honoured() -> None:
    clock = Clock()
    busy = Says(BUSY.body, 503, {"Retry-After": "10"})
    server = ScriptedServer(busy, Says([]))

    client_of(server, clock).look("SHOW STREAMS;")

    assert clock.pauses == [10.0]


def test_whoever_waits_is_told_why_and_for_how_long() -> None:
    told: list[str] = []
    busy = Says(BUSY.body, 503, {"Retry-After": "10"})
    server = ScriptedServer(busy, UNAUTHORIZED, refused(), Says([]))

    client_of(server, tell=told.append).look("SHOW STREAMS;")

    assert told == [
        "the server is not ready (50302): KSQL is not yet ready to serve requests.; trying for"
        " 10 s of 300 s"
    ]


def test_a_server_that_stays_busy_is_given_up_at_the_deadline() -> None:
    clock = Clock()
    server = ScriptedServer(*[BUSY] * 20)
    patience = Patience(ready=timedelta(seconds=5))

    with pytest.raises(
        ServerBusy,
        match=r"still not ready after 3 s, and the next try would come after the deadline of 5 s"
        r" \(ksqlDB error 50302\): KSQL is not",
    ):
        client_of(server, clock, patience=patience).look("SHOW STREAMS;")

    assert clock.now_s < 5


def test_a_server_that_wants_to_be_left_alone_past_the_deadline_is_given_up_at_once() -> None:
    clock = Clock()
    server = ScriptedServer(Says(BUSY.body, 503, {"Retry-After": "600"}))

    with pytest.raises(ServerBusy, match=r"after 0 s, and the next try would come after .* 300 s"):
        client_of(server, clock).look("SHOW STREAMS;")

    assert clock.pauses == []


def test_a_new_key_is_tried_until_it_is_known() -> None:
    server = ScriptedServer(UNAUTHORIZED, UNAUTHORIZED, status("SUCCESS"))

    client_of(server).change("CREATE …;")

    assert server.is_exhausted


def test_a_wrong_key_is_named_without_its_secret() -> None:
    server = ScriptedServer(UNAUTHORIZED)

    with pytest.raises(NotAuthorized) as failed:
        client_of(server, patience=IMPATIENT).look("SHOW STREAMS;")

    assert str(failed.value) == (
        "https://ksql.example.test refuses the API key KEY (401): Unauthorized. The key must be of"
        " this ksqlDB application, and its owner needs the role KsqlAdmin; an application that was"
        " removed may answer so, too"
    )


def test_a_look_whose_connection_broke_is_repeated() -> None:
    server = ScriptedServer(reset(), Says([]))

    assert client_of(server).look("SHOW STREAMS;") == []


def test_a_change_whose_answer_was_lost_is_never_repeated() -> None:
    server = ScriptedServer(reset())

    with pytest.raises(AnswerLost, match="have done what it was asked: Connection reset by peer"):
        client_of(server).change("CREATE …;")

    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [502, 504])
def test_a_change_that_a_proxy_gave_up_may_have_been_made(status: int) -> None:
    server = ScriptedServer(Says("<html>upstream</html>", status))

    with pytest.raises(AnswerLost, match=f"it was asked: HTTP {status}: <html>upstream</html>"):
        client_of(server).change("CREATE …;")

    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [502, 504])
def test_a_look_that_a_proxy_gave_up_is_repeated(status: int) -> None:
    server = ScriptedServer(Says("<html>upstream</html>", status), Says([]))

    assert client_of(server).look("SHOW STREAMS;") == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [("[{", r"not JSON: '\[\{'"), ({"a": 1}, "the answer of /ksql is no list of objects")],
)
def test_a_change_whose_answer_cannot_be_read_may_have_been_made(body: Any, reason: str) -> None:
    server = ScriptedServer(Says(body))

    with pytest.raises(AnswerLost, match=f"may or may not have done what it was asked: {reason}"):
        client_of(server).change("CREATE …;")


@pytest.mark.parametrize("body", [{"a": 1}, [1], "text"])
def test_an_answer_that_is_no_list_of_objects_is_said(body: Any) -> None:
    with pytest.raises(UnexpectedAnswer, match="does not answer as ksqlDB does"):
        client_of(ScriptedServer(Says(body))).look("SHOW STREAMS;")


def test_later_requests_wait_for_what_was_carried_out() -> None:
    server = ScriptedServer(status("SUCCESS", 7), Says([]), status("SUCCESS", 8), Says([]))
    client = client_of(server)

    client.change("CREATE …;", after=3)
    client.look("DESCRIBE T;")
    client.change("CREATE …;", after=5)
    client.look("DESCRIBE T;")

    sent = [json.loads(each.body or "") for each in server.requests]
    assert [each.get("commandSequenceNumber") for each in sent] == [3, 7, 7, 8]


def test_a_look_before_any_change_waits_for_nothing() -> None:
    server = ScriptedServer(Says([]))

    client_of(server).look("SHOW STREAMS;")

    assert "commandSequenceNumber" not in json.loads(server.requests[0].body or "")


@pytest.mark.parametrize("endpoint", ["ksql.example.test", "ftp://ksql.example.test", "https://"])
def test_an_address_that_is_none_is_said_at_once(endpoint: str) -> None:
    clock = Clock()
    client = KsqlClient(endpoint, None, clock=clock)

    with pytest.raises(ServerUnreachable, match=r"no ksqlDB server answers at .*Check the address"):
        client.look("SHOW STREAMS;")

    assert clock.pauses == []


def test_a_machine_without_a_network_is_told_from_a_server_that_is_gone() -> None:
    offline = requests.ConnectionError("NameResolutionError", OSError(-3, OFFLINE[0]))
    gone = requests.ConnectionError("NameResolutionError", OSError(-2, "Name or service not known"))
    for broken, is_offline in ((offline, True), (gone, False)):
        with pytest.raises(ServerUnreachable) as failed:
            client_of(ScriptedServer(broken), patience=IMPATIENT).look("SHOW STREAMS;")
        assert failed.value.is_offline is is_offline


def test_a_change_that_never_left_is_sent_again() -> None:
    server = ScriptedServer(refused(), status("SUCCESS"))

    client_of(server).change("CREATE …;")

    assert server.is_exhausted


def test_nobody_listening_on_this_machine_is_said_at_once_with_what_to_do() -> None:
    clock = Clock()
    server = ScriptedServer(refused())

    with pytest.raises(ServerUnreachable, match=r"make up.*python -m sandbox up"):
        client_of(server, clock, endpoint="http://127.0.0.1:8900/ksqldb/lksqlc-1").look("X;")

    assert clock.pauses == []


LOCALLY = "http://127.0.0.1:8900/ksqldb/lksqlc-1"


def test_a_connection_that_broke_on_this_machine_is_no_server_that_is_gone() -> None:
    assert client_of(ScriptedServer(reset(), Says([])), endpoint=LOCALLY).look("X;") == []
    with pytest.raises(AnswerLost):
        client_of(ScriptedServer(reset()), endpoint=LOCALLY).change("X;")


def test_nobody_waits_long_for_what_is_on_this_machine() -> None:
    assert KsqlClient(LOCALLY, None).patience == LOCAL
    assert KsqlClient("https://ksql.example.test", None).patience == Patience(
        ready=timedelta(minutes=5), key=timedelta(minutes=10), command=timedelta(minutes=5)
    )


def test_a_refusal_keeps_code_and_statement() -> None:
    server = ScriptedServer(refusal(40001, "line 1:1: Syntax error", "CREATE …;"))

    with pytest.raises(StatementRejected) as failed:
        client_of(server).change("CREATE …;")

    assert (failed.value.code, failed.value.statement) == (40001, "CREATE …;")
    assert str(failed.value) == "line 1:1: Syntax error (ksqlDB error 40001)"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({"error_code": 40001, "message": "no"}, "no (ksqlDB error 40001)"),
        ({"message": "no"}, "no (ksqlDB error 40000)"),
        ({"error_code": 0, "message": "no"}, "no (ksqlDB error 40000)"),
        ({"error_code": "many", "message": "no"}, "no (ksqlDB error 40000)"),
        (["no"], '["no"] (ksqlDB error 40000)'),
        ("<html>", "<html> (ksqlDB error 40000)"),
        ("", "Bad Request (ksqlDB error 40000)"),
    ],
)
def test_a_refusal_in_any_form_has_a_code_and_a_reason(body: Any, shown: str) -> None:
    with pytest.raises(StatementRejected) as failed:
        client_of(ScriptedServer(Says(body, 400))).look("X;")

    assert str(failed.value) == shown


def test_an_existing_object_is_an_error_of_its_own() -> None:
    with pytest.raises(AlreadyExists):
        client_of(ScriptedServer(EXISTS)).change("CREATE …;")


def test_an_answer_of_something_else_than_ksqldb_is_said() -> None:
    server = ScriptedServer(Says("<html>welcome</html>"))

    with pytest.raises(UnexpectedAnswer, match="not JSON: '<html>welcome</html>'"):
        client_of(server).info()


def test_an_info_of_something_else_is_said() -> None:
    bodies: tuple[Any, ...] = ({"name": "elasticsearch"}, [])
    for body in bodies:
        with pytest.raises(UnexpectedAnswer, match="/info tells no KsqlServerInfo"):
            client_of(ScriptedServer(Says(body))).info()


def test_info_is_typed() -> None:
    body = {
        "version": "8.5.0",
        "kafkaClusterId": "lkc-1",
        "ksqlServiceId": "pksqlc-1",
        "serverStatus": "RUNNING",
    }

    info = client_of(ScriptedServer(Says({"KsqlServerInfo": body}))).info()

    assert (info.version, info.kafka_cluster_id, info.status) == ("8.5.0", "lkc-1", "RUNNING")


def test_command_ids_are_encoded_in_the_path() -> None:
    server = ScriptedServer(Says({"status": "SUCCESS", "message": "Table created"}))

    found = client_of(server).command_status("table/`T`/create")

    assert server.requests[0].url == "https://ksql.example.test/status/table/%60T%60/create"
    assert found.is_final


def stream(*elements: Any) -> Says:
    return Says("[" + ",\n".join(json.dumps(element) for element in elements) + "]\n")


HEADER = {"header": {"queryId": "q1", "schema": "`A` STRING KEY, `N` BIGINT"}}


def test_rows_come_one_by_one_with_tombstones() -> None:
    answer = client_of(
        ScriptedServer(
            stream(
                HEADER,
                {"row": {"columns": ["x,]", 1]}},
                {"row": {"columns": ["y", None], "tombstone": True}},
                {"finalMessage": "Limit Reached"},
            )
        )
    ).query("SELECT …;")

    assert answer.query_id == "q1"
    assert answer.schema == "`A` STRING KEY, `N` BIGINT"
    assert list(answer.rows) == [Row(("x,]", 1)), Row(("y", None), is_tombstone=True)]


@pytest.mark.parametrize(
    "error", [{"error_code": 50000, "message": "state store gone"}, "state store gone"]
)
def test_a_failure_among_the_rows_is_raised(error: Any) -> None:
    failure = {"errorMessage": error}
    answer = client_of(ScriptedServer(stream(HEADER, failure))).query("SELECT …;")

    with pytest.raises(StatementRejected, match=r"^state store gone \(ksqlDB error 50000\)$"):
        list(answer.rows)
