"""Who may do what to a cluster's topics, groups and transactions: the question, not the answer.

The control plane (`sandbox.confluent`) answers it from ACLs and role bindings; ksqlDB, the
connectors and Kafka REST ask it through `Authorizer`. Operation and resource names are
Kafka's own (`org.apache.kafka.common.acl.AclOperation`, `…resource.ResourceType`).
"""

from enum import StrEnum
from typing import Protocol


class AclOperation(StrEnum):
    """What a principal wants to do."""

    READ = "READ"
    WRITE = "WRITE"
    CREATE = "CREATE"
    DELETE = "DELETE"
    ALTER = "ALTER"
    DESCRIBE = "DESCRIBE"
    DESCRIBE_CONFIGS = "DESCRIBE_CONFIGS"
    ALTER_CONFIGS = "ALTER_CONFIGS"
    CLUSTER_ACTION = "CLUSTER_ACTION"
    IDEMPOTENT_WRITE = "IDEMPOTENT_WRITE"


class ResourceType(StrEnum):
    """What it wants to do it to."""

    TOPIC = "TOPIC"
    GROUP = "GROUP"
    CLUSTER = "CLUSTER"
    TRANSACTIONAL_ID = "TRANSACTIONAL_ID"


class Authorizer(Protocol):
    """Decides for one Kafka cluster."""

    def allows(
        self, principal: str, operation: AclOperation, resource_type: ResourceType, name: str
    ) -> bool:
        """Tell whether `principal` (`User:sa-…`) may do `operation` to the resource.

        `name` is the topic, group or transactional id; `kafka-cluster` for the cluster itself.
        Answers from the grants of this moment: ask again for each request, never cache.
        """


class AllowAll:
    """An `Authorizer` that never refuses: for statement tests and the sandbox itself."""

    def allows(
        self,
        principal: str,
        operation: AclOperation,
        resource_type: ResourceType,
        name: str,
    ) -> bool:
        """Return True."""
        return True


class AccessDenied(Exception):
    """A principal lacks a grant. The message is worded as Kafka's authorization errors."""

    def __init__(
        self, principal: str, operation: AclOperation, resource_type: ResourceType, name: str
    ) -> None:
        self.principal, self.operation = principal, operation
        self.resource_type, self.name = resource_type, name
        kind = {"TRANSACTIONAL_ID": "transactional id"}.get(resource_type, resource_type.lower())
        super().__init__(
            f"Authorization denied to {operation.capitalize()} on {kind}(s): [{name}] "
            f"for {principal}"
        )
