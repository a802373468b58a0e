"""What a pull query on a table may ask: ksqlDB's rules on its WHERE clause.

The condition is taken apart into alternatives (OR) of comparisons (AND). Without table scans each
alternative must fix every key column by equality, or, with range scans and a single plain key,
bound it once. Some things are refused with scans, too: null keys, and window bounds compared
otherwise than by = < <= > >=. The values of a look-up by key are judged by `pull_values`.
"""

from collections.abc import Iterator
from itertools import product

from ksql.language.analysis.expressions import OPERATOR_NAMES
from ksql.language.errors import SemanticError
from ksql.language.expression_text import expression_text
from ksql.language.resolved import Source
from ksql.language.tree import (
    Between,
    ColumnRef,
    Comparison,
    Expression,
    In,
    Kind,
    Literal,
    Logical,
    Node,
    Query,
)
from sandbox.ksqldb import properties as names
from sandbox.ksqldb.properties import Properties

BOUNDS = ("WINDOWSTART", "WINDOWEND")
ORDERLY = ("=", "<", "<=", ">", ">=")
"""The comparisons that fix or bound a key or a window."""

MAX_ALTERNATIVES = 1000
"""Beyond, a condition is not taken apart but needs a scan."""

HELP = " See https://cnfl.io/queries for more info."


def check_allowed(source: Source, properties: Properties) -> None:
    """Judge whether pull queries on such a source are switched on.

    Raises:
        SemanticError: They are not.
    """
    if not properties.on(names.PULLS):
        raise SemanticError(
            f"Pull queries are disabled.{HELP} Add EMIT CHANGES if you intended to issue a push "
            f"query, or set {names.PULLS}=true."
        )
    if source.kind is Kind.STREAM and not properties.on(names.STREAM_PULLS):
        raise SemanticError(
            "Pull queries on streams are disabled. To create a push query on the stream, add EMIT "
            "CHANGES to the end. To enable pull queries on streams, set the "
            f"{names.STREAM_PULLS} property to 'true'."
        )


def check_pull(query: Query, source: Source, properties: Properties) -> bool:
    """Judge a pull query on a table; tell whether it needs a scan.

    Raises:
        SemanticError: ksqlDB would not answer it.
    """
    if query.limit is not None and not properties.on(names.LIMIT_CLAUSE):
        raise SemanticError(
            "LIMIT clause in pull queries is currently disabled. You can enable them by setting "
            f"{names.LIMIT_CLAUSE}=true. See https://cnfl.io/queries for more info.",
            at=query.at,
        )
    scans = properties.on(names.TABLE_SCAN)
    ranges = properties.on(names.RANGE_SCAN)
    if query.where is None:
        if not scans:
            raise SemanticError(
                "Missing WHERE clause." + HELP + " Add a WHERE clause on the key, or set "
                f"{names.TABLE_SCAN}=true.",
                at=query.at,
            )
        return True
    return _Rules(source, scans=scans, ranges=ranges).check(query.where)


class _Rules:
    def __init__(self, source: Source, *, scans: bool, ranges: bool) -> None:
        self._keys = [column.name for column in source.schema.key]
        self._windowed = source.window is not None
        self._scans, self._ranges = scans, ranges
        self._needs_scan = False

    def check(self, where: Expression) -> bool:
        """Check a condition; tell whether it needs a scan."""
        for comparisons in alternatives(where):
            self._alternative(comparisons)
        return self._needs_scan

    def _alternative(self, comparisons: list[Expression]) -> None:
        seen: set[str] = set()
        ranged = False
        for each in comparisons:
            name, is_range = self._comparison(each)
            if name is None:
                continue
            if name in seen:
                self._scan_or(
                    "A comparison condition on the key column cannot be combined with other "
                    "comparisons such as an IN predicate."
                )
            seen.add(name)
            ranged |= is_range
        if ranged:
            plain = self._ranges and not self._windowed and len(self._keys) == 1
            if not plain:
                self._scan_or(
                    "Query requires table scan to be enabled. Table scan can be enabled by setting "
                    f"{names.TABLE_SCAN}=true."
                )
            return
        if not seen:
            text = " AND ".join(expression_text(each) for each in comparisons)
            self._scan_or(f"WHERE clause missing key column for disjunct: {text}.")
            return
        if len(seen) < len(self._keys):
            self._scan_or(
                "Multi-column sources must specify every key in the WHERE clause. Specified: "
                f"[{', '.join(sorted(seen))}] Expected: [{', '.join(self._keys)}]."
            )

    def _comparison(self, each: Expression) -> tuple[str | None, bool]:
        """Return (key column, whether it bounds a range); (None, False) for anything else."""
        if not isinstance(each, Comparison):
            self._scan_or(f"Unsupported expression in WHERE clause: {expression_text(each)}.")
            return None, False
        column, other = each.left, each.right
        if not isinstance(column, ColumnRef):
            column, other = other, column
        if not isinstance(column, ColumnRef):
            self._scan_or("A comparison must directly reference a key column.")
            return None, False
        name = column.name
        if name in BOUNDS:
            self._check_bound(name, each)
        if name not in self._keys or not self._is_fixed(each, other):
            return None, False
        return name, each.op != "="

    def _is_fixed(self, each: Comparison, other: Expression) -> bool:
        """Whether a key column is compared with what needs no row."""
        if isinstance(other, Literal) and other.type is None:
            raise SemanticError(
                f"Primary key columns can not be NULL: {expression_text(each)}", at=each.at
            )
        if any(isinstance(part, ColumnRef) for part in _parts(other)):
            self._scan_or("A comparison must be between a key column and a resolvable expression.")
            return False
        if each.op not in ORDERLY:
            self._scan_or(f"Unsupported expression in WHERE clause: {expression_text(each)}.")
        return True

    @staticmethod
    def _check_bound(name: str, each: Comparison) -> None:
        if each.op not in ORDERLY:
            raise SemanticError(
                f"Unsupported {name} bounds: {OPERATOR_NAMES[each.op]}." + HELP, at=each.at
            )

    def _scan_or(self, message: str) -> None:
        self._needs_scan = True
        if not self._scans:
            raise SemanticError(message + HELP)


def alternatives(where: Expression) -> list[list[Expression]]:
    """Return the alternatives of a condition, each a list of what must hold together."""
    found = _alternatives(where)
    return [[where]] if len(found) > MAX_ALTERNATIVES else found


def _alternatives(where: Expression) -> list[list[Expression]]:
    if isinstance(where, Logical):
        left, right = _alternatives(where.left), _alternatives(where.right)
        if where.op == "OR":
            return left + right
        if len(left) * len(right) > MAX_ALTERNATIVES:
            return [[where]]
        return [a + b for a, b in product(left, right)]
    if isinstance(where, In):
        return [[Comparison("=", where.value, item, at=where.at)] for item in where.items]
    if isinstance(where, Between):
        low = Comparison(">=", where.value, where.low, at=where.at)
        high = Comparison("<=", where.value, where.high, at=where.at)
        return [[low, high]]
    return [[where]]


def _parts(node: Node) -> Iterator[object]:
    yield node
    for value in vars(node).values():
        members = value if isinstance(value, tuple) else (value,)
        for member in members:
            if isinstance(member, Node):
                yield from _parts(member)
