"""CREATE … AS SELECT, INSERT INTO, INSERT VALUES: what goes into a stream or table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches

from ksql.language import tree
from ksql.language.analysis.conversions import exactly
from ksql.language.analysis.definitions import refuse_existing
from ksql.language.analysis.expressions import Resolver
from ksql.language.analysis.formats import (
    check_columns,
    check_schema_ids,
    sink_formats,
    with_wrapping,
)
from ksql.language.analysis.joins import find_source
from ksql.language.analysis.properties import (
    Settings,
    insert_properties,
    sink_properties,
    timestamp_column,
)
from ksql.language.analysis.queries import resolve_query
from ksql.language.analysis.scope import Scope
from ksql.language.errors import SemanticError, Unsupported
from ksql.language.features import Feature
from ksql.language.overloads import widens
from ksql.language.printer import statement_text
from ksql.language.resolved import (
    PSEUDO_COLUMNS,
    AnalyzedCreateAs,
    AnalyzedInsertInto,
    AnalyzedInsertValues,
    Catalog,
    Column,
    Expr,
    ResolvedQuery,
    Schema,
    SelectColumn,
    Source,
)
from ksql.language.resolved import Literal as ResolvedLiteral
from ksql.language.tree import Kind
from ksql.language.types import BIGINT, Base


def analyze_create_as(
    statement: tree.CreateAsSelect, catalog: Catalog, settings: Settings
) -> AnalyzedCreateAs:
    """The query and the source it makes.

    Raises:
        SemanticError: ksqlDB refuses the statement.
        Unsupported: it needs what is out of scope.
    """
    exists = refuse_existing(statement, catalog)
    found = sink_properties(statement.properties)
    query, rewritten = resolve_query(statement.query, catalog, statement.name)
    if query.kind is not statement.kind:
        raise SemanticError(
            f"Invalid result type. Your SELECT query produces a {query.kind}. Please use CREATE "
            f"{query.kind} AS SELECT statement instead.",
            at=statement.at,
        )
    if query.group_by == ():
        raise Unsupported(Feature.GLOBAL_TABLE, at=statement.query.at)
    first = query.sources[0].source
    key_format, value_format = sink_formats(
        found, settings, (first.key_format, first.value_format), bool(query.schema.key)
    )
    value_format = with_wrapping(value_format, found, settings, query.schema)
    check_schema_ids(key_format, value_format, statement.at)
    check_columns(query.schema, key_format, value_format, statement.at)
    source = Source(
        name=statement.name,
        kind=statement.kind,
        schema=query.schema,
        topic=found.text("KAFKA_TOPIC") or f"{settings.topic_prefix}{statement.name}",
        key_format=key_format,
        value_format=value_format,
        window=query.result_window,
        timestamp=timestamp_column(found, query.schema),
        partitions=found.count("PARTITIONS") or settings.sink_partitions or first.partitions,
        replicas=found.count("REPLICAS") or settings.sink_replicas or first.replicas,
        retention_ms=found.count("RETENTION_MS"),
        materialized=statement.kind is Kind.TABLE,
        from_query=True,
    )
    text = statement_text(replace(statement, query=rewritten))
    return AnalyzedCreateAs(
        source, query, statement.or_replace, statement.if_not_exists, exists, text
    )


def analyze_insert_into(statement: tree.InsertInto, catalog: Catalog) -> AnalyzedInsertInto:
    """The query, its columns fitted to those of the stream it fills.

    Raises:
        SemanticError: ksqlDB refuses the statement.
        Unsupported: it needs what is out of scope.
    """
    found = insert_properties(statement.properties)
    target = find_source(
        catalog,
        statement.target,
        statement,
        f"Source does not exist for the INSERT INTO statement: `{statement.target}`",
    )
    _refuse_read_only(target, statement)
    if target.kind is Kind.TABLE:
        raise SemanticError(
            f"INSERT INTO can only be used to insert into a stream. {target.name} is a table.",
            at=statement.at,
        )
    query, rewritten = resolve_query(statement.query, catalog, target.name)
    if query.kind is Kind.TABLE:
        raise SemanticError(
            "INSERT INTO can only be used to insert into a stream, but the query produces a TABLE.",
            at=statement.query.at,
        )
    fitted = _fitted(query, target, statement)
    text = statement_text(replace(statement, query=rewritten))
    return AnalyzedInsertInto(target, fitted, found.text("QUERY_ID"), text)


def _refuse_read_only(target: Source, statement: tree.Node) -> None:
    if target.read_only:
        raise SemanticError(
            f"Cannot insert into read-only {target.kind.lower()}: {target.name}", at=statement.at
        )


def _fitted(query: ResolvedQuery, target: Source, statement: tree.InsertInto) -> ResolvedQuery:
    schema = target.schema
    fits = _fit(query.schema.key, schema.key) and _fit(query.schema.value, schema.value)
    if not fits:
        raise SemanticError(
            "Incompatible schema between results and sink.\n"
            f"Result schema is {query.schema}\nSink schema is {schema}",
            at=statement.query.at,
        )
    return replace(
        query,
        schema=schema,
        key_select=_cast_all(query.key_select, schema.key),
        value_select=_cast_all(query.value_select, schema.value),
    )


def _fit(found: Sequence[Column], wanted: Sequence[Column]) -> bool:
    return len(found) == len(wanted) and all(
        have.name == want.name and (have.type == want.type or _widens(have, want))
        for have, want in zip(found, wanted, strict=True)
    )


def _widens(have: Column, want: Column) -> bool:
    both_numbers = have.type.is_numeric and want.type.is_numeric
    # A DECIMAL fits its own type alone, whatever it is: not even DOUBLE.
    return (
        both_numbers
        and have.type.base not in (want.type.base, Base.DECIMAL)
        and widens(have.type.base, want.type.base)
    )


def _cast_all(select: Sequence[SelectColumn], wanted: Sequence[Column]) -> tuple[SelectColumn, ...]:
    return tuple(
        SelectColumn(each.name, exactly(each.expr, column.type))
        for each, column in zip(select, wanted, strict=True)
    )


def analyze_insert_values(statement: tree.InsertValues, catalog: Catalog) -> AnalyzedInsertValues:
    """The values, converted to their columns' types.

    Raises:
        SemanticError: ksqlDB refuses the statement.
    """
    target = find_source(
        catalog,
        statement.target,
        statement,
        f"Cannot insert values into an unknown stream/table: `{statement.target}`",
    )
    _refuse_read_only(target, statement)
    if target.window is not None:
        raise SemanticError("Cannot insert values into windowed stream/table!", at=statement.at)
    columns = _named_columns(statement, target.schema)
    if len(columns) != len(statement.values):
        raise SemanticError(
            f"Expected a value for each column. Expected Columns: "
            f"[{', '.join(f'`{column.name}`' for column in columns)}]. "
            f"Got {len(statement.values)} values.",
            at=statement.at,
        )
    values = [
        SelectColumn(column.name, _coerced(written, column))
        for column, written in zip(columns, statement.values, strict=True)
    ]
    _check_primary_key(values, target, statement)
    rowtime = next((each.expr for each in values if each.name == "ROWTIME"), None)
    return AnalyzedInsertValues(
        target, tuple(each for each in values if each.name != "ROWTIME"), rowtime
    )


def _named_columns(statement: tree.InsertValues, schema: Schema) -> tuple[Column, ...]:
    if not statement.columns:
        return (*schema.key, *schema.value)
    twice = next((n for n in statement.columns if statement.columns.count(n) > 1), None)
    if twice is not None:
        raise SemanticError(f"Column `{twice}` is given more than once.", at=statement.at)
    return tuple(_named_column(name, schema, statement) for name in statement.columns)


def _named_column(name: str, schema: Schema, statement: tree.InsertValues) -> Column:
    found = schema.find(name)
    if found is not None:
        return found
    if name == "ROWTIME":
        return Column(name, BIGINT)
    if name in PSEUDO_COLUMNS:
        raise SemanticError(f"Inserting into column `{name}` is not allowed.", at=statement.at)
    known = [column.name for column in (*schema.key, *schema.value)]
    raise SemanticError(
        f"Column name `{name}` does not exist.",
        at=statement.at,
        suggestions=get_close_matches(name, known, 3),
    )


def _coerced(written: tree.Expression, column: Column) -> Expr:
    found = Resolver(Scope(())).resolve(Scope(()).qualify(written, "INSERT VALUES"))
    if found.type is None:
        return ResolvedLiteral(None, column.type)
    if found.type.base is column.type.base or widens(found.type.base, column.type.base):
        return exactly(found, column.type)
    shown = found.value if isinstance(found, ResolvedLiteral) else "expression"
    raise SemanticError(
        f"Expected type {column.type} for field `{column.name}` but got "
        f"{found.type.base}({shown!s})",
        at=written.at,
    )


def _check_primary_key(
    values: Sequence[SelectColumn], target: Source, statement: tree.InsertValues
) -> None:
    if target.kind is not Kind.TABLE:
        return
    given = {
        each.name
        for each in values
        if not (isinstance(each.expr, ResolvedLiteral) and each.expr.value is None)
    }
    missing = [column.name for column in target.schema.key if column.name not in given]
    if missing:
        raise SemanticError(
            f"Failed to insert values into '{target.name}'. Value for primary key column(s) "
            f"{', '.join(missing)} is required for tables",
            at=statement.at,
        )
