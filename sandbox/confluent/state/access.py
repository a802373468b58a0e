"""Who may call what: keys open doors, roles and ACLs decide behind them.

Owns the meaning of roles: admin roles cover everything at and below their CRN; DeveloperRead,
DeveloperWrite, DeveloperManage and ResourceOwner cover Kafka and Schema Registry resources;
KsqlAdmin opens a ksqlDB cluster. Every answer is drawn from the grants of the moment.
"""

from urllib.parse import unquote

from sandbox.api import ApiError, Caller, Realm
from sandbox.confluent.errors import Forbidden, Unauthorized
from sandbox.confluent.state.iam import ADMIN_ROLES, ApiKeys
from sandbox.confluent.state.objects import ApiKey, KafkaCluster, KsqlCluster
from sandbox.confluent.state.store import Store
from sandbox.topics import AclOperation, ResourceType

_READS = {"DESCRIBE", "DESCRIBE_CONFIGS"}
KAFKA_ROLES: dict[str, dict[ResourceType, set[str]]] = {
    "DeveloperRead": {
        ResourceType.TOPIC: {"READ"} | _READS,
        ResourceType.GROUP: {"READ", "DESCRIBE"},
    },
    "DeveloperWrite": {
        ResourceType.TOPIC: {"WRITE"} | _READS,
        ResourceType.TRANSACTIONAL_ID: {"WRITE", "DESCRIBE"},
    },
    "DeveloperManage": {
        ResourceType.TOPIC: {"CREATE", "DELETE", "ALTER", "ALTER_CONFIGS"} | _READS,
        ResourceType.GROUP: {"DELETE", "DESCRIBE"},
    },
    "ResourceOwner": {
        kind: set(AclOperation)
        for kind in (ResourceType.TOPIC, ResourceType.GROUP, ResourceType.TRANSACTIONAL_ID)
    },
}
"""Operations that a role allows, by resource type."""

SUBJECT_ROLES: dict[str, set[str]] = {
    "DeveloperRead": {"READ", "COMPATIBILITY_READ"},
    "DeveloperWrite": {"READ", "WRITE", "COMPATIBILITY_READ"},
    "DeveloperManage": {"DELETE", "COMPATIBILITY_READ", "COMPATIBILITY_WRITE"},
    "ResourceOwner": {"READ", "WRITE", "DELETE", "COMPATIBILITY_READ", "COMPATIBILITY_WRITE"},
}
"""Schema Registry operations that a role allows on the subjects of its pattern."""


class Access:
    """Answers who is calling and what they may do."""

    def __init__(self, store: Store, keys: ApiKeys) -> None:
        self._store, self._keys = store, keys

    def authenticate(
        self, realm: Realm, key_id: str, secret: str, resource_id: str | None
    ) -> Caller:
        """Return who holds this key, if it opens this realm's resource.

        Raises:
            Unauthorized: No such key, a wrong or revoked secret, or another resource's key.
            ApiError: 403, a ksqlDB key whose owner lacks KsqlAdmin.
        """
        key = self._keys.holder(key_id, secret)
        if key is None or not self._opens(key, realm, resource_id):
            raise Unauthorized("invalid API key: the key or its secret is wrong, or was revoked")
        if realm is Realm.KSQLDB and not self._may_use_ksqldb(key):
            raise ApiError(
                403,
                f"{key.principal} may not use the ksqlDB cluster {resource_id}: it needs the role "
                "KsqlAdmin",
                code=40300,
            )
        return Caller(key.principal, realm, key.resource_id)

    def administers(self, principal: str, crn: str) -> bool:
        """Tell whether an admin role of the principal covers what `crn` names."""
        return any(
            binding.role_name in ADMIN_ROLES and _covers(binding.crn_pattern, crn)
            for binding in self._store.role_bindings.values()
            if binding.principal == principal
        )

    def require_admin(self, caller: Caller, crn: str) -> None:
        """Refuse a caller that does not administer what `crn` names.

        Raises:
            Forbidden: No admin role covers it.
        """
        if not self.administers(caller.principal, crn):
            raise Forbidden(
                f"{caller.principal} is not authorized on {crn}: it needs an admin role there"
            )

    def may_use_subject(
        self, principal: str, operation: str, registry_id: str, subject: str
    ) -> bool:
        """Tell whether the principal may do a Schema Registry operation to a subject."""
        registry = self._store.registries.get(registry_id)
        if registry is None:
            return False
        if self._is_environment_admin(principal, registry.crn):
            return True
        crn = f"{registry.crn}/subject={subject}"
        return any(
            operation in SUBJECT_ROLES.get(binding.role_name, set())
            and _covers(binding.crn_pattern, crn)
            for binding in self._store.role_bindings.values()
            if binding.principal == principal
        )

    def _is_environment_admin(self, principal: str, registry_crn: str) -> bool:
        # A CloudClusterAdmin's pattern names a Kafka cluster, so it never covers a registry.
        return self.administers(principal, registry_crn)

    def _opens(self, key: ApiKey, realm: Realm, resource_id: str | None) -> bool:
        if realm is Realm.CLOUD:
            return key.resource_id is None
        return key.resource_id is not None and key.resource_id == resource_id

    def _may_use_ksqldb(self, key: ApiKey) -> bool:
        cluster = self._store.ksql_clusters.get(key.resource_id or "")
        if cluster is None:
            return False
        # CloudClusterAdmin is not enough: what a ksqlDB cluster holds is not the Kafka cluster's.
        roles = {"KsqlAdmin", "EnvironmentAdmin", "OrganizationAdmin"}
        return any(
            binding.role_name in roles and _covers(binding.crn_pattern, cluster.crn)
            for binding in self._store.role_bindings.values()
            if binding.principal == key.principal
        )


class KafkaAuthorizer:
    """Decides for one Kafka cluster: role bindings first, then its ACLs (DENY wins over all)."""

    def __init__(self, store: Store, access: Access, cluster_id: str) -> None:
        self._store, self._access, self._cluster_id = store, access, cluster_id

    def allows(
        self, principal: str, operation: AclOperation, resource_type: ResourceType, name: str
    ) -> bool:
        """Tell whether `principal` may do `operation` to the resource, as of now."""
        cluster = self._store.kafka_clusters.get(self._cluster_id)
        if cluster is None or cluster.acls.denies(principal, operation, resource_type, name):
            return False
        return (
            self._access.administers(principal, cluster.rbac_crn)
            or self._has_role(cluster, principal, operation, resource_type, name)
            or cluster.acls.allows(principal, operation, resource_type, name)
        )

    def _has_role(
        self,
        cluster: KafkaCluster,
        principal: str,
        operation: AclOperation,
        resource_type: ResourceType,
        name: str,
    ) -> bool:
        kind = resource_type.lower().replace("_", "-")
        crn = f"{cluster.crn}/{kind}={name}"
        return any(
            operation in KAFKA_ROLES.get(binding.role_name, {}).get(resource_type, set())
            and _covers(binding.crn_pattern, crn)
            for binding in self._store.role_bindings.values()
            if binding.principal == principal
        )


def ksqldb_principal(cluster: KsqlCluster) -> str:
    """Return who a ksqlDB cluster is, towards Kafka and Schema Registry."""
    return f"User:{cluster.credential_identity}"


def _covers(pattern: str, crn: str) -> bool:
    pattern = unquote(pattern)
    if pattern.endswith("*"):
        return crn.startswith(pattern[:-1])
    return crn == pattern or crn.startswith(f"{pattern}/")
