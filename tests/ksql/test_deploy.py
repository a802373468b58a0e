from dataclasses import replace

import pytest

from ksql import deploy
from ksql.description import Described, WritingQuery
from ksql.errors import (
    AlreadyExists,
    AnswerLost,
    CommandFailed,
    CommandUnfinished,
    QueryGone,
    QueryNotRunning,
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


def test_a_connection_that_keeps_breaking_is_reported_at_the_deadline() -> None:
    server = ScriptedServer(*[step for _ in range(100) for step in (reset(), GONE)])

    with pytest.raises(AnswerLost):
        deploy.create(client_of(server), ORDER)


def test_resume_lets_a_paused_query_run() -> None:
    server = ScriptedServer(description(state="PAUSED"), status("SUCCESS"), description())

    there = deploy.resume(client_of(server), "T")

    assert server.sent[1] == "RESUME CTAS_T_7;"
    assert there.own_query == WritingQuery("CTAS_T_7", "RUNNING")
