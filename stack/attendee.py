"""What is handed out to a participant: keys of an identity that can look at everything.

Its Kafka rights only read. In the team's own registry and ksqlDB application, which are the
participant's workbench, it may do anything. Never a Cloud API key.
"""

from dataclasses import dataclass

import pulumi
import pulumi_confluentcloud as confluent

from stack.access import Access, AccessArgs
from stack.application import Application, admits
from stack.grants import ATTENDEE_ACLS, ATTENDEE_ROLES, Job
from stack.identities import Identities
from stack.keys import Target, api_key


@dataclass(frozen=True)
class AttendeeArgs:
    """What the participant may look at."""

    environment_id: pulumi.Input[str]
    identities: Identities
    application: Application
    registry: pulumi.Output[confluent.GetSchemaRegistryClusterResult]


class Attendee(pulumi.ComponentResource):
    """A participant's keys."""

    kafka: confluent.ApiKey
    """For the Kafka cluster."""
    registry: confluent.ApiKey
    """For the Schema Registry."""
    ksqldb: confluent.ApiKey
    """For the ksqlDB application."""

    def __init__(
        self, name: str, args: AttendeeArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("workshop:attendee:Attendee", name, {}, opts)
        account = args.identities.accounts[Job.ATTENDEE]
        crn = args.registry.apply(lambda found: found.resource_name)
        Access(
            f"{name}-access",
            AccessArgs(
                account,
                args.identities.kafka,
                acls=ATTENDEE_ACLS,
                registry_crn=crn,
                roles=ATTENDEE_ROLES,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        admits(f"{name}-ksqldb-admin", account, args.application.cluster, parent=self)
        child = pulumi.ResourceOptions(parent=self)
        cluster = args.identities.kafka.cluster
        kafka = Target(cluster.id, cluster.api_version, cluster.kind, args.environment_id)
        registry = Target(
            args.registry.apply(lambda found: found.id),
            args.registry.apply(lambda found: found.api_version),
            args.registry.apply(lambda found: found.kind),
            args.environment_id,
        )
        ksqldb = args.application.target(args.environment_id)
        self.kafka = api_key(f"{name}-kafka", account, kafka, child)
        self.registry = api_key(f"{name}-registry", account, registry, child)
        self.ksqldb = api_key(f"{name}-ksqldb", account, ksqldb, child, wait=False)
        self.register_outputs({})
