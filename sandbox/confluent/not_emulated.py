"""Operations of the service that the sandbox knows by name and answers 501.

Only what a user of the workshop may reach for; anything else is a 404 that says as much.
"""

from sandbox.api import Api, Operation, Realm
from sandbox.confluent.errors import errors_body

_MANAGEMENT = (
    ("Billing (billing/v1)", "/billing/", "GET", "/billing/v1/costs", "listBillingV1Costs"),
    (
        "Quotas (service-quota/v1)",
        "/service-quota/",
        "GET",
        "/service-quota/v1/applied-quotas",
        "listServiceQuotaV1AppliedQuotas",
    ),
    (
        "Flink compute pools (fcpm/v2)",
        "/fcpm/",
        "GET",
        "/fcpm/v2/compute-pools",
        "listFcpmV2ComputePools",
    ),
    (
        "Networking (networking/v1)",
        "/networking/",
        "GET",
        "/networking/v1/networks",
        "listNetworks",
    ),
    (
        "Provider integrations (pim/v1)",
        "/pim/",
        "GET",
        "/pim/v1/integrations",
        "listPimV1Integrations",
    ),
    (
        "Security tokens (sts/v1)",
        "/sts/",
        "POST",
        "/sts/v1/oauth2/token",
        "exchangeStsV1OauthToken",
    ),
)

_KAFKA = (
    ("GET", "", "listKafkaClusters"),
    ("GET", "/{cluster_id}/brokers", "listKafkaBrokers"),
    ("GET", "/{cluster_id}/broker-configs", "listKafkaClusterConfigs"),
    ("GET", "/{cluster_id}/consumer-groups", "listKafkaConsumerGroups"),
    ("GET", "/{cluster_id}/consumer-groups/{group_id}", "getKafkaConsumerGroup"),
    ("GET", "/{cluster_id}/links", "listKafkaLinks"),
    ("GET", "/{cluster_id}/topics/-/configs", "listKafkaAllTopicConfigs"),
    (
        "GET",
        "/{cluster_id}/topics/{topic_name}/partitions/{partition_id}/replicas",
        "listKafkaReplicas",
    ),
)


def apis_not_emulated() -> tuple[Api, ...]:
    """Return the management APIs of which nothing is emulated."""
    return tuple(
        Api(name, (prefix,), (Operation(method, path, operation, Realm.CLOUD),), errors_body)
        for name, prefix, method, path, operation in _MANAGEMENT
    )


def kafka_not_emulated() -> tuple[Operation, ...]:
    """Return what Kafka REST v3 has besides."""
    return tuple(
        Operation(method, f"/kafka/v3/clusters{path}", name, Realm.KAFKA if path else Realm.NONE)
        for method, path, name in _KAFKA
    )
