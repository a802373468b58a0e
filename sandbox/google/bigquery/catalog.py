"""Datasets, tables and views: the rules between them, without HTTP and without SQL.

Owns names, settings, etags and who may see what. Leaves out rows (`store`) and the JSON shape of
answers (`resources`). Settings that the sandbox never looks at (labels, descriptions, expirations)
are kept as they were sent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.api import Caller, Json
from sandbox.clock import Clock
from sandbox.google.bigquery.fields import Schema, merged_schema
from sandbox.google.bigquery.store import RowStore
from sandbox.google.errors import (
    AccessDenied,
    Duplicate,
    Invalid,
    NotFound,
    PreconditionFailed,
    ResourceInUse,
)
from sandbox.google.identity import check_project
from sandbox.google.rights import LEGACY_ROLES, Rights

DATASET_ID = re.compile(r"\w{1,1024}", re.ASCII)
TABLE_ID = re.compile(r"[\w\- \u0080-\uffff]{1,1024}")


@dataclass(frozen=True)
class TableReference:
    """A table's full name."""

    project: str
    dataset: str
    table: str

    def __str__(self) -> str:
        return f"{self.project}:{self.dataset}.{self.table}"

    def to_wire(self) -> Json:
        """Return the `TableReference` of the REST API."""
        return {"projectId": self.project, "datasetId": self.dataset, "tableId": self.table}


@dataclass(eq=False)
class Table:
    """A table, or a view, which has a query instead of rows."""

    reference: TableReference
    schema: Schema
    settings: dict[str, Json]
    """Writable properties of the REST resource other than the schema."""
    created_ms: int
    modified_ms: int
    storage: str | None
    """Where its rows lie; None for a view."""
    revision: int = 1

    @property
    def is_view(self) -> bool:
        """Whether it has a query instead of rows."""
        return self.storage is None

    @property
    def view_query(self) -> str:
        """The view's SQL."""
        return str(self.settings["view"]["query"])

    @property
    def by_ingestion_time(self) -> bool:
        """Whether it is partitioned by the time at which rows came."""
        return is_by_ingestion_time(self.settings)

    @property
    def etag(self) -> str:
        """Changes with every change of its settings."""
        return f"t{self.created_ms:x}.{self.revision}"


@dataclass(eq=False)
class Dataset:
    """A named set of tables in one location."""

    project: str
    dataset_id: str
    location: str
    settings: dict[str, Json]
    """Writable properties of the REST resource other than the access list."""
    access: list[Json]
    created_ms: int
    modified_ms: int
    revision: int = 1
    tables: dict[str, Table] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.project}:{self.dataset_id}"

    @property
    def etag(self) -> str:
        """Changes with every change of its settings or access list."""
        return f"d{self.created_ms:x}.{self.revision}"


