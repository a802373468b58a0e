"""Expressions that are too high for one expression of Python's, cut into functions.

CPython takes no more than 200 parentheses within each other. A piece is a function of what its
part of the expression reads; those above call it with the values.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass

from ksql.language.resolved import AggregateResult, ColumnRef, Expr, GroupKey

HIGHEST = 30
"""How many levels of an expression are written into one: each takes a few parentheses."""

Read = ColumnRef | GroupKey | AggregateResult


@dataclass(frozen=True)
class Piece:
    """A part that became a function: its name, its parameters, whether it can be null."""

    name: str
    reads: tuple[Read, ...]
    nullable: bool


def cuts(root: Expr) -> list[Expr]:
    """Return the parts to make functions of, inner ones first; none of a low expression."""
    heights: dict[int, int] = {}
    found = []
    for part in _from_below(root):
        height = 1 + max((heights[id(each)] for each in parts_of(part)), default=0)
        if height >= HIGHEST:
            found.append(part)
            height = 0
        heights[id(part)] = height
    return found


def reads_of(root: Expr, made: dict[int, Piece]) -> tuple[Read, ...]:
    """Return what a part reads from the row; pieces in it tell it themselves."""
    reads: dict[Read, None] = {}
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if id(part) in made:
            reads.update(dict.fromkeys(made[id(part)].reads))
        elif isinstance(part, Read):
            reads[part] = None
        else:
            waiting.extend(parts_of(part))
    return tuple(reads)


def parts_of(expr: Expr) -> Iterator[Expr]:
    """Yield the operands of an expression."""
    waiting: list[object] = [getattr(expr, field.name) for field in fields(expr)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, tuple):
            waiting.extend(value)
        elif is_dataclass(value) and isinstance(value, Expr):
            yield value


def _from_below(root: Expr) -> Iterator[Expr]:
    waiting = [(root, False)]
    while waiting:
        part, is_ready = waiting.pop()
        if is_ready:
            yield part
        else:
            waiting.append((part, True))
            waiting.extend((each, False) for each in parts_of(part))
