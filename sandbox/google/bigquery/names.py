"""What the names in a query mean: tables, views and INFORMATION_SCHEMA, with the caller's rights.

Owns the replacement of each table in a tree by where its rows lie, of a view by its query, and of
an INFORMATION_SCHEMA view by its rows. Leaves out columns: DuckDB binds them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.api import Caller
from sandbox.google.bigquery import information_schema
from sandbox.google.bigquery.catalog import Catalog, Table, TableReference
from sandbox.google.bigquery.fields import quoted
from sandbox.google.bigquery.sql import parse, place_of
from sandbox.google.bigquery.store import PARTITION_TIME
from sandbox.google.errors import AccessDenied, Invalid, InvalidQuery, NotEmulated, NotFound

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.expressions import Expr

VIEW_DEPTH = 16
REFUSED_CLAUSES = {
    "sample": "TABLESAMPLE",
    "version": "FOR SYSTEM_TIME AS OF",
    "when": "FOR SYSTEM_TIME AS OF",
    "pivots": "PIVOT and UNPIVOT",
}
"""Clauses after a table's name, by their key in the tree."""

PSEUDO_COLUMNS = (PARTITION_TIME, "_PARTITIONDATE")


@dataclass
class Names:
    """The names of one query.

    `seen` collects the tables that were read, views included, for the job's statistics.
    """

    catalog: Catalog
    caller: Caller
    project: str
    default_dataset: tuple[str, str] | None = None
    seen: list[Table] = field(default_factory=list)
    through: tuple[Table, ...] = ()
    """The views that led here, outermost first."""

    def resolve(self, tree: "Expr") -> None:
        """Replace every table that the tree reads, in place.

        Raises:
            GoogleError: 404, 403, or 400 for a name that cannot be one.
        """
        mentions = _pseudo_columns(tree)
        for node in list(_tables(tree)):
            node.replace(self._source(node, mentions))
        if mentions:
            _hide_from_stars(tree)

    def reference(self, node: "exp.Table") -> TableReference:
        """Return the full name of a table.

        Raises:
            InvalidQuery: It has no dataset, and there is no default one.
        """
        name, dataset, project = node.name, node.db, node.catalog
        if name.endswith("*"):
            raise NotEmulated(f"Wildcard tables ({name})")
        if not dataset:
            if self.default_dataset is None:
                raise Invalid(
                    f'Table "{name}" must be qualified with a dataset (e.g. dataset.table).'
                )
            project, dataset = self.default_dataset
        return TableReference(project or self.project, dataset, name)

    def table(self, node: "exp.Table", need: str) -> Table:
        """Return the table that a node names.

        Raises:
            GoogleError: 404 with the location that was searched, or 403.
        """
        reference = self.reference(node)
        try:
            return self.catalog.table(self.caller, reference, need)
        except NotFound as missing:
            raise NotFound(f"{missing.message.removeprefix('Not found: ')} was not found in "
                           f"location {self.location(reference)}") from None  # fmt: skip

    def location(self, reference: TableReference) -> str:
        """Return where a table is, or would be: its dataset's location."""
        found = self.catalog.find_dataset(reference.project, reference.dataset)
        return found.location if found else "US"

    def _source(self, node: "exp.Table", mentions: bool) -> "Expr":
        for key, what in REFUSED_CLAUSES.items():
            if node.args.get(key):
                raise NotEmulated(what)
        if "INFORMATION_SCHEMA" in node.name.upper().split(".")[0]:
            return self._information(node)
        table = self._readable(node)
        self.seen.append(table)
        alias = node.alias or table.reference.table
        if table.is_view:
            return _aliased(node, self._view(table), alias)
        if not table.schema:
            raise InvalidQuery(f"Table {table.reference} does not have a schema.{place_of(node)}")
        return _aliased(node, _rows_of(table, with_pseudo_columns=mentions), alias)

    def _readable(self, node: "exp.Table") -> Table:
        try:
            return self.table(node, "bigquery.tables.getData")
        except AccessDenied:
            # A view may read what its reader may not, if the dataset names the view.
            reference = self.reference(node)
            dataset = self.catalog.find_dataset(reference.project, reference.dataset)
            grants = [entry.get("view") for entry in dataset.access] if dataset else []
            if dataset and any(view.reference.to_wire() in grants for view in self.through):
                table = dataset.tables.get(reference.table)
                if table:
                    return table
            raise

    def _view(self, view: Table) -> "Expr":
        if len(self.through) >= VIEW_DEPTH:
            raise InvalidQuery(f"View {view.reference} is nested more than {VIEW_DEPTH} deep")
        tree = parse(view.view_query)
        inner = Names(
            self.catalog,
            self.caller,
            view.reference.project,
            None,
            self.seen,
            (*self.through, view),
        )
        inner.resolve(tree)
        name_columns(tree)
        return tree

    def _information(self, node: "exp.Table") -> "Expr":
        view = node.name.upper().partition(".")[2]
        project, scope = node.catalog or self.project, node.db
        if not scope and self.default_dataset:
            project, scope = self.default_dataset
        sql = information_schema.rows_sql(self.catalog, self.caller, (project, scope), view)
        return _aliased(node, _parsed_duckdb(sql), node.alias or view)


