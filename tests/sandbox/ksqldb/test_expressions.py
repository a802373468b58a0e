"""Expressions over a row: ksqlDB's nulls, Java's numbers, and what is computed at all."""

import math
import operator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksql.language.functions import FUNCTIONS
from ksql.language.resolved import (
    And,
    Arithmetic,
    Between,
    Call,
    Case,
    Cast,
    ColumnRef,
    Compare,
    Expr,
    In,
    IsDistinct,
    IsNull,
    Like,
    Literal,
    Negate,
    Not,
    Or,
)
from ksql.language.types import (
    BIGINT,
    BOOLEAN,
    BYTES,
    DOUBLE,
    INTEGER,
    STRING,
    TIMESTAMP,
    SqlType,
    decimal,
)
from sandbox.ksqldb.expressions import compile_expression, expression_source
from sandbox.ksqldb.operators import NullPointer, Remembered

INTS = st.none() | st.integers(-(2**31), 2**31 - 1)


def a(type_: SqlType) -> ColumnRef:
    return ColumnRef(0, "A", type_)


def b(type_: SqlType) -> ColumnRef:
    return ColumnRef(0, "B", type_)


def text(value: str) -> Literal:
    return Literal(value, STRING)


def number(value: int) -> Literal:
    return Literal(value, INTEGER)


def locate(ref: Any) -> str:
    return {"A": "r[0]", "B": "r[1]"}[ref.name]


def compute(expr: Expr, *row: Any) -> Any:
    return compile_expression(expr, locate)(row)


# -- arithmetic -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("op", "type_", "left", "right", "result"),
    [
        ("+", INTEGER, 2**31 - 1, 1, -(2**31)),
        ("*", INTEGER, 65536, 65536, 0),
        ("-", BIGINT, -(2**63), 1, 2**63 - 1),
        ("/", INTEGER, -7, 2, -3),
        ("/", BIGINT, -(2**63), -1, -(2**63)),
        ("%", INTEGER, -7, 2, -1),
        ("+", DOUBLE, 0.1, 0.2, 0.30000000000000004),
        ("/", DOUBLE, 1.0, 0.0, math.inf),
        ("*", DOUBLE, 1e300, 1e300, math.inf),
        ("%", DOUBLE, -5.5, 2.0, -1.5),
        ("+", STRING, "a", "b", "ab"),
        ("+", decimal(5, 2), Decimal("10.01"), Decimal("5.1"), Decimal("15.11")),
        ("*", decimal(9, 4), Decimal("10.01"), Decimal("5.10"), Decimal("51.0510")),
        ("/", decimal(11, 7), Decimal("10.10"), Decimal("2.00"), Decimal("5.0500000")),
        ("%", decimal(4, 2), Decimal("-10.01"), Decimal("5.10"), Decimal("-4.91")),
    ],
)
def test_arithmetic_is_javas(op: str, type_: SqlType, left: Any, right: Any, result: Any) -> None:
    expr = Arithmetic(op, a(type_), b(type_), type_)

    found = compute(expr, left, right)

    assert str(found) == str(result)


@pytest.mark.parametrize("op", "+-*/%")
@pytest.mark.parametrize("type_", [INTEGER, BIGINT, DOUBLE, decimal(4, 2)])
def test_arithmetic_with_null_is_null(op: str, type_: SqlType) -> None:
    expr = Arithmetic(op, a(type_), b(type_), type_)

    assert compute(expr, None, Decimal(1)) is None
    assert compute(expr, Decimal(1), None) is None
    assert compute(Arithmetic(op, a(type_), Literal(None, None), type_), Decimal(1)) is None


def test_null_added_to_a_text_is_the_word_as_in_java() -> None:
    expr = Arithmetic("+", Arithmetic("+", text("<"), a(STRING), STRING), b(STRING), STRING)

    assert [compute(expr, *row) for row in (("x", ">"), (None, ">"), (None, None))] == [
        "<x>",
        "<null>",
        "<nullnull",
    ]


@pytest.mark.parametrize(
    ("op", "type_", "left", "right"),
    [
        ("/", INTEGER, 1, 0),
        ("%", BIGINT, 1, 0),
        ("/", decimal(4, 2), Decimal(1), Decimal(0)),
        ("/", decimal(11, 7), Decimal(10), Decimal(3)),
    ],
)
def test_what_java_cannot_divide_raises(op: str, type_: SqlType, left: Any, right: Any) -> None:
    with pytest.raises(ArithmeticError):
        compute(Arithmetic(op, a(type_), b(type_), type_), left, right)


