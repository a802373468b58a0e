"""What a SELECT's reader gets: header, rows, end - whatever the wire form.

Owns the steps that pull and push share: the header from the analysis, compiled rows, and the
signals of an answer in the order they are sent. The wire forms are `wire`.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeAlias

from ksql.language.resolved import AnalyzedSelect, HeaderColumn, Source
from ksql.language.tree import Kind

Row: TypeAlias = tuple[tuple[Any, ...], bool]
"""Column values, and whether this is a deletion."""


class Ending(StrEnum):
    """How an answer ends, as the server says it."""

    LIMIT = "Limit Reached"
    COMPLETED = "Query Completed"


@dataclass(frozen=True)
class Header:
    """What comes before the rows."""

    query_id: str
    columns: tuple[HeaderColumn, ...]

    @property
    def schema(self) -> str:
        """The columns as the server writes a schema."""
        return ", ".join(f"`{c.name}` {c.type}{' KEY' if c.key else ''}" for c in self.columns)


def header_of(select: AnalyzedSelect, query_id: str) -> Header:
    """Return the header of an answer."""
    return Header(query_id, select.header)


def as_stream(select: AnalyzedSelect) -> AnalyzedSelect:
    """The same of a stream: rows of a table taken each for itself, without deletions."""
    query = select.query
    each = query.sources[0]
    source: Source = replace(each.source, kind=Kind.STREAM)
    return replace(select, query=replace(query, sources=(replace(each, source=source),)))
