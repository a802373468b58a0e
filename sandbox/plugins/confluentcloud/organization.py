"""Environments (API `org/v2`), and the functions that look them up."""

from typing import Any

from sandbox.plugins.confluentcloud.session import PAGE, CloudSession
from sandbox.plugins.errors import NotSettled
from sandbox.plugins.properties import Properties
from sandbox.plugins.resource import Created, ResourceType

PATH = "/org/v2/environments"


def create(session: CloudSession, inputs: Properties) -> Created:
    """Ask for an environment."""
    return Created(session.cloud.call("POST", PATH, _body(inputs))["id"])


def read(session: CloudSession, id_: str, _state: Properties) -> Properties | None:
    """Return an environment's properties."""
    found = session.find(f"{PATH}/{id_}")
    return None if found is None else properties(found)


def update(session: CloudSession, id_: str, olds: Properties, news: Properties) -> None:
    """Change an environment's name or governance package."""
    changed = {name: value for name, value in news.items() if olds.get(name) != value}
    session.cloud.call("PATCH", f"{PATH}/{id_}", _body(changed))


def delete(session: CloudSession, id_: str, _state: Properties) -> None:
    """Remove an environment; the service refuses while something is in it."""
    session.cloud.call("DELETE", f"{PATH}/{id_}")


def _body(inputs: Properties) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if "displayName" in inputs:
        body["display_name"] = inputs["displayName"]
    if inputs.get("streamGovernance"):
        body["stream_governance_config"] = {"package": inputs["streamGovernance"]["package"]}
    return body


def properties(found: Any) -> Properties:
    """Return an environment's properties from what the service says."""
    package = (found.get("stream_governance_config") or {}).get("package")
    return {
        "displayName": found["display_name"],
        "resourceName": found["metadata"]["resource_name"],
        "streamGovernance": {"package": package} if package else None,
    }


def get_environment(session: CloudSession, arguments: Properties) -> Properties:
    """Return the environment with the `id` or `displayName` given."""
    if "id" in arguments:
        found = session.cloud.call("GET", f"{PATH}/{arguments['id']}")
    else:
        name = arguments["displayName"]
        listed = session.cloud.call("GET", f"{PATH}?{PAGE}")["data"]
        found = only([each for each in listed if each["display_name"] == name], f"named {name!r}")
    return {"id": found["id"], **properties(found)}


def get_organization(session: CloudSession, _arguments: Properties) -> Properties:
    """Return the organization, as the name of its first environment tells it."""
    listed = session.cloud.call("GET", PATH)["data"]
    if not listed:
        raise NotSettled("the organization cannot be found: it has no environment")
    name = listed[0]["metadata"]["resource_name"].partition("/environment=")[0]
    return {"id": name.partition("organization=")[2], "resourceName": name}


def only(found: list[Any], described: str) -> Any:
    """Return the one thing in a list that must hold exactly one.

    Raises:
        NotSettled: None or several.
    """
    if len(found) != 1:
        raise NotSettled(f"expected one {described}, found {len(found)}")
    return found[0]


ENVIRONMENT: ResourceType[CloudSession] = ResourceType(
    name="confluentcloud:index/environment:Environment",
    create=create,
    read=read,
    update=update,
    delete=delete,
    optional=("displayName", "streamGovernance"),
    computed=("resourceName",),
    named_by="displayName",
)
