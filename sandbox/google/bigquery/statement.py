"""One statement at work: what is asked, what comes of it, SELECT and DML.

Leaves out the way from text to statement (`queries`) and DDL (`ddl`).
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sandbox.api import Caller
from sandbox.clock import Clock
from sandbox.google.bigquery.catalog import Catalog, Table, TableReference
from sandbox.google.bigquery.dialect import to_duckdb
from sandbox.google.bigquery.fields import Schema
from sandbox.google.bigquery.names import Names, name_columns
from sandbox.google.bigquery.parameters import Parameters
from sandbox.google.bigquery.store import PARTITION_TIME, Row
from sandbox.google.bigquery.values import timestamp_text
from sandbox.google.errors import Invalid, InvalidQuery

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.expressions import Expr


@dataclass(frozen=True)
class Query:
    """What is asked."""

    sql: str
    project: str
    default_dataset: tuple[str, str] | None = None
    parameters: Parameters = field(default_factory=Parameters)
    dry_run: bool = False


@dataclass
class QueryResult:
    """What came of it."""

    statement_type: str
    schema: Schema = ()
    rows: list[Row] = field(default_factory=list)
    affected: int | None = None
    """Rows that DML changed."""
    ddl: tuple[str, TableReference | None] | None = None
    """What DDL did (CREATE, REPLACE, SKIP, DROP) to which table; None in place of a dataset."""
    tables: list[TableReference] = field(default_factory=list)
    bytes_processed: int = 0
    location: str = "US"


class QueryRunner(Protocol):
    """What a statement needs of `queries.Queries`, which runs it."""

    catalog: Catalog
    clock: Clock

    def view_schema(self, caller: Caller, project: str, sql: str) -> Schema:
        """Return the columns that a view of this SQL has."""
        ...


@dataclass
class Statement:
    """One statement at work. Every method returns what the statement gives."""

    queries: QueryRunner
    query: Query
    tree: Any
    names: Names

    @property
    def catalog(self) -> Catalog:
        """Where tables are looked up and made."""
        return self.queries.catalog

    def duckdb(self, tree: "Expr") -> str:
        """Return DuckDB's SQL of a tree that reads tables."""
        self.names.resolve(tree)
        return to_duckdb(tree, self.queries.clock.now())

    def select(self) -> QueryResult:
        """Run a SELECT."""
        self.names.resolve(self.tree)
        name_columns(self.tree)
        sql = to_duckdb(self.tree, self.queries.clock.now())
        if self.query.dry_run:
            return QueryResult("SELECT", self.catalog.store.describe(sql))
        selection = self.catalog.store.select(sql)
        return QueryResult("SELECT", selection.schema, selection.rows)

    def insert(self) -> QueryResult:
        """Insert rows; without a column list into all columns."""
        from sqlglot import exp  # noqa: PLC0415 - see `sql`

        node = self.tree.this
        listed = isinstance(node, exp.Schema)
        target = self._target(node.this if listed else node, alias=False)
        if not listed:
            columns = [exp.to_identifier(each.name, quoted=True) for each in target.schema]
            stored = self.tree.this
            self.tree.set("this", exp.Schema(this=stored.copy(), expressions=columns))
        return self._change("INSERT", target)

    def update(self) -> QueryResult:
        """Update rows; BigQuery insists on WHERE."""
        self._require_where("UPDATE")
        return self._change("UPDATE", self._target(self.tree.this))

    def delete(self) -> QueryResult:
        """Delete rows; BigQuery insists on WHERE."""
        self._require_where("DELETE")
        if self.tree.args.get("tables"):
            # DELETE without FROM, which only BigQuery knows.
            [node] = self.tree.args["tables"]
            self.tree.set("tables", None)
            self.tree.set("this", node)
        return self._change("DELETE", self._target(self.tree.this))

    def merge(self) -> QueryResult:
        """Merge rows."""
        return self._change("MERGE", self._target(self.tree.this))

    def truncate(self) -> QueryResult:
        """Empty a table."""
        [node] = self.tree.expressions
        target = self._target(node)
        result = QueryResult("TRUNCATE_TABLE")
        if not self.query.dry_run:
            result.affected = self.catalog.store.change(f"DELETE FROM {target.storage}")  # noqa: S608 - our name
            self.catalog.touch(target)
        return result

    def _require_where(self, verb: str) -> None:
        if not self.tree.args.get("where"):
            raise InvalidQuery(f"{verb} must have a WHERE clause at [1:1]")

    def _target(self, node: "exp.Table", *, alias: bool = True) -> Table:
        from sqlglot import exp  # noqa: PLC0415 - see `sql`

        if not isinstance(node, exp.Table):
            raise InvalidQuery("The statement names no table")
        table = self.names.table(node, "bigquery.tables.updateData")
        if table.storage is None:
            raise Invalid(f"Cannot modify {table.reference}: it is a VIEW.")
        stored = exp.Table(this=exp.Var(this=table.storage))
        if alias:
            name = exp.to_identifier(node.alias or node.name, quoted=True)
            stored.set("alias", exp.TableAlias(this=name))
        node.replace(stored)
        return table

    def _change(self, kind: str, target: Table) -> QueryResult:
        sql = self.duckdb(self.tree)
        if self.query.dry_run:
            return QueryResult(kind)
        store = self.catalog.store
        affected = store.change(sql)
        if target.by_ingestion_time and kind in ("INSERT", "MERGE"):
            moment = timestamp_text(self.catalog.partition_start(target))
            store.change(
                f"UPDATE {target.storage} SET {PARTITION_TIME} = '{moment}' "  # noqa: S608 - our names
                f"WHERE {PARTITION_TIME} IS NULL"
            )
        self.catalog.touch(target)
        return QueryResult(kind, affected=affected)
