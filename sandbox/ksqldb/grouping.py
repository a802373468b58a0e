"""GROUP BY as code: aggregates over streams, in windows and sessions, and over tables.

A group's state is a list: time of last change, whether the row is out (HAVING let it pass), one
slot per aggregate, and the group's key, which all its records share. Stream time, grace, retention
and the records that are sent follow Kafka Streams without caching: one record per change. Windows
end when stream time of their partition passes end + grace; a row for an ended window is late and
left out.
"""

from collections.abc import Callable
from math import nan
from typing import Any

from ksql.language.resolved import ColumnRef, Expr, GroupKey, ResolvedQuery, WindowSpec
from ksql.language.tree import Kind, WindowKind
from ksql.language.types import DOUBLE
from sandbox.ksqldb.aggregation import AggregateCode, aggregate_code
from sandbox.ksqldb.codegen import Code, tuple_text
from sandbox.ksqldb.evaluation import Evaluation
from sandbox.ksqldb.stores import GroupStore, RowStore, SessionStore, WindowStore
from sandbox.ksqldb.terminals import RowTerminal, Terminal
from sandbox.ksqldb.writers import (
    Chain,
    ChainWriter,
    Feed,
    Site,
    StreamChain,
    View,
    groups_by_key,
    table_side_feed,
)

FIRST_SLOT = 2
"""Where the aggregates begin in a group's state."""


def compile_grouping(query: ResolvedQuery, terminal: Terminal, site: Site) -> Chain:
    """Compile a query with GROUP BY, or with aggregates over its whole input."""
    if query.sources[0].source.kind is Kind.TABLE:
        return _compile_table(query, terminal, site)
    chain = StreamChain(query, terminal, site)
    joined = RowStore()
    chain.constants["table"] = joined.rows
    group = GroupWriter(chain)
    store = group.store()
    tail: Callable[[], None] = {
        None: group.unwindowed,
        WindowKind.TUMBLING: group.tumbling,
        WindowKind.HOPPING: group.hopping,
        WindowKind.SESSION: group.session,
    }[query.window.kind if query.window else None]
    feeds: tuple[Feed, ...] = (chain.feed(tail),)
    if query.join is not None:
        feeds = (*feeds, table_side_feed(query.sources[1].source, joined))
    return Chain(feeds, store, group.view(), joined if query.join else None)


def _compile_table(query: ResolvedQuery, terminal: Terminal, site: Site) -> Chain:
    chain = ChainWriter(query, terminal, site)
    group = GroupWriter(chain)
    store = group.store()
    return Chain((group.table_feed(),), store, group.view(), None)


