import pytest

from tests.ksql.language.given import created, first_line, made, made_after, refusal, selected


def schema(sql: str) -> str:
    return str(made(sql).schema)


def test_a_star_gives_keys_then_values() -> None:
    assert schema("CREATE STREAM O AS SELECT * FROM TWO;") == (
        "`A` INTEGER KEY, `B` INTEGER KEY, `V` INTEGER"
    )


def test_expressions_without_alias_are_numbered() -> None:
    assert schema("CREATE STREAM O AS SELECT K, I + 1, T, L * 2 FROM S;") == (
        "`K` INTEGER KEY, `KSQL_COL_0` INTEGER, `T` STRING, `KSQL_COL_1` BIGINT"
    )


def test_numbering_leaves_out_the_numbered_columns_of_the_source() -> None:
    script = (
        "CREATE STREAM A (K INT KEY, KSQL_COL_1 INT) WITH (kafka_topic='a', value_format='JSON');"
    )
    source = made_after(script, "CREATE STREAM O AS SELECT *, K + 1, K + 2 FROM A;")

    assert [column.name for column in source.schema.value] == [
        "KSQL_COL_1",
        "KSQL_COL_0",
        "KSQL_COL_2",
    ]


def test_key_columns_keep_the_order_of_the_key_and_take_their_aliases() -> None:
    assert schema("CREATE STREAM O AS SELECT V, B AS X, A FROM TWO;") == (
        "`A` INTEGER KEY, `X` INTEGER KEY, `V` INTEGER"
    )


def test_partition_by_makes_the_new_key_and_the_old_one_a_value() -> None:
    two = "CREATE STREAM O AS SELECT * FROM TWO PARTITION BY A;"

    assert schema(two) == "`A` INTEGER KEY, `V` INTEGER, `B` INTEGER"
    assert schema("CREATE STREAM O AS SELECT V AS X, A FROM TWO PARTITION BY V;") == (
        "`X` INTEGER KEY, `A` INTEGER"
    )
    assert schema("CREATE STREAM O AS SELECT ABS(I), T FROM S PARTITION BY ABS(I);") == (
        "`KSQL_COL_0` INTEGER KEY, `T` STRING"
    )


def test_partition_by_null_leaves_no_key() -> None:
    source = made("CREATE STREAM O AS SELECT * FROM NOKEY PARTITION BY NULL;")

    assert (source.schema.key, source.key_format.name) == ((), "NONE")


def test_partition_by_a_pseudo_column_keeps_its_name_under_a_star() -> None:
    assert schema("CREATE STREAM O AS SELECT * FROM NOKEY PARTITION BY I, ROWTIME;") == (
        "`I` INTEGER KEY, `ROWTIME` BIGINT KEY, `T` STRING"
    )


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        (
            "CREATE STREAM O AS SELECT I FROM S;",
            "Key missing from projection. The query used to build `O` must include the key column "
            "K in its projection (eg, SELECT K...).",
        ),
        (
            "CREATE STREAM O AS SELECT A, V FROM TWO;",
            "Keys missing from projection. The query used to build `O` must include the key "
            "columns A and B in its projection (eg, SELECT A, B...).",
        ),
        (
            "CREATE STREAM O AS SELECT T FROM S PARTITION BY ABS(I);",
            "Key missing from projection. The query used to build `O` must include the "
            "partitioning expression ABS(S.I) in its projection (eg, SELECT ABS(S.I)...).",
        ),
        (
            "CREATE STREAM O AS SELECT K, K AS C, I FROM S;",
            "The projection contains a key column (`K`) more than once, aliased as: K and C.",
        ),
        ("CREATE STREAM O AS SELECT K FROM S;", "The projection contains no value columns."),
        (
            "CREATE STREAM O AS SELECT K, ROWTIME FROM S;",
            "Reserved column name in select: `ROWTIME`. Please remove or alias the column.",
        ),
        (
            "CREATE STREAM O AS SELECT K, I AS WINDOWEND FROM S;",
            "`WINDOWEND` is a reserved column name. You cannot use it as an alias for a column.",
        ),
        (
            "CREATE STREAM O AS SELECT X.* FROM S;",
            "'X' is not a valid stream/table name or alias.",
        ),
        (
            "CREATE STREAM O AS SELECT * FROM NOKEY PARTITION BY ();",
            "PARTITION BY requires at least one expression",
        ),
        (
            "CREATE STREAM O AS SELECT * FROM NOKEY PARTITION BY NULL, I;",
            "Cannot PARTITION BY multiple columns including NULL",
        ),
        (
            "CREATE STREAM O AS SELECT I AS X, T FROM NOKEY PARTITION BY X;",
            "PARTITION BY column 'X' cannot be resolved. 'X' must be a column in the source schema "
            "since PARTITION BY is applied on the input.",
        ),
        (
            "CREATE STREAM O AS SELECT * FROM W PARTITION BY I;",
            "Implicit repartitioning of windowed sources is not supported. "
            "See https://github.com/confluentinc/ksql/issues/4385.",
        ),
        (
            "CREATE TABLE O AS SELECT * FROM U PARTITION BY I;",
            "Cannot repartition a TABLE source.",
        ),
        (
            "CREATE TABLE O AS SELECT * FROM S;",
            "Invalid result type. Your SELECT query produces a STREAM. Please use CREATE STREAM AS "
            "SELECT statement instead.",
        ),
        ("CREATE STREAM O AS SELECT * FROM NOSUCH;", "NOSUCH does not exist."),
        (
            "CREATE STREAM O AS SELECT * FROM S WINDOW TUMBLING (SIZE 1 HOUR);",
            "WINDOW clause requires a GROUP BY clause.",
        ),
    ],
)
def test_a_projection_that_breaks_a_rule_is_refused(sql: str, message: str) -> None:
    assert first_line(refusal(sql)) == message


