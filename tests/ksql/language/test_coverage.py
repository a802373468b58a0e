from pathlib import Path

import pytest

from ksql.language import Unsupported, parse_statement
from ksql.language.coverage import STATEMENTS, coverage_page
from ksql.language.features import Feature
from ksql.language.functions import OUT_OF_SCOPE
from tests.ksql.language.given import refusal

PAGE = Path(__file__).parents[3] / "docs" / "ksqldb-coverage.md"


def test_the_page_in_the_docs_is_the_one_the_tables_make() -> None:
    assert PAGE.read_text() == coverage_page(), (
        "rewrite it: python -c 'from ksql.language.coverage import *; "
        'print(coverage_page(), end="")\' > docs/ksqldb-coverage.md'
    )


@pytest.mark.parametrize("sql", [sql for _, sql in STATEMENTS])
def test_every_form_that_the_page_shows_parses(sql: str) -> None:
    assert parse_statement(sql)


REFUSED = {
    Feature.ARRAY_TYPE: "CREATE STREAM X (A ARRAY<INT>) WITH (kafka_topic='x');",
    Feature.MAP_TYPE: "CREATE STREAM X (A MAP<STRING, INT>) WITH (kafka_topic='x');",
    Feature.STRUCT_TYPE: "SELECT CAST(I AS STRUCT<A INT>) FROM S EMIT CHANGES;",
    Feature.ARRAY_VALUE: "SELECT ARRAY[1, 2] FROM S EMIT CHANGES;",
    Feature.MAP_VALUE: "SELECT MAP('a' := 1) FROM S EMIT CHANGES;",
    Feature.STRUCT_VALUE: "SELECT STRUCT(A := 1) FROM S EMIT CHANGES;",
    Feature.SUBSCRIPT: "SELECT I[1] FROM S EMIT CHANGES;",
    Feature.STRUCT_FIELD: "SELECT I->A FROM S EMIT CHANGES;",
    Feature.LAMBDA: "SELECT ABS(X => X + 1) FROM S EMIT CHANGES;",
    Feature.CUSTOM_TYPES: "CREATE TYPE T AS STRUCT<A INT>;",
    Feature.AT_TIME_ZONE: "SELECT TS AT TIME ZONE 'UTC' FROM S EMIT CHANGES;",
    Feature.HEADERS: "CREATE STREAM X (A BYTES HEADER('h')) WITH (kafka_topic='x');",
    Feature.PROTOBUF: "CREATE STREAM X (A INT) WITH (kafka_topic='x', format='PROTOBUF');",
    Feature.PROTOBUF_NOSR: "CREATE STREAM O WITH (format='PROTOBUF_NOSR') AS SELECT * FROM S;",
    Feature.JSON_SR: "CREATE STREAM O WITH (value_format='json_sr') AS SELECT * FROM S;",
    Feature.STREAM_STREAM_JOIN: (
        "SELECT * FROM S JOIN NOKEY N WITHIN 1 HOUR ON S.K = N.I EMIT CHANGES;"
    ),
    Feature.TABLE_TABLE_JOIN: "SELECT * FROM U JOIN TOTALS T ON U.ID = T.I EMIT CHANGES;",
    Feature.RIGHT_JOIN: (
        "SELECT * FROM S RIGHT JOIN NOKEY N WITHIN 1 HOUR ON S.K = N.I EMIT CHANGES;"
    ),
    Feature.FULL_JOIN: "SELECT * FROM U FULL OUTER JOIN TOTALS T ON U.ID = T.I EMIT CHANGES;",
    Feature.MANY_JOINS: (
        "SELECT * FROM S JOIN U ON S.K = U.ID JOIN TOTALS T ON S.K = T.I EMIT CHANGES;"
    ),
    Feature.EMIT_FINAL: "SELECT I, COUNT(*) FROM S GROUP BY I EMIT FINAL;",
    Feature.GLOBAL_TABLE: "CREATE TABLE O AS SELECT COUNT(*) AS N FROM S;",
    Feature.CONNECTORS: "CREATE SINK CONNECTOR C WITH ('a' = 'b');",
    Feature.ASSERT: "ASSERT TOPIC x;",
    Feature.ALTER_SYSTEM: "ALTER SYSTEM 'a' = 'b';",
    Feature.RUN_SCRIPT: "RUN SCRIPT 'x.sql';",
}


@pytest.mark.parametrize("feature", list(Feature))
def test_every_feature_out_of_scope_is_refused_by_its_name(feature: Feature) -> None:
    problem = refusal(REFUSED[feature])

    assert isinstance(problem, Unsupported)
    assert problem.feature == feature
    assert problem.message == f"Not supported here: {feature}."


@pytest.mark.parametrize("name", sorted(OUT_OF_SCOPE))
def test_every_function_out_of_scope_is_refused_by_its_name(name: str) -> None:
    problem = refusal(f"SELECT {name}(I) FROM S EMIT CHANGES;")

    assert isinstance(problem, Unsupported)
    assert problem.message.startswith("Not supported here: ")
    assert name in problem.message
