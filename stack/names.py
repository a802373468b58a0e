"""What things are called: derived once from the settings, so that teams never collide.

Stack `dev` has the lab's names; every other stack adds its own name. Environments, service
accounts and datasets share a namespace with other stacks; topics and connectors live in the
stack's own cluster and are called as in the lab everywhere.
"""

import re
from dataclasses import dataclass
from hashlib import sha256

from stack.settings import WorkshopSettings

LAB_STACK = "dev"
LAB_DATASET = "workshop_gcp_builder"

USERS_TOPIC = "users_topic"
STOCKS_TOPIC = "stocks_topic"
MONITORED = "accounts_to_monitor"
"""The last statement's name in lower case: its topic, and the table the sink fills."""
MONITORED_VIEW = "accounts_to_monitor_latest"

LONGEST_GOOGLE_ID = 30
"""Characters in the id of a Google service account."""


@dataclass(frozen=True)
class Names:
    """The names of one stack's objects."""

    base: str
    """Lower-case letters, digits and hyphens; unique per stack."""
    dataset: str

    @property
    def environment(self) -> str:
        """Of the Confluent environment."""
        return self.base

    @property
    def cluster(self) -> str:
        """Of the Kafka cluster."""
        return f"{self.base}-cluster"

    @property
    def application(self) -> str:
        """Of the ksqlDB application."""
        return f"{self.base}-ksqldb"

    def identity(self, job: str) -> str:
        """Of the Confluent service account for a job."""
        return f"{self.base}-{job}"

    @property
    def google_identity(self) -> str:
        """Id of the Google service account that the sink signs in as."""
        return shortened(self.base, LONGEST_GOOGLE_ID - len("-sink")) + "-sink"


def names_of(settings: WorkshopSettings) -> Names:
    """Return the names for a stack."""
    suffix = slug(settings.stack)
    is_lab = settings.stack == LAB_STACK
    base = settings.name_prefix if is_lab else f"{settings.name_prefix}-{suffix}"
    derived = LAB_DATASET if is_lab else f"{LAB_DATASET}_{suffix.replace('-', '_')}"
    return Names(base, settings.dataset_name or derived)


def slug(stack: str) -> str:
    """Return a stack's name in lower-case letters, digits and single hyphens, 30 at most.

    Two stacks never share one: whenever letters had to change, a digest of the name is added.
    """
    plain = re.sub(r"[^a-z0-9]+", "-", stack.lower()).strip("-")
    if plain == stack:
        return shortened(plain, 30)
    digest = _digest(stack)
    return shortened(f"{plain}-{digest}".strip("-"), 30)


def shortened(name: str, longest: int) -> str:
    """Return the name, or as much of it as fits with a digest of all of it."""
    if len(name) <= longest:
        return name
    digest = _digest(name)
    return f"{name[: longest - len(digest) - 1].rstrip('-')}-{digest}"


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:6]
