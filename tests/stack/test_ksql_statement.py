"""The dynamic providers as the SDK's process calls them, against a server that a test scripts."""

import base64
from typing import Any

import dill
import pytest
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.rpc import UNKNOWN

from ksql.client import KsqlClient
from ksql.errors import StatementRejected
from ksql.waiting import Tell
from stack import ksql_statement, statement_inputs
from stack.ksql_statement import KsqlPlanProvider, KsqlStatementProvider
from stack.provider_process import OwnMessages
from tests.ksql.scripted import (
    EXISTS,
    GONE,
    Clock,
    Says,
    ScriptedServer,
    client_of,
    description,
    refusal,
    refused,
    status,
)

SQL = "CREATE TABLE t WITH (kafka_topic='t') AS SELECT a, COUNT(*) AS n FROM s GROUP BY a;"
FILTERED = SQL.replace("GROUP", "WHERE a > 'x' GROUP")
SUMMED = SQL.replace("COUNT(*)", "SUM(b)")
INPUTS = {
    "name": "T",
    "sql": SQL,
    "file": "10_t.sql",
    "endpoint": "https://ksql.example.test",
    "api_key": "KEY",
    "api_secret": "the-secret",
    "properties": {"auto.offset.reset": "earliest"},
    "upstreams": {"s": "1a"},
    "after": [3.0],
    "never_replaced": "",
    "columns": ["`A` STRING KEY", "`N` BIGINT"],
    "formats": {"key_format": "KAFKA", "value_format": "AVRO"},
    "topic_policy": "delete",
    "adopt": False,
    "end_inserts": False,
}
OLD = {**INPUTS, "incarnation": "2b", "effect": "created"}
STATE = {
    **OLD,
    "query_id": "CTAS_T_7",
    "query_state": "RUNNING",
    "topic": "t",
    "key_schema": ["`A` STRING"],
    "value_schema": ["`N` BIGINT"],
    "key_format": "KAFKA",
    "value_format": "AVRO",
    "drift": "",
    "altered": "",
    "command_sequence_number": 7,
}

provider = KsqlStatementProvider()


def answering(monkeypatch: pytest.MonkeyPatch, *steps: Says | Exception) -> ScriptedServer:
    """Let the provider reach a scripted server; fails when it tries without a script."""
    server = ScriptedServer(*steps)

    def connect(endpoint: str, _key: Any, *, tell: Tell) -> KsqlClient:
        return client_of(server, Clock(), endpoint=endpoint, tell=tell)

    monkeypatch.setattr(statement_inputs, "KsqlClient", connect)
    return server


@pytest.mark.parametrize(
    ("found", "path"),
    [
        (KsqlStatementProvider, "stack.ksql_statement.KsqlStatementProvider"),
        (KsqlPlanProvider, "stack.ksql_statement.KsqlPlanProvider"),
    ],
)
def test_state_names_the_provider_by_a_path_that_never_changes(found: Any, path: str) -> None:
    pickled = base64.b64decode(serialize_provider(found()))

    module, _, name = path.rpartition(".")
    assert module.encode() in pickled
    assert name.encode() in pickled
    assert len(pickled) < 200, "by reference, not by value"
    assert type(dill.loads(pickled)) is found  # noqa: S301 - pickled two lines above


def test_resource_types_never_change() -> None:
    assert ksql_statement.KsqlStatement._resource_type_name == "dynamic/ksql:Statement"
    assert ksql_statement.KsqlPlan._resource_type_name == "dynamic/ksql:Plan"


def test_a_new_statement_gets_a_token_of_its_own() -> None:
    first, second = provider.check({}, INPUTS), provider.check({}, INPUTS)

    assert first.inputs["incarnation"] != second.inputs["incarnation"]
    assert first.inputs["effect"] == "created, reading from where auto.offset.reset says"
    assert first.failures == []


@pytest.mark.parametrize(
    ("news", "effect", "keeps"),
    [
        ({}, "same", True),
        ({"sql": f"-- why\n{SQL.lower()}"}, "same", True),
        ({"api_secret": "another"}, "same", True),
        ({"sql": FILTERED}, "updated in place", True),
        ({"sql": SUMMED}, "re-created: the aggregates differ", False),
        ({"upstreams": {"s": "9f"}}, "re-created: what it reads is re-created", False),
        ({"upstreams": {"s": UNKNOWN}}, "re-created: what it reads is re-created", False),
        ({"endpoint": UNKNOWN}, "re-created: the ksqlDB application is another one", False),
        (
            {"properties": {"auto.offset.reset": "latest"}},
            "re-created: a property such as auto.offset.reset differs",
            False,
        ),
    ],
)
def test_check_tells_the_effect_and_renews_the_token_of_what_is_re_created(
    news: dict[str, Any], effect: str, keeps: bool
) -> None:
    checked = provider.check(OLD, {**INPUTS, **news})

    assert checked.inputs["effect"].startswith(effect)
    assert (checked.inputs["incarnation"] == "2b") is keeps
    assert checked.failures == []


