import pytest

from ksql.language import SyntaxFault, Unsupported, parse_expression, parse_script, parse_statement
from ksql.language.tree import (
    Arithmetic,
    Call,
    ColumnRef,
    Comparison,
    CreateAsSelect,
    CreateSource,
    IntervalUnit,
    Kind,
    Literal,
    Logical,
    Not,
    Query,
    Relation,
    Signed,
    Window,
    WindowKind,
)
from ksql.language.types import BIGINT, DOUBLE, INTEGER, decimal


def test_unquoted_names_fold_to_upper_case_and_quoted_ones_keep_theirs() -> None:
    query = parse_statement('SELECT a, `b`, "c" FROM `src`;')

    assert isinstance(query, Query)
    assert [item.expression.name for item in query.select] == ["A", "b", "c"]  # type: ignore[union-attr]  # plain columns
    assert query.source == Relation("src", "src")


def test_a_doubled_quote_stands_for_one() -> None:
    assert parse_expression("'it''s'") == Literal("it's", parse_expression("''").type)  # type: ignore[union-attr]  # a literal
    assert parse_expression("`a``b`") == ColumnRef("a`b")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", INTEGER),
        ("2147483647", INTEGER),
        ("2147483648", BIGINT),
        ("-2147483648", INTEGER),
        ("-9223372036854775808", BIGINT),
        ("1.0", decimal(2, 1)),
        ("0.8", decimal(2, 1)),
        ("0.005", decimal(4, 3)),
        ("123.45", decimal(5, 2)),
        ("1E0", DOUBLE),
        (".5e-3", DOUBLE),
    ],
)
def test_a_number_has_the_narrowest_type_that_its_form_allows(text: str, expected: object) -> None:
    literal = parse_expression(text)

    assert isinstance(literal, Literal)
    assert literal.type == expected


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("1 + 2 * 3", "1 + (2 * 3)"),
        ("1 - 2 - 3", "(1 - 2) - 3"),
        ("a OR b AND c", "a OR (b AND c)"),
        ("NOT a AND b", "(NOT a) AND b"),
        ("NOT a = b", "NOT (a = b)"),
        ("-a * b", "(-a) * b"),
        ("a + b < c * d", "(a + b) < (c * d)"),
        ("a BETWEEN 1 AND 2 AND b", "(a BETWEEN 1 AND 2) AND b"),
        ("a NOT IN (1, 2)", "NOT (a IN (1, 2))"),
        ("a NOT LIKE 'x' OR b", "(NOT (a LIKE 'x')) OR b"),
    ],
)
def test_operators_bind_as_in_ksqldb(text: str, same: str) -> None:
    assert parse_expression(text) == parse_expression(same)


def test_a_minus_before_a_number_belongs_to_it_and_elsewhere_is_an_operator() -> None:
    assert parse_expression("-1") == Literal(-1, INTEGER)
    assert parse_expression("a -1") == Arithmetic("-", ColumnRef("A"), Literal(1, INTEGER))
    assert parse_expression("-a") == Signed("-", ColumnRef("A"))


def test_not_equal_has_two_spellings() -> None:
    assert parse_expression("a != b") == Comparison("<>", ColumnRef("A"), ColumnRef("B"))


def test_is_distinct_from_is_a_comparison() -> None:
    found = parse_expression("a IS NOT DISTINCT FROM b")

    assert found == Comparison("IS NOT DISTINCT FROM", ColumnRef("A"), ColumnRef("B"))


def test_a_unit_of_time_is_one_only_where_a_function_takes_one() -> None:
    call = parse_expression("DATEADD(day, 1, days)")

    assert call.args[0] == IntervalUnit("DAYS")  # type: ignore[union-attr]  # a call
    assert call.args[2] == ColumnRef("DAYS")  # type: ignore[union-attr]  # a call
    assert parse_expression("MAX(day)") == Call("MAX", (ColumnRef("DAY"),))
    assert parse_expression("DAYS + 1") == Arithmetic("+", ColumnRef("DAYS"), Literal(1, INTEGER))


