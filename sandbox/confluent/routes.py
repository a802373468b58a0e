"""The control plane's APIs, each with its operations and the form of its errors."""

from sandbox.api import Api
from sandbox.confluent.cmk import Cmk, Srcm
from sandbox.confluent.connect import Connect
from sandbox.confluent.errors import error_code_body, errors_body
from sandbox.confluent.iam import ApiKeyHandlers, RoleBindingHandlers, ServiceAccountHandlers
from sandbox.confluent.kafka.acls import AclHandlers
from sandbox.confluent.kafka.errors import kafka_error_body
from sandbox.confluent.kafka.records import Records
from sandbox.confluent.kafka.topics import Topics
from sandbox.confluent.ksqldbcm import Ksqldbcm
from sandbox.confluent.not_emulated import apis_not_emulated, kafka_not_emulated
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
        Api(
            "ksqlDB clusters (ksqldbcm/v2)",
            ("/ksqldbcm/",),
            Ksqldbcm(cloud).operations(),
            errors_body,
        ),
        Api("Connect (connect/v1)", ("/connect/",), Connect(cloud).operations(), error_code_body),
        Api(
            "Kafka REST v3",
            ("/kafka/",),
            (
                *Topics(cloud).operations(),
                *AclHandlers(cloud).operations(),
                *Records(cloud).operations(),
                *kafka_not_emulated(),
            ),
            kafka_error_body,
        ),
        *apis_not_emulated(),
    )
