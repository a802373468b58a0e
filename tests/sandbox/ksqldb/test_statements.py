"""Statements on a server: commands, refusals, upgrades, drops, quota."""

import json

import pytest

from sandbox.formats.schemas import RegisteredSchema, SchemaRefused
from sandbox.ksqldb.errors import (
    BadRequest,
    CatchUpTimeout,
    StatementError,
    WrongEndpoint,
)
from sandbox.ksqldb.executor import execute
from tests.sandbox.ksqldb.engine import Engine

TRADES = "CREATE STREAM trades (k VARCHAR KEY, n INT) WITH (kafka_topic='t', value_format='JSON');"
COPY = "CREATE STREAM copy AS SELECT k, n FROM trades;"
COUNTS = "CREATE TABLE counts AS SELECT k, COUNT(*) AS c FROM trades GROUP BY k;"
WINDOWS = (
    "CREATE TABLE w AS SELECT k, COUNT(*) AS c FROM trades WINDOW TUMBLING (SIZE 1 MINUTE) "
    "GROUP BY k;"
)


def statuses(entities: list[dict[str, object]]) -> list[tuple[object, object]]:
    return [(e["commandId"], e["commandStatus"]["message"]) for e in entities]  # type: ignore[index]  # JSON


def test_commands_get_ids_numbers_and_messages(engine: Engine) -> None:
    engine.topic("t")

    entities = engine.execute(TRADES + COPY + "DROP STREAM copy;")

    assert statuses(entities) == [
        ("stream/`TRADES`/create", "Stream created"),
        ("stream/`COPY`/create", "Created query with ID CSAS_COPY_1"),
        ("stream/COPY/drop", "Source `COPY` (topic: COPY) was dropped."),
    ]
    assert [entity["commandSequenceNumber"] for entity in entities] == [0, 1, 2]


def test_a_request_of_which_one_statement_is_wrong_changes_nothing(engine: Engine) -> None:
    engine.topic("t")

    with pytest.raises(StatementError) as refusal:
        engine.execute(TRADES + "CREATE STREAM copy AS SELECT nope FROM trades;")

    assert refusal.value.message == "SELECT column 'NOPE' cannot be resolved."
    assert list(engine.server.metastore.names()) == []
    assert engine.server.commands.last_number == -1


def test_a_print_at_the_end_makes_a_dry_run_of_a_valid_plan(engine: Engine) -> None:
    engine.topic("t")

    with pytest.raises(WrongEndpoint) as refusal:
        engine.execute(TRADES + COPY + COUNTS + "PRINT t;")

    assert (refusal.value.code, refusal.value.statement) == (40002, "PRINT t;")
    assert [topic.name for topic in engine.cluster.topics()] == ["t"]


