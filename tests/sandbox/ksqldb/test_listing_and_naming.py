"""What is listed and explained, and how queries and variables are named within a request."""

import pytest

from sandbox.ksqldb.errors import StatementError
from tests.sandbox.ksqldb.engine import Engine

TRADES = "CREATE STREAM trades (k VARCHAR KEY, n INT) WITH (kafka_topic='t', value_format='JSON');"
COPY = "CREATE STREAM copy AS SELECT k, n FROM trades;"
COUNTS = "CREATE TABLE counts AS SELECT k, COUNT(*) AS c FROM trades GROUP BY k;"


def test_a_variable_that_is_not_there_is_undefined_with_a_warning(engine: Engine) -> None:
    found = engine.execute("DEFINE a = 'x'; UNDEFINE a; UNDEFINE a;")

    assert [(one["@type"], one["message"]) for one in found] == [
        ("warning_entity", "Cannot undefine variable 'a' which was never defined")
    ]


def test_functions_are_listed_but_for_those_of_tests(engine: Engine) -> None:
    names = [one["name"] for one in engine.execute("SHOW FUNCTIONS;")[0]["functions"]]

    assert "SUM" in names
    assert "ABS" in names
    assert "TEST_UDAF" not in names


@pytest.mark.parametrize("action", ["EXPLAIN", "PAUSE", "RESUME", "TERMINATE"])
def test_a_query_can_be_named_in_the_request_that_makes_it(engine: Engine, action: str) -> None:
    engine.topic("t")
    text = TRADES + "CREATE STREAM IF NOT EXISTS trades (k INT) WITH (kafka_topic='t', "
    text += f"value_format='JSON'); {COPY} {COUNTS} {action} CTAS_COUNTS_2;"

    found = engine.execute(text)[-1]

    named = found["queryDescription"]["id"] if action == "EXPLAIN" else found["commandId"]
    assert "CTAS_COUNTS_2" in named


def test_a_query_that_no_statement_makes_cannot_be_named(engine: Engine) -> None:
    engine.topic("t")

    with pytest.raises(StatementError, match="Unknown queryId: CSAS_COPY_2"):
        engine.execute(TRADES + COPY + "PAUSE CSAS_COPY_2;")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (COPY, "PERSISTENT"),
        ("SELECT * FROM trades EMIT CHANGES;", "PUSH"),
        ("SELECT * FROM counts WHERE k = 'a';", "PULL"),
    ],
)
def test_explain_says_what_kind_of_query_it_is(engine: Engine, text: str, kind: str) -> None:
    engine.topic("t")
    engine.execute(TRADES + COUNTS)

    [found] = engine.execute(f"EXPLAIN {text}")

    assert found["queryDescription"]["queryType"] == kind
