"""Service accounts, role bindings and API keys: who there is and what opens for whom.

A key's resource kind follows from the id's prefix. Secrets are returned once, by `create`,
and kept only as a hash. Leaves out the decision whether a call is allowed (`access`).
"""

import hashlib
import hmac
import re
import secrets
import string
from collections.abc import Collection
from dataclasses import dataclass, replace

from sandbox.confluent.errors import BadRequest, Conflict, NotEmulated, NotFound, QuotaExceeded
from sandbox.confluent.state.objects import (
    ORGANIZATION_ADMIN,
    ApiKey,
    ClusterKind,
    KafkaCluster,
    RoleBinding,
    ServiceAccount,
)
from sandbox.confluent.state.store import Store

MAX_SERVICE_ACCOUNTS = 1000
MAX_KEYS_PER_ACCOUNT = 100
KEY_LETTERS = string.ascii_uppercase + string.digits
SECRET_LETTERS = string.ascii_letters + string.digits + "+/"

ADMIN_ROLES = frozenset({"OrganizationAdmin", "EnvironmentAdmin", "CloudClusterAdmin"})
RESOURCE_ROLES = frozenset({"DeveloperRead", "DeveloperWrite", "DeveloperManage", "ResourceOwner"})
KNOWN_ROLES = (
    ADMIN_ROLES
    | RESOURCE_ROLES
    | {"KsqlAdmin", "MetricsViewer", "Operator", "AccountAdmin", "ResourceKeyAdmin"}
    | {"DataDiscovery", "DataSteward", "ConnectManager", "FlinkAdmin", "FlinkDeveloper"}
    | {"NetworkAdmin", "BillingAdmin", "Assigner"}
)
"""Predefined roles; others are refused as the service refuses them."""

KAFKA_RESOURCES = ("topic", "group", "transactional-id")


