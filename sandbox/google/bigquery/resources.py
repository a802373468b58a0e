"""The JSON shapes of datasets, tables and lists, and what requests say about them.

Owns which properties can be written, how PATCH merges, and paging. Leaves out rules (`catalog`).
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from starlette.requests import Request

from sandbox.api import Json
from sandbox.google.bigquery.catalog import Dataset, Table, TableReference
from sandbox.google.bigquery.fields import schema_to_wire
from sandbox.google.errors import Invalid

DATASET_SETTINGS = (
    "friendlyName",
    "description",
    "labels",
    "defaultTableExpirationMs",
    "defaultPartitionExpirationMs",
    "defaultCollation",
    "defaultRoundingMode",
    "maxTimeTravelHours",
    "isCaseInsensitive",
    "storageBillingModel",
    "resourceTags",
    "defaultEncryptionConfiguration",
)
TABLE_SETTINGS = (
    "friendlyName",
    "description",
    "labels",
    "expirationTime",
    "timePartitioning",
    "clustering",
    "requirePartitionFilter",
    "view",
    "defaultCollation",
    "resourceTags",
    "encryptionConfiguration",
    "maxStaleness",
    "tableConstraints",
)
REFUSED_TABLES = {
    "materializedView": "Materialized views",
    "externalDataConfiguration": "External tables",
    "rangePartitioning": "Integer range partitioning",
    "snapshotDefinition": "Table snapshots",
    "cloneDefinition": "Table clones",
    "biglakeConfiguration": "BigLake tables",
}

BYTES_PER_CELL = 8
"""What a stored cell is billed as here: the service's real figure depends on the value."""

COUNT = re.compile(r"\d{1,18}", re.ASCII)
"""Digits of a number that fits 64 bits."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class Page:
    """Which part of a list a request wants."""

    start: int
    size: int | None
    """None: as many as there are."""

    @classmethod
    def of(cls, request: Request) -> "Page":
        """Read `pageToken`, `startIndex` and `maxResults`.

        Raises:
            GoogleError: 400, one of them is none of ours or no number.
        """
        token = request.query_params.get("pageToken")
        start = _token_start(token) if token else number(request, "startIndex", 0)
        return cls(start, number(request, "maxResults", None))

    def cut(self, items: Sequence[Item]) -> tuple[Sequence[Item], str | None]:
        """Return the page's items and the token of the next page, if there is one."""
        end = len(items) if self.size is None else self.start + self.size
        return items[self.start : end], page_token(end) if end < len(items) else None


def page_token(start: int) -> str:
    """Return the token of the page that begins at `start`."""
    return base64.urlsafe_b64encode(f"from:{start}".encode()).decode().rstrip("=")


def _token_start(token: str) -> int:
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        prefix, _, start = text.partition(":")
        if prefix != "from" or not COUNT.fullmatch(start):
            raise ValueError(text)
        return int(start)
    except (ValueError, binascii.Error):
        raise Invalid("Invalid value for pageToken", location="pageToken") from None


Default = TypeVar("Default", int, None)


def number(request: Request, name: str, default: Default) -> int | Default:
    """Return a query parameter that must be a number, not negative.

    Raises:
        GoogleError: 400, it is something else.
    """
    text = request.query_params.get(name)
    if text is None or text == "":
        return default
    if not COUNT.fullmatch(text):
        raise Invalid(f"Invalid value for {name}: {text}", location=name)
    return int(text)


def flag(request: Request, name: str) -> bool:
    """Return a query parameter that is `true` or `false`."""
    return request.query_params.get(name, "false").lower() == "true"


def root(request: Request) -> str:
    """Return the address that links in answers begin with."""
    return f"{request.base_url}bigquery/v2"


def written_settings(body: Json, names: Sequence[str]) -> dict[str, Json]:
    """Return the settings that a body gives, without those that it nulls."""
    return {name: body[name] for name in names if body.get(name) is not None}


