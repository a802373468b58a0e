"""No request, however wrong, makes the sandbox fail: each gets a refusal of its API."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.api import Api, LazyApi, Operation, Realm
from tests.sandbox.organization import CLOUD, Key, Sandbox, Workshop, cluster_spec, make_workshop

WORDS = """
    display_name spec id name config data configs records schema schemaType references version
    compatibility mode topic_name partitions_count replication_factor key value type timestamp
    principal role_name crn_pattern resource_type resource_name pattern_type host operation
    permission owner resource environment kafka_cluster credential_identity csu kind
    connector.class kafka.auth.mode ksql streamsProperties sql properties method path times
"""
NAMES = tuple(WORDS.split())

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(NAMES)
BODIES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("any")
    sandbox = Sandbox(state_dir=folder)
    made = make_workshop(sandbox)
    topic = {"topic_name": "t", "partitions_count": 1}
    sandbox.ok("POST", f"{made.kafka}/topics", topic, made.kafka_key)
    sandbox.ok(
        "POST", f"{made.registry}/subjects/s/versions", {"schema": '"int"'}, made.registry_key
    )
    yield made
    sandbox.close()


def operations(workshop: Workshop) -> list[Operation]:
    apis: list[Api] = []
    for api in workshop.sandbox.runtime.apis:
        apis += [api] if isinstance(api, Api) else _loaded(api)
    return [operation for api in apis for operation in api.operations if operation.handler]


def _loaded(api: LazyApi) -> list[Api]:
    return list(api.load())


def address(workshop: Workshop, operation: Operation) -> tuple[str, Key | None]:
    """Return a path that reaches the operation's handler, and the key that opens it."""
    values = {
        "cluster_id": workshop.kafka_id,
        "kafka_id": workshop.kafka_id,
        "registry_id": workshop.registry_id,
        "environment_id": workshop.environment_id,
        "schema_registry_id": workshop.registry_id,
        "topic_name": "t",
        "subject": "s",
        "version": "1",
        "schema_id": "100001",
        "plugin": "DatagenSource",
    }
    parts = []
    for part in operation.path.split("/"):
        name = part.strip("{}").split("}")[0].split(":")[0]
        parts.append(part.replace(f"{{{name}}}", values.get(name, "x")) if "{" in part else part)
    keys = {
        Realm.KAFKA: workshop.kafka_key,
        Realm.REGISTRY: workshop.registry_key,
        Realm.CLOUD: CLOUD,
    }
    return "/".join(parts), keys.get(operation.realm)


FUZZ = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FUZZ
@given(number=st.integers(0, 10_000), body=BODIES, wrap=st.booleans())
def test_any_json_gets_an_answer(workshop: Workshop, number: int, body: Any, wrap: bool) -> None:
    listed = [
        operation
        for operation in operations(workshop)
        if operation.method != "DELETE" and operation.name not in ("createFault", "settle")
    ]
    operation = listed[number % len(listed)]
    path, key = address(workshop, operation)
    content = json.dumps({"spec": body} if wrap else body)

    answer = workshop.sandbox.call(operation.method, path, key, content=content)

    assert answer.status_code != 500, f"{operation.method} {path} {content}: {answer.text}"


RECORD = {
    "partition_id": 0,
    "timestamp": "2024-01-01T00:00:00Z",
    "headers": [{"name": "h", "value": "AA=="}],
    "key": {"type": "STRING", "data": "k"},
    "value": {"type": "JSON", "data": {}},
}
SCHEMA = {
    "type": "record",
    "name": "r",
    "aliases": ["q"],
    "fields": [{"name": "f", "type": ["null", "int"], "default": None, "aliases": ["g"]}],
}


