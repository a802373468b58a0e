"""Projects over HTTP: Cloud Resource Manager v1 (get, policies) and Service Usage v1beta1."""

import re
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.api import Api, Caller, Json, Operation, Realm
from sandbox.google.bodies import json_object
from sandbox.google.errors import Invalid, error_body
from sandbox.google.identity import Identities, Policy, check_project, project_number
from sandbox.google.rights import Rights
from sandbox.google.shapes import POLICY, SERVICE_IDS

PROJECTS = "/google/cloudresourcemanager/v1/projects"
PROJECT = PROJECTS + "/{project}"
SERVICES = "/google/serviceusage/v1beta1/projects/{project}/services"
SERVICE = SERVICES + "/{service}"
ROLE = re.compile(r"(?:roles|(?:projects|organizations)/[^/]+/roles)/[\w.]+")
MEMBER = re.compile(r"allUsers|allAuthenticatedUsers|(?:deleted:)?\w+:\S+|principal(?:Set)?://\S+")
CREATED = "2020-01-01T00:00:00.000Z"
"""When every project was created: they are not made here."""


@dataclass(frozen=True)
class ProjectsApi:
    """Projects, their policies and their services."""

    identities: Identities
    rights: Rights

    def apis(self) -> tuple[Api, ...]:
        """Return both APIs."""
        google, manager = Realm.GOOGLE, "cloudresourcemanager.projects"
        usage = "serviceusage.services"
        projects = (
            Operation("GET", PROJECT, f"{manager}.get", google, self.get),
            Operation(
                "POST", PROJECT + ":getIamPolicy", f"{manager}.getIamPolicy", google, self.policy
            ),
            Operation(
                "POST",
                PROJECT + ":setIamPolicy",
                f"{manager}.setIamPolicy",
                google,
                self.set_policy,
            ),
            Operation("POST", PROJECTS, f"{manager}.create", google),
            Operation("GET", PROJECTS, f"{manager}.list", google),
            Operation("DELETE", PROJECT, f"{manager}.delete", google),
        )
        services = (
            Operation("GET", SERVICES, f"{usage}.list", google, self.list_services),
            Operation("GET", SERVICE, f"{usage}.get", google, self.get_service),
            Operation("POST", SERVICE + ":enable", f"{usage}.enable", google, self.enable),
            Operation("POST", SERVICE + ":disable", f"{usage}.disable", google, self.disable),
            Operation(
                "POST", SERVICES + ":batchEnable", f"{usage}.batchEnable", google, self.batch_enable
            ),
            Operation(
                "GET",
                "/google/serviceusage/v1beta1/operations/{operation}",
                "serviceusage.operations.get",
                google,
                _done,
            ),
        )
        manager_prefix = "/google/cloudresourcemanager/v1"
        return (
            Api("Cloud Resource Manager v1", (manager_prefix,), projects, error_body),
            Api("Service Usage v1beta1", ("/google/serviceusage/v1beta1",), services, error_body),
        )

    async def get(self, request: Request, _caller: Caller) -> Response:
        """Return a project."""
        project = request.path_params["project"]
        check_project(project)
        return JSONResponse(
            {
                "projectNumber": project_number(project),
                "projectId": project,
                "lifecycleState": "ACTIVE",
                "name": project,
                "createTime": CREATED,
            }
        )

    async def policy(self, request: Request, caller: Caller) -> Response:
        """Return a project's policy."""
        project = self._require(request, caller, "resourcemanager.projects")
        return JSONResponse(_policy_resource(self.identities.policy(project)))

    async def set_policy(self, request: Request, caller: Caller) -> Response:
        """Replace a project's policy."""
        project = self._require(request, caller, "resourcemanager.projects")
        given = (await json_object(request, POLICY)).get("policy")
        if not isinstance(given, dict) or not isinstance(given.get("bindings", []), list):
            raise Invalid("Invalid policy: must be an object with a list of bindings")
        bindings = given.get("bindings") or []
        for binding in bindings:
            _check_binding(binding)
        policy = self.identities.set_policy(project, bindings, given.get("etag") or None)
        return JSONResponse(_policy_resource(policy))

    async def list_services(self, request: Request, caller: Caller) -> Response:
        """List the enabled services."""
        project = self._require(request, caller, "serviceusage.services")
        names = sorted(self.identities.services(project))
        return JSONResponse({"services": [_service(project, name, on=True) for name in names]})

    async def get_service(self, request: Request, caller: Caller) -> Response:
        """Return a service with its state."""
        project = self._require(request, caller, "serviceusage.services")
        name = request.path_params["service"]
        enabled = name in self.identities.services(project)
        return JSONResponse(_service(project, name, on=enabled))

    async def enable(self, request: Request, caller: Caller) -> Response:
        """Enable a service; the operation is done at once."""
        return self._enable(self._require(request, caller, "serviceusage.services"), [
            request.path_params["service"]
        ])  # fmt: skip

    async def batch_enable(self, request: Request, caller: Caller) -> Response:
        """Enable several services."""
        project = self._require(request, caller, "serviceusage.services")
        names = (await json_object(request, SERVICE_IDS)).get("serviceIds")
        if not isinstance(names, list) or not names:
            raise Invalid("Invalid value for serviceIds: must be a list of names")
        return self._enable(project, [str(name) for name in names])

    async def disable(self, request: Request, caller: Caller) -> Response:
        """Disable a service; the sandbox goes on serving it."""
        project = self._require(request, caller, "serviceusage.services")
        name = request.path_params["service"]
        self.identities.services(project).discard(name)
        service = _service(project, name, on=False)
        return JSONResponse(_operation({"service": service}))

    def _enable(self, project: str, names: list[str]) -> Response:
        for name in names:
            if not name.endswith(".googleapis.com"):
                raise Invalid(f"Not found or permission denied for service(s): {name}")
        self.identities.services(project).update(names)
        services = [_service(project, name, on=True) for name in names]
        return JSONResponse(_operation({"service": services[0], "services": services}))

    def _require(self, request: Request, caller: Caller, permission: str) -> str:
        project = str(request.path_params["project"])
        self.rights.require_in_project(caller.principal, project, permission)
        return project


async def _done(request: Request, _caller: Caller) -> Response:
    name = f"operations/{request.path_params['operation']}"
    return JSONResponse({"name": name, "done": True, "response": {}})


def _operation(response: Json) -> Json:
    return {"name": "operations/acat.p2-sandbox", "done": True, "response": response}


def _service(project: str, name: str, *, on: bool) -> Json:
    return {
        "name": f"projects/{project_number(project)}/services/{name}",
        "parent": f"projects/{project_number(project)}",
        "config": {"name": name},
        "state": "ENABLED" if on else "DISABLED",
    }


def _policy_resource(policy: Policy) -> Json:
    return {"version": 1, "etag": policy.etag, "bindings": policy.bindings}


def _check_binding(binding: Json) -> None:
    """Raise `GoogleError` 400 for a role or a member that could not exist."""
    role, members = str(binding.get("role") or ""), binding.get("members") or []
    if not ROLE.fullmatch(role):
        raise Invalid(f"Role {role:.80} is not supported for this resource.")
    for member in members:
        if not MEMBER.fullmatch(member):
            raise Invalid(
                f"Invalid member {member:.80}: must begin with its type, such as user: or "
                "serviceAccount:"
            )