@given(INTS, INTS)
def test_nested_arithmetic_wraps_step_by_step(left: int | None, right: int | None) -> None:
    both = Arithmetic("*", a(INTEGER), b(INTEGER), INTEGER)
    expr = Arithmetic("+", both, Negate(a(INTEGER), INTEGER), INTEGER)

    def wrap(value: int) -> int:
        return (value + 2**31) % 2**32 - 2**31

    expected = None if left is None or right is None else wrap(wrap(left * right) + wrap(-left))
    assert compute(expr, left, right) == expected


# -- comparison and logic -------------------------------------------------------------------------


@given(INTS, INTS)
@pytest.mark.parametrize("op", ["=", "<>", "<", "<=", ">", ">="])
def test_comparison_with_null_is_false_and_its_opposite_true(
    op: str, left: int | None, right: int | None
) -> None:
    expr = Compare(op, a(INTEGER), b(INTEGER))
    holds = {
        "=": operator.eq,
        "<>": operator.ne,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
    }[op]

    expected = left is not None and right is not None and holds(left, right)
    assert compute(expr, left, right) is expected
    assert compute(Not(expr), left, right) is not expected


def test_comparison_with_a_constant_knows_nulls_too() -> None:
    assert [compute(Compare("=", a(INTEGER), number(3)), value) for value in (3, 4, None)] == [
        True,
        False,
        False,
    ]
    assert compute(Compare("<>", a(INTEGER), number(3)), None) is False


def test_decimals_of_different_scale_compare_as_numbers() -> None:
    expr = Compare("=", a(decimal(4, 2)), b(decimal(4, 3)))

    assert compute(expr, Decimal("1.50"), Decimal("1.500")) is True


def test_bytes_compare_byte_by_byte_with_their_signs() -> None:
    assert compute(Compare("<", a(BYTES), b(BYTES)), b"\x80", b"\x01") is True


@pytest.mark.parametrize(
    ("left", "right", "distinct"),
    [(1, 1, False), (1, 2, True), (None, 1, True), (None, None, False)],
)
def test_is_distinct_takes_null_for_a_value(left: Any, right: Any, distinct: bool) -> None:
    assert compute(IsDistinct(a(INTEGER), b(INTEGER), False), left, right) is distinct
    assert compute(IsDistinct(a(INTEGER), b(INTEGER), True), left, right) is not distinct


def test_is_null_and_its_opposite() -> None:
    assert compute(IsNull(a(INTEGER), False), None) is True
    assert compute(IsNull(a(INTEGER), True), None) is False
    assert compute(IsNull(number(1), True)) is True


def test_logic_computes_its_right_side_only_when_needed() -> None:
    fails = Compare("=", Arithmetic("/", number(1), a(INTEGER), INTEGER), number(1))
    is_zero = Compare("=", a(INTEGER), number(0))

    assert compute(Or(is_zero, fails), 0) is True
    assert compute(And(Not(is_zero), fails), 0) is False
    with pytest.raises(ArithmeticError):
        compute(Or(Not(is_zero), fails), 0)


@pytest.mark.parametrize(
    "expr", [Not(a(BOOLEAN)), And(a(BOOLEAN), b(BOOLEAN)), Or(a(BOOLEAN), b(BOOLEAN))]
)
def test_a_null_condition_is_an_error_as_in_java(expr: Expr) -> None:
    with pytest.raises(NullPointer) as refusal:
        compute(expr, None, True)

    assert str(refusal.value) == "a condition is null"


# -- LIKE, IN, BETWEEN, CASE ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "pattern", "escape", "matches"),
    [
        ("foo", "foo", None, True),
        ("foo", "f", None, False),
        ("foo", "f%", None, True),
        ("foo", "%o", None, True),
        ("foo", "f_o", None, True),
        ("fo", "f_o", None, False),
        ("foobar", "%oba%", None, True),
        ("a\nb", "a%b", None, True),
        ("a.c", "a.c", None, True),
        ("abc", "a.c", None, False),
        ("100%", "100!%", "!", True),
        ("1000", "100!%", "!", False),
        ("a_b", "a!_b", "!", True),
        ("", "%", None, True),
    ],
)
def test_like(value: str, pattern: str, escape: str | None, matches: bool) -> None:
    constant = Like(a(STRING), text(pattern), escape, False)
    from_row = Like(a(STRING), b(STRING), escape, True)

    assert compute(constant, value) is matches
    assert compute(from_row, value, pattern) is not matches


def test_like_of_null_is_false() -> None:
    assert compute(Like(a(STRING), text("%"), None, False), None) is False
    assert compute(Like(text("a"), a(STRING), None, False), None) is False


