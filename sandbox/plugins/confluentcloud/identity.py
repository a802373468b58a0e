"""Service accounts, role bindings and API keys (API `iam/v2`)."""

from typing import Any
from urllib.parse import quote, unquote

from sandbox.plugins.confluentcloud import clusters, organization
from sandbox.plugins.confluentcloud.session import CloudSession
from sandbox.plugins.errors import Refused
from sandbox.plugins.http import Client
from sandbox.plugins.properties import Properties, Property
from sandbox.plugins.resource import Created, ResourceType

ACCOUNTS = "/iam/v2/service-accounts"
BINDINGS = "/iam/v2/role-bindings"
KEYS = "/iam/v2/api-keys"

NOT_YET = (401, 403)
"""What a data plane answers to a key that has not reached it."""

PROBES = 2
"""How often in a row a new Kafka key must be accepted."""


def create_account(session: CloudSession, inputs: Properties) -> Created:
    """Ask for a service account."""
    owner = inputs.get("assignedResourceOwner")
    query = f"?assigned_resource_owner={quote(owner, safe='')}" if owner else ""
    body = {"display_name": inputs["displayName"], "description": inputs.get("description", "")}
    return Created(session.cloud.call("POST", ACCOUNTS + query, body)["id"])


def read_account(session: CloudSession, id_: str, _state: Properties) -> Properties | None:
    """Return a service account's properties."""
    found = session.find(f"{ACCOUNTS}/{id_}")
    if found is None:
        return None
    return {
        "displayName": found["display_name"],
        "description": found.get("description", ""),
        "apiVersion": found["api_version"],
        "kind": found["kind"],
    }


def update_account(session: CloudSession, id_: str, olds: Properties, news: Properties) -> None:
    """Change a service account's name or description."""
    body = {
        wire: news.get(name, "")
        for name, wire in (("displayName", "display_name"), ("description", "description"))
        if olds.get(name, "") != news.get(name, "")
    }
    if body:
        session.cloud.call("PATCH", f"{ACCOUNTS}/{id_}", body)


def delete_account(session: CloudSession, id_: str, _state: Properties) -> None:
    """Remove a service account."""
    session.cloud.call("DELETE", f"{ACCOUNTS}/{id_}")


def create_binding(session: CloudSession, inputs: Properties) -> Created:
    """Grant a role."""
    body = {
        "principal": inputs["principal"],
        "role_name": inputs["roleName"],
        "crn_pattern": inputs["crnPattern"],
    }
    return Created(session.cloud.call("POST", BINDINGS, body)["id"])


def read_binding(session: CloudSession, id_: str, _state: Properties) -> Properties | None:
    """Return a role binding's properties."""
    found = session.find(f"{BINDINGS}/{id_}")
    if found is None:
        return None
    return {
        "principal": found["principal"],
        "roleName": found["role_name"],
        "crnPattern": found["crn_pattern"],
    }


def update_binding(_session: CloudSession, _id: str, _olds: Properties, _news: Properties) -> None:
    """Change nothing at the service: only `disableWaitForReady` is no replacement."""


def delete_binding(session: CloudSession, id_: str, _state: Properties) -> None:
    """Take a role away."""
    session.cloud.call("DELETE", f"{BINDINGS}/{id_}")


def create_key(session: CloudSession, inputs: Properties) -> Created:
    """Ask for an API key; its secret is told this once."""
    owner = inputs["owner"]
    spec: dict[str, Any] = {
        "display_name": inputs.get("displayName", ""),
        "description": inputs.get("description", ""),
        "owner": {"id": owner["id"], "kind": owner["kind"]},
    }
    if managed := inputs.get("managedResource"):
        spec["resource"] = {"id": managed["id"], "kind": managed["kind"]}
    made = session.cloud.call("POST", KEYS, {"spec": spec})
    return Created(made["id"], {"secret": made["spec"]["secret"]})


