"""Dropping, and what tells that a whole application is gone."""

from datetime import timedelta

import pytest
import requests

from ksql import deploy
from ksql.description import find
from ksql.errors import (
    OFFLINE,
    NotAuthorized,
    ServerUnreachable,
    StatementRejected,
)
from ksql.waiting import Patience
from tests.ksql.scripted import (
    GONE,
    Clock,
    Says,
    ScriptedServer,
    client_of,
    description,
    refusal,
    refused,
    reset,
    status,
)


def test_drop_takes_the_topic_when_told_to() -> None:
    server = ScriptedServer(description(), status("SUCCESS"))

    deploy.drop(client_of(server), "T", delete_topic=True)

    assert server.sent == ["DESCRIBE `T`;", "DROP TABLE `T` DELETE TOPIC;"]


def test_drop_keeps_the_topic_otherwise() -> None:
    server = ScriptedServer(description(), status("SUCCESS"))

    deploy.drop(client_of(server), "T", delete_topic=False)

    assert server.sent == ["DESCRIBE `T`;", "DROP TABLE `T`;"]


def test_what_is_gone_needs_no_drop() -> None:
    server = ScriptedServer(GONE)

    deploy.drop(client_of(server), "T", delete_topic=True)

    assert server.sent == ["DESCRIBE `T`;"]


def test_with_the_application_everything_is_gone() -> None:
    server = ScriptedServer(refused())

    deploy.drop(
        client_of(server, endpoint="http://127.0.0.1:8900/ksqldb/lksqlc-1"), "T", delete_topic=True
    )

    assert len(server.requests) == 1


def test_an_application_that_is_not_found_has_nothing_to_drop() -> None:
    server = ScriptedServer(Says("Not Found", 404), Says("Not Found", 404))

    deploy.drop(client_of(server), "T", delete_topic=True)

    assert server.sent == ["DESCRIBE `T`;", "GET /healthcheck"]


def test_a_server_that_lives_and_knows_no_ksql_is_not_taken_for_gone() -> None:
    server = ScriptedServer(Says("Not Found", 404), Says({"isHealthy": True}))

    with pytest.raises(StatementRejected, match=r"Not Found \(ksqlDB error 40400\)"):
        find(client_of(server), "T")


def test_a_machine_without_a_network_takes_nothing_for_gone() -> None:
    offline = requests.ConnectionError("NameResolutionError", OSError(-3, OFFLINE[0]))
    server = ScriptedServer(*[offline] * 100)

    with pytest.raises(ServerUnreachable, match="Temporary failure in name resolution"):
        deploy.drop(client_of(server), "T", delete_topic=True)


def test_a_drop_that_fails_for_its_topic_is_not_taken_for_done() -> None:
    gone = refusal(40001, "Source topic 't' of T is locked: topic does not exist")
    server = ScriptedServer(description(), gone)

    with pytest.raises(StatementRejected, match="topic does not exist"):
        deploy.drop(client_of(server), "T", delete_topic=False)


@pytest.mark.parametrize("text", ["Table T does not exist.", "Source `T` does not exist."])
def test_what_has_gone_since_it_was_looked_at_needs_no_drop(text: str) -> None:
    server = ScriptedServer(description(), refusal(40001, text))

    deploy.drop(client_of(server), "T", delete_topic=True)

    assert server.is_exhausted


REVOKED = Says({"error_code": 40100, "message": "Unauthorized"}, 401)


def test_an_application_removed_by_hand_leaves_nothing_to_find_or_to_drop() -> None:
    unknown = refusal(40400, "There is no ksqlDB cluster lksqlc-1 here.")
    server = ScriptedServer(REVOKED, unknown, REVOKED, unknown)
    client = client_of(server)

    assert find(client, "T") is None
    deploy.drop(client, "T", delete_topic=True)

    assert server.sent == ["DESCRIBE `T`;", "GET /healthcheck", "DESCRIBE `T`;", "GET /healthcheck"]
    assert "Authorization" not in server.requests[1].headers


@pytest.mark.parametrize(
    "hiccup",
    [
        REVOKED,
        refusal(42900, "Too many requests"),
        refusal(50302, "KSQL is not yet ready to serve requests."),
        Says("Bad Gateway", 502),
    ],
    ids=["401", "429", "503", "502"],
)
def test_an_application_that_refuses_to_tell_whether_it_lives_does_live(hiccup: Says) -> None:
    server = ScriptedServer(REVOKED, hiccup, REVOKED, description())

    there = find(client_of(server), "T")

    assert there is not None
    assert server.is_exhausted


def test_a_connection_that_breaks_does_not_say_that_the_application_is_gone() -> None:
    server = ScriptedServer(REVOKED, reset(), Says({"isHealthy": True}), description())

    there = find(client_of(server), "T")

    assert there is not None
    assert server.is_exhausted


def test_an_address_where_nobody_listens_any_more_is_asked_once() -> None:
    clock = Clock()
    server = ScriptedServer(REVOKED, refused())

    assert find(client_of(server, clock), "T") is None
    assert clock.pauses == []


