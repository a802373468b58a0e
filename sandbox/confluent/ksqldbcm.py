"""Handlers of `ksqldbcm/v2`: ksqlDB clusters."""

from starlette.requests import Request
from starlette.responses import Response

from sandbox.api import Caller, Json, Operation, Realm
from sandbox.confluent.state.cloud import Cloud
from sandbox.confluent.state.ksql_clusters import KsqlClusterSpec
from sandbox.confluent.state.objects import KsqlCluster
from sandbox.confluent.wire import Body, answer, no_content, page, required_query

STORAGE_GB = 125
"""What the service gives each cluster; shown only."""


class Ksqldbcm:
    """The group's handlers."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def operations(self) -> tuple[Operation, ...]:
        """Return the group's operations."""
        many, one = "/ksqldbcm/v2/clusters", "/ksqldbcm/v2/clusters/{cluster_id}"
        return (
            Operation("GET", many, "listKsqldbcmV2Clusters", Realm.CLOUD, self.list),
            Operation("POST", many, "createKsqldbcmV2Cluster", Realm.CLOUD, self.create),
            Operation("GET", one, "getKsqldbcmV2Cluster", Realm.CLOUD, self.get),
            Operation("DELETE", one, "deleteKsqldbcmV2Cluster", Realm.CLOUD, self.delete),
        )

    async def list(self, request: Request, caller: Caller) -> Response:
        """Return an environment's clusters, by page."""
        environment = self._cloud.environments.get(required_query(request, "environment"))
        seen = [
            cluster
            for cluster in self._cloud.ksql_clusters.all(environment.id)
            if self._cloud.access.administers(caller.principal, cluster.crn)
        ]
        return page(request, "ksqldbcm/v2", "ClusterList", seen, self._to_wire)

    async def create(self, request: Request, caller: Caller) -> Response:
        """Create a cluster."""
        body = await Body.of(request)
        kafka = self._cloud.kafka_clusters.get(
            body.text("spec.kafka_cluster.id"), body.text("spec.environment.id")
        )
        self._cloud.access.require_admin(caller, kafka.rbac_crn)
        detailed = body.boolean("spec.use_detailed_processing_log")
        cluster = self._cloud.ksql_clusters.create(
            KsqlClusterSpec(
                display_name=body.text("spec.display_name"),
                environment_id=kafka.environment_id,
                kafka_cluster_id=kafka.id,
                csu=body.integer("spec.csu"),
                credential_identity=body.text("spec.credential_identity.id"),
                use_detailed_processing_log=True if detailed is None else detailed,
            )
        )
        return answer(self._to_wire(cluster), 202)

    async def get(self, request: Request, caller: Caller) -> Response:
        """Return a cluster; each look moves its provisioning on."""
        return answer(self._to_wire(self._cluster(request, caller)))

    async def delete(self, request: Request, caller: Caller) -> Response:
        """Delete a cluster; its topics stay."""
        self._cloud.ksql_clusters.delete(self._cluster(request, caller).id)
        return no_content()

    def _cluster(self, request: Request, caller: Caller) -> KsqlCluster:
        cluster = self._cloud.ksql_clusters.get(
            request.path_params["cluster_id"], request.query_params.get("environment")
        )
        self._cloud.access.require_admin(caller, cluster.crn)
        return cluster

    def _to_wire(self, cluster: KsqlCluster) -> Json:
        base = self._cloud.store.base_url
        environment = {"id": cluster.environment_id}
        return {
            "api_version": "ksqldbcm/v2",
            "kind": "Cluster",
            "id": cluster.id,
            "metadata": {
                "self": f"{base}/ksqldbcm/v2/clusters/{cluster.id}",
                "resource_name": cluster.crn,
            },
            "spec": {
                "display_name": cluster.display_name,
                "csu": cluster.csu,
                "use_detailed_processing_log": cluster.use_detailed_processing_log,
                "kafka_cluster": {
                    "id": cluster.kafka_cluster_id,
                    "environment": cluster.environment_id,
                },
                "credential_identity": {"id": cluster.credential_identity},
                "environment": environment,
            },
            "status": {
                "phase": cluster.progress.observe(),
                "is_paused": False,
                "storage": STORAGE_GB,
                "topic_prefix": cluster.topic_prefix,
                "http_endpoint": f"{base}/ksqldb/{cluster.id}",
            },
        }
