"""The expressions of the syntax tree, and what every node of it has.

Part of `ksql.language.tree`, which says what its nodes have in common.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from ksql.language.errors import START, Position
from ksql.language.types import SqlType
from ksql.language.values import SqlValue


@dataclass(frozen=True, kw_only=True)
class Node:
    """Anything in the tree."""

    at: Position = field(default=START, compare=False, repr=False)


@dataclass(frozen=True)
class Literal(Node):
    """A constant. `type` is None for NULL.

    A whole number is INTEGER or BIGINT by its size, a number with a point DECIMAL of exactly its
    digits, one with an exponent DOUBLE.
    """

    value: SqlValue
    type: SqlType | None


@dataclass(frozen=True)
class IntervalUnit(Node):
    """A unit of time as a function argument, upper case and plural: `DAYS`."""

    unit: str


@dataclass(frozen=True)
class ColumnRef(Node):
    """A column, by name and, if written, by its source's name or alias."""

    name: str
    source: str | None = None


@dataclass(frozen=True)
class Arithmetic(Node):
    """`left op right`; `op` is one of `+ - * / %`."""

    op: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Signed(Node):
    """A sign before an expression; `sign` is `-` or `+`."""

    sign: str
    operand: Expression


@dataclass(frozen=True)
class Comparison(Node):
    """`left op right`.

    `op` is one of `= <> < <= > >=`, `IS DISTINCT FROM`, `IS NOT DISTINCT FROM`.
    """

    op: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Logical(Node):
    """`left AND right` or `left OR right`."""

    op: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Not(Node):
    """`NOT operand`; also how NOT LIKE, NOT IN and NOT BETWEEN are held."""

    operand: Expression


@dataclass(frozen=True)
class IsNull(Node):
    """`operand IS NULL`, or `IS NOT NULL` when `negated`."""

    operand: Expression
    negated: bool


@dataclass(frozen=True)
class Like(Node):
    """`value LIKE pattern [ESCAPE escape]`; `escape` is one character."""

    value: Expression
    pattern: Expression
    escape: str | None


@dataclass(frozen=True)
class In(Node):
    """`value IN (items)`."""

    value: Expression
    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Between(Node):
    """`value BETWEEN low AND high`."""

    value: Expression
    low: Expression
    high: Expression


@dataclass(frozen=True)
class When(Node):
    """One `WHEN condition THEN result` of a CASE."""

    condition: Expression
    result: Expression


@dataclass(frozen=True)
class Case(Node):
    """A CASE; `default` is None without ELSE.

    With an `operand` each `When.condition` is compared with it, else it is a condition itself.
    """

    operand: Expression | None
    whens: tuple[When, ...]
    default: Expression | None


@dataclass(frozen=True)
class Cast(Node):
    """`CAST(operand AS type)`."""

    operand: Expression
    type: SqlType


@dataclass(frozen=True)
class Call(Node):
    """A function call; `name` is upper case. `COUNT(*)` has no arguments, as in ksqlDB."""

    name: str
    args: tuple[Expression, ...]


Expression: TypeAlias = (
    Literal
    | IntervalUnit
    | ColumnRef
    | Arithmetic
    | Signed
    | Comparison
    | Logical
    | Not
    | IsNull
    | Like
    | In
    | Between
    | Case
    | Cast
    | Call
)
