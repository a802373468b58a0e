from decimal import Decimal

import pytest

from ksql.language import Unsupported, resolved
from ksql.language.resolved import Cast, ColumnRef, Compare, Literal
from ksql.language.types import BIGINT, DATE, DOUBLE, INTEGER, STRING, TIMESTAMP, decimal
from tests.ksql.language.given import expression, first_line, refusal, selected, type_of


def refused(text: str) -> str:
    return first_line(refusal(f"SELECT {text} FROM S EMIT CHANGES;"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I + 1", "INTEGER"),
        ("I + L", "BIGINT"),
        ("L / 2", "BIGINT"),
        ("I * D", "DOUBLE"),
        ("M * D", "DOUBLE"),
        ("T + 'x'", "STRING"),
        ("-M", "DECIMAL(4, 2)"),
        # digits of DECIMAL(4, 2) with itself, and with INTEGER taken as DECIMAL(10, 0)
        ("M + M", "DECIMAL(5, 2)"),
        ("M - I", "DECIMAL(13, 2)"),
        ("M * M", "DECIMAL(9, 4)"),
        ("M / M", "DECIMAL(11, 7)"),
        ("M % I", "DECIMAL(4, 2)"),
        ("L + M", "DECIMAL(22, 2)"),
    ],
)
def test_arithmetic_gives_the_type_that_holds_its_result(text: str, expected: str) -> None:
    assert type_of(text) == expected


def test_operands_of_arithmetic_are_converted_visibly() -> None:
    found = expression("I + L")

    left, right = ColumnRef(0, "I", INTEGER), ColumnRef(0, "L", BIGINT)
    assert found == resolved.Arithmetic("+", Cast(left, BIGINT, implicit=True), right, BIGINT)


def test_a_literal_is_converted_at_once() -> None:
    found = expression("L > 5")

    assert found == Compare(">", ColumnRef(0, "L", BIGINT), Literal(5, BIGINT))


def test_decimals_of_different_scale_are_compared_as_they_are() -> None:
    found = expression("M = 1.5")

    assert found == Compare(
        "=", ColumnRef(0, "M", decimal(4, 2)), Literal(Decimal("1.5"), decimal(2, 1))
    )


def test_text_beside_a_date_becomes_a_date() -> None:
    found = expression("DT > '2020-01-01'")

    text = Cast(Literal("2020-01-01", STRING), DATE, implicit=True)
    assert found == Compare(">", ColumnRef(0, "DT", DATE), text)


def test_a_date_beside_a_timestamp_becomes_a_timestamp() -> None:
    found = expression("DT < TS")

    assert isinstance(found, Compare)
    assert found.left == Cast(ColumnRef(0, "DT", DATE), TIMESTAMP, implicit=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("I = 'a'", "Cannot compare I (INTEGER) to 'a' (STRING) with EQUAL."),
        ("TM <= TS", "Cannot compare TM (TIME) to TS (TIMESTAMP) with LESS_THAN_OR_EQUAL."),
        ("B > true", "Cannot compare B (BOOLEAN) to true (BOOLEAN) with GREATER_THAN."),
        (
            "I IS DISTINCT FROM T",
            "Cannot compare I (INTEGER) to T (STRING) with IS_DISTINCT_FROM.",
        ),
        ("I = NULL", "Comparison with NULL not supported: INTEGER = NULL"),
        ("NULL <> NULL", "Comparison with NULL not supported: NULL <> NULL"),
        (
            "B + 1.5",
            "Error processing expression: (B + 1.5). Unsupported arithmetic types. BOOLEAN DECIMAL",
        ),
        (
            "1 + NULL",
            "Error processing expression: (1 + null). "
            "Arithmetic on types INTEGER and null are not supported.",
        ),
        ("CAST(B AS INT)", "Cast of BOOLEAN to INTEGER is not supported"),
        ("CAST(TM AS TIMESTAMP)", "Cast of TIME to TIMESTAMP is not supported"),
        (
            "NULL",
            "Can't infer a type of null. Please explicitly cast it to a required type, e.g. "
            "CAST(null AS VARCHAR).",
        ),
        ("T LIKE 5", "LIKE compares STRING only, but 5 is INTEGER."),
        ("B AND I", "AND, OR and NOT take BOOLEAN, but I is INTEGER."),
        ("NOSUCH", "SELECT column 'NOSUCH' cannot be resolved."),
        ("X.I", "SELECT column 'X.I' cannot be resolved."),
        ("WINDOWSTART", "SELECT column 'WINDOWSTART' cannot be resolved."),
        ("NOSUCH(I)", "Can't find any functions with the name 'NOSUCH'"),
        ("ROUND(T)", "Function 'round' does not accept parameters (STRING)."),
        (
            "DATEADD(I, 1, DT)",
            "Function 'dateadd' does not accept parameters (INTEGER, INTEGER, DATE).",
        ),
    ],
)
def test_what_has_no_type_is_refused_as_the_server_words_it(text: str, message: str) -> None:
    assert refused(text) == message


def test_where_names_the_clause_in_what_it_refuses() -> None:
    wrong = refusal("SELECT K FROM S WHERE I >= 'x' EMIT CHANGES;")
    number = refusal("SELECT K FROM S WHERE I + 1 EMIT CHANGES;")

    assert wrong.message == (
        "Error in WHERE expression: Cannot compare I (INTEGER) to 'x' (STRING) with "
        "GREATER_THAN_OR_EQUAL."
    )
    assert number.message == (
        "Type error in WHERE expression: Should evaluate to boolean but is (I + 1) (INTEGER) "
        "instead."
    )


