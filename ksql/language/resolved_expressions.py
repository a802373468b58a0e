"""Resolved expressions: names bound, types known, conversions visible.

Part of `ksql.language.resolved`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ksql.language.signatures import Signature
from ksql.language.types import BOOLEAN, SqlType
from ksql.language.values import SqlValue


@dataclass(frozen=True)
class Literal:
    """A constant of that type; `type` is None only for a bare NULL."""

    value: SqlValue
    type: SqlType | None


@dataclass(frozen=True)
class IntervalUnit:
    """A unit of time as an argument: `DAYS`, …, `MILLISECONDS`, also `YEARS`, `MONTHS`, `WEEKS`."""

    unit: str
    type: SqlType | None = None


@dataclass(frozen=True)
class ColumnRef:
    """A column or pseudo column of `query.sources[source]`.

    Pseudo columns are ROWTIME, ROWPARTITION, ROWOFFSET, WINDOWSTART, WINDOWEND. After an
    aggregation only WINDOWSTART and WINDOWEND (with source 0) occur: the bounds of the group's
    window.
    """

    source: int
    name: str
    type: SqlType


@dataclass(frozen=True)
class GroupKey:
    """After an aggregation: the value of `query.group_by[index]`."""

    index: int
    type: SqlType


@dataclass(frozen=True)
class AggregateResult:
    """After an aggregation: the result of `query.aggregates[index]`."""

    index: int
    type: SqlType


@dataclass(frozen=True)
class Arithmetic:
    """`left op right`, `op` of `+ - * / %`.

    Both operands already have the type that Java computes in (INTEGER, BIGINT, DOUBLE), or both
    are DECIMAL and `type` is the DECIMAL of the result, or both are STRING and `op` is `+`.
    """

    op: str
    left: Expr
    right: Expr
    type: SqlType


@dataclass(frozen=True)
class Negate:
    """`-operand`."""

    operand: Expr
    type: SqlType


@dataclass(frozen=True)
class Compare:
    """`left op right`, `op` of `= <> < <= > >=`; false when either is null.

    Operands are of one type; two DECIMAL may differ in scale.
    """

    op: str
    left: Expr
    right: Expr
    type: SqlType = BOOLEAN


@dataclass(frozen=True)
class IsDistinct:
    """`left IS DISTINCT FROM right` (`IS NOT` when negated); null equals null."""

    left: Expr
    right: Expr
    negated: bool
    type: SqlType = BOOLEAN


@dataclass(frozen=True)
class And:
    """`left AND right`."""

    left: Expr
    right: Expr
    type: SqlType = BOOLEAN


@dataclass(frozen=True)
class Or:
    """`left OR right`."""

    left: Expr
    right: Expr
    type: SqlType = BOOLEAN


@dataclass(frozen=True)
class Not:
    """`NOT operand`."""

    operand: Expr
    type: SqlType = BOOLEAN


@dataclass(frozen=True)
class IsNull:
    """`operand IS NULL`, or `IS NOT NULL` when negated."""

    operand: Expr
    negated: bool
    type: SqlType = BOOLEAN


@dataclass(frozen=True)
class Like:
    """`value [NOT] LIKE pattern [ESCAPE escape]`."""

    value: Expr
    pattern: Expr
    escape: str | None
    negated: bool
    type: SqlType = BOOLEAN


@dataclass(frozen=True)
class In:
    """`value [NOT] IN (items)`; all of one type, DECIMALs may differ in scale."""

    value: Expr
    items: tuple[Expr, ...]
    negated: bool
    type: SqlType = BOOLEAN


@dataclass(frozen=True)
class Between:
    """`value [NOT] BETWEEN low AND high`; all of one type, DECIMALs may differ in scale."""

    value: Expr
    low: Expr
    high: Expr
    negated: bool
    type: SqlType = BOOLEAN


@dataclass(frozen=True)
class Case:
    """A searched CASE: the result of the first true condition; only that result is computed.

    `whens` are (condition, result), results all of `type`.
    """

    whens: tuple[tuple[Expr, Expr], ...]
    default: Expr | None
    type: SqlType


@dataclass(frozen=True)
class Cast:
    """A conversion to `type`, written in the statement or implied by it (`implicit`)."""

    operand: Expr
    type: SqlType
    implicit: bool = False


@dataclass(frozen=True)
class Call:
    """A scalar function call; every argument already has its parameter's base type."""

    function: str
    signature: Signature
    args: tuple[Expr, ...]
    type: SqlType


Expr: TypeAlias = (
    Literal
    | IntervalUnit
    | ColumnRef
    | GroupKey
    | AggregateResult
    | Arithmetic
    | Negate
    | Compare
    | IsDistinct
    | And
    | Or
    | Not
    | IsNull
    | Like
    | In
    | Between
    | Case
    | Cast
    | Call
)