def patched_settings(old: dict[str, Json], body: Json, names: Sequence[str]) -> dict[str, Json]:
    """Return the settings after a PATCH: null removes, labels merge, all else replaces."""
    merged = dict(old)
    for name in names:
        if name not in body:
            continue
        value = body[name]
        if name == "labels" and isinstance(value, dict):
            labels = {**old.get("labels", {}), **value}
            value = {key: text for key, text in labels.items() if text is not None} or None
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = value
    return merged


def reference_in(body: Json, key: str, name: str) -> str:
    """Return the id that a body's reference holds.

    Raises:
        GoogleError: 400, it is missing.
    """
    reference = body.get(key)
    value = reference.get(name) if isinstance(reference, dict) else None
    if not isinstance(value, str) or not value:
        raise Invalid(f"Required parameter is missing: {name}", location=name)
    return value


def table_reference(wire: Json, default_project: str = "") -> TableReference:
    """Read a `TableReference`.

    Raises:
        GoogleError: 400, a part is missing.
    """
    parts = [
        (wire.get(key) if isinstance(wire, dict) else None)
        or (default_project if key == "projectId" else "")
        for key in ("projectId", "datasetId", "tableId")
    ]
    if not all(isinstance(part, str) and part for part in parts):
        raise Invalid(f"Required parameter is missing in table reference {wire!r:.200}")
    return TableReference(*parts)


def dataset_resource(dataset: Dataset, base: str) -> Json:
    """Return a `Dataset` as get, insert, patch and update answer it."""
    return {
        "kind": "bigquery#dataset",
        "etag": dataset.etag,
        "id": str(dataset),
        "selfLink": f"{base}/projects/{dataset.project}/datasets/{dataset.dataset_id}",
        "datasetReference": {"datasetId": dataset.dataset_id, "projectId": dataset.project},
        "access": dataset.access,
        "creationTime": str(dataset.created_ms),
        "lastModifiedTime": str(dataset.modified_ms),
        "location": dataset.location,
        "type": "DEFAULT",
    } | dataset.settings


def dataset_item(dataset: Dataset) -> Json:
    """Return a dataset as a list shows it."""
    item: dict[str, Json] = {
        "kind": "bigquery#dataset",
        "id": str(dataset),
        "datasetReference": {"datasetId": dataset.dataset_id, "projectId": dataset.project},
        "location": dataset.location,
        "type": "DEFAULT",
    }
    shown = ("labels", "friendlyName")
    return item | {key: dataset.settings[key] for key in shown if key in dataset.settings}


def table_resource(table: Table, location: str, rows: int, base: str) -> Json:
    """Return a `Table` as get, insert, patch and update answer it."""
    reference = table.reference
    resource: dict[str, Json] = {
        "kind": "bigquery#table",
        "etag": table.etag,
        "id": str(reference),
        "selfLink": f"{base}/projects/{reference.project}/datasets/{reference.dataset}"
        f"/tables/{reference.table}",
        "tableReference": reference.to_wire(),
        "schema": schema_to_wire(table.schema),
        "creationTime": str(table.created_ms),
        "lastModifiedTime": str(table.modified_ms),
        "type": "VIEW" if table.is_view else "TABLE",
        "location": location,
        "numBytes": str(rows * len(table.schema) * BYTES_PER_CELL),
        "numLongTermBytes": "0",
        "numRows": str(rows),
    }
    return resource | table.settings


def table_item(table: Table) -> Json:
    """Return a table as a list shows it."""
    item: dict[str, Json] = {
        "kind": "bigquery#table",
        "id": str(table.reference),
        "tableReference": table.reference.to_wire(),
        "type": "VIEW" if table.is_view else "TABLE",
        "creationTime": str(table.created_ms),
    }
    if table.is_view:
        item["view"] = {"useLegacySql": False}
    shown = ("labels", "friendlyName", "timePartitioning", "clustering", "expirationTime")
    return item | {key: table.settings[key] for key in shown if key in table.settings}