def test_words_that_are_not_reserved_can_be_names() -> None:
    statement = parse_statement(
        "CREATE STREAM s (key INT KEY, timestamp BIGINT, source STRING, replace INT) "
        "WITH (kafka_topic='x', value_format='JSON');"
    )

    assert isinstance(statement, CreateSource)
    assert [each.name for each in statement.elements] == ["KEY", "TIMESTAMP", "SOURCE", "REPLACE"]


def test_a_name_may_start_with_a_digit() -> None:
    query = parse_statement("SELECT a AS 1R FROM s;")

    assert isinstance(query, Query)
    assert query.select[0].alias == "1R"  # type: ignore[union-attr]  # not a star


def test_clauses_of_a_query_are_read_in_their_order() -> None:
    statement = parse_statement(
        "CREATE OR REPLACE TABLE t WITH (kafka_topic='x') AS SELECT a, COUNT(*) AS n FROM s q "
        "WINDOW HOPPING (SIZE 1 HOUR, ADVANCE BY 5 MINUTES, RETENTION 2 DAYS, GRACE PERIOD 1 DAY) "
        "WHERE a > 1 GROUP BY a HAVING COUNT(*) > 2 EMIT CHANGES;"
    )

    assert isinstance(statement, CreateAsSelect)
    query = statement.query
    assert statement.or_replace
    assert statement.kind is Kind.TABLE
    assert query.source == Relation("S", "Q")
    assert isinstance(query.window, Window)
    assert query.window.kind is WindowKind.HOPPING
    assert [
        part.millis
        for part in (
            query.window.size,
            query.window.advance,
            query.window.retention,
            query.window.grace,
        )
        if part
    ] == [3_600_000, 300_000, 172_800_000, 86_400_000]
    assert query.group_by == (ColumnRef("A"),)
    assert query.emit_changes


def test_a_list_in_parentheses_groups_by_each_of_its_items() -> None:
    bare = parse_statement("SELECT * FROM s GROUP BY a, b;")
    enclosed = parse_statement("SELECT * FROM s GROUP BY (a, b);")
    one = parse_statement("SELECT * FROM s GROUP BY (a) + 1;")

    assert bare == enclosed
    assert isinstance(one, Query)
    assert one.group_by == (parse_expression("a + 1"),)


def test_comments_and_layout_do_not_matter() -> None:
    plain = parse_statement("SELECT a FROM s;")
    spread = parse_statement("/* what */ select\n\ta -- the column\n from S ;")

    assert spread == plain


def test_positions_point_at_line_and_column_of_the_text() -> None:
    query = parse_statement("SELECT a,\n  b = 1 FROM s;")

    assert isinstance(query, Query)
    assert str(query.select[1].at) == "2:3"


def test_a_script_gives_each_statement_its_text_and_place() -> None:
    first, second = parse_script("SHOW STREAMS;\n\n  LIST TABLES; -- done")

    assert (first.text, str(first.at)) == ("SHOW STREAMS;", "1:1")
    assert (second.text, str(second.at)) == ("LIST TABLES;", "3:3")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT a FROM s", "line 1:16: Syntax Error\nmissing ';' at '<EOF>'"),
        ("SELECT * FROM s ORDER BY a;", "line 1:23: Syntax Error\nmissing ';' at 'BY'"),
        (
            "SELECT * FROM s GROUP BY a, (b, c);",
            "line 1:31: Syntax Error\nmissing ')' at ','",
        ),
        ("SELECT * FROM s GROUP BY a AND b;", "line 1:28: Syntax Error\nmissing ';' at 'AND'"),
        ("SELECT 1E999 FROM s;", "line 1:8: Number overflows DOUBLE: 1E999"),
        (
            "SELECT 9223372036854775808 FROM s;",
            "line 1:8: Invalid numeric literal: 9223372036854775808",
        ),
        (
            "SELECT a LIKE 'x' ESCAPE 'ab' FROM s;",
            "line 1:26: Expected escape character to be a single character. Got: ab",
        ),
        ("SELECT 'abc FROM s;", "line 1:8: Syntax Error\nmismatched input ''' expecting a name"),
    ],
)
def test_what_is_no_statement_is_refused_at_its_place(text: str, message: str) -> None:
    with pytest.raises(SyntaxFault) as caught:
        parse_statement(text)

    assert caught.value.message == message


