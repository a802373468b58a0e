from decimal import Decimal

import pytest

from ksql.language.resolved import (
    AnalyzedInsertInto,
    AnalyzedInsertValues,
    Cast,
    Literal,
    SelectColumn,
)
from ksql.language.types import BIGINT, INTEGER, STRING, decimal
from tests.ksql.language.given import first_line, judged, refusal


def test_values_without_columns_fill_all_of_them_in_order() -> None:
    found = judged("INSERT INTO TWO VALUES (1, 2, 3);")

    assert isinstance(found, AnalyzedInsertValues)
    assert [each.name for each in found.values] == ["A", "B", "V"]


def test_values_are_converted_to_their_columns() -> None:
    found = judged("INSERT INTO S (ROWTIME, K, L, M, T) VALUES (1234, 1, 2, 3.5, NULL);")

    assert isinstance(found, AnalyzedInsertValues)
    assert found.rowtime == Cast(Literal(1234, INTEGER), BIGINT, implicit=True)
    amount = Literal(Decimal("3.5"), decimal(2, 1))
    assert found.values == (
        SelectColumn("K", Literal(1, INTEGER)),
        SelectColumn("L", Cast(Literal(2, INTEGER), BIGINT, implicit=True)),
        SelectColumn("M", Cast(amount, decimal(4, 2), implicit=True)),
        SelectColumn("T", Literal(None, STRING)),
    )


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        (
            "INSERT INTO NOSUCH VALUES (1);",
            "Cannot insert values into an unknown stream/table: `NOSUCH`",
        ),
        (
            "INSERT INTO S (I) VALUES ('x');",
            "Expected type INTEGER for field `I` but got STRING(x)",
        ),
        (
            "INSERT INTO S (K, I) VALUES (1);",
            "Expected a value for each column. Expected Columns: [`K`, `I`]. Got 1 values.",
        ),
        ("INSERT INTO S (NOSUCH) VALUES (1);", "Column name `NOSUCH` does not exist."),
        (
            "INSERT INTO S (ROWPARTITION) VALUES (1);",
            "Inserting into column `ROWPARTITION` is not allowed.",
        ),
        (
            "INSERT INTO U (NAME) VALUES ('x');",
            "Failed to insert values into 'U'. Value for primary key column(s) ID is required for "
            "tables",
        ),
        ("INSERT INTO W VALUES (1, 2);", "Cannot insert values into windowed stream/table!"),
        ("INSERT INTO S (I) VALUES (L);", "INSERT VALUES column 'L' cannot be resolved."),
        (
            "INSERT INTO NOSUCH SELECT * FROM S;",
            "Source does not exist for the INSERT INTO statement: `NOSUCH`",
        ),
        (
            "INSERT INTO U SELECT * FROM NOKEY;",
            "INSERT INTO can only be used to insert into a stream. U is a table.",
        ),
        (
            "INSERT INTO NOKEY SELECT T, I FROM NOKEY;",
            "Incompatible schema between results and sink.",
        ),
        (
            "INSERT INTO NOKEY WITH (KAFKA_TOPIC='x') SELECT * FROM NOKEY;",
            "Invalid config variable(s) in the WITH clause: KAFKA_TOPIC",
        ),
    ],
)
def test_an_insert_that_breaks_a_rule_is_refused(sql: str, message: str) -> None:
    assert first_line(refusal(sql)) == message


def test_a_name_in_another_case_is_suggested() -> None:
    quoted = refusal('INSERT INTO "s" VALUES (1);')

    assert quoted.message.split("\n")[1] == (
        "Did you mean S? Hint: try removing double quotes from the source name."
    )


def test_a_query_fits_its_target_by_widening() -> None:
    found = judged("INSERT INTO TWO WITH (QUERY_ID='q') SELECT A, B, V FROM TWO;")

    assert isinstance(found, AnalyzedInsertInto)
    assert found.query_id == "q"
    assert found.query.schema == found.target.schema
