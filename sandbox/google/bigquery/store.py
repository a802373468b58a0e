"""Rows, behind a small protocol; DuckDB is the one implementation.

Owns storage: making, filling, reading and dropping columns of values, and running SQL that is
DuckDB's already. Leaves out names (a table is a storage name such as `t17`, which the catalogue
hands to no one else) and BigQuery's dialect.

Timestamps leave as microseconds since the epoch, at any depth: DuckDB's own conversion needs a
package that we do not install, and the wire wants the number anyway.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sandbox.google.bigquery.fields import (
    Field,
    FieldType,
    Mode,
    Schema,
    field_of_stored,
    quoted,
)
from sandbox.google.errors import Invalid

if TYPE_CHECKING:
    import duckdb

Row = Sequence[Any]
Columns = Sequence[Sequence[str | None]]
"""Cells column by column, each as text that its type's cast accepts (`values.stored_cell`)."""

PARTITION_TIME = "_PARTITIONTIME"
"""The hidden column of a table that is partitioned by ingestion time."""

MEMORY_LIMIT = "1GB"
FILE_NAME = "bigquery.duckdb"


class StoreError(Exception):
    """DuckDB refuses a statement; the message is DuckDB's own."""


@dataclass(frozen=True)
class Selection:
    """What a query gave."""

    schema: Schema
    rows: list[Row]


class RowStore(Protocol):
    """Where rows lie."""

    def create(self, schema: Schema, *, by_ingestion_time: bool) -> str:
        """Make room for rows of that schema; return its storage name."""

    def drop(self, name: str) -> None:
        """Remove the rows and their place."""

    def add_columns(self, name: str, fields: Schema) -> None:
        """Add columns, NULL in the rows that are there."""

    def relax(self, name: str, column: str) -> None:
        """Let a column hold NULL."""

    def append(
        self, name: str, schema: Schema, columns: Columns, partition_time: str | None
    ) -> None:
        """Add rows, given column by column in the schema's order."""

    def count(self, name: str) -> int:
        """Return how many rows there are."""

    def read(self, name: str, schema: Schema, *, limit: int, offset: int) -> list[Row]:
        """Return rows in the order they came."""

    def describe(self, sql: str) -> Schema:
        """Return the columns that a SELECT would give, without running it.

        Raises:
            StoreError: It does not bind.
        """

    def select(self, sql: str) -> Selection:
        """Run a SELECT.

        Raises:
            StoreError: It does not bind, or fails on a value.
        """

    def change(self, sql: str) -> int:
        """Run INSERT, UPDATE, DELETE or MERGE; return the number of rows concerned.

        Raises:
            StoreError: It does not bind, or fails on a value; nothing is changed then.
        """

    def close(self) -> None:
        """Let go of everything."""


