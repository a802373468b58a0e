"""The organization as a whole: each group of rules, over one store."""

from sandbox.confluent.state.access import Access, KafkaAuthorizer
from sandbox.confluent.state.connectors import Connectors
from sandbox.confluent.state.environments import Environments
from sandbox.confluent.state.iam import ApiKeys, RoleBindings, ServiceAccounts
from sandbox.confluent.state.kafka_clusters import KafkaClusters, Registries
from sandbox.confluent.state.ksql_clusters import KsqlClusters
from sandbox.confluent.state.objects import ORGANIZATION_ADMIN
from sandbox.confluent.state.store import Store
from sandbox.topics import Authorizer


class Cloud:
    """One organization: a default environment, one administrator with one Cloud API key."""

    def __init__(self, store: Store, *, bootstrap_key: str, bootstrap_secret: str) -> None:
        self.store = store
        self.environments = Environments(store)
        self.kafka_clusters = KafkaClusters(store, self.environments)
        self.registries = Registries(store)
        self.service_accounts = ServiceAccounts(store)
        self.role_bindings = RoleBindings(store)
        self.api_keys = ApiKeys(store)
        self.ksql_clusters = KsqlClusters(
            store, self.environments, self.kafka_clusters, self.registries
        )
        self.connectors = Connectors(store, self.kafka_clusters, self.api_keys)
        self.access = Access(store, self.api_keys)
        owner_id = ORGANIZATION_ADMIN.removeprefix("User:")
        self.api_keys.seed(bootstrap_key, bootstrap_secret, owner_id)

    def authorizer(self, kafka_cluster_id: str) -> Authorizer:
        """Return who decides about a Kafka cluster's topics, groups and transactions."""
        return KafkaAuthorizer(self.store, self.access, kafka_cluster_id)
