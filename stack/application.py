"""The ksqlDB application with the rights it runs with and the administrator's way in.

Leaves out the statements (`stack.ksql_pipeline`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_confluentcloud as confluent

from stack.access import Access, AccessArgs, principal
from stack.grants import KSQLDB_ROLES, Job, ksqldb_acls
from stack.identities import Identities
from stack.keys import Target, api_key


@dataclass(frozen=True)
class ApplicationArgs:
    """What the application is called, and what its statements read and make."""

    display_name: str
    csu: int
    environment_id: pulumi.Input[str]
    identities: Identities
    registry_crn: pulumi.Input[str]
    sources: Sequence[str]
    """Topics that statements only read."""
    results: Sequence[str]
    """Topics that statements make."""


class Application(pulumi.ComponentResource):
    """One ksqlDB application."""

    cluster: confluent.KsqlCluster
    """The application itself."""
    key: confluent.ApiKey
    """The administrator's key for it."""
    ready: list[pulumi.Resource]
    """What must be in place before the first statement."""

    def __init__(
        self, name: str, args: ApplicationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("workshop:ksqldb:Application", name, {}, opts)
        account = args.identities.accounts[Job.KSQLDB]
        kafka = args.identities.kafka
        registry = Access(
            f"{name}-registry",
            AccessArgs(account, kafka, registry_crn=args.registry_crn, roles=KSQLDB_ROLES),
            pulumi.ResourceOptions(parent=self),
        )
        self.cluster = confluent.KsqlCluster(
            name,
            display_name=args.display_name,
            csu=args.csu,
            # The detailed log repeats rows that could not be read: data in a place nobody expects.
            use_detailed_processing_log=False,
            credential_identity=confluent.KsqlClusterCredentialIdentityArgs(id=account.id),
            kafka_cluster=confluent.KsqlClusterKafkaClusterArgs(id=kafka.cluster_id),
            environment=confluent.KsqlClusterEnvironmentArgs(id=args.environment_id),
            # An application that starts before its registry, or without rights there, never uses
            # one and has to be made anew.
            opts=pulumi.ResourceOptions(parent=self, depends_on=registry.granted),
        )
        access = self._kafka_access(name, args)
        admin = args.identities.accounts[Job.ADMIN]
        binding = admits(f"{name}-admin", admin, self.cluster, parent=self)
        self.key = api_key(
            f"{name}-admin-key",
            admin,
            self.target(args.environment_id),
            pulumi.ResourceOptions(parent=self, depends_on=[binding]),
            wait=False,
        )
        self.ready = [*access.granted, binding, self.key]
        self.register_outputs({"rest_endpoint": self.cluster.rest_endpoint})

    def _kafka_access(self, name: str, args: ApplicationArgs) -> Access:
        # The topic prefix is known once the application is there, the names of the ACLs before.
        keys = [acl.key for acl in ksqldb_acls("", args.sources, args.results)]
        acls = self.cluster.topic_prefix.apply(
            lambda prefix: ksqldb_acls(prefix, args.sources, args.results)
        )
        return Access(
            f"{name}-kafka",
            AccessArgs(
                args.identities.accounts[Job.KSQLDB],
                args.identities.kafka,
                acls=acls,
                keys=keys,
                registry_crn=args.registry_crn,
            ),
            pulumi.ResourceOptions(parent=self),
        )

    def target(self, environment_id: pulumi.Input[str]) -> Target:
        """Return the application as what an API key opens."""
        cluster = self.cluster
        return Target(cluster.id, cluster.api_version, cluster.kind, environment_id)


def admits(
    name: str,
    account: confluent.ServiceAccount,
    cluster: confluent.KsqlCluster,
    *,
    parent: pulumi.Resource,
) -> confluent.RoleBinding:
    """Declare the role that lets an account send statements to an application."""
    return confluent.RoleBinding(
        name,
        principal=principal(account),
        role_name="KsqlAdmin",
        crn_pattern=cluster.resource_name,
        opts=pulumi.ResourceOptions(parent=parent),
    )