def test_a_copy_of_the_key_is_a_value() -> None:
    assert schema("CREATE STREAM O AS SELECT K, AS_VALUE(K) AS C FROM S;") == (
        "`K` INTEGER KEY, `C` INTEGER"
    )


def test_a_reader_of_a_windowed_source_sees_its_bounds_and_a_query_does_not_store_them() -> None:
    header = selected("SELECT * FROM W EMIT CHANGES;").header

    assert [column.name for column in header] == ["K", "WINDOWSTART", "WINDOWEND", "I"]
    assert schema("CREATE STREAM O AS SELECT * FROM W;") == "`K` INTEGER KEY, `I` INTEGER"


def test_a_pull_query_on_a_table_marks_its_keys_and_bounds() -> None:
    pull = selected("SELECT N AS M, I AS J, WINDOWSTART AS S, * FROM PERIODS;").header
    push = selected("SELECT * FROM PERIODS EMIT CHANGES;").header

    assert [(column.name, column.key) for column in pull] == [
        ("M", False),
        ("J", False),
        ("S", False),
        ("I", True),
        ("WINDOWSTART", True),
        ("WINDOWEND", True),
        ("N", False),
    ]
    assert not any(column.key for column in push)


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        (
            "SELECT * FROM TOTALS GROUP BY I;",
            "Pull queries don't support GROUP BY clauses.",
        ),
        ("SELECT COUNT(*) FROM TOTALS;", "Pull queries don't support aggregate functions."),
        (
            "SELECT * FROM TOTALS WINDOW TUMBLING (SIZE 1 SECOND);",
            "Pull queries don't support WINDOW clauses.",
        ),
        (
            "SELECT * FROM TOTALS WHERE WINDOWEND = 1;",
            "WHERE column 'WINDOWEND' cannot be resolved.",
        ),
        (
            "SELECT * FROM TOTALS WHERE I IN ('10', 8);",
            "'10' can not be converted to the type of the key column: I INTEGER KEY",
        ),
        (
            "SELECT * FROM U;",
            "The `U` table isn't queryable. To derive a queryable table, you can do 'CREATE TABLE "
            "QUERYABLE_U AS SELECT * FROM U'. See https://cnfl.io/queries for more info.",
        ),
    ],
)
def test_a_pull_query_beyond_its_powers_is_refused(sql: str, message: str) -> None:
    assert first_line(refusal(sql)) == message


def test_the_statement_is_shown_qualified_and_with_every_name() -> None:
    shown = created("CREATE STREAM o AS SELECT k, i + 1 FROM s x WHERE t = 'a';").rewritten

    assert shown == (
        "CREATE STREAM O AS SELECT\n  X.K K,\n  (X.I + 1) KSQL_COL_0\nFROM S X\n"
        "WHERE (X.T = 'a')\nEMIT CHANGES;"
    )
