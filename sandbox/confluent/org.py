"""Handlers of `org/v2`: environments."""

from starlette.requests import Request
from starlette.responses import Response

from sandbox.api import Caller, Json, Operation, Realm
from sandbox.confluent.errors import BadRequest
from sandbox.confluent.state.cloud import Cloud
from sandbox.confluent.state.objects import Environment, GovernancePackage
from sandbox.confluent.wire import Body, answer, no_content, page, visible


class Org:
    """The group's handlers."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def operations(self) -> tuple[Operation, ...]:
        """Return the group's operations."""
        many, one = "/org/v2/environments", "/org/v2/environments/{environment_id}"
        return (
            Operation("GET", many, "listOrgV2Environments", Realm.CLOUD, self.list),
            Operation("POST", many, "createOrgV2Environment", Realm.CLOUD, self.create),
            Operation("GET", one, "getOrgV2Environment", Realm.CLOUD, self.get),
            Operation("PATCH", one, "updateOrgV2Environment", Realm.CLOUD, self.update),
            Operation("DELETE", one, "deleteOrgV2Environment", Realm.CLOUD, self.delete),
            Operation("GET", "/org/v2/organizations", "listOrgV2Organizations", Realm.CLOUD),
            Operation(
                "GET",
                "/org/v2/organizations/{organization_id}",
                "getOrgV2Organization",
                Realm.CLOUD,
            ),
        )

    async def list(self, request: Request, caller: Caller) -> Response:
        """Return the environments that the caller may see, by page."""
        access = self._cloud.access
        seen = visible(
            self._cloud.environments.all(), lambda e: access.administers(caller.principal, e.crn)
        )
        return page(request, "org/v2", "EnvironmentList", seen, self._to_wire)

    async def create(self, request: Request, caller: Caller) -> Response:
        """Create an environment."""
        self._cloud.access.require_admin(caller, self._cloud.store.organization_crn)
        body = await Body.of(request)
        environment = self._cloud.environments.create(body.text("display_name"), _package(body))
        return answer(self._to_wire(environment), 201)

    async def get(self, request: Request, caller: Caller) -> Response:
        """Return an environment."""
        return answer(self._to_wire(self._environment(request, caller)))

    async def update(self, request: Request, caller: Caller) -> Response:
        """Change name or governance package."""
        environment = self._environment(request, caller)
        body = await Body.of(request)
        changed = self._cloud.environments.update(
            environment.id, body.optional_text("display_name"), _package(body)
        )
        return answer(self._to_wire(changed))

    async def delete(self, request: Request, caller: Caller) -> Response:
        """Delete an empty environment."""
        self._cloud.environments.delete(self._environment(request, caller).id)
        return no_content()

    def _environment(self, request: Request, caller: Caller) -> Environment:
        environment = self._cloud.environments.get(request.path_params["environment_id"])
        self._cloud.access.require_admin(caller, environment.crn)
        return environment

    def _to_wire(self, environment: Environment) -> Json:
        wire: dict[str, Json] = {
            "api_version": "org/v2",
            "kind": "Environment",
            "id": environment.id,
            "display_name": environment.display_name,
            "metadata": {
                "self": f"{self._cloud.store.base_url}/org/v2/environments/{environment.id}",
                "resource_name": environment.crn,
            },
        }
        if environment.package:
            wire["stream_governance_config"] = {"package": environment.package}
        return wire


def _package(body: Body) -> GovernancePackage | None:
    name = body.optional_text("stream_governance_config.package")
    if not name:
        return None
    if name not in tuple(GovernancePackage):
        raise BadRequest(
            f"stream_governance_config.package {name!r} is not one of "
            f"{', '.join(GovernancePackage)}",
            "/stream_governance_config/package",
        )
    return GovernancePackage(name)
