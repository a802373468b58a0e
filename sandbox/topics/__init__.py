"""The log: records in partitions of topics, on Kafka clusters.

Ground floor: everything above appends here or reads here, and nothing here knows who.
Owns offsets, partitioning, retention, topic settings and who may do what to a topic.
Leaves out wire formats (`sandbox.formats`) and HTTP.
"""

from sandbox.topics.access import (
    AccessDenied,
    AclOperation,
    AllowAll,
    Authorizer,
    ResourceType,
)
from sandbox.topics.log import (
    Cluster,
    LazyRecord,
    Partition,
    Record,
    RowEncoder,
    StoredRecord,
    Topic,
    TopicExists,
    TopicNotFound,
    WrittenRow,
)

__all__ = [
    "AccessDenied",
    "AclOperation",
    "AllowAll",
    "Authorizer",
    "Cluster",
    "LazyRecord",
    "Partition",
    "Record",
    "ResourceType",
    "RowEncoder",
    "StoredRecord",
    "Topic",
    "TopicExists",
    "TopicNotFound",
    "WrittenRow",
]
