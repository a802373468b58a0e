"""SELECT: stars expanded, columns named, keys told from values."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import count

from ksql.language import tree
from ksql.language.analysis.scope import (
    SYSTEM_COLUMNS,
    Scope,
    key_columns,
    value_columns,
)
from ksql.language.errors import SemanticError
from ksql.language.expression_text import expression_text
from ksql.language.resolved import FromSource
from ksql.language.tree import ColumnRef, Expression, SelectAll, SelectItem
from ksql.language.words import always_quoted

_GENERATED = re.compile(r"KSQL_COL_([0-9]+)")


@dataclass(frozen=True)
class Output:
    """A column of the projection: its name and its qualified expression.

    `starred` tells that a star gave it.
    """

    name: str
    expression: Expression
    starred: bool = False

    @property
    def alias(self) -> str | None:
        """The name as an alias; None for a system column, which takes none."""
        return None if self.name in SYSTEM_COLUMNS else self.name


@dataclass(frozen=True)
class Star:
    """What a star stands for besides the columns of a source.

    `first` are expressions that come first (what PARTITION BY re-keys by). `with_bounds` adds the
    window bounds of windowed sources after their keys: reading queries show them.
    """

    first: tuple[Expression, ...] = ()
    rekeyed: bool = False
    with_bounds: bool = False


def outputs(query: tree.Query, scope: Scope, star: Star) -> tuple[Output, ...]:
    """The columns of the projection, in order.

    Raises:
        SemanticError: a name is unknown, ambiguous, or may not be used.
    """
    names = _generated_names(scope)
    found: list[Output] = []
    for item in query.select:
        if isinstance(item, SelectAll):
            found += _expand(item, scope, star, names)
        else:
            found.append(_single(item, scope, names))
    return tuple(found)


class _Names:
    """Gives out the generated names, KSQL_COL_0 and so on, but for those that are taken."""

    def __init__(self, taken: Collection[int]) -> None:
        self._free = (number for number in count() if number not in taken)

    def take(self) -> str:
        return f"KSQL_COL_{next(self._free)}"


def _generated_names(scope: Scope) -> _Names:
    """Names that no generated column of the sources has."""
    columns = (
        column.name
        for source in scope.sources
        for column in (*source.source.schema.key, *source.source.schema.value)
    )
    return _Names({int(match[1]) for match in map(_GENERATED.fullmatch, columns) if match})


def _single(item: SelectItem, scope: Scope, names: _Names) -> Output:
    expression = scope.qualify(item.expression, "SELECT")
    if item.alias is not None:
        if item.alias in SYSTEM_COLUMNS:
            raise SemanticError(
                f"`{item.alias}` is a reserved column name. "
                "You cannot use it as an alias for a column.",
                at=item.at,
            )
        return Output(item.alias, expression)
    if isinstance(expression, ColumnRef):
        return Output(_column_name(expression, scope), expression)
    return Output(names.take(), expression)


def _column_name(column: ColumnRef, scope: Scope) -> str:
    if scope.is_join and scope.clashes(column.name):
        return f"{column.source}_{column.name}"
    return column.name


def _expand(item: SelectAll, scope: Scope, star: Star, names: _Names) -> list[Output]:
    sources = _starred(item, scope)
    if star.rekeyed:
        return _expand_rekeyed(sources[0], star, names)
    expressions = [
        column for source in sources for column in _columns_in_order(source, star.with_bounds)
    ]
    prefix = scope.is_join
    return [
        Output(f"{each.source}_{each.name}" if prefix else each.name, each, starred=True)
        for each in expressions
    ]


def _starred(item: SelectAll, scope: Scope) -> Sequence[FromSource]:
    sources = [each for each in scope.sources if item.source in (None, each.alias)]
    if not sources:
        raise SemanticError(
            f"'{item.source}' is not a valid stream/table name or alias.",
            at=item.at,
            suggestions=[each.alias for each in scope.sources],
        )
    return sources


def _columns_in_order(source: FromSource, with_bounds: bool) -> Iterable[ColumnRef]:
    bounds: tuple[ColumnRef, ...] = ()
    if with_bounds and source.source.window is not None:
        bounds = tuple(ColumnRef(name, source.alias) for name in ("WINDOWSTART", "WINDOWEND"))
    return (*key_columns(source), *bounds, *value_columns(source))


def _expand_rekeyed(source: FromSource, star: Star, names: _Names) -> list[Output]:
    """New key first, then the values that did not become it, then the old key."""
    found = [
        Output(each.name if isinstance(each, ColumnRef) else names.take(), each, starred=True)
        for each in star.first
    ]
    rest = (*value_columns(source), *key_columns(source))
    found += [Output(each.name, each, starred=True) for each in rest if each not in star.first]
    return found


def refuse_reserved(found: Iterable[Output]) -> None:
    """Refuse system columns that would be stored under their own name."""
    for each in found:
        if each.name in SYSTEM_COLUMNS and not each.starred:
            raise SemanticError(
                f"Reserved column name in select: {always_quoted(each.name)}. "
                "Please remove or alias the column.",
                at=each.expression.at,
            )


@dataclass(frozen=True)
class Keys:
    """The key of a result: its expressions, and how the server speaks of them.

    With `any_of` one of them is enough (a join's key, which both sides hold); otherwise all must
    be in the projection. `only_missing` names only those that are not.
    """

    expressions: tuple[Expression, ...]
    role: str
    any_of: bool = False
    only_missing: bool = False
    qualified: bool = False
    written: bool = True
    """False for a source's own key, which stands nowhere in the statement."""


def split(
    found: Sequence[Output], keys: Keys, scope: Scope, sink: str
) -> tuple[tuple[Output, ...], tuple[Output, ...]]:
    """The key columns, in the key's order, and the value columns.

    Raises:
        SemanticError: a key is missing from the projection, or in it twice.
    """
    present = {key: [each for each in found if each.expression == key] for key in keys.expressions}
    wanted = _wanted(present, keys, scope, sink)
    chosen = tuple(present[key][0] for key in wanted)
    for key in wanted:
        _refuse_repeated(present[key])
    names = {id(each) for each in chosen}
    return chosen, tuple(each for each in found if id(each) not in names)


def _wanted(
    present: dict[Expression, list[Output]], keys: Keys, scope: Scope, sink: str
) -> list[Expression]:
    there = [key for key in keys.expressions if present[key]]
    if keys.any_of and (there or not keys.expressions):
        return there[:1]
    if len(there) == len(keys.expressions):
        return there
    missing = [key for key in keys.expressions if key not in there]
    listed = missing if keys.only_missing else list(keys.expressions)
    texts = [expression_text(each if keys.qualified else scope.shown(each)) for each in listed]
    plural = "s" if len(texts) > 1 else ""
    joined = _joined(texts, "or" if keys.any_of else "and")
    example = texts[0] if keys.any_of else ", ".join(texts)
    raise SemanticError(
        f"Key{plural} missing from projection. The query used to build "
        f"{always_quoted(sink)} must include the {keys.role}{plural} {joined} in its projection "
        f"(eg, SELECT {example}...).",
        at=listed[0].at if keys.written else None,
    )


def _joined(texts: Sequence[str], word: str) -> str:
    if len(texts) == 1:
        return texts[0]
    return f"{', '.join(texts[:-1])} {word} {texts[-1]}"


def _refuse_repeated(copies: Sequence[Output]) -> None:
    if len(copies) < 2:  # noqa: PLR2004 - one is right, two are one too many
        return
    names = [each.name for each in copies]
    raise SemanticError(
        f"The projection contains a key column ({always_quoted(names[0])}) more than once, "
        f"aliased as: {_joined(names, 'and')}.\n"
        "Each key column must only be in the projection once. If you intended to copy the key "
        "into the value, then consider using the AS_VALUE function to indicate which key "
        "reference should be copied.",
        at=copies[1].expression.at,
    )