class ServiceAccounts:
    """The organization's service accounts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, display_name: str, description: str) -> ServiceAccount:
        """Create an account.

        Raises:
            BadRequest: The name is empty or longer than 64 characters.
            Conflict: The name is taken in the organization.
            QuotaExceeded: There are 1,000 already.
        """
        self._check_name(display_name)
        if len(self._store.service_accounts) >= MAX_SERVICE_ACCOUNTS:
            raise QuotaExceeded("iam.max_service_accounts.per_org", MAX_SERVICE_ACCOUNTS)
        account = ServiceAccount(self._store.new_id("sa"), display_name, description)
        self._store.service_accounts[account.id] = account
        return account

    def get(self, account_id: str) -> ServiceAccount:
        """Return an account.

        Raises:
            NotFound: There is none of that id.
        """
        try:
            return self._store.service_accounts[account_id]
        except KeyError:
            raise NotFound("Service account", account_id) from None

    def all(self) -> list[ServiceAccount]:
        """Return all, in the order of creation."""
        return list(self._store.service_accounts.values())

    def update(
        self, account_id: str, display_name: str | None, description: str | None
    ) -> ServiceAccount:
        """Change name or description; None leaves one as it is.

        Raises:
            NotFound: There is none of that id.
            Conflict: The name is taken.
        """
        old = self.get(account_id)
        if display_name is not None and display_name != old.display_name:
            self._check_name(display_name)
        new = replace(
            old,
            display_name=old.display_name if display_name is None else display_name,
            description=old.description if description is None else description,
        )
        self._store.service_accounts[account_id] = new
        return new

    def delete(self, account_id: str) -> None:
        """Delete an account with its keys and role bindings; its ACLs stay, as in the service.

        Raises:
            NotFound: There is none of that id.
        """
        self.get(account_id)
        store = self._store
        del store.service_accounts[account_id]
        for key in [k for k in store.api_keys.values() if k.owner_id == account_id]:
            del store.api_keys[key.id]
        for binding in list(store.role_bindings.values()):
            if binding.principal == f"User:{account_id}":
                del store.role_bindings[binding.id]

    def _check_name(self, display_name: str) -> None:
        if not 1 <= len(display_name) <= 64:  # noqa: PLR2004 - the limit itself, said in the text
            raise BadRequest(
                f"display_name must have 1 to 64 characters, not {len(display_name)}",
                "/display_name",
            )
        if any(a.display_name == display_name for a in self._store.service_accounts.values()):
            raise Conflict(f"Service name {display_name!r} is already in use")


class RoleBindings:
    """The organization's role bindings."""

    def __init__(self, store: Store) -> None:
        self._store = store
        admin = RoleBinding(
            store.new_id("rb"), ORGANIZATION_ADMIN, "OrganizationAdmin", store.organization_crn
        )
        store.role_bindings[admin.id] = admin

    def create(self, principal: str, role_name: str, crn_pattern: str) -> RoleBinding:
        """Give a role.

        Raises:
            BadRequest: Unknown principal, role or pattern, or a role that the cluster's type
                does not offer.
            Conflict: The same binding is there.
        """
        self._check_principal(principal)
        if role_name not in KNOWN_ROLES:
            raise BadRequest(f"Role {role_name!r} does not exist", "/role_name")
        self._check_pattern(role_name, crn_pattern)
        for binding in self._store.role_bindings.values():
            if (binding.principal, binding.role_name, binding.crn_pattern) == (
                principal,
                role_name,
                crn_pattern,
            ):
                raise Conflict(f"Role binding {binding.id} already gives {principal} {role_name}")
        binding = RoleBinding(self._store.new_id("rb"), principal, role_name, crn_pattern)
        self._store.role_bindings[binding.id] = binding
        return binding

    def get(self, binding_id: str) -> RoleBinding:
        """Return a binding.

        Raises:
            NotFound: There is none of that id.
        """
        try:
            return self._store.role_bindings[binding_id]
        except KeyError:
            raise NotFound("Role binding", binding_id) from None

    def all(
        self, principal: str | None, role_name: str | None, crn_pattern: str | None
    ) -> list[RoleBinding]:
        """Return those that match; None matches anything. A pattern finds what lies below it."""
        return [
            binding
            for binding in self._store.role_bindings.values()
            if principal in (None, binding.principal)
            and role_name in (None, binding.role_name)
            and (crn_pattern is None or binding.crn_pattern.startswith(crn_pattern.rstrip("*")))
        ]

    def delete(self, binding_id: str) -> RoleBinding:
        """Take a role back; return what it was.

        Raises:
            NotFound: There is none of that id.
        """
        binding = self.get(binding_id)
        del self._store.role_bindings[binding_id]
        return binding

    def _check_principal(self, principal: str) -> None:
        match = re.fullmatch(r"User:((?:sa|u)-.+)", principal)
        if not match:
            raise BadRequest(
                f"principal {principal!r} must be User: and the id of a user or service account",
                "/principal",
            )
        if not knows_identity(self._store, match[1]):
            raise BadRequest(f"principal {principal} does not exist", "/principal")

    def _check_pattern(self, role_name: str, crn_pattern: str) -> None:
        if not crn_pattern.startswith(self._store.organization_crn):
            raise BadRequest(
                f"crn_pattern {crn_pattern!r} does not begin with {self._store.organization_crn}",
                "/crn_pattern",
            )
        cluster = self._cluster_in(crn_pattern)
        granular = any(f"/{kind}=" in crn_pattern for kind in (*KAFKA_RESOURCES, "connector"))
        if cluster and granular and cluster.kind is ClusterKind.BASIC:
            raise BadRequest(
                f"Role {role_name} on {crn_pattern.rsplit('/', 1)[1]} is not offered on the Basic "
                f"cluster {cluster.id}: use ACLs",
                "/crn_pattern",
            )
        if role_name in RESOURCE_ROLES and not granular and "/subject=" not in crn_pattern:
            raise BadRequest(
                f"Role {role_name} needs a crn_pattern that ends in a resource", "/crn_pattern"
            )

    def _cluster_in(self, crn_pattern: str) -> KafkaCluster | None:
        match = re.search(r"/cloud-cluster=([^/]+)", crn_pattern)
        if not match:
            return None
        cluster = self._store.kafka_clusters.get(match[1])
        if cluster is None:
            raise BadRequest(f"Kafka cluster {match[1]} does not exist", "/crn_pattern")
        return cluster


@dataclass(frozen=True)
class ApiKeySpec:
    """What a caller asks for."""

    owner_id: str
    resource_id: str | None
    display_name: str = ""
    description: str = ""


