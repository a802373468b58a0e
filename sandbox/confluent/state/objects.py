"""What an organization holds: values only, the rules are in the modules beside this one.

Names are those of the service's JSON. Every object is replaced, never changed in place.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sandbox.confluent.state.acls import Acls
from sandbox.confluent.state.provisioning import Progress
from sandbox.topics import Cluster

ORGANIZATION_ADMIN = "User:u-sandbox"
"""Who owns the bootstrap Cloud API key."""


class GovernancePackage(StrEnum):
    """`stream_governance_config.package` of an environment."""

    ESSENTIALS = "ESSENTIALS"
    ADVANCED = "ADVANCED"


class ClusterKind(StrEnum):
    """`spec.config.kind` of a Kafka cluster. Case-sensitive, as the provider compares it."""

    BASIC = "Basic"
    STANDARD = "Standard"


@dataclass(frozen=True)
class Environment:
    """An environment, `env-…`."""

    id: str
    display_name: str
    package: GovernancePackage | None
    crn: str


@dataclass(frozen=True)
class KafkaCluster:
    """A Kafka cluster, `lkc-…`, with its topics and ACLs."""

    id: str
    environment_id: str
    display_name: str
    availability: str
    cloud: str
    region: str
    kind: ClusterKind
    deletion_protection: bool
    crn: str
    """Ends in `/kafka=lkc-…`."""
    progress: Progress = field(repr=False)
    log: Cluster = field(repr=False)
    acls: Acls = field(repr=False)

    @property
    def rbac_crn(self) -> str:
        """The CRN that role bindings on the cluster name."""
        return self.crn.split("/kafka=")[0]


@dataclass(frozen=True)
class RegistryCluster:
    """An environment's Schema Registry cluster, `lsrc-…`."""

    id: str
    environment_id: str
    package: GovernancePackage
    cloud: str
    region: str
    crn: str
    progress: Progress = field(repr=False)


@dataclass(frozen=True)
class KsqlCluster:
    """A ksqlDB cluster, `lksqlc-…`."""

    id: str
    environment_id: str
    kafka_cluster_id: str
    display_name: str
    csu: int
    use_detailed_processing_log: bool
    credential_identity: str
    """The account it runs as, `sa-…` or `u-…`."""
    crn: str
    progress: Progress = field(repr=False)

    @property
    def topic_prefix(self) -> str:
        """Prefix of its internal topics and its transactional id."""
        return "pksqlc-" + self.id.removeprefix("lksqlc-")


@dataclass(frozen=True)
class ServiceAccount:
    """A service account, `sa-…`."""

    id: str
    display_name: str
    description: str


@dataclass(frozen=True)
class RoleBinding:
    """A role given to a principal on what a CRN pattern names, `rb-…`."""

    id: str
    principal: str
    role_name: str
    crn_pattern: str


@dataclass(frozen=True)
class ApiKey:
    """An API key. Holds the hash of its secret, never the secret."""

    id: str
    owner_id: str
    resource_id: str | None
    """None: a Cloud key."""
    display_name: str
    description: str
    secret_hash: bytes = field(repr=False)
    created_at: str = ""

    @property
    def principal(self) -> str:
        """Who a call made with it comes from."""
        return f"User:{self.owner_id}"


@dataclass(frozen=True)
class Connector:
    """A managed connector, `lcc-…`; `config` holds secrets and stays out of the repr."""

    id: str
    environment_id: str
    kafka_cluster_id: str
    name: str
    config: Mapping[str, str] = field(repr=False)
