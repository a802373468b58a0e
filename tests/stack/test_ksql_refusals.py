"""Re-creations that a topic policy forbids: the preview fails and names the setting."""

from typing import Any

import pytest

from tests.stack.provider import INPUTS, OLD, SQL, SUMMED, provider

KEPT = {**INPUTS, "topic_policy": "keep"}


@pytest.mark.parametrize(
    ("news", "moved"),
    [
        (
            {
                "sql": SQL.replace("'t')", "'t', VALUE_FORMAT='JSON')"),
                "formats": {"key_format": "KAFKA", "value_format": "JSON"},
            },
            "the value format JSON instead of AVRO",
        ),
        (
            {
                "sql": SQL.replace("SELECT a,", "SELECT b,").replace("BY a", "BY b"),
                "columns": ["`B` INTEGER KEY", "`N` BIGINT"],
            },
            "another key",
        ),
    ],
    ids=["format", "key"],
)
def test_a_topic_that_is_kept_never_holds_records_of_two_kinds(
    news: dict[str, Any], moved: str
) -> None:
    old = {**OLD, "topic_policy": "keep"}

    [failure] = provider.check(old, {**KEPT, **news}).failures

    assert failure.reason.startswith("T would be re-created: ")
    assert f"the old records and the new, which have {moved}. Give the statement another" in (
        failure.reason
    )
    # The old object is dropped as it was declared: a policy of the same `up` comes too late.
    assert provider.check(old, {**KEPT, **news, "topic_policy": "delete"}).failures != []
    assert provider.check({**old, "topic_policy": "delete"}, {**KEPT, **news}).failures == []
    elsewhere = {**news, "sql": news["sql"].replace("'t'", "'t2'")}
    assert provider.check(old, {**KEPT, **elsewhere}).failures == []


def test_a_kept_topic_is_no_obstacle_where_its_records_stay_of_a_kind() -> None:
    old = {**OLD, "topic_policy": "keep"}

    for news in ({"sql": SUMMED}, {"properties": {"auto.offset.reset": "latest"}}, {"sql": SQL}):
        assert provider.check(old, {**KEPT, **news}).failures == []


JSON: dict[str, Any] = {
    "sql": SQL.replace("'t')", "'t', VALUE_FORMAT='JSON')"),
    "formats": {"key_format": "KAFKA", "value_format": "JSON"},
}
SOURCE = "CREATE TABLE t (a STRING PRIMARY KEY) WITH (kafka_topic='t', value_format='AVRO');"


@pytest.mark.parametrize(
    ("old", "news"),
    [
        ({}, {**JSON, "endpoint": "https://other.example.test"}),
        ({}, {**JSON, "name": "U", "sql": JSON["sql"].replace("TABLE t", "TABLE u")}),
        ({"sql": SOURCE}, {**JSON, "sql": SOURCE.replace("AVRO", "JSON")}),
        ({"sql": SOURCE}, JSON),
        ({}, {**JSON, "sql": SOURCE.replace("AVRO", "JSON")}),
        ({"formats": {}}, JSON),
        ({"columns": []}, {"sql": SUMMED, "columns": ["`B` INTEGER KEY", "`N` BIGINT"]}),
    ],
    ids=[
        "application",
        "name",
        "source",
        "was-source",
        "is-source",
        "format-unknown",
        "key-unknown",
    ],
)
def test_a_kept_topic_is_no_obstacle_where_nobody_goes_on_writing_it(
    old: dict[str, Any], news: dict[str, Any]
) -> None:
    olds = {**OLD, "topic_policy": "keep", **old}

    checked = provider.check(olds, {**KEPT, **news})

    assert checked.inputs["effect"].startswith("re-created: ")
    assert checked.failures == []
