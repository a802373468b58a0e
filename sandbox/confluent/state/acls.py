"""The ACLs of one Kafka cluster: what they say, how a filter finds them, whom they let through.

Kafka's rules (`AclAuthorizer`): DENY wins over ALLOW; READ, WRITE, DELETE and ALTER carry
DESCRIBE with them, ALTER_CONFIGS carries DESCRIBE_CONFIGS; nothing said means no. Leaves out
role bindings, which `sandbox.confluent.state.access` adds.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.topics import AclOperation, ResourceType

PATTERN_TYPES = ("LITERAL", "PREFIXED")
PERMISSIONS = ("ALLOW", "DENY")
OPERATIONS = ("ALL", *AclOperation)
RESOURCE_TYPES = tuple(ResourceType)
WILDCARD = "*"
CLUSTER_NAME = "kafka-cluster"
"""The only name that a resource of type CLUSTER has."""

IMPLIED_BY = {
    AclOperation.DESCRIBE: {"READ", "WRITE", "DELETE", "ALTER"},
    AclOperation.DESCRIBE_CONFIGS: {"ALTER_CONFIGS"},
}
"""ALLOWs of these operations also allow the one on the left."""


@dataclass(frozen=True, order=True)
class Acl:
    """One ACL; all fields as Kafka REST spells them."""

    resource_type: str
    resource_name: str
    pattern_type: str
    principal: str
    host: str
    operation: str
    permission: str

    def covers(self, principal: str, resource_type: ResourceType, name: str) -> bool:
        """Tell whether the ACL speaks about this principal and resource."""
        if self.resource_type != resource_type or self.principal not in (principal, "User:*"):
            return False
        if self.pattern_type == "PREFIXED":
            return name.startswith(self.resource_name)
        return self.resource_name in (WILDCARD, name)


@dataclass(frozen=True)
class AclFilter:
    """Which ACLs to find; None matches anything. MATCH finds whatever applies to the name."""

    resource_type: str | None = None
    resource_name: str | None = None
    pattern_type: str | None = None
    principal: str | None = None
    host: str | None = None
    operation: str | None = None
    permission: str | None = None

    def finds(self, acl: Acl) -> bool:
        """Tell whether the filter finds this ACL."""
        exact = ("resource_type", "principal", "host", "operation", "permission")
        if any(getattr(self, name) not in (None, getattr(acl, name)) for name in exact):
            return False
        return self._finds_pattern(acl)

    def _finds_pattern(self, acl: Acl) -> bool:
        if self.pattern_type == "MATCH":
            name = self.resource_name
            if name is None or acl.resource_name in (WILDCARD, name):
                return True
            return acl.pattern_type == "PREFIXED" and name.startswith(acl.resource_name)
        return self.pattern_type in (None, acl.pattern_type) and self.resource_name in (
            None,
            acl.resource_name,
        )


class Acls:
    """The ACLs of one cluster."""

    def __init__(self) -> None:
        self._acls: set[Acl] = set()

    def create(self, acl: Acl) -> None:
        """Add an ACL; adding one that is there changes nothing, as in Kafka."""
        self._acls.add(acl)

    def find(self, wanted: AclFilter) -> list[Acl]:
        """Return what the filter finds, in a fixed order."""
        return sorted(acl for acl in self._acls if wanted.finds(acl))

    def delete(self, wanted: AclFilter) -> list[Acl]:
        """Remove what the filter finds and return it."""
        found = self.find(wanted)
        self._acls.difference_update(found)
        return found

    def denies(
        self, principal: str, operation: AclOperation, resource_type: ResourceType, name: str
    ) -> bool:
        """Tell whether a DENY forbids it: nothing can allow it then."""
        return any(
            acl.operation in ("ALL", operation)
            for acl in self._about(principal, resource_type, name, "DENY")
        )

    def allows(
        self, principal: str, operation: AclOperation, resource_type: ResourceType, name: str
    ) -> bool:
        """Tell whether an ALLOW grants it, DENYs left aside."""
        sufficient = {"ALL", operation} | IMPLIED_BY.get(operation, set())
        if operation is AclOperation.IDEMPOTENT_WRITE:
            return self._may_write_some_topic(principal)
        return any(
            acl.operation in sufficient
            for acl in self._about(principal, resource_type, name, "ALLOW")
        )

    def _about(
        self, principal: str, resource_type: ResourceType, name: str, permission: str
    ) -> Iterable[Acl]:
        return (
            acl
            for acl in self._acls
            if acl.permission == permission and acl.covers(principal, resource_type, name)
        )

    def _may_write_some_topic(self, principal: str) -> bool:
        # Since Kafka 3.0 whoever may write any topic may do so idempotently (KIP-679).
        return any(
            acl.permission == "ALLOW"
            and acl.principal in (principal, "User:*")
            and (acl.resource_type, acl.operation)
            in (
                (ResourceType.TOPIC, "WRITE"),
                (ResourceType.TOPIC, "ALL"),
                (ResourceType.CLUSTER, "IDEMPOTENT_WRITE"),
            )
            for acl in self._acls
        )
