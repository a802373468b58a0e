"""What a refresh tells of a statement's object, and what the next `up` does about it."""

from typing import Any

import pytest

from tests.ksql.scripted import (
    GONE,
    STATEMENT,
    description,
    status,
)
from tests.stack.provider import (
    INPUTS,
    OLD,
    SQL,
    STATE,
    answering,
    provider,
)


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


@pytest.mark.parametrize(
    ("shown", "drift"),
    [
        ({"topic": "elsewhere"}, "its topic is elsewhere instead of t"),
        ({"valueFormat": "JSON"}, "its value format is JSON instead of AVRO"),
        ({"keyFormat": "JSON"}, "its key format is JSON instead of KAFKA"),
        (
            {"fields": [{"name": "A", "type": "KEY", "schema": {"type": "STRING"}}]},
            "",
        ),
        (
            {
                "fields": [
                    {"name": "A", "type": "KEY", "schema": {"type": "STRING"}},
                    {"name": "N", "schema": {"type": "INTEGER"}},
                ]
            },
            "its value schema is `N` INTEGER instead of `N` BIGINT",
        ),
        ({"writeQueries": []}, "its query has ended"),
        (
            {"writeQueries": [], "topic": "elsewhere"},
            "its query has ended; its topic is elsewhere instead of t",
        ),
    ],
    ids=["topic", "value-format", "key-format", "none-told", "columns", "terminated", "two"],
)
def test_read_tells_what_takes_a_re_creation_and_the_next_up_makes_it(
    monkeypatch: pytest.MonkeyPatch, shown: dict[str, Any], drift: str
) -> None:
    answering(monkeypatch, description(**shown), description(**shown))

    found = provider.read("T", dict(STATE)).outs or {}
    again = provider.read("T", dict(found)).outs or {}

    assert (found["drift"], found["altered"], found["sql"]) == (drift, "", SQL)
    assert again == found, "a second refresh tells the same"
    mended = provider.diff("T", found, dict(OLD))
    assert (mended.changes, mended.replaces) == (bool(drift), ["effect"] if drift else [])


def test_a_source_has_no_query_that_could_have_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    sql = "CREATE TABLE t (a STRING PRIMARY KEY, n BIGINT) WITH (kafka_topic='t', format='AVRO');"
    answering(monkeypatch, description(state=None, statement=sql))

    found = provider.read("T", {**STATE, "sql": sql, "query_id": "", "query_state": ""}).outs or {}

    assert (found["drift"], found["altered"], found["query_id"]) == ("", "", "")


def test_read_of_what_nobody_understands_leads_to_a_re_creation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    altered = f"{STATEMENT}\nALTER TABLE T ADD COLUMN X INT;"
    answering(monkeypatch, description(statement=altered), description(statement=altered))

    found = provider.read("T", dict(STATE)).outs or {}

    assert found["altered"] == altered
    assert provider.read("T", dict(found)).outs == found
    assert provider.diff("T", found, dict(OLD)).replaces == ["effect"]


def test_a_filter_changed_by_hand_is_put_back_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    by_hand = STATEMENT.replace("GROUP", "WHERE (A > 'x') GROUP").replace(
        "(KAFKA", "(CLEANUP_POLICY='compact', PARTITIONS=1, KAFKA"
    )
    answering(monkeypatch, description(statement=by_hand))
    found = provider.read("T", dict(STATE)).outs or {}
    diff = provider.diff("T", found, dict(OLD))
    server = answering(monkeypatch, status("SUCCESS", 9), description())

    made = provider.update("T", found, dict(OLD)).outs or {}

    assert (diff.changes, diff.replaces) == (True, [])
    assert server.sent[0] == SQL.replace("CREATE", "CREATE OR REPLACE")
    assert made == {**STATE, "command_sequence_number": 9}


def test_read_of_a_state_that_recorded_less_takes_what_it_finds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    earlier = {
        name: value
        for name, value in STATE.items()
        if name not in ("key_format", "value_format", "drift", "altered", "columns", "formats")
    }
    answering(monkeypatch, description())

    found = provider.read("T", dict(earlier)).outs or {}

    assert found["drift"] == ""
    assert found["value_format"] == "AVRO"
    assert provider.diff("T", earlier, dict(OLD)).changes is False
    assert provider.diff("T", found, dict(OLD)).changes is False


def test_a_re_creation_that_only_a_refresh_tells_of_is_refused_where_the_engine_checks_it() -> None:
    ended, news = {**STATE, "query_state": "ERROR"}, {**INPUTS, "allow_recreation": False}
    refreshed = provider.diff("T", ended, {**OLD, **news})

    # As the engine calls: with the old inputs, for the difference, and for the replacement alone.
    first = provider.check(OLD, news)
    found = provider.diff("T", ended, first.inputs)
    second = provider.check({}, news)

    assert (first.failures, refreshed.replaces, found.replaces) == ([], ["effect"], ["effect"])
    assert [each.reason for each in second.failures] == [
        "T would be re-created: its query has ended with an error. That drops it with what it has"
        " computed; set allow_recreation=True on the statement to allow it"
    ]
    assert provider.check({}, news).failures == [], "another object of that name may be created"


def test_a_re_creation_that_is_allowed_is_refused_by_nobody() -> None:
    ended = {**STATE, "query_state": "ERROR"}

    provider.diff("T", ended, provider.check(OLD, INPUTS).inputs)

    assert provider.check({}, INPUTS).failures == []
