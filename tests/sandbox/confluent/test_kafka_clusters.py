"""Kafka and Schema Registry clusters come and go as cmk/v2 and srcm/v3 do it."""

from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.organization import Sandbox, Workshop, cluster_spec, make_environment

CLUSTERS = "/cmk/v2/clusters"


def test_a_cluster_reads_back_as_created_and_is_ready_at_once(sandbox: Sandbox) -> None:
    environment_id = make_environment(sandbox)
    created = sandbox.call("POST", CLUSTERS, json=cluster_spec(environment_id, "c1"))
    cluster_id = created.json()["id"]

    cluster = sandbox.ok("GET", f"{CLUSTERS}/{cluster_id}?environment={environment_id}")

    assert created.status_code == 202
    assert cluster["metadata"]["resource_name"].endswith(
        f"/environment={environment_id}/cloud-cluster={cluster_id}/kafka={cluster_id}"
    )
    assert cluster["spec"] == {
        "display_name": "c1",
        "availability": "SINGLE_ZONE",
        "cloud": "GCP",
        "region": "australia-southeast1",
        "deletion_protection": False,
        "config": {"kind": "Basic"},
        "environment": {"id": environment_id},
        "http_endpoint": "http://127.0.0.1:8900",
        "kafka_bootstrap_endpoint": "SASL_SSL://127.0.0.1:9092",
    }
    assert cluster["status"] == {"phase": "PROVISIONED"}


def test_provisioning_advances_with_each_look(tmp_path: Path) -> None:
    sandbox = Sandbox(state_dir=tmp_path, provisioning="reads:2")
    created = sandbox.ok("POST", CLUSTERS, cluster_spec(make_environment(sandbox)))
    path = f"{CLUSTERS}/{created['id']}"

    phases = [sandbox.ok("GET", path)["status"]["phase"] for _ in range(2)]

    assert created["status"]["phase"] == "PROVISIONING"
    assert phases == ["PROVISIONING", "PROVISIONED"]
    sandbox.close()


def test_provisioning_may_take_sandbox_time(tmp_path: Path) -> None:
    sandbox = Sandbox(state_dir=tmp_path, provisioning="5s")
    path = (
        f"{CLUSTERS}/{sandbox.ok('POST', CLUSTERS, cluster_spec(make_environment(sandbox)))['id']}"
    )

    before = sandbox.ok("GET", path)["status"]["phase"]
    sandbox.ok("POST", "/sandbox/v1/clock", {"advance_ms": 5000})
    after = sandbox.ok("GET", path)["status"]["phase"]

    assert (before, after) == ("PROVISIONING", "PROVISIONED")
    sandbox.close()


def test_the_first_cluster_of_a_governed_environment_brings_one_registry(
    workshop: Workshop,
) -> None:
    sandbox, environment_id = workshop.sandbox, workshop.environment_id
    sandbox.ok("POST", CLUSTERS, cluster_spec(environment_id, "second"))

    [registry] = sandbox.ok("GET", f"/srcm/v3/clusters?environment={environment_id}")["data"]

    assert registry["id"] == workshop.registry_id
    assert registry["spec"]["package"] == "ESSENTIALS"
    assert registry["spec"]["http_endpoint"] == f"http://127.0.0.1:8900{workshop.registry}"
    assert registry["status"] == {"phase": "PROVISIONED"}
    path = f"/srcm/v3/clusters/{registry['id']}?environment={environment_id}"
    assert sandbox.ok("GET", path) == registry


def test_an_environment_without_governance_has_no_registry(sandbox: Sandbox) -> None:
    environment_id = sandbox.ok("POST", "/org/v2/environments", {"display_name": "x"})["id"]
    sandbox.ok("POST", CLUSTERS, cluster_spec(environment_id))

    assert sandbox.ok("GET", f"/srcm/v3/clusters?environment={environment_id}")["data"] == []


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"cloud": "gcp"}, 400, "cloud 'gcp' is not one of AWS, AZURE, GCP"),
        ({"config": {"kind": "basic"}}, 400, "config/kind 'basic' is not one of Basic, Standard"),
        (
            {"config": {"kind": "Dedicated"}},
            501,
            "Kafka clusters of type Dedicated: not emulated by this sandbox",
        ),
        ({"availability": "MULTI_ZONE"}, 400, "A Basic cluster must be SINGLE_ZONE (LOW)"),
        ({"environment": {"id": "env-none"}}, 404, "Environment env-none not found"),
        ({"region": None}, 400, "spec.region is required"),
    ],
)
def test_a_bad_cluster_is_refused_and_not_made(
    sandbox: Sandbox, change: dict[str, Any], status: int, message: str
) -> None:
    body = cluster_spec(make_environment(sandbox), **change)

    assert sandbox.refusal("POST", CLUSTERS, body) == (status, message)
    assert sandbox.ok("GET", "/sandbox/v1/inventory")["kafka_clusters"] == []


def test_a_name_is_taken_only_within_its_environment(workshop: Workshop) -> None:
    sandbox = workshop.sandbox
    message = f"A Kafka cluster named 'cluster' already exists in {workshop.environment_id}"

    assert sandbox.refusal("POST", CLUSTERS, cluster_spec(workshop.environment_id)) == (
        409,
        message,
    )
    sandbox.ok("POST", CLUSTERS, cluster_spec(make_environment(sandbox, "other")))


def test_a_protected_cluster_is_not_deleted(workshop: Workshop) -> None:
    sandbox, path = workshop.sandbox, f"{CLUSTERS}/{workshop.kafka_id}"
    sandbox.ok("PATCH", path, {"spec": {"deletion_protection": True}})

    status, message = sandbox.refusal("DELETE", path)

    assert status == 409
    assert message == (
        f"Kafka cluster {workshop.kafka_id} has deletion protection: turn it off first"
    )


def test_a_basic_cluster_becomes_standard_and_never_basic_again(workshop: Workshop) -> None:
    sandbox, path = workshop.sandbox, f"{CLUSTERS}/{workshop.kafka_id}"

    changed = sandbox.ok("PATCH", path, {"spec": {"config": {"kind": "Standard"}}})

    assert changed["spec"]["config"] == {"kind": "Standard"}
    body = {"spec": {"config": {"kind": "Basic"}}}
    assert sandbox.refusal("PATCH", path, body) == (400, "A Standard cluster cannot become Basic")


def test_a_deleted_cluster_takes_its_keys_and_is_not_found(workshop: Workshop) -> None:
    sandbox = workshop.sandbox

    sandbox.ok("DELETE", f"{CLUSTERS}/{workshop.kafka_id}?environment={workshop.environment_id}")

    path = f"{CLUSTERS}/{workshop.kafka_id}"
    assert sandbox.refusal("GET", path) == (404, f"Kafka cluster {workshop.kafka_id} not found")
    assert sandbox.refusal("GET", f"/iam/v2/api-keys/{workshop.kafka_key[0]}")[0] == 404


def test_a_cluster_is_not_found_in_another_environment(workshop: Workshop) -> None:
    other = make_environment(workshop.sandbox, "other")
    path = f"{CLUSTERS}/{workshop.kafka_id}?environment={other}"

    assert workshop.sandbox.refusal("GET", path)[0] == 404


def test_a_list_needs_an_environment(sandbox: Sandbox) -> None:
    message = "query parameter environment is required"

    assert sandbox.refusal("GET", CLUSTERS) == (400, message)
