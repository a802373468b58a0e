"""Who needs which right: pure decisions, compared value by value in tests.

Basic clusters have no role bindings on topics, groups or transactional ids, so rights there
are ACLs; role bindings serve for the cluster's administration, the ksqlDB application and the
registry's subjects. The ACL sets follow Confluent's documentation of each consumer. Leaves out
creating anything (`stack.identities`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

ACCOUNTS = {
    "admin": "administers the cluster: topics and ACLs",
    "ksqldb": "runs the ksqlDB application and deploys its statements",
    "users-source": "writes users_topic",
    "stocks-source": "writes stocks_topic",
    "sink": "reads accounts_to_monitor into BigQuery",
    "attendee": "looks around: reads topics, runs queries",
}
"""Service account per job -> what it is for."""

USERS_TOPIC = "users_topic"
STOCKS_TOPIC = "stocks_topic"
SINK_TOPIC = "accounts_to_monitor"


@dataclass(frozen=True)
class Grant:
    """One ACL that allows something."""

    operation: str
    resource_type: str
    resource_name: str
    pattern_type: str = "LITERAL"

    @property
    def key(self) -> str:
        """A name that tells this grant from the account's others, and never changes."""
        name = "all" if self.resource_name == "*" else self.resource_name
        shape = "" if self.pattern_type == "LITERAL" else "-prefix"
        return f"{self.operation}-{self.resource_type}-{name}{shape}".lower().replace("_", "-")


DESCRIBE_CLUSTER = Grant("DESCRIBE", "CLUSTER", "kafka-cluster")


def source_grants(topic: str) -> tuple[Grant, ...]:
    """Return what a Datagen connector needs: write its topic.

    Left out: `data-preview` topics, which only the Console's preview uses.
    """
    return (DESCRIBE_CLUSTER, Grant("WRITE", "TOPIC", topic))


def sink_grants(topic: str) -> tuple[Grant, ...]:
    """Return what the sink needs: read its topic in its group, write its dead letters.

    Left out: `success-lcc` and `error-lcc` topics, which only HTTP-like sinks report to.
    """
    return (
        DESCRIBE_CLUSTER,
        Grant("READ", "TOPIC", topic),
        Grant("READ", "GROUP", "connect-lcc", "PREFIXED"),
        Grant("CREATE", "TOPIC", "dlq-lcc", "PREFIXED"),
        Grant("WRITE", "TOPIC", "dlq-lcc", "PREFIXED"),
    )


def ksqldb_grants(sources: Sequence[str], results: Sequence[str]) -> tuple[Grant, ...]:
    """Return what a ksqlDB application needs that does not hang on its topic prefix.

    Args:
        sources: Topics that statements read and somebody else makes.
        results: Topics that statements make.
    """
    return (
        DESCRIBE_CLUSTER,
        Grant("DESCRIBE_CONFIGS", "CLUSTER", "kafka-cluster"),
        Grant("DESCRIBE", "TOPIC", "*"),
        Grant("DESCRIBE_CONFIGS", "TOPIC", "*"),
        Grant("DESCRIBE", "GROUP", "*"),
        *(Grant("READ", "TOPIC", topic) for topic in sources),
        *(Grant("ALL", "TOPIC", topic) for topic in results),
    )


def ksqldb_prefix_grants(prefix: str) -> dict[str, Grant]:
    """Return what it needs for its own topics, groups and transactions.

    Args:
        prefix: The application's topic prefix (`pksqlc-…`), known once it is there.

    Returns:
        Stable key -> grant; the keys do not hold the prefix, which only the cloud knows.
    """
    internal = f"_confluent-ksql-{prefix}"
    return {
        "describe-transactions": Grant("DESCRIBE", "TRANSACTIONAL_ID", prefix),
        "write-transactions": Grant("WRITE", "TRANSACTIONAL_ID", prefix),
        "own-topics": Grant("ALL", "TOPIC", prefix, "PREFIXED"),
        "internal-topics": Grant("ALL", "TOPIC", internal, "PREFIXED"),
        "internal-groups": Grant("ALL", "GROUP", internal, "PREFIXED"),
    }


def attendee_grants() -> tuple[Grant, ...]:
    """Return what somebody needs who looks around with a consumer of their own."""
    return (
        Grant("READ", "TOPIC", "*"),
        Grant("DESCRIBE", "TOPIC", "*"),
        Grant("READ", "GROUP", "attendee-", "PREFIXED"),
    )
