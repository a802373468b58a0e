"""SELECT: a query, whatever it is for, resolved against the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ksql.language import tree
from ksql.language.analysis.aggregation import (
    Grouping,
    aggregate_calls,
    check_group_by,
    check_projection,
)
from ksql.language.analysis.expressions import Resolver
from ksql.language.analysis.joins import JoinKey, from_sources, resolve_join
from ksql.language.analysis.projection import (
    Keys,
    Output,
    Star,
    outputs,
    refuse_reserved,
    split,
)
from ksql.language.analysis.scope import SYSTEM_COLUMNS, Scope, key_columns
from ksql.language.analysis.windows import window_spec
from ksql.language.errors import SemanticError
from ksql.language.resolved import (
    Catalog,
    Column,
    Expr,
    ResolvedQuery,
    Schema,
    SelectColumn,
    WindowSpec,
)
from ksql.language.tree import ColumnRef, Expression, Kind, Literal, SelectItem
from ksql.language.words import always_quoted

_ALIAS = "Each column needs a name of its own: give one of them an alias."


@dataclass(frozen=True)
class Prepared:
    """A query with its names resolved: every expression qualified, stars expanded."""

    query: tree.Query
    scope: Scope
    join: JoinKey | None
    outputs: tuple[Output, ...]
    group_by: tuple[Expression, ...] | None
    """Also set, and empty, when there are aggregates without GROUP BY."""

    def rewritten(self) -> tree.Query:
        """The query as the server shows it."""
        select = tuple(
            SelectItem(each.expression, each.alias, at=each.expression.at) for each in self.outputs
        )
        return replace(self.query, select=select, emit_changes=True)


def resolve_query(
    query: tree.Query, catalog: Catalog, sink: str | None
) -> tuple[ResolvedQuery, tree.Query]:
    """The query with names and types, and as the server would show it.

    Args:
        query: the SELECT.
        catalog: the sources it may read.
        sink: the name of what it fills; None when a reader waits for its rows.

    Raises:
        SemanticError: ksqlDB refuses it.
        Unsupported: it needs what is out of scope.
    """
    prepared = _prepare(query, catalog, persistent=sink is not None)
    scope, written = prepared.scope, prepared.query
    where = None
    if written.where is not None:
        where = Resolver(scope, reads_times=True).condition(written.where, "WHERE")
    if prepared.group_by is not None:
        found = _grouped(prepared, sink)
    else:
        found = _ungrouped(prepared, sink)
    return replace(found, where=where), prepared.rewritten()


def _prepare(query: tree.Query, catalog: Catalog, *, persistent: bool) -> Prepared:
    scope = Scope(from_sources(query, catalog), windowed=query.window is not None)
    _check_clauses(query)
    if persistent and query.limit is not None:
        raise SemanticError("Persistent queries don't support LIMIT clauses.", at=query.at)
    if query.window is not None and scope.sources[0].source.kind is Kind.TABLE:
        raise SemanticError("Windowing not supported for table aggregations.", at=query.window.at)
    if persistent:
        _refuse_windowed_tables(scope, query)
    join = resolve_join(query, scope)
    if persistent and not scope.is_join:
        _refuse_system_columns(query)
    written = replace(
        query,
        where=scope.qualify(query.where, "WHERE"),
        group_by=scope.qualify(query.group_by, "GROUP BY"),
        partition_by=scope.qualify(query.partition_by, "PARTITION BY"),
        having=scope.qualify(query.having, "HAVING"),
    )
    star = Star(
        first=_without_null(written.partition_by or ()),
        rekeyed=written.partition_by is not None and not scope.is_join,
        with_bounds=not persistent,
    )
    found = outputs(written, scope, star)
    if persistent:
        refuse_reserved(found)
    return Prepared(written, scope, join, found, _group_by(written, found, scope))


def _refuse_windowed_tables(scope: Scope, query: tree.Query) -> None:
    for each in scope.sources:
        if each.source.kind is Kind.TABLE and each.source.window is not None:
            raise SemanticError(
                "KSQL does not support persistent queries on windowed tables.", at=query.source.at
            )


def _check_clauses(query: tree.Query) -> None:
    if query.window is not None and query.group_by is None:
        raise SemanticError("WINDOW clause requires a GROUP BY clause.", at=query.window.at)
    if query.group_by is not None and query.partition_by is not None:
        raise SemanticError("Only one of PARTITION BY and GROUP BY is allowed.", at=query.at)
    for clause, expressions in (
        ("GROUP BY", query.group_by),
        ("PARTITION BY", query.partition_by),
    ):
        if expressions == ():
            raise SemanticError(f"{clause} requires at least one expression", at=query.at)


def _refuse_system_columns(query: tree.Query) -> None:
    plain = (
        Output(item.expression.name, item.expression)
        for item in query.select
        if isinstance(item, SelectItem)
        and item.alias is None
        and isinstance(item.expression, ColumnRef)
    )
    refuse_reserved(each for each in plain if each.name in SYSTEM_COLUMNS)


def _without_null(expressions: Sequence[Expression]) -> tuple[Expression, ...]:
    return tuple(each for each in expressions if not _is_null(each))


def _is_null(expression: Expression) -> bool:
    return isinstance(expression, Literal) and expression.value is None


def _group_by(
    query: tree.Query, found: Sequence[Output], scope: Scope
) -> tuple[Expression, ...] | None:
    if query.group_by is not None:
        check_group_by(query.group_by, scope)
        return query.group_by
    if any(True for each in found for _ in aggregate_calls(each.expression)):
        return ()
    if query.having is not None:
        raise SemanticError("HAVING requires a GROUP BY clause.", at=query.having.at)
    return None


# -- with grouping


def _grouped(prepared: Prepared, sink: str | None) -> ResolvedQuery:
    scope, query = prepared.scope, prepared.query
    assert prepared.group_by is not None
    keys = tuple(Resolver(scope).resolve(each) for each in prepared.group_by)
    for written, key in zip(prepared.group_by, keys, strict=True):
        _require_type(key, written)
    grouping = Grouping(scope, prepared.group_by, keys)
    _check_against_groups(prepared, grouping)
    resolver = Resolver(scope, grouping.substitute)
    columns = _select(prepared.outputs, resolver)
    having = resolver.condition(query.having, "HAVING") if query.having is not None else None
    window = window_spec(query.window) if query.window else None
    role = Keys(prepared.group_by, "grouping expression", only_missing=True)
    return _result(prepared, sink, columns, _Shape(role, Kind.TABLE, window, grouping, having))


def _check_against_groups(prepared: Prepared, grouping: Grouping) -> None:
    check_projection(
        [each.expression for each in prepared.outputs], prepared.query.having, grouping
    )


# -- without grouping


def _ungrouped(prepared: Prepared, sink: str | None) -> ResolvedQuery:
    scope = prepared.scope
    source = scope.sources[0].source
    _check_windows(prepared)
    partition_by = _partition_by(prepared)
    columns = _select(prepared.outputs, Resolver(scope))
    shape = _Shape(_keys(prepared), source.kind, source.window)
    found = _result(prepared, sink, columns, shape)
    return replace(found, partition_by=partition_by)


def _partition_by(prepared: Prepared) -> tuple[Expr, ...] | None:
    written = prepared.query.partition_by
    if written is None:
        return None
    source = prepared.scope.sources[0].source
    if source.kind is Kind.TABLE and not prepared.scope.is_join:
        raise SemanticError("Cannot repartition a TABLE source.", at=written[0].at)
    if any(map(_is_null, written)) and len(written) > 1:
        raise SemanticError("Cannot PARTITION BY multiple columns including NULL", at=written[0].at)
    found = tuple(Resolver(prepared.scope).resolve(each) for each in _without_null(written))
    for each, key in zip(written, found, strict=False):
        _require_type(key, each)
    return found


def _check_windows(prepared: Prepared) -> None:
    scope, query = prepared.scope, prepared.query
    source = scope.sources[0]
    if scope.is_join:
        windowed = [each.source.window is not None for each in scope.sources]
        if windowed[0] != windowed[1]:
            sides = ["windowed" if each else "not windowed" for each in windowed]
            raise SemanticError(
                f"Incompatible windowed sources.\nLeft source: {sides[0]}\n"
                f"Right source: {sides[1]}",
                at=query.joins[0].at,
            )
    moved = query.partition_by is not None and query.partition_by != key_columns(source)
    if source.source.window is not None and moved:
        raise SemanticError(
            "Implicit repartitioning of windowed sources is not supported. "
            "See https://github.com/confluentinc/ksql/issues/4385.",
            at=query.at,
        )


def _keys(prepared: Prepared) -> Keys:
    query, scope = prepared.query, prepared.scope
    if query.partition_by is not None:
        return Keys(_without_null(query.partition_by), "partitioning expression", qualified=True)
    if prepared.join is not None:
        return Keys(prepared.join.viable, "join expression", any_of=True, qualified=True)
    return Keys(key_columns(scope.sources[0]), "key column", written=False)


# -- the result


def _select(found: Sequence[Output], resolver: Resolver) -> dict[int, SelectColumn]:
    """The resolved columns, by the identity of their output."""
    columns = {}
    for each in found:
        expression = resolver.resolve(each.expression)
        _require_type(expression, each.expression)
        columns[id(each)] = SelectColumn(each.name, expression)
    return columns


def _require_type(found: Expr, written: Expression) -> None:
    if found.type is None:
        raise SemanticError(
            "Can't infer a type of null. Please explicitly cast it to a required type, e.g. "
            "CAST(null AS VARCHAR).",
            at=written.at,
        )


@dataclass(frozen=True)
class _Shape:
    """What the kind of query decides about its result."""

    keys: Keys
    kind: Kind
    result_window: WindowSpec | None
    grouping: Grouping | None = None
    having: Expr | None = None


def _result(
    prepared: Prepared, sink: str | None, columns: dict[int, SelectColumn], shape: _Shape
) -> ResolvedQuery:
    key_select, value_select = _key_and_value(prepared, sink, shape.keys, columns)
    grouping = shape.grouping
    return ResolvedQuery(
        sources=prepared.scope.sources,
        join=prepared.join.spec if prepared.join else None,
        where=None,
        partition_by=None,
        group_by=grouping.resolved_keys if grouping else None,
        window=shape.result_window if grouping else None,
        aggregates=tuple(grouping.aggregates) if grouping else (),
        having=shape.having,
        key_select=key_select,
        value_select=value_select,
        columns=tuple(columns.values()),
        kind=shape.kind,
        schema=_schema(key_select, value_select),
        result_window=shape.result_window,
        emit_changes=prepared.query.emit_changes or sink is not None,
        limit=prepared.query.limit,
    )


def _key_and_value(
    prepared: Prepared, sink: str | None, keys: Keys, columns: dict[int, SelectColumn]
) -> tuple[tuple[SelectColumn, ...], tuple[SelectColumn, ...]]:
    if sink is None:
        return (), tuple(columns.values())
    key, value = split(prepared.outputs, keys, prepared.scope, sink)
    if not value:
        raise SemanticError("The projection contains no value columns.", at=prepared.query.at)
    _refuse_duplicates(key, "keys")
    _refuse_duplicates(value, "values")
    _refuse_clashes(key, value)
    return tuple(columns[id(each)] for each in key), tuple(columns[id(each)] for each in value)


def _refuse_duplicates(found: Sequence[Output], which: str) -> None:
    names: set[str] = set()
    for each in found:
        if each.name in names:
            raise SemanticError(
                f"Duplicate {which} found in schema: {always_quoted(each.name)}\n{_ALIAS}",
                at=each.expression.at,
            )
        names.add(each.name)


def _refuse_clashes(key: Sequence[Output], value: Sequence[Output]) -> None:
    names = {each.name for each in key}
    clashing = [each for each in value if each.name in names]
    if clashing:
        listed = ", ".join(always_quoted(each.name) for each in clashing)
        raise SemanticError(
            f"Value columns clash with key columns: {listed}\n{_ALIAS}",
            at=clashing[0].expression.at,
        )


def _schema(key: Sequence[SelectColumn], value: Sequence[SelectColumn]) -> Schema:
    return Schema(_as_columns(key), _as_columns(value))


def _as_columns(select: Sequence[SelectColumn]) -> tuple[Column, ...]:
    found = []
    for each in select:
        assert each.type is not None
        found.append(Column(each.name, each.type))
    return tuple(found)