def test_a_statement_that_fails_while_running_lists_what_ran_before(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.topic("t")

    def refuse(subject: str, schema: str, schema_type: str = "AVRO") -> RegisteredSchema:
        raise SchemaRefused(subject, "Schema being registered is incompatible", 409)

    monkeypatch.setattr(engine.schemas, "register", refuse)
    with pytest.raises(StatementError, match="Could not register schema") as refusal:
        engine.execute(TRADES + COPY.replace("AS", "WITH (value_format='AVRO') AS", 1))

    ran = [entity["commandId"] for entity in refusal.value.entities]
    assert ran == ["stream/`TRADES`/create"]
    assert engine.cluster.find("COPY") is None


def test_values_that_cannot_be_inserted_are_a_bad_request(engine: Engine) -> None:
    engine.topic("t")

    with pytest.raises(BadRequest, match="Failed to insert values: / by zero"):
        engine.execute(TRADES + "INSERT INTO trades VALUES ('a', 1 / 0);")


def test_if_not_exists_answers_with_a_warning(engine: Engine) -> None:
    engine.topic("t")
    engine.execute(TRADES)

    [entity] = engine.execute(TRADES.replace("STREAM trades", "STREAM IF NOT EXISTS trades"))

    assert (entity["@type"], entity["message"]) == (
        "warning_entity",
        "Cannot add stream `TRADES`: A stream with the same name already exists.",
    )


def test_the_same_name_twice_is_refused(engine: Engine) -> None:
    engine.topic("t")
    engine.execute(TRADES)

    with pytest.raises(StatementError, match="A stream with the same name already exists"):
        engine.execute(TRADES)


def test_a_missing_topic_needs_partitions(engine: Engine) -> None:
    with pytest.raises(StatementError, match="Topic 't' does not exist"):
        engine.execute(TRADES)

    engine.execute(TRADES.replace("'t',", "'t', partitions=3,"))

    assert len(engine.cluster.topic("t").partitions) == 3


def test_sinks_inherit_partitions_and_get_their_cleanup_policy(engine: Engine) -> None:
    engine.topic("t", 3)

    engine.execute(TRADES + COPY + COUNTS + WINDOWS)

    found = {t.name: (len(t.partitions), t.configs) for t in engine.cluster.topics()}
    week = {"retention.ms": "604800000"}
    assert found["COPY"] == (3, {"cleanup.policy": "delete", **week})
    assert found["COUNTS"] == (3, {"cleanup.policy": "compact"})
    assert found["W"] == (3, {"cleanup.policy": "compact,delete", **week})


def test_an_existing_sink_topic_with_other_partitions_is_refused(engine: Engine) -> None:
    engine.topic("t", 3)
    engine.topic("COPY", 2)
    engine.execute(TRADES)

    with pytest.raises(StatementError, match="KSQL expects 3 partitions \\(topic has 2\\)"):
        engine.execute(COPY)


def test_a_join_needs_equal_partitions(engine: Engine) -> None:
    engine.topic("t", 2)
    engine.topic("u", 1)
    users = "CREATE TABLE u (k VARCHAR PRIMARY KEY, r INT) WITH (kafka_topic='u', format='JSON');"
    engine.execute(TRADES + users)

    with pytest.raises(StatementError, match="since the number of partitions don't match"):
        engine.execute("CREATE STREAM j AS SELECT trades.k, r FROM trades JOIN u ON trades.k=u.k;")


def test_drop_is_refused_while_others_read(engine: Engine) -> None:
    engine.topic("t")
    engine.execute(TRADES + COPY)

    with pytest.raises(StatementError) as refusal:
        engine.execute("DROP STREAM trades;")

    assert refusal.value.message == (
        "Cannot drop TRADES.\nThe following streams and/or tables read from this source: [COPY].\n"
        "You need to drop them before dropping TRADES."
    )


def test_drop_delete_topic_removes_topic_and_subjects(engine: Engine) -> None:
    engine.topic("t")
    engine.execute(TRADES + "CREATE STREAM a WITH (value_format='AVRO') AS SELECT * FROM trades;")
    assert engine.schemas.latest("A-value") is not None

    engine.execute("DROP STREAM a DELETE TOPIC;")

    assert engine.cluster.find("A") is None
    assert engine.schemas.latest("A-value") is None
    assert engine.server.metastore.queries == {}


def test_drop_of_nothing_is_an_error_unless_if_exists(engine: Engine) -> None:
    with pytest.raises(StatementError, match="Stream X does not exist"):
        engine.execute("DROP STREAM x;")

    [entity] = engine.execute("DROP STREAM IF EXISTS x;")

    assert entity["message"] == "Source `X` does not exist."


def test_terminate_ends_the_query_and_keeps_the_source(engine: Engine) -> None:
    engine.topic("t")
    engine.execute(TRADES + COPY)

    engine.execute("TERMINATE CSAS_COPY_1;")
    engine.produce("t", {"n": 1}, key="a")

    assert engine.records("COPY") == []
    assert engine.server.metastore.source("COPY") is not None


def test_a_paused_query_goes_on_where_it_stopped(engine: Engine) -> None:
    engine.topic("t")
    engine.execute(TRADES + COPY)

    engine.execute("PAUSE CSAS_COPY_1;")
    engine.produce("t", {"n": 1}, key="a")
    before = engine.records("COPY")
    engine.execute("RESUME CSAS_COPY_1;")
    engine.server.settle()

    assert (before, engine.records("COPY")) == ([], [(b"a", {"N": 1}, 0)])


def test_replacing_a_filter_keeps_offsets_and_old_output(engine: Engine) -> None:
    engine.topic("t")
    engine.execute(TRADES + COPY)
    engine.produce("t", {"n": 1}, {"n": 9}, key="a")

    engine.execute("CREATE OR REPLACE STREAM copy AS SELECT k, n FROM trades WHERE n > 5;")
    engine.produce("t", {"n": 1}, {"n": 9}, key="a")

    assert [value["N"] for _, value, _ in engine.records("COPY")] == [1, 9, 9]
    assert list(engine.server.metastore.queries) == ["CSAS_COPY_1"]


def test_replacing_a_count_keeps_its_groups(engine: Engine) -> None:
    engine.topic("t")
    engine.execute(TRADES + COUNTS)
    engine.produce("t", {"n": 1}, {"n": 9}, key="a")

    engine.execute(COUNTS.replace("TABLE", "OR REPLACE TABLE").replace("GROUP", "WHERE n>5 GROUP"))
    engine.produce("t", {"n": 1}, {"n": 9}, key="a")

    assert [value["C"] for _, value, _ in engine.records("COUNTS")] == [1, 2, 3]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (WINDOWS, WINDOWS, "Upgrades not yet supported for StreamWindowedAggregate"),
        (COUNTS, COUNTS.replace("COUNT(*)", "SUM(n)"), "changed, missing or reordered"),
        (COPY, "CREATE STREAM copy AS SELECT k FROM trades;", "no value columns"),
        (COPY, COPY.replace("AS", "WITH (value_format='AVRO') AS", 1), "value format of the sink"),
        (
            COPY,
            "CREATE STREAM copy AS SELECT n, k FROM trades PARTITION BY n;",
            "Key columns must be identical",
        ),
    ],
)
def test_what_cannot_be_replaced_is_refused(
    engine: Engine, old: str, new: str, reason: str
) -> None:
    engine.topic("t")
    engine.execute(TRADES + old)

    with pytest.raises(StatementError, match=reason):
        engine.execute(new.replace("CREATE", "CREATE OR REPLACE"))


