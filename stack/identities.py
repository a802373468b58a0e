"""One service account per job, and the administrator's rights on the cluster.

Leaves out what the other jobs may do (`stack.access`): their rights belong to what they do.
"""

from dataclasses import dataclass

import pulumi
import pulumi_confluentcloud as confluent

from stack.access import principal
from stack.grants import Job
from stack.kafka_scope import KafkaScope
from stack.keys import Target, api_key
from stack.names import Names

DESCRIPTIONS = {
    Job.ADMIN: "Makes topics and ACLs, and deploys ksqlDB statements",
    Job.KSQLDB: "What the ksqlDB application runs as",
    Job.USERS_SOURCE: "What the users connector runs as",
    Job.STOCKS_SOURCE: "What the stocks connector runs as",
    Job.SINK: "What the BigQuery sink runs as",
    Job.ATTENDEE: "Handed out: reads topics and schemas, uses the ksqlDB application",
}


@dataclass(frozen=True)
class IdentitiesArgs:
    """Where the identities work and what they are called."""

    names: Names
    environment_id: pulumi.Input[str]
    cluster: confluent.KafkaCluster


class Identities(pulumi.ComponentResource):
    """The service accounts of one stack."""

    accounts: dict[Job, confluent.ServiceAccount]
    """The account for each job."""
    kafka: KafkaScope
    """The cluster with the administrator's key."""

    def __init__(
        self, name: str, args: IdentitiesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("workshop:identities:Identities", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.accounts = {
            job: confluent.ServiceAccount(
                f"{name}-{job}",
                display_name=args.names.identity(job),
                description=DESCRIPTIONS[job],
                opts=child,
            )
            for job in Job
        }
        admin = self.accounts[Job.ADMIN]
        binding = confluent.RoleBinding(
            f"{name}-admin-cluster",
            principal=principal(admin),
            role_name="CloudClusterAdmin",
            crn_pattern=args.cluster.rbac_crn,
            opts=child,
        )
        # A key issued before its binding is accepted, then every topic call made with it answers
        # 403 until the binding lands. On the way down the binding must outlive what the key made.
        key = api_key(
            f"{name}-admin-kafka",
            admin,
            Target(
                args.cluster.id, args.cluster.api_version, args.cluster.kind, args.environment_id
            ),
            pulumi.ResourceOptions(parent=self, depends_on=[binding]),
        )
        self.kafka = KafkaScope(args.cluster, key.id, key.secret)
        self.register_outputs({})
