"""Everything that the stand-in for the Confluent provider can do, in one table."""

from functools import partial

from sandbox.plugins.confluentcloud.applications import KSQL_CLUSTER
from sandbox.plugins.confluentcloud.clusters import KAFKA_CLUSTER, get_schema_registry_cluster
from sandbox.plugins.confluentcloud.connectors import CONNECTOR
from sandbox.plugins.confluentcloud.identity import API_KEY, ROLE_BINDING, SERVICE_ACCOUNT
from sandbox.plugins.confluentcloud.organization import (
    ENVIRONMENT,
    get_environment,
    get_organization,
)
from sandbox.plugins.confluentcloud.session import CloudSession, connect
from sandbox.plugins.confluentcloud.topics import KAFKA_ACL, KAFKA_TOPIC
from sandbox.plugins.http import Transport
from sandbox.plugins.process import sdk_version
from sandbox.plugins.provider import Table
from sandbox.plugins.waiting import Pause

TYPES = (
    ENVIRONMENT,
    KAFKA_CLUSTER,
    SERVICE_ACCOUNT,
    ROLE_BINDING,
    API_KEY,
    KAFKA_TOPIC,
    KAFKA_ACL,
    KSQL_CLUSTER,
    CONNECTOR,
)

INVOKES = {
    "confluentcloud:index/getEnvironment:getEnvironment": get_environment,
    "confluentcloud:index/getOrganization:getOrganization": get_organization,
    "confluentcloud:index/getSchemaRegistryCluster:getSchemaRegistryCluster": (
        get_schema_registry_cluster
    ),
}


def table(transport: Transport, pause: Pause) -> Table[CloudSession]:
    """Return the table, its sessions calling over `transport`."""
    return Table(
        package="confluentcloud",
        version=sdk_version("confluentcloud"),
        connect=partial(connect, transport=transport, pause=pause),
        types=TYPES,
        invokes=INVOKES,
    )