def test_a_refusal_points_at_the_operator_and_names_close_columns() -> None:
    compared = refusal("SELECT K,\n  I = 'x' FROM S EMIT CHANGES;")
    unknown = refusal("SELECT ROWTIM FROM U EMIT CHANGES;")

    assert str(compared.at) == "2:5"
    assert unknown.located("q.sql").split("\n")[:3] == [
        "q.sql:1:8: SELECT column 'ROWTIM' cannot be resolved.",
        "  SELECT ROWTIM FROM U EMIT CHANGES;",
        "         ^",
    ]
    assert refusal("SELECT NAM FROM U EMIT CHANGES;").suggestions == ("NAME",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CASE WHEN B THEN 1 ELSE 2 END", "INTEGER"),
        ("CASE WHEN B THEN NULL WHEN I > 1 THEN 'x' END", "STRING"),
        ("CASE I WHEN 1 THEN 'one' ELSE 'many' END", "STRING"),
        ("CASE WHEN B THEN 1.5 ELSE 10.25 END", "DECIMAL(4, 2)"),
    ],
)
def test_a_case_has_the_type_of_its_branches(text: str, expected: str) -> None:
    assert type_of(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "CASE WHEN B THEN 1 WHEN B THEN 'x' END",
            "Invalid Case expression. Type for all 'THEN' clauses should be the same.",
        ),
        (
            "CASE WHEN B THEN 1 ELSE 'x' END",
            "Invalid Case expression. Type for the default clause should be the same as for "
            "'THEN' clauses.",
        ),
        ("CASE WHEN I THEN 1 END", "WHEN operand type should be boolean."),
        (
            "CASE WHEN B THEN NULL END",
            "Invalid Case expression. All case branches have a NULL type",
        ),
    ],
)
def test_a_case_with_branches_that_differ_is_refused(text: str, message: str) -> None:
    assert refused(text) == message


def test_items_of_a_list_are_converted_to_the_widest_type() -> None:
    found = expression("I IN (1, '2147483648', NULL)")

    assert found == resolved.In(
        Cast(ColumnRef(0, "I", INTEGER), BIGINT, implicit=True),
        (Literal(1, BIGINT), Literal(2147483648, BIGINT), Literal(None, BIGINT)),
        negated=False,
    )


def test_literals_in_a_list_of_text_are_text() -> None:
    found = expression("T NOT IN (1, 2.50, true, 1E1, 1E7)")

    items = tuple(Literal(text, STRING) for text in ("1", "2.50", "true", "10.0", "1.0E7"))
    assert found == resolved.In(ColumnRef(0, "T", STRING), items, negated=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("B IN (true, 10)", "operator does not exist: BOOLEAN = INTEGER (10)"),
        ("L IN (10, true)", "operator does not exist: BIGINT = BOOLEAN (true)"),
        ("M IN (10, T)", "operator does not exist: DECIMAL(12, 2) = STRING (T)"),
        ("T IN (10, D)", "operator does not exist: STRING = DOUBLE (D)"),
        ("I IN (1, 'ten')", 'invalid input syntax for type INTEGER: "ten".'),
        ("TS IN ('soon')", 'invalid input syntax for type TIMESTAMP: "soon".'),
    ],
)
def test_a_list_without_a_common_type_is_refused(text: str, message: str) -> None:
    assert refused(text) == f"Invalid Predicate: {message}"


@pytest.mark.parametrize(
    ("condition", "millis"),
    [
        ("ROWTIME > '2018-01-01T00:00:00.001'", 1514764800001),
        ("ROWTIME > '2019-01-01T00:00:00+0445'", 1546283700000),
        ("'2020' < ROWTIME", 1577836800000),
        ("ROWTIME > '2020-02-10T08'", 1581321600000),
    ],
)
def test_text_beside_rowtime_in_where_is_a_time(condition: str, millis: int) -> None:
    where = selected(f"SELECT K FROM S WHERE {condition} EMIT CHANGES;").query.where

    assert isinstance(where, Compare)
    assert Literal(millis, BIGINT) in (where.left, where.right)


def test_text_beside_rowtime_that_is_no_time_is_refused() -> None:
    problem = refusal("SELECT K FROM S WHERE ROWTIME > 'noon' EMIT CHANGES;")

    assert problem.message.startswith("Error in WHERE expression: Failed to parse timestamp 'noon'")


def test_functions_of_structured_types_are_refused_by_name() -> None:
    problem = refusal("SELECT SPLIT(T, ',') FROM S EMIT CHANGES;")

    assert isinstance(problem, Unsupported)
    assert problem.feature == "SPLIT, a function on ARRAY"


def test_decimals_among_arguments_are_given_room_for_each_other() -> None:
    found = expression("GREATEST(M, 12.345)")

    assert isinstance(found, resolved.Call)
    assert [argument.type for argument in found.args] == [decimal(5, 3), decimal(5, 3)]


def test_concatenation_with_bars_is_the_function() -> None:
    found = expression("T || 'x'")

    assert isinstance(found, resolved.Call)
    assert found.function == "CONCAT"


def test_a_double_compared_with_a_decimal_is_compared_as_double() -> None:
    found = expression("D < 1.5")

    assert found == Compare("<", ColumnRef(0, "D", DOUBLE), Literal(1.5, DOUBLE))
