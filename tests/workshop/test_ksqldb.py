import pytest

from workshop.ksqldb import entity_rows, is_query, terminated


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT * FROM T;", True),
        ("select * from t emit changes;", True),
        ("PRINT users_topic;", True),
        ("SELECT 'what the server alone understands' FROM UNNEST(x);", True),
        ("SHOW QUERIES;", False),
        ("CREATE STREAM a AS SELECT * FROM b;", False),
        ("DROP TABLE t;", False),
    ],
)
def test_queries_are_told_from_other_statements(sql: str, expected: bool) -> None:
    assert is_query(sql) is expected


def test_a_missing_semicolon_is_added() -> None:
    assert terminated("SHOW STREAMS ") == "SHOW STREAMS;"
    assert terminated("SHOW STREAMS;\n") == "SHOW STREAMS;\n"


def test_a_list_is_shown_by_the_members_that_fit_on_a_line() -> None:
    entity = {
        "@type": "streams",
        "statementText": "SHOW STREAMS;",
        "warnings": [],
        "streams": [{"type": "STREAM", "name": "S", "topic": "s", "valueFormat": "AVRO"}],
    }

    columns, rows = entity_rows(entity)

    assert columns == ("name", "topic", "keyFormat", "valueFormat", "isWindowed")
    assert rows == [("S", "s", None, "AVRO", None)]


def test_a_status_is_shown_member_by_member() -> None:
    entity = {"@type": "currentStatus", "commandStatus": {"status": "SUCCESS", "message": "done"}}

    assert entity_rows(entity) == (
        ("member", "value"),
        [("status", "SUCCESS"), ("message", "done")],
    )