class ApiKeys:
    """The organization's API keys."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, spec: ApiKeySpec) -> tuple[ApiKey, str]:
        """Issue a key; return it with its secret, which nothing returns again.

        Raises:
            BadRequest: Unknown owner or resource.
            QuotaExceeded: The owner has 100 already.
        """
        if not knows_identity(self._store, spec.owner_id):
            raise BadRequest(f"Owner {spec.owner_id!r} does not exist", "/spec/owner/id")
        self._check_resource(spec.resource_id)
        owned = sum(k.owner_id == spec.owner_id for k in self._store.api_keys.values())
        if owned >= MAX_KEYS_PER_ACCOUNT:
            raise QuotaExceeded(
                "iam.max_cluster_api_keys.per_service_account", MAX_KEYS_PER_ACCOUNT
            )
        key_id = "".join(secrets.choice(KEY_LETTERS) for _ in range(16))
        secret = "".join(secrets.choice(SECRET_LETTERS) for _ in range(64))
        key = self._key(key_id, secret, spec)
        return key, secret

    def seed(self, key_id: str, secret: str, owner_id: str) -> ApiKey:
        """Put a Cloud key of known secret in place: how the first caller gets in."""
        return self._key(key_id, secret, ApiKeySpec(owner_id, None, display_name="bootstrap"))

    def get(self, key_id: str) -> ApiKey:
        """Return a key.

        Raises:
            NotFound: There is none of that id.
        """
        try:
            return self._store.api_keys[key_id]
        except KeyError:
            raise NotFound("API key", key_id) from None

    def all(self, owner_id: str | None, resource_id: str | None) -> list[ApiKey]:
        """Return those that match; None matches anything."""
        return [
            key
            for key in self._store.api_keys.values()
            if owner_id in (None, key.owner_id) and resource_id in (None, key.resource_id)
        ]

    def update(self, key_id: str, display_name: str | None, description: str | None) -> ApiKey:
        """Change name or description; None leaves one as it is.

        Raises:
            NotFound: There is none of that id.
        """
        old = self.get(key_id)
        new = replace(
            old,
            display_name=old.display_name if display_name is None else display_name,
            description=old.description if description is None else description,
        )
        self._store.api_keys[key_id] = new
        return new

    def delete(self, key_id: str) -> None:
        """Revoke a key, at once.

        Raises:
            NotFound: There is none of that id.
        """
        self.get(key_id)
        del self._store.api_keys[key_id]

    def holder(self, key_id: str, secret: str) -> ApiKey | None:
        """Return the key if the secret is its own; None if not, without telling which half."""
        key = self._store.api_keys.get(key_id)
        if key is None or not hmac.compare_digest(key.secret_hash, _hashed(secret)):
            return None
        return key

    def _key(self, key_id: str, secret: str, spec: ApiKeySpec) -> ApiKey:
        key = ApiKey(
            id=key_id,
            owner_id=spec.owner_id,
            resource_id=spec.resource_id,
            display_name=spec.display_name,
            description=spec.description,
            secret_hash=_hashed(secret),
            created_at=self._store.timestamp(),
        )
        self._store.api_keys[key_id] = key
        return key

    def _check_resource(self, resource_id: str | None) -> None:
        store = self._store
        by_prefix: dict[str, Collection[str]] = {
            "lkc": store.kafka_clusters,
            "lsrc": store.registries,
            "lksqlc": store.ksql_clusters,
        }
        if resource_id is None:
            return
        prefix = resource_id.split("-")[0]
        if prefix not in by_prefix:
            raise NotEmulated(f"API keys for {resource_id!r}")
        if resource_id not in by_prefix[prefix]:
            raise BadRequest(f"Resource {resource_id} does not exist", "/spec/resource/id")


def knows_identity(store: Store, identity_id: str) -> bool:
    """Tell whether a user or service account of that id exists."""
    return identity_id in store.service_accounts or f"User:{identity_id}" == ORGANIZATION_ADMIN


def _hashed(secret: str) -> bytes:
    # Plain SHA-256: secrets are 64 random characters, there is nothing to guess slowly.
    return hashlib.sha256(secret.encode()).digest()
