"""The requests of Confluent's resource types, byte for byte those of the published provider."""

from typing import Any

import pytest

from sandbox.plugins.confluentcloud.applications import KSQL_CLUSTER
from sandbox.plugins.confluentcloud.clusters import KAFKA_CLUSTER, get_schema_registry_cluster
from sandbox.plugins.confluentcloud.connectors import CONNECTOR
from sandbox.plugins.confluentcloud.identity import API_KEY, ROLE_BINDING, SERVICE_ACCOUNT
from sandbox.plugins.confluentcloud.organization import (
    ENVIRONMENT,
    get_environment,
    get_organization,
)
from sandbox.plugins.confluentcloud.session import CloudSession, basic
from sandbox.plugins.confluentcloud.topics import KAFKA_ACL, KAFKA_TOPIC
from sandbox.plugins.errors import NotConfigurable, NotSettled, Refused
from sandbox.plugins.http import Client
from tests.sandbox.plugins.scripted import NoPause, ScriptedTransport

ADDRESS = "http://127.0.0.1:8900"
ORGANIZATION = "crn://confluent.cloud/organization=o-1"
CLUSTER_PATH = "/cmk/v2/clusters/lkc-k1"
CONNECT = "/connect/v1/environments/env-e1/clusters/lkc-k1"


@pytest.fixture
def transport() -> ScriptedTransport:
    return ScriptedTransport()


@pytest.fixture
def session(transport: ScriptedTransport) -> CloudSession:
    cloud = Client(ADDRESS, transport, basic("CLOUD", "cloud-secret"), NoPause())
    return CloudSession(cloud, {}, transport, NoPause())


def environment(**more: Any) -> dict[str, Any]:
    return {
        "id": "env-e1",
        "display_name": "demo",
        "metadata": {"resource_name": f"{ORGANIZATION}/environment=env-e1"},
        **more,
    }


def cluster(phase: str = "PROVISIONED", **spec: Any) -> dict[str, Any]:
    return {
        "api_version": "cmk/v2",
        "kind": "Cluster",
        "id": "lkc-k1",
        "metadata": {
            "resource_name": f"{ORGANIZATION}/environment=env-e1/cloud-cluster=lkc-k1/kafka=lkc-k1"
        },
        "spec": {
            "display_name": "c1",
            "availability": "SINGLE_ZONE",
            "cloud": "GCP",
            "region": "australia-southeast1",
            "config": {"kind": "Basic"},
            "environment": {"id": "env-e1"},
            "http_endpoint": ADDRESS,
            "kafka_bootstrap_endpoint": "SASL_SSL://127.0.0.1:9092",
            **spec,
        },
        "status": {"phase": phase},
    }


# Environments


