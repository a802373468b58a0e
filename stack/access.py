"""Granting rights: the ACLs and the Schema Registry roles of one identity.

Leaves out which rights a job needs (`stack.grants`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_confluentcloud as confluent

from stack.grants import Acl, SubjectRole
from stack.kafka_scope import KafkaScope


def principal(account: confluent.ServiceAccount) -> pulumi.Output[str]:
    """Return an account as ACLs and role bindings name it."""
    return account.id.apply(lambda id_: f"User:{id_}")


@dataclass(frozen=True)
class AccessArgs:
    """Who gets which rights where."""

    account: confluent.ServiceAccount
    kafka: KafkaScope
    registry_crn: pulumi.Input[str]
    acls: pulumi.Input[Sequence[Acl]] = ()
    keys: Sequence[str] | None = None
    """Keys of `acls`, which name the children; needed when the ACLs are not known yet."""
    roles: Sequence[SubjectRole] = ()

    def acl_keys(self) -> Sequence[str]:
        """Return the keys of the ACLs.

        Raises:
            TypeError: The ACLs are an output, and `keys` is not given.
        """
        if self.keys is not None:
            return self.keys
        if not isinstance(self.acls, Sequence):
            raise TypeError("AccessArgs.keys must be given where acls is an output")
        return [acl.key for acl in self.acls]


class Access(pulumi.ComponentResource):
    """The rights of one identity on a Kafka cluster and its registry."""

    granted: list[pulumi.Resource]
    """What must be in place before the identity starts to work."""

    def __init__(
        self, name: str, args: AccessArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("workshop:access:Access", name, {}, opts)
        self.granted = [
            *(self._acl(name, args, index, key) for index, key in enumerate(args.acl_keys())),
            *(self._role(name, args, role) for role in args.roles),
        ]
        self.register_outputs({})

    def _acl(self, name: str, args: AccessArgs, index: int, key: str) -> confluent.KafkaAcl:
        acls = pulumi.Output.from_input(args.acls)
        return confluent.KafkaAcl(
            f"{name}-{key}",
            resource_type=acls.apply(lambda found: found[index].resource_type),
            resource_name_=acls.apply(lambda found: found[index].name),
            pattern_type=acls.apply(
                lambda found: "PREFIXED" if found[index].is_prefix else "LITERAL"
            ),
            operation=acls.apply(lambda found: found[index].operation),
            permission="ALLOW",
            principal=principal(args.account),
            host="*",
            kafka_cluster=confluent.KafkaAclKafkaClusterArgs(id=args.kafka.cluster_id),
            rest_endpoint=args.kafka.cluster.rest_endpoint,
            credentials=confluent.KafkaAclCredentialsArgs(
                key=args.kafka.key, secret=args.kafka.secret
            ),
            opts=args.kafka.options(self),
        )

    def _role(self, name: str, args: AccessArgs, role: SubjectRole) -> confluent.RoleBinding:
        pattern = pulumi.Output.concat(args.registry_crn, f"/subject={role.subject}")
        # Named by the role alone would break once a job has one role on two subjects.
        subject = role.subject if role.subject != "*" else "all"
        return confluent.RoleBinding(
            f"{name}-{role.role}-{subject}",
            principal=principal(args.account),
            role_name=role.role,
            crn_pattern=pattern,
            opts=pulumi.ResourceOptions(parent=self),
        )
