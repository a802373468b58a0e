"""Pull queries by key, prepared once for all keys.

`SELECT … WHERE key = 'a'` asked again with another key needs no parsing, judging and compiling: the
literals are cut out of the text, and what is left names a prepared look-up. Only conditions that
are nothing but key columns equal to literals are prepared so; the rest goes the long way.
"""

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any

from ksql.language.resolved import AnalyzedSelect
from ksql.language.tree import ColumnRef, Comparison, Expression, Literal, Logical, Query
from ksql.language.types import Base
from sandbox.ksqldb.pull import TablePull, compile_pull
from sandbox.ksqldb.writers import Site

LITERALS = re.compile(r"'([^']*)'|(?<![\w.'])(\d{1,9})(?![\w.'])")
"""Texts without quotes in them, and whole numbers that every integer type holds."""

UNCLEAR = ("--", "/*", '"', "`", "''", "$")
"""What would need a tokenizer to be cut out rightly."""

KEPT = 500

CONVERSIONS: dict[Base, Callable[[str], Any]] = {
    Base.STRING: str,
    Base.INTEGER: int,
    Base.BIGINT: int,
}
"""How a literal's text becomes a key, for the types whose literals need no conversion."""


@dataclass(frozen=True)
class Template:
    """A text without its literals, and where they stood."""

    shape: tuple[str, ...]
    values: tuple[str, ...]
    offsets: tuple[int, ...]
    quoted: tuple[bool, ...]


@dataclass(frozen=True)
class Lookup:
    """A prepared pull query; `places` gives, per key column, which literal is its value."""

    pull: TablePull
    places: tuple[tuple[int, Callable[[str], Any]], ...]
    text: str

    def with_keys(self, template: Template) -> TablePull:
        """Return the query for the literals of another text of the same shape."""
        key = tuple(convert(template.values[place]) for place, convert in self.places)
        return replace(self.pull, keys=(key,))


class Lookups:
    """The prepared look-ups of one server; those of older sources and settings fall out."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Lookup] = {}

    def find(self, template: Template | None, state: Hashable) -> Lookup | None:
        """Return the look-up for a text; `state` is what else its meaning depends on."""
        return None if template is None else self._known.get((template.shape, state))

    def remember(
        self,
        template: Template | None,
        state: Hashable,
        asked: tuple[Query, AnalyzedSelect],
        site: Site,
        text: str,
    ) -> None:
        """Prepare a look-up if the query is one."""
        if template is None:
            return
        statement, select = asked
        places = _places(template, statement, select)
        if places is None:
            return
        if len(self._known) >= KEPT:
            self._known.clear()
        bare = replace(select, query=replace(select.query, where=None))
        self._known[(template.shape, state)] = Lookup(compile_pull(bare, site), places, text)


def template_of(text: str) -> Template | None:
    """Cut the literals out of a text; None where that is not clearly right."""
    if any(mark in text for mark in UNCLEAR):
        return None
    found = list(LITERALS.finditer(text))
    ends = [0, *(match.end() for match in found)]
    starts = [*(match.start() for match in found), len(text)]
    quoted = tuple(match[1] is not None for match in found)
    pieces = (text[end:start] for end, start in zip(ends, starts, strict=True))
    return Template(
        (*pieces, *("'" if each else "0" for each in quoted)),
        tuple(match[1] if match[1] is not None else match[2] for match in found),
        tuple(match.start() for match in found),
        quoted,
    )


def _places(
    template: Template, statement: Query, select: AnalyzedSelect
) -> tuple[tuple[int, Callable[[str], Any]], ...] | None:
    if statement.where is None or statement.limit is not None:
        return None
    literals = _equalities(statement.where)
    columns = select.query.sources[0].source.schema.key
    if literals is None or len(literals) != len(template.values):
        return None
    if set(literals) != {column.name for column in columns}:
        return None
    places = []
    for column in columns:
        convert = CONVERSIONS.get(column.type.base)
        offset = literals[column.name].at.offset
        if convert is None or offset not in template.offsets:
            return None
        place = template.offsets.index(offset)
        if template.quoted[place] != (column.type.base is Base.STRING):
            return None
        places.append((place, convert))
    return tuple(places)


def _equalities(where: Expression) -> dict[str, Literal] | None:
    """Return literal by column of a condition that is nothing but such equalities."""
    if isinstance(where, Logical) and where.op == "AND":
        left, right = _equalities(where.left), _equalities(where.right)
        if left is None or right is None or left.keys() & right.keys():
            return None
        return {**left, **right}
    if isinstance(where, Comparison) and where.op == "=":
        column, literal = where.left, where.right
        if isinstance(column, ColumnRef) and isinstance(literal, Literal):
            return {column.name: literal}
    return None