def settle_key(session: CloudSession, id_: str, made: Properties) -> None:
    """Wait until the key works where it can be tried: Kafka, and the management API."""
    if made.get("disableWaitForReady"):
        return
    managed = made.get("managedResource")
    if managed is None:
        cloud = session.keyed(session.cloud.address, id_, made["secret"])
        _accepted(session, id_, cloud, organization.PATH, times=1)
    elif managed["apiVersion"].startswith("cmk/"):
        cluster = managed["id"]
        query = f"?environment={managed['environment']['id']}"
        found = session.cloud.call("GET", f"{clusters.PATH}/{cluster}{query}")
        kafka = session.keyed(found["spec"]["http_endpoint"], id_, made["secret"])
        _accepted(session, id_, kafka, f"/kafka/v3/clusters/{cluster}/topics", times=PROBES)


def _accepted(session: CloudSession, id_: str, api: Client, path: str, *, times: int) -> None:
    in_a_row = 0

    def look() -> bool | None:
        nonlocal in_a_row
        try:
            api.call("GET", path)
        except Refused as refused:
            if refused.status not in NOT_YET:
                raise
            in_a_row = 0
            return None
        in_a_row += 1
        return True

    for _ in range(times):
        session.wait(f"API key {id_} to be accepted by {api.address}", look)


def read_key(session: CloudSession, id_: str, state: Properties) -> Properties | None:
    """Return an API key's properties, without its secret."""
    found = session.find(f"{KEYS}/{id_}")
    if found is None:
        return None
    spec = found["spec"]
    return {
        "displayName": spec.get("display_name", ""),
        "description": spec.get("description", ""),
        "owner": {
            "id": spec["owner"]["id"],
            "kind": spec["owner"]["kind"],
            "apiVersion": spec["owner"]["api_version"],
        },
        "managedResource": _managed(spec["resource"], state.get("managedResource")),
    }


def _managed(resource: Any, known: Properties | None) -> Properties | None:
    if resource["kind"] == "Cloud":
        return None
    managed = {
        "id": resource["id"],
        "kind": resource["kind"],
        "apiVersion": resource["api_version"],
    }
    # The service does not say in which environment the resource is.
    return managed | {"environment": known["environment"]} if known else managed


def update_key(session: CloudSession, id_: str, _olds: Properties, news: Properties) -> None:
    """Change an API key's name or description."""
    spec = {
        "display_name": news.get("displayName", ""),
        "description": news.get("description", ""),
    }
    session.cloud.call("PATCH", f"{KEYS}/{id_}", {"spec": spec})


def delete_key(session: CloudSession, id_: str, _state: Properties) -> None:
    """Revoke an API key."""
    session.cloud.call("DELETE", f"{KEYS}/{id_}")


def managed_resource(value: Property) -> Property:
    """Return a key's resource with the service's several names for one thing made one."""
    kinds = {"SchemaRegistry": "Cluster", "ksqlDB": "Cluster"}
    version = value.get("apiVersion", "").replace("srcm/v2", "srcm/v3")
    return value | {"kind": kinds.get(value["kind"], value["kind"]), "apiVersion": version}


SERVICE_ACCOUNT: ResourceType[CloudSession] = ResourceType(
    name="confluentcloud:index/serviceAccount:ServiceAccount",
    create=create_account,
    read=read_account,
    update=update_account,
    delete=delete_account,
    optional=("displayName", "description", "assignedResourceOwner"),
    computed=("apiVersion", "kind"),
    named_by="displayName",
)

ROLE_BINDING: ResourceType[CloudSession] = ResourceType(
    name="confluentcloud:index/roleBinding:RoleBinding",
    create=create_binding,
    read=read_binding,
    update=update_binding,
    delete=delete_binding,
    required=("principal", "roleName", "crnPattern"),
    optional=("disableWaitForReady",),
    replaced_by=frozenset({"principal", "roleName", "crnPattern"}),
    same={"crnPattern": unquote},
)

API_KEY: ResourceType[CloudSession] = ResourceType(
    name="confluentcloud:index/apiKey:ApiKey",
    create=create_key,
    settle=settle_key,
    read=read_key,
    update=update_key,
    delete=delete_key,
    required=("owner",),
    optional=("managedResource", "displayName", "description", "disableWaitForReady"),
    replaced_by=frozenset({"owner", "managedResource"}),
    computed=("secret",),
    named_by="displayName",
    same={"managedResource": managed_resource},
)