def _tables(tree: "Expr") -> "Iterator[exp.Table]":
    """Yield the tables that are read, not those that WITH defines or a statement writes."""
    from sqlglot import exp  # noqa: PLC0415 - imported on first use, see `sql`

    for node in tree.find_all(exp.Table):
        if isinstance(node.this, exp.Func):
            # DuckDB has some that read files, which no query may.
            name = node.this.name if isinstance(node.this, exp.Anonymous) else node.this.sql_name()
            raise InvalidQuery(f"Table-valued function not found: {name}")
        if not isinstance(node.this, exp.Identifier) or _is_defined_here(node):
            continue
        yield node


def _is_defined_here(node: "exp.Table") -> bool:
    if node.db:
        return False
    ancestor = node.parent
    while ancestor is not None:
        with_ = ancestor.args.get("with_")
        if with_ and any(cte.alias.lower() == node.name.lower() for cte in with_.expressions):
            return True
        ancestor = ancestor.parent
    return False


def _pseudo_columns(tree: "Expr") -> bool:
    from sqlglot import exp  # noqa: PLC0415 - see `_tables`

    return any(node.name.upper() in PSEUDO_COLUMNS for node in tree.find_all(exp.Column))


def _hide_from_stars(tree: "Expr") -> None:
    """Leave the hidden columns out of `*`, as BigQuery does, where the query reads them too."""
    from sqlglot import exp  # noqa: PLC0415 - see `_tables`

    stars = [star for star in tree.find_all(exp.Star) if not isinstance(star.parent, exp.Count)]
    if stars and len(list(tree.find_all(exp.Subquery))) > 1:
        raise NotEmulated(f"{PARTITION_TIME} together with * in a query of several tables")
    for star in stars:
        hidden = [exp.to_identifier(name) for name in PSEUDO_COLUMNS]
        star.set("except_", [*(star.args.get("except_") or ()), *hidden])


def _rows_of(table: Table, *, with_pseudo_columns: bool) -> "Expr":
    columns = [quoted(each.name) for each in table.schema]
    if with_pseudo_columns and table.by_ingestion_time:
        columns.append(PARTITION_TIME)
        columns.append(f"CAST({PARTITION_TIME} AS DATE) AS _PARTITIONDATE")
    return _parsed_duckdb(f"SELECT {', '.join(columns)} FROM {table.storage}")  # noqa: S608 - quoted names


def _parsed_duckdb(sql: str) -> "Expr":
    import sqlglot  # noqa: PLC0415 - see `_tables`

    return sqlglot.parse_one(sql, read="duckdb")


def _aliased(node: "exp.Table", query: "Expr", alias: str) -> "Expr":
    from sqlglot import exp  # noqa: PLC0415 - see `_tables`

    source = exp.Subquery(this=query)
    source.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    # A comma or JOIN that follows hangs on the table itself.
    for key in ("joins", "laterals"):
        if node.args.get(key):
            source.set(key, node.args[key])
    return source


def name_columns(tree: "Expr") -> None:
    """Give the output columns that have no name BigQuery's: `f0_`, `f1_` and so on."""
    from sqlglot import exp  # noqa: PLC0415 - see `_tables`

    select = tree
    while isinstance(select, exp.SetOperation | exp.Subquery):
        select = select.this
    if not isinstance(select, exp.Select):
        return
    unnamed = 0
    for node in list(select.expressions):
        if isinstance(node, exp.Alias | exp.Column | exp.Dot | exp.Star):
            continue
        node.replace(exp.alias_(node.copy(), f"f{unnamed}_"))
        unnamed += 1
