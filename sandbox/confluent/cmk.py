"""Handlers of `cmk/v2` and `srcm/v3`: Kafka clusters and their environment's Schema Registry."""

from starlette.requests import Request
from starlette.responses import Response

from sandbox.api import Caller, Json, Operation, Realm
from sandbox.confluent.state.cloud import Cloud
from sandbox.confluent.state.kafka_clusters import KafkaClusterSpec
from sandbox.confluent.state.objects import KafkaCluster, RegistryCluster
from sandbox.confluent.wire import Body, answer, no_content, page, required_query


class Cmk:
    """Handlers of the Kafka clusters."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def operations(self) -> tuple[Operation, ...]:
        """Return the group's operations."""
        many, one = "/cmk/v2/clusters", "/cmk/v2/clusters/{kafka_id}"
        return (
            Operation("GET", many, "listCmkV2Clusters", Realm.CLOUD, self.list),
            Operation("POST", many, "createCmkV2Cluster", Realm.CLOUD, self.create),
            Operation("GET", one, "getCmkV2Cluster", Realm.CLOUD, self.get),
            Operation("PATCH", one, "updateCmkV2Cluster", Realm.CLOUD, self.update),
            Operation("DELETE", one, "deleteCmkV2Cluster", Realm.CLOUD, self.delete),
        )

    async def list(self, request: Request, caller: Caller) -> Response:
        """Return an environment's clusters, by page."""
        environment = self._cloud.environments.get(required_query(request, "environment"))
        seen = [
            cluster
            for cluster in self._cloud.kafka_clusters.all(environment.id)
            if self._cloud.access.administers(caller.principal, cluster.rbac_crn)
        ]
        return page(request, "cmk/v2", "ClusterList", seen, self._to_wire)

    async def create(self, request: Request, caller: Caller) -> Response:
        """Create a cluster."""
        body = await Body.of(request)
        environment = self._cloud.environments.get(body.text("spec.environment.id"))
        self._cloud.access.require_admin(caller, environment.crn)
        cluster = self._cloud.kafka_clusters.create(
            KafkaClusterSpec(
                display_name=body.text("spec.display_name"),
                availability=body.text("spec.availability"),
                cloud=body.text("spec.cloud"),
                region=body.text("spec.region"),
                kind=body.text("spec.config.kind"),
                environment_id=environment.id,
                deletion_protection=body.boolean("spec.deletion_protection") or False,
            )
        )
        return answer(self._to_wire(cluster), 202)

    async def get(self, request: Request, caller: Caller) -> Response:
        """Return a cluster; each look moves its provisioning on."""
        return answer(self._to_wire(self._cluster(request, caller)))

    async def update(self, request: Request, caller: Caller) -> Response:
        """Change name, type or deletion protection."""
        cluster = self._cluster(request, caller)
        body = await Body.of(request)
        changed = self._cloud.kafka_clusters.update(
            cluster.id,
            display_name=body.optional_text("spec.display_name"),
            kind=body.optional_text("spec.config.kind"),
            deletion_protection=body.boolean("spec.deletion_protection"),
        )
        return answer(self._to_wire(changed))

    async def delete(self, request: Request, caller: Caller) -> Response:
        """Delete a cluster that nothing uses."""
        self._cloud.kafka_clusters.delete(self._cluster(request, caller).id)
        return no_content()

    def _cluster(self, request: Request, caller: Caller) -> KafkaCluster:
        cluster = self._cloud.kafka_clusters.get(
            request.path_params["kafka_id"], request.query_params.get("environment")
        )
        self._cloud.access.require_admin(caller, cluster.rbac_crn)
        return cluster

    def _to_wire(self, cluster: KafkaCluster) -> Json:
        base = self._cloud.store.base_url
        host = base.removeprefix("http://").split(":")[0]
        return {
            "api_version": "cmk/v2",
            "kind": "Cluster",
            "id": cluster.id,
            "metadata": {
                "self": f"{base}/cmk/v2/clusters/{cluster.id}",
                "resource_name": cluster.crn,
            },
            "spec": {
                "display_name": cluster.display_name,
                "availability": cluster.availability,
                "cloud": cluster.cloud,
                "region": cluster.region,
                "deletion_protection": cluster.deletion_protection,
                "config": {"kind": cluster.kind},
                "environment": {"id": cluster.environment_id},
                "http_endpoint": base,
                # Nothing listens there: the sandbox speaks no Kafka protocol.
                "kafka_bootstrap_endpoint": f"SASL_SSL://{host}:9092",
            },
            "status": {"phase": cluster.progress.observe()},
        }


class Srcm:
    """Handlers of the Schema Registry clusters."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def operations(self) -> tuple[Operation, ...]:
        """Return the group's operations."""
        many, one = "/srcm/v3/clusters", "/srcm/v3/clusters/{schema_registry_id}"
        return (
            Operation("GET", many, "listSrcmV3Clusters", Realm.CLOUD, self.list),
            Operation("GET", one, "getSrcmV3Cluster", Realm.CLOUD, self.get),
            Operation("PUT", one, "updateSrcmV3Cluster", Realm.CLOUD),
            Operation("GET", "/srcm/v2/clusters", "listSrcmV2Clusters", Realm.CLOUD),
            Operation("POST", "/srcm/v2/clusters", "createSrcmV2Cluster", Realm.CLOUD),
            Operation("GET", "/srcm/v2/regions", "listSrcmV2Regions", Realm.CLOUD),
        )

    async def list(self, request: Request, caller: Caller) -> Response:
        """Return an environment's registry, if it has one."""
        environment = self._cloud.environments.get(required_query(request, "environment"))
        self._cloud.access.require_admin(caller, environment.crn)
        found = self._cloud.registries.all(environment.id)
        return page(request, "srcm/v3", "ClusterList", found, self._to_wire)

    async def get(self, request: Request, caller: Caller) -> Response:
        """Return a registry."""
        registry = self._cloud.registries.get(
            request.path_params["schema_registry_id"], request.query_params.get("environment")
        )
        self._cloud.access.require_admin(caller, registry.crn)
        return answer(self._to_wire(registry))

    def _to_wire(self, registry: RegistryCluster) -> Json:
        base = self._cloud.store.base_url
        endpoint = f"{base}/schema-registry/{registry.id}"
        return {
            "api_version": "srcm/v3",
            "kind": "Cluster",
            "id": registry.id,
            "metadata": {
                "self": f"{base}/srcm/v3/clusters/{registry.id}",
                "resource_name": registry.crn,
            },
            "spec": {
                "display_name": "Stream Governance Package",
                "package": registry.package,
                "cloud": registry.cloud,
                "region": registry.region,
                "environment": {"id": registry.environment_id},
                "http_endpoint": endpoint,
                "catalog_http_endpoint": endpoint,
            },
            "status": {"phase": registry.progress.observe()},
        }
