"""Topics and their settings, as Kafka REST v3 has them on Confluent Cloud."""

from typing import Any

import pytest

from tests.sandbox.organization import Workshop


def create(workshop: Workshop, name: str = "stocks", **more: Any) -> Any:
    body = {"topic_name": name, **more}
    return workshop.sandbox.ok("POST", f"{workshop.kafka}/topics", body, workshop.kafka_key)


def refused(workshop: Workshop, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    answer = workshop.sandbox.call(method, workshop.kafka + path, workshop.kafka_key, json=body)
    return answer.status_code, answer.json()


def get(workshop: Workshop, path: str) -> Any:
    return workshop.sandbox.ok("GET", workshop.kafka + path, auth=workshop.kafka_key)


def test_a_topic_reads_back_as_created(workshop: Workshop) -> None:
    created = create(workshop, partitions_count=1, configs=[{"name": "retention.ms", "value": "1"}])

    topic = get(workshop, "/topics/stocks")

    assert topic == created
    assert (topic["topic_name"], topic["partitions_count"]) == ("stocks", 1)
    assert topic["replication_factor"] == 3


def test_a_topic_has_six_partitions_by_default(workshop: Workshop) -> None:
    assert create(workshop)["partitions_count"] == 6
    partitions = get(workshop, "/topics/stocks/partitions")["data"]
    assert [partition["partition_id"] for partition in partitions] == [0, 1, 2, 3, 4, 5]


def test_settings_say_where_they_come_from(workshop: Workshop) -> None:
    create(workshop, configs=[{"name": "cleanup.policy", "value": "compact"}])

    listed = get(workshop, "/topics/stocks/configs")["data"]

    dynamic = {c["name"]: c["value"] for c in listed if c["source"] == "DYNAMIC_TOPIC_CONFIG"}
    defaults = {c["name"]: c["value"] for c in listed if c["source"] == "DEFAULT_CONFIG"}
    assert dynamic == {"cleanup.policy": "compact"}
    assert defaults["retention.ms"] == "604800000"
    assert len(listed) == 29


def test_an_alter_batch_sets_and_resets(workshop: Workshop) -> None:
    create(workshop, configs=[{"name": "retention.ms", "value": "1000"}])
    body = {
        "data": [
            {"name": "retention.ms", "operation": "DELETE"},
            {"name": "max.message.bytes", "value": "4096"},
        ]
    }

    answer = workshop.sandbox.call(
        "POST", f"{workshop.kafka}/topics/stocks/configs:alter", workshop.kafka_key, json=body
    )

    assert (answer.status_code, answer.content) == (204, b"")
    assert get(workshop, "/topics/stocks/configs/retention.ms")["is_default"] is True
    assert get(workshop, "/topics/stocks/configs/max.message.bytes")["value"] == "4096"


def test_an_alter_batch_knows_its_operations(workshop: Workshop) -> None:
    create(workshop)
    body = {"data": [{"name": "retention.ms", "value": "5", "operation": "APPEND"}]}

    status, error = refused(workshop, "POST", "/topics/stocks/configs:alter", body)

    assert (status, error) == (
        400,
        {
            "error_code": 40002,
            "message": "operation 'APPEND' of retention.ms is not one of SET, DELETE",
        },
    )
    assert get(workshop, "/topics/stocks/configs/retention.ms")["is_default"] is True


def test_an_alter_batch_with_one_bad_setting_changes_nothing(workshop: Workshop) -> None:
    create(workshop)
    body = {
        "data": [{"name": "retention.ms", "value": "5"}, {"name": "retention.bytes", "value": "x"}]
    }

    status, error = refused(workshop, "POST", "/topics/stocks/configs:alter", body)

    assert (status, error["error_code"]) == (400, 40002)
    assert error["message"] == (
        "Invalid value x for configuration retention.bytes: Not a number of type LONG"
    )
    assert get(workshop, "/topics/stocks/configs/retention.ms")["is_default"] is True


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"topic_name": ".."}, "Topic name is invalid: it can't be '.' or '..'"),
        (
            {"topic_name": "a b"},
            "Topic name is invalid: 'a b' contains one or more characters other than ASCII "
            "alphanumerics, '.', '_' and '-'",
        ),
        (
            {"topic_name": "t", "partitions_count": 0},
            "Number of partitions was set to an invalid value: 0.",
        ),
        (
            {"topic_name": "t", "partitions_count": 5000},
            "You may not create more than 4096 partitions on this cluster: it has 1, 5000 more "
            "were asked for",
        ),
        (
            {"topic_name": "t", "replication_factor": 1},
            "Topic replication factor must be 3, not 1",
        ),
        (
            {"topic_name": "t", "configs": [{"name": "colour", "value": "red"}]},
            "Unknown topic config name: colour",
        ),
        (
            {"topic_name": "t", "configs": [{"name": "preallocate", "value": "true"}]},
            "Altering topic config property 'preallocate' is disallowed",
        ),
        (
            {"topic_name": "t", "configs": [{"name": "cleanup.policy", "value": "shred"}]},
            "Invalid value shred for configuration cleanup.policy: String must be one of: compact, "
            "delete",
        ),
        ({"topic_name": "present"}, "Topic 'present' already exists."),
    ],
)
def test_a_bad_topic_is_refused_and_not_made(
    workshop: Workshop, body: dict[str, Any], message: str
) -> None:
    create(workshop, "present", partitions_count=1)

    status, error = refused(workshop, "POST", "/topics", body)

    assert (status, error) == (400, {"error_code": 40002, "message": message})
    names = [topic["topic_name"] for topic in get(workshop, "/topics")["data"]]
    assert names == ["present"]