def test_an_address_whose_connections_all_break_is_given_up_at_the_deadline() -> None:
    clock = Clock()
    server = ScriptedServer(REVOKED, *[reset()] * 100)

    assert find(client_of(server, clock), "T") is None
    assert 280 < clock.now_s <= 300


def test_an_application_that_lives_and_refuses_the_key_is_an_error() -> None:
    server = ScriptedServer(REVOKED, Says({"isHealthy": True}), REVOKED)
    patience = Patience(key=timedelta(0))

    with pytest.raises(NotAuthorized, match="refuses the API key KEY"):
        find(client_of(server, patience=patience), "T")


def test_a_key_that_is_not_known_yet_is_tried_again_when_dropping() -> None:
    healthy = Says({"isHealthy": True})
    server = ScriptedServer(REVOKED, healthy, REVOKED, description(), REVOKED, status("SUCCESS"))

    deploy.drop(client_of(server), "T", delete_topic=True)

    assert server.is_exhausted


def test_drop_survives_a_subject_that_an_earlier_try_deleted() -> None:
    half = refusal(40001, "Subject 't-value' was soft deleted")
    server = ScriptedServer(description(), half, status("SUCCESS"))

    deploy.drop(client_of(server), "T", delete_topic=True)

    assert server.sent[1:] == ["DROP TABLE `T` DELETE TOPIC;", "DROP TABLE `T`;"]


def test_a_drop_that_leaves_the_topic_has_no_leftovers_to_survive() -> None:
    server = ScriptedServer(description(), refusal(40001, "Subject 't-value' was soft deleted"))

    with pytest.raises(StatementRejected, match="soft deleted"):
        deploy.drop(client_of(server), "T", delete_topic=False)


def test_drop_ends_foreign_inserts_only_when_told_to() -> None:
    there = description(writers=("INSERTQUERY_9",), readers=("INSERTQUERY_11", "CTAS_X_3"))
    server = ScriptedServer(there, status("SUCCESS"), status("SUCCESS"), status("SUCCESS"))

    deploy.drop(client_of(server), "T", delete_topic=False, end_inserts=True)

    assert server.sent == [
        "DESCRIBE `T`;",
        "TERMINATE INSERTQUERY_9;",
        "TERMINATE INSERTQUERY_11;",
        "DROP TABLE `T`;",
    ]


def test_inserts_of_any_id_are_ended_and_one_that_is_gone_already_is_no_failure() -> None:
    there = description(writers=("my_insert",), readers=("CSAS_X_3", "their_insert"))
    gone = refusal(40001, "Unknown queryId: my_insert")
    server = ScriptedServer(there, gone, status("SUCCESS"), status("SUCCESS"))

    deploy.drop(client_of(server), "T", delete_topic=False, end_inserts=True)

    assert server.sent[1:3] == ["TERMINATE my_insert;", "TERMINATE their_insert;"]


def test_inserts_are_waited_for_until_they_have_ended() -> None:
    queued = status("QUEUED", command="terminate/my_insert/execute")
    ended = Says({"status": "SUCCESS", "message": "Query terminated."})
    server = ScriptedServer(description(writers=("my_insert",)), queued, ended, status("SUCCESS"))

    deploy.drop(client_of(server), "T", delete_topic=False, end_inserts=True)

    assert server.sent[2] == "GET /status/terminate/my_insert/execute"


def test_an_insert_that_keeps_it_from_being_dropped_comes_with_the_setting_that_ends_it() -> None:
    blocked = refusal(
        40001,
        "Cannot drop source `T`.\nThe following queries read from this source: [].\nThe following"
        " queries write into this source: [I].\nYou need to terminate them before dropping T.",
    )
    server = ScriptedServer(description(writers=("I",)), blocked)

    with pytest.raises(
        StatementRejected,
        match=r"before dropping T\. Do so with TERMINATE, or set end_inserts=True in an `up` ",
    ):
        deploy.drop(client_of(server), "T", delete_topic=False)


def test_a_reader_keeps_it_from_being_dropped() -> None:
    blocked = refusal(
        40001, "Cannot drop T. The following streams and/or tables read from this source: [X]."
    )
    server = ScriptedServer(*[step for _ in range(100) for step in (description(), blocked)])

    with pytest.raises(StatementRejected, match="read from this source"):
        deploy.drop(client_of(server), "T", delete_topic=True)


def test_a_reader_that_is_being_dropped_too_is_waited_for() -> None:
    blocked = refusal(
        40001, "Cannot drop T. The following streams and/or tables read from this source: [X]."
    )
    server = ScriptedServer(description(), blocked, description(), status("SUCCESS"))

    deploy.drop(client_of(server), "T", delete_topic=True)

    assert server.is_exhausted


def test_a_drop_whose_answer_was_lost_is_looked_up() -> None:
    server = ScriptedServer(description(), reset(), GONE)

    deploy.drop(client_of(server), "T", delete_topic=True)

    assert server.is_exhausted
