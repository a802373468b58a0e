"""What the control plane's clusters and connectors do: registries, ksqlDB servers, connectors.

`RuntimePlanes` implements `sandbox.confluent.state.store.DataPlanes`. It belongs to
`sandbox.runtime` and is a module of its own for its size.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sandbox.api import Api
from sandbox.clock import Clock
from sandbox.confluent.state.objects import Connector, KafkaCluster, KsqlCluster, RegistryCluster
from sandbox.confluent.state.store import FieldProblem, RunningConnector
from sandbox.registry.grants import SubjectAccess
from sandbox.registry.routes import registry_api
from sandbox.registry.state import SchemaRegistry
from sandbox.settings import SandboxSettings

if TYPE_CHECKING:
    from sandbox.confluent.state.cloud import Cloud


class RuntimePlanes:
    """Every data plane of one sandbox."""

    def __init__(self, settings: SandboxSettings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self.registries: dict[str, SchemaRegistry] = {}

    def connect(self, cloud: "Cloud") -> None:
        """Take the control plane, which is made after its planes."""
        self._cloud = cloud

    def apis(self) -> tuple[Api, ...]:
        """Return the APIs of the data planes."""
        return (registry_api(self.registries.get, self._subject_access),)

    def stop(self) -> None:
        """End all work."""

    def open_registry(self, registry: RegistryCluster) -> None:
        """Open a Schema Registry."""
        self.registries[registry.id] = SchemaRegistry(registry.id)

    def close_registry(self, registry_id: str) -> None:
        """Forget it."""
        del self.registries[registry_id]

    def start_ksqldb(self, cluster: KsqlCluster, kafka: KafkaCluster) -> None:
        """Start a ksqlDB server."""

    def stop_ksqldb(self, cluster_id: str) -> None:
        """Stop it."""

    def plugins(self) -> Sequence[str]:
        """Return the connector classes."""
        return ()

    def connector_problems(self, config: Mapping[str, str]) -> Sequence[FieldProblem]:
        """Judge a connector's settings."""
        raise NotImplementedError

    def start_connector(self, connector: Connector, kafka: KafkaCluster) -> RunningConnector:
        """Start a connector."""
        raise NotImplementedError

    def _subject_access(self, registry_id: str) -> SubjectAccess:
        access = self._cloud.access

        def may(principal: str, operation: str, subject: str) -> bool:
            return access.may_use_subject(principal, operation, registry_id, subject)

        return may
