"""Writers of compiled chains without grouping, and what all chains share.

The whole chain of a query - join, filter, grouping, HAVING, projection, record - is one function
body, written once; nothing is interpreted per row. Rows come decoded, as `(key row, value row,
time, offset)` and, from windowed sources, `(…, window start, window end)`; results go to the
terminal's `out`. Grouping is written by `grouping`, expressions by `evaluation`.

What a row without a value means is ksqlDB's rule: a stream without WHERE, JOIN and GROUP BY
passes it on; everything else drops it; in a table it deletes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ksql.language.resolved import ColumnRef, ResolvedQuery, Source
from ksql.language.tree import JoinKind
from sandbox.ksqldb.codegen import Code
from sandbox.ksqldb.evaluation import Evaluation, Report
from sandbox.ksqldb.expressions import FUNCTION_FAILED, NOW_MS, NULL_TEXT
from sandbox.ksqldb.locations import Locations
from sandbox.ksqldb.stores import GroupStore, RowStore, SessionStore, WindowStore
from sandbox.ksqldb.terminals import RowTerminal, Terminal

Feed = Callable[[Sequence[tuple[Any, ...]], int, list[Any]], None]
View = Callable[..., tuple[Any, ...]]


@dataclass(frozen=True)
class Chain:
    """A compiled query.

    `feeds[i]` takes the rows of `query.sources[i]`. `store` holds what pull queries read: groups
    (then `view(g, s, ws, we)` makes the value row) or finished rows.
    """

    feeds: tuple[Feed, ...]
    store: GroupStore | WindowStore | SessionStore | RowStore | None
    view: View | None
    joined: RowStore | None
    """The table side of a join."""


@dataclass(frozen=True)
class Site:
    """Where a query runs.

    `state_partition` gives the partition of a re-keyed row: (key row, partition it came from);
    None where everything lies in partition 0.
    """

    partitions: int
    state_partition: Callable[[tuple[Any, ...] | None, int], int] | None
    report: Report
    now_ms: Callable[[], int]
    skipped: Callable[[str], None]
    """Told of rows that are left out: null group keys, late rows."""
    null_text: str | None = None
    """What a null is as text when it is cast to STRING; null if not stated."""


def null_row(columns: int) -> tuple[None, ...]:
    """The row of a record without key or value: one object per width, told by identity."""
    return _NULL_ROWS.setdefault(columns, tuple([None] * columns))


_NULL_ROWS: dict[int, tuple[None, ...]] = {}


class ChainWriter:
    """The parts that all chains share."""

    def __init__(self, query: ResolvedQuery, terminal: Terminal, site: Site) -> None:
        self.query, self.terminal, self.site = query, terminal, site
        self.source: Source = query.sources[0].source
        report = site.report
        self.constants: dict[str, Any] = {
            FUNCTION_FAILED: lambda name, error: report(f"function {name}", error),
            NOW_MS: site.now_ms,
        }
        if site.null_text is not None:
            self.constants[NULL_TEXT] = site.null_text
        self.locate = Locations()
        self.locate.add_stream_side(self.source)
        if query.join is not None:
            right = query.join.right_key
            is_key = any(column.expr == right for column in query.key_select)
            self.locate.add_table_side(query.sources[1].source, is_key=is_key)
        self.windowed = self.source.window is not None
        self.variables = ["k", "v", "ts", "off", "part"]
        self.row_header = "for k, v, ts, off in rows:"
        if self.windowed:
            self.variables += ["ws", "we"]
            self.row_header = "for k, v, ts, off, ws, we in rows:"
        if query.join is not None:
            self.variables += ["r", "rts", "hit", "j"]
        self.code = Code(self.constants)
        self.null_key = self.code.bind("nokey", null_row(len(self.source.schema.key)))
        self.null_value = self.code.bind("novalue", null_row(len(self.source.schema.value)))
        self.skipped = self.code.bind("skipped", site.skipped)

    def evaluation(self, *more: str, code: Code | None = None) -> Evaluation:
        """An evaluation at a place where also the variables `more` are in scope."""
        variables = [*self.variables, *more]
        return Evaluation(code or self.code, self.locate, variables, self.site.report)

    def project(self, evaluation: Evaluation) -> None:
        """Write `row = (…)`, the terminal's columns."""
        exprs = [column.expr for column in self.terminal.select]
        evaluation.assign("row", exprs, "column")
        self.keep_columns(evaluation)

    def keep_columns(self, evaluation: Evaluation) -> None:
        """Tell a row terminal how its key columns are computed."""
        if isinstance(self.terminal, RowTerminal):
            self.terminal.keep([evaluation.text(c.expr) for c in self.terminal.select])

    @property
    def window(self) -> str | None:
        """The text of a record's window where the source's keys carry one."""
        return "(ws, we)" if self.windowed else None


def groups_by_key(query: ResolvedQuery) -> bool:
    """Tell whether GROUP BY is the source's own key: no repartition, and so the same partition."""
    key = query.sources[0].source.schema.key
    return query.join is None and tuple(
        expr.name if isinstance(expr, ColumnRef) else None for expr in query.group_by or ()
    ) == tuple(column.name for column in key)


