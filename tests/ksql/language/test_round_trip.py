"""Parsing the text of a tree gives the tree, for every tree that the grammar can make."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from ksql.language import parse_expression, parse_statement, statement_text
from ksql.language.expression_text import expression_text
from ksql.language.numbers import literal_decimal_type
from ksql.language.tree import (
    AlterSource,
    Arithmetic,
    Between,
    Call,
    Case,
    Cast,
    ColumnRef,
    Comparison,
    Constraint,
    ControlQuery,
    CreateAsSelect,
    CreateSource,
    Define,
    Describe,
    DescribeAll,
    DescribeFunction,
    Drop,
    Duration,
    Explain,
    Expression,
    In,
    InsertInto,
    InsertValues,
    IsNull,
    Join,
    JoinKind,
    Kind,
    Like,
    ListAll,
    Listing,
    Literal,
    Logical,
    Not,
    Print,
    Property,
    Query,
    QueryAction,
    Relation,
    SelectAll,
    SelectItem,
    SetProperty,
    Signed,
    Statement,
    TableElement,
    Undefine,
    UnsetProperty,
    When,
    Window,
    WindowKind,
    Within,
)
from ksql.language.types import (
    BIGINT,
    BOOLEAN,
    BYTES,
    DATE,
    DOUBLE,
    INTEGER,
    STRING,
    TIME,
    TIMESTAMP,
    decimal,
)

# Quoted text may hold anything but what would be a variable.
TEXT = st.text(max_size=8).filter(lambda text: "${" not in text)
NAMES = st.sampled_from(
    ["A", "B2", "KEY", "SELECT", "mixed", "with.dot", "a`b", "1R"]
) | TEXT.filter(bool)
UPPER = st.sampled_from(["KAFKA_TOPIC", "FORMAT", "PARTITIONS", "ODD.NAME"])


def _whole(value: int) -> Literal:
    return Literal(value, INTEGER if -(1 << 31) <= value < 1 << 31 else BIGINT)


def _exact(value: Decimal) -> Literal:
    return Literal(value, literal_decimal_type(value))


LITERALS = st.one_of(
    st.just(Literal(None, None)),
    st.booleans().map(lambda value: Literal(value, BOOLEAN)),
    st.integers(-(1 << 63), (1 << 63) - 1).map(_whole),
    st.decimals(-(10**6), 10**6, places=3).map(_exact),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda value: Literal(value, DOUBLE)),
    TEXT.map(lambda value: Literal(value, STRING)),
)

TYPES = st.sampled_from(
    [BOOLEAN, INTEGER, BIGINT, DOUBLE, decimal(4, 2), STRING, BYTES, DATE, TIME, TIMESTAMP]
)


def _composite(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    whens = st.lists(st.builds(When, inner, inner), min_size=1, max_size=2).map(tuple)
    lists = st.lists(inner, min_size=1, max_size=3).map(tuple)
    comparisons = ["=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"]
    functions = st.sampled_from(["ABS", "CONCAT", "REPLACE", "COUNT"])
    return st.one_of(
        st.builds(Arithmetic, st.sampled_from("+-*/%"), inner, inner),
        st.builds(Signed, st.sampled_from("+-"), inner),
        st.builds(Comparison, st.sampled_from(comparisons), inner, inner),
        st.builds(Logical, st.sampled_from(["AND", "OR"]), inner, inner),
        st.builds(Not, inner),
        st.builds(IsNull, inner, st.booleans()),
        st.builds(Like, inner, inner, st.none() | st.sampled_from("!'\\")),
        st.builds(In, inner, lists),
        st.builds(Between, inner, inner, inner),
        st.builds(Case, st.none() | inner, whens, st.none() | inner),
        st.builds(Cast, inner, TYPES),
        st.builds(Call, functions, st.lists(inner, max_size=3).map(tuple)),
    )


EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    LITERALS | st.builds(ColumnRef, NAMES, st.none() | NAMES), _composite, max_leaves=8
)

UNITS = st.sampled_from(["DAYS", "HOURS", "MINUTES", "SECONDS", "MILLISECONDS"])
DURATIONS = st.builds(Duration, st.integers(0, 10**6), UNITS)
COUNTS = st.none() | st.integers(0, 10**6)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    kind = draw(st.sampled_from(WindowKind))
    advance = draw(DURATIONS) if kind is WindowKind.HOPPING else None
    optional = st.none() | DURATIONS
    return Window(kind, draw(DURATIONS), advance, draw(optional), draw(optional))


WITHINS = st.none() | st.builds(Within, DURATIONS, st.none() | DURATIONS, st.none() | DURATIONS)
RELATIONS = st.builds(Relation, NAMES, NAMES)
ITEMS = st.builds(SelectAll, st.none() | NAMES) | st.builds(
    SelectItem, EXPRESSIONS, st.none() | NAMES
)
GROUPINGS = st.none() | st.lists(EXPRESSIONS, max_size=3).map(tuple)
QUERIES = st.builds(
    Query,
    select=st.lists(ITEMS, min_size=1, max_size=3).map(tuple),
    source=RELATIONS,
    joins=st.lists(
        st.builds(Join, st.sampled_from(JoinKind), RELATIONS, EXPRESSIONS, WITHINS), max_size=2
    ).map(tuple),
    window=st.none() | windows(),
    where=st.none() | EXPRESSIONS,
    group_by=GROUPINGS,
    partition_by=GROUPINGS,
    having=st.none() | EXPRESSIONS,
    emit_changes=st.booleans(),
    limit=COUNTS,
)

PROPERTIES = st.lists(st.builds(Property, UPPER, LITERALS), max_size=3).map(tuple)
KINDS = st.sampled_from(Kind)
FLAGS = st.booleans()
ELEMENTS = st.builds(TableElement, NAMES, TYPES, st.none() | st.sampled_from(Constraint))
PLAIN = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,5}", fullmatch=True)
SOURCES = st.builds(
    CreateSource,
    KINDS,
    NAMES,
    st.lists(ELEMENTS, max_size=3).map(tuple),
    PROPERTIES,
    FLAGS,
    FLAGS,
    FLAGS,
)
RESULTS = st.builds(CreateAsSelect, KINDS, NAMES, QUERIES, PROPERTIES, FLAGS, FLAGS)
INSERTS = st.builds(InsertInto, NAMES, QUERIES, PROPERTIES)
STATEMENTS: st.SearchStrategy[Statement] = st.one_of(
    QUERIES,
    SOURCES,
    RESULTS,
    INSERTS,
    st.builds(
        InsertValues,
        NAMES,
        st.lists(NAMES, max_size=3).map(tuple),
        st.lists(EXPRESSIONS, max_size=3).map(tuple),
    ),
    st.builds(Drop, KINDS, NAMES, FLAGS, FLAGS),
    st.builds(
        AlterSource,
        KINDS,
        NAMES,
        st.lists(st.builds(TableElement, NAMES, TYPES), min_size=1, max_size=2).map(tuple),
    ),
    st.builds(ControlQuery, st.sampled_from(QueryAction), st.none() | NAMES),
    st.builds(ListAll, st.sampled_from([Listing.STREAMS, Listing.TABLES, Listing.QUERIES]), FLAGS),
    st.builds(ListAll, st.just(Listing.TOPICS), FLAGS, FLAGS),
    st.builds(Describe, NAMES, FLAGS),
    st.builds(DescribeAll, KINDS, FLAGS),
    st.builds(DescribeFunction, NAMES),
    st.builds(Explain, NAMES, st.none()),
    st.builds(Explain, st.none(), QUERIES | RESULTS | INSERTS),
    st.builds(SetProperty, TEXT, TEXT),
    st.builds(UnsetProperty, TEXT),
    st.builds(Define, PLAIN, TEXT),
    st.builds(Undefine, PLAIN),
    st.builds(Print, TEXT, FLAGS, COUNTS, COUNTS),
)


@settings(deadline=None)
@given(EXPRESSIONS)
def test_the_text_of_an_expression_parses_to_the_same_expression(tree: Expression) -> None:
    assert parse_expression(expression_text(tree)) == tree


@settings(deadline=None)
@given(STATEMENTS)
def test_the_text_of_a_statement_parses_to_the_same_statement(tree: Statement) -> None:
    assert parse_statement(statement_text(tree)) == tree


@settings(deadline=None)
@given(STATEMENTS)
def test_printing_is_stable(tree: Statement) -> None:
    text = statement_text(tree)

    assert statement_text(parse_statement(text)) == text
