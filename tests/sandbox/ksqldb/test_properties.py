"""Which properties SET takes, and which it refuses."""

import pytest

from sandbox.ksqldb.errors import BadRequest, StatementError
from tests.sandbox.ksqldb.engine import Engine

EXTRACTORS = "org.apache.kafka.streams.processor"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("auto.offset.reset", "earliest"),
        ("auto.offset.reset", "latest"),
        ("ksql.query.pull.table.scan.enabled", "true"),
        ("ksql.query.pull.range.scan.enabled", "false"),
        ("ksql.query.pull.limit.clause.enabled", "true"),
        ("ksql.persistence.default.format.key", "AVRO"),
        ("ksql.persistence.default.format.value", "JSON"),
        ("ksql.persistence.wrap.single.values", "true"),
        ("ksql.sink.partitions", "3"),
        ("ksql.sink.replicas", "1"),
        ("ksql.timestamp.throw.on.invalid", "true"),
        ("ksql.windowed.session.key.legacy", "true"),
        ("default.timestamp.extractor", f"{EXTRACTORS}.UsePartitionTimeOnInvalidTimestamp"),
        ("ksql.streams.default.timestamp.extractor", f"{EXTRACTORS}.FailOnInvalidTimestamp"),
        ("ksql.streams.replication.factor", "3"),
    ],
)
def test_a_property_is_taken(engine: Engine, name: str, value: str) -> None:
    assert engine.execute(f"SET '{name}' = '{value}'; UNSET '{name}';") == []


@pytest.mark.parametrize("name", ["no.such", "ksql.nope", "ksql.query.pull.nope.enabled"])
def test_an_unknown_property_is_refused_by_its_name(engine: Engine, name: str) -> None:
    with pytest.raises(BadRequest, match="Not recognizable as ksql") as refusal:
        engine.execute(f"SET '{name}' = '1';")

    assert f"'{name}'" in refusal.value.message


def test_an_offset_reset_is_one_of_three(engine: Engine) -> None:
    with pytest.raises(BadRequest, match="String must be one of: latest, earliest, none"):
        engine.execute("SET 'auto.offset.reset' = 'nope';")


STREAM = "CREATE STREAM s (k INT KEY, n INT) WITH (kafka_topic='t', value_format='JSON');"
COPY = "CREATE STREAM c AS SELECT * FROM s;"


def test_sinks_get_the_partitions_and_replicas_that_are_set(engine: Engine) -> None:
    engine.topic("t", 2)
    engine.execute(STREAM + COPY.replace("STREAM c", "STREAM plain"))

    engine.execute(f"SET 'ksql.sink.partitions' = '3'; SET 'ksql.sink.replicas' = '2'; {COPY}")
    stated = "STREAM stated WITH (partitions=5, replicas=1)"
    engine.execute(COPY.replace("STREAM c", stated), **{"ksql.sink.partitions": 3})

    found = {name: engine.cluster.topic(name) for name in ("PLAIN", "C", "STATED")}
    assert {name: (len(t.partitions), t.replication) for name, t in found.items()} == {
        "PLAIN": (2, 1),
        "C": (3, 2),
        "STATED": (5, 1),
    }


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("many", "Invalid value many for configuration ksql.sink.partitions: Not a number of type"),
        (True, "Not a number of type INT"),
        ([3], "Not a number of type INT"),
        ("1.5", "Not a number of type INT"),
        ("0", "Value must be at least 1"),
        (10**20, "and at most 2147483647"),
    ],
)
def test_a_number_of_partitions_is_one(engine: Engine, value: object, message: str) -> None:
    engine.topic("t")

    with pytest.raises(BadRequest) as refusal:
        engine.execute(STREAM + COPY, **{"ksql.sink.partitions": value})

    assert message in refusal.value.message


@pytest.mark.parametrize(
    "text",
    [
        STREAM.replace("'t'", "'new', partitions=5000"),
        STREAM + COPY.replace("c AS", "c WITH (partitions=5000) AS"),
        STREAM + "SET 'ksql.sink.partitions' = '2000000000';" + COPY,
    ],
)
def test_more_partitions_than_a_cluster_may_have_are_refused(engine: Engine, text: str) -> None:
    engine.topic("t")

    with pytest.raises(StatementError, match="a cluster may have 4096 at most"):
        engine.execute(text)


def test_wrapping_is_on_or_off(engine: Engine) -> None:
    with pytest.raises(BadRequest, match="Expected value to be either true or false"):
        engine.execute("SET 'ksql.persistence.wrap.single.values' = 'perhaps';")


def test_what_a_statement_leaves_open_is_wanted_as_the_topic_has_it(engine: Engine) -> None:
    engine.topic("t", 2)

    with pytest.raises(StatementError) as refusal:
        engine.execute(STREAM.replace("'t'", "'t', partitions=3"))

    assert (
        "KSQL expects 3 partitions (topic has 2), 1 replication factor (topic has 1), and "
        "604800000 retention (topic has 604800000)." in refusal.value.message
    )


def test_every_setting_of_streams_is_accepted_and_held_for_the_request(engine: Engine) -> None:
    names = ("num.stream.threads", "commit.interval.ms", "not.known.to.us")
    text = "".join(f"SET 'ksql.streams.{name}' = '2';" for name in names)

    listed = engine.execute(text + "UNSET 'ksql.streams.commit.interval.ms'; SHOW PROPERTIES;")
    values = {one["name"]: one["value"] for one in listed[0]["properties"]}

    assert values["ksql.streams.num.stream.threads"] == "2"
    assert values["ksql.streams.not.known.to.us"] == "2"
    assert "ksql.streams.commit.interval.ms" not in values


@pytest.mark.parametrize("name", ["ksql.stream.num.threads", "streams", "ksql.streamsx"])
def test_what_only_looks_like_a_setting_of_streams_is_refused(engine: Engine, name: str) -> None:
    with pytest.raises(BadRequest, match="Not recognizable as ksql, streams, consumer"):
        engine.execute(f"SET '{name}' = '2';")
