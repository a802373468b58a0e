"""Environments: created empty, deleted empty, one always there.

A new organization has the environment `default`, as the service's have; the provider's
organization look-up fails without one.
"""

from dataclasses import replace

from sandbox.confluent.errors import BadRequest, Conflict, NotFound, QuotaExceeded
from sandbox.confluent.state.objects import Environment, GovernancePackage
from sandbox.confluent.state.store import Store

MAX_ENVIRONMENTS = 25
"""`iam.max_environments.per_org`, the service's default."""


class Environments:
    """The organization's environments."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.create("default", None)

    def create(self, display_name: str, package: GovernancePackage | None) -> Environment:
        """Create an environment.

        Raises:
            BadRequest: The name is empty.
            Conflict: The name is taken.
            QuotaExceeded: There are 25 already.
        """
        self._check_name(display_name)
        if len(self._store.environments) >= MAX_ENVIRONMENTS:
            raise QuotaExceeded("iam.max_environments.per_org", MAX_ENVIRONMENTS)
        env_id = self._store.new_id("env")
        crn = f"{self._store.organization_crn}/environment={env_id}"
        environment = Environment(env_id, display_name, package, crn)
        self._store.environments[env_id] = environment
        return environment

    def get(self, environment_id: str) -> Environment:
        """Return an environment.

        Raises:
            NotFound: There is none of that id.
        """
        try:
            return self._store.environments[environment_id]
        except KeyError:
            raise NotFound("Environment", environment_id) from None

    def all(self) -> list[Environment]:
        """Return all, in the order of creation."""
        return list(self._store.environments.values())

    def update(
        self, environment_id: str, display_name: str | None, package: GovernancePackage | None
    ) -> Environment:
        """Change the name or the governance package; None leaves one as it is.

        Raises:
            NotFound: There is none of that id.
            BadRequest: ADVANCED cannot go back to ESSENTIALS.
            Conflict: The name is taken.
        """
        old = self.get(environment_id)
        if display_name is not None and display_name != old.display_name:
            self._check_name(display_name)
        if old.package is GovernancePackage.ADVANCED and package is GovernancePackage.ESSENTIALS:
            raise BadRequest(
                "The governance package cannot be downgraded from ADVANCED to ESSENTIALS",
                "/stream_governance_config/package",
            )
        new = replace(
            old, display_name=display_name or old.display_name, package=package or old.package
        )
        self._store.environments[environment_id] = new
        return new

    def delete(self, environment_id: str) -> None:
        """Delete an environment that holds no cluster; its Schema Registry goes with it.

        Raises:
            NotFound: There is none of that id.
            Conflict: Clusters are in it.
        """
        self.get(environment_id)
        store = self._store
        tenants = [
            cluster.id
            for clusters in (store.kafka_clusters, store.ksql_clusters)
            for cluster in clusters.values()
            if cluster.environment_id == environment_id
        ]
        if tenants:
            raise Conflict(
                f"Environment {environment_id} is not empty: delete {', '.join(tenants)} first"
            )
        for registry in list(store.registries.values()):
            if registry.environment_id == environment_id:
                self._close(registry.id)
        crn = store.environments.pop(environment_id).crn
        for binding in list(store.role_bindings.values()):
            if binding.crn_pattern == crn or binding.crn_pattern.startswith(f"{crn}/"):
                del store.role_bindings[binding.id]

    def _close(self, registry_id: str) -> None:
        store = self._store
        del store.registries[registry_id]
        store.planes.close_registry(registry_id)
        for key in [k for k in store.api_keys.values() if k.resource_id == registry_id]:
            del store.api_keys[key.id]

    def _check_name(self, display_name: str) -> None:
        if not display_name.strip():
            raise BadRequest("display_name must not be empty", "/display_name")
        if any(e.display_name == display_name for e in self._store.environments.values()):
            raise Conflict(f"An environment named {display_name!r} already exists")
