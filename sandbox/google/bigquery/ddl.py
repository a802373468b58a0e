"""CREATE and DROP of tables, views and datasets by SQL.

Owns reading a definition out of the tree. Options that the sandbox does not keep are refused by
name, so that nobody relies on them.
"""

from typing import TYPE_CHECKING

from sandbox.api import Json
from sandbox.google.bigquery.catalog import Dataset, Table, TableReference
from sandbox.google.bigquery.fields import Field, FieldType, Mode, Schema, check_unique, field_type
from sandbox.google.bigquery.names import name_columns
from sandbox.google.bigquery.rows import append_selection
from sandbox.google.bigquery.statement import QueryResult, Statement
from sandbox.google.errors import Duplicate, GoogleError, InvalidQuery, NotEmulated, NotFound

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.expressions import Expr

OPTIONS = {"description": "description", "friendly_name": "friendlyName"}
"""OPTIONS that are kept, by their name in the REST API."""


def create(work: Statement) -> QueryResult:
    """Create what the statement says."""
    kind = str(work.tree.args["kind"]).upper()
    if kind == "SCHEMA":
        return _create_schema(work)
    if kind == "TABLE":
        return _create_table(work)
    if kind == "VIEW":
        return _create_view(work)
    raise NotEmulated(f"CREATE {kind}")


def _properties(tree: "Expr") -> "list[Expr]":
    properties = tree.args.get("properties")
    return properties.expressions if properties else []


def drop(work: Statement) -> QueryResult:
    """Drop what the statement says."""
    kind = str(work.tree.args["kind"]).upper()
    if kind == "SCHEMA":
        return _drop_schema(work)
    if kind not in ("TABLE", "VIEW"):
        raise NotEmulated(f"DROP {kind}")
    node = _dropped(work.tree)
    reference = work.names.reference(node)
    result = QueryResult(f"DROP_{kind}", ddl=("DROP", reference))
    try:
        table = work.names.table(node, "bigquery.tables.delete")
    except NotFound:
        if not work.tree.args.get("exists"):
            raise
        result.ddl = ("SKIP", reference)
        return result
    if table.is_view != (kind == "VIEW"):
        raise InvalidQuery(f"Cannot drop {reference} as a {kind}: it is none")
    if not work.query.dry_run:
        work.catalog.delete_table(reference)
    return result


def _dropped(tree: "Expr") -> "exp.Table":
    """Return what CREATE SCHEMA or DROP names: sqlglot lists the objects of a DROP."""
    listed = tree.args.get("tables") or [tree.this]
    if len(listed) != 1:
        raise NotEmulated("DROP of several objects")
    node: exp.Table = listed[0]
    return node


def _create_table(work: Statement) -> QueryResult:
    from sqlglot import exp  # noqa: PLC0415 - see `sql`

    definition, node = _definition(work.tree)
    reference = work.names.reference(node)
    dataset = _dataset_for(work, reference)
    settings = _settings(work.tree)
    source = work.tree.expression
    statement = "CREATE_TABLE_AS_SELECT" if source else "CREATE_TABLE"
    result = QueryResult(statement, ddl=("CREATE", reference))
    sql = None
    schema: Schema = ()
    if source:
        inner = Statement(work.queries, work.query, source.copy(), work.names)
        assert isinstance(inner.tree, exp.Query)
        name_columns(inner.tree)
        sql = inner.duckdb(inner.tree)
        schema = work.catalog.store.describe(sql)
    if definition is not None:
        schema = _schema(definition)
    if not _make_room(work, dataset, reference, result) or work.query.dry_run:
        return result
    table = work.catalog.create_table(dataset, reference.table, schema, settings)
    if sql is not None:
        append_selection(work.catalog, table, sql)
    return result


def _create_view(work: Statement) -> QueryResult:
    definition, node = _definition(work.tree)
    if definition is not None:
        raise NotEmulated("CREATE VIEW with a list of columns")
    reference = work.names.reference(node)
    dataset = _dataset_for(work, reference)
    sql = work.tree.expression.sql("bigquery")
    schema = work.queries.view_schema(work.names.caller, work.query.project, sql)
    result = QueryResult("CREATE_VIEW", ddl=("CREATE", reference))
    if not _make_room(work, dataset, reference, result) or work.query.dry_run:
        return result
    view = {"query": sql, "useLegacySql": False}
    settings = {**_settings(work.tree), "view": view}
    work.catalog.create_table(dataset, reference.table, schema, settings)
    return result


def _make_room(
    work: Statement, dataset: Dataset, reference: TableReference, result: QueryResult
) -> bool:
    """Tell whether the object is to be made; note in the result what becomes of an old one."""
    old: Table | None = dataset.tables.get(reference.table)
    if old is None:
        return True
    if work.tree.args.get("replace"):
        result.ddl = ("REPLACE", reference)
        if not work.query.dry_run:
            work.catalog.delete_table(reference)
        return True
    if work.tree.args.get("exists"):
        result.ddl = ("SKIP", reference)
        return False
    raise Duplicate(f"Table {reference}")


