"""Everything that exists in the sandbox, by kind: what proves that a stack left nothing.

What a new sandbox has by itself is left out: the default environment, the administrator's
role, the bootstrap key. Each thing is an object with at least an `id`, and the `environment`
it lies in where it lies in one (a service account: the `environments` where it has keys or
roles), which is how the things of one stack are told from others'.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.confluent.state.acls import AclFilter
from sandbox.confluent.state.cloud import Cloud
from sandbox.confluent.state.objects import ORGANIZATION_ADMIN, KafkaCluster
from sandbox.confluent.state.store import Store
from sandbox.registry.state import SchemaRegistry

Thing = dict[str, Any]
FIRST_ENVIRONMENT = "default"


def confluent_inventory(
    cloud: Cloud, registries: Mapping[str, SchemaRegistry]
) -> dict[str, list[Thing]]:
    """Return what there is on Confluent's side, by kind."""
    store = cloud.store
    first = next(e.id for e in store.environments.values() if e.display_name == FIRST_ENVIRONMENT)
    return {
        "environments": [
            {"id": e.id, "name": e.display_name}
            for e in store.environments.values()
            if e.id != first
        ],
        "kafka_clusters": [
            {"id": k.id, "name": k.display_name, "environment": k.environment_id}
            for k in store.kafka_clusters.values()
        ],
        "topics": [
            {"id": topic.name, "cluster": k.id, "environment": k.environment_id}
            for k in store.kafka_clusters.values()
            for topic in k.log.topics()
        ],
        "schema_registries": [
            {"id": r.id, "environment": r.environment_id} for r in store.registries.values()
        ],
        "subjects": [
            {"id": subject, "registry": r.id, "environment": r.environment_id}
            for r in store.registries.values()
            for subject in registries[r.id].subjects(prefix=":*:", deleted=True)
        ],
        "ksqldb_clusters": [
            {"id": k.id, "name": k.display_name, "environment": k.environment_id}
            for k in store.ksql_clusters.values()
        ],
        "connectors": [
            {"id": c.id, "name": c.name, "environment": c.environment_id}
            for c in store.connectors.values()
        ],
        **_identities(store),
    }


def _identities(store: Store) -> dict[str, list[Thing]]:
    admin = ORGANIZATION_ADMIN.removeprefix("User:")
    bindings = [b for b in store.role_bindings.values() if b.principal != ORGANIZATION_ADMIN]
    keys = [k for k in store.api_keys.values() if k.resource_id or k.owner_id != admin]
    homes = _environments(store)
    return {
        "service_accounts": [
            {
                "id": account.id,
                "name": account.display_name,
                "environments": sorted(
                    {
                        homes[k.resource_id]
                        for k in keys
                        if k.owner_id == account.id and k.resource_id
                    }
                    | {
                        home
                        for b in bindings
                        if b.principal == f"User:{account.id}"
                        and (home := _environment_in(b.crn_pattern))
                    }
                ),
            }
            for account in store.service_accounts.values()
        ],
        "role_bindings": [
            {
                "id": b.id,
                "principal": b.principal,
                "role": b.role_name,
                "on": b.crn_pattern,
                "environment": _environment_in(b.crn_pattern),
            }
            for b in bindings
        ],
        "api_keys": [
            {
                "id": k.id,
                "owner": k.owner_id,
                "resource": k.resource_id,
                "environment": homes.get(k.resource_id or ""),
            }
            for k in keys
        ],
        "acls": list(_acls(store.kafka_clusters.values())),
    }


def _environments(store: Store) -> dict[str, str]:
    """Return the environment that each cluster lies in, by the cluster's id."""
    return {
        **{k.id: k.environment_id for k in store.kafka_clusters.values()},
        **{r.id: r.environment_id for r in store.registries.values()},
        **{k.id: k.environment_id for k in store.ksql_clusters.values()},
    }


def _environment_in(crn: str) -> str | None:
    match = re.search(r"/environment=([^/]+)", crn)
    return match[1] if match else None


def _acls(clusters: Iterable[KafkaCluster]) -> Iterable[Thing]:
    for cluster in clusters:
        for acl in cluster.acls.find(AclFilter()):
            yield {
                "id": f"{acl.resource_type}#{acl.resource_name}#{acl.operation}",
                "principal": acl.principal,
                "environment": cluster.environment_id,
            }
