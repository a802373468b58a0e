"""Kafka clusters, and the Schema Registry cluster that an environment's first one brings.

Basic and Standard clusters of one zone or several; dedicated, Enterprise and Freight ones
are refused by name. A cluster takes its topics, ACLs and API keys with it when deleted, but
not its connectors or ksqlDB clusters: those must go first.
"""

from dataclasses import dataclass, replace

from sandbox.confluent.errors import BadRequest, Conflict, NotEmulated, NotFound, QuotaExceeded
from sandbox.confluent.state.acls import Acls
from sandbox.confluent.state.environments import Environments
from sandbox.confluent.state.objects import ClusterKind, Environment, KafkaCluster, RegistryCluster
from sandbox.confluent.state.provisioning import Phase
from sandbox.confluent.state.store import Store
from sandbox.topics import Cluster

AVAILABILITIES = ("SINGLE_ZONE", "MULTI_ZONE", "LOW", "HIGH")
CLOUDS = ("AWS", "AZURE", "GCP")
KINDS_NOT_EMULATED = ("Dedicated", "Enterprise", "Freight")
MAX_CLUSTERS = 20
"""Kafka clusters per environment, the service's default."""


@dataclass(frozen=True)
class KafkaClusterSpec:
    """What a caller asks for."""

    display_name: str
    availability: str
    cloud: str
    region: str
    kind: str
    environment_id: str
    deletion_protection: bool = False


class KafkaClusters:
    """The organization's Kafka clusters."""

    def __init__(self, store: Store, environments: Environments) -> None:
        self._store, self._environments = store, environments

    def create(self, spec: KafkaClusterSpec) -> KafkaCluster:
        """Create a cluster; the first of a governed environment brings its Schema Registry.

        Raises:
            NotFound: No such environment.
            BadRequest: A value is not one of those allowed.
            NotEmulated: A cluster type that this sandbox lacks.
            Conflict: The name is taken in this environment.
            QuotaExceeded: The environment has 20 already.
        """
        environment = self._environments.get(spec.environment_id)
        kind = _checked_kind(spec)
        self._check_name(spec.environment_id, spec.display_name)
        siblings = self.all(spec.environment_id)
        if len(siblings) >= MAX_CLUSTERS:
            raise QuotaExceeded("kafka.max_kafka_clusters.per_environment", MAX_CLUSTERS)
        cluster_id = self._store.new_id("lkc")
        cluster = KafkaCluster(
            id=cluster_id,
            environment_id=environment.id,
            display_name=spec.display_name,
            availability=spec.availability,
            cloud=spec.cloud,
            region=spec.region,
            kind=kind,
            deletion_protection=spec.deletion_protection,
            crn=f"{environment.crn}/cloud-cluster={cluster_id}/kafka={cluster_id}",
            progress=self._store.provisioning.begin(),
            log=Cluster(cluster_id),
            acls=Acls(),
        )
        self._store.kafka_clusters[cluster_id] = cluster
        self._open_registry(environment, cluster)
        return cluster

    def get(self, cluster_id: str, environment_id: str | None = None) -> KafkaCluster:
        """Return a cluster.

        Raises:
            NotFound: There is none of that id in that environment.
        """
        cluster = self._store.kafka_clusters.get(cluster_id)
        if cluster is None or environment_id not in (None, cluster.environment_id):
            raise NotFound("Kafka cluster", cluster_id)
        return cluster

    def all(self, environment_id: str) -> list[KafkaCluster]:
        """Return an environment's clusters, in the order of creation."""
        clusters = self._store.kafka_clusters.values()
        return [c for c in clusters if c.environment_id == environment_id]

    def update(
        self,
        cluster_id: str,
        *,
        display_name: str | None = None,
        kind: str | None = None,
        deletion_protection: bool | None = None,
    ) -> KafkaCluster:
        """Change a cluster; None leaves a setting as it is.

        Raises:
            NotFound: There is none of that id.
            BadRequest: A type change other than Basic to Standard.
            Conflict: The name is taken in this environment.
        """
        old = self.get(cluster_id)
        if display_name is not None and display_name != old.display_name:
            self._check_name(old.environment_id, display_name)
        if kind is not None and (old.kind, kind) == (ClusterKind.STANDARD, ClusterKind.BASIC):
            raise BadRequest("A Standard cluster cannot become Basic", "/spec/config/kind")
        if kind is not None and kind not in tuple(ClusterKind):
            raise BadRequest(f"A {old.kind} cluster cannot become {kind}", "/spec/config/kind")
        protected = old.deletion_protection if deletion_protection is None else deletion_protection
        new = replace(
            old,
            display_name=display_name or old.display_name,
            kind=ClusterKind(kind or old.kind),
            deletion_protection=protected,
        )
        self._store.kafka_clusters[cluster_id] = new
        return new

    def delete(self, cluster_id: str, environment_id: str | None = None) -> None:
        """Delete a cluster with its topics, ACLs and API keys.

        Raises:
            NotFound: There is none of that id.
            Conflict: It is protected, or still has connectors or a ksqlDB cluster.
        """
        cluster = self.get(cluster_id, environment_id)
        if cluster.deletion_protection:
            raise Conflict(f"Kafka cluster {cluster_id} has deletion protection: turn it off first")
        store = self._store
        connectors = store.connectors.values()
        ksql_clusters = store.ksql_clusters.values()
        tenants = [
            *(f"{c.id} ({c.name})" for c in connectors if c.kafka_cluster_id == cluster_id),
            *(
                f"{k.id} ({k.display_name})"
                for k in ksql_clusters
                if k.kafka_cluster_id == cluster_id
            ),
        ]
        if tenants:
            raise Conflict(f"Kafka cluster {cluster_id} is in use by {', '.join(tenants)}")
        del store.kafka_clusters[cluster_id]
        for topic in list(cluster.log.topics()):
            cluster.log.delete(topic.name)
        self._forget_access(cluster)

    def _forget_access(self, cluster: KafkaCluster) -> None:
        store = self._store
        for key in [k for k in store.api_keys.values() if k.resource_id == cluster.id]:
            del store.api_keys[key.id]
        for binding in list(store.role_bindings.values()):
            if binding.crn_pattern.startswith(cluster.rbac_crn):
                del store.role_bindings[binding.id]

    def _open_registry(self, environment: Environment, cluster: KafkaCluster) -> None:
        registries = self._store.registries.values()
        if environment.package is None or any(
            r.environment_id == environment.id for r in registries
        ):
            return
        registry_id = self._store.new_id("lsrc")
        registry = RegistryCluster(
            id=registry_id,
            environment_id=environment.id,
            package=environment.package,
            cloud=cluster.cloud,
            region=cluster.region,
            crn=f"{environment.crn}/schema-registry={registry_id}",
            progress=self._store.provisioning.begin(),
        )
        self._store.registries[registry_id] = registry
        self._store.planes.open_registry(registry)

    def _check_name(self, environment_id: str, display_name: str) -> None:
        if not display_name.strip():
            raise BadRequest("display_name must not be empty", "/spec/display_name")
        if any(c.display_name == display_name for c in self.all(environment_id)):
            raise Conflict(
                f"A Kafka cluster named {display_name!r} already exists in {environment_id}"
            )


