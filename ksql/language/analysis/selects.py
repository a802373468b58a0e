"""SELECT asked by a reader: pull queries and push queries."""

from __future__ import annotations

from ksql.language import tree
from ksql.language.analysis.queries import resolve_query
from ksql.language.errors import SemanticError
from ksql.language.resolved import (
    WINDOW_BOUNDS,
    AnalyzedSelect,
    Catalog,
    ColumnRef,
    HeaderColumn,
    ResolvedQuery,
    SelectColumn,
    Source,
)
from ksql.language.tree import Kind
from ksql.language.types import STRING


def analyze_select(query: tree.Query, catalog: Catalog) -> AnalyzedSelect:
    """The query with the columns its reader sees. Which keys a pull query asks for is left open.

    Raises:
        SemanticError: ksqlDB refuses the query.
        Unsupported: it needs what is out of scope.
    """
    if not query.emit_changes:
        _check_pull(query)
    found, _ = resolve_query(query, catalog, None)
    source = found.sources[0].source
    if not query.emit_changes and found.group_by is not None:
        raise SemanticError("Pull queries don't support aggregate functions.", at=query.at)
    if not query.emit_changes and source.kind is Kind.TABLE:
        _check_queryable(source, query)
        _check_key_lists(query, source)
    return AnalyzedSelect(found, tuple(_header(each, found) for each in found.columns))


def _check_pull(query: tree.Query) -> None:
    clauses = {
        "JOIN": query.joins,
        "WINDOW": query.window,
        "GROUP BY": query.group_by,
        "PARTITION BY": query.partition_by,
        "HAVING": query.having,
    }
    for name, clause in clauses.items():
        if clause:
            raise SemanticError(f"Pull queries don't support {name} clauses.", at=query.at)


def _check_queryable(source: Source, query: tree.Query) -> None:
    if not source.materialized:
        raise SemanticError(
            f"The `{source.name}` table isn't queryable. To derive a queryable table, you can do "
            f"'{_derived(source.name)}'. See https://cnfl.io/queries for more info.",
            at=query.source.at,
        )


def _derived(name: str) -> str:
    return f"CREATE TABLE QUERYABLE_{name} AS SELECT * FROM {name}"  # noqa: S608 - shown, never run


def _check_key_lists(query: tree.Query, source: Source) -> None:
    """Refuse text among the keys a pull query lists, unless the key is text.

    Elsewhere text in a list is read as a number; keys are not.
    """
    waiting: list[tree.Expression] = [query.where] if query.where else []
    while waiting:
        node = waiting.pop()
        if isinstance(node, tree.Logical):
            waiting += [node.left, node.right]
        elif isinstance(node, tree.In) and isinstance(node.value, tree.ColumnRef):
            _check_list(node, node.value.name, source)


def _check_list(node: tree.In, name: str, source: Source) -> None:
    column = next((each for each in source.schema.key if each.name == name), None)
    if column is None or column.type == STRING:
        return
    for item in node.items:
        if isinstance(item, tree.Literal) and item.type == STRING:
            raise SemanticError(
                f"'{item.value!s}' can not be converted to the type of the key column: "
                f"{column.name} {column.type} KEY",
                at=item.at,
            )


def _header(column: SelectColumn, query: ResolvedQuery) -> HeaderColumn:
    return HeaderColumn(column.name, column.type, _is_key(column, query))


def _is_key(column: SelectColumn, query: ResolvedQuery) -> bool:
    """True for what a pull query on a table marks KEY: its keys, its window bounds."""
    source = query.sources[0].source
    if query.emit_changes or source.kind is not Kind.TABLE:
        return False
    if not isinstance(column.expr, ColumnRef):
        return False
    return source.schema.is_key(column.expr.name) or column.expr.name in WINDOW_BOUNDS
