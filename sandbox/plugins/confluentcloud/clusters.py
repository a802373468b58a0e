"""Kafka clusters (API `cmk/v2`) and the look-up of Schema Registry clusters (`srcm/v3`)."""

from typing import Any

from sandbox.plugins.confluentcloud import organization
from sandbox.plugins.confluentcloud.session import PAGE, CloudSession
from sandbox.plugins.errors import NotConfigurable, NotSettled, Refused
from sandbox.plugins.properties import Properties, Property
from sandbox.plugins.resource import Created, ResourceType

PATH = "/cmk/v2/clusters"
REGISTRIES = "/srcm/v3/clusters"

BLOCKS = {
    "basic": "Basic",
    "standard": "Standard",
    "dedicated": "Dedicated",
    "enterprises": "Enterprise",
    "freights": "Freight",
}
"""Input that asks for a cluster type, and the service's name for the type."""

LISTS = ("enterprises", "freights")
"""Blocks that are lists in the SDK, with at most one member."""


def create(session: CloudSession, inputs: Properties) -> Created:
    """Ask for a cluster."""
    spec: dict[str, Any] = {name: inputs[name] for name in ("availability", "cloud", "region")} | {
        "display_name": inputs["displayName"],
        "config": _config(inputs),
        "environment": _reference(inputs["environment"]["id"]),
    }
    if "deletionProtection" in inputs:
        spec["deletion_protection"] = inputs["deletionProtection"]
    return Created(session.cloud.call("POST", PATH, {"spec": spec})["id"])


def _config(inputs: Properties) -> dict[str, Any]:
    chosen = [name for name in BLOCKS if name in inputs]
    if len(chosen) != 1:
        raise NotConfigurable(
            f"a KafkaCluster takes exactly one of {', '.join(BLOCKS)}; given: {chosen or 'none'}"
        )
    block = inputs[chosen[0]]
    if chosen[0] in LISTS:
        block = block[0] if block else {}
    config: dict[str, Any] = {"kind": BLOCKS[chosen[0]]}
    if "cku" in (block or {}):
        config["cku"] = block["cku"]
    if "maxEcku" in (block or {}):
        config["max_ecku"] = block["maxEcku"]
    return config


def _reference(id_: str) -> dict[str, str]:
    return {"id": id_, "related": "", "resource_name": ""}


def settle(session: CloudSession, id_: str, made: Properties) -> None:
    """Wait until the cluster, and with governance its environment's registry, are there."""
    environment = made["environment"]["id"]
    session.wait(f"Kafka cluster {id_}", lambda: _if_provisioned(session, id_, environment))
    found = session.cloud.call("GET", f"{organization.PATH}/{environment}")
    if found.get("stream_governance_config"):
        session.wait(
            f"the Schema Registry cluster of {environment}",
            lambda: _if_registry_provisioned(session, environment),
        )


def _if_provisioned(session: CloudSession, id_: str, environment: str) -> Any | None:
    found = session.cloud.call("GET", f"{PATH}/{id_}?environment={environment}")
    return if_phase(found, f"Kafka cluster {id_}")


def _if_registry_provisioned(session: CloudSession, environment: str) -> Any | None:
    listed = session.cloud.call("GET", f"{REGISTRIES}?environment={environment}&{PAGE}")["data"]
    return if_phase(listed[0], f"Schema Registry cluster of {environment}") if listed else None


def if_phase(found: Any, what: str) -> Any | None:
    """Return `found` once it is provisioned, None while it is being provisioned.

    Raises:
        NotSettled: It is in any other phase.
    """
    phase = found["status"]["phase"]
    if phase == "PROVISIONED":
        return found
    if phase == "PROVISIONING":
        return None
    detail = found["status"].get("detail") or "the service gives no reason"
    raise NotSettled(f"{what} ended in phase {phase}: {detail}")


def read(session: CloudSession, id_: str, state: Properties) -> Properties | None:
    """Return a cluster's properties."""
    found = session.find(f"{PATH}/{id_}?environment={state['environment']['id']}")
    return None if found is None else _properties(found)


def _properties(found: Any) -> Properties:
    spec, name = found["spec"], found["metadata"]["resource_name"]
    return {
        "displayName": spec["display_name"],
        "availability": spec["availability"],
        "cloud": spec["cloud"],
        "region": spec["region"],
        "deletionProtection": spec.get("deletion_protection", False),
        "environment": {"id": spec["environment"]["id"]},
        "apiVersion": found["api_version"],
        "kind": found["kind"],
        "restEndpoint": spec["http_endpoint"],
        "bootstrapEndpoint": spec["kafka_bootstrap_endpoint"],
        "rbacCrn": name.partition("/kafka=")[0],
        "endpoints": [],
        **_blocks(spec["config"]),
    }