class Catalog:
    """All datasets of the sandbox. Every method that takes a caller checks its rights."""

    def __init__(self, clock: Clock, rights: Rights, store: RowStore) -> None:
        self._clock, self._rights, self.store = clock, rights, store
        self._datasets: dict[tuple[str, str], Dataset] = {}

    # Datasets

    def create_dataset(
        self,
        caller: Caller,
        name: tuple[str, str],
        *,
        location: str,
        access: list[Json] | None,
        settings: dict[str, Json],
    ) -> Dataset:
        """Create a dataset; without an access list it gets the service's default one.

        Raises:
            GoogleError: 400 for a bad name, 403, 409 if it exists.
        """
        project, dataset_id = name
        check_project(project)
        self._rights.require_in_project(caller.principal, project, "bigquery.datasets.create")
        if not DATASET_ID.fullmatch(dataset_id):
            raise Invalid(
                f'Invalid dataset ID "{dataset_id}". Dataset IDs must be alphanumeric (plus '
                "underscores) and must be at most 1024 characters long."
            )
        if name in self._datasets:
            raise Duplicate(f"Dataset {project}:{dataset_id}")
        now_ms = self._clock.now_ms()
        entries = default_access(caller) if access is None else normalized_access(access)
        dataset = Dataset(project, dataset_id, location, settings, entries, now_ms, now_ms)
        self._datasets[name] = dataset
        return dataset

    def dataset(
        self, caller: Caller, project: str, dataset_id: str, need: str = "bigquery.datasets.get"
    ) -> Dataset:
        """Return a dataset on which the caller has permission `need`.

        Raises:
            GoogleError: 404, or 403.
        """
        dataset = self._datasets.get((project, dataset_id))
        if dataset is None:
            raise NotFound(f"Dataset {project}:{dataset_id}")
        if not self.may(caller, dataset, need):
            raise AccessDenied(
                f"Dataset {dataset}: Permission {need} denied on dataset {dataset} (or it may "
                "not exist)."
            )
        return dataset

    def projects(self, caller: Caller) -> list[str]:
        """Return the projects that hold a dataset the caller may see."""
        need = "bigquery.datasets.get"
        return sorted({d.project for d in self._datasets.values() if self.may(caller, d, need)})

    def all(self) -> list[Dataset]:
        """Return every dataset, whoever asks."""
        return list(self._datasets.values())

    def has_table(self, reference: TableReference) -> bool:
        """Tell whether a table exists, whoever asks."""
        dataset = self.find_dataset(reference.project, reference.dataset)
        return dataset is not None and reference.table in dataset.tables

    def find_dataset(self, project: str, dataset_id: str) -> Dataset | None:
        """Return a dataset whoever asks, or None."""
        return self._datasets.get((project, dataset_id))

    def may(self, caller: Caller, dataset: Dataset, permission: str) -> bool:
        """Tell whether the caller has a permission on a dataset."""
        return self._rights.in_dataset(
            caller.principal, dataset.project, dataset.access, permission
        )

    def datasets(self, caller: Caller, project: str) -> list[Dataset]:
        """Return the datasets of a project that the caller may see, by name."""
        check_project(project)
        mine = (each for each in self._datasets.values() if each.project == project)
        seen = (each for each in mine if self.may(caller, each, "bigquery.datasets.get"))
        return sorted(seen, key=lambda each: each.dataset_id)

    def change_dataset(
        self, dataset: Dataset, *, settings: dict[str, Json], access: list[Json] | None
    ) -> None:
        """Replace the settings, and the access list if there is one."""
        dataset.settings = settings
        if access is not None:
            dataset.access = normalized_access(access)
        dataset.modified_ms = self._clock.now_ms()
        dataset.revision += 1

    def delete_dataset(self, dataset: Dataset, *, delete_contents: bool) -> None:
        """Remove a dataset.

        Raises:
            ResourceInUse: It holds tables and `delete_contents` is false.
        """
        if dataset.tables and not delete_contents:
            raise ResourceInUse(f"Dataset {dataset}")
        for table in list(dataset.tables.values()):
            self._drop(dataset, table)
        del self._datasets[dataset.project, dataset.dataset_id]

    # Tables

    def create_table(
        self, dataset: Dataset, table_id: str, schema: Schema, settings: dict[str, Json]
    ) -> Table:
        """Create a table, or a view if the settings hold one. Checks no rights.

        Raises:
            GoogleError: 400 for a bad name or setting, 409 if it exists.
        """
        reference = TableReference(dataset.project, dataset.dataset_id, table_id)
        if not TABLE_ID.fullmatch(table_id):
            raise Invalid(
                f'Invalid table ID "{table_id}". Table IDs must be alphanumeric (plus underscores,'
                " dashes and spaces) and must be at most 1024 characters long."
            )
        if table_id in dataset.tables:
            raise Duplicate(f"Table {reference}")
        check_settings(schema, settings)
        storage = None
        if "view" not in settings:
            storage = self.store.create(schema, by_ingestion_time=is_by_ingestion_time(settings))
        now_ms = self._clock.now_ms()
        table = Table(reference, schema, settings, now_ms, now_ms, storage)
        dataset.tables[table_id] = table
        return table

    def table(self, caller: Caller, reference: TableReference, need: str) -> Table:
        """Return a table on which the caller has permission `need`.

        Raises:
            GoogleError: 404, or 403.
        """
        dataset = self._datasets.get((reference.project, reference.dataset))
        if dataset is None:
            raise NotFound(f"Dataset {reference.project}:{reference.dataset}")
        if not self.may(caller, dataset, need):
            raise AccessDenied(
                f"Table {reference}: Permission {need} denied on table {reference} (or it may "
                "not exist)."
            )
        table = dataset.tables.get(reference.table)
        if table is None:
            raise NotFound(f"Table {reference}")
        return table

    def change_table(self, table: Table, *, schema: Schema | None, settings: Json) -> None:
        """Replace the settings, and add the schema's new columns.

        Raises:
            GoogleError: 400, the schema is no extension of the present one.
        """
        if schema is not None and not table.is_view:
            merged = merged_schema(table.schema, schema, str(table.reference))
            check_settings(merged, settings)
            self._extend(table, merged)
        table.settings = settings
        self.touch(table)

    def _extend(self, table: Table, schema: Schema) -> None:
        assert table.storage is not None
        for old, new in zip(table.schema, schema, strict=False):
            if old.mode is not new.mode:
                self.store.relax(table.storage, old.name)
        self.store.add_columns(table.storage, schema[len(table.schema) :])
        table.schema = schema

    def touch(self, table: Table) -> None:
        """Note that the table changed just now."""
        table.modified_ms = self._clock.now_ms()
        table.revision += 1

    def replace_rows(self, table: Table, schema: Schema) -> None:
        """Empty a table and give it another schema, in one step."""
        assert table.storage is not None
        storage = self.store.create(schema, by_ingestion_time=table.by_ingestion_time)
        self.store.drop(table.storage)
        table.storage, table.schema = storage, schema
        self.touch(table)

    def partition_start(self, table: Table) -> datetime:
        """Return the partition that rows arriving now belong to, by its first instant."""
        now = self._clock.now().replace(minute=0, second=0, microsecond=0)
        kind = table.settings["timePartitioning"]["type"]
        if kind == "HOUR":
            return now
        day = now.replace(hour=0)
        if kind == "DAY":
            return day
        return day.replace(day=1) if kind == "MONTH" else day.replace(month=1, day=1)

    def delete_table(self, reference: TableReference) -> None:
        """Remove a table that exists (see `table`)."""
        dataset = self._datasets[reference.project, reference.dataset]
        self._drop(dataset, dataset.tables[reference.table])

    def _drop(self, dataset: Dataset, table: Table) -> None:
        if table.storage is not None:
            self.store.drop(table.storage)
        del dataset.tables[table.reference.table]


