"""The syntax tree: what a statement says, before anything is known about the names in it.

Every node is frozen and carries `at`, its place in the text, which does not take part in
comparison: two trees are equal when they say the same. Names are already folded (an unquoted name
is upper case), literals are Python values with their SQL type. Only the supported language has
nodes; everything else is refused by the parser.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from ksql.language.errors import START, Position
from ksql.language.types import SqlType
from ksql.language.values import SqlValue


class Kind(StrEnum):
    """What a source is."""

    STREAM = "STREAM"
    TABLE = "TABLE"


@dataclass(frozen=True, kw_only=True)
class Node:
    """Anything in the tree."""

    at: Position = field(default=START, compare=False, repr=False)


# -- expressions --------------------------------------------------------------------------------


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


# -- queries --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SelectAll(Node):
    """`*`, or `source.*`."""

    source: str | None = None


@dataclass(frozen=True)
class SelectItem(Node):
    """One expression of the projection; `alias` is None when none is written."""

    expression: Expression
    alias: str | None = None


@dataclass(frozen=True)
class Relation(Node):
    """A source in FROM or JOIN; `alias` is the source's own name when none is written."""

    name: str
    alias: str


class JoinKind(StrEnum):
    """The joins of the supported language."""

    INNER = "INNER"
    LEFT = "LEFT"


@dataclass(frozen=True)
class Join(Node):
    """`[LEFT] JOIN right ON condition`."""

    kind: JoinKind
    right: Relation
    condition: Expression


@dataclass(frozen=True)
class Duration(Node):
    """`5 MINUTES`; `unit` is upper case and plural."""

    value: int
    unit: str

    @property
    def millis(self) -> int:
        """The same in milliseconds; a day has 24 hours."""
        return self.value * UNIT_MILLIS[self.unit]


UNIT_MILLIS = {
    "DAYS": 86_400_000,
    "HOURS": 3_600_000,
    "MINUTES": 60_000,
    "SECONDS": 1_000,
    "MILLISECONDS": 1,
}
"""Milliseconds by the unit of a window clause."""


class WindowKind(StrEnum):
    """The window types; also the values of the property WINDOW_TYPE."""

    TUMBLING = "TUMBLING"
    HOPPING = "HOPPING"
    SESSION = "SESSION"


@dataclass(frozen=True)
class Window(Node):
    """A WINDOW clause. `size` is the gap of a session window."""

    kind: WindowKind
    size: Duration
    advance: Duration | None = None
    retention: Duration | None = None
    grace: Duration | None = None


@dataclass(frozen=True)
class Query(Node):
    """A SELECT. `emit_changes` tells what was written, not what it means.

    `group_by` and `partition_by` are None without the clause, and `()` for `GROUP BY ()`.
    """

    select: tuple[SelectAll | SelectItem, ...]
    source: Relation
    joins: tuple[Join, ...] = ()
    window: Window | None = None
    where: Expression | None = None
    group_by: tuple[Expression, ...] | None = None
    partition_by: tuple[Expression, ...] | None = None
    having: Expression | None = None
    emit_changes: bool = False
    limit: int | None = None


# -- statements ------------------------------------------------------------------------------------


class Constraint(StrEnum):
    """What a column of CREATE STREAM or TABLE is besides a value."""

    KEY = "KEY"
    PRIMARY_KEY = "PRIMARY KEY"


@dataclass(frozen=True)
class TableElement(Node):
    """One column of a CREATE."""

    name: str
    type: SqlType
    constraint: Constraint | None = None


@dataclass(frozen=True)
class Property(Node):
    """One setting of a WITH clause; `name` is upper case."""

    name: str
    value: Literal


@dataclass(frozen=True)
class CreateSource(Node):
    """CREATE [OR REPLACE] [SOURCE] STREAM|TABLE [IF NOT EXISTS] name (elements) WITH (…)."""

    kind: Kind
    name: str
    elements: tuple[TableElement, ...]
    properties: tuple[Property, ...]
    or_replace: bool = False
    if_not_exists: bool = False
    read_only: bool = False
    """True for CREATE SOURCE …: nothing may be inserted, and a table can be pulled from."""


