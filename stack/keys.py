"""API keys: whose they are and which one thing each opens.

Leaves out what their owners may do there (`stack.grants`).
"""

from dataclasses import dataclass

import pulumi
import pulumi_confluentcloud as confluent


@dataclass(frozen=True)
class Target:
    """What a key opens: a Kafka, ksqlDB or Schema Registry cluster."""

    id: pulumi.Input[str]
    api_version: pulumi.Input[str]
    kind: pulumi.Input[str]
    environment_id: pulumi.Input[str]


def api_key(
    name: str,
    owner: confluent.ServiceAccount,
    target: Target,
    opts: pulumi.ResourceOptions,
    *,
    wait: bool = True,
) -> confluent.ApiKey:
    """Declare a key.

    Args:
        name: Logical name, also shown to people.
        owner: Whose key it is.
        target: What it opens.
        opts: Of the resource.
        wait: False for a key whose users try again until it works. The published provider cannot
            look whether a ksqlDB key works and sleeps five minutes instead.
    """
    return confluent.ApiKey(
        name,
        display_name=name,
        owner=confluent.ApiKeyOwnerArgs(
            id=owner.id, kind=owner.kind, api_version=owner.api_version
        ),
        managed_resource=confluent.ApiKeyManagedResourceArgs(
            id=target.id,
            kind=target.kind,
            api_version=target.api_version,
            environment=confluent.ApiKeyManagedResourceEnvironmentArgs(id=target.environment_id),
        ),
        disable_wait_for_ready=not wait,
        opts=opts,
    )
