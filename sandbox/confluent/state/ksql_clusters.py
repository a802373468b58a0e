"""ksqlDB clusters: made in an environment that has a Schema Registry, on one Kafka cluster.

Everything about one is fixed at creation. Deleting it ends its queries and leaves its topics,
as the service does. Leaves out what it runs (`DataPlanes.start_ksqldb`).
"""

from dataclasses import dataclass

from sandbox.confluent.errors import BadRequest, Conflict, NotFound, QuotaExceeded
from sandbox.confluent.state.environments import Environments
from sandbox.confluent.state.iam import knows_identity
from sandbox.confluent.state.kafka_clusters import KafkaClusters, Registries
from sandbox.confluent.state.objects import KsqlCluster
from sandbox.confluent.state.store import Store

CSUS = (1, 2, 4, 8, 12)
MAX_CLUSTERS = 10
"""ksqlDB clusters per environment, the service's default."""


@dataclass(frozen=True)
class KsqlClusterSpec:
    """What a caller asks for."""

    display_name: str
    environment_id: str
    kafka_cluster_id: str
    csu: int
    credential_identity: str
    use_detailed_processing_log: bool = True


class KsqlClusters:
    """The organization's ksqlDB clusters."""

    def __init__(
        self,
        store: Store,
        environments: Environments,
        kafka_clusters: KafkaClusters,
        registries: Registries,
    ) -> None:
        self._store, self._environments = store, environments
        self._kafka_clusters, self._registries = kafka_clusters, registries

    def create(self, spec: KsqlClusterSpec) -> KsqlCluster:
        """Create a cluster and start it.

        Raises:
            NotFound: No such environment, or no such Kafka cluster in it.
            BadRequest: No Schema Registry, unknown account, or a size that is not offered.
            Conflict: The name is taken in this environment.
            QuotaExceeded: The environment has 10 already.
        """
        environment = self._environments.get(spec.environment_id)
        kafka = self._kafka_clusters.get(spec.kafka_cluster_id, environment.id)
        self._check(spec)
        cluster_id = self._store.new_id("lksqlc")
        cluster = KsqlCluster(
            id=cluster_id,
            environment_id=environment.id,
            kafka_cluster_id=kafka.id,
            display_name=spec.display_name,
            csu=spec.csu,
            use_detailed_processing_log=spec.use_detailed_processing_log,
            credential_identity=spec.credential_identity,
            crn=f"{kafka.rbac_crn}/ksql={spec.display_name}",
            progress=self._store.provisioning.begin(),
        )
        self._store.ksql_clusters[cluster_id] = cluster
        self._store.planes.start_ksqldb(cluster, kafka)
        return cluster

    def get(self, cluster_id: str, environment_id: str | None = None) -> KsqlCluster:
        """Return a cluster.

        Raises:
            NotFound: There is none of that id in that environment.
        """
        cluster = self._store.ksql_clusters.get(cluster_id)
        if cluster is None or environment_id not in (None, cluster.environment_id):
            raise NotFound("ksqlDB cluster", cluster_id)
        return cluster

    def all(self, environment_id: str) -> list[KsqlCluster]:
        """Return an environment's clusters, in the order of creation."""
        clusters = self._store.ksql_clusters.values()
        return [c for c in clusters if c.environment_id == environment_id]

    def delete(self, cluster_id: str) -> None:
        """Stop and delete a cluster with its API keys and the roles on it.

        Raises:
            NotFound: There is none of that id.
        """
        cluster = self.get(cluster_id)
        store = self._store
        store.planes.stop_ksqldb(cluster_id)
        del store.ksql_clusters[cluster_id]
        for key in [k for k in store.api_keys.values() if k.resource_id == cluster_id]:
            del store.api_keys[key.id]
        for binding in list(store.role_bindings.values()):
            if binding.crn_pattern == cluster.crn:
                del store.role_bindings[binding.id]

    def _check(self, spec: KsqlClusterSpec) -> None:
        if not spec.display_name.strip():
            raise BadRequest("display_name must not be empty", "/spec/display_name")
        if spec.csu not in CSUS:
            sizes = ", ".join(str(size) for size in CSUS)
            raise BadRequest(f"csu must be one of {sizes}, not {spec.csu}", "/spec/csu")
        if not knows_identity(self._store, spec.credential_identity):
            raise BadRequest(
                f"credential_identity {spec.credential_identity!r} does not exist",
                "/spec/credential_identity/id",
            )
        if not self._registries.all(spec.environment_id):
            raise BadRequest(
                f"Environment {spec.environment_id} has no Schema Registry: enable Stream "
                "Governance before creating a ksqlDB cluster",
                "/spec/environment",
            )
        siblings = self.all(spec.environment_id)
        if any(c.display_name == spec.display_name for c in siblings):
            raise Conflict(
                f"A ksqlDB cluster named {spec.display_name!r} already exists in "
                f"{spec.environment_id}"
            )
        if len(siblings) >= MAX_CLUSTERS:
            raise QuotaExceeded("ksql.limits.max_apps_per_env", MAX_CLUSTERS)