@dataclass(frozen=True)
class CreateAsSelect(Node):
    """CREATE [OR REPLACE] STREAM|TABLE [IF NOT EXISTS] name [WITH (…)] AS query."""

    kind: Kind
    name: str
    query: Query
    properties: tuple[Property, ...] = ()
    or_replace: bool = False
    if_not_exists: bool = False


@dataclass(frozen=True)
class InsertInto(Node):
    """INSERT INTO target [WITH (…)] query."""

    target: str
    query: Query
    properties: tuple[Property, ...] = ()


@dataclass(frozen=True)
class InsertValues(Node):
    """INSERT INTO target [(columns)] VALUES (values); no `columns` means all, in order."""

    target: str
    columns: tuple[str, ...]
    values: tuple[Expression, ...]


@dataclass(frozen=True)
class Drop(Node):
    """DROP STREAM|TABLE [IF EXISTS] name [DELETE TOPIC]."""

    kind: Kind
    name: str
    if_exists: bool = False
    delete_topic: bool = False


@dataclass(frozen=True)
class AlterSource(Node):
    """ALTER STREAM|TABLE name ADD COLUMN …."""

    kind: Kind
    name: str
    columns: tuple[TableElement, ...]


class QueryAction(StrEnum):
    """What can be done to a running query."""

    TERMINATE = "TERMINATE"
    PAUSE = "PAUSE"
    RESUME = "RESUME"


@dataclass(frozen=True)
class ControlQuery(Node):
    """TERMINATE, PAUSE or RESUME; `query_id` is None for ALL."""

    action: QueryAction
    query_id: str | None


class Listing(StrEnum):
    """What LIST and SHOW can list."""

    STREAMS = "STREAMS"
    TABLES = "TABLES"
    QUERIES = "QUERIES"
    TOPICS = "TOPICS"
    FUNCTIONS = "FUNCTIONS"
    PROPERTIES = "PROPERTIES"
    VARIABLES = "VARIABLES"


@dataclass(frozen=True)
class ListAll(Node):
    """LIST|SHOW what [EXTENDED]; `show_all` is SHOW ALL TOPICS."""

    what: Listing
    extended: bool = False
    show_all: bool = False


@dataclass(frozen=True)
class Describe(Node):
    """DESCRIBE name [EXTENDED]."""

    name: str
    extended: bool = False


@dataclass(frozen=True)
class DescribeAll(Node):
    """DESCRIBE STREAMS|TABLES [EXTENDED]."""

    kind: Kind
    extended: bool = False


@dataclass(frozen=True)
class DescribeFunction(Node):
    """DESCRIBE FUNCTION name; `name` as the server would look it up, any case."""

    name: str


@dataclass(frozen=True)
class Explain(Node):
    """EXPLAIN query id, or EXPLAIN statement: exactly one of the two is set."""

    query_id: str | None
    statement: Query | CreateAsSelect | InsertInto | None


@dataclass(frozen=True)
class SetProperty(Node):
    """SET 'name' = 'value'."""

    name: str
    value: str


@dataclass(frozen=True)
class UnsetProperty(Node):
    """UNSET 'name'."""

    name: str


@dataclass(frozen=True)
class Define(Node):
    """DEFINE name = 'value'."""

    name: str
    value: str


@dataclass(frozen=True)
class Undefine(Node):
    """UNDEFINE name."""

    name: str


@dataclass(frozen=True)
class Print(Node):
    """PRINT topic [FROM BEGINNING] [INTERVAL n] [LIMIT n]."""

    topic: str
    from_beginning: bool = False
    interval: int | None = None
    limit: int | None = None


Statement: TypeAlias = (
    Query
    | CreateSource
    | CreateAsSelect
    | InsertInto
    | InsertValues
    | Drop
    | AlterSource
    | ControlQuery
    | ListAll
    | Describe
    | DescribeAll
    | DescribeFunction
    | Explain
    | SetProperty
    | UnsetProperty
    | Define
    | Undefine
    | Print
)
