"""Which properties SET takes, and which it refuses."""

import pytest

from sandbox.ksqldb.errors import BadRequest
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