class StreamChain(ChainWriter):
    """Stream in, joined or not; stream out. Grouping continues in `grouping`."""

    def feed(self, tail: Callable[[], None] | None = None) -> Feed:
        """Compile the feed of source 0; `tail` writes what follows WHERE, if not a projection."""
        code, query = self.code, self.query
        with code.block("def feed(rows, part, out, last=None):"), code.block(self.row_header):
            self._null_value(passes=tail is None)
            if query.join is not None:
                self._join()
            if query.where is not None:
                self.evaluation().skip_unless(query.where)
            (tail or self._select)()
        return code.function("feed")

    def _null_value(self, *, passes: bool) -> None:
        query, code = self.query, self.code
        with code.block("if v is None:"):
            bare = query.join is None and query.where is None
            if passes and bare and not isinstance(self.terminal, RowTerminal):
                key = "(None if k is " + self.null_key + " else k)"
                if query.partition_by is not None:
                    key = self._key_of_null_value()
                self.terminal.row(code, key, "None", "ts", self.window)
            code.line("continue")

    def _key_of_null_value(self) -> str:
        # ksqlDB evaluates PARTITION BY over the value; without one, its columns and pseudo
        # columns are null and only what depends on the key alone is not.
        if not self.query.partition_by:
            return "None"
        exprs = [column.expr for column in self.query.key_select]
        inner = Code(self.constants)
        name = f"_nullkey_{len(self.constants)}"
        with inner.block(f"def {name}({', '.join(self.variables)}):"):
            self.evaluation(code=inner).assign("key", exprs, "PARTITION BY")
            inner.line("return key")
        inner.function(name)
        given = {"v": self.null_value, "ts": "None"}
        return f"{name}({', '.join(given.get(v, v) for v in self.variables)})"

    def _join(self) -> None:
        join = self.query.join
        assert join is not None
        code = self.code
        table = self.query.sources[1].source
        nothing = code.bind("norow", null_row(len(table.schema.value)))
        code.line(f"r, rts, hit, j = {nothing}, None, False, None")
        evaluation = self.evaluation()
        evaluation.assign("jk", [join.left_key], "join key")
        code.line("j = jk[0]")
        with code.block("if j is not None:"):
            code.line("found = table.get(jk)")
            with code.block("if found is not None:"):
                code.line("r, rts = found", "hit = True")
        if join.kind is JoinKind.INNER:
            code.line("if not hit: continue")

    def _select(self) -> None:
        evaluation = self.evaluation()
        self.project(evaluation)
        key, window = self._key(evaluation), self.window
        self.terminal.row(self.code, key, "row", "ts", window)

    def _key(self, evaluation: Evaluation) -> str:
        query = self.query
        if isinstance(self.terminal, RowTerminal):
            return "None"
        if query.join is not None and query.partition_by is None:
            return "(j,)"
        if query.partition_by is None:
            return f"None if k is {self.null_key} else k"
        if not query.partition_by:
            return "None"
        evaluation.assign("key", [column.expr for column in query.key_select], "PARTITION BY")
        return "key"


class TableChain(ChainWriter):
    """Table in, table out: filter and projection, with the rows kept for pull queries."""

    def feed(self, rows: RowStore) -> Feed:
        """Compile the feed; `rows` takes the result."""
        code, query = self.code, self.query
        self.constants["kept"] = rows.rows
        entry = "(k, (ws, we))" if self.windowed else "k"
        with code.block("def feed(rows, part, out):"), code.block(self.row_header):
            code.line(f"if k is {self.null_key}: {self.skipped}('null key'); continue")
            evaluation = self.evaluation()
            with code.block("if v is None:"):
                self._delete(entry, always=query.where is None)
            if query.where is not None:
                evaluation.test("passed", query.where)
                with code.block("if not passed:"):
                    self._delete(entry, always=False)
            self.project(evaluation)
            if not isinstance(self.terminal, RowTerminal):
                code.line(f"kept[{entry}] = (row, ts)")
            elif query.where is not None:
                code.line(f"kept[{entry}] = True")
            self.terminal.row(code, "k", "row", "ts", self.window)
        return code.function("feed")

    def _delete(self, entry: str, *, always: bool) -> None:
        code = self.code
        self.keep_columns(self.evaluation())
        if always:
            code.line(f"kept.pop({entry}, None)")
            self.terminal.tombstone(code, "k", "ts", self.window)
        else:
            with code.block(f"if kept.pop({entry}, None) is not None:"):
                self.terminal.tombstone(code, "k", "ts", self.window)
        code.line("continue")


def table_side_feed(source: Source, rows: RowStore) -> Feed:
    """Compile the feed of a join's table: it keeps the latest row per key and sends nothing."""
    code = Code({"kept": rows.rows, "nokey": null_row(len(source.schema.key))})
    with code.block("def feed(rows, part, out):"):
        header = "for k, v, ts, off, ws, we in rows:" if source.window else None
        with code.block(header or "for k, v, ts, off in rows:"):
            code.line("if k is nokey: continue")
            code.line("if v is None: kept.pop(k, None)", "else: kept[k] = (v, ts)")
    return code.function("feed")
