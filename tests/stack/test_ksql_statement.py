"""The statements' provider as the SDK's process calls it: what changes, and what is done."""

import base64
from typing import Any

import dill
import pytest
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.output import Unknown
from pulumi.runtime.rpc import UNKNOWN

from ksql.errors import StatementRejected
from stack import ksql_statement
from stack.ksql_statement import KsqlPlanProvider, KsqlStatementProvider
from stack.provider_process import OwnMessages
from tests.ksql.scripted import (
    EXISTS,
    Says,
    description,
    refusal,
    refused,
    status,
)
from tests.stack.provider import (
    FILTERED,
    INPUTS,
    OLD,
    SQL,
    STATE,
    SUMMED,
    answering,
    provider,
)


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


def test_check_refuses_an_offset_reset_that_is_none() -> None:
    news = {**INPUTS, "properties": {"auto.offset.reset": "begining"}}

    [failure] = provider.check({}, news).failures

    assert failure.reason == (
        "10_t.sql: auto.offset.reset is 'begining', but must be earliest or latest"
    )


def test_a_text_that_is_not_known_yet_is_judged_later() -> None:
    assert provider.check({}, {**INPUTS, "sql": UNKNOWN}).failures == []
    assert provider.check({}, {**INPUTS, "name": UNKNOWN}).failures == []
    reset = {"auto.offset.reset": UNKNOWN}
    assert provider.check({}, {**INPUTS, "properties": reset}).failures == []
    # What the dynamic provider's process makes of the sentinel.
    unknown = Unknown()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
    assert provider.check({}, {**INPUTS, "endpoint": unknown}).failures == []
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
        ({"query_state": "PAUSED"}, {"sql": SUMMED}, True, ["sql"]),
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


def test_diff_says_why_and_nothing_about_what_is_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    provider.diff("T", STATE, OLD)
    provider.diff("T", STATE, {**OLD, "sql": SUMMED})

    assert capsys.readouterr().err == "T is re-created: the aggregates differ\n"


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


@pytest.mark.parametrize(
    ("endpoint", "reason"),
    [
        (
            "https://KEY:the-secret@ksql.example.test",
            "10_t.sql: the endpoint holds a user or a password; the key belongs into api_key,"
            " api_secret",
        ),
        (
            "pksqlc-1.example.test",
            "10_t.sql: the endpoint is 'pksqlc-1.example.test', but must be an address such as"
            " https://host:443",
        ),
        (
            "https://[::1",
            "10_t.sql: the endpoint is 'https://[::1', but must be an address such as"
            " https://host:443",
        ),
    ],
    ids=["key", "no-scheme", "no-address"],
)
def test_an_endpoint_that_is_none_fails_the_preview_without_a_secret(
    endpoint: str, reason: str
) -> None:
    [failure] = provider.check({}, {**INPUTS, "endpoint": endpoint}).failures

    assert failure.reason == reason


def test_what_is_waited_for_is_told_among_the_diagnostics(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    busy = Says({"error_code": 50302, "message": "not ready"}, 503, {"Retry-After": "10"})
    answering(monkeypatch, busy, status("SUCCESS", 7), description())

    provider.create(dict(OLD))

    assert capsys.readouterr().err == (
        "T: the server is not ready (50302): not ready; trying for 10 s of 300 s\n"
    )


def test_a_star_that_stands_for_more_columns_is_replaced_in_place() -> None:
    everything = SQL.replace("TABLE", "STREAM").replace(
        "a, COUNT(*) AS n FROM s GROUP BY a", "* FROM s"
    )
    old = {**OLD, "sql": everything, "columns": ["`A` STRING KEY", "`N` BIGINT"]}
    news = {**INPUTS, "sql": everything, "columns": ["`A` STRING KEY", "`N` BIGINT", "`M` BIGINT"]}

    checked = provider.check(old, news)

    assert checked.inputs["effect"].startswith("updated in place")
    assert provider.diff("T", {**STATE, **old}, checked.inputs).changes is True


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
    server = answering(monkeypatch, *[refused()] * 100)

    provider.delete("T", dict(STATE))

    assert set(server.sent) == {"DESCRIBE `T`;"}


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


def test_a_re_creation_that_is_not_allowed_fails_the_preview() -> None:
    news = {**INPUTS, "sql": SUMMED, "allow_recreation": False}

    [failure] = provider.check(OLD, news).failures

    assert failure.reason == (
        "T would be re-created: the aggregates differ. That drops it with what it has computed; set"
        " allow_recreation=True on the statement to allow it"
    )
