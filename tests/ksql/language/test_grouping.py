import pytest

from ksql.language import Unsupported
from ksql.language.resolved import AggregateResult, ColumnRef, Compare, GroupKey, WindowSpec
from ksql.language.tree import WindowKind
from ksql.language.types import BIGINT, INTEGER
from tests.ksql.language.given import created, first_line, made, refusal, selected

DAY = 86_400_000


def test_groups_give_keys_in_the_order_of_group_by_and_aggregates() -> None:
    found = created(
        "CREATE TABLE O WITH (FORMAT='JSON') AS SELECT COUNT(*) AS N, T, SUM(I) + I AS S, I "
        "FROM S GROUP BY I, T;"
    )

    assert str(found.source.schema) == ("`I` INTEGER KEY, `T` STRING KEY, `N` BIGINT, `S` INTEGER")
    assert [call.function for call in found.query.aggregates] == ["COUNT", "SUM"]
    assert found.query.key_select[0].expr == GroupKey(0, INTEGER)
    assert found.query.value_select[0].expr == AggregateResult(0, BIGINT)


def test_equal_aggregates_are_computed_once() -> None:
    found = created(
        "CREATE TABLE O AS SELECT I, SUM(L) AS A, SUM(L) + 1 AS B "
        "FROM S GROUP BY I HAVING SUM(L) > 5;"
    )

    assert len(found.query.aggregates) == 1
    assert isinstance(found.query.having, Compare)
    assert found.query.having.left == AggregateResult(0, BIGINT)


def test_an_expression_of_grouped_columns_may_be_projected() -> None:
    sql = (
        "CREATE TABLE O WITH (FORMAT='JSON') AS SELECT I, L, I / L, ABS(I), COUNT(*) "
        "FROM S GROUP BY I, L;"
    )

    assert [str(column.type) for column in made(sql).schema.value] == [
        "BIGINT",
        "INTEGER",
        "BIGINT",
    ]


def test_grouping_by_an_expression_keys_by_it() -> None:
    source = made("CREATE TABLE O AS SELECT LEN(T) AS N, COUNT(*) AS C FROM S GROUP BY LEN(T);")

    assert str(source.schema) == "`N` INTEGER KEY, `C` BIGINT"


def test_aggregates_have_the_servers_types() -> None:
    sql = (
        "CREATE TABLE O AS SELECT I, SUM(I) A, SUM(M) B, AVG(L) C, MIN(T) D, MAX(DT) E, "
        "COUNT_DISTINCT(T) F FROM S GROUP BY I;"
    )

    assert [str(column.type) for column in made(sql).schema.value] == [
        "INTEGER",
        "DECIMAL(4, 2)",
        "DOUBLE",
        "STRING",
        "DATE",
        "BIGINT",
    ]


def test_literal_arguments_configure_an_aggregate() -> None:
    found = selected("SELECT LATEST_BY_OFFSET(T, false) AS X FROM S GROUP BY I EMIT CHANGES;")

    [call] = found.query.aggregates
    assert (len(call.args), call.initial) == (1, (False,))


@pytest.mark.parametrize(
    ("call", "feature"),
    [
        ("COLLECT_LIST(L)", "COLLECT_LIST, a function on ARRAY"),
        ("HISTOGRAM(T)", "HISTOGRAM, a function on MAP"),
        ("LATEST_BY_OFFSET(L, 3)", "LATEST_BY_OFFSET with a count, which gives an ARRAY"),
    ],
)
def test_aggregates_of_structured_types_are_refused_by_name(call: str, feature: str) -> None:
    problem = refusal(f"CREATE TABLE O AS SELECT I, {call} FROM S GROUP BY I;")

    assert isinstance(problem, Unsupported)
    assert problem.feature == feature


def test_a_window_has_the_servers_defaults() -> None:
    found = created(
        "CREATE TABLE O AS SELECT I, WINDOWSTART AS W, COUNT(*) "
        "FROM S WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY I;"
    )

    hour = 3_600_000
    assert found.query.window == WindowSpec(
        WindowKind.TUMBLING, hour, hour, None, grace_ms=DAY - hour, retention_ms=DAY
    )
    assert found.source.window == found.query.window
    assert found.query.value_select[0].expr == ColumnRef(0, "WINDOWSTART", BIGINT)


def test_a_session_has_a_gap_and_its_own_grace() -> None:
    found = created(
        "CREATE TABLE O AS SELECT I, COUNT(*) "
        "FROM S WINDOW SESSION (5 MINUTES, GRACE PERIOD 1 MINUTE) GROUP BY I;"
    )

    assert found.query.window == WindowSpec(
        WindowKind.SESSION, None, None, 300_000, grace_ms=60_000, retention_ms=360_000
    )


def test_a_reader_may_aggregate_everything_at_once() -> None:
    found = selected("SELECT COUNT(*) AS N, SUM(I) FROM S EMIT CHANGES;")

    assert found.query.group_by == ()
    assert [column.name for column in found.header] == ["N", "KSQL_COL_0"]