@pytest.mark.parametrize("olds", [{}, OLD], ids=["new", "existing"])
@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("CREATE TABLE;", "10_t.sql:1:13: "),
        (SQL.replace("TABLE t", "TABLE u"), "10_t.sql: the statement creates U, but the resource"),
        ("SELECT * FROM t;", "10_t.sql: only CREATE STREAM and CREATE TABLE can be deployed"),
    ],
    ids=["syntax", "name", "kind"],
)
def test_check_refuses_what_cannot_be_this_statement(
    olds: dict[str, Any], sql: str, reason: str
) -> None:
    [failure] = provider.check(olds, {**INPUTS, "sql": sql}).failures

    assert failure.property == ""
    assert failure.reason.startswith(reason)


def test_a_text_that_is_not_known_yet_is_judged_later() -> None:
    assert provider.check({}, {**INPUTS, "sql": UNKNOWN}).failures == []
    assert provider.diff("T", STATE, {**OLD, "sql": UNKNOWN}).replaces == ["sql"]


@pytest.mark.parametrize(
    ("state", "news", "changes", "replaces"),
    [
        ({}, {}, False, []),
        ({}, {"sql": SQL.lower()}, False, []),
        ({}, {"after": [99.0]}, False, []),
        ({}, {"sql": FILTERED}, True, []),
        ({}, {"api_secret": "another"}, True, []),
        ({}, {"topic_policy": "keep"}, True, []),
        ({"query_state": "PAUSED"}, {}, True, []),
        ({"query_state": "ERROR"}, {}, True, ["effect"]),
        ({}, {"sql": SUMMED}, True, ["sql"]),
        ({}, {"upstreams": {"s": UNKNOWN}}, True, ["upstreams"]),
        ({}, {"endpoint": "https://other.example.test"}, True, ["endpoint"]),
    ],
)
def test_diff_updates_replaces_or_leaves_alone(
    state: dict[str, Any], news: dict[str, Any], changes: bool, replaces: list[str]
) -> None:
    found = provider.diff("T", {**STATE, **state}, {**OLD, **news})

    assert (found.changes, found.replaces) == (changes, replaces)
    assert bool(found.delete_before_replace) is bool(replaces)


def test_create_returns_typed_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    server = answering(monkeypatch, status("SUCCESS", 7), description())

    made = provider.create(OLD)

    assert made.id == "T"
    assert made.outs == STATE
    assert b'"commandSequenceNumber": 3' in (server.requests[0].body or b"")


def test_create_adopts_only_when_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, EXISTS, description())

    made = provider.create({**OLD, "adopt": True})

    assert made.outs is not None
    assert made.outs["command_sequence_number"] == -1


def test_read_of_what_is_as_it_was_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, description())

    found = provider.read("T", dict(STATE))

    assert (found.id, found.outs) == ("T", STATE)


def test_read_of_what_is_gone_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, GONE)

    assert provider.read("T", dict(STATE)).id == ""


def test_read_shows_a_paused_query(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, description(state="PAUSED"))

    found = provider.read("T", dict(STATE))

    assert found.outs is not None
    assert found.outs["query_state"] == "PAUSED"


def test_read_shows_the_text_of_what_was_replaced_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    by_hand = "CREATE TABLE T WITH (KAFKA_TOPIC='t') AS SELECT A, SUM(B) N FROM S S GROUP BY A;"
    answering(monkeypatch, description(statement=by_hand))

    found = provider.read("T", dict(STATE))

    assert found.outs is not None
    assert found.outs["altered"] == by_hand
    assert found.outs["sql"] == SQL


def test_update_replaces_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    server = answering(monkeypatch, status("SUCCESS", 9), description())

    made = provider.update("T", dict(STATE), {**OLD, "sql": FILTERED})

    assert server.sent[0].startswith("CREATE OR REPLACE TABLE t")
    assert made.outs is not None
    assert made.outs["command_sequence_number"] == 9
    assert made.outs["sql"] == FILTERED


def test_update_of_a_key_calls_nobody_and_keeps_all_outputs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answering(monkeypatch)

    made = provider.update("T", dict(STATE), {**OLD, "api_secret": "another"})

    assert made.outs == {**STATE, "api_secret": "another"}


def test_update_resumes_a_paused_query(monkeypatch: pytest.MonkeyPatch) -> None:
    server = answering(monkeypatch, description(state="PAUSED"), status("SUCCESS"), description())

    made = provider.update("T", {**STATE, "query_state": "PAUSED"}, dict(OLD))

    assert "RESUME CTAS_T_7;" in server.sent
    assert made.outs == STATE


def test_delete_drops_with_the_topic(monkeypatch: pytest.MonkeyPatch) -> None:
    server = answering(monkeypatch, description(), status("SUCCESS"))

    provider.delete("T", dict(STATE))

    assert server.sent[-1] == "DROP TABLE `T` DELETE TOPIC;"


def test_delete_survives_an_application_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, *[refused()] * 100)

    provider.delete("T", dict(STATE))


