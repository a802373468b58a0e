"""The Confluent environment, its Kafka cluster and its Schema Registry.

Owns what everything else on Confluent lives in. Leaves out who may do what (`stack.access`).
"""

from dataclasses import dataclass

import pulumi
import pulumi_confluentcloud as confluent


@dataclass(frozen=True)
class PlatformArgs:
    """Where the platform stands and what it is called."""

    environment_name: str
    cluster_name: str
    cloud: str
    region: str


class Platform(pulumi.ComponentResource):
    """One team's environment with a Basic cluster and the registry that comes with it."""

    environment: confluent.Environment
    """Holds everything else."""
    cluster: confluent.KafkaCluster
    """The Basic cluster."""
    registry: pulumi.Output[confluent.GetSchemaRegistryClusterResult]
    """The environment's Schema Registry cluster; known once the Kafka cluster is there."""

    def __init__(
        self, name: str, args: PlatformArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("workshop:confluent:Platform", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.environment = confluent.Environment(
            f"{name}-environment",
            display_name=args.environment_name,
            stream_governance=confluent.EnvironmentStreamGovernanceArgs(package="ESSENTIALS"),
            opts=child,
        )
        self.cluster = confluent.KafkaCluster(
            f"{name}-cluster",
            display_name=args.cluster_name,
            availability="SINGLE_ZONE",
            cloud=args.cloud,
            region=args.region,
            basic=confluent.KafkaClusterBasicArgs(),
            environment=confluent.KafkaClusterEnvironmentArgs(id=self.environment.id),
            opts=child,
        )
        # The registry comes up with the environment's first cluster. Asked for earlier, the
        # list is empty, and that is an error, not a wait.
        self.registry = confluent.get_schema_registry_cluster_output(
            environment=self.environment.id.apply(
                lambda id_: confluent.GetSchemaRegistryClusterEnvironmentArgs(id=id_)
            ),
            opts=pulumi.InvokeOutputOptions(parent=self, depends_on=[self.cluster]),
        )
        self.register_outputs({"environment_id": self.environment.id})