class Registries:
    """The environments' Schema Registry clusters: made with the first Kafka cluster."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, registry_id: str, environment_id: str | None = None) -> RegistryCluster:
        """Return a registry.

        Raises:
            NotFound: There is none of that id in that environment.
        """
        registry = self._store.registries.get(registry_id)
        if registry is None or environment_id not in (None, registry.environment_id):
            raise NotFound("Schema Registry cluster", registry_id)
        return registry

    def all(self, environment_id: str) -> list[RegistryCluster]:
        """Return an environment's registries: none or one."""
        registries = self._store.registries.values()
        return [r for r in registries if r.environment_id == environment_id]


def is_ready(cluster: KafkaCluster | RegistryCluster) -> bool:
    """Tell whether a look at the cluster shows it provisioned."""
    return cluster.progress.observe() is Phase.PROVISIONED


def _checked_kind(spec: KafkaClusterSpec) -> ClusterKind:
    if spec.availability not in AVAILABILITIES:
        raise _not_one_of("availability", spec.availability, AVAILABILITIES)
    if spec.cloud not in CLOUDS:
        raise _not_one_of("cloud", spec.cloud, CLOUDS)
    if not spec.region:
        raise BadRequest("region must not be empty", "/spec/region")
    if spec.kind in KINDS_NOT_EMULATED:
        raise NotEmulated(f"Kafka clusters of type {spec.kind}")
    if spec.kind not in tuple(ClusterKind):
        raise _not_one_of("config/kind", spec.kind, tuple(ClusterKind))
    if spec.kind == ClusterKind.BASIC and spec.availability in ("MULTI_ZONE", "HIGH"):
        # Basic clusters live in one zone (since 2024 some regions offer more: not this one).
        raise BadRequest("A Basic cluster must be SINGLE_ZONE (LOW)", "/spec/availability")
    return ClusterKind(spec.kind)


def _not_one_of(field: str, value: str, allowed: tuple[str, ...]) -> BadRequest:
    return BadRequest(f"{field} {value!r} is not one of {', '.join(allowed)}", f"/spec/{field}")
