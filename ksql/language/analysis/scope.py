"""Names: which column of which source a reference means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from operator import is_
from typing import Any, TypeVar

from ksql.language.errors import SemanticError
from ksql.language.resolved import PSEUDO_COLUMNS, WINDOW_BOUNDS, FromSource
from ksql.language.tree import ColumnRef, Expression, Node
from ksql.language.types import SqlType

SYSTEM_COLUMNS = frozenset((*PSEUDO_COLUMNS, *WINDOW_BOUNDS))
"""Names that no column of a user may have."""

T = TypeVar("T")


Change = Callable[[Expression], Expression | None]
"""What to put in a node's place; None to keep it and look inside."""


def rewrite(node: T, change: Change) -> T:
    """The tree with every expression for which `change` gives one replaced, outermost first."""
    # `Any` inside: fields of nodes hold nodes, tuples of nodes and plain values alike.
    return _rewritten(node, change)  # type: ignore[no-any-return]  # the root keeps its kind


def _rewritten(value: Any, change: Change) -> Any:
    if isinstance(value, tuple):
        items = tuple(_rewritten(item, change) for item in value)
        return value if all(map(is_, items, value)) else items
    if not isinstance(value, Node):
        return value
    found = change(value)  # type: ignore[arg-type]  # `change` leaves other nodes alone
    return _with_new_parts(value, change) if found is None else found


def _with_new_parts(node: Node, change: Change) -> Node:
    changed = {}
    for field in fields(node):
        value = getattr(node, field.name)
        new = _rewritten(value, change)
        if new is not value:
            changed[field.name] = new
    return replace(node, **changed) if changed else node


@dataclass(frozen=True)
class Scope:
    """The sources of a query, and whether it groups by window.

    `windowed` is True when the query has a WINDOW clause: then the window bounds are those of its
    groups, whatever its sources are.
    """

    sources: tuple[FromSource, ...]
    windowed: bool = False

    @property
    def is_join(self) -> bool:
        """True with more than one source."""
        return len(self.sources) > 1

    def index(self, alias: str) -> int:
        """The place of the source with that alias."""
        return next(i for i, source in enumerate(self.sources) if source.alias == alias)

    def type_of(self, source: FromSource, name: str) -> SqlType | None:
        """The type of a column or pseudo column of that source; None when it has none."""
        column = source.source.schema.find(name)
        if column is not None:
            return column.type
        if name in PSEUDO_COLUMNS:
            return PSEUDO_COLUMNS[name]
        return WINDOW_BOUNDS.get(name) if source.source.window or self.windowed else None

    def qualify(self, expression: T, clause: str) -> T:
        """The expression with every column written as `alias.name`.

        Raises:
            SemanticError: a column is unknown, or several sources have it. `clause` is what the
                message starts with, such as `SELECT`.
        """
        return rewrite(
            expression,
            lambda node: self._qualified(node, clause) if isinstance(node, ColumnRef) else None,
        )

    def _qualified(self, column: ColumnRef, clause: str) -> ColumnRef:
        owners = [
            source
            for source in self.sources
            if column.source in (None, source.alias)
            and self.type_of(source, column.name) is not None
        ]
        if not owners:
            raise self._unknown(column, clause)
        if len(owners) > 1:
            places = " or ".join(sorted(f"{owner.alias}.{column.name}" for owner in owners))
            raise SemanticError(
                f"Column '{column.name}' is ambiguous. Could be {places}.", at=column.at
            )
        return replace(column, source=owners[0].alias)

    def _unknown(self, column: ColumnRef, clause: str) -> SemanticError:
        name = column.name if column.source is None else f"{column.source}.{column.name}"
        message = f"{clause} column '{name}' cannot be resolved."
        if clause in ("GROUP BY", "PARTITION BY"):
            message += (
                f" '{name}' must be a column in the source schema since {clause} is applied on "
                "the input."
            )
        known = [each.name for owner in self.sources for each in _columns(owner)]
        hints = get_close_matches(column.name, list(dict.fromkeys(known)), 3)
        return SemanticError(message, at=column.at, suggestions=hints)

    def shown(self, expression: T) -> T:
        """The expression with columns named as the server's messages name them."""
        return rewrite(
            expression,
            lambda node: self._shown(node) if isinstance(node, ColumnRef) else None,
        )

    def _shown(self, column: ColumnRef) -> ColumnRef:
        if self.is_join and column.source is not None:
            return ColumnRef(f"{column.source}_{column.name}", at=column.at)
        return replace(column, source=None)

    def clashes(self, name: str) -> bool:
        """True when more than one source has a column, or pseudo column, of that name."""
        return sum(self.type_of(source, name) is not None for source in self.sources) > 1


def _columns(source: FromSource) -> tuple[ColumnRef, ...]:
    schema = source.source.schema
    return tuple(ColumnRef(column.name, source.alias) for column in (*schema.key, *schema.value))


def key_columns(source: FromSource) -> tuple[ColumnRef, ...]:
    """The key columns of a source, qualified."""
    return tuple(ColumnRef(column.name, source.alias) for column in source.source.schema.key)


def value_columns(source: FromSource) -> tuple[ColumnRef, ...]:
    """The value columns of a source, qualified."""
    return tuple(ColumnRef(column.name, source.alias) for column in source.source.schema.value)