def _dataset_for(work: Statement, reference: TableReference) -> Dataset:
    try:
        return work.catalog.dataset(
            work.names.caller, reference.project, reference.dataset, "bigquery.tables.create"
        )
    except NotFound:
        raise NotFound(
            f"Dataset {reference.project}:{reference.dataset} was not found in location US"
        ) from None


def _create_schema(work: Statement) -> QueryResult:
    project, name = _schema_name(work)
    options = _settings(work.tree, extra=("location",))
    result = QueryResult("CREATE_SCHEMA", ddl=("CREATE", None))
    if work.query.dry_run:
        return result
    location = str(options.pop("location", "US"))
    try:
        work.catalog.create_dataset(
            work.names.caller, (project, name), location=location, access=None, settings=options
        )
    except Duplicate:
        if not work.tree.args.get("exists"):
            raise
        result.ddl = ("SKIP", None)
    return result


def _drop_schema(work: Statement) -> QueryResult:
    project, name = _schema_name(work)
    result = QueryResult("DROP_SCHEMA", ddl=("DROP", None))
    try:
        caller = work.names.caller
        dataset = work.catalog.dataset(caller, project, name, "bigquery.datasets.delete")
    except NotFound:
        if not work.tree.args.get("exists"):
            raise
        result.ddl = ("SKIP", None)
        return result
    if not work.query.dry_run:
        cascade = bool(work.tree.args.get("cascade"))
        work.catalog.delete_dataset(dataset, delete_contents=cascade)
    return result


def _schema_name(work: Statement) -> tuple[str, str]:
    node = _dropped(work.tree)
    return node.catalog or work.query.project, node.db or node.name


def _definition(tree: "Expr") -> "tuple[exp.Schema | None, exp.Table]":
    from sqlglot import exp  # noqa: PLC0415 - see `sql`

    node = tree.this
    if isinstance(node, exp.Schema):
        return node, node.this
    return None, node


def _schema(definition: "exp.Schema") -> Schema:
    from sqlglot import exp  # noqa: PLC0415 - see `sql`

    columns = []
    for node in definition.expressions:
        if not isinstance(node, exp.ColumnDef) or node.kind is None:
            raise NotEmulated(f"{node.sql('bigquery')} in a table's definition")
        columns.append(_column(node))
    check_unique(columns)
    return tuple(columns)


def _column(node: "exp.ColumnDef") -> Field:
    from sqlglot import exp  # noqa: PLC0415 - see `sql`

    assert node.kind is not None
    column = _typed(node.name, node.kind)
    for constraint in node.args.get("constraints") or ():
        if not isinstance(constraint.kind, exp.NotNullColumnConstraint):
            raise NotEmulated(f"{constraint.sql('bigquery')} (column {node.name})")
        column = Field(column.name, column.type, Mode.REQUIRED, column.fields)
    return column


def _typed(name: str, kind: "exp.DataType") -> Field:
    from sqlglot import exp  # noqa: PLC0415 - see `sql`

    if kind.this is exp.DataType.Type.ARRAY:
        [element] = kind.expressions
        inner = _typed(name, element)
        return Field(name, inner.type, Mode.REPEATED, inner.fields)
    if kind.this is exp.DataType.Type.STRUCT:
        members = tuple(_typed(each.name, each.kind) for each in kind.expressions)
        return Field(name, FieldType.RECORD, fields=members)
    return Field(name, field_type(kind.sql("bigquery").split("(")[0], name))


def _settings(tree: "Expr", extra: tuple[str, ...] = ()) -> dict[str, Json]:
    from sqlglot import exp  # noqa: PLC0415 - see `sql`

    settings: dict[str, Json] = {}
    for node in _properties(tree):
        if isinstance(node, exp.PartitionedByProperty):
            settings["timePartitioning"] = _partitioning(node.this)
        elif isinstance(node, exp.ClusterProperty):
            settings["clustering"] = {"fields": [each.name for each in node.find_all(exp.Column)]}
        elif isinstance(node, exp.LocationProperty) and "location" in extra:
            settings["location"] = node.this.name
        elif isinstance(node, exp.Property) and node.name.lower() in OPTIONS:
            settings[OPTIONS[node.name.lower()]] = node.args["value"].name
        else:
            raise NotEmulated(f"{node.sql('bigquery')} in CREATE")
    return settings


def _partitioning(node: "Expr") -> Json:
    """Return the `timePartitioning` of a PARTITION BY clause."""
    from sqlglot import exp  # noqa: PLC0415 - see `sql`

    column = node if isinstance(node, exp.Column | exp.Identifier) else node.find(exp.Column)
    if column is None:
        raise GoogleError(400, "invalidQuery", "PARTITION BY needs a column")
    unit = node.args.get("unit") if isinstance(node, exp.TimestampTrunc | exp.DateTrunc) else None
    kind = unit.name.upper() if unit is not None else "DAY"
    if column.name.upper() in ("_PARTITIONTIME", "_PARTITIONDATE"):
        return {"type": kind}
    return {"type": kind, "field": column.name}
