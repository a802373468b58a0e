"""Roles on a project (Resource Manager) and a project's enabled APIs (Service Usage)."""

import threading
from collections.abc import Callable
from typing import Any

from sandbox.plugins.errors import NotSettled
from sandbox.plugins.gcp.session import GoogleSession
from sandbox.plugins.properties import Properties
from sandbox.plugins.resource import Created, ResourceType

POLICY_OPTIONS = {"options": {"requestedPolicyVersion": 3}}
POLICY_MASK = "bindings,etag,auditConfigs"

_changing_policy = threading.Lock()
"""A policy is read, changed and written back: one at a time, or bindings get lost."""


def _policy_path(state: Properties) -> str:
    return f"/projects/{state['project']}"


def _policy(session: GoogleSession, state: Properties) -> Any:
    path = f"{_policy_path(state)}:getIamPolicy"
    return session.api("projects").call("POST", path, POLICY_OPTIONS)


def _members(policy: Any, role: str) -> list[str]:
    return [
        member
        for binding in policy.get("bindings", [])
        if binding["role"] == role and not binding.get("condition")
        for member in binding["members"]
    ]


def _change(
    session: GoogleSession, state: Properties, change: Callable[[list[str]], list[str]]
) -> None:
    with _changing_policy:
        policy, role = _policy(session, state), state["role"]
        members = change(_members(policy, role))
        others = [
            binding
            for binding in policy.get("bindings", [])
            if binding["role"] != role or binding.get("condition")
        ]
        bindings = [*others, {"role": role, "members": members}] if members else others
        body = {"policy": policy | {"bindings": bindings}, "updateMask": POLICY_MASK}
        session.api("projects").call("POST", f"{_policy_path(state)}:setIamPolicy", body)


def create_member(session: GoogleSession, inputs: Properties) -> Created:
    """Give a member a role on a project."""
    member = inputs["member"]
    _change(session, inputs, lambda members: sorted({*members, member}))
    return Created(f"{inputs['project']}/{inputs['role']}/{member}")


def read_member(session: GoogleSession, _id: str, state: Properties) -> Properties | None:
    """Return a member's role on a project, which is as it was or gone."""
    policy = _policy(session, state)
    if state["member"] not in _members(policy, state["role"]):
        return None
    return {"etag": policy.get("etag")}


def delete_member(session: GoogleSession, _id: str, state: Properties) -> None:
    """Take a member's role on a project away."""
    member = state["member"]
    _change(session, state, lambda members: [each for each in members if each != member])


def _service_path(session: GoogleSession, state: Properties) -> str:
    return f"/projects/{session.project_of(state)}/services/{state['service']}"


def create_service(session: GoogleSession, inputs: Properties) -> Created:
    """Enable an API for a project."""
    path = _service_path(session, inputs)
    operation = session.api("services").call("POST", f"{path}:enable", {})
    _finish(session, operation)
    return Created(f"{session.project_of(inputs)}/{inputs['service']}")


def _finish(session: GoogleSession, operation: Any) -> None:
    if operation.get("done") or "name" not in operation:
        return
    name = operation["name"]

    def look() -> Any | None:
        found = session.api("services").call("GET", f"/{name}")
        return found if found.get("done") else None

    finished = session.wait(f"operation {name}", look)
    if error := finished.get("error"):
        raise NotSettled(f"operation {name} failed: {error.get('message')}")


def read_service(session: GoogleSession, _id: str, state: Properties) -> Properties | None:
    """Return an enabled API's properties; one that is disabled counts as gone."""
    found = session.api("services").find(_service_path(session, state))
    if found is None or found.get("state") != "ENABLED":
        return None
    return {"project": session.project_of(state)}


def update_service(_session: GoogleSession, _id: str, _olds: Properties, _news: Properties) -> None:
    """Change nothing at the service: what may change only matters when it is deleted."""


def delete_service(session: GoogleSession, _id: str, state: Properties) -> None:
    """Disable an API, if the program says so; others of the project may need it."""
    if not state.get("disableOnDestroy"):
        return
    body = {"disableDependentServices": state.get("disableDependentServices", False)}
    path = f"{_service_path(session, state)}:disable"
    _finish(session, session.api("services").call("POST", path, body))


IAM_MEMBER: ResourceType[GoogleSession] = ResourceType(
    name="gcp:projects/iAMMember:IAMMember",
    create=create_member,
    read=read_member,
    delete=delete_member,
    required=("project", "role", "member"),
    computed=("etag",),
)

SERVICE: ResourceType[GoogleSession] = ResourceType(
    name="gcp:projects/service:Service",
    create=create_service,
    read=read_service,
    update=update_service,
    delete=delete_service,
    required=("service",),
    optional=(
        "project",
        "disableOnDestroy",
        "disableDependentServices",
        "checkIfServiceHasUsageOnDestroy",
        "deletionPolicy",
    ),
    replaced_by=frozenset({"service", "project"}),
)