def check_etag(if_match: str | None, etag: str) -> None:
    """Raise `PreconditionFailed` if the request expects another state than the present one."""
    if if_match not in (None, "*", etag):
        raise PreconditionFailed


def default_access(creator: Caller) -> list[Json]:
    """Return the access list that a dataset gets when none is given."""
    email = creator.principal.partition(":")[2] or "owner@sandbox.invalid"
    return [
        {"role": "WRITER", "specialGroup": "projectWriters"},
        {"role": "OWNER", "specialGroup": "projectOwners"},
        {"role": "OWNER", "userByEmail": email},
        {"role": "READER", "specialGroup": "projectReaders"},
    ]


def normalized_access(entries: list[Json]) -> list[Json]:
    """Return an access list as the service keeps it: dataset roles under their older names.

    Raises:
        GoogleError: 400, an entry grants nothing or names nobody.
    """
    kept: list[Json] = []
    for entry in entries:
        if not isinstance(entry, Mapping):
            raise Invalid(f"Invalid value for access: {entry!r:.100} is not an object")
        whom = set(entry) & {
            "userByEmail", "groupByEmail", "domain", "specialGroup", "iamMember", "view",
            "routine", "dataset",
        }  # fmt: skip
        if len(whom) != 1:
            raise Invalid(f"An access entry needs exactly one member: {dict(entry)!r:.200}")
        if "role" not in entry and not whom & {"view", "routine", "dataset"}:
            raise Invalid(f"An access entry needs a role: {dict(entry)!r:.200}")
        role = entry.get("role")
        changed = {"role": LEGACY_ROLES.get(role, role)} if role else {}
        normal = {**entry, **changed}
        if normal not in kept:
            kept.append(normal)
    return kept


def is_by_ingestion_time(settings: Mapping[str, Any]) -> bool:
    """Whether a table of these settings is partitioned by the time at which rows come."""
    partitioning = settings.get("timePartitioning") or {}
    return bool(partitioning) and not partitioning.get("field")


def check_settings(schema: Schema, settings: Mapping[str, Any]) -> None:
    """Raise `GoogleError` 400 for partitioning or clustering that does not fit the schema."""
    types = {each.name.lower(): each.type for each in schema}
    partitioning = settings.get("timePartitioning") or {}
    kind = partitioning.get("type")
    if partitioning and kind not in ("HOUR", "DAY", "MONTH", "YEAR"):
        raise Invalid(f"Unknown partitioning type {kind}: must be HOUR, DAY, MONTH or YEAR")
    name = partitioning.get("field")
    if name and types.get(name.lower()) not in ("DATE", "TIMESTAMP", "DATETIME"):
        raise Invalid(
            "The field specified for partitioning cannot be found in the schema, or is not a "
            f"DATE, TIMESTAMP or DATETIME: {name}"
        )
    for each in (settings.get("clustering") or {}).get("fields", ()):
        if each.lower() not in types:
            raise Invalid(
                f"The field specified for clustering cannot be found in the schema: {each}"
            )