def test_more_queries_than_the_limit_are_refused() -> None:
    engine = Engine(settings={"ksql.query.persistent.active.limit": 1})
    engine.topic("t")
    engine.execute(TRADES + COPY)

    with pytest.raises(BadRequest, match="Current persistent query count: 1"):
        engine.execute(COUNTS)

    assert engine.cluster.find("COUNTS") is None


def test_an_unknown_property_is_refused(engine: Engine) -> None:
    with pytest.raises(BadRequest) as refusal:
        execute(engine.server, "LIST STREAMS;", {"no.such.thing": 1}, {})

    assert refusal.value.message == (
        "Not recognizable as ksql, streams, consumer, or producer property: 'no.such.thing'"
    )


def test_a_prohibited_property_is_refused(engine: Engine) -> None:
    with pytest.raises(BadRequest, match="are prohibited by the KSQL server"):
        engine.execute("SET 'ksql.service.id' = 'x';")


def test_set_and_variables_hold_for_the_request(engine: Engine) -> None:
    engine.topic("t")
    engine.produce("t", {"n": 1}, key="a")
    text = TRADES + "SET 'auto.offset.reset' = 'latest'; DEFINE name = 'copy';"

    engine.execute(text + COPY.replace("copy", "${name}", 1))
    engine.produce("t", {"n": 2}, key="a")

    assert [value["N"] for _, value, _ in engine.records("COPY")] == [2]


def test_a_command_that_has_not_come_yet_is_awaited_in_vain(engine: Engine) -> None:
    with pytest.raises(CatchUpTimeout) as refusal:
        execute(engine.server, "LIST STREAMS;", {}, {}, 5)

    assert (refusal.value.status, refusal.value.code) == (503, 50301)


def test_registered_schemas_are_framed_into_the_sink(engine: Engine) -> None:
    engine.topic("t")
    engine.execute(TRADES + "CREATE STREAM a WITH (value_format='AVRO') AS SELECT * FROM trades;")
    engine.produce("t", {"n": 3}, key="a")

    [record] = engine.cluster.topic("A").partitions[0].read(0)
    registered = engine.schemas.latest("A-value")

    assert registered is not None
    assert record.value == b"\0" + registered.schema_id.to_bytes(4) + b"\x02\x06"
    assert json.loads(registered.schema)["name"] == "KsqlDataSourceSchema"
