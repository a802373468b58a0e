"""Which rights each job needs: ACLs on the Kafka cluster and roles elsewhere, as plain values.

Basic clusters have no roles for single topics, so Kafka rights are ACLs; roles serve for the
administration of the cluster, for ksqlDB and for Schema Registry. Leaves out granting them
(`stack.access`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Job(StrEnum):
    """What an identity is for. One service account each: its keys open nothing else."""

    ADMIN = "admin"
    KSQLDB = "ksqldb"
    USERS_SOURCE = "users-source"
    STOCKS_SOURCE = "stocks-source"
    SINK = "sink"
    ATTENDEE = "attendee"


@dataclass(frozen=True)
class Acl:
    """An ALLOW on a resource of the Kafka cluster."""

    key: str
    """Stable part of the resource's logical name."""
    resource_type: str
    name: str
    operation: str
    is_prefix: bool = False


@dataclass(frozen=True)
class SubjectRole:
    """A role on subjects of the Schema Registry; `subject` may be `*`."""

    role: str
    subject: str


DESCRIBE_CLUSTER = Acl("describe-cluster", "CLUSTER", "kafka-cluster", "DESCRIBE")


def source_acls(topic: str) -> tuple[Acl, ...]:
    """Return what a source connector needs: see the cluster, write its topic."""
    return (DESCRIBE_CLUSTER, Acl("write-topic", "TOPIC", topic, "WRITE"))


def source_roles(topic: str) -> tuple[SubjectRole, ...]:
    """Return what a source connector needs to register its Avro schema."""
    return (SubjectRole("DeveloperWrite", f"{topic}-value"),)


def sink_acls(topic: str) -> tuple[Acl, ...]:
    """Return what a sink connector needs: read its topic in its group, write its dead letters.

    Prefixes, because group and dead-letter topic carry the connector's id, which nobody knows
    before it is made.
    """
    return (
        DESCRIBE_CLUSTER,
        Acl("read-topic", "TOPIC", topic, "READ"),
        Acl("create-dead-letters", "TOPIC", "dlq-lcc", "CREATE", is_prefix=True),
        Acl("write-dead-letters", "TOPIC", "dlq-lcc", "WRITE", is_prefix=True),
        Acl("read-group", "GROUP", "connect-lcc", "READ", is_prefix=True),
    )


def sink_roles(topic: str) -> tuple[SubjectRole, ...]:
    """Return what a sink connector needs to decode Avro values."""
    return (SubjectRole("DeveloperRead", f"{topic}-value"),)


def ksqldb_acls(
    topic_prefix: str, sources: Iterable[str], results: Iterable[str]
) -> tuple[Acl, ...]:
    """Return what a ksqlDB application needs, as Confluent's example for ACLs lists it.

    Two differences: sources are read only, and there is no DESCRIBE_CONFIGS on groups, which have
    no settings. WRITE on the transactional id carries DESCRIBE with it.

    Args:
        topic_prefix: The application's, such as pksqlc-1; known once it is made.
        sources: Topics that statements only read.
        results: Topics that statements make.
    """
    internal = f"_confluent-ksql-{topic_prefix}"
    return (
        DESCRIBE_CLUSTER,
        Acl("describe-cluster-settings", "CLUSTER", "kafka-cluster", "DESCRIBE_CONFIGS"),
        Acl("describe-topics", "TOPIC", "*", "DESCRIBE"),
        Acl("describe-topic-settings", "TOPIC", "*", "DESCRIBE_CONFIGS"),
        Acl("describe-groups", "GROUP", "*", "DESCRIBE"),
        Acl("write-transactions", "TRANSACTIONAL_ID", topic_prefix, "WRITE"),
        Acl("own-topics", "TOPIC", topic_prefix, "ALL", is_prefix=True),
        Acl("own-internal-topics", "TOPIC", internal, "ALL", is_prefix=True),
        Acl("own-groups", "GROUP", internal, "ALL", is_prefix=True),
        *(Acl(f"read-{topic}", "TOPIC", topic, "READ") for topic in sources),
        *(Acl(f"own-{topic}", "TOPIC", topic, "ALL") for topic in results),
    )


KSQLDB_ROLES = (SubjectRole("ResourceOwner", "*"),)
"""ksqlDB registers the schemas of its results and deletes them with `DELETE TOPIC`."""

ATTENDEE_ACLS = (
    DESCRIBE_CLUSTER,
    Acl("read-topics", "TOPIC", "*", "READ"),
    Acl("read-groups", "GROUP", "attendee-", "READ", is_prefix=True),
)
"""An attendee looks at all topics, and writes to them only through ksqlDB."""

ATTENDEE_ROLES = (SubjectRole("ResourceOwner", "*"),)
"""Registering, evolving and deleting schemas is part of looking around; the registry is the
team's own, and goes with its environment."""
