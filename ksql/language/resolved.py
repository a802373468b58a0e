"""A statement after analysis: every name bound, every type known, every conversion visible.

The engine compiles exactly what stands here; it never resolves a name or chooses a conversion.
Nothing in this module computes: `ksql.language.analysis` makes these values.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from ksql.language.resolved_expressions import (
    AggregateResult,
    And,
    Arithmetic,
    Between,
    Call,
    Case,
    Cast,
    ColumnRef,
    Compare,
    Expr,
    GroupKey,
    In,
    IntervalUnit,
    IsDistinct,
    IsNull,
    Like,
    Literal,
    Negate,
    Not,
    Or,
)
from ksql.language.signatures import Signature
from ksql.language.tree import JoinKind, Kind, WindowKind
from ksql.language.types import BIGINT, INTEGER, SqlType
from ksql.language.values import SqlValue

__all__ = [
    "PSEUDO_COLUMNS",
    "WINDOW_BOUNDS",
    "AggregateCall",
    "AggregateResult",
    "AnalyzedCreate",
    "AnalyzedCreateAs",
    "AnalyzedInsertInto",
    "AnalyzedInsertValues",
    "AnalyzedSelect",
    "And",
    "Arithmetic",
    "Between",
    "Call",
    "Case",
    "Cast",
    "Catalog",
    "Column",
    "ColumnRef",
    "Compare",
    "Expr",
    "FormatSpec",
    "FromSource",
    "GroupKey",
    "HeaderColumn",
    "In",
    "IntervalUnit",
    "IsDistinct",
    "IsNull",
    "JoinSpec",
    "Like",
    "Literal",
    "Negate",
    "Not",
    "Or",
    "ResolvedQuery",
    "Schema",
    "SelectColumn",
    "Source",
    "TimestampColumn",
    "WindowSpec",
]

# -- schemas and sources --------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """A named, typed column."""

    name: str
    type: SqlType

    def __str__(self) -> str:
        return f"`{self.name}` {self.type}"


@dataclass(frozen=True)
class Schema:
    """Key columns and value columns, each in their order; no pseudo columns."""

    key: tuple[Column, ...]
    value: tuple[Column, ...]

    def find(self, name: str) -> Column | None:
        """The column of that name, key columns first."""
        return next((column for column in (*self.key, *self.value) if column.name == name), None)

    def is_key(self, name: str) -> bool:
        """True when a key column has that name."""
        return any(column.name == name for column in self.key)

    def __str__(self) -> str:
        keys = [f"{column} KEY" for column in self.key]
        return ", ".join([*keys, *(str(column) for column in self.value)])


@dataclass(frozen=True)
class FormatSpec:
    """How a key or a value is written: format name (upper case) and its settings.

    `wrap_single_value` is None where the format's own default holds. `schema_name` is the full
    name of the Avro record (None: ksqlDB's default). `schema_id` is the registered schema to
    use, when the statement names one.
    """

    name: str
    delimiter: str | None = None
    wrap_single_value: bool | None = None
    schema_name: str | None = None
    schema_id: int | None = None


@dataclass(frozen=True)
class WindowSpec:
    """A window, times in milliseconds.

    Of a windowed source only `kind` and, unless SESSION, `size_ms` are known. `retention_ms` and
    `grace_ms` hold the defaults where the statement gives none, as ksqlDB computes them: grace
    max(24 h - size, 0), retention size + grace.
    """

    kind: WindowKind
    size_ms: int | None
    """None for SESSION."""
    advance_ms: int | None = None
    """Equal to size for TUMBLING, None for SESSION."""
    gap_ms: int | None = None
    """The inactivity gap of SESSION."""
    grace_ms: int | None = None
    retention_ms: int | None = None


@dataclass(frozen=True)
class TimestampColumn:
    """The property TIMESTAMP: the value column that gives a record's time.

    `format` is the Java pattern of a STRING column, None for BIGINT and TIMESTAMP columns.
    """

    column: str
    format: str | None = None


@dataclass(frozen=True)
class Source:
    """A stream or table of the catalogue."""

    name: str
    kind: Kind
    schema: Schema
    topic: str
    key_format: FormatSpec
    value_format: FormatSpec
    window: WindowSpec | None = None
    """The window its keys carry; None when keys are plain."""
    timestamp: TimestampColumn | None = None
    partitions: int | None = None
    """As stated or inherited; None when the topic decides."""
    replicas: int | None = None
    retention_ms: int | None = None
    """The property RETENTION_MS; None when not stated."""
    read_only: bool = False
    """Made by CREATE SOURCE …."""
    materialized: bool = False
    """True when pull queries can look into its state: a table made by a query, or a CREATE SOURCE
    TABLE."""
    from_query: bool = False
    """True when a CREATE … AS SELECT made it."""
    open_schema: bool = False
    """True when only Schema Registry knows its columns and nobody could ask it: the schema then
    holds what is written, and statements that read the source cannot be judged."""


class Catalog(Protocol):
    """The sources that exist when a statement is analysed."""

    def source(self, name: str) -> Source | None:
        """The source of exactly that name, or None."""
        ...

    def names(self) -> Iterable[str]:
        """All names, in any order; used for suggestions."""
        ...


# -- queries --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FromSource:
    """A source as a query names it."""

    source: Source
    alias: str


@dataclass(frozen=True)
class JoinSpec:
    """`sources[0]`, a stream, joined with `sources[1]`, a table.

    Rows meet where `left_key` equals the table's key. `left_key` is over source 0, `right_key` the
    table's key column; both have one type. The result is keyed by the left key's value.
    """

    kind: JoinKind
    left_key: Expr
    right_key: ColumnRef


@dataclass(frozen=True)
class AggregateCall:
    """An aggregate over the rows of a group.

    `args` are over the sources, `initial` the literal arguments that configure it.
    """

    function: str
    signature: Signature
    args: tuple[Expr, ...]
    type: SqlType
    initial: tuple[SqlValue, ...] = ()


@dataclass(frozen=True)
class SelectColumn:
    """An output column and the expression that fills it."""

    name: str
    expr: Expr

    @property
    def type(self) -> SqlType | None:
        """The type of the expression."""
        return self.expr.type


@dataclass(frozen=True)
class ResolvedQuery:
    """A query, ready to be planned.

    Order of work: sources (joined), `where`, then either grouping (`group_by` in a `window`, with
    `aggregates`, then `having`) or `partition_by`, then the projection. Without grouping every
    expression is over the sources. With grouping `having` and the projection are over GroupKey,
    AggregateResult and window bounds.

    `key_select` fills `schema.key` in order and `value_select` fills `schema.value`. `columns` is
    the projection in the order the reader of a push or pull query sees it, keys where they were
    written.
    """

    sources: tuple[FromSource, ...]
    join: JoinSpec | None
    where: Expr | None
    partition_by: tuple[Expr, ...] | None
    """None without PARTITION BY; `()` for PARTITION BY NULL, which leaves no key."""
    group_by: tuple[Expr, ...] | None
    """None without aggregation; `()` when the whole input is one group."""
    window: WindowSpec | None
    aggregates: tuple[AggregateCall, ...]
    having: Expr | None
    key_select: tuple[SelectColumn, ...]
    value_select: tuple[SelectColumn, ...]
    columns: tuple[SelectColumn, ...]
    kind: Kind
    """What the result is."""
    schema: Schema
    result_window: WindowSpec | None
    """The window the result's key carries: of the aggregation, or of a windowed source."""
    emit_changes: bool
    limit: int | None = None


# -- analysed statements ---------------------------------------------------------------------------


@dataclass(frozen=True)
class AnalyzedCreate:
    """CREATE STREAM or TABLE with columns. `exists` tells that IF NOT EXISTS makes it a no-op."""

    source: Source
    or_replace: bool = False
    if_not_exists: bool = False
    exists: bool = False
    key_schema_inferred: bool = False
    value_schema_inferred: bool = False


@dataclass(frozen=True)
class AnalyzedCreateAs:
    """CREATE … AS SELECT: the query and the source it makes."""

    source: Source
    query: ResolvedQuery
    or_replace: bool = False
    if_not_exists: bool = False
    exists: bool = False
    rewritten: str = field(default="", compare=False)
    """The statement as the server would show it: qualified columns, generated names, EMIT
    CHANGES."""


@dataclass(frozen=True)
class AnalyzedInsertInto:
    """INSERT INTO … SELECT. The query's schema fits the target's, conversions applied."""

    target: Source
    query: ResolvedQuery
    query_id: str | None = None
    rewritten: str = field(default="", compare=False)


@dataclass(frozen=True)
class AnalyzedInsertValues:
    """INSERT VALUES: one expression per column of the target that gets a value.

    They are already converted to the column's type and constant. Columns that are not listed are
    null. `rowtime` is the record's time, if given.
    """

    target: Source
    values: tuple[SelectColumn, ...]
    rowtime: Expr | None = None


@dataclass(frozen=True)
class HeaderColumn:
    """A column of the answer to a SELECT; `key` marks it KEY in a pull query's header."""

    name: str
    type: SqlType | None
    key: bool = False


@dataclass(frozen=True)
class AnalyzedSelect:
    """A push query (`query.emit_changes`) or a pull query with the columns its reader sees."""

    query: ResolvedQuery
    header: tuple[HeaderColumn, ...]


PSEUDO_COLUMNS = {"ROWTIME": BIGINT, "ROWPARTITION": INTEGER, "ROWOFFSET": BIGINT}
"""What every source has besides its columns."""

WINDOW_BOUNDS = {"WINDOWSTART": BIGINT, "WINDOWEND": BIGINT}
"""What a windowed source and a windowed aggregation have besides their columns."""
