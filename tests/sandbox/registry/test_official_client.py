"""Confluent's own client registers, reads, checks compatibility and deletes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError

from tests.sandbox.organization import CLOUD

USER = json.dumps(
    {"type": "record", "name": "user", "fields": [{"name": "userid", "type": "string"}]}
)
WITH_REGION = json.dumps(
    {
        "type": "record",
        "name": "user",
        "fields": [
            {"name": "userid", "type": "string"},
            {"name": "region", "type": "string"},
        ],
    }
)
WITH_OPTIONAL_REGION = WITH_REGION.replace(
    '"region", "type": "string"', '"region", "type": ["null", "string"], "default": null'
)


def post(url: str, body: object) -> Any:
    answer = requests.post(url, json=body, auth=CLOUD, timeout=10)
    assert answer.ok, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def client(served: str) -> Iterator[SchemaRegistryClient]:
    environment = post(
        f"{served}/org/v2/environments",
        {
            "display_name": "official",
            "stream_governance_config": {"package": "ESSENTIALS"},
        },
    )
    spec = {
        "availability": "SINGLE_ZONE",
        "cloud": "GCP",
        "region": "australia-southeast1",
        "display_name": "official",
        "config": {"kind": "Basic"},
        "environment": {"id": environment["id"]},
    }
    post(f"{served}/cmk/v2/clusters", {"spec": spec})
    listed = requests.get(
        f"{served}/srcm/v3/clusters?environment={environment['id']}", auth=CLOUD, timeout=10
    ).json()["data"][0]
    account = post(f"{served}/iam/v2/service-accounts", {"display_name": "official"})
    post(
        f"{served}/iam/v2/role-bindings",
        {
            "principal": f"User:{account['id']}",
            "role_name": "ResourceOwner",
            "crn_pattern": f"{listed['metadata']['resource_name']}/subject=*",
        },
    )
    spec = {"owner": {"id": account["id"]}, "resource": {"id": listed["id"]}}
    key = post(f"{served}/iam/v2/api-keys", {"spec": spec})
    secret = key["spec"]["secret"]
    settings = {
        "url": listed["spec"]["http_endpoint"],
        "basic.auth.user.info": f"{key['id']}:{secret}",
    }
    with SchemaRegistryClient(settings) as opened:
        yield opened


def test_registers_reads_and_looks_up(client: SchemaRegistryClient) -> None:
    schema_id = client.register_schema("read-value", Schema(USER, "AVRO"))

    latest = client.get_latest_version("read-value")
    found = client.lookup_schema("read-value", Schema(USER, "AVRO"))

    assert (latest.schema_id, latest.version) == (schema_id, 1)
    assert json.loads(client.get_schema(schema_id).schema_str or "") == json.loads(USER)
    assert (found.schema_id, found.version) == (schema_id, 1)
    assert client.register_schema("read-value", Schema(USER, "AVRO")) == schema_id
    assert client.get_versions("read-value") == [1]


def test_checks_compatibility_and_refuses_what_breaks_it(client: SchemaRegistryClient) -> None:
    client.register_schema("checked-value", Schema(USER, "AVRO"))

    assert client.test_compatibility("checked-value", Schema(WITH_OPTIONAL_REGION, "AVRO")) is True
    assert client.test_compatibility("checked-value", Schema(WITH_REGION, "AVRO")) is False
    with pytest.raises(SchemaRegistryError, match="READER_FIELD_MISSING_DEFAULT_VALUE") as refused:
        client.register_schema("checked-value", Schema(WITH_REGION, "AVRO"))
    assert refused.value.http_status_code == 409
    assert client.get_versions("checked-value") == [1]


def test_sets_and_reads_levels(client: SchemaRegistryClient) -> None:
    client.register_schema("levelled-value", Schema(USER, "AVRO"))

    client.set_compatibility("levelled-value", "NONE")

    assert client.get_compatibility("levelled-value") == "NONE"
    assert client.get_compatibility() == "BACKWARD"
    assert client.test_compatibility("levelled-value", Schema('"string"', "AVRO")) is True


def test_deletes_softly_then_for_good(client: SchemaRegistryClient) -> None:
    client.register_schema("gone-value", Schema(USER, "AVRO"))

    assert client.delete_subject("gone-value") == [1]
    assert "gone-value" not in client.get_subjects()
    assert client.delete_subject("gone-value", permanent=True) == [1]
    with pytest.raises(SchemaRegistryError, match="Subject 'gone-value' not found") as missing:
        client.get_latest_version("gone-value")
    assert (missing.value.http_status_code, missing.value.error_code) == (404, 40401)