def good_calls(workshop: Workshop) -> list[tuple[str, str, Any, Key]]:
    """Return calls that would be accepted: method, path, body, key."""
    cluster = {"id": workshop.kafka_id, "environment": workshop.environment_id}
    environment, owner = {"id": workshop.environment_id}, {"id": workshop.admin}
    connect = f"/connect/v1/environments/{environment['id']}/clusters/{workshop.kafka_id}"
    settings = {"name": "c", "connector.class": "BigQueryStorageSink", "topics": "t"}
    acl = {
        "resource_type": "TOPIC",
        "resource_name": "t",
        "pattern_type": "LITERAL",
        "principal": "User:sa-1",
        "host": "*",
        "operation": "READ",
        "permission": "ALLOW",
    }
    ksqldb = {
        "display_name": "k",
        "csu": 1,
        "kafka_cluster": cluster,
        "credential_identity": owner,
        "environment": environment,
    }
    kafka, registry = workshop.kafka, workshop.registry
    cloud = [
        ("POST", "/org/v2/environments", {"display_name": "e", "stream_governance_config": {}}),
        ("POST", "/cmk/v2/clusters", cluster_spec(workshop.environment_id, "n")),
        ("PATCH", f"/cmk/v2/clusters/{workshop.kafka_id}", {"spec": {"config": {"kind": "Basic"}}}),
        ("POST", "/iam/v2/service-accounts", {"display_name": "s", "description": ""}),
        (
            "POST",
            "/iam/v2/role-bindings",
            {"principal": "User:u-sandbox", "role_name": "Operator", "crn_pattern": "crn://x"},
        ),
        ("POST", "/iam/v2/api-keys", {"spec": {"owner": owner, "resource": cluster}}),
        ("POST", "/ksqldbcm/v2/clusters", {"spec": ksqldb}),
        ("POST", f"{connect}/connectors", {"name": "c", "config": settings}),
        ("PUT", f"{connect}/connector-plugins/BigQueryStorageSink/config/validate", settings),
    ]
    topic = {"topic_name": "x", "partitions_count": 1, "replication_factor": 3}
    setting = {"name": "retention.ms", "value": "1", "operation": "SET"}
    data = [
        ("POST", f"{kafka}/topics", {**topic, "configs": [setting], "validate_only": False}),
        ("PATCH", f"{kafka}/topics/t", {"partitions_count": 2}),
        ("POST", f"{kafka}/topics/t/configs:alter", {"data": [setting], "validate_only": False}),
        ("PUT", f"{kafka}/topics/t/configs/retention.ms", {"value": "1"}),
        ("POST", f"{kafka}/acls", acl),
        ("POST", f"{kafka}/acls:batch", {"data": [acl]}),
        ("POST", f"{kafka}/topics/t/records", RECORD),
    ]
    reference = {"name": "n", "subject": "s", "version": 1}
    draft = {
        "schema": json.dumps(SCHEMA),
        "schemaType": "AVRO",
        "references": [reference],
        "id": 0,
        "version": 0,
    }
    schemas = [
        ("POST", f"{registry}/subjects/v/versions", draft),
        ("POST", f"{registry}/subjects/s", draft),
        ("POST", f"{registry}/compatibility/subjects/s/versions", draft),
        ("PUT", f"{registry}/config/s", {"compatibility": "NONE"}),
        ("PUT", f"{registry}/mode/v", {"mode": "READWRITE"}),
    ]
    return [
        *((*call, CLOUD) for call in cloud),
        *((*call, workshop.kafka_key) for call in data),
        *((*call, workshop.registry_key) for call in schemas),
    ]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all values inside a body."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    """Return a copy of a body with the value at a path replaced."""
    if not path:
        return by
    copy = value.copy()
    copy[path[0]] = replaced(value[path[0]], path[1:], by)
    return copy


@FUZZ
@given(call=st.integers(0, 10_000), place=st.integers(0, 10_000), value=BODIES)
def test_one_wrong_value_in_a_good_body_gets_an_answer(
    workshop: Workshop, call: int, place: int, value: Any
) -> None:
    calls = good_calls(workshop)
    method, path, body, key = calls[call % len(calls)]
    where = places(body)
    content = json.dumps(replaced(body, where[place % len(where)], value))

    answer = workshop.sandbox.call(method, path, key, content=content)

    assert answer.status_code != 500, f"{method} {path} {content}: {answer.text}"


@FUZZ
@given(place=st.integers(0, 10_000), value=BODIES)
def test_one_wrong_value_in_a_schema_gets_an_answer(
    workshop: Workshop, place: int, value: Any
) -> None:
    where = places(SCHEMA)
    schema = json.dumps(replaced(SCHEMA, where[place % len(where)], value))
    path = f"{workshop.registry}/compatibility/subjects/s/versions"

    answer = workshop.sandbox.call("POST", path, workshop.registry_key, json={"schema": schema})

    assert answer.status_code in (200, 422), f"{schema}: {answer.text}"
