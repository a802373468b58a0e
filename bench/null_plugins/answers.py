"""A stand-in's table with every request replaced by an answer that is there already.

Outputs get values that a program can work with (a key file that parses, addresses that look like
addresses), but nothing that means anything.
"""

import base64
import json
from dataclasses import replace
from typing import Any

from sandbox.plugins.properties import Properties, Property
from sandbox.plugins.provider import Table
from sandbox.plugins.resource import Created, ResourceType

NOWHERE = "http://127.0.0.1:9"
"""Nothing listens on the discard port: whoever calls it fails at once."""

KEY_FILE = base64.b64encode(json.dumps({"type": "service_account"}).encode()).decode()

VALUES: dict[str, Property] = {
    "restEndpoint": NOWHERE,
    "catalogEndpoint": NOWHERE,
    "bootstrapEndpoint": "SASL_SSL://127.0.0.1:9",
    "resourceName": "crn://confluent.cloud/organization=null/environment=env-null",
    "rbacCrn": "crn://confluent.cloud/organization=null/environment=env-null/cloud-cluster=lkc-null",
    "endpoints": [],
    "storage": 125,
    "email": "null@null.iam.gserviceaccount.com",
    "member": "serviceAccount:null@null.iam.gserviceaccount.com",
    "name": "projects/null/serviceAccounts/null",
    "privateKey": KEY_FILE,
    "creationTime": 0,
    "lastModifiedTime": 0,
    "numBytes": 0,
    "numLongTermBytes": 0,
    "numRows": 0,
    "effectiveLabels": {},
    "pulumiLabels": {},
    "privateRegionalRestEndpoints": {},
    "environment": {"id": "env-null"},
}
"""Where a property's own name will not do as its value."""


def value_of(name: str) -> Property:
    """Return the value that an output property has everywhere."""
    return VALUES.get(name, f"null-{name}")


def instant_type(kind: ResourceType[Any]) -> ResourceType[str]:
    """Return the resource type with nothing to wait for."""
    outputs = {name: value_of(name) for name in kind.computed}

    def create(_session: str, _inputs: Properties) -> Created:
        return Created("null", outputs)

    def read(_session: str, _id: str, _state: Properties) -> Properties:
        return {}

    def update(_session: str, _id: str, _olds: Properties, _news: Properties) -> None:
        return None

    def delete(_session: str, _id: str, _state: Properties) -> None:
        return None

    changes_in_place = None if kind.update is None else update
    return replace(
        kind, create=create, read=read, delete=delete, settle=None, update=changes_in_place
    )


REGISTRY = (
    *("id", "apiVersion", "kind", "displayName", "package", "cloud", "region", "environment"),
    *("restEndpoint", "catalogEndpoint", "resourceName", "privateRestEndpoint"),
    "privateRegionalRestEndpoints",
)


def instant_invoke(_session: str, _arguments: Properties) -> Properties:
    """Answer any of the functions; they all return a part of what a registry cluster has."""
    return {name: value_of(name) for name in REGISTRY}


def instant(table: Table[Any]) -> Table[str]:
    """Return the table with everything answered at once."""
    return Table(
        package=table.package,
        version=table.version,
        connect=lambda _config: "no session",
        types=tuple(instant_type(kind) for kind in table.types),
        invokes=dict.fromkeys(table.invokes, instant_invoke),
    )
