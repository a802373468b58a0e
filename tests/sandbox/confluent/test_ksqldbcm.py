"""ksqlDB clusters come and go as ksqldbcm/v2 does it, and open only to who may use them."""

from typing import Any

import pytest

from tests.sandbox.organization import Sandbox, Workshop, cluster_spec

CLUSTERS = "/ksqldbcm/v2/clusters"


def spec(workshop: Workshop, **changes: Any) -> dict[str, Any]:
    environment = {"id": workshop.environment_id, "related": "_", "resource_name": "_"}
    return {
        "spec": {
            "display_name": "engine",
            "csu": 4,
            "use_detailed_processing_log": False,
            "kafka_cluster": {"id": workshop.kafka_id, "environment": workshop.environment_id},
            "credential_identity": {"id": workshop.admin},
            "environment": environment,
            **changes,
        }
    }


def create(workshop: Workshop) -> Any:
    return workshop.sandbox.ok("POST", CLUSTERS, spec(workshop))


def test_a_cluster_reads_back_as_created(workshop: Workshop) -> None:
    created = create(workshop)
    path = f"{CLUSTERS}/{created['id']}?environment={workshop.environment_id}"

    cluster = workshop.sandbox.ok("GET", path)

    assert cluster == created
    assert cluster["metadata"]["resource_name"] == f"{workshop.rbac_crn}/ksql=engine"
    assert cluster["spec"] == {
        "display_name": "engine",
        "csu": 4,
        "use_detailed_processing_log": False,
        "kafka_cluster": {"id": workshop.kafka_id, "environment": workshop.environment_id},
        "credential_identity": {"id": workshop.admin},
        "environment": {"id": workshop.environment_id},
    }
    assert cluster["status"] == {
        "phase": "PROVISIONED",
        "is_paused": False,
        "storage": 125,
        "topic_prefix": "pksqlc-" + created["id"].removeprefix("lksqlc-"),
        "http_endpoint": f"http://127.0.0.1:8900/ksqldb/{created['id']}",
    }


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"csu": 3}, 400, "csu must be one of 1, 2, 4, 8, 12, not 3"),
        ({"csu": "4"}, 400, "spec.csu must be a whole number, not a string"),
        (
            {"credential_identity": {"id": "sa-none"}},
            400,
            "credential_identity 'sa-none' does not exist",
        ),
        ({"kafka_cluster": {"id": "lkc-none"}}, 404, "Kafka cluster lkc-none not found"),
        ({"display_name": ""}, 400, "display_name must not be empty"),
    ],
)
def test_a_bad_cluster_is_refused_and_not_made(
    workshop: Workshop, change: dict[str, Any], status: int, message: str
) -> None:
    refusal = workshop.sandbox.refusal("POST", CLUSTERS, spec(workshop, **change))

    assert refusal == (status, message)
    assert workshop.sandbox.ok("GET", "/sandbox/v1/inventory")["ksqldb_clusters"] == []


def test_an_environment_without_a_registry_takes_no_ksqldb(sandbox: Sandbox) -> None:
    environment_id = sandbox.ok("POST", "/org/v2/environments", {"display_name": "x"})["id"]
    kafka_id = sandbox.ok("POST", "/cmk/v2/clusters", cluster_spec(environment_id))["id"]
    body = {
        "spec": {
            "display_name": "k",
            "csu": 1,
            "kafka_cluster": {"id": kafka_id},
            "credential_identity": {"id": "u-sandbox"},
            "environment": {"id": environment_id},
        }
    }

    assert sandbox.refusal("POST", CLUSTERS, body) == (
        400,
        f"Environment {environment_id} has no Schema Registry: enable Stream Governance before "
        "creating a ksqlDB cluster",
    )


def test_a_key_opens_it_only_once_its_owner_is_ksql_admin(workshop: Workshop) -> None:
    cluster = create(workshop)
    account = workshop.account("attendee")
    key = workshop.key(account, cluster["id"])
    path = f"/ksqldb/{cluster['id']}/info"

    before = workshop.sandbox.call("GET", path, key)
    workshop.grant(account, "KsqlAdmin", cluster["metadata"]["resource_name"])
    after = workshop.sandbox.call("GET", path, key)

    assert before.status_code == 403
    assert before.json() == {
        "@type": "generic_error",
        "error_code": 40300,
        "message": f"User:{account} may not use the ksqlDB cluster {cluster['id']}: it needs the "
        "role KsqlAdmin",
    }
    assert after.json()["KsqlServerInfo"]["kafkaClusterId"] == workshop.kafka_id


def test_kafka_cannot_go_before_its_ksqldb(workshop: Workshop) -> None:
    cluster = create(workshop)
    kafka = f"/cmk/v2/clusters/{workshop.kafka_id}"

    refused = workshop.sandbox.refusal("DELETE", kafka)
    workshop.sandbox.ok("DELETE", f"{CLUSTERS}/{cluster['id']}")
    workshop.sandbox.ok("DELETE", kafka)

    message = f"Kafka cluster {workshop.kafka_id} is in use by {cluster['id']} (engine)"
    assert refused == (409, message)


def test_a_deleted_cluster_is_not_found_and_its_keys_are_gone(workshop: Workshop) -> None:
    cluster = create(workshop)
    key = workshop.key(workshop.admin, cluster["id"])

    workshop.sandbox.ok("DELETE", f"{CLUSTERS}/{cluster['id']}")

    path = f"{CLUSTERS}/{cluster['id']}"
    missing = (404, f"ksqlDB cluster {cluster['id']} not found")
    assert workshop.sandbox.refusal("GET", path) == missing
    assert workshop.sandbox.call("GET", f"/ksqldb/{cluster['id']}/info", key).status_code == 401


def test_the_engine_works_with_the_rights_of_its_account(workshop: Workshop) -> None:
    sandbox = workshop.sandbox
    account = workshop.account("engine")
    body = spec(workshop, credential_identity={"id": account})
    cluster = sandbox.ok("POST", CLUSTERS, body)
    workshop.grant(workshop.admin, "KsqlAdmin", cluster["metadata"]["resource_name"])
    key = workshop.key(workshop.admin, cluster["id"])
    sandbox.ok("POST", f"{workshop.kafka}/topics", {"topic_name": "t"}, workshop.kafka_key)
    statement = {
        "ksql": "CREATE STREAM s (x INT) WITH (kafka_topic='t', value_format='JSON');"
        "CREATE STREAM d AS SELECT x FROM s;",
        "streamsProperties": {},
    }

    refused = sandbox.call("POST", f"/ksqldb/{cluster['id']}/ksql", key, json=statement)
    workshop.grant(account, "CloudClusterAdmin", workshop.rbac_crn)
    accepted = sandbox.call("POST", f"/ksqldb/{cluster['id']}/ksql", key, json=statement)

    assert refused.status_code >= 400
    assert "Authorization denied" in refused.json()["message"]
    assert accepted.status_code == 200
