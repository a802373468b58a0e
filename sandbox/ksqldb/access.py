"""What the engine's own identity may do to the Kafka cluster.

Asks the `Authorizer` each time: grants come and go. Groups and transactional ids are named as
ksqlDB names them, from the cluster's topic prefix.
"""

from sandbox.ksqldb.metastore import PersistentQuery
from sandbox.topics import AccessDenied, AclOperation, Authorizer, ResourceType


class Access:
    """The grants of one ksqlDB cluster's identity."""

    def __init__(self, authorizer: Authorizer, principal: str, service_id: str) -> None:
        self._authorizer, self._principal = authorizer, principal
        self._service_id = service_id

    def require(self, operation: AclOperation, topic: str) -> None:
        """Check a right on a topic.

        Raises:
            AccessDenied: It is missing.
        """
        self._require(operation, ResourceType.TOPIC, topic)

    def may_read(self, topic: str) -> None:
        """Check that a topic may be read."""
        self.require(AclOperation.READ, topic)

    def may_create(self, topic: str) -> None:
        """Check that a topic may be made, by a right on it or on the cluster."""
        if self._allows(AclOperation.CREATE, ResourceType.CLUSTER, "kafka-cluster"):
            return
        self.require(AclOperation.CREATE, topic)

    def may_delete(self, topic: str) -> None:
        """Check that a topic may be deleted."""
        self.require(AclOperation.DELETE, topic)

    def may_run(self, query: PersistentQuery) -> None:
        """Check what a persistent query needs: its topics, its group, its transactional id."""
        for source in query.query.sources:
            self.may_read(source.source.topic)
        self.require(AclOperation.WRITE, query.sink_topic)
        group = f"_confluent-ksql-{self._service_id}query_{query.query_id}"
        self._require(AclOperation.READ, ResourceType.GROUP, group)

    def _require(self, operation: AclOperation, kind: ResourceType, name: str) -> None:
        if not self._allows(operation, kind, name):
            raise AccessDenied(self._principal, operation, kind, name)

    def _allows(self, operation: AclOperation, kind: ResourceType, name: str) -> bool:
        return self._authorizer.allows(self._principal, operation, kind, name)