def _blocks(config: Any) -> dict[str, Property]:
    names = {"cku": "cku", "max_ecku": "maxEcku"}
    block = {ours: config[theirs] for theirs, ours in names.items() if theirs in config}
    return {
        name: ([block] if name in LISTS else block) if kind == config["kind"] else None
        for name, kind in BLOCKS.items()
    }


def update(session: CloudSession, id_: str, olds: Properties, news: Properties) -> None:
    """Change a cluster's name, protection, or type from Basic to Standard."""
    environment = {"environment": _reference(news["environment"]["id"])}
    changes: list[dict[str, Any]] = []
    if olds.get("displayName") != news["displayName"]:
        changes.append({"display_name": news["displayName"]})
    if any(olds.get(name) != news.get(name) for name in BLOCKS):
        changes.append({"config": _config(news)})
    if (
        "deletionProtection" in news
        and olds.get("deletionProtection") != news["deletionProtection"]
    ):
        changes.append({"deletion_protection": news["deletionProtection"]})
    for change in changes:
        session.cloud.call("PATCH", f"{PATH}/{id_}", {"spec": change | environment})


def delete(session: CloudSession, id_: str, state: Properties) -> None:
    """Remove a cluster and wait until it is gone."""
    path = f"{PATH}/{id_}?environment={state['environment']['id']}"
    session.cloud.call("DELETE", path)
    session.wait(f"the end of Kafka cluster {id_}", lambda: session.find(path) is None or None)


def forbidden_change(olds: Properties, news: Properties) -> str | None:
    """Return why a cluster cannot change its type, if it cannot."""
    old = next((name for name in BLOCKS if name in olds), "")
    new = next((name for name in BLOCKS if name in news), "")
    if old == new or (old, new) == ("basic", "standard"):
        return None
    return f"a KafkaCluster cannot change from {old} to {new}, only from basic to standard"


def availability(value: Property) -> Property:
    """Return the newer name of an availability; both are in use for the same thing."""
    return {"SINGLE_ZONE": "LOW", "MULTI_ZONE": "HIGH"}.get(value, value)


def get_schema_registry_cluster(session: CloudSession, arguments: Properties) -> Properties:
    """Return the Schema Registry cluster of an environment; an error when there is none."""
    environment = arguments["environment"]["id"]
    if "id" in arguments:
        id_ = arguments["id"]
    else:
        listed = session.cloud.call("GET", f"{REGISTRIES}?environment={environment}&{PAGE}")
        name = arguments.get("displayName")
        fitting = [each for each in listed["data"] if name in (None, each["spec"]["display_name"])]
        id_ = organization.only(fitting, f"Schema Registry cluster in {environment}")["id"]
    try:
        found = session.cloud.call("GET", f"{REGISTRIES}/{id_}?environment={environment}")
    except Refused as refused:
        raise NotSettled(f"Schema Registry cluster {id_} cannot be read: {refused}") from refused
    return _registry_properties(found)


def _registry_properties(found: Any) -> Properties:
    spec = found["spec"]
    return {
        "id": found["id"],
        "apiVersion": found["api_version"],
        "kind": found["kind"],
        "displayName": spec["display_name"],
        "package": spec["package"],
        "cloud": spec["cloud"],
        "region": spec["region"],
        "environment": {"id": spec["environment"]["id"]},
        "restEndpoint": spec["http_endpoint"],
        "catalogEndpoint": spec.get("catalog_http_endpoint", spec["http_endpoint"]),
        "resourceName": found["metadata"]["resource_name"],
        "privateRestEndpoint": "",
        "privateRegionalRestEndpoints": {},
    }


KAFKA_CLUSTER: ResourceType[CloudSession] = ResourceType(
    name="confluentcloud:index/kafkaCluster:KafkaCluster",
    create=create,
    settle=settle,
    read=read,
    update=update,
    delete=delete,
    required=("availability", "cloud", "environment", "region"),
    optional=(*BLOCKS, "displayName", "deletionProtection"),
    replaced_by=frozenset({"availability", "cloud", "region", "environment"}),
    computed=("apiVersion", "kind", "restEndpoint", "bootstrapEndpoint", "rbacCrn", "endpoints"),
    named_by="displayName",
    same={"availability": availability},
    forbidden_change=forbidden_change,
)
