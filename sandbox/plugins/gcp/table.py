"""Everything that the stand-in for the Google provider can do, in one table."""

from functools import partial

from sandbox.plugins.gcp.datasets import DATASET, DATASET_ACCESS, DATASET_IAM_MEMBER
from sandbox.plugins.gcp.identity import ACCOUNT, KEY
from sandbox.plugins.gcp.projects import IAM_MEMBER, SERVICE
from sandbox.plugins.gcp.session import GoogleSession, connect
from sandbox.plugins.gcp.tables import TABLE
from sandbox.plugins.http import Transport
from sandbox.plugins.process import sdk_version
from sandbox.plugins.provider import Table
from sandbox.plugins.waiting import Pause

TYPES = (
    DATASET,
    DATASET_IAM_MEMBER,
    DATASET_ACCESS,
    TABLE,
    ACCOUNT,
    KEY,
    IAM_MEMBER,
    SERVICE,
)


def table(transport: Transport, pause: Pause) -> Table[GoogleSession]:
    """Return the table, its sessions calling over `transport`."""
    return Table(
        package="gcp",
        version=sdk_version("gcp"),
        connect=partial(connect, transport=transport, pause=pause),
        types=TYPES,
        invokes={},
    )
