"""What ends or hinders queries that run: rights, topics, rows, their own failures."""

import pytest

from sandbox.ksqldb.errors import Forbidden
from sandbox.topics import AclOperation, ResourceType
from tests.sandbox.ksqldb.engine import Engine
from tests.sandbox.ksqldb.test_statements import COPY, COUNTS, TRADES


class Grants:
    """An authorizer that refuses what it is told to refuse."""

    def __init__(self) -> None:
        self.refused: set[tuple[AclOperation, str]] = set()

    def allows(
        self, principal: str, operation: AclOperation, resource_type: ResourceType, name: str
    ) -> bool:
        return (operation, name) not in self.refused


def test_a_source_that_may_not_be_read_is_forbidden() -> None:
    grants = Grants()
    engine = Engine(grants)
    engine.topic("t")
    grants.refused.add((AclOperation.READ, "t"))

    with pytest.raises(Forbidden) as refusal:
        engine.execute(TRADES)

    assert refusal.value.code == 40301
    assert refusal.value.message == (
        "Authorization denied to Read on topic(s): [t] for User:sa-ksql"
    )


def test_a_query_without_its_grant_is_in_error_until_it_has_it_again() -> None:
    grants = Grants()
    engine = Engine(grants)
    engine.topic("t")
    engine.execute(TRADES + COPY)
    run = engine.server.metastore.queries["CSAS_COPY_1"].run
    assert run is not None

    grants.refused.add((AclOperation.WRITE, "COPY"))
    engine.produce("t", {"n": 1}, key="a")
    state, error = run.state, run.error
    grants.refused.clear()
    engine.produce("t", {"n": 2}, key="a")

    assert (str(state), error and error.message) == (
        "ERROR",
        "Authorization denied to Write on topic(s): [COPY] for User:sa-ksql",
    )
    assert [value["N"] for _, value, _ in engine.records("COPY")] == [1, 2]


def test_a_deleted_source_topic_puts_the_query_in_error(engine: Engine) -> None:
    engine.topic("t")
    engine.execute(TRADES + COPY)

    engine.cluster.delete("t")
    engine.server.settle()

    run = engine.server.metastore.queries["CSAS_COPY_1"].run
    assert run is not None
    assert str(run.state) == "ERROR"


def test_what_cannot_be_read_or_computed_goes_to_the_processing_log(engine: Engine) -> None:
    engine.topic("t")
    engine.execute(TRADES + "CREATE STREAM shares AS SELECT k, 6 / n AS share FROM trades;")

    engine.produce("t", b"no json", {"n": 0}, {"n": 2}, key="a")

    assert [value for _, value, _ in engine.records("SHARES")] == [{"SHARE": None}, {"SHARE": 3}]
    uncomputable, unreadable = engine.log_entries()
    assert unreadable["type"] == 0
    assert unreadable["deserializationError"]["topic"] == "t"
    assert unreadable["deserializationError"]["offset"] == 0
    assert uncomputable == {
        "type": 1,
        "recordProcessingError": {
            "errorMessage": "Error computing column: / by zero",
            "record": None,
            "cause": [],
        },
    }


def test_decimals_that_cannot_be_computed_are_logged_in_words(engine: Engine) -> None:
    engine.topic("t")
    decimals = TRADES.replace("n INT", "n DECIMAL(3, 1)")
    engine.execute(decimals + "CREATE STREAM shares AS SELECT k, 1.0 / n AS share FROM trades;")

    engine.produce("t", {"n": 3}, {"n": 0}, {"n": 4}, key="a")

    assert [value for _, value, _ in engine.records("SHARES")] == [
        {"SHARE": None},
        {"SHARE": None},
        {"SHARE": 0.25},
    ]
    messages = [each["recordProcessingError"]["errorMessage"] for each in engine.log_entries()]
    assert messages == [
        "Error computing column: Rounding necessary",
        "Error computing column: Division by zero",
    ]


def test_a_fatal_error_ends_one_query_and_no_other(engine: Engine) -> None:
    engine.topic("t")
    decimals = TRADES.replace("n INT", "n DECIMAL(3, 1)")
    engine.execute(decimals + COPY + COUNTS.replace("COUNT(*)", "SUM(n)"))

    engine.produce("t", {"n": 99.9}, {"n": 99.9}, {"n": 1}, key="a")

    states = {q.query_id: str(q.state) for q in engine.server.metastore.queries.values()}
    assert states == {"CSAS_COPY_1": "RUNNING", "CTAS_COUNTS_2": "ERROR"}
    assert len(engine.records("COPY")) == 3
    assert [value for _, value, _ in engine.records("COUNTS")] == [{"C": 99.9}]


def test_half_a_character_becomes_a_question_mark(engine: Engine) -> None:
    engine.topic("t", 3)
    engine.execute(
        "CREATE STREAM s (k VARCHAR) WITH (kafka_topic='t', value_format='JSON');"
        "CREATE TABLE counts AS SELECT k, COUNT(*) AS c FROM s GROUP BY k;"
    )

    engine.produce("t", b'{"k":"\\ud800"}', b'{"k":"\\ud83d\\ude00"}', b'{"k":"\\\\ud800"}')

    assert {key for key, _, _ in engine.records("COUNTS")} == {
        b"?",
        "\N{GRINNING FACE}".encode(),
        b"\\ud800",
    }