def test_an_environment_is_created_with_its_governance_package(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    transport.answer("POST /org/v2/environments", environment(), status=201)

    created = ENVIRONMENT.create(
        session, {"displayName": "demo", "streamGovernance": {"package": "ESSENTIALS"}}
    )

    assert created.id == "env-e1"
    assert transport.sent[0].body == {
        "display_name": "demo",
        "stream_governance_config": {"package": "ESSENTIALS"},
    }
    assert transport.sent[0].authorization == "Basic Q0xPVUQ6Y2xvdWQtc2VjcmV0"


def test_an_environment_is_read_with_its_crn(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    found = environment(stream_governance_config={"package": "ESSENTIALS"})
    transport.answer("GET /org/v2/environments/env-e1", found)

    assert ENVIRONMENT.read(session, "env-e1", {}) == {
        "displayName": "demo",
        "resourceName": f"{ORGANIZATION}/environment=env-e1",
        "streamGovernance": {"package": "ESSENTIALS"},
    }


@pytest.mark.parametrize("status", [403, 404])
def test_an_environment_that_is_gone_reads_as_gone(
    session: CloudSession, transport: ScriptedTransport, status: int
) -> None:
    body = {"errors": [{"detail": "forbidden"}]}
    transport.answer("GET /org/v2/environments/env-e1", body, status=status)

    assert ENVIRONMENT.read(session, "env-e1", {}) is None


def test_a_key_that_is_not_valid_is_not_taken_for_absence(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    body = {"errors": [{"detail": "invalid API key"}]}
    transport.answer("GET /org/v2/environments/env-e1", body, status=403)

    with pytest.raises(Refused, match="invalid API key"):
        ENVIRONMENT.read(session, "env-e1", {})


def test_only_what_changed_of_an_environment_is_sent(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    transport.answer("PATCH /org/v2/environments/env-e1", environment())
    governance = {"streamGovernance": {"package": "ESSENTIALS"}}
    assert ENVIRONMENT.update is not None

    ENVIRONMENT.update(
        session, "env-e1", {"displayName": "a", **governance}, {"displayName": "b", **governance}
    )

    assert transport.sent[0].body == {"display_name": "b"}


def test_an_environment_is_found_by_name_and_the_organization_by_its_first(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    transport.answer("GET /org/v2/environments", {"data": [environment()]})

    assert get_environment(session, {"displayName": "demo"})["id"] == "env-e1"
    assert get_organization(session, {}) == {"id": "o-1", "resourceName": ORGANIZATION}
    with pytest.raises(NotSettled, match="expected one named 'other', found 0"):
        get_environment(session, {"displayName": "other"})


# Kafka clusters

CLUSTER_INPUTS = {
    "displayName": "c1",
    "availability": "SINGLE_ZONE",
    "cloud": "GCP",
    "region": "australia-southeast1",
    "basic": {},
    "environment": {"id": "env-e1"},
}


def test_a_basic_cluster_is_asked_for(session: CloudSession, transport: ScriptedTransport) -> None:
    transport.answer("POST /cmk/v2/clusters", cluster("PROVISIONING"), status=202)

    created = KAFKA_CLUSTER.create(session, CLUSTER_INPUTS)

    assert created.id == "lkc-k1"
    assert transport.sent[0].body == {
        "spec": {
            "availability": "SINGLE_ZONE",
            "cloud": "GCP",
            "region": "australia-southeast1",
            "display_name": "c1",
            "config": {"kind": "Basic"},
            "environment": {"id": "env-e1", "related": "", "resource_name": ""},
        }
    }


def test_a_cluster_of_no_type_is_refused_before_any_request(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    inputs = {name: value for name, value in CLUSTER_INPUTS.items() if name != "basic"}

    with pytest.raises(NotConfigurable, match="takes exactly one of basic, standard"):
        KAFKA_CLUSTER.create(session, inputs)

    assert transport.sent == []


def test_a_cluster_is_waited_for_and_so_is_its_environments_registry(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    transport.answer(f"GET {CLUSTER_PATH}", cluster("PROVISIONING"))
    transport.answer(f"GET {CLUSTER_PATH}", cluster())
    governed = environment(stream_governance_config={"package": "ESSENTIALS"})
    transport.answer("GET /org/v2/environments/env-e1", governed)
    transport.answer("GET /srcm/v3/clusters", {"data": []})
    transport.answer("GET /srcm/v3/clusters", {"data": [{"status": {"phase": "PROVISIONED"}}]})
    assert KAFKA_CLUSTER.settle is not None

    KAFKA_CLUSTER.settle(session, "lkc-k1", CLUSTER_INPUTS)

    assert transport.requests() == [
        f"GET {CLUSTER_PATH}?environment=env-e1",
        f"GET {CLUSTER_PATH}?environment=env-e1",
        "GET /org/v2/environments/env-e1",
        "GET /srcm/v3/clusters?environment=env-e1&page_size=99",
        "GET /srcm/v3/clusters?environment=env-e1&page_size=99",
    ]


def test_a_cluster_that_failed_says_so(session: CloudSession, transport: ScriptedTransport) -> None:
    transport.answer(f"GET {CLUSTER_PATH}", cluster("FAILED"))
    assert KAFKA_CLUSTER.settle is not None

    with pytest.raises(NotSettled, match="Kafka cluster lkc-k1 ended in phase FAILED"):
        KAFKA_CLUSTER.settle(session, "lkc-k1", CLUSTER_INPUTS)


def test_a_cluster_is_read_with_its_addresses(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    transport.answer(f"GET {CLUSTER_PATH}", cluster())

    found = KAFKA_CLUSTER.read(session, "lkc-k1", CLUSTER_INPUTS)

    assert found is not None
    assert found["restEndpoint"] == ADDRESS
    assert found["rbacCrn"] == f"{ORGANIZATION}/environment=env-e1/cloud-cluster=lkc-k1"
    assert (found["basic"], found["standard"]) == ({}, None)


def test_a_cluster_is_deleted_and_its_end_awaited(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    transport.answer(f"DELETE {CLUSTER_PATH}", None, status=204)
    transport.answer(f"GET {CLUSTER_PATH}", cluster())
    transport.answer(f"GET {CLUSTER_PATH}", {"errors": [{"detail": "forbidden"}]}, status=403)

    KAFKA_CLUSTER.delete(session, "lkc-k1", CLUSTER_INPUTS)

    assert [each.method for each in transport.sent] == ["DELETE", "GET", "GET"]


def test_a_cluster_grows_from_basic_to_standard_only() -> None:
    to_standard = KAFKA_CLUSTER.forbidden_change({"basic": {}}, {"standard": {}})
    to_basic = KAFKA_CLUSTER.forbidden_change({"standard": {}}, {"basic": {}})

    assert to_standard is None
    assert to_basic == (
        "a KafkaCluster cannot change from standard to basic, only from basic to standard"
    )


def test_the_registry_of_an_environment_is_looked_up(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    registry = {
        "api_version": "srcm/v3",
        "kind": "Cluster",
        "id": "lsrc-s1",
        "metadata": {"resource_name": "crn://registry"},
        "spec": {
            "display_name": "Stream Governance Package",
            "package": "ESSENTIALS",
            "cloud": "GCP",
            "region": "r",
            "environment": {"id": "env-e1"},
            "http_endpoint": f"{ADDRESS}/schema-registry/lsrc-s1",
        },
    }
    transport.answer("GET /srcm/v3/clusters", {"data": [registry]})
    transport.answer("GET /srcm/v3/clusters/lsrc-s1", registry)

    found = get_schema_registry_cluster(session, {"environment": {"id": "env-e1"}})

    assert transport.requests() == [
        "GET /srcm/v3/clusters?environment=env-e1&page_size=99",
        "GET /srcm/v3/clusters/lsrc-s1?environment=env-e1",
    ]
    assert (found["id"], found["restEndpoint"]) == (
        "lsrc-s1",
        f"{ADDRESS}/schema-registry/lsrc-s1",
    )


# Identities


def test_a_role_binding_is_created_and_percent_encoding_is_no_change(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    transport.answer("POST /iam/v2/role-bindings", {"id": "rb-1"}, status=201)

    ROLE_BINDING.create(
        session, {"principal": "User:sa-1", "roleName": "KsqlAdmin", "crnPattern": "crn://a"}
    )

    assert transport.sent[0].body == {
        "principal": "User:sa-1",
        "role_name": "KsqlAdmin",
        "crn_pattern": "crn://a",
    }
    assert ROLE_BINDING.same["crnPattern"]("crn://a%3D") == "crn://a="


def test_a_service_account_is_created_and_changed(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    transport.answer("POST /iam/v2/service-accounts", {"id": "sa-1"}, status=201)
    transport.answer("PATCH /iam/v2/service-accounts/sa-1", {})
    assert SERVICE_ACCOUNT.update is not None

    SERVICE_ACCOUNT.create(session, {"displayName": "a", "description": "b"})
    SERVICE_ACCOUNT.update(
        session, "sa-1", {"displayName": "a", "description": "b"}, {"displayName": "a"}
    )

    assert [each.body for each in transport.sent] == [
        {"display_name": "a", "description": "b"},
        {"description": ""},
    ]


KEY_INPUTS = {
    "owner": {"id": "sa-1", "kind": "ServiceAccount", "apiVersion": "iam/v2"},
    "managedResource": {
        "id": "lkc-k1",
        "kind": "Cluster",
        "apiVersion": "cmk/v2",
        "environment": {"id": "env-e1"},
    },
    "displayName": "k",
}


def test_an_api_key_tells_its_secret_once_and_its_resource_without_a_version(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    answer = {"id": "KEY1", "spec": {"secret": "s3cret"}}
    transport.answer("POST /iam/v2/api-keys", answer, status=202)

    created = API_KEY.create(session, KEY_INPUTS)

    assert (created.id, created.outputs) == ("KEY1", {"secret": "s3cret"})
    assert "s3cret" not in repr(created)
    assert transport.sent[0].body == {
        "spec": {
            "display_name": "k",
            "description": "",
            "owner": {"id": "sa-1", "kind": "ServiceAccount"},
            "resource": {"id": "lkc-k1", "kind": "Cluster"},
        }
    }


def test_a_kafka_key_must_be_accepted_twice_by_the_cluster(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    topics = "GET /kafka/v3/clusters/lkc-k1/topics"
    transport.answer(f"GET {CLUSTER_PATH}", cluster())
    transport.answer(topics, {"error_code": 401, "message": "not yet"}, status=401)
    transport.answer(topics, {"data": []})
    assert API_KEY.settle is not None

    API_KEY.settle(session, "KEY1", {**KEY_INPUTS, "secret": "s3cret"})

    assert transport.requests() == [
        f"GET {CLUSTER_PATH}?environment=env-e1",
        topics,
        topics,
        topics,
    ]
    assert transport.sent[-1].authorization == basic("KEY1", "s3cret")["Authorization"]


def test_a_cloud_key_is_tried_on_the_management_api(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    transport.answer("GET /org/v2/environments", {"data": []})
    assert API_KEY.settle is not None

    API_KEY.settle(session, "KEY1", {"owner": KEY_INPUTS["owner"], "secret": "s3cret"})

    assert transport.sent[0].authorization == basic("KEY1", "s3cret")["Authorization"]


def test_a_key_that_need_not_be_ready_is_not_tried(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    assert API_KEY.settle is not None

    API_KEY.settle(session, "KEY1", {**KEY_INPUTS, "secret": "s", "disableWaitForReady": True})

    assert transport.sent == []


@pytest.mark.parametrize(
    ("kind", "version"), [("Cluster", "srcm/v2"), ("SchemaRegistry", "srcm/v3")]
)
def test_the_services_several_names_for_a_keys_resource_are_no_change(
    kind: str, version: str
) -> None:
    canonical = API_KEY.same["managedResource"]

    assert canonical({"id": "lsrc-1", "kind": kind, "apiVersion": version}) == {
        "id": "lsrc-1",
        "kind": "Cluster",
        "apiVersion": "srcm/v3",
    }


# Topics and ACLs

TOPIC = {
    "topicName": "stocks_topic",
    "partitionsCount": 1,
    "kafkaCluster": {"id": "lkc-k1"},
    "restEndpoint": ADDRESS,
    "credentials": {"key": "KEY1", "secret": "s3cret"},
    "config": {"retention.ms": "1000"},
}
TOPIC_PATH = "/kafka/v3/clusters/lkc-k1/topics/stocks_topic"


def test_a_topic_is_created_with_the_clusters_own_key(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    transport.answer("POST /kafka/v3/clusters/lkc-k1/topics", {}, status=201)

    created = KAFKA_TOPIC.create(session, TOPIC)

    assert created.id == "lkc-k1/stocks_topic"
    assert transport.sent[0].body == {
        "topic_name": "stocks_topic",
        "partitions_count": 1,
        "configs": [{"name": "retention.ms", "value": "1000"}],
    }
    assert transport.sent[0].authorization == basic("KEY1", "s3cret")["Authorization"]


def test_of_a_topics_settings_only_those_that_were_set_are_read(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    transport.answer(f"GET {TOPIC_PATH}", {"topic_name": "stocks_topic", "partitions_count": 1})
    configs = [
        {"name": "retention.ms", "value": "1000", "source": "DYNAMIC_TOPIC_CONFIG"},
        {"name": "cleanup.policy", "value": "delete", "source": "DEFAULT_CONFIG"},
    ]
    transport.answer(f"GET {TOPIC_PATH}/configs", {"data": configs})

    assert KAFKA_TOPIC.read(session, "lkc-k1/stocks_topic", TOPIC) == {
        "topicName": "stocks_topic",
        "partitionsCount": 1,
        "config": {"retention.ms": "1000"},
    }


def test_a_topic_grows_in_place_and_changes_only_what_differs(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    transport.answer(f"PATCH {TOPIC_PATH}", {})
    transport.answer(f"POST {TOPIC_PATH}/configs:alter", None, status=204)
    news = {**TOPIC, "partitionsCount": 3, "config": {"cleanup.policy": "compact"}}
    assert KAFKA_TOPIC.update is not None

    KAFKA_TOPIC.update(session, "lkc-k1/stocks_topic", TOPIC, news)

    assert [each.body for each in transport.sent] == [
        {"partitions_count": 3},
        {
            "data": [
                {"name": "cleanup.policy", "value": "compact"},
                {"name": "retention.ms", "operation": "DELETE"},
            ]
        },
    ]


@pytest.mark.parametrize(("old", "new", "is_replaced"), [(6, 1, True), (1, 6, False)])
def test_fewer_partitions_take_a_new_topic(old: int, new: int, is_replaced: bool) -> None:
    assert KAFKA_TOPIC.replaced_if["partitionsCount"](old, new) is is_replaced


def test_a_topic_elsewhere_is_refused(session: CloudSession, transport: ScriptedTransport) -> None:
    inputs = {**TOPIC, "restEndpoint": "https://pkc-1.australia.gcp.confluent.cloud:443"}

    with pytest.raises(NotConfigurable, match="no loopback address"):
        KAFKA_TOPIC.create(session, inputs)

    assert transport.sent == []


ACL = {
    "resourceType": "TOPIC",
    "resourceName": "stocks*",
    "patternType": "LITERAL",
    "principal": "User:sa-1",
    "host": "*",
    "operation": "READ",
    "permission": "ALLOW",
    "kafkaCluster": {"id": "lkc-k1"},
    "restEndpoint": ADDRESS,
    "credentials": {"key": "KEY1", "secret": "s3cret"},
}
ACL_PATH = "/kafka/v3/clusters/lkc-k1/acls"
ACL_WIRE = {
    "resource_type": "TOPIC",
    "resource_name": "stocks*",
    "pattern_type": "LITERAL",
    "principal": "User:sa-1",
    "host": "*",
    "operation": "READ",
    "permission": "ALLOW",
}


def test_an_acl_is_created_and_known_by_its_fields(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    transport.answer(f"POST {ACL_PATH}", None, status=201)

    created = KAFKA_ACL.create(session, ACL)

    assert created.id == "lkc-k1/TOPIC#stocks*#LITERAL#User:sa-1#*#READ#ALLOW"
    assert transport.sent[0].body == ACL_WIRE


@pytest.mark.parametrize("count", [0, 1])
def test_an_acl_is_there_when_exactly_one_matches(
    session: CloudSession, transport: ScriptedTransport, count: int
) -> None:
    transport.answer(f"GET {ACL_PATH}", {"data": [ACL_WIRE] * count})

    found = KAFKA_ACL.read(session, "id", ACL)

    assert (found is not None) is (count == 1)
    assert transport.sent[0].path == (
        f"{ACL_PATH}?resource_type=TOPIC&resource_name=stocks%2A&pattern_type=LITERAL"
        "&principal=User%3Asa-1&host=%2A&operation=READ&permission=ALLOW"
    )


def test_an_acl_that_matches_twice_is_an_error(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    transport.answer(f"GET {ACL_PATH}", {"data": [ACL_WIRE, ACL_WIRE]})

    with pytest.raises(NotSettled, match="2 ACLs match"):
        KAFKA_ACL.read(session, "the-id", ACL)


# ksqlDB


def test_a_ksqldb_cluster_is_asked_for(session: CloudSession, transport: ScriptedTransport) -> None:
    transport.answer("POST /ksqldbcm/v2/clusters", {"id": "lksqlc-q1"}, status=202)

    KSQL_CLUSTER.create(
        session,
        {
            "displayName": "k",
            "csu": 4,
            "useDetailedProcessingLog": True,
            "kafkaCluster": {"id": "lkc-k1"},
            "credentialIdentity": {"id": "sa-1"},
            "environment": {"id": "env-e1"},
        },
    )

    filler = {"related": "_", "resource_name": "_"}
    assert transport.sent[0].body == {
        "spec": {
            "display_name": "k",
            "csu": 4,
            "use_detailed_processing_log": True,
            "kafka_cluster": {"id": "lkc-k1", "environment": "env-e1", **filler},
            "credential_identity": {"id": "sa-1", **filler},
            "environment": {"id": "env-e1", **filler},
        }
    }


# Connectors

CONNECTOR_INPUTS = {
    "environment": {"id": "env-e1"},
    "kafkaCluster": {"id": "lkc-k1"},
    "configNonsensitive": {"name": "sink one", "connector.class": "BigQueryStorageSink"},
    "configSensitive": {"keyfile": "a key file"},
}
MERGED = {
    "name": "sink one",
    "connector.class": "BigQueryStorageSink",
    "keyfile": "a key file",
}
VALIDATE = f"PUT {CONNECT}/connector-plugins/BigQueryStorageSink/config/validate"


def listed(**config: str) -> dict[str, Any]:
    return {
        "sink one": {
            "id": {"id": "lcc-c1"},
            "info": {"config": {**MERGED, "keyfile": "****************", **config}},
            "status": {"connector": {"state": "RUNNING"}},
        }
    }


def test_a_connector_is_validated_created_and_found_by_name(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    transport.answer(VALIDATE, {"error_count": 0, "configs": []})
    transport.answer(f"POST {CONNECT}/connectors", {}, status=201)
    transport.answer(f"GET {CONNECT}/connectors", listed())

    created = CONNECTOR.create(session, CONNECTOR_INPUTS)

    assert created.id == "lcc-c1"
    assert [each.body for each in transport.sent] == [
        MERGED,
        {"name": "sink one", "config": MERGED},
        None,
    ]
    assert transport.sent[2].path == f"{CONNECT}/connectors?expand=info%2Cstatus%2Cid"


def test_settings_that_do_not_validate_are_the_users_error_and_nothing_is_made(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    wrong = {"value": {"name": "project", "errors": ["is required", "is empty"]}}
    transport.answer(VALIDATE, {"error_count": 2, "configs": [wrong]})

    with pytest.raises(NotConfigurable) as refused:
        CONNECTOR.create(session, CONNECTOR_INPUTS)

    assert str(refused.value) == (
        "connector sink one was refused: project: is required; project: is empty"
    )
    assert len(transport.sent) == 1


def test_a_connector_that_fails_shows_its_trace(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    status = f"GET {CONNECT}/connectors/sink%20one/status"
    transport.answer(status, {"connector": {"state": "PROVISIONING"}})
    transport.answer(status, {"connector": {"state": "FAILED", "trace": "no right to read"}})
    assert CONNECTOR.settle is not None

    with pytest.raises(NotSettled, match="connector sink one is FAILED: no right to read"):
        CONNECTOR.settle(session, "lcc-c1", CONNECTOR_INPUTS)


def test_masked_and_internal_settings_are_no_drift(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    answer = listed(**{"cloud.provider": "gcp", "config.internal.a": "b", "tasks.max": "2"})
    transport.answer(f"GET {CONNECT}/connectors", answer)

    assert CONNECTOR.read(session, "lcc-c1", CONNECTOR_INPUTS) == {
        "configNonsensitive": {
            "name": "sink one",
            "connector.class": "BigQueryStorageSink",
            "tasks.max": "2",
        },
        "status": "RUNNING",
    }


def test_a_connector_is_changed_and_paused(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    path = f"{CONNECT}/connectors/sink%20one"
    transport.answer(f"PUT {path}/config", {})
    transport.answer(f"PUT {path}/pause", None, status=202)
    transport.answer(f"GET {path}/status", {"connector": {"state": "PAUSED"}})
    news = {**CONNECTOR_INPUTS, "configSensitive": {"keyfile": "another"}, "status": "PAUSED"}
    assert CONNECTOR.update is not None

    CONNECTOR.update(session, "lcc-c1", {**CONNECTOR_INPUTS, "status": "RUNNING"}, news)

    assert transport.sent[0].body == {**MERGED, "keyfile": "another"}
    assert transport.requests()[1:] == [f"PUT {path}/pause", f"GET {path}/status"]


def test_a_connector_cannot_be_renamed() -> None:
    news = {**CONNECTOR_INPUTS, "configNonsensitive": {"name": "other"}}

    assert CONNECTOR.forbidden_change(CONNECTOR_INPUTS, news) == (
        "a connector cannot be renamed ('sink one' to 'other'): give the resource another logical"
        " name, so that it is replaced"
    )


def test_a_connector_that_does_not_go_is_an_error(
    session: CloudSession, transport: ScriptedTransport
) -> None:
    path = f"DELETE {CONNECT}/connectors/sink%20one"
    transport.answer(path, {"error": {"code": 500, "message": "busy"}})

    with pytest.raises(NotSettled, match="connector sink one was not deleted"):
        CONNECTOR.delete(session, "lcc-c1", CONNECTOR_INPUTS)
