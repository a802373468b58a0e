"""ksqlDB clusters (API `ksqldbcm/v2`)."""

from typing import Any

from sandbox.plugins.confluentcloud.clusters import if_phase
from sandbox.plugins.confluentcloud.session import CloudSession
from sandbox.plugins.properties import Properties
from sandbox.plugins.resource import Created, ResourceType

PATH = "/ksqldbcm/v2/clusters"


def create(session: CloudSession, inputs: Properties) -> Created:
    """Ask for a ksqlDB cluster."""
    environment = inputs["environment"]["id"]
    cluster = _reference(inputs["kafkaCluster"]["id"]) | {"environment": environment}
    spec = {
        "display_name": inputs["displayName"],
        "csu": inputs["csu"],
        "use_detailed_processing_log": inputs["useDetailedProcessingLog"],
        "kafka_cluster": cluster,
        "credential_identity": _reference(inputs["credentialIdentity"]["id"]),
        "environment": _reference(environment),
    }
    return Created(session.cloud.call("POST", PATH, {"spec": spec})["id"])


def _reference(id_: str) -> dict[str, str]:
    return {"id": id_, "related": "_", "resource_name": "_"}


def _place(id_: str, state: Properties) -> str:
    return f"{PATH}/{id_}?environment={state['environment']['id']}"


def settle(session: CloudSession, id_: str, made: Properties) -> None:
    """Wait until the cluster is provisioned."""

    def look() -> Any | None:
        return if_phase(session.cloud.call("GET", _place(id_, made)), f"ksqlDB cluster {id_}")

    session.wait(f"ksqlDB cluster {id_}", look)


def read(session: CloudSession, id_: str, state: Properties) -> Properties | None:
    """Return a ksqlDB cluster's properties."""
    found = session.find(_place(id_, state))
    if found is None:
        return None
    spec, status = found["spec"], found["status"]
    return {
        "displayName": spec["display_name"],
        "csu": spec["csu"],
        "useDetailedProcessingLog": spec["use_detailed_processing_log"],
        "kafkaCluster": {"id": spec["kafka_cluster"]["id"]},
        "credentialIdentity": {"id": spec["credential_identity"]["id"]},
        "environment": {"id": spec["environment"]["id"]},
        "apiVersion": found["api_version"],
        "kind": found["kind"],
        "restEndpoint": status["http_endpoint"],
        "topicPrefix": status["topic_prefix"],
        "storage": status["storage"],
        "resourceName": found["metadata"]["resource_name"],
    }


def delete(session: CloudSession, id_: str, state: Properties) -> None:
    """Remove a ksqlDB cluster; like the published provider, does not wait for its end."""
    session.cloud.call("DELETE", _place(id_, state))


KSQL_CLUSTER: ResourceType[CloudSession] = ResourceType(
    name="confluentcloud:index/ksqlCluster:KsqlCluster",
    create=create,
    settle=settle,
    read=read,
    delete=delete,
    required=("displayName", "csu", "environment", "kafkaCluster", "credentialIdentity"),
    optional=("useDetailedProcessingLog",),
    computed=("apiVersion", "kind", "restEndpoint", "topicPrefix", "storage", "resourceName"),
    defaults={"useDetailedProcessingLog": True},
    deletes_before_replacing=True,
)
