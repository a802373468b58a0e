"""Managed connectors: kept by name per Kafka cluster, judged before they start.

The settings are kept as given; what is secret in them is masked whenever they are shown.
What a connector does, and what it demands of its settings, is behind `DataPlanes`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sandbox.confluent.errors import BadRequest, Conflict, NotEmulated, NotFound
from sandbox.confluent.state.iam import ApiKeys, knows_identity
from sandbox.confluent.state.kafka_clusters import KafkaClusters
from sandbox.confluent.state.objects import Connector
from sandbox.confluent.state.store import FieldProblem, RunningConnector, Store

MASK = "*" * 16
SECRET_NAME = re.compile(
    r"kafka\.api\.key|kafka\.api\.secret|keyfile|.*(password|secret|token)|credentials\..*"
)
"""Settings whose values are never shown: the service masks those of type PASSWORD."""

AUTH_MODES = ("SERVICE_ACCOUNT", "KAFKA_API_KEY")


class Connectors:
    """The organization's managed connectors."""

    def __init__(self, store: Store, kafka_clusters: KafkaClusters, keys: ApiKeys) -> None:
        self._store, self._kafka_clusters, self._keys = store, kafka_clusters, keys

    def problems(self, kafka_id: str, config: Mapping[str, str]) -> Sequence[FieldProblem]:
        """Judge settings, as `config/validate` does; empty when they are good.

        Raises:
            BadRequest: The connector class is not on offer.
        """
        plugin = config.get("connector.class", "")
        offered = self._store.planes.plugins()
        if config.get("confluent.connector.type", "MANAGED") != "MANAGED":
            raise NotEmulated("custom connectors")
        if plugin not in offered:
            raise BadRequest(
                f"connector.class: no connector plugin is named {plugin!r}: "
                f"this sandbox has {', '.join(offered)}"
            )
        return [
            *self._identity_problems(kafka_id, config),
            *self._store.planes.connector_problems(config),
        ]

    def create(self, kafka_id: str, name: str, config: Mapping[str, str]) -> Connector:
        """Create a connector and start it.

        Raises:
            NotFound: No such Kafka cluster.
            BadRequest: The settings are refused; the message names each field.
            Conflict: The name is taken on this cluster.
        """
        kafka = self._kafka_clusters.get(kafka_id)
        self._check_name(name, config)
        if self._find(kafka_id, name):
            raise Conflict(f"Connector {name} already exists")
        self._check(kafka_id, config)
        connector = Connector(
            self._store.new_id("lcc"), kafka.environment_id, kafka_id, name, dict(config)
        )
        self._store.running[connector.id] = self._store.planes.start_connector(connector, kafka)
        self._store.connectors[connector.id] = connector
        return connector

    def get(self, kafka_id: str, name: str) -> Connector:
        """Return a connector.

        Raises:
            NotFound: There is none of that name on this cluster.
        """
        connector = self._find(kafka_id, name)
        if connector is None:
            raise NotFound("Connector", name)
        return connector

    def all(self, kafka_id: str) -> list[Connector]:
        """Return a cluster's connectors, in the order of creation."""
        connectors = self._store.connectors.values()
        return [c for c in connectors if c.kafka_cluster_id == kafka_id]

    def work(self, connector: Connector) -> RunningConnector:
        """Return a connector's work: its state, tasks and offsets."""
        return self._store.running[connector.id]

    def update(self, kafka_id: str, name: str, config: Mapping[str, str]) -> Connector:
        """Give a connector other settings. Masked values mean: as before.

        Raises:
            NotFound: There is none of that name.
            BadRequest: The settings are refused, or would change name or class.
        """
        old = self.get(kafka_id, name)
        self._check_name(name, config)
        merged = {
            key: old.config.get(key, value) if value.startswith("**") else value
            for key, value in config.items()
        }
        if merged.get("connector.class") != old.config["connector.class"]:
            raise BadRequest(f"connector.class of {name} cannot be changed")
        self._check(kafka_id, merged)
        new = replace(old, config=merged)
        self.work(old).reconfigure(merged)
        self._store.connectors[old.id] = new
        return new

    def delete(self, kafka_id: str, name: str) -> None:
        """Stop and delete a connector; its topics stay.

        Raises:
            NotFound: There is none of that name.
        """
        connector = self.get(kafka_id, name)
        self._store.running.pop(connector.id).stop()
        del self._store.connectors[connector.id]

    def principal(self, config: Mapping[str, str]) -> str:
        """Return who a connector is, towards Kafka and Schema Registry."""
        if config.get("kafka.auth.mode") == "SERVICE_ACCOUNT":
            return f"User:{config['kafka.service.account.id']}"
        key = self._store.api_keys.get(config.get("kafka.api.key", ""))
        return key.principal if key else "User:ANONYMOUS"

    def _find(self, kafka_id: str, name: str) -> Connector | None:
        return next((c for c in self.all(kafka_id) if c.name == name), None)

    def _check_name(self, name: str, config: Mapping[str, str]) -> None:
        if not name.strip():
            raise BadRequest("name: a connector needs one")
        if config.get("name", name) != name:
            raise BadRequest(f"name: {config['name']!r} in the settings differs from {name!r}")

    def _check(self, kafka_id: str, config: Mapping[str, str]) -> None:
        problems = self.problems(kafka_id, config)
        if problems:
            texts = "; ".join(f"{p.name}: {' '.join(p.errors)}" for p in problems)
            raise BadRequest(f"Connector configuration is invalid: {texts}")

    def _identity_problems(self, kafka_id: str, config: Mapping[str, str]) -> list[FieldProblem]:
        mode = config.get("kafka.auth.mode", "KAFKA_API_KEY")
        if mode == "SERVICE_ACCOUNT":
            account = config.get("kafka.service.account.id", "")
            if knows_identity(self._store, account):
                return []
            text = f"Service account {account!r} does not exist"
            return [FieldProblem("kafka.service.account.id", [text])]
        if mode != "KAFKA_API_KEY":
            return [FieldProblem("kafka.auth.mode", [f"Must be one of {', '.join(AUTH_MODES)}"])]
        key = self._keys.holder(config.get("kafka.api.key", ""), config.get("kafka.api.secret", ""))
        if key is None or key.resource_id != kafka_id:
            text = f"The API key is not one of Kafka cluster {kafka_id}, or its secret is wrong"
            return [FieldProblem("kafka.api.key", [text])]
        return []


def masked(config: Mapping[str, str]) -> dict[str, str]:
    """Return settings fit to be shown."""
    return {name: MASK if SECRET_NAME.fullmatch(name) else value for name, value in config.items()}
