"""What the control plane's clusters and connectors do: registries, ksqlDB servers, connectors.

`RuntimePlanes` implements `sandbox.confluent.state.store.DataPlanes`. It belongs to
`sandbox.runtime` and is a module of its own for its size. Google Cloud is here as well: it is
where one of the connectors delivers. Google's and ksqlDB's modules are imported when first
needed: they would take most of the sandbox's start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from sandbox.api import Api, LazyApi
from sandbox.clock import Clock, pause_ms
from sandbox.confluent.state.access import ksqldb_principal
from sandbox.confluent.state.objects import Connector, KafkaCluster, KsqlCluster, RegistryCluster
from sandbox.confluent.state.store import FieldProblem, RunningConnector
from sandbox.inventory import Thing
from sandbox.registry.grants import SchemasOf, SubjectAccess
from sandbox.registry.routes import registry_api
from sandbox.registry.state import SchemaRegistry
from sandbox.settings import SandboxSettings

if TYPE_CHECKING:
    from sandbox.confluent.state.cloud import Cloud
    from sandbox.google import GoogleCloud
    from sandbox.ksqldb.server import KsqlServer
    from sandbox.records import KeyWindow

SETTLE_PAUSE_MS = 10
SETTLE_ROUNDS = 3000
RETENTION_EVERY_MS = 60_000
"""How often topics drop what is past their retention time, in sandbox time."""


class RuntimePlanes:
    """Every data plane of one sandbox."""

    def __init__(self, settings: SandboxSettings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self.registries: dict[str, SchemaRegistry] = {}
        self.ksqldb: dict[str, KsqlServer] = {}
        self._google: GoogleCloud | None = None

    def connect(self, cloud: Cloud) -> None:
        """Take the control plane, which is made after its planes."""
        self._cloud = cloud

    def apis(self) -> tuple[Api | LazyApi, ...]:
        """Return the APIs of the data planes."""
        google = ("/bigquery/", "/upload/", "/google/")
        return (
            registry_api(self.registries.get, self._subject_access),
            LazyApi("ksqlDB", ("/ksqldb/",), self._ksqldb_apis),
            LazyApi("Google Cloud", google, self._google_apis),
        )

    def _google_apis(self) -> tuple[Api, ...]:
        return self.google.apis()

    @property
    def google(self) -> GoogleCloud:
        """Google Cloud, made by the first who asks."""
        if self._google is None:
            from sandbox.google import GoogleCloud  # noqa: PLC0415 - see the module's docstring

            self._google = GoogleCloud(None, self._clock)
        return self._google

    def stop(self) -> None:
        """End all work."""
        for connector in self._cloud.store.running.values():
            connector.stop()
        for server in self.ksqldb.values():
            server.stop()
        if self._google:
            self._google.close()

    # -- Schema Registry -------------------------------------------------------------------

    def open_registry(self, registry: RegistryCluster) -> None:
        """Open a Schema Registry."""
        self.registries[registry.id] = SchemaRegistry(registry.id)

    def close_registry(self, registry_id: str) -> None:
        """Forget it."""
        del self.registries[registry_id]

    def schemas(self, environment_id: str) -> SchemaRegistry:
        """Return an environment's registry; an empty one where it has none."""
        found = self._cloud.registries.all(environment_id)
        return self.registries[found[0].id] if found else SchemaRegistry("none")

    def _subject_access(self, registry_id: str) -> SubjectAccess:
        access = self._cloud.access

        def may(principal: str, operation: str, subject: str) -> bool:
            return access.may_use_subject(principal, operation, registry_id, subject)

        return may

    # -- ksqlDB ----------------------------------------------------------------------------

    def _ksqldb_apis(self) -> tuple[Api, ...]:
        from sandbox.ksqldb.routes import ksqldb_api  # noqa: PLC0415 - see the module's docstring

        return (ksqldb_api(self.ksqldb.get),)

    def start_ksqldb(self, cluster: KsqlCluster, kafka: KafkaCluster) -> None:
        """Start a ksqlDB server, as the account it was given."""
        from sandbox.ksqldb.server import KsqlServer  # noqa: PLC0415 - see the module's docstring

        registry = self.schemas(cluster.environment_id)
        principal = ksqldb_principal(cluster)
        self.ksqldb[cluster.id] = KsqlServer(
            cluster.id,
            cluster.topic_prefix,
            cluster=kafka.log,
            schemas=SchemasOf(registry, principal, self._subject_access(registry.registry_id)),
            authorizer=self._cloud.authorizer(kafka.id),
            principal=principal,
            clock=self._clock,
        )

    def stop_ksqldb(self, cluster_id: str) -> None:
        """Stop it."""
        self.ksqldb.pop(cluster_id).stop()

    def key_window(self, kafka_id: str, topic: str) -> KeyWindow | None:
        """Return the windows in a topic's keys, as a ksqlDB source on it says."""
        from sandbox.records import KeyWindow  # noqa: PLC0415 - see the module's docstring

        for server in self.ksqldb.values():
            if server.cluster.cluster_id != kafka_id:
                continue
            for entry in server.metastore.entries.values():
                if entry.source.topic == topic and entry.source.window:
                    return KeyWindow(entry.source.window.size_ms)
        return None

    # -- connectors ------------------------------------------------------------------------

    def plugins(self) -> Sequence[str]:
        """Return the connector classes."""
        from sandbox.connectors.host import plugins  # noqa: PLC0415 - see the module's docstring

        return plugins()

    def connector_problems(self, config: Mapping[str, str]) -> Sequence[FieldProblem]:
        """Judge a connector's settings."""
        from sandbox.connectors.host import validate  # noqa: PLC0415 - see the module's docstring

        found = validate(config["connector.class"], config)
        return [FieldProblem(problem.name, list(problem.errors)) for problem in found]

    def start_connector(self, connector: Connector, kafka: KafkaCluster) -> RunningConnector:
        """Start a connector."""
        from sandbox.connectors.host import (  # noqa: PLC0415 - see the module's docstring
            ConnectorEnvironment,
            start,
        )

        environment = ConnectorEnvironment(
            cluster=kafka.log,
            # Managed connectors reach the registry by a key of the service's own.
            schemas=self.schemas(connector.environment_id),
            authorizer=self._cloud.authorizer(kafka.id),
            clock=self._clock,
            warehouse=self.google.warehouse,
            history_ms=int(self._settings.history.total_seconds() * 1000),
            seed=self._settings.seed,
            principal_of_key=partial(self._principal_of_key, kafka.id),
            skew=self._settings.skew,
        )
        return start(connector.id, connector.name, connector.config, environment)

    def _principal_of_key(self, kafka_id: str, key_id: str, secret: str) -> str | None:
        key = self._cloud.api_keys.holder(key_id, secret)
        return key.principal if key and key.resource_id == kafka_id else None

    # -- as a whole ------------------------------------------------------------------------

    async def settle(self) -> bool:
        """Return True once every query and connector has caught up with its topics.

        False when that has not come to pass within half a minute: something waits for ever,
        such as a query without the right to read.
        """
        for _ in range(SETTLE_ROUNDS):
            for server in list(self.ksqldb.values()):
                server.settle()
            if all(connector.caught_up() for connector in self._cloud.store.running.values()):
                return True
            await pause_ms(SETTLE_PAUSE_MS)
        return False

    def inventory(self) -> dict[str, list[Thing]]:
        """Return what there is on Google's side, by kind."""
        return self._google.inventory() if self._google else {}

    async def keep_retention(self) -> None:
        """Drop expired records now and then; never returns."""
        while True:
            await self._clock.sleep_until_ms(self._clock.now_ms() + RETENTION_EVERY_MS)
            for kafka in list(self._cloud.store.kafka_clusters.values()):
                for topic in kafka.log.topics():
                    topic.apply_retention(self._clock.now_ms())
