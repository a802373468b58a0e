"""The control plane's APIs, each with its operations and the form of its errors."""

from sandbox.api import Api
from sandbox.confluent.cmk import Cmk, Srcm
from sandbox.confluent.errors import errors_body
from sandbox.confluent.iam import ApiKeyHandlers, RoleBindingHandlers, ServiceAccountHandlers
from sandbox.confluent.kafka.errors import kafka_error_body
from sandbox.confluent.kafka.topics import Topics
from sandbox.confluent.org import Org
from sandbox.confluent.state.cloud import Cloud


def confluent_apis(cloud: Cloud) -> tuple[Api, ...]:
    """Return the management APIs and Kafka REST v3.

    The first one owns every path that no other API claims: on the service, too, unknown
    paths end at api.confluent.cloud.
    """
    return (
        Api("Environments (org/v2)", ("/",), Org(cloud).operations(), errors_body),
        Api("Kafka clusters (cmk/v2)", ("/cmk/",), Cmk(cloud).operations(), errors_body),
        Api(
            "Schema Registry clusters (srcm/v3)", ("/srcm/",), Srcm(cloud).operations(), errors_body
        ),
        Api(
            "Identity and access (iam/v2)",
            ("/iam/",),
            (
                *ServiceAccountHandlers(cloud).operations(),
                *RoleBindingHandlers(cloud).operations(),
                *ApiKeyHandlers(cloud).operations(),
            ),
            errors_body,
        ),
        Api("Kafka REST v3", ("/kafka/",), Topics(cloud).operations(), kafka_error_body),
    )
