"""Where topics and ACLs are made, and with whose key.

Owns the arguments that every topic and ACL repeats. Leaves out which there are.
"""

from dataclasses import dataclass, field

import pulumi
import pulumi_confluentcloud as confluent


@dataclass(frozen=True)
class KafkaScope:
    """One Kafka cluster, seen through its REST endpoint with the administrator's key."""

    cluster: confluent.KafkaCluster
    key: pulumi.Input[str]
    secret: pulumi.Input[str] = field(repr=False)
    ready: tuple[pulumi.Resource, ...] = ()
    """What must be in place before the key works."""

    @property
    def cluster_id(self) -> pulumi.Output[str]:
        """The cluster's id, such as lkc-1."""
        return self.cluster.id

    def options(self, parent: pulumi.Resource) -> pulumi.ResourceOptions:
        """Return the options of a topic or an ACL."""
        return pulumi.ResourceOptions(
            parent=parent,
            depends_on=list(self.ready),
            # With the cluster everything in it is gone, its REST endpoint included: a delete call
            # would be retried for 15 seconds and then fail.
            deleted_with=self.cluster,
        )
