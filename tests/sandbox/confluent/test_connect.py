"""Managed connectors are judged, started, watched and ended as connect/v1 does it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.organization import Sandbox, Workshop, make_workshop


@pytest.fixture
def sandbox(tmp_path: Path) -> Any:
    made = Sandbox(state_dir=tmp_path, history=timedelta(minutes=1))
    yield made
    made.close()


@pytest.fixture
def workshop(sandbox: Sandbox) -> Workshop:
    made = make_workshop(sandbox)
    body = {"topic_name": "users_topic", "partitions_count": 1}
    sandbox.ok("POST", f"{made.kafka}/topics", body, made.kafka_key)
    return made


def connect(workshop: Workshop, path: str = "") -> str:
    cluster = f"environments/{workshop.environment_id}/clusters/{workshop.kafka_id}"
    return f"/connect/v1/{cluster}/connectors{path}"


def settings(workshop: Workshop, **changes: str) -> dict[str, str]:
    return {
        "name": "users",
        "connector.class": "DatagenSource",
        "kafka.auth.mode": "SERVICE_ACCOUNT",
        "kafka.service.account.id": workshop.admin,
        "kafka.topic": "users_topic",
        "quickstart": "USERS",
        "output.data.format": "AVRO",
        "max.interval": "1000",
        "tasks.max": "1",
        **changes,
    }


def create(workshop: Workshop, **changes: str) -> Any:
    body = {"name": "users", "config": settings(workshop, **changes)}
    return workshop.sandbox.ok("POST", connect(workshop), body)


def refused(workshop: Workshop, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    answer = workshop.sandbox.call(method, path, json=body)
    return answer.status_code, answer.json()


def test_a_connector_echoes_its_settings_and_runs(workshop: Workshop) -> None:
    created = create(workshop)

    listed = workshop.sandbox.ok("GET", connect(workshop, "?expand=info,status,id"))

    assert created["config"] == settings(workshop)
    assert listed["users"]["id"]["id"].startswith("lcc-")
    assert listed["users"]["info"] == {
        "name": "users",
        "type": "source",
        "config": settings(workshop),
    }
    assert listed["users"]["status"]["connector"]["state"] == "RUNNING"
    assert workshop.sandbox.ok("GET", connect(workshop)) == ["users"]


def test_a_source_fills_its_topic_with_history(workshop: Workshop) -> None:
    create(workshop)
    sandbox = workshop.sandbox
    sandbox.ok("GET", "/sandbox/v1/settle")

    path = f"/sandbox/v1/clusters/{workshop.kafka_id}/topics/users_topic/records?limit=1000"
    records = sandbox.ok("GET", path)["records"]

    now_ms = sandbox.runtime.clock.now_ms()
    assert len(records) > 60
    assert all(now_ms - 60_000 <= record["timestamp"] <= now_ms for record in records)
    assert all(record["value"]["userid"] == record["key"] for record in records)


def test_secrets_are_masked_wherever_settings_are_shown(workshop: Workshop) -> None:
    key, secret = workshop.kafka_key
    changes = {"kafka.auth.mode": "KAFKA_API_KEY", "kafka.api.key": key, "kafka.api.secret": secret}
    config = {**settings(workshop), **changes}
    del config["kafka.service.account.id"]
    workshop.sandbox.ok("POST", connect(workshop), {"name": "users", "config": config})

    shown = workshop.sandbox.ok("GET", connect(workshop, "/users/config"))
    texts = [
        workshop.sandbox.call("GET", connect(workshop, path)).text
        for path in ("?expand=info", "/users", "/users/config", "/users/tasks")
    ]

    assert shown["kafka.api.secret"] == "*" * 16
    assert not any(secret in text for text in texts)


def validate(workshop: Workshop, plugin: str) -> str:
    path = connect(workshop).replace("/connectors", "/connector-plugins")
    return f"{path}/{plugin}/config/validate"


def test_validation_lists_each_problem_with_its_setting(workshop: Workshop) -> None:
    body = settings(workshop, quickstart="NOTHING", **{"kafka.service.account.id": "sa-none"})

    verdict = workshop.sandbox.ok("PUT", validate(workshop, "DatagenSource"), body)

    errors = {c["value"]["name"]: c["value"]["errors"] for c in verdict["configs"]}
    assert verdict["error_count"] == 2
    assert errors["kafka.service.account.id"] == ["Service account 'sa-none' does not exist"]
    assert errors["quickstart"][0].startswith(
        "Invalid value NOTHING for configuration quickstart: String must be one of: USERS, "
    )


def test_good_settings_have_no_problem(workshop: Workshop) -> None:
    verdict = workshop.sandbox.ok("PUT", validate(workshop, "DatagenSource"), settings(workshop))

    assert verdict["error_count"] == 0


def test_an_unknown_class_is_refused_with_those_on_offer(workshop: Workshop) -> None:
    assert refused(workshop, "PUT", validate(workshop, "Teleport"), {}) == (
        400,
        {
            "error_code": 400,
            "message": "connector.class: no connector plugin is named 'Teleport': this sandbox has "
            "DatagenSource, BigQueryStorageSink",
        },
    )


def test_bad_settings_make_no_connector(workshop: Workshop) -> None:
    body = {"name": "users", "config": settings(workshop, **{"kafka.service.account.id": "sa-x"})}

    assert refused(workshop, "POST", connect(workshop), body) == (
        400,
        {
            "error_code": 400,
            "message": "Connector configuration is invalid: kafka.service.account.id: "
            "Service account 'sa-x' does not exist",
        },
    )
    assert workshop.sandbox.ok("GET", connect(workshop)) == []


def test_a_key_of_another_resource_is_no_key(workshop: Workshop) -> None:
    key, secret = workshop.registry_key
    changes = {"kafka.auth.mode": "KAFKA_API_KEY", "kafka.api.key": key, "kafka.api.secret": secret}
    body = {"name": "users", "config": settings(workshop, **changes)}

    status, error = refused(workshop, "POST", connect(workshop), body)

    assert status == 400
    assert error["message"].endswith(
        f"The API key is not one of Kafka cluster {workshop.kafka_id}, or its secret is wrong"
    )
    assert secret not in error["message"]


@pytest.mark.parametrize(
    "config",
    ["hush-hush", ["hush-hush"], {"kafka.api.secret": ["hush-hush"]}],
    ids=["text", "array", "value"],
)
def test_settings_in_a_wrong_form_are_refused_without_showing_them(
    workshop: Workshop, config: object
) -> None:
    answer = workshop.sandbox.call(
        "POST", connect(workshop), json={"name": "users", "config": config}
    )

    assert answer.status_code == 400
    assert "must be" in answer.text
    assert "hush" not in answer.text
    assert workshop.sandbox.ok("GET", connect(workshop)) == []


def test_a_name_is_taken_once(workshop: Workshop) -> None:
    create(workshop)
    body = {"name": "users", "config": settings(workshop)}

    assert refused(workshop, "POST", connect(workshop), body) == (
        409,
        {"error_code": 409, "message": "Connector users already exists"},
    )


def test_a_paused_connector_goes_on_when_resumed(workshop: Workshop) -> None:
    create(workshop)

    def state() -> str:
        found: str = workshop.sandbox.ok("GET", connect(workshop, "/users/status"))["connector"][
            "state"
        ]
        return found

    paused = workshop.sandbox.call("PUT", connect(workshop, "/users/pause"))
    while_paused = state()
    workshop.sandbox.ok("PUT", connect(workshop, "/users/resume"))

    assert (paused.status_code, paused.content) == (202, b"")
    assert (while_paused, state()) == ("PAUSED", "RUNNING")


def test_settings_change_in_place_and_the_class_never(workshop: Workshop) -> None:
    create(workshop)
    path = connect(workshop, "/users/config")

    changed = workshop.sandbox.ok("PUT", path, settings(workshop, **{"max.interval": "500"}))

    assert changed["config"]["max.interval"] == "500"
    other = settings(workshop, **{"connector.class": "BigQueryStorageSink"})
    status, error = refused(workshop, "PUT", path, other)
    assert (status, error["message"]) == (400, "connector.class of users cannot be changed")


def test_a_missing_grant_makes_it_fail_with_kafka_s_own_error(workshop: Workshop) -> None:
    account = workshop.account("no rights")
    create(workshop, **{"kafka.service.account.id": account})

    status = workshop.sandbox.ok("GET", connect(workshop, "/users/status"))

    assert status["connector"]["state"] == "FAILED"
    assert "AuthorizationException" in status["connector"]["trace"]
    assert status["tasks"][0]["state"] == "FAILED"


def test_a_deleted_connector_is_not_found(workshop: Workshop) -> None:
    create(workshop)

    assert workshop.sandbox.ok("DELETE", connect(workshop, "/users")) == {"error": None}
    assert refused(workshop, "GET", connect(workshop, "/users/status")) == (
        404,
        {"error_code": 404, "message": "Connector users not found"},
    )


def test_changing_offsets_is_not_emulated(workshop: Workshop) -> None:
    create(workshop)

    assert refused(workshop, "POST", connect(workshop, "/users/offsets/request"), {}) == (
        501,
        {
            "error_code": 501,
            "message": "alterConnectorOffsetsRequest: not emulated by this sandbox",
        },
    )


def test_a_connector_cannot_start_at_given_offsets(workshop: Workshop) -> None:
    offsets = [{"partition": {"task.id": 0}, "offset": {"current.iteration": 5}}]
    body = {"name": "users", "config": settings(workshop), "offsets": offsets}

    status, error = refused(workshop, "POST", connect(workshop), body)

    assert status == 501
    assert error["message"] == (
        "Connectors that start at given offsets: not emulated by this sandbox"
    )
    assert workshop.sandbox.ok("GET", connect(workshop)) == []
