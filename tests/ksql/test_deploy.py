from dataclasses import replace
from datetime import timedelta

import pytest
import requests

from ksql import deploy
from ksql.description import Described, WritingQuery, find, is_own
from ksql.errors import (
    OFFLINE,
    AlreadyExists,
    AnswerLost,
    CommandFailed,
    CommandUnfinished,
    NotAuthorized,
    QueryGone,
    QueryNotRunning,
    ServerUnreachable,
    StatementRejected,
)
from ksql.waiting import Patience
from tests.ksql.scripted import (
    EXISTS,
    GONE,
    STATEMENT,
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

SQL = "CREATE TABLE t WITH (kafka_topic='t') AS SELECT a, COUNT(*) AS n FROM s GROUP BY a;"
ORDER = deploy.Order("T", SQL, {"auto.offset.reset": "earliest"})
ADOPTING = deploy.Order("T", SQL, {}, adopt=True)
OTHER = "CREATE TABLE T WITH (KAFKA_TOPIC='t') AS SELECT A, COUNT(*) N FROM OTHER GROUP BY A;"


def test_create_returns_what_the_server_describes() -> None:
    server = ScriptedServer(status("SUCCESS", 12), description())

    made = deploy.create(client_of(server), ORDER)

    assert server.sent == [SQL, "DESCRIBE `T`;"]
    assert made.command_sequence_number == 12
    assert made.described == Described(
        name="T",
        kind="TABLE",
        topic="t",
        key_format="KAFKA",
        value_format="AVRO",
        key_schema=("`A` STRING",),
        value_schema=("`N` BIGINT",),
        statement=STATEMENT,
        queries=(WritingQuery("CTAS_T_7", "RUNNING"),),
        readers=(),
    )


def test_create_follows_a_command_that_is_not_done_yet() -> None:
    later = Says({"status": "SUCCESS", "message": "Table created"})
    server = ScriptedServer(status("QUEUED"), later, description())

    deploy.create(client_of(server), ORDER)

    assert server.sent[1] == "GET /status/table/%60T%60/create"


def test_a_command_that_fails_says_why() -> None:
    server = ScriptedServer(status("ERROR"))

    with pytest.raises(CommandFailed, match=r"it is ERROR \(command table/`T`/create\)"):
        deploy.create(client_of(server), ORDER)


def test_a_command_that_never_ends_is_given_up() -> None:
    clock = Clock()
    queued = Says({"status": "QUEUED", "message": ""})
    server = ScriptedServer(status("QUEUED"), *[queued] * 2000)

    with pytest.raises(CommandUnfinished, match="still QUEUED after 300 s; it may yet succeed"):
        deploy.create(client_of(server, clock, patience=Patience()), ORDER)


def test_create_waits_until_the_query_runs() -> None:
    server = ScriptedServer(status("SUCCESS"), description(state="REBALANCING"), description())

    made = deploy.create(client_of(server), ORDER)

    assert made.described.own_query == WritingQuery("CTAS_T_7", "RUNNING")


def test_a_query_that_ends_in_error_fails_the_creation() -> None:
    explained = {"queryDescription": {"queryErrors": [{"errorMessage": "no right on topic s"}]}}
    failed = description(state="ERROR")
    server = ScriptedServer(status("SUCCESS"), failed, Says([explained]), failed, status("SUCCESS"))

    with pytest.raises(QueryNotRunning) as caught:
        deploy.create(client_of(server), ORDER)

    assert str(caught.value) == (
        "query CTAS_T_7, which fills T, is ERROR instead of RUNNING. The server says: no right on"
        " topic s"
    )
    # Taken back: the next try starts afresh instead of finding it there.
    assert server.sent[2:] == ["EXPLAIN CTAS_T_7;", "DESCRIBE `T`;", "DROP TABLE `T`;"]


def test_a_query_that_is_not_described_yet_is_waited_for() -> None:
    server = ScriptedServer(status("SUCCESS"), description(state=None), description())

    made = deploy.create(client_of(server), ORDER)

    assert made.described.own_query == WritingQuery("CTAS_T_7", "RUNNING")


def test_an_object_whose_query_has_ended_is_not_adopted() -> None:
    clock = Clock()
    server = ScriptedServer(EXISTS, *[description(state=None)] * 100)

    with pytest.raises(QueryGone, match="T is there, but its query has ended: nothing fills it"):
        deploy.create(client_of(server, clock), ADOPTING)

    assert clock.now_s < 11


def test_a_source_has_no_query_to_wait_for() -> None:
    order = deploy.Order("T", "CREATE TABLE t (a STRING PRIMARY KEY) WITH (kafka_topic='t');", {})
    server = ScriptedServer(status("SUCCESS"), description(state=None))

    assert deploy.create(client_of(server), order).described.own_query is None


def test_an_existing_object_is_not_taken_over_silently() -> None:
    server = ScriptedServer(EXISTS, description())

    with pytest.raises(AlreadyExists, match=r"did not create it.*adopt=True"):
        deploy.create(client_of(server), ORDER)


def test_an_existing_object_of_the_same_meaning_is_adopted_when_told_to() -> None:
    server = ScriptedServer(EXISTS, description())

    made = deploy.create(client_of(server), ADOPTING)

    assert made.command_sequence_number == -1
    assert made.described.name == "T"


def test_the_refusal_of_an_existing_object_says_whether_it_could_be_adopted() -> None:
    with pytest.raises(AlreadyExists, match=r"did not create it\. It means the same\. Drop it"):
        deploy.create(client_of(ScriptedServer(EXISTS, description())), ORDER)
    with pytest.raises(AlreadyExists, match=r"did not create it\. It differs in FROM\. Drop it"):
        deploy.create(client_of(ScriptedServer(EXISTS, description(statement=OTHER))), ORDER)


def test_an_existing_object_of_another_format_is_never_adopted() -> None:
    order = replace(ADOPTING, formats={"key_format": "KAFKA", "value_format": "AVRO"})
    server = ScriptedServer(EXISTS, description(valueFormat="JSON"))

    with pytest.raises(AlreadyExists, match="differs in the value format: AVRO against JSON"):
        deploy.create(client_of(server), order)


def test_an_existing_object_without_a_key_has_no_key_format_to_differ_in() -> None:
    order = replace(ADOPTING, formats={"key_format": "NONE", "value_format": "AVRO"})
    server = ScriptedServer(EXISTS, description(keyFormat="KAFKA"))

    assert deploy.create(client_of(server), order).described.key_format == "KAFKA"


def test_a_paused_object_that_is_adopted_runs_on() -> None:
    server = ScriptedServer(EXISTS, description(state="PAUSED"), status("SUCCESS"), description())

    made = deploy.create(client_of(server), ADOPTING)

    assert server.sent[2] == "RESUME CTAS_T_7;"
    assert made.described.own_query == WritingQuery("CTAS_T_7", "RUNNING")


def test_an_existing_object_of_another_meaning_is_never_adopted() -> None:
    server = ScriptedServer(EXISTS, description(statement=OTHER))

    with pytest.raises(AlreadyExists, match=r"differs in FROM\. Drop it first"):
        deploy.create(client_of(server), ADOPTING)


def test_a_lost_answer_is_looked_up_before_anything_is_sent_again() -> None:
    server = ScriptedServer(reset(), description())

    made = deploy.create(client_of(server), ORDER)

    assert server.sent == [SQL, "DESCRIBE `T`;"]
    assert made.described.name == "T"


def test_a_lost_request_is_sent_again_when_nothing_was_made() -> None:
    server = ScriptedServer(reset(), GONE, status("SUCCESS"), description())

    deploy.create(client_of(server), ORDER)

    assert server.sent == [SQL, "DESCRIBE `T`;", SQL, "DESCRIBE `T`;"]


def test_a_lost_request_that_is_carried_out_after_the_look_is_known_as_ours() -> None:
    server = ScriptedServer(reset(), GONE, EXISTS, description())

    made = deploy.create(client_of(server), ORDER)

    assert made.command_sequence_number == -1
    assert server.is_exhausted


def test_somebody_elses_object_is_not_taken_for_a_lost_request_of_ours() -> None:
    server = ScriptedServer(reset(), GONE, EXISTS, description(statement=OTHER))

    with pytest.raises(AlreadyExists, match="T exists already and differs in FROM"):
        deploy.create(client_of(server), ORDER)


def test_a_replacement_whose_answer_was_lost_is_looked_up() -> None:
    server = ScriptedServer(reset(), description())

    deploy.replace(client_of(server), ORDER)

    assert server.sent[1:] == ["DESCRIBE `T`;"]


def test_a_replacement_that_was_lost_is_sent_again() -> None:
    server = ScriptedServer(reset(), description(statement=OTHER), status("SUCCESS"), description())

    deploy.replace(client_of(server), ORDER)

    assert server.sent[0] == server.sent[2] == SQL.replace("CREATE", "CREATE OR REPLACE")


def test_a_replacement_that_was_lost_with_the_object_is_sent_again() -> None:
    server = ScriptedServer(reset(), GONE, status("SUCCESS"), description())

    deploy.replace(client_of(server), ORDER)

    assert server.sent[0] == server.sent[2]


def test_a_query_is_asked_to_run_on_once_and_again_only_if_nobody_may_have_heard() -> None:
    paused = description(state="PAUSED")
    heard = ScriptedServer(paused, status("SUCCESS"), paused, paused, description())
    unheard = ScriptedServer(paused, reset(), paused, status("SUCCESS"), description())

    deploy.resume(client_of(heard), "T")
    deploy.resume(client_of(unheard), "T")

    assert heard.sent.count("RESUME CTAS_T_7;") == 1
    assert unheard.sent.count("RESUME CTAS_T_7;") == 2


def test_replace_lets_a_paused_query_run_on() -> None:
    server = ScriptedServer(
        status("SUCCESS"), description(state="PAUSED"), status("SUCCESS"), description()
    )

    deploy.replace(client_of(server), ORDER)

    assert server.sent[2] == "RESUME CTAS_T_7;"


def test_replace_sends_create_or_replace() -> None:
    server = ScriptedServer(status("SUCCESS"), description())

    deploy.replace(client_of(server), ORDER)

    assert server.sent[0] == SQL.replace("CREATE", "CREATE OR REPLACE")


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


@pytest.mark.parametrize("query_id", ["CSAS_MINE_3", "CTAS_MINE_3"])
def test_a_query_is_known_as_an_objects_own_whatever_case_its_name_is_in(query_id: str) -> None:
    query = WritingQuery(query_id, "RUNNING")

    assert is_own(query, "mine")
    assert is_own(query, "MINE")
    assert not is_own(query, "min")
    assert not is_own(WritingQuery("INSERTQUERY_3", "RUNNING"), "mine")


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
    starting = refusal(50302, "KSQL is not yet ready to serve requests.")
    server = ScriptedServer(REVOKED, starting, REVOKED, starting)
    client = client_of(server)

    assert find(client, "T") is None
    deploy.drop(client, "T", delete_topic=True)

    assert server.sent == ["DESCRIBE `T`;", "GET /healthcheck", "DESCRIBE `T`;", "GET /healthcheck"]
    assert "Authorization" not in server.requests[1].headers


@pytest.mark.parametrize(
    "hiccup", [REVOKED, refusal(42900, "Too many requests")], ids=["401", "429"]
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


def test_a_connection_that_keeps_breaking_is_reported_at_the_deadline() -> None:
    server = ScriptedServer(*[step for _ in range(100) for step in (reset(), GONE)])

    with pytest.raises(AnswerLost):
        deploy.create(client_of(server), ORDER)


def test_resume_lets_a_paused_query_run() -> None:
    server = ScriptedServer(description(state="PAUSED"), status("SUCCESS"), description())

    there = deploy.resume(client_of(server), "T")

    assert server.sent[1] == "RESUME CTAS_T_7;"
    assert there.own_query == WritingQuery("CTAS_T_7", "RUNNING")
