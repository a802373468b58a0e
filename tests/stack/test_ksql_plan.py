"""The plan's provider: all statements judged together, by rules and by the server."""

from typing import Any

import pytest
from pulumi.runtime.rpc import UNKNOWN

from stack.ksql_statement import KsqlPlanProvider
from tests.ksql.scripted import (
    Says,
    refusal,
)
from tests.stack.provider import (
    answering,
)


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


@pytest.mark.parametrize(
    ("before", "now", "dropped"),
    [
        ({"result_topics": "delete"}, {"result_topics": "keep"}, " DELETE TOPIC"),
        ({"result_topics": "keep"}, {"result_topics": "delete"}, ""),
        ({}, {"result_topics": "delete"}, " DELETE TOPIC"),
        ({}, {}, ""),
    ],
)
def test_the_dry_run_drops_as_what_is_dropped_was_declared(
    monkeypatch: pytest.MonkeyPatch, before: dict[str, str], now: dict[str, str], dropped: str
) -> None:
    without = {**PLAN, "scripts": {"1.sql": PLAN["scripts"]["1.sql"]}}
    server = answering(monkeypatch, VALID, RUNNING, VALID)

    KsqlPlanProvider().check({**PLAN, **before}, {**without, **now})

    assert server.sent[2] == f"DROP STREAM IF EXISTS `R`{dropped};\nPRINT dry_run;"


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


@pytest.mark.parametrize(("policy", "refused"), [("delete", True), ("keep", False)])
def test_two_results_on_one_topic_are_refused_where_topics_go_with_them(
    policy: str, refused: bool
) -> None:
    scripts = {
        "1.sql": "CREATE STREAM s (a INT) WITH (kafka_topic='s', value_format='AVRO');",
        "2.sql": "CREATE STREAM e WITH (kafka_topic='e') AS SELECT a FROM s;",
        "3.sql": "CREATE STREAM f WITH (kafka_topic='e') AS SELECT a FROM s;",
    }
    news = {"scripts": scripts, "variables": {}, "query_limit": 20.0, "result_topics": policy}

    failures = KsqlPlanProvider().check({}, news).failures

    assert [failure.reason.partition(":")[0] for failure in failures] == ["3.sql"] * refused


def test_a_plan_with_unknown_texts_is_judged_later() -> None:
    news = {"scripts": {"1.sql": UNKNOWN}, "variables": {}, "query_limit": 20.0}
    assert KsqlPlanProvider().check({}, news).failures == []

    variable = {**PLAN, "variables": {"nobody_uses": UNKNOWN}}
    assert KsqlPlanProvider().check({}, variable).failures == []


def test_a_changed_plan_is_noted() -> None:
    olds = {"scripts": {"1.sql": "x"}, "variables": {}, "query_limit": 20.0}

    plan = KsqlPlanProvider()

    assert plan.diff("plan", olds, dict(olds)).changes is False
    assert plan.diff("plan", olds, {**olds, "scripts": {"1.sql": "y"}}).changes is True
    assert plan.update("plan", olds, dict(olds)).outs == olds
