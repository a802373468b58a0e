"""Runs one query: SELECT, DML or DDL.

Owns the way from text to result: parse, put in parameters, choose who carries it out, and say in
BigQuery's words what went wrong. Leaves out jobs (`jobs`), which queries of the REST API are, and
what a statement does (`statement`, `ddl`).
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from sandbox.api import Caller
from sandbox.clock import Clock
from sandbox.google.bigquery import ddl
from sandbox.google.bigquery.catalog import Catalog, Table
from sandbox.google.bigquery.fields import Schema
from sandbox.google.bigquery.names import Names
from sandbox.google.bigquery.parameters import put_in
from sandbox.google.bigquery.resources import BYTES_PER_CELL
from sandbox.google.bigquery.sql import binding_error, parse
from sandbox.google.bigquery.statement import Query, QueryResult, Statement
from sandbox.google.bigquery.store import StoreError
from sandbox.google.errors import InvalidQuery, NotEmulated

if TYPE_CHECKING:
    pass


class Queries:
    """Runs queries against one catalogue."""

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self.catalog, self.clock = catalog, clock

    def view_schema(self, caller: Caller, project: str, sql: str) -> Schema:
        """Return the columns that a view of this SQL has.

        Raises:
            GoogleError: It is no SELECT, or does not fit the tables.
        """
        result = self.run(caller, Query(sql, project, dry_run=True))
        if result.statement_type != "SELECT":
            raise InvalidQuery("The view's query must be a SELECT")
        return result.schema

    def run(self, caller: Caller, query: Query) -> QueryResult:
        """Run a query, or judge it only if it is a dry run.

        Raises:
            GoogleError: It does not parse, does not fit, may not, or fails on a value.
        """
        from sqlglot import exp  # noqa: PLC0415 - imported on first use, see `sql`

        tree = put_in(parse(query.sql), query.parameters)
        names = Names(self.catalog, caller, query.project, query.default_dataset)
        work = Statement(self, query, tree, names)
        handlers: Mapping[type, Callable[[], QueryResult]] = {
            exp.Insert: work.insert,
            exp.Update: work.update,
            exp.Delete: work.delete,
            exp.Merge: work.merge,
            exp.TruncateTable: work.truncate,
            exp.Create: partial(ddl.create, work),
            exp.Drop: partial(ddl.drop, work),
        }
        handler = work.select if isinstance(tree, exp.Query) else handlers.get(type(tree))
        if handler is None:
            raise NotEmulated(f"{type(tree).__name__.upper()} statements")
        try:
            result = handler()
        except StoreError as problem:
            raise binding_error(query.sql, str(problem)) from None
        result.tables = [table.reference for table in names.seen]
        result.bytes_processed = sum(self._size(table) for table in names.seen)
        if names.seen:
            result.location = names.location(names.seen[0].reference)
        return result

    def _size(self, table: Table) -> int:
        if table.storage is None:
            return 0
        return self.catalog.store.count(table.storage) * len(table.schema) * BYTES_PER_CELL
