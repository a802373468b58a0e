"""FROM and JOIN: the sources of a query, and the key two of them meet on."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from ksql.language import resolved, tree
from ksql.language.analysis.aggregation import columns_inside
from ksql.language.analysis.expressions import Resolver
from ksql.language.analysis.scope import Scope
from ksql.language.errors import SchemaOpen, SemanticError, Unsupported
from ksql.language.expression_text import expression_text
from ksql.language.features import Feature
from ksql.language.resolved import Catalog, FromSource, JoinSpec, Source
from ksql.language.tree import ColumnRef, Comparison, JoinKind, Kind

OUTER = {JoinKind.RIGHT: Feature.RIGHT_JOIN, JoinKind.FULL: Feature.FULL_JOIN}
"""The joins that also keep unmatched rows of their right side."""


@dataclass(frozen=True)
class JoinKey:
    """How a join is keyed: the spec, and the key as written.

    `viable` are the columns that hold the key, qualified: one of them must be in the projection.
    """

    spec: JoinSpec
    viable: tuple[ColumnRef, ...]


def find_source(catalog: Catalog, name: str, relation: tree.Node, message: str) -> Source:
    """The source of that name.

    Raises:
        SemanticError: there is none; `message` says so, a hint and the closest names follow.
        SchemaOpen: its columns are not known here.
    """
    found = catalog.source(name)
    if found is not None:
        return _closed(found, relation)
    names = sorted(catalog.names())
    other_case = [each for each in names if each.upper() == name.upper()]
    hint = f"\nDid you mean {_hint(other_case[0])}" if other_case else ""
    raise SemanticError(
        message + hint,
        at=relation.at,
        suggestions=other_case or get_close_matches(name, names, 3),
    )


def _closed(source: Source, relation: tree.Node) -> Source:
    if source.open_schema:
        raise SchemaOpen(
            f"{source.name} takes its columns from Schema Registry, which cannot be asked here: "
            "name its columns, or leave the statement to the server.",
            at=relation.at,
        )
    return source


def _hint(name: str) -> str:
    if name == name.upper():
        return f"{name}? Hint: try removing double quotes from the source name."
    return f'"{name}"? Hint: wrap the source name in double quotes to make it case-sensitive.'


def from_sources(query: tree.Query, catalog: Catalog) -> tuple[FromSource, ...]:
    """The sources of a query, left to right.

    Raises:
        SemanticError: one does not exist, or one is joined with itself.
        Unsupported: more than two are joined, or kinds that are out of scope.
    """
    relations = [query.source, *(join.right for join in query.joins)]
    sources = tuple(
        FromSource(
            find_source(catalog, each.name, each, f"{each.name} does not exist."), each.alias
        )
        for each in relations
    )
    if len(sources) > 1:
        _check_join(query, sources)
    return sources


def _check_join(query: tree.Query, sources: tuple[FromSource, ...]) -> None:
    join = query.joins[0]
    left, right = sources[0].source, sources[1].source
    if left.name == right.name:
        raise SemanticError(
            f"Can not join '{left.name}' to '{right.name}': self joins are not yet supported.",
            at=join.at,
        )
    kinds = [source.source.kind for source in sources]
    if len(sources) > 2:  # noqa: PLR2004 - a join has two sides
        raise Unsupported(Feature.MANY_JOINS, at=query.joins[1].at)
    if kinds == [Kind.TABLE, Kind.STREAM]:
        raise SemanticError(
            "Invalid join order: table-stream joins are not supported; only stream-table joins. "
            f"Got {left.name} {join.kind} JOIN {right.name}.",
            at=join.at,
        )
    if kinds == [Kind.STREAM, Kind.TABLE]:
        _check_stream_table(join)
    elif join.kind in OUTER:
        raise Unsupported(OUTER[join.kind], at=join.at)
    else:
        of_streams = kinds[0] is Kind.STREAM
        feature = Feature.STREAM_STREAM_JOIN if of_streams else Feature.TABLE_TABLE_JOIN
        raise Unsupported(feature, at=join.at)


def _check_stream_table(join: tree.Join) -> None:
    if join.kind in OUTER:
        # Not out of scope only: ksqlDB itself has no such join.
        raise SemanticError(
            f"{join.kind.capitalize()} outer joins between streams and tables are not supported.",
            at=join.at,
        )
    if join.within is not None:
        raise SemanticError(
            "A window definition was provided for a Stream-Table join. These joins are not "
            "windowed. Please drop the window definition (ie. the WITHIN clause) and try to "
            "execute your join again.",
            at=join.within.at,
        )


def resolve_join(query: tree.Query, scope: Scope) -> JoinKey | None:
    """How the query's two sources meet; None when it has one.

    Raises:
        SemanticError: the condition is not `stream expression = table key`.
    """
    if not query.joins:
        return None
    join = query.joins[0]
    condition = _equality(scope.qualify(join.condition, "JOIN ON"))
    left, right = _sides(condition, scope)
    key = _table_key(left, right, scope, condition)
    left_key = Resolver(scope).resolve(left)
    right_key = Resolver(scope).resolve(key)
    assert isinstance(right_key, resolved.ColumnRef)
    if left_key.type != right_key.type:
        raise SemanticError(
            f"Invalid join condition: types don't match. Got {expression_text(left)}"
            f"{{{left_key.type}}} = {expression_text(key)}{{{right_key.type}}}.",
            at=condition.at,
        )
    viable = (left, key) if isinstance(left, ColumnRef) else (key,)
    return JoinKey(JoinSpec(join.kind, left_key, right_key), viable)


def _equality(condition: tree.Expression) -> Comparison:
    if isinstance(condition, Comparison):
        if condition.op == "=":
            return condition
        raise SemanticError("Only equality join criteria is supported.", at=condition.at)
    several = isinstance(condition, tree.Logical)
    problem = (
        "JOINs on multiple conditions are not yet supported"
        if several
        else "Unsupported join expression"
    )
    raise SemanticError(f"{problem}: {expression_text(condition)}.", at=condition.at)


def _sides(condition: Comparison, scope: Scope) -> tuple[tree.Expression, tree.Expression]:
    """The two sides of the condition, the stream's first."""
    owners = [
        {column.source for column in columns_inside(side)}
        for side in (condition.left, condition.right)
    ]
    if any(len(owner) != 1 for owner in owners) or owners[0] == owners[1]:
        shown = [", ".join(sorted(map(str, owner))) for owner in owners]
        raise SemanticError(
            f"Invalid comparison expression '{expression_text(condition)}' in join. Each side of "
            "the join must reference exactly one source and not the same source. Left side "
            f"references [{shown[0]}] and right references [{shown[1]}]",
            at=condition.at,
        )
    if owners[0] == {scope.sources[0].alias}:
        return condition.left, condition.right
    return condition.right, condition.left


def _table_key(
    left: tree.Expression, right: tree.Expression, scope: Scope, condition: Comparison
) -> ColumnRef:
    keys = scope.sources[1].source.schema.key
    if isinstance(right, ColumnRef) and [column.name for column in keys] == [right.name]:
        return right
    raise SemanticError(
        "Invalid join condition: stream-table joins require to join on the table's primary key. "
        f"Got {expression_text(left)} = {expression_text(right)}.",
        at=condition.at,
    )
