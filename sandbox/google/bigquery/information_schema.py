"""INFORMATION_SCHEMA: what the catalogue holds, as rows that a query can read.

Emulates SCHEMATA, TABLES, COLUMNS and VIEWS with the columns that people ask for. Every other
view is refused by name.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from sandbox.api import Caller
from sandbox.google.bigquery.catalog import Catalog, Dataset
from sandbox.google.bigquery.fields import Field, FieldType, Mode, quoted
from sandbox.google.errors import NotEmulated, NotFound

SQL_TYPES = {
    FieldType.INTEGER: "INT64",
    FieldType.FLOAT: "FLOAT64",
    FieldType.BOOLEAN: "BOOL",
}

Cell = str | int | None
Rows = Iterator[Sequence[Cell]]

TIMESTAMP = "TIMESTAMPTZ"
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "SCHEMATA": {
        "catalog_name": "VARCHAR",
        "schema_name": "VARCHAR",
        "schema_owner": "VARCHAR",
        "creation_time": TIMESTAMP,
        "last_modified_time": TIMESTAMP,
        "location": "VARCHAR",
    },
    "TABLES": {
        "table_catalog": "VARCHAR",
        "table_schema": "VARCHAR",
        "table_name": "VARCHAR",
        "table_type": "VARCHAR",
        "is_insertable_into": "VARCHAR",
        "is_typed": "VARCHAR",
        "creation_time": TIMESTAMP,
    },
    "COLUMNS": {
        "table_catalog": "VARCHAR",
        "table_schema": "VARCHAR",
        "table_name": "VARCHAR",
        "column_name": "VARCHAR",
        "ordinal_position": "BIGINT",
        "is_nullable": "VARCHAR",
        "data_type": "VARCHAR",
        "is_hidden": "VARCHAR",
        "is_partitioning_column": "VARCHAR",
        "clustering_ordinal_position": "BIGINT",
    },
    "VIEWS": {
        "table_catalog": "VARCHAR",
        "table_schema": "VARCHAR",
        "table_name": "VARCHAR",
        "view_definition": "VARCHAR",
        "use_standard_sql": "VARCHAR",
    },
}


def rows_sql(catalog: Catalog, caller: Caller, scope: tuple[str, str], view: str) -> str:
    """Return DuckDB's SQL for the rows of a view.

    Args:
        catalog: What is described.
        caller: Sees only the datasets it has rights on.
        scope: Project, and a dataset, a region (`region-us`) or nothing.
        view: Such as `TABLES`.

    Raises:
        GoogleError: 404 for an unknown dataset, 501 for a view that is not emulated.
    """
    if view not in COLUMNS:
        raise NotEmulated(f"INFORMATION_SCHEMA.{view}")
    rows = [row for dataset in _datasets(catalog, caller, scope) for row in ROWS[view](dataset)]
    names = ", ".join(quoted(name) for name in COLUMNS[view])
    types = list(COLUMNS[view].values())
    # One row of nulls gives an empty view its types; LIMIT takes it away again.
    shown = rows or [[None] * len(types)]
    values = ", ".join(
        "(" + ", ".join(_literal(cell, kind) for cell, kind in zip(row, types, strict=True)) + ")"
        for row in shown
    )
    return f"SELECT * FROM (VALUES {values}) AS view({names}) LIMIT {len(rows)}"  # noqa: S608 - literals are quoted


def _datasets(catalog: Catalog, caller: Caller, scope: tuple[str, str]) -> Sequence[Dataset]:
    project, name = scope
    if name and not name.lower().startswith("region-"):
        try:
            return [catalog.dataset(caller, project, name)]
        except NotFound:
            raise NotFound(f"Dataset {project}:{name} was not found in location US") from None
    location = name.lower().removeprefix("region-")
    datasets = catalog.datasets(caller, project)
    return [each for each in datasets if not location or each.location.lower() == location]


def _literal(cell: Cell, kind: str) -> str:
    text = "NULL" if cell is None else "'" + str(cell).replace("'", "''") + "'"
    return f"CAST({text} AS {kind})"


def _instant(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, tz=UTC).isoformat(" ")


def _schemata(dataset: Dataset) -> Rows:
    created, modified = _instant(dataset.created_ms), _instant(dataset.modified_ms)
    yield (dataset.project, dataset.dataset_id, None, created, modified, dataset.location)


def _tables(dataset: Dataset) -> Rows:
    for name, table in sorted(dataset.tables.items()):
        kind, insertable = ("VIEW", "NO") if table.is_view else ("BASE TABLE", "YES")
        created = _instant(table.created_ms)
        yield (dataset.project, dataset.dataset_id, name, kind, insertable, "NO", created)


def _columns(dataset: Dataset) -> Rows:
    for name, table in sorted(dataset.tables.items()):
        partitioned_by = (table.settings.get("timePartitioning") or {}).get("field")
        clustered_by = (table.settings.get("clustering") or {}).get("fields") or []
        for position, column in enumerate(table.schema, start=1):
            nullable = "NO" if column.mode is Mode.REQUIRED else "YES"
            is_key = "YES" if column.name == partitioned_by else "NO"
            order = clustered_by.index(column.name) + 1 if column.name in clustered_by else None
            yield (
                dataset.project,
                dataset.dataset_id,
                name,
                column.name,
                position,
                nullable,
                sql_type(column),
                "NO",
                is_key,
                order,
            )


def _views(dataset: Dataset) -> Rows:
    for name, table in sorted(dataset.tables.items()):
        if table.is_view:
            yield (dataset.project, dataset.dataset_id, name, table.view_query, "YES")


def sql_type(column: Field) -> str:
    """Return GoogleSQL's name of a column's type, such as `ARRAY<STRUCT<a INT64>>`."""
    if column.type is FieldType.RECORD:
        members = ", ".join(f"{each.name} {sql_type(each)}" for each in column.fields)
        text = f"STRUCT<{members}>"
    else:
        text = SQL_TYPES.get(column.type, column.type.value)
    return f"ARRAY<{text}>" if column.is_repeated else text


ROWS: Mapping[str, Callable[[Dataset], Rows]] = {
    "SCHEMATA": _schemata,
    "TABLES": _tables,
    "COLUMNS": _columns,
    "VIEWS": _views,
}
