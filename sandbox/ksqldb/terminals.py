"""Where a query's result goes: records of a sink topic, or rows for somebody who waits.

A terminal writes the last lines of a compiled chain. Both append to `out`: a list, or for a sink
of several partitions a list of lists.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from ksql.language.resolved import ColumnRef, Expr, GroupKey, ResolvedQuery, SelectColumn
from sandbox.ksqldb.codegen import Code, tuple_text


class Terminal(Protocol):
    """The end of a chain."""

    @property
    def select(self) -> tuple[SelectColumn, ...]:
        """The expressions that fill its row."""

    def row(self, code: Code, key: str, row: str, ts: str, window: str | None) -> None:
        """Write the code that sends a row; all arguments are texts of Python expressions."""

    def tombstone(self, code: Code, key: str, ts: str, window: str | None) -> None:
        """Write the code that sends a deletion."""


class SinkTerminal:
    """Sends what becomes a topic's records, as `sandbox.topics.WrittenRow`.

    Args:
        select: What fills the value.
        partition_of: Key row to partition number; None when there is one partition.
        timestamp: Takes (key row, value row, time) and returns the time to write, or None to
            drop the row; None where the record's own time holds.
    """

    def __init__(
        self,
        select: tuple[SelectColumn, ...],
        partition_of: Callable[[tuple[object, ...] | None, int], int] | None,
        timestamp: Callable[..., int | None] | None = None,
    ) -> None:
        self.select = select
        self._partition_of, self._timestamp = partition_of, timestamp

    def row(self, code: Code, key: str, row: str, ts: str, window: str | None) -> None:
        """Append a record."""
        if self._timestamp is not None:
            stamp = code.bind("stamp", self._timestamp)
            code.line(f"at = {stamp}({key}, {row}, {ts})")
            with code.block("if at is not None:"):
                self._append(code, key, row, "at", window)
        else:
            self._append(code, key, row, ts, window)

    def tombstone(self, code: Code, key: str, ts: str, window: str | None) -> None:
        """Append a record without a value."""
        self._append(code, key, "None", ts, window)

    def _append(self, code: Code, key: str, row: str, ts: str, window: str | None) -> None:
        written = f"({key}, {row}, {ts}, {window})"
        if self._partition_of is None:
            code.line(f"out.append({written})")
        else:
            route = code.bind("route", self._partition_of)
            code.line(f"out[{route}({key}, part)].append({written})")


class RowTerminal:
    """Hands rows to a reader: `(columns, is a tombstone)`."""

    def __init__(self, query: ResolvedQuery) -> None:
        self.select = query.columns
        keys = {column.name for column in query.sources[0].source.schema.key}
        self._kept = [_is_key(column.expr, keys) for column in self.select]

    def row(self, code: Code, key: str, row: str, ts: str, window: str | None) -> None:
        """Append a row."""
        if row != "None":
            code.line(f"out.append(({row}, False))")

    def tombstone(self, code: Code, key: str, ts: str, window: str | None) -> None:
        """Append a row of which only the key's columns are set."""
        # The projection stands in `row` only where a row was computed; here the texts of the key
        # columns are made again by the chain and given as `kept`.
        code.line(f"out.append(({tuple_text(self.kept_texts)}, True))")

    kept_texts: list[str]
    """Texts of all columns, `None` for those that a deletion leaves empty; set by the chain."""

    def keep(self, texts: Sequence[str]) -> None:
        """Tell how each column is computed."""
        self.kept_texts = [
            text if kept else "None" for text, kept in zip(texts, self._kept, strict=True)
        ]


def _is_key(expr: Expr, keys: set[str]) -> bool:
    if isinstance(expr, GroupKey):
        return True
    return isinstance(expr, ColumnRef) and (
        expr.name in keys or expr.name in {"WINDOWSTART", "WINDOWEND"}
    )
