"""A sandbox in this process for tests, and the objects that most of them start from."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import httpx

from sandbox.runtime import Runtime
from sandbox.settings import CLOUD_API_KEY, CLOUD_API_SECRET, ClockKind, SandboxSettings

CLOUD = (CLOUD_API_KEY, CLOUD_API_SECRET)
Key = tuple[str, str]


T = TypeVar("T")


class Calls(ABC):
    """Calls to a sandbox, wherever it is."""

    @abstractmethod
    def call(self, method: str, path: str, auth: Key | None = CLOUD, **more: Any) -> httpx.Response:
        """Return the answer to a call."""

    def ok(self, method: str, path: str, body: Any = None, auth: Key | None = CLOUD) -> Any:
        """Return the JSON of a call that must succeed; None for an empty answer."""
        answer = self.call(method, path, auth, json=body)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return json.loads(answer.text) if answer.text else None

    def refusal(self, method: str, path: str, body: Any = None, auth: Key | None = CLOUD) -> Any:
        """Return status and text of a call that the management API must refuse."""
        answer = self.call(method, path, auth, json=body)
        assert answer.status_code >= 400, f"{method} {path} succeeded: {answer.text}"
        return answer.status_code, answer.json()["errors"][0]["detail"]


class Sandbox(Calls):
    """A sandbox without a port, called through its ASGI application, on a loop of its own."""

    def __init__(self, **settings: Any) -> None:
        given = {"clock": ClockKind.MANUAL, **settings}
        self._runner = asyncio.Runner()
        self.runtime = self.run(self._made(SandboxSettings(**given)))
        transport = httpx.ASGITransport(self.runtime.application)
        base_url = self.runtime.settings.base_url
        self._http = httpx.AsyncClient(transport=transport, base_url=base_url, timeout=10)

    async def _made(self, settings: SandboxSettings) -> Runtime:
        return Runtime(settings)

    def run(self, work: Awaitable[T]) -> T:
        """Return what `work` returns, run on the sandbox's loop."""

        async def awaited() -> T:
            return await work

        return self._runner.run(awaited())

    def close(self) -> None:
        """Stop everything."""

        async def stopped() -> None:
            self.runtime.stop()
            await self._http.aclose()

        self.run(stopped())
        self._runner.close()

    def call(self, method: str, path: str, auth: Key | None = CLOUD, **more: Any) -> httpx.Response:
        """Return the answer to a call."""
        return self.run(self._http.request(method, path, auth=auth, **more))


class ServedSandbox(Calls):
    """A sandbox behind a port."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=10)

    def call(self, method: str, path: str, auth: Key | None = CLOUD, **more: Any) -> httpx.Response:
        """Return the answer to a call."""
        return self.http.request(method, path, auth=auth, **more)


S = TypeVar("S", bound=Calls)


@dataclass(frozen=True)
class WorkshopOf(Generic[S]):
    """An environment with a registry, a Basic cluster, and an admin account with its keys."""

    sandbox: S
    environment_id: str
    kafka_id: str
    rbac_crn: str
    registry_id: str
    registry_crn: str
    admin: str
    kafka_key: Key
    registry_key: Key

    def account(self, name: str) -> str:
        """Return the id of a new service account without rights."""
        body = {"display_name": name, "description": ""}
        account_id: str = self.sandbox.ok("POST", "/iam/v2/service-accounts", body)["id"]
        return account_id

    def key(self, owner: str, resource: str | None) -> Key:
        """Return a new API key."""
        return issue_key(self.sandbox, owner, resource)

    def grant(self, account: str, role: str, crn: str) -> None:
        """Give an account a role."""
        bind_role(self.sandbox, account, role, crn)

    @property
    def kafka(self) -> str:
        """The path of the Kafka cluster."""
        return f"/kafka/v3/clusters/{self.kafka_id}"

    @property
    def registry(self) -> str:
        """The path of the Schema Registry."""
        return f"/schema-registry/{self.registry_id}"


Workshop = WorkshopOf[Sandbox]
"""The usual one, in this process."""


def issue_key(sandbox: Calls, owner: str, resource: str | None) -> Key:
    spec: dict[str, Any] = {"display_name": "", "description": "", "owner": {"id": owner}}
    if resource:
        spec["resource"] = {"id": resource}
    key = sandbox.ok("POST", "/iam/v2/api-keys", {"spec": spec})
    return key["id"], key["spec"]["secret"]


def bind_role(sandbox: Calls, account: str, role: str, crn: str) -> None:
    body = {"principal": f"User:{account}", "role_name": role, "crn_pattern": crn}
    sandbox.ok("POST", "/iam/v2/role-bindings", body)


def make_environment(sandbox: Calls, name: str = "workshop", package: str = "ESSENTIALS") -> str:
    body = {"display_name": name, "stream_governance_config": {"package": package}}
    environment_id: str = sandbox.ok("POST", "/org/v2/environments", body)["id"]
    return environment_id


def cluster_spec(environment_id: str, name: str = "cluster", **changes: Any) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "availability": "SINGLE_ZONE",
        "cloud": "GCP",
        "region": "australia-southeast1",
        "display_name": name,
        "config": {"kind": "Basic"},
        "environment": {"id": environment_id, "related": "", "resource_name": ""},
    }
    return {"spec": {**spec, **changes}}


def make_workshop(sandbox: S) -> WorkshopOf[S]:
    environment_id = make_environment(sandbox)
    kafka = sandbox.ok("POST", "/cmk/v2/clusters", cluster_spec(environment_id))
    [registry] = sandbox.ok("GET", f"/srcm/v3/clusters?environment={environment_id}")["data"]
    account = {"display_name": "admin", "description": ""}
    admin = sandbox.ok("POST", "/iam/v2/service-accounts", account)["id"]
    rbac_crn = kafka["metadata"]["resource_name"].split("/kafka=")[0]
    registry_crn = registry["metadata"]["resource_name"]
    bind_role(sandbox, admin, "CloudClusterAdmin", rbac_crn)
    bind_role(sandbox, admin, "ResourceOwner", f"{registry_crn}/subject=*")
    return WorkshopOf(
        sandbox,
        environment_id,
        kafka["id"],
        rbac_crn,
        registry["id"],
        registry_crn,
        admin,
        issue_key(sandbox, admin, kafka["id"]),
        issue_key(sandbox, admin, registry["id"]),
    )