def test_a_failure_shows_its_message_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, refusal(40001, "S does not exist."))

    with pytest.raises(StatementRejected):
        provider.create(OLD)
    try:
        answering(monkeypatch, refusal(40001, "S does not exist."))
        provider.create(OLD)
    except StatementRejected:
        shown = OwnMessages.format_exc()

    assert shown == "S does not exist. (ksqlDB error 40001)"


def test_a_failure_of_ours_keeps_its_traceback() -> None:
    try:
        raise RuntimeError("a bug")
    except RuntimeError:
        shown = OwnMessages.format_exc()

    assert shown.startswith("Traceback")


def test_a_plan_is_judged_as_a_whole() -> None:
    news = {
        "scripts": {
            "1.sql": "CREATE STREAM s (a INT) WITH (kafka_topic='s', value_format='AVRO');",
            "2.sql": "CREATE STREAM r WITH (kafka_topic='r') AS SELECT b FROM s;",
        },
        "variables": {},
        "query_limit": 20.0,
    }

    checked = KsqlPlanProvider().check({}, news)

    [failure] = checked.failures
    assert failure.property == ""
    assert failure.reason.startswith("2.sql:1:50: SELECT column 'B' cannot be resolved.")


PLAN: dict[str, Any] = {
    "scripts": {
        "1.sql": "CREATE STREAM s (a INT) WITH (kafka_topic='s', value_format='AVRO');",
        "2.sql": "CREATE STREAM r WITH (kafka_topic='r') AS SELECT a FROM s;",
    },
    "variables": {},
    "query_limit": 20.0,
    "endpoint": "https://ksql.example.test",
    "api_key": "KEY",
    "api_secret": "the-secret",
}
CHANGED = {
    **PLAN,
    "scripts": {
        **PLAN["scripts"],
        "3.sql": "CREATE STREAM t WITH (kafka_topic='t') AS SELECT a FROM s;",
    },
}
GUARD = "SHOW STREAMS; PRINT dry_run;"
VALID = refusal(40002, "PRINT is not supported here")
LISTS = "SHOW STREAMS; SHOW TABLES;"


def having(*names: str) -> Says:
    """Return what a server answers to `LISTS`."""
    return Says([{"streams": [{"name": each} for each in names]}, {"tables": []}])


RUNNING = having("S", "R")


def test_a_changed_plan_is_judged_by_the_server_behind_a_guard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = answering(monkeypatch, VALID, RUNNING, VALID)

    checked = KsqlPlanProvider().check(PLAN, CHANGED)

    assert checked.failures == []
    assert server.sent == [
        GUARD,
        LISTS,
        "CREATE STREAM t WITH (kafka_topic='t') AS SELECT a FROM s;\nPRINT dry_run;",
    ]


def test_what_the_server_has_against_a_plan_fails_the_preview(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answering(
        monkeypatch,
        VALID,
        RUNNING,
        refusal(40001, "Topic t has 3 partitions", "CREATE STREAM T …;"),
    )

    [failure] = KsqlPlanProvider().check(PLAN, CHANGED).failures

    assert failure.reason == (
        "the server would refuse the plan: Topic t has 3 partitions\n  CREATE STREAM T …;"
    )


def test_a_server_that_accepts_the_guard_is_never_sent_a_plan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = answering(monkeypatch, Says([]))

    assert KsqlPlanProvider().check(PLAN, CHANGED).failures == []
    assert server.sent == [GUARD]


@pytest.mark.parametrize(
    ("olds", "news"),
    [
        (PLAN, PLAN),
        ({}, PLAN),
        (PLAN, {**CHANGED, "endpoint": UNKNOWN}),
        (PLAN, {**CHANGED, "endpoint": "https://other.example.test"}),
        (PLAN, {name: value for name, value in CHANGED.items() if name != "endpoint"}),
    ],
    ids=["unchanged", "first", "unknown", "another-application", "no-application"],
)
def test_nobody_is_asked_without_need(
    monkeypatch: pytest.MonkeyPatch, olds: dict[str, Any], news: dict[str, Any]
) -> None:
    server = answering(monkeypatch)

    assert KsqlPlanProvider().check(olds, news).failures == []
    assert server.requests == []


def test_a_re_creation_that_is_not_allowed_fails_the_preview() -> None:
    news = {**INPUTS, "sql": SUMMED, "allow_recreation": False}

    [failure] = provider.check(OLD, news).failures

    assert failure.reason == (
        "T would be re-created: the aggregates differ. That drops it with what it has computed; set"
        " allow_recreation=True on the statement to allow it"
    )


def test_a_plan_with_unknown_texts_is_judged_later() -> None:
    news = {"scripts": {"1.sql": UNKNOWN}, "variables": {}, "query_limit": 20.0}

    assert KsqlPlanProvider().check({}, news).failures == []


def test_a_changed_plan_is_noted() -> None:
    olds = {"scripts": {"1.sql": "x"}, "variables": {}, "query_limit": 20.0}

    plan = KsqlPlanProvider()

    assert plan.diff("plan", olds, dict(olds)).changes is False
    assert plan.diff("plan", olds, {**olds, "scripts": {"1.sql": "y"}}).changes is True
    assert plan.update("plan", olds, dict(olds)).outs == olds