def test_a_table_of_everything_at_once_is_refused_by_name() -> None:
    assert isinstance(refusal("CREATE TABLE O AS SELECT COUNT(*) AS N FROM S;"), Unsupported)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "SELECT I FROM S GROUP BY I",
            "GROUP BY requires aggregate functions in either the SELECT or HAVING clause.",
        ),
        (
            "SELECT T, LEN(T), L, COUNT(*) FROM S GROUP BY I",
            "Non-aggregate SELECT expression(s) not part of GROUP BY: T, LEN(T), L",
        ),
        (
            "SELECT T, COUNT(*) FROM S",
            "Non-aggregate SELECT expression(s) not part of GROUP BY: T",
        ),
        (
            "SELECT I, L + SUM(I) FROM S GROUP BY I",
            "Column used in aggregate SELECT expression(s) outside of aggregate functions not part "
            "of GROUP BY: [L]",
        ),
        (
            "SELECT I, COUNT(*) FROM S GROUP BY I HAVING L > 1",
            "Non-aggregate HAVING expression not part of GROUP BY: [L]",
        ),
        (
            "SELECT COUNT(*) FROM S GROUP BY I",
            "Key missing from projection. The query used to build `O` must include the grouping "
            "expression I in its projection (eg, SELECT I...).",
        ),
        (
            "SELECT COUNT(*) FROM S GROUP BY 1 + SUM(I)",
            "GROUP BY does not support aggregate functions: SUM is an aggregate function.",
        ),
        (
            "SELECT I, SUM(COUNT(*)) FROM S GROUP BY I",
            "Aggregate functions can not be nested: SUM(COUNT())",
        ),
        (
            "SELECT I AS X, COUNT(*) FROM S GROUP BY X",
            "GROUP BY column 'X' cannot be resolved. 'X' must be a column in the source schema "
            "since GROUP BY is applied on the input.",
        ),
        (
            "SELECT I, LATEST_BY_OFFSET(L, I = 1) FROM S GROUP BY I",
            "Parameter 2 passed to function LATEST_BY_OFFSET must be a literal constant, but was "
            "expression: '(I = 1)'",
        ),
        (
            "SELECT I, MAX(I) FROM U GROUP BY I",
            "The aggregation function(s) (MAX) cannot be applied to a table source, only to a "
            "stream source.",
        ),
        (
            "SELECT I, COUNT(*) FROM U WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY I",
            "Windowing not supported for table aggregations.",
        ),
        (
            "SELECT I, COUNT(*) FROM S GROUP BY I LIMIT 5",
            "Persistent queries don't support LIMIT clauses.",
        ),
        ("SELECT I, COUNT(*) FROM S GROUP BY I, I", "Duplicate GROUP BY expression: I"),
        ("SELECT I FROM S GROUP BY ()", "GROUP BY requires at least one expression"),
        ("SELECT K, I FROM S HAVING I > 1", "HAVING requires a GROUP BY clause."),
        (
            "SELECT I, SUM(*) FROM S GROUP BY I",
            "Function 'sum' does not accept parameters ().",
        ),
        (
            "SELECT I, COUNT(*) FROM S GROUP BY I HAVING COUNT(*)",
            "Type error in HAVING expression: Should evaluate to boolean but is COUNT(*) (BIGINT) "
            "instead.",
        ),
        (
            "SELECT I, L, COUNT(*) FROM S GROUP BY I, L",
            "Key format does not support schema.",
        ),
    ],
)
def test_a_grouping_that_breaks_a_rule_is_refused(query: str, message: str) -> None:
    assert first_line(refusal(f"CREATE TABLE O AS {query};")) == message


@pytest.mark.parametrize(
    "query",
    [
        "SELECT I, MIN(WINDOWSTART) FROM S WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY I",
        "SELECT I, COUNT(*) FROM S WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY I, WINDOWEND",
        "SELECT I, COUNT(*) FROM S WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY I, ABS(WINDOWSTART)",
        "SELECT I, COUNT(*) FROM S WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY I HAVING WINDOWEND > 1",
    ],
)
def test_window_bounds_belong_in_the_projection_only(query: str) -> None:
    message = first_line(refusal(f"CREATE TABLE O AS {query};"))

    assert "can only be used in the SELECT clause of windowed aggregations" in message


def test_window_bounds_do_not_exist_where_rows_are_filtered() -> None:
    problem = refusal(
        "CREATE TABLE O AS SELECT I, COUNT(*) FROM S WINDOW TUMBLING (SIZE 1 HOUR) "
        "WHERE WINDOWEND > 1 GROUP BY I;"
    )

    assert problem.message == "Error in WHERE expression: Unknown column WINDOWEND."


@pytest.mark.parametrize(
    ("window", "message"),
    [
        ("TUMBLING (SIZE 0 SECONDS)", "Window size (sizeMs) must be larger than zero."),
        ("SESSION (0 SECONDS)", "Gap time must be larger than zero."),
        (
            "HOPPING (SIZE 2 SECONDS, ADVANCE BY 3 SECONDS)",
            "Window advancement interval should be more than zero and less than window duration "
            "which is 2000 ms, but given advancement interval is: 3000 ms",
        ),
    ],
)
def test_a_window_without_size_is_refused(window: str, message: str) -> None:
    problem = refusal(f"CREATE TABLE O AS SELECT I, COUNT(*) FROM S WINDOW {window} GROUP BY I;")

    assert problem.message == message


def test_a_retention_shorter_than_size_and_grace_is_refused() -> None:
    problem = refusal(
        "CREATE TABLE O AS SELECT I, COUNT(*) FROM S WINDOW TUMBLING "
        "(SIZE 1 HOUR, RETENTION 1 HOUR, GRACE PERIOD 1 HOUR) GROUP BY I;"
    )

    assert problem.message == (
        "The retention period of the window store must be no smaller than its window size plus "
        "the grace period. Got size=[3600000], grace=[3600000], retention=[3600000]"
    )


def test_one_group_of_all_rows_is_a_table_too() -> None:
    problem = refusal("CREATE STREAM O AS SELECT COUNT(*) AS N FROM S;")

    assert problem.message == (
        "Invalid result type. Your SELECT query produces a TABLE. Please use CREATE TABLE AS "
        "SELECT statement instead."
    )
    assert not isinstance(problem, Unsupported)
