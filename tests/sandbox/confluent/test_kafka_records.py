"""Records produced over REST lie in the topic as they were sent."""

import json
from typing import Any

import pytest

from tests.sandbox.organization import Workshop


@pytest.fixture
def topic(workshop: Workshop) -> str:
    body = {"topic_name": "t", "partitions_count": 3}
    workshop.sandbox.ok("POST", f"{workshop.kafka}/topics", body, workshop.kafka_key)
    return f"{workshop.kafka}/topics/t/records"


def produce(workshop: Workshop, path: str, *records: Any) -> Any:
    content = "\n".join(json.dumps(record) for record in records)
    return workshop.sandbox.call("POST", path, workshop.kafka_key, content=content)


def stored(workshop: Workshop) -> Any:
    path = f"/sandbox/v1/clusters/{workshop.kafka_id}/topics/t/records"
    return workshop.sandbox.ok("GET", path, auth=None)["records"]


def test_a_record_gets_the_partition_of_its_key_and_its_time(
    workshop: Workshop, topic: str
) -> None:
    record = {
        "key": {"type": "STRING", "data": "User_1"},
        "value": {"type": "JSON", "data": {"side": "BUY"}},
        "timestamp": "2024-02-05T00:00:00Z",
    }

    report = produce(workshop, topic, record).json()

    assert (report["error_code"], report["offset"]) == (200, 0)
    assert report["timestamp"] == "2024-02-05T00:00:00.000Z"
    assert stored(workshop) == [
        {
            "partition": report["partition_id"],
            "offset": 0,
            "timestamp": 1707091200000,
            "key": "User_1",
            "window": None,
            "value": {"side": "BUY"},
        }
    ]


def test_several_records_in_one_body_get_a_report_each(workshop: Workshop, topic: str) -> None:
    good = {"partition_id": 1, "value": {"type": "BINARY", "data": "/w=="}}
    bad = {"partition_id": 9, "value": {"type": "STRING", "data": "x"}}

    answer = produce(workshop, topic, good, bad, good)

    reports = [json.loads(line) for line in answer.text.split("\r\n")]
    assert [report["error_code"] for report in reports] == [200, 40002, 200]
    assert reports[1]["message"] == "Topic t has no partition 9"
    assert [record["value"] for record in stored(workshop)] == [{"base64": "/w=="}] * 2


def test_a_record_without_value_is_a_tombstone(workshop: Workshop, topic: str) -> None:
    produce(workshop, topic, {"key": {"type": "STRING", "data": "k"}})

    assert [(record["key"], record["value"]) for record in stored(workshop)] == [("k", None)]


@pytest.mark.parametrize(
    ("record", "status", "message"),
    [
        (
            {"value": {"type": "AVRO", "data": 1}},
            501,
            "value.type AVRO: not emulated by this sandbox",
        ),
        ({"value": {"type": "BINARY", "data": "%"}}, 400, "BINARY data must be a Base64 string"),
        ({"value": {"type": "STRING", "data": 1}}, 400, "STRING data must be a string, not 1"),
        (
            {"value": {"type": "XML", "data": 1}},
            400,
            "value.type 'XML' is not one of BINARY, JSON, STRING",
        ),
        ({"timestamp": "noon"}, 400, "timestamp 'noon' is not RFC 3339"),
        ([], 400, "A record must be a JSON object, not []"),
    ],
)
def test_a_bad_record_is_refused_and_not_stored(
    workshop: Workshop, topic: str, record: Any, status: int, message: str
) -> None:
    answer = produce(workshop, topic, record)

    assert (answer.status_code, answer.json()["message"]) == (status, message)
    assert stored(workshop) == []


def test_a_record_larger_than_the_topic_takes_is_refused(workshop: Workshop, topic: str) -> None:
    configs = f"{workshop.kafka}/topics/t/configs/max.message.bytes"
    workshop.sandbox.ok("PUT", configs, {"value": "3"}, workshop.kafka_key)

    answer = produce(workshop, topic, {"value": {"type": "STRING", "data": "four"}})

    assert answer.status_code == 413
    assert answer.json()["message"] == "The record has 4 bytes; the topic takes 3"


def test_text_that_is_no_json_is_refused(workshop: Workshop, topic: str) -> None:
    answer = workshop.sandbox.call("POST", topic, workshop.kafka_key, content=b'{"value": ')

    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Unable to parse the record: ")


def test_writing_needs_the_right_to_write(workshop: Workshop, topic: str) -> None:
    key = workshop.key(workshop.account("stranger"), workshop.kafka_id)

    answer = workshop.sandbox.call("POST", topic, key, json={})

    assert (answer.status_code, answer.json()["message"]) == (
        403,
        "Not authorized to access topics: [t]",
    )


def test_records_past_their_retention_go(workshop: Workshop, topic: str) -> None:
    produce(workshop, topic, {"value": {"type": "STRING", "data": "old"}, "timestamp": 0})
    produce(workshop, topic, {"value": {"type": "STRING", "data": "new"}})
    kafka = workshop.sandbox.runtime.cloud.kafka_clusters.get(workshop.kafka_id)

    kafka.log.topic("t").apply_retention(workshop.sandbox.runtime.clock.now_ms())

    assert [(r["offset"], r["value"]) for r in stored(workshop)] == [(1, "new")]
