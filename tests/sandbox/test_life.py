"""What is made through the APIs can be unmade through them, and then nothing is left."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.organization import Calls, Sandbox, ServedSandbox, WorkshopOf, make_workshop

ENVIRONMENTS = "/org/v2/environments"


@pytest.fixture(params=["in process", "over a port"])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path, served: str) -> Iterator[Calls]:
    """A sandbox, once in this process and once behind a real port."""
    if request.param == "over a port":
        there = ServedSandbox(served)
        yield there
        there.http.close()
    else:
        here = Sandbox(state_dir=tmp_path)
        yield here
        here.close()


def acl(workshop: WorkshopOf[Calls]) -> dict[str, str]:
    return {
        "resource_type": "TOPIC",
        "resource_name": "users_topic",
        "pattern_type": "LITERAL",
        "principal": f"User:{workshop.admin}",
        "host": "*",
        "operation": "READ",
        "permission": "ALLOW",
    }


def build(workshop: WorkshopOf[Calls]) -> tuple[str, str]:
    """Fill the environment; return the ksqlDB cluster's id and the connectors' path."""
    call, kafka = workshop.sandbox.ok, workshop.kafka
    topic: dict[str, Any] = {"topic_name": "users_topic", "partitions_count": 1}
    call("POST", f"{kafka}/topics", topic, workshop.kafka_key)
    call("POST", f"{kafka}/acls", acl(workshop), workshop.kafka_key)
    spec = {
        "display_name": "engine",
        "csu": 4,
        "kafka_cluster": {"id": workshop.kafka_id},
        "credential_identity": {"id": workshop.admin},
        "environment": {"id": workshop.environment_id},
    }
    ksqldb = call("POST", "/ksqldbcm/v2/clusters", {"spec": spec})
    workshop.grant(workshop.admin, "KsqlAdmin", ksqldb["metadata"]["resource_name"])
    key = workshop.key(workshop.admin, ksqldb["id"])
    source = (
        "CREATE STREAM s (userid VARCHAR) WITH (kafka_topic='users_topic', value_format='AVRO');"
    )
    derived = "CREATE STREAM d WITH (kafka_topic='derived') AS SELECT * FROM s;"
    call("POST", f"/ksqldb/{ksqldb['id']}/ksql", {"ksql": source + derived}, key)
    place = f"environments/{workshop.environment_id}/clusters/{workshop.kafka_id}"
    config = {
        "name": "users",
        "connector.class": "DatagenSource",
        "kafka.auth.mode": "SERVICE_ACCOUNT",
        "kafka.service.account.id": workshop.admin,
        "kafka.topic": "users_topic",
        "quickstart": "USERS",
        "output.data.format": "AVRO",
        "tasks.max": "1",
    }
    connectors = f"/connect/v1/{place}/connectors"
    call("POST", connectors, {"name": "users", "config": config})
    return ksqldb["id"], connectors


def left(sandbox: Calls) -> dict[str, Any]:
    inventory = sandbox.ok("GET", "/sandbox/v1/inventory", auth=None)
    return {kind: things for kind, things in inventory.items() if things}


def test_what_was_made_can_be_unmade_and_nothing_is_left(anywhere: Calls) -> None:
    before = left(anywhere)
    workshop = make_workshop(anywhere)
    ksqldb_id, connectors = build(workshop)
    call = anywhere.ok
    made = left(anywhere)

    call("DELETE", f"{connectors}/users")
    call("DELETE", f"/ksqldbcm/v2/clusters/{ksqldb_id}?environment={workshop.environment_id}")
    query = "&".join(f"{name}={value}" for name, value in acl(workshop).items())
    call("DELETE", f"{workshop.kafka}/acls?{query}", auth=workshop.kafka_key)
    for topic in ("users_topic", "derived"):
        call("DELETE", f"{workshop.kafka}/topics/{topic}", auth=workshop.kafka_key)
    call("DELETE", f"/cmk/v2/clusters/{workshop.kafka_id}?environment={workshop.environment_id}")
    call("DELETE", f"{ENVIRONMENTS}/{workshop.environment_id}")
    call("DELETE", f"/iam/v2/service-accounts/{workshop.admin}")

    assert {"acls", "connectors", "ksqldb_clusters", "subjects", "topics"} <= set(made)
    assert left(anywhere) == before
