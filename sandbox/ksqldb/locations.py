"""Where compiled code finds each value: column references as Python text.

Variable names are fixed for all generated functions: `k` key row, `v` value row, `ts` time,
`off` offset, `part` partition, `ws`/`we` window bounds, `r`/`rts`/`hit` the joined table's row,
its time and whether there is one, `j` the join key, `g` group key, `s` group state.
"""

from collections.abc import Iterable

from ksql.language.resolved import (
    AggregateResult,
    ColumnRef,
    Expr,
    GroupKey,
    Literal,
    Source,
)


class Locations:
    """Answers the expression compiler's question "where is this value?"."""

    def __init__(self) -> None:
        self._columns: dict[tuple[int, str], str] = {}
        self._aggregates: dict[int, str] = {}

    def add_stream_side(self, source: Source) -> None:
        """Place the columns of source 0, whose record is `k`, `v`, `ts`."""
        self._add(0, (f"k[{i}]" for i in range(len(source.schema.key))), source.schema.key)
        self._add(0, (f"v[{i}]" for i in range(len(source.schema.value))), source.schema.value)
        self._columns |= {
            (0, "ROWTIME"): "ts",
            (0, "ROWPARTITION"): "part",
            (0, "ROWOFFSET"): "off",
            (0, "WINDOWSTART"): "ws",
            (0, "WINDOWEND"): "we",
        }

    def add_table_side(self, source: Source, *, is_key: bool) -> None:
        """Place the columns of source 1, the joined table: null where nothing matched.

        Its key column, too, unless it is the result's key (`is_key`): that is the join key.
        """
        key = "j" if is_key else "(j if hit else None)"
        self._add(1, (key for _ in source.schema.key), source.schema.key)
        self._add(1, (f"r[{i}]" for i in range(len(source.schema.value))), source.schema.value)
        self._columns[(1, "ROWTIME")] = "rts"

    def add_groups(self, results: Iterable[str]) -> None:
        """Place the results of aggregates, in order."""
        self._aggregates = dict(enumerate(results))

    def _add(self, index: int, texts: Iterable[str], columns: Iterable[object]) -> None:
        for text, column in zip(texts, columns, strict=True):
            self._columns[(index, column.name)] = text  # type: ignore[attr-defined]  # a Column

    def __call__(self, ref: ColumnRef | GroupKey | AggregateResult) -> str:
        """Return the Python text that reads the value."""
        if isinstance(ref, GroupKey):
            return f"g[{ref.index}]"
        if isinstance(ref, AggregateResult):
            return self._aggregates[ref.index]
        return self._columns[(ref.source, ref.name)]


def cannot_fail(expr: Expr) -> bool:
    """Tell whether computing it is a mere look-up."""
    return isinstance(expr, ColumnRef | GroupKey | AggregateResult | Literal)
