"""Managed connectors: the settings of `connectors/` with an identity's rights around them.

Leaves out what the settings mean. A connector signs in to Kafka as its service account, so no
Kafka key is among its settings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_confluentcloud as confluent

from connectors import Template
from stack.access import Access, AccessArgs
from stack.grants import Acl, SubjectRole
from stack.kafka_scope import KafkaScope

PATIENCE = pulumi.CustomTimeouts(create="30m")
"""The published provider would wait a day for a connector that stays in PROVISIONING."""


@dataclass(frozen=True)
class ManagedConnectorArgs:
    """One connector, who it runs as, and what that identity may do."""

    template: Template
    values: Mapping[str, pulumi.Input[str]]
    """For the placeholders of settings that may be shown, `service_account_id` left out."""
    account: confluent.ServiceAccount
    kafka: KafkaScope
    environment_id: pulumi.Input[str]
    registry_crn: pulumi.Input[str]
    acls: Sequence[Acl]
    roles: Sequence[SubjectRole]
    secrets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict, repr=False)
    """For the placeholders of secret settings."""
    ready: Sequence[pulumi.Resource] = ()
    """What must be in place besides the rights."""


class ManagedConnector(pulumi.ComponentResource):
    """A connector that Confluent runs."""

    connector: confluent.Connector
    """The connector itself."""

    def __init__(
        self, name: str, args: ManagedConnectorArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("workshop:connectors:ManagedConnector", name, {}, opts)
        access = Access(
            f"{name}-access",
            AccessArgs(
                args.account,
                args.kafka,
                acls=args.acls,
                registry_crn=args.registry_crn,
                roles=args.roles,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        values = {**args.values, "service_account_id": args.account.id}
        template = args.template
        self.connector = confluent.Connector(
            # People know a connector by the name it has in its cluster.
            template.name,
            config_nonsensitive=pulumi.Output.all(**values).apply(template.plain),
            config_sensitive=_sensitive(template, args.secrets),
            environment=confluent.ConnectorEnvironmentArgs(id=args.environment_id),
            kafka_cluster=confluent.ConnectorKafkaClusterArgs(id=args.kafka.cluster_id),
            opts=pulumi.ResourceOptions(
                parent=self,
                # Without its rights a connector is made all the same, and then fails.
                depends_on=[*access.granted, *args.ready],
                delete_before_replace=True,
                custom_timeouts=PATIENCE,
            ),
        )
        self.register_outputs({})


def _sensitive(
    template: Template, secrets: Mapping[str, pulumi.Input[str]]
) -> pulumi.Input[Mapping[str, pulumi.Input[str]]]:
    # The provider wants an explicit empty map, and `Output.all` of nothing is a list.
    return pulumi.Output.all(**secrets).apply(template.sensitive) if secrets else {}