def test_in_never_matches_null() -> None:
    items = (number(11), Literal(None, None), b(INTEGER))

    assert compute(In(a(INTEGER), items, False), 11, 10) is True
    assert compute(In(a(INTEGER), items, False), 10, 10) is True
    assert compute(In(a(INTEGER), items, False), 12, 10) is False
    assert compute(In(a(INTEGER), items, False), None, None) is False
    assert compute(In(a(INTEGER), items, True), None, None) is True
    assert compute(In(a(INTEGER), (Literal(None, None),), False), 1) is False


def test_between_includes_its_bounds_and_is_false_for_null() -> None:
    expr = Between(a(INTEGER), number(2), b(INTEGER), False)

    assert [compute(expr, value, 4) for value in (1, 2, 4, 5, None)] == [
        False,
        True,
        True,
        False,
        False,
    ]
    assert compute(Between(a(INTEGER), number(2), b(INTEGER), True), 3, None) is True


def test_case_computes_only_the_result_it_chooses() -> None:
    fails = Arithmetic("/", number(1), a(INTEGER), INTEGER)
    is_zero = Compare("=", a(INTEGER), number(0))

    assert compute(Case(((is_zero, number(-1)),), fails, INTEGER), 0) == -1
    assert compute(Case(((is_zero, fails),), number(7), INTEGER), 1) == 7
    assert compute(Case(((is_zero, number(-1)),), None, INTEGER), 1) is None


# -- casts and calls ------------------------------------------------------------------------------


def test_a_failing_cast_fails_the_whole_expression() -> None:
    failing = Cast(a(STRING), INTEGER)
    coalesce = Call("COALESCE", FUNCTIONS["COALESCE"].signatures[0], (failing, number(7)), INTEGER)

    with pytest.raises(ValueError, match=r'^For input string: "x"$'):
        compute(coalesce, "x")
    assert compute(coalesce, None) == 7


def test_a_failing_call_is_null_where_it_stands() -> None:
    failures: list[str] = []
    parse = FUNCTIONS["PARSE_TIMESTAMP"].signatures[0]
    failing = Call("PARSE_TIMESTAMP", parse, (a(STRING), text("yyyy")), TIMESTAMP)
    other = Literal(7, TIMESTAMP)
    expr = Call("COALESCE", FUNCTIONS["COALESCE"].signatures[0], (failing, other), TIMESTAMP)

    found = compile_expression(
        expr, locate, failed=lambda name, why: failures.append(f"{name}: {why}")
    )(("x",))

    assert found == 7
    assert failures == ["PARSE_TIMESTAMP: Text 'x' could not be parsed at index 0"]


def test_results_by_a_constant_pattern_are_remembered_but_failures_reported_each_time() -> None:
    failures: list[str] = []
    parse = FUNCTIONS["PARSE_TIMESTAMP"].signatures[0]
    expr = Call("PARSE_TIMESTAMP", parse, (a(STRING), text("yyyy")), TIMESTAMP)
    run = compile_expression(expr, locate, failed=lambda _, why: failures.append(str(why)))

    assert [run((each,)) for each in ("1971", "x", "1971", "x", None)] == [
        31_536_000_000,
        None,
        31_536_000_000,
        None,
        None,
    ]
    assert failures == ["Text 'x' could not be parsed at index 0"] * 2


def test_remembering_is_bounded() -> None:
    calls: list[int] = []

    def double(value: int) -> int:
        calls.append(value)
        return value * 2

    remembered = Remembered(double)
    for value in [*range(3000), *range(3000)]:
        assert remembered[value] == value * 2

    assert len(remembered) <= 1024
    assert len(calls) == 6000


def test_casts_of_constants_are_computed_once() -> None:
    constants: dict[str, Any] = {}
    expr = Compare("=", a(TIMESTAMP), Cast(text("1970-01-01T00:00:01"), TIMESTAMP, implicit=True))

    assert expression_source(expr, locate, constants) == "(r[0] == 1000)"


@given(st.text() | st.sampled_from(["'", '"', "\\", "\n", "{r}", "%s", "__import__('os')"]))
def test_texts_of_users_stay_data(value: str) -> None:
    expr = Arithmetic("+", text(value), a(STRING), STRING)

    assert compute(expr, "!") == value + "!"


@pytest.mark.parametrize("value", [math.inf, -math.inf, -1.5, 1e308])
def test_constants_python_cannot_write_are_bound(value: float) -> None:
    assert compute(Negate(Literal(value, DOUBLE), DOUBLE)) == -value
