"""The two topics that the Datagen connectors write.

Leaves out the topics of statements: ksqlDB makes those, because one that exists already must
have just the partitions, replicas and retention it would choose.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_confluentcloud as confluent

from stack.kafka_scope import KafkaScope

PARTITIONS = 1
"""Of each topic, as in the lab; a join needs the same number on both sides."""


@dataclass(frozen=True)
class TopicsArgs:
    """Which topics to make where."""

    kafka: KafkaScope
    topics: Sequence[str]


class Topics(pulumi.ComponentResource):
    """The source topics of one team's cluster."""

    by_name: dict[str, confluent.KafkaTopic]
    """The topics by their names on the cluster."""

    def __init__(
        self, name: str, args: TopicsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("workshop:topics:Topics", name, {}, opts)
        options = pulumi.ResourceOptions.merge(
            args.kafka.options(self),
            # A smaller number of partitions is a replacement, and names are unique.
            pulumi.ResourceOptions(delete_before_replace=True),
        )
        self.by_name = {
            topic: confluent.KafkaTopic(
                f"{name}-{topic}",
                topic_name=topic,
                partitions_count=PARTITIONS,
                kafka_cluster=confluent.KafkaTopicKafkaClusterArgs(id=args.kafka.cluster_id),
                rest_endpoint=args.kafka.cluster.rest_endpoint,
                credentials=confluent.KafkaTopicCredentialsArgs(
                    key=args.kafka.key, secret=args.kafka.secret
                ),
                opts=options,
            )
            for topic in args.topics
        }
        self.register_outputs({})
