"""The syntax tree: what a statement says, before anything is known about the names in it.

Every node is frozen and carries `at`, its place in the text, which does not take part in
comparison: two trees are equal when they say the same. Names are already folded (an unquoted name
is upper case), literals are Python values with their SQL type. Only the supported language has
nodes; everything else is refused by the parser.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from ksql.language.tree_expressions import (
    Arithmetic,
    Between,
    Call,
    Case,
    Cast,
    ColumnRef,
    Comparison,
    Expression,
    In,
    IntervalUnit,
    IsNull,
    Like,
    Literal,
    Logical,
    Node,
    Not,
    Signed,
    When,
)
from ksql.language.tree_queries import (
    UNIT_MILLIS,
    Duration,
    Join,
    JoinKind,
    Query,
    Relation,
    SelectAll,
    SelectItem,
    Window,
    WindowKind,
    Within,
)
from ksql.language.types import SqlType

__all__ = [
    "UNIT_MILLIS",
    "AlterSource",
    "Arithmetic",
    "Between",
    "Call",
    "Case",
    "Cast",
    "ColumnRef",
    "Comparison",
    "Constraint",
    "ControlQuery",
    "CreateAsSelect",
    "CreateSource",
    "Define",
    "Describe",
    "DescribeAll",
    "DescribeFunction",
    "Drop",
    "Duration",
    "Explain",
    "Expression",
    "In",
    "InsertInto",
    "InsertValues",
    "IntervalUnit",
    "IsNull",
    "Join",
    "JoinKind",
    "Kind",
    "Like",
    "ListAll",
    "Listing",
    "Literal",
    "Logical",
    "Node",
    "Not",
    "Print",
    "Property",
    "Query",
    "QueryAction",
    "Relation",
    "SelectAll",
    "SelectItem",
    "SetProperty",
    "Signed",
    "Statement",
    "TableElement",
    "Undefine",
    "UnsetProperty",
    "When",
    "Window",
    "WindowKind",
    "Within",
]


class Kind(StrEnum):
    """What a source is."""

    STREAM = "STREAM"
    TABLE = "TABLE"


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
