"""Everything an organization holds, in one place; the group modules beside it hold the rules.

`Store` is what the groups share: the objects by id, new ids, the clock, and the data planes
to start and stop. Ids are drawn from the system's randomness, never from the seed: state
files describe the objects of one sandbox and must not fit those of the next by accident.
"""

import secrets
import string
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from sandbox.clock import Clock
from sandbox.confluent.state.objects import (
    ApiKey,
    Connector,
    Environment,
    KafkaCluster,
    KsqlCluster,
    RegistryCluster,
    RoleBinding,
    ServiceAccount,
)
from sandbox.confluent.state.provisioning import Provisioning

_ID_LETTERS = string.ascii_lowercase + string.digits


@dataclass(frozen=True)
class FieldProblem:
    """What is wrong with one connector setting."""

    name: str
    errors: Sequence[str]


class RunningConnector(Protocol):
    """A connector at work, as far as the control plane looks at it."""

    @property
    def state(self) -> str:
        """RUNNING, PAUSED, PROVISIONING, DEGRADED or FAILED."""

    @property
    def trace(self) -> str:
        """Why it failed; empty when it has not."""

    @property
    def tasks(self) -> Sequence[tuple[int, str, str]]:
        """Number, state and trace of each task."""

    def offsets(self) -> Sequence[Mapping[str, object]]:
        """How far it is, in the form of Connect's offsets API."""

    def caught_up(self) -> bool:
        """Tell whether it has done all there is to do: what waits for a quiet moment asks."""

    def pause(self) -> None:
        """Stop working until `resume`."""

    def resume(self) -> None:
        """Go on."""

    def reconfigure(self, config: Mapping[str, str]) -> None:
        """Go on with other settings."""

    def stop(self) -> None:
        """End it; it is never asked anything again."""


class DataPlanes(Protocol):
    """What clusters and connectors do, behind the objects: `sandbox.runtime` implements it."""

    def open_registry(self, registry: RegistryCluster) -> None:
        """A Schema Registry cluster came into being."""

    def close_registry(self, registry_id: str) -> None:
        """It went, with all subjects."""

    def start_ksqldb(self, cluster: KsqlCluster, kafka: KafkaCluster) -> None:
        """A ksqlDB cluster came into being."""

    def stop_ksqldb(self, cluster_id: str) -> None:
        """It went; its queries end, its topics stay."""

    def plugins(self) -> Sequence[str]:
        """Connector classes on offer."""

    def connector_problems(self, config: Mapping[str, str]) -> Sequence[FieldProblem]:
        """Judge a connector's settings; empty when they are good."""

    def start_connector(self, connector: Connector, kafka: KafkaCluster) -> RunningConnector:
        """Start a connector."""


@dataclass
class Store:
    """The organization's objects by id, and what the rules need besides."""

    clock: Clock
    provisioning: Provisioning
    base_url: str
    """Where this sandbox answers: what clusters advertise as their endpoints."""
    planes: DataPlanes
    organization_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    environments: dict[str, Environment] = field(default_factory=dict)
    kafka_clusters: dict[str, KafkaCluster] = field(default_factory=dict)
    registries: dict[str, RegistryCluster] = field(default_factory=dict)
    ksql_clusters: dict[str, KsqlCluster] = field(default_factory=dict)
    service_accounts: dict[str, ServiceAccount] = field(default_factory=dict)
    role_bindings: dict[str, RoleBinding] = field(default_factory=dict)
    api_keys: dict[str, ApiKey] = field(default_factory=dict)
    connectors: dict[str, Connector] = field(default_factory=dict)
    running: dict[str, RunningConnector] = field(default_factory=dict)

    @property
    def organization_crn(self) -> str:
        """The CRN that all others begin with."""
        return f"crn://confluent.cloud/organization={self.organization_id}"

    def new_id(self, prefix: str) -> str:
        """Return an id that was never given before, such as `env-x1y2z3`."""
        return f"{prefix}-{''.join(secrets.choice(_ID_LETTERS) for _ in range(6))}"

    def timestamp(self) -> str:
        """Return now as RFC 3339."""
        now = datetime.fromtimestamp(self.clock.now_ms() // 1000, tz=UTC)
        return now.isoformat().replace("+00:00", "Z")
