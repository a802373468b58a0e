"""Rows on their way into a table: from JSON objects to columns of text.

Owns which rows are taken and what is said about the others. Leaves out single values (`values`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sandbox.api import Json
from sandbox.google.bigquery.catalog import Catalog, Table
from sandbox.google.bigquery.fields import Schema, quoted
from sandbox.google.bigquery.store import PARTITION_TIME, Columns, StoreError
from sandbox.google.bigquery.values import BadValue, stored_cell, timestamp_text
from sandbox.google.errors import Invalid

Cells = list[str | None]


@dataclass
class ParsedRows:
    """What became of the rows of one request."""

    width: int
    cells: list[Cells | None] = field(default_factory=list)
    """Per row its cells, None if it was refused."""
    errors: dict[int, BadValue] = field(default_factory=dict)
    """Per refused row the first thing wrong with it."""

    @property
    def good(self) -> Sequence[int]:
        """The indexes of the rows that can be stored."""
        return [i for i, cells in enumerate(self.cells) if cells is not None]

    def columns(self, indexes: Sequence[int]) -> Columns:
        """Return the cells of those rows, column by column."""
        rows = [cells for i in indexes if (cells := self.cells[i]) is not None]
        return list(zip(*rows, strict=True)) if rows else [[] for _ in range(self.width)]

    def stop_the_others(self, count: int) -> None:
        """Mark every good row as stopped by the bad ones, as insertAll does."""
        for i in range(count):
            self.errors.setdefault(i, BadValue("", "", "stopped"))

    def error_list(self) -> Json:
        """Return the `insertErrors` of an answer."""
        return [
            {
                "index": i,
                "errors": [
                    {
                        "reason": bad.reason,
                        "location": bad.path,
                        "debugInfo": "",
                        "message": bad.message,
                    }
                ],
            }
            for i, bad in sorted(self.errors.items())
        ]


def parse_rows(schema: Schema, rows: Sequence[Json], *, ignore_unknown: bool) -> ParsedRows:
    """Judge JSON objects by a schema; names match in any case, missing ones are NULL."""
    parsed = ParsedRows(len(schema))
    names = [each.name for each in schema]
    lowered = [name.lower() for name in names]
    known = set(names)
    for i, row in enumerate(rows):
        try:
            if not isinstance(row, dict):
                raise BadValue("", "Missing the required field: json.")
            if row.keys() <= known:
                values = [row.get(name) for name in names]
            else:
                given = {key.lower(): value for key, value in row.items()}
                if not ignore_unknown:
                    _check_known(given, set(lowered), row)
                values = [given.get(name) for name in lowered]
            cells = [stored_cell(each, v) for each, v in zip(schema, values, strict=True)]
        except BadValue as bad:
            parsed.errors[i] = bad
            parsed.cells.append(None)
        else:
            parsed.cells.append(cells)
    return parsed


def _check_known(given: dict[str, Json], known: set[str], row: dict[str, Json]) -> None:
    for key, written in zip(given, row, strict=False):
        if key not in known:
            raise BadValue(written, f"no such field: {written}.")


def append_rows(catalog: Catalog, table: Table, columns: Columns) -> int:
    """Store rows given column by column in the table's order; return how many.

    Raises:
        GoogleError: 400, DuckDB cannot take a value that looked right.
    """
    return append_columns(catalog, table, table.schema, columns)


def append_columns(catalog: Catalog, table: Table, schema: Schema, columns: Columns) -> int:
    """Store rows given column by column in the order of `schema`; other columns get NULL.

    Raises:
        GoogleError: 400, DuckDB cannot take a value that looked right.
    """
    assert table.storage is not None
    count = len(columns[0]) if columns else 0
    if not count:
        return 0
    moment = None
    if table.by_ingestion_time:
        moment = timestamp_text(catalog.partition_start(table))
    try:
        catalog.store.append(table.storage, _stored_columns(table, schema), columns, moment)
    except StoreError as problem:
        raise Invalid(str(problem)) from None
    return count


def _stored_columns(table: Table, schema: Schema) -> Schema:
    """Return the table's columns that `schema` names, in the order of `schema`."""
    if schema is table.schema:
        return schema
    by_name = {each.name.lower(): each for each in table.schema}
    return tuple(by_name[each.name.lower()] for each in schema)


def append_selection(catalog: Catalog, table: Table, sql: str) -> int:
    """Store what a SELECT in DuckDB's SQL gives, column by column in order; return how many.

    Raises:
        StoreError: Its columns do not fit, or it fails on a value.
    """
    columns = ", ".join(quoted(each.name) for each in table.schema)
    moment = "NULL"
    if table.by_ingestion_time:
        columns += f", {PARTITION_TIME}"
        moment = f"'{timestamp_text(catalog.partition_start(table))}'"
    extra = f", {moment}" if table.by_ingestion_time else ""
    inserted = catalog.store.change(
        f"INSERT INTO {table.storage} ({columns}) SELECT *{extra} FROM ({sql}) AS result"  # noqa: S608 - quoted names
    )
    catalog.touch(table)
    return inserted