def test_a_reserved_word_as_a_name_is_refused_with_the_way_to_quote_it() -> None:
    with pytest.raises(SyntaxFault) as caught:
        parse_statement("SELECT from FROM s;")

    assert '"from" is a reserved keyword' in caught.value.message
    assert caught.value.message.endswith("escaping it as `FROM`")


def test_a_misspelt_statement_names_the_closest_keyword() -> None:
    with pytest.raises(SyntaxFault) as caught:
        parse_statement("CREAT STREAM s;")

    assert caught.value.suggestions == ("CREATE",)


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("CREATE STREAM s (a ARRAY<INT>) WITH (kafka_topic='x');", "the type ARRAY"),
        ("CREATE STREAM s (a MAP<STRING, INT>) WITH (kafka_topic='x');", "the type MAP"),
        ("CREATE STREAM s (a STRUCT<b INT>) WITH (kafka_topic='x');", "the type STRUCT"),
        (
            "CREATE STREAM s (a BYTES HEADER('h')) WITH (kafka_topic='x');",
            "columns of record headers (HEADERS, HEADER)",
        ),
        ("SELECT a->b FROM s;", "STRUCT fields"),
        ("SELECT a[1] FROM s;", "subscripts of ARRAY and MAP"),
        ("SELECT ARRAY[1, 2] FROM s;", "ARRAY values"),
        ("SELECT MAP('a' := 1) FROM s;", "MAP values"),
        ("SELECT STRUCT(x := 1) FROM s;", "STRUCT values"),
        ("SELECT TRANSFORM(a, x => x + 1) FROM s;", "TRANSFORM, a lambda function"),
        ("SELECT ABS((s, x) => s + x) FROM s;", "lambda functions"),
        ("SELECT * FROM s EMIT FINAL;", "EMIT FINAL"),
        ("CREATE TYPE t AS STRUCT<a INT>;", "custom types (CREATE TYPE, DROP TYPE, LIST TYPES)"),
        ("CREATE SINK CONNECTOR c WITH ('a'='b');", "connector statements"),
        ("SHOW CONNECTORS;", "connector statements"),
        ("ASSERT TOPIC x;", "ASSERT statements"),
        ("ALTER SYSTEM 'a'='b';", "ALTER SYSTEM"),
        ("RUN SCRIPT 'x.sql';", "RUN SCRIPT, a command of the command-line tool"),
    ],
)
def test_features_out_of_scope_are_refused_by_name(text: str, feature: str) -> None:
    with pytest.raises(Unsupported) as caught:
        parse_statement(text)

    assert caught.value.feature == feature
    assert caught.value.at is not None


def test_a_syntax_error_goes_before_a_feature_out_of_scope() -> None:
    with pytest.raises(SyntaxFault):
        parse_statement("SELECT a[1] FROM s nonsense here;")


def test_a_condition_of_and_or_not_is_a_tree_of_logic() -> None:
    found = parse_expression("NOT (a AND b)")

    assert found == Not(Logical("AND", ColumnRef("A"), ColumnRef("B")))


@pytest.mark.parametrize("operator", ["OR", "AND", "||"])
def test_hundreds_of_operands_are_one_expression_in_their_order(operator: str) -> None:
    names = [f"A{number}" for number in range(1000)]

    found = parse_expression(f" {operator} ".join(names))

    waiting, order = [found], []
    while waiting:
        node = waiting.pop()
        if isinstance(node, ColumnRef):
            order.append(node.name)
        elif isinstance(node, Call):
            waiting += reversed(node.args)
        else:
            assert isinstance(node, Logical)
            waiting += [node.right, node.left]
    assert order == names


def test_a_few_operands_nest_from_the_left_as_the_server_prints_them() -> None:
    a, b, c = (parse_expression(name) for name in "abc")

    assert parse_expression("a OR b OR c") == Logical("OR", Logical("OR", a, b), c)


def test_hundreds_of_terms_of_a_sum_nest_from_the_left() -> None:
    found, depth = parse_expression(" - ".join(["a"] * 200)), 0
    while isinstance(found, Arithmetic):
        found, depth = found.left, depth + 1

    assert depth == 199


def test_more_terms_of_a_sum_than_the_tree_may_be_high_are_refused() -> None:
    with pytest.raises(SyntaxFault, match="expression nested deeper than 240 levels"):
        parse_expression(" + ".join(["a"] * 500))