class DuckDbStore:
    """Rows in DuckDB: in memory, or in one file that begins empty.

    The library is imported and opened on first use: most of a sandbox's life needs neither.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._opened: duckdb.DuckDBPyConnection | None = None
        self._numbers = count(1)

    @property
    def _duckdb(self) -> "duckdb.DuckDBPyConnection":
        if self._opened is None:
            self._opened = _open(self._folder)
        return self._opened

    def create(self, schema: Schema, *, by_ingestion_time: bool) -> str:
        """Make a DuckDB table."""
        name = f"t{next(self._numbers)}"
        columns = [_column(each) for each in schema]
        if by_ingestion_time or not columns:
            # DuckDB has no table without columns, BigQuery has.
            columns.append(f"{PARTITION_TIME} TIMESTAMP WITH TIME ZONE")
        self._duckdb.execute(f"CREATE TABLE {name} ({', '.join(columns)})")
        return name

    def drop(self, name: str) -> None:
        """Drop the DuckDB table."""
        self._duckdb.execute(f"DROP TABLE {name}")

    def add_columns(self, name: str, fields: Schema) -> None:
        """Alter the DuckDB table."""
        for each in fields:
            self._duckdb.execute(
                f"ALTER TABLE {name} ADD COLUMN {quoted(each.name)} {each.stored_type}"
            )

    def relax(self, name: str, column: str) -> None:
        """Drop the DuckDB column's constraint."""
        self._duckdb.execute(f"ALTER TABLE {name} ALTER COLUMN {quoted(column)} DROP NOT NULL")

    def append(
        self, name: str, schema: Schema, columns: Columns, partition_time: str | None
    ) -> None:
        """Insert all rows in one statement: `executemany` costs a millisecond a row."""
        names = [quoted(each.name) for each in schema]
        values = [_from_text(each) for each in schema]
        given: list[Any] = [list(column) for column in columns]
        if partition_time is not None:
            names.append(PARTITION_TIME)
            values.append("CAST(? AS TIMESTAMP WITH TIME ZONE)")
            given.append(partition_time)
        self._run(
            f"INSERT INTO {name} ({', '.join(names)}) SELECT {', '.join(values)}",
            given,
        )

    def count(self, name: str) -> int:
        """Count the DuckDB table."""
        [(rows,)] = self._duckdb.execute(f"SELECT count(*) FROM {name}").fetchall()  # noqa: S608 - our name
        return int(rows)

    def read(self, name: str, schema: Schema, *, limit: int, offset: int) -> list[Row]:
        """Read by DuckDB's row ids, which grow with each insert."""
        if not schema:
            return []
        outputs = ", ".join(_outwards(each, quoted(each.name)) for each in schema)
        return self._run(
            f"SELECT {outputs} FROM {name} ORDER BY rowid LIMIT {limit} OFFSET {offset}"  # noqa: S608 - quoted names, numbers
        )

    def describe(self, sql: str) -> Schema:
        """Bind only."""
        import duckdb  # noqa: PLC0415 - see the class

        try:
            relation = self._duckdb.sql(sql)
        except duckdb.Error as problem:
            raise StoreError(str(problem)) from None
        pairs = zip(relation.columns, relation.types, strict=True)
        schema = tuple(field_of_stored(name, stored) for name, stored in pairs)
        _check_distinct(schema)
        return schema

    def select(self, sql: str) -> Selection:
        """Bind for the types, then run with timestamps turned into numbers."""
        schema = self.describe(sql)
        if any(_holds_timestamp(each) for each in schema):
            outputs = ", ".join(_outwards(each, quoted(each.name)) for each in schema)
            sql = f"SELECT {outputs} FROM ({sql}) AS result"  # noqa: S608 - quoted names
        return Selection(schema, self._run(sql))

    def change(self, sql: str) -> int:
        """Run the statement; DuckDB answers with one count."""
        answer = self._run(sql)
        return int(answer[0][0]) if answer else 0

    def close(self) -> None:
        """Close the connection, if it was ever opened."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _run(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        import duckdb  # noqa: PLC0415 - see the class

        try:
            rows: list[Row] = self._duckdb.execute(sql, parameters).fetchall()
        except duckdb.Error as problem:
            raise StoreError(str(problem)) from None
        return rows


def _open(folder: Path | None) -> "duckdb.DuckDBPyConnection":
    import duckdb  # noqa: PLC0415 - 0.15 s that a sandbox without queries need not spend

    path = ":memory:"
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / FILE_NAME
        # The catalogue lives in memory, so rows of a former process belong to nobody.
        file.unlink(missing_ok=True)
        file.with_suffix(".duckdb.wal").unlink(missing_ok=True)
        path = str(file)
    connection = duckdb.connect(path, config={"threads": 2, "memory_limit": MEMORY_LIMIT})
    connection.execute("SET TimeZone = 'UTC'")
    # A query must not read the user's files, whatever function it names.
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _column(column: Field) -> str:
    required = " NOT NULL" if column.mode is Mode.REQUIRED else ""
    return f"{quoted(column.name)} {column.stored_type}{required}"


def _from_text(column: Field) -> str:
    text = "unnest(CAST(? AS VARCHAR[]))"
    if column.is_repeated or column.type is FieldType.RECORD:
        text = f"CAST(CAST({text} AS JSON) AS {column.parsed_type})"
    return f"CAST({text} AS {column.stored_type})"


def _check_distinct(schema: Schema) -> None:
    seen: set[str] = set()
    for each in schema:
        if each.name.lower() in seen:
            raise Invalid(
                "Duplicate column names in the result are not supported when a destination table "
                f"is present. Found duplicate(s): {each.name}"
            )
        seen.add(each.name.lower())


def _holds_timestamp(column: Field) -> bool:
    return column.type is FieldType.TIMESTAMP or any(map(_holds_timestamp, column.fields))


def _outwards(column: Field, expression: str, depth: int = 0) -> str:
    """Return SQL for the column in which every timestamp is a number."""
    value = _value_outwards(column, expression, depth)
    return value if depth else f"{value} AS {quoted(column.name)}"


def _value_outwards(column: Field, expression: str, depth: int) -> str:
    if not _holds_timestamp(column):
        return expression
    if column.is_repeated:
        each = f"e{depth}"
        inner = _element_outwards(column, each, depth + 1)
        return f"list_transform({expression}, lambda {each}: {inner})"
    return _element_outwards(column, expression, depth + 1)


def _element_outwards(column: Field, expression: str, depth: int) -> str:
    if column.type is FieldType.TIMESTAMP:
        return f"epoch_us({expression})"
    members = ", ".join(
        f"{quoted(each.name)} := "
        + _value_outwards(each, f"({expression}).{quoted(each.name)}", depth)
        for each in column.fields
    )
    return f"CASE WHEN {expression} IS NULL THEN NULL ELSE struct_pack({members}) END"