def test_validate_only_makes_nothing(workshop: Workshop) -> None:
    assert create(workshop, partitions_count=2, validate_only=True)["partitions_count"] == 2
    assert get(workshop, "/topics")["data"] == []


def test_partitions_are_added_and_never_taken_away(workshop: Workshop) -> None:
    create(workshop, partitions_count=2)
    path = f"{workshop.kafka}/topics/stocks"

    more = workshop.sandbox.ok("PATCH", path, {"partitions_count": 4}, workshop.kafka_key)

    assert more["partitions_count"] == 4
    status, error = refused(workshop, "PATCH", "/topics/stocks", {"partitions_count": 3})
    assert status == 400
    assert error["message"] == (
        "Topic currently has 4 partitions, which is higher than the requested 3."
    )


def test_a_deleted_topic_is_not_found(workshop: Workshop) -> None:
    create(workshop)
    workshop.sandbox.ok("DELETE", f"{workshop.kafka}/topics/stocks", auth=workshop.kafka_key)

    assert refused(workshop, "GET", "/topics/stocks") == (
        404,
        {
            "error_code": 40403,
            "message": "This server does not host this topic-partition.",
        },
    )


def test_an_account_without_rights_sees_and_makes_no_topic(workshop: Workshop) -> None:
    create(workshop)
    key = workshop.key(workshop.account("stranger"), workshop.kafka_id)
    sandbox = workshop.sandbox

    assert sandbox.ok("GET", f"{workshop.kafka}/topics", auth=key)["data"] == []
    answer = sandbox.call("POST", f"{workshop.kafka}/topics", key, json={"topic_name": "mine"})
    assert (answer.status_code, answer.json()) == (
        403,
        {"error_code": 40301, "message": "Authorization failed."},
    )
    answer = sandbox.call("GET", f"{workshop.kafka}/topics/stocks", key)
    assert (answer.status_code, answer.json()) == (
        403,
        {
            "error_code": 40301,
            "message": "Not authorized to access topics: [stocks]",
        },
    )


def test_roles_on_topics_count_on_standard_clusters(workshop: Workshop) -> None:
    sandbox = workshop.sandbox
    create(workshop)
    body = {"spec": {"config": {"kind": "Standard"}}}
    sandbox.ok("PATCH", f"/cmk/v2/clusters/{workshop.kafka_id}", body)
    account = workshop.account("reader")
    key = workshop.key(account, workshop.kafka_id)
    crn = f"{workshop.rbac_crn}/kafka={workshop.kafka_id}/topic=st*"
    workshop.grant(account, "DeveloperRead", crn)

    assert sandbox.ok("GET", f"{workshop.kafka}/topics/stocks", auth=key)["topic_name"] == "stocks"
    assert sandbox.call("DELETE", f"{workshop.kafka}/topics/stocks", key).status_code == 403
