import pytest

from ksql.language import Unsupported, resolved
from ksql.language.resolved import ColumnRef, JoinSpec
from ksql.language.tree import JoinKind
from ksql.language.types import INTEGER
from tests.ksql.language.given import created, first_line, made, refusal


def schema(sql: str) -> str:
    return str(made(sql).schema)


def test_a_join_is_keyed_by_the_column_that_is_projected() -> None:
    left = "CREATE STREAM O AS SELECT NOKEY.I, NAME FROM NOKEY JOIN U ON NOKEY.I = U.ID;"
    right = "CREATE STREAM O AS SELECT NAME, ID FROM NOKEY LEFT JOIN U ON NOKEY.I = U.ID;"

    assert schema(left) == "`NOKEY_I` INTEGER KEY, `NAME` STRING"
    assert schema(right) == "`ID` INTEGER KEY, `NAME` STRING"


def test_a_star_prefixes_every_column_with_its_source() -> None:
    assert schema("CREATE STREAM O AS SELECT * FROM NOKEY N JOIN U ON N.I = U.ID;") == (
        "`N_I` INTEGER KEY, `N_T` STRING, `U_ID` INTEGER, `U_I` INTEGER, `U_NAME` STRING"
    )


def test_a_key_that_only_the_table_names_is_the_tables() -> None:
    sql = "CREATE STREAM O AS SELECT * FROM NOKEY N JOIN U ON AS_VALUE(N.I) = U.ID;"

    assert schema(sql).startswith("`U_ID` INTEGER KEY, `N_I` INTEGER, ")


def test_the_sides_of_the_condition_may_be_swapped() -> None:
    found = created("CREATE STREAM O AS SELECT ID, T FROM NOKEY N LEFT JOIN U ON U.ID = N.I + 1;")

    left = resolved.Arithmetic(
        "+", ColumnRef(0, "I", INTEGER), resolved.Literal(1, INTEGER), INTEGER
    )
    assert found.query.join == JoinSpec(JoinKind.LEFT, left, ColumnRef(1, "ID", INTEGER))


def test_pseudo_columns_belong_to_a_side() -> None:
    sql = "CREATE STREAM O AS SELECT ID, N.ROWTIME, U.ROWTIME AS R FROM NOKEY N JOIN U ON I = ID;"

    assert "Column 'I' is ambiguous. Could be N.I or U.I." in refusal(sql).message
    assert schema(sql.replace("ON I =", "ON N.I =")) == (
        "`ID` INTEGER KEY, `N_ROWTIME` BIGINT, `R` BIGINT"
    )


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        (
            "SELECT T FROM NOKEY N JOIN U ON N.I = U.ID",
            "Keys missing from projection. The query used to build `O` must include the join "
            "expressions N.I or U.ID in its projection (eg, SELECT N.I...).",
        ),
        (
            "SELECT ID FROM NOKEY N JOIN U ON N.I = U.I",
            "Invalid join condition: stream-table joins require to join on the table's primary "
            "key. Got N.I = U.I.",
        ),
        (
            "SELECT ID FROM NOKEY N JOIN U ON N.T = U.ID",
            "Invalid join condition: types don't match. Got N.T{STRING} = U.ID{INTEGER}.",
        ),
        (
            "SELECT ID FROM NOKEY N JOIN U ON N.I > U.ID",
            "Only equality join criteria is supported.",
        ),
        (
            "SELECT ID FROM NOKEY N JOIN U ON N.I = U.ID AND N.I > 1",
            "JOINs on multiple conditions are not yet supported: ((N.I = U.ID) AND (N.I > 1)).",
        ),
        ("SELECT ID FROM NOKEY N JOIN U ON N.I", "Unsupported join expression: N.I."),
        (
            "SELECT ID FROM NOKEY N JOIN U ON N.I = 1",
            "Invalid comparison expression '(N.I = 1)' in join. Each side of the join must "
            "reference exactly one source and not the same source. Left side references [N] and "
            "right references []",
        ),
        (
            "SELECT ID FROM U JOIN NOKEY N ON N.I = U.ID",
            "Invalid join order: table-stream joins are not supported; only stream-table joins. "
            "Got U INNER JOIN NOKEY.",
        ),
        (
            "SELECT A.K FROM S A JOIN S B ON A.K = B.K",
            "Can not join 'S' to 'S': self joins are not yet supported.",
        ),
        (
            "SELECT ID FROM NOKEY N JOIN U WITHIN 1 HOUR ON N.I = U.ID",
            "A window definition was provided for a Stream-Table join. These joins are not "
            "windowed. Please drop the window definition (ie. the WITHIN clause) and try to "
            "execute your join again.",
        ),
        ("SELECT W.K, NAME FROM W JOIN U ON W.K = U.ID", "Incompatible windowed sources."),
        (
            "SELECT ID FROM NOKEY N RIGHT JOIN U ON N.I = U.ID",
            "Right outer joins between streams and tables are not supported.",
        ),
        (
            "SELECT ID FROM NOKEY N FULL OUTER JOIN U ON N.I = U.ID",
            "Full outer joins between streams and tables are not supported.",
        ),
    ],
)
def test_a_join_that_breaks_a_rule_is_refused(sql: str, message: str) -> None:
    assert first_line(refusal(f"CREATE STREAM O AS {sql};")) == message


@pytest.mark.parametrize(
    ("sql", "feature"),
    [
        ("SELECT S.K FROM S JOIN NOKEY N ON S.K = N.I", "stream-stream joins (WITHIN)"),
        (
            "SELECT S.K FROM S JOIN NOKEY N WITHIN (1 HOUR, 2 HOURS) GRACE PERIOD 1 DAY "
            "ON S.K = N.I",
            "stream-stream joins (WITHIN)",
        ),
        (
            "SELECT U.ID FROM U JOIN TOTALS T ON U.ID = T.I",
            "table-table joins, foreign keys among them",
        ),
        (
            "SELECT S.K FROM S JOIN U ON S.K = U.ID JOIN TOTALS T ON S.K = T.I",
            "joins of more than two sources",
        ),
    ],
)
def test_joins_out_of_scope_are_refused_by_name(sql: str, feature: str) -> None:
    problem = refusal(f"CREATE STREAM O AS {sql};")

    assert isinstance(problem, Unsupported)
    assert problem.feature == feature
