"""Pull queries: what a materialised table holds now, or what a stream holds so far.

Owns finding the rows - by key where the condition fixes all key columns, else all of them - and
the compiled filter and projection. Which conditions may be asked at all is `pull_rules`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from ksql.language.resolved import (
    AnalyzedSelect,
    And,
    Arithmetic,
    Call,
    Cast,
    ColumnRef,
    Compare,
    Expr,
    In,
    Literal,
    Negate,
    Or,
    Schema,
)
from sandbox.ksqldb.compiler import compile_query
from sandbox.ksqldb.expressions import compile_expression
from sandbox.ksqldb.locations import Locations
from sandbox.ksqldb.runner import Consumer
from sandbox.ksqldb.selects import Ending, Header, Row, as_stream, header_of
from sandbox.ksqldb.store_order import StoreOrder
from sandbox.ksqldb.stores import GroupStore, RowStore, SessionStore, WindowStore
from sandbox.ksqldb.terminals import RowTerminal
from sandbox.ksqldb.writers import Chain, Feed, Site

SLICE_ROWS = 500


@dataclass(frozen=True)
class TablePull:
    """A compiled pull query on a table; asked as often as one likes."""

    select: AnalyzedSelect
    feed: Feed
    keys: tuple[tuple[Any, ...], ...] | None
    """The only keys that can pass the condition; None when any can."""

    def answer(self, chain: Chain, order: StoreOrder | None = None) -> Iterator[list[Row]]:
        """Yield the rows of the table that `chain` keeps, in slices; in that order, if given."""
        left = self.select.query.limit
        windowed = self.select.query.sources[0].source.window is not None
        found: list[tuple[Any, ...]] = []
        stored: Iterable[tuple[Any, ...]] = _stored(chain, self.keys, windowed=windowed)
        for row in stored if order is None else sorted(stored, key=order):
            if left == 0:
                break
            found.append(row)
            if len(found) == SLICE_ROWS:
                rows, left = self._rows(found, left)
                yield rows
                found = []
        if found and left != 0:
            yield self._rows(found, left)[0]

    def _rows(self, found: list[tuple[Any, ...]], left: int | None) -> tuple[list[Row], int | None]:
        out: list[Row] = []
        self.feed(found, 0, out)
        if left is None:
            return out, None
        return out[:left], max(0, left - len(out))


def compile_pull(select: AnalyzedSelect, site: Site) -> TablePull:
    """Compile a pull query on a table."""
    query = select.query
    # A table's rows are read here like a stream's: what the store holds, each once.
    stream = as_stream(select)
    chain = compile_query(stream.query, RowTerminal(stream.query), site)
    keys = None
    if query.where is not None:
        keys = fixed_keys(query.where, query.sources[0].source.schema)
    return TablePull(select, chain.feeds[0], keys)


def _stored(
    chain: Chain, keys: tuple[tuple[Any, ...], ...] | None, *, windowed: bool
) -> Iterator[tuple[Any, ...]]:
    store, view = chain.store, chain.view
    if isinstance(store, RowStore):
        yield from _stored_rows(store, keys, windowed=windowed)
        return
    assert isinstance(store, GroupStore | WindowStore | SessionStore)
    assert view is not None
    entries = store.scan() if keys is None else store.find(keys)
    for key, window, state in entries:
        if not state[1]:
            continue
        if window is None:
            yield key, view(key, state, 0, 0), state[0], 0
        else:
            yield key, view(key, state, *window), state[0], 0, *window


def _stored_rows(
    store: RowStore, keys: tuple[tuple[Any, ...], ...] | None, *, windowed: bool
) -> Iterator[tuple[Any, ...]]:
    if windowed:
        for (key, window), (row, time_ms) in list(store.rows.items()):
            if keys is None or key in keys:
                yield key, row, time_ms, 0, *window
        return
    if keys is None:
        for key, (row, time_ms) in list(store.rows.items()):
            yield key, row, time_ms, 0
        return
    for key in keys:
        found = store.rows.get(key)
        if found is not None:
            yield key, found[0], found[1], 0


class StreamPull:
    """A pull query on a stream: what is in the log when it is asked, then the end."""

    def __init__(self, select: AnalyzedSelect, query_id: str, consumer: Consumer) -> None:
        self.header: Header = header_of(select, query_id)
        self._consumer, self._left = consumer, select.query.limit
        self._ends = [
            [log.end_offset for log in each.decoder.topic.partitions] for each in consumer.inputs
        ]
        self.ending = Ending.COMPLETED

    def answer(self) -> Iterator[list[Row]]:
        """Yield the rows in slices, some of them empty; `ending` is right after the last."""
        while self._left != 0 and self._is_behind():
            out: list[Row] = []
            if not self._consumer.step(out):
                break
            if self._left is not None:
                out = out[: self._left]
                self._left -= len(out)
            yield out
        if self._left == 0:
            self.ending = Ending.LIMIT

    def _is_behind(self) -> bool:
        return any(
            offset < end
            for each, ends in zip(self._consumer.inputs, self._ends, strict=True)
            for offset, end in zip(each.offsets, ends, strict=True)
        )


# -- which keys a condition leaves ----------------------------------------------------------------

Fixed = dict[int, Any]
"""Key column index to value."""


def fixed_keys(where: Expr, schema: Schema) -> tuple[tuple[Any, ...], ...] | None:
    """Return the keys outside of which the condition is never true; None when it leaves it open."""
    positions = {column.name: index for index, column in enumerate(schema.key)}
    choices = _choices(where, positions)
    if choices is None or any(len(each) < len(positions) for each in choices):
        return None
    keys = (tuple(each[i] for i in range(len(positions))) for each in choices)
    return tuple(dict.fromkeys(keys))


def _choices(expr: Expr, positions: dict[str, int]) -> list[Fixed] | None:
    if isinstance(expr, And):
        left, right = _choices(expr.left, positions), _choices(expr.right, positions)
        if left is None or right is None:
            return right if left is None else left
        pairs = product(left, right)
        return [{**a, **b} for a, b in pairs if all(a[i] == b[i] for i in a.keys() & b.keys())]
    if isinstance(expr, Or):
        left, right = _choices(expr.left, positions), _choices(expr.right, positions)
        return None if left is None or right is None else left + right
    if isinstance(expr, Compare) and expr.op == "=":
        return _equality(expr.left, expr.right, positions) or _equality(
            expr.right, expr.left, positions
        )
    if isinstance(expr, In) and not expr.negated:
        return _membership(expr, positions)
    return None


def _membership(expr: In, positions: dict[str, int]) -> list[Fixed] | None:
    index = _key_column(expr.value, positions)
    if index is None or not all(is_constant(item) for item in expr.items):
        return None
    return [{index: constant_value(item)} for item in expr.items]


def _equality(column: Expr, value: Expr, positions: dict[str, int]) -> list[Fixed] | None:
    index = _key_column(column, positions)
    if index is None or not is_constant(value):
        return None
    return [{index: constant_value(value)}]


def _key_column(expr: Expr, positions: dict[str, int]) -> int | None:
    # A key that is compared with a wider number is widened; Python's numbers are equal, and have
    # equal hashes, whatever their width.
    if isinstance(expr, Cast) and expr.implicit and expr.type.is_numeric:
        expr = expr.operand
    return positions.get(expr.name) if isinstance(expr, ColumnRef) else None


def is_constant(expr: Expr) -> bool:
    """Tell whether an expression needs no row."""
    if isinstance(expr, Literal):
        return True
    if isinstance(expr, Cast | Negate):
        return is_constant(expr.operand)
    if isinstance(expr, Arithmetic):
        return is_constant(expr.left) and is_constant(expr.right)
    return isinstance(expr, Call) and bool(expr.args) and all(map(is_constant, expr.args))


def constant_value(expr: Expr) -> Any:
    """Compute a constant expression; None where it cannot be."""
    try:
        return expr.value if isinstance(expr, Literal) else computed(expr)
    except Exception:  # noqa: BLE001 - the condition will be false for every row
        return None


def computed(expr: Expr) -> Any:
    """Compute an expression that needs no row; raises what its functions raise."""
    return compile_expression(expr, Locations(), "")()
