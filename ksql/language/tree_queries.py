"""The queries of the syntax tree.

Part of `ksql.language.tree`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ksql.language.tree_expressions import Expression, Node


@dataclass(frozen=True)
class SelectAll(Node):
    """`*`, or `source.*`."""

    source: str | None = None


@dataclass(frozen=True)
class SelectItem(Node):
    """One expression of the projection; `alias` is None when none is written."""

    expression: Expression
    alias: str | None = None


@dataclass(frozen=True)
class Relation(Node):
    """A source in FROM or JOIN; `alias` is the source's own name when none is written."""

    name: str
    alias: str


class JoinKind(StrEnum):
    """The joins that can be written; a stream and a table have only the first two."""

    INNER = "INNER"
    LEFT = "LEFT"
    RIGHT = "RIGHT"
    FULL = "FULL"


@dataclass(frozen=True)
class Duration(Node):
    """`5 MINUTES`; `unit` is upper case and plural."""

    value: int
    unit: str

    @property
    def millis(self) -> int:
        """The same in milliseconds; a day has 24 hours."""
        return self.value * UNIT_MILLIS[self.unit]


UNIT_MILLIS = {
    "DAYS": 86_400_000,
    "HOURS": 3_600_000,
    "MINUTES": 60_000,
    "SECONDS": 1_000,
    "MILLISECONDS": 1,
}
"""Milliseconds by the unit of a window clause."""


@dataclass(frozen=True)
class Within(Node):
    """`WITHIN before`, or `WITHIN (before, after)`; belongs to joins of two streams."""

    before: Duration
    after: Duration | None = None
    grace: Duration | None = None


@dataclass(frozen=True)
class Join(Node):
    """`[LEFT | RIGHT | FULL] JOIN right [WITHIN …] ON condition`."""

    kind: JoinKind
    right: Relation
    condition: Expression
    within: Within | None = None


class WindowKind(StrEnum):
    """The window types; also the values of the property WINDOW_TYPE."""

    TUMBLING = "TUMBLING"
    HOPPING = "HOPPING"
    SESSION = "SESSION"


@dataclass(frozen=True)
class Window(Node):
    """A WINDOW clause. `size` is the gap of a session window."""

    kind: WindowKind
    size: Duration
    advance: Duration | None = None
    retention: Duration | None = None
    grace: Duration | None = None


@dataclass(frozen=True)
class Query(Node):
    """A SELECT. `emit_changes` tells what was written, not what it means.

    `group_by` and `partition_by` are None without the clause, and `()` for `GROUP BY ()`.
    """

    select: tuple[SelectAll | SelectItem, ...]
    source: Relation
    joins: tuple[Join, ...] = ()
    window: Window | None = None
    where: Expression | None = None
    group_by: tuple[Expression, ...] | None = None
    partition_by: tuple[Expression, ...] | None = None
    having: Expression | None = None
    emit_changes: bool = False
    limit: int | None = None
