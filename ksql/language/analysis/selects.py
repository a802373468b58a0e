"""SELECT asked by a reader: pull queries and push queries."""

from __future__ import annotations

from ksql.language import tree
from ksql.language.analysis.aggregation import aggregate_calls, parts
from ksql.language.analysis.queries import resolve_query
from ksql.language.errors import SemanticError
from ksql.language.resolved import (
    WINDOW_BOUNDS,
    AnalyzedSelect,
    Catalog,
    HeaderColumn,
    ResolvedQuery,
    SelectColumn,
    Source,
)
from ksql.language.tree import Kind
from ksql.language.types import STRING
from ksql.language.words import always_quoted

NOT_IN_PULLS = ("ROWPARTITION", "ROWOFFSET")
"""What a pull query cannot ask for, and a push query only as one that reads the topic itself."""


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
    if not query.emit_changes and source.kind is Kind.TABLE:
        _check_queryable(source, query)
        _check_key_lists(query, source)
    header = tuple(_header(each, found) for each in found.columns)
    _refuse_duplicates(header, query)
    return AnalyzedSelect(found, header)


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
    if any(True for item in query.select for _ in aggregate_calls(item)):
        raise SemanticError("Pull queries don't support aggregate functions.", at=query.at)
    for name, part in (("SELECT", query.select), ("WHERE", query.where)):
        named = named_columns(part)
        found = [each for each in NOT_IN_PULLS if each in named]
        if found:
            raise SemanticError(
                f"Pull queries don't support the following columns in {name} clauses: "
                f"{', '.join(map(always_quoted, found))}.",
                at=query.at,
            )


def named_columns(node: object) -> set[str]:
    """The names of all columns that occur in a part of a statement, or in several."""
    members = node if isinstance(node, tuple) else tuple(parts(node))
    found = set().union(*map(named_columns, members))
    return found | {node.name} if isinstance(node, tree.ColumnRef) else found


def _refuse_duplicates(header: tuple[HeaderColumn, ...], query: tree.Query) -> None:
    """Refuse two columns of one name."""
    seen: set[str] = set()
    for each in header:
        if each.name in seen:
            kind = "keys" if each.key else "values"
            raise SemanticError(
                f"Duplicate {kind} found in schema: {always_quoted(each.name)} {each.type}. "
                "Give one of them an alias.",
                at=query.at,
            )
        seen.add(each.name)


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
    """Refuse text among the keys a pull query lists, unless the key is text, and other things if.

    Elsewhere a literal in a list bends to what it stands beside; keys do not.
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
    if column is None or not (column.type == STRING or column.type.is_numeric):
        return
    for item in node.items:
        if not isinstance(item, tree.Literal) or item.type is None:
            continue
        if (item.type == STRING) is not (column.type == STRING):
            raise SemanticError(
                f"'{item.value!s}' can not be converted to the type of the key column: "
                f"{column.name} {column.type} KEY",
                at=item.at,
            )


def _header(column: SelectColumn, query: ResolvedQuery) -> HeaderColumn:
    return HeaderColumn(column.name, column.type, _is_key(column, query))


def _is_key(column: SelectColumn, query: ResolvedQuery) -> bool:
    """True for what a pull query on a table marks KEY: what is called as a key, or as a bound."""
    source = query.sources[0].source
    if query.emit_changes or source.kind is not Kind.TABLE:
        return False
    return source.schema.is_key(column.name) or column.name in WINDOW_BOUNDS
