"""Tables that jobs write to: made if need be, emptied or kept, as the job's dispositions say."""

from sandbox.api import Caller, Json
from sandbox.google.bigquery.catalog import Catalog, Table, TableReference
from sandbox.google.bigquery.fields import Schema, merged_schema
from sandbox.google.bigquery.resources import TABLE_SETTINGS, written_settings
from sandbox.google.bigquery.rows import append_columns
from sandbox.google.bigquery.statement import QueryResult
from sandbox.google.bigquery.values import python_cell
from sandbox.google.errors import Duplicate, Invalid, NotFound


def destination(
    catalog: Catalog, caller: Caller, reference: TableReference, schema: Schema, configuration: Json
) -> Table:
    """Return the table that a job's rows go to, ready to take rows of `schema`.

    Args:
        catalog: Where it is, or is made.
        caller: Needs the rights to create or change it.
        reference: Its name.
        schema: Of the rows.
        configuration: Of the job: `createDisposition`, `writeDisposition`,
            `schemaUpdateOptions` and a new table's settings.

    Raises:
        GoogleError: 404 or 409 as the dispositions say, 400 if the schemas do not fit.
    """
    write = str(configuration.get("writeDisposition") or "WRITE_APPEND")
    if write not in ("WRITE_APPEND", "WRITE_EMPTY", "WRITE_TRUNCATE"):
        raise Invalid(f"Invalid value for writeDisposition: {write}")
    dataset = catalog.dataset(caller, reference.project, reference.dataset)
    table = dataset.tables.get(reference.table)
    if table is None:
        if configuration.get("createDisposition") == "CREATE_NEVER":
            raise NotFound(f"Table {reference}")
        need = "bigquery.tables.create"
        dataset = catalog.dataset(caller, reference.project, reference.dataset, need)
        settings = written_settings(configuration, TABLE_SETTINGS)
        settings.update(configuration.get("destinationTableProperties") or {})
        return catalog.create_table(dataset, reference.table, schema, settings)
    table = catalog.table(caller, reference, "bigquery.tables.updateData")
    if table.storage is None:
        raise Invalid(f"Cannot write to {reference}: it is a VIEW.")
    if write == "WRITE_TRUNCATE":
        catalog.replace_rows(table, schema)
    elif write == "WRITE_EMPTY" and catalog.store.count(table.storage):
        raise Duplicate(f"Table {reference}")
    else:
        _fit(catalog, table, schema, configuration)
    return table


def _fit(catalog: Catalog, table: Table, schema: Schema, configuration: Json) -> None:
    """Let a table grow by a job's new columns if the job says so; else they are a mistake."""
    known = {each.name.lower() for each in table.schema}
    added = tuple(each for each in schema if each.name.lower() not in known)
    if not added:
        return
    if "ALLOW_FIELD_ADDITION" not in (configuration.get("schemaUpdateOptions") or ()):
        raise Invalid(
            f"Provided Schema does not match Table {table.reference}. Cannot add fields "
            f"(field: {added[0].name})"
        )
    grown = (*table.schema, *added)
    merged_schema(table.schema, grown, str(table.reference))
    catalog.change_table(table, schema=grown, settings=table.settings)


def write_result(
    catalog: Catalog,
    caller: Caller,
    reference: TableReference,
    result: QueryResult,
    configuration: Json,
) -> None:
    """Put the rows of a SELECT into its destination table.

    Raises:
        GoogleError: As `destination`; 400 if a value does not fit.
    """
    if result.statement_type != "SELECT":
        raise Invalid(f"A {result.statement_type} statement cannot have a destination table")
    by_default_empty = {"writeDisposition": "WRITE_EMPTY", **configuration}
    table = destination(catalog, caller, reference, result.schema, by_default_empty)
    columns = [
        [python_cell(column, row[i]) for row in result.rows]
        for i, column in enumerate(result.schema)
    ]
    append_columns(catalog, table, result.schema, columns)