class GroupWriter:
    """Writes what follows WHERE in a chain with grouping."""

    def __init__(self, chain: ChainWriter) -> None:
        self._chain, self._code, self._query = chain, chain.code, chain.query
        self._calls = self._query.aggregates
        self._aggregates: list[AggregateCode] = [
            aggregate_code(call, self._code) for call in self._calls
        ]
        chain.locate.add_groups(
            aggregate.result(self._slot(i)) for i, aggregate in enumerate(self._aggregates)
        )
        self._initial = [aggregate.initial() for aggregate in self._aggregates]

    @staticmethod
    def _slot(index: int) -> str:
        return f"s[{FIRST_SLOT + index}]"

    # -- state -----------------------------------------------------------------------------

    def store(self) -> GroupStore | WindowStore | SessionStore:
        """Make the store of this query and bind it for the code."""
        window, constants = self._query.window, self._code.constants
        partitions = self._chain.site.partitions
        if window is None:
            groups = GroupStore()
            constants["groups"] = groups.groups
            return groups
        retention_ms = _retention_ms(window)
        store: WindowStore | SessionStore
        if window.kind is WindowKind.SESSION:
            assert window.gap_ms is not None
            store = SessionStore(partitions, window.gap_ms, retention_ms)
        else:
            assert window.size_ms is not None
            store = WindowStore(partitions, window.size_ms, retention_ms)
            constants["windows"] = store.windows
        constants |= {"store": store, "clocks": store.clocks, "due": store.due}
        return store

    def _new_state(self, at: str) -> str:
        out = "False" if self._query.having is not None else "True"
        return f"[{', '.join([at, out, *self._initial, 'g'])}]"

    # -- keys and arguments --------------------------------------------------------------

    def _group_key(self) -> None:
        code, exprs = self._code, self._query.group_by or ()
        self._chain.evaluation().assign("g", exprs, "GROUP BY")
        self._join_nans(code)
        if exprs:
            nulls = " or ".join(f"g[{i}] is None" for i in range(len(exprs)))
            code.line(f"if {nulls}: {self._chain.skipped}('null group key'); continue")

    def _join_nans(self, code: Code) -> None:
        """Make all NaNs of a key one object: as keys they are equal in Java, not in Python."""
        if any(expr.type == DOUBLE for expr in self._query.group_by or ()):
            code.constants["one_nan"] = one_nan
            code.line("g = one_nan(g)")

    def _arguments(self) -> list[list[str]]:
        """Write what computes the aggregates' arguments; return their texts."""
        evaluation = self._chain.evaluation()
        texts = []
        for index, call in enumerate(self._calls):
            if all(isinstance(arg, ColumnRef) for arg in call.args):
                texts.append([evaluation.text(arg) for arg in call.args])
                continue
            evaluation.assign(f"a{index}", call.args, f"argument of {call.function}")
            texts.append([f"a{index}[{i}]" for i in range(len(call.args))])
        return texts

    def _add(self, arguments: list[list[str]]) -> None:
        for index, aggregate in enumerate(self._aggregates):
            aggregate.add(self._code, self._slot(index), arguments[index])

    def _partition(self) -> str:
        chain = self._chain
        if chain.site.state_partition is None:
            return "0"
        if groups_by_key(self._query):
            return "part"
        route = self._code.bind("repartition", chain.site.state_partition)
        self._code.line(f"p = {route}(g, part)")
        return "p"

    # -- the four kinds of windows ----------------------------------------------------------

    def unwindowed(self) -> None:
        """One group per key, for ever."""
        code = self._code
        self._group_key()
        arguments = self._arguments()
        code.line("s = groups.get(g)")
        code.line(f"if s is None: s = groups[g] = {self._new_state('ts')}")
        code.line("elif ts > s[0]: s[0] = ts")
        self._add(arguments)
        self._send("s[0]", None)

    def tumbling(self) -> None:
        """One window per row."""
        window = self._query.window
        assert window is not None
        self._group_key()
        arguments = self._arguments()
        partition = self._advance_time()
        self._code.line(f"ws = ts - ts % {window.size_ms}")
        self._in_window(partition, arguments, window)

    def hopping(self) -> None:
        """As many windows per row as overlap its time, earliest first."""
        window = self._query.window
        assert window is not None
        assert window.size_ms is not None
        self._group_key()
        arguments = self._arguments()
        partition = self._advance_time()
        step = window.advance_ms
        self._code.line(f"first = max(0, ts - {window.size_ms} + {step}) // {step} * {step}")
        with self._code.block(f"for ws in range(first, ts + 1, {step}):"):
            self._in_window(partition, arguments, window)

    def _advance_time(self) -> str:
        code, partition = self._code, self._partition()
        code.line(f"now = clocks[{partition}]")
        with code.block("if ts > now:"):
            code.line(f"clocks[{partition}] = now = ts")
            code.line(f"if now >= due[{partition}]: store.expire({partition})")
        return partition

    def _in_window(self, partition: str, arguments: list[list[str]], window: WindowSpec) -> None:
        code = self._code
        assert window.size_ms is not None
        ends_ms = window.size_ms + (window.grace_ms or 0)
        late = f"{self._chain.skipped}('late')"
        code.line(f"if ws + {ends_ms} <= now: {late}; continue")
        code.line(f"groups = windows[{partition}].get(ws)")
        code.line(f"if groups is None: groups = store.open({partition}, ws)")
        # Rows of one window follow each other: their records share the tuple of its bounds.
        code.line(f"if ws != last: last = ws; window = (ws, ws + {window.size_ms})")
        code.line("ws, we = window")
        code.line("s = groups.get(g)")
        code.line(f"if s is None: s = groups[g] = {self._new_state('ts')}")
        code.line("elif ts > s[0]: s[0] = ts")
        self._add(arguments)
        self._send("s[0]", "window")

    def session(self) -> None:
        """A window per burst of activity; a row may join several into one."""
        window, code = self._query.window, self._code
        assert window is not None
        self._group_key()
        arguments = self._arguments()
        partition = self._advance_time()
        code.line(f"found = store.overlapping({partition}, g, ts)", "ws = we = ts")
        with code.block("for one in found:"):
            code.line("if one[0] < ws: ws = one[0]", "if one[1] > we: we = one[1]")
        closes_ms = (window.grace_ms or 0) + (window.gap_ms or 0)
        with code.block(f"if we < now - {closes_ms}:"):
            code.line(f"for one in found: store.put({partition}, g, one)")
            code.line(f"{self._chain.skipped}('late')", "continue")
        code.line("start, end = ws, we", f"s = merged = {self._new_state('end')}")
        with code.block("for one in found:"):
            code.line("o = one[2]")
            for index, aggregate in enumerate(self._aggregates):
                aggregate.merge(code, self._slot(index), f"o[{FIRST_SLOT + index}]")
            # Kafka Streams takes a session away before it stores it anew, its bounds changed or
            # not; only one that is nothing but the row's own moment is updated in place.
            with code.block("if o[1] and start != end:"):
                code.line("ws, we, s = one[0], one[1], o")
                self._tombstone("one[1]", "(ws, we)")
                code.line("s = merged")
        code.line("ws, we = start, end")
        self._add(arguments)
        code.line(f"store.put({partition}, g, [start, end, s])")
        self._send("end", "(ws, we)")

    # -- results ----------------------------------------------------------------------------

    def _scope(self, code: Code | None = None) -> Evaluation:
        window = ["ws", "we"] if self._query.window else []
        return Evaluation(
            code or self._code,
            self._chain.locate,
            ["g", "s", *window],
            self._chain.site.report,
        )

    def _send(self, ts: str, window: str | None) -> None:
        code, having = self._code, self._query.having
        if having is None:
            self._row(ts, window)
            return
        self._scope().test("passed", having)
        with code.block("if passed:"):
            code.line("s[1] = True")
            self._row(ts, window)
        with code.block("elif s[1]:"):
            code.line("s[1] = False")
            self._tombstone(ts, window)

    def _row(self, ts: str, window: str | None) -> None:
        scope = self._scope()
        self._chain.project(scope)
        self._chain.terminal.row(self._code, self._key(scope), "row", ts, window)

    def _tombstone(self, ts: str, window: str | None) -> None:
        scope = self._scope()
        self._chain.keep_columns(scope)
        self._chain.terminal.tombstone(self._code, self._key(scope), ts, window)

    def _key(self, scope: Evaluation) -> str:
        if isinstance(self._chain.terminal, RowTerminal):
            return "None"
        exprs: list[Expr] = [column.expr for column in self._query.key_select]
        whole = range(len(self._query.group_by or ()))
        if [e.index if isinstance(e, GroupKey) else -1 for e in exprs] == list(whole):
            return "s[-1]"
        return tuple_text([scope.text(expr) for expr in exprs])

    def view(self) -> View:
        """Compile `view(g, s, ws, we)`: the value row of a group."""
        code = Code(self._code.constants)
        with code.block("def view(g, s, ws, we):"):
            scope = self._scope(code)
            scope.assign("row", [column.expr for column in self._query.value_select], "column")
            code.line("return row")
        return code.function("view")

    # -- tables -----------------------------------------------------------------------------

    def table_feed(self) -> Feed:
        """Compile the feed of a grouped table: each change takes the old row out again."""
        code, chain = self._code, self._chain
        code.constants["kept"] = RowStore().rows
        image = self._image()
        entry = "(k, (ws, we))" if chain.windowed else "k"
        variables = ", ".join(v for v in chain.variables if v not in ("k", "v", "ts"))
        with code.block("def feed(rows, part, out):"), code.block(chain.row_header):
            code.line(f"if k is {chain.null_key}: {chain.skipped}('null key'); continue")
            code.line(f"old = kept.get({entry})")
            code.line(f"if v is None: kept.pop({entry}, None)", f"else: kept[{entry}] = (v, ts)")
            code.line(f"o = None if old is None else {image}(k, old[0], old[1], {variables})")
            code.line(f"n = None if v is None else {image}(k, v, ts, {variables})")
            # A change within one group is one change of its state; otherwise the row leaves one
            # group first and enters the other then.
            code.line(
                "if o is None: changes = () if n is None else ((n[0], None, n),)",
                "elif n is None: changes = ((o[0], o, None),)",
                "elif o[0] == n[0]: changes = ((n[0], o, n),)",
                "else: changes = ((o[0], o, None), (n[0], None, n))",
            )
            with code.block("for g, o, n in changes:"):
                self._apply_change()
                self._send("s[0]", None)
        return code.function("feed")

    def _apply_change(self) -> None:
        code = self._code
        code.line("s = groups.get(g)")
        code.line(f"if s is None: s = groups[g] = {self._new_state('ts')}")
        code.line("elif ts > s[0]: s[0] = ts")
        for letter, verb in (("o", "remove"), ("n", "add")):
            with code.block(f"if {letter} is not None:"):
                for index, aggregate in enumerate(self._aggregates):
                    texts = [
                        f"{letter}[{index + 1}][{i}]" for i in range(len(self._calls[index].args))
                    ]
                    getattr(aggregate, verb)(code, self._slot(index), texts)

    def _image(self) -> str:
        """Compile what a row means to the groups: (group key, arguments…), None if nothing."""
        chain, query = self._chain, self._query
        code = Code(self._code.constants)
        name = f"_image_{len(code.constants)}"
        with code.block(f"def {name}({', '.join(chain.variables)}):"):
            evaluation = chain.evaluation(code=code)
            if query.where is not None:
                evaluation.skip_unless(query.where, "return None")
            evaluation.assign("g", query.group_by or (), "GROUP BY")
            self._join_nans(code)
            code.line("if None in g: return None")
            for index, call in enumerate(self._calls):
                evaluation.assign(f"a{index}", call.args, f"argument of {call.function}")
            code.line(f"return {tuple_text(['g', *(f'a{i}' for i in range(len(self._calls)))])}")
        code.function(name)
        return name


def one_nan(key: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a key in which every NaN is the same object."""
    if all(part == part for part in key):  # noqa: PLR0124 - NaN alone differs from itself
        return key
    return tuple(part if part == part else nan for part in key)  # noqa: PLR0124 - as above


def _retention_ms(window: WindowSpec) -> int:
    length_ms = window.size_ms if window.size_ms is not None else window.gap_ms
    return max(window.retention_ms or 0, (length_ms or 0) + (window.grace_ms or 0))
