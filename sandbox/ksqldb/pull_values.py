"""What a look-up by key may be given: values that the key columns take, bounds that are instants.

ksqlDB takes keys and window bounds out of the condition before it reads the store, and converts
nothing that could lose something. A query that scans compares row by row instead; then none of
this holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from ksql.language.errors import SemanticError
from ksql.language.resolved import (
    WINDOW_BOUNDS,
    And,
    Between,
    Cast,
    ColumnRef,
    Compare,
    Expr,
    In,
    Literal,
    Or,
    Source,
)
from sandbox.ksqldb.pull import computed, is_constant
from sandbox.ksqldb.pull_rules import HELP

MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
DIRECTIONS = {"<": "LESS_THAN", "<=": "LESS_THAN", ">": "GREATER_THAN", ">=": "GREATER_THAN"}


def check_values(where: Expr, source: Source) -> None:
    """Judge the condition of a pull query that needs no scan.

    Raises:
        SemanticError: A key is null or of another type, or window bounds are none or contradict.
    """
    for comparisons in _alternatives(where):
        bounds = _Bounds()
        for each in comparisons:
            found = _by_column(each)
            if found is None:
                continue
            if found.column.name in WINDOW_BOUNDS:
                bounds.add(found)
            elif source.schema.is_key(found.column.name):
                _check_key(found)


@dataclass(frozen=True)
class _Comparison:
    """A comparison with its column on the left; `widened` if the value's type is the wider one."""

    column: ColumnRef
    op: str
    value: Expr
    widened: bool


@dataclass
class _Bounds:
    """The window bounds of one alternative: which directions each of the two columns has."""

    seen: dict[str, set[str]] = field(default_factory=dict)

    def add(self, found: _Comparison) -> None:
        name = found.column.name
        if found.widened or not is_constant(found.value):
            raise SemanticError(
                "Window bounds must resolve to an INT, BIGINT, or STRING containing a datetime."
                + HELP
            )
        directions = self.seen.setdefault(name, set())
        direction = DIRECTIONS.get(found.op, "EQUAL")
        if direction in directions:
            raise SemanticError(f"Duplicate {name} bounds on: {direction}." + HELP)
        directions.add(direction)
        if "EQUAL" in directions and len(directions) > 1:
            raise SemanticError(f"`{name} =` cannot be combined with other `{name}` bounds." + HELP)


def _check_key(found: _Comparison) -> None:
    column, value = found.column, found.value
    if not is_constant(value):
        return
    try:
        known = value.value if isinstance(value, Literal) else computed(value)
    except Exception as reason:
        raise SemanticError(f"Failed to resolve the value of {column.name}: {reason}") from reason
    if known is None:
        raise SemanticError(f"Primary key columns can not be NULL: {column.name}")
    if found.widened and column.type.is_numeric:
        raise SemanticError(
            f"'{known!s}' can not be converted to the type of the key column: "
            f"{column.name} {column.type} KEY"
        )


def _by_column(each: Expr) -> _Comparison | None:
    if not isinstance(each, Compare) or each.op not in MIRRORED:
        return None
    for column, op, value in (
        (each.left, each.op, each.right),
        (each.right, MIRRORED[each.op], each.left),
    ):
        bare = column.operand if isinstance(column, Cast) and column.implicit else column
        if isinstance(bare, ColumnRef):
            widened = isinstance(column, Cast) and column.type.base is not bare.type.base
            return _Comparison(bare, op, value, widened)
    return None


def _alternatives(where: Expr) -> Iterator[tuple[Expr, ...]]:
    if isinstance(where, Or):
        yield from _alternatives(where.left)
        yield from _alternatives(where.right)
    elif isinstance(where, And):
        pairs = product(_alternatives(where.left), _alternatives(where.right))
        yield from ((*left, *right) for left, right in pairs)
    elif isinstance(where, In) and not where.negated:
        yield from ((Compare("=", where.value, item),) for item in where.items)
    elif isinstance(where, Between) and not where.negated:
        low = Compare(">=", where.value, where.low)
        yield low, Compare("<=", where.value, where.high)
    else:
        yield (where,)
