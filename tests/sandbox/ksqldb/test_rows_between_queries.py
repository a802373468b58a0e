"""What one query wrote, another reads: the same whether it finds rows, records or bytes."""

import pytest

from sandbox.topics import StoredRecord
from tests.sandbox.ksqldb.engine import Engine

CHAIN = """
CREATE STREAM s (k VARCHAR KEY, n INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM doubled WITH (VALUE_FORMAT='{value_format}', KEY_FORMAT='KAFKA') AS
  SELECT k, n * 2 AS n, 'x' AS tag FROM s;
CREATE STREAM last WITH (VALUE_FORMAT='JSON') AS SELECT k, n + 1 AS n FROM doubled;
"""


@pytest.mark.parametrize("value_format", ["JSON", "AVRO", "DELIMITED"])
@pytest.mark.parametrize("read_between", [False, True])
def test_a_chain_of_queries_gives_the_same_by_rows_and_by_bytes(
    value_format: str, *, read_between: bool
) -> None:
    engine = Engine()
    engine.execute(CHAIN.format(value_format=value_format))
    for number in range(6):
        log = engine.cluster.topic("s").partitions[0]
        log.append(StoredRecord(b"k%d" % number, b'{"n": %d}' % number, number))
        for query in engine.server.metastore.queries.values():
            assert query.run is not None
            query.run.step()
            if read_between and number % 2:
                for topic in engine.cluster.topics():
                    assert all(r.value for r in topic.partitions[0].read(0))

    assert engine.records("LAST") == [
        (b"k%d" % number, {"N": number * 2 + 1}, number) for number in range(6)
    ]


def test_a_reader_gets_the_rows_of_all_who_write_into_a_stream() -> None:
    engine = Engine()
    engine.execute(
        """
        CREATE STREAM a (n INT) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON', PARTITIONS=1);
        CREATE STREAM b (n INT) WITH (KAFKA_TOPIC='b', VALUE_FORMAT='JSON', PARTITIONS=1);
        CREATE STREAM both AS SELECT n FROM a;
        INSERT INTO both SELECT n * 10 AS n FROM b;
        CREATE STREAM seen AS SELECT n FROM both;
        """
    )

    for number in (1, 2):
        engine.produce("a", {"n": number})
        engine.produce("b", {"n": number})
        engine.execute(f"INSERT INTO both (n) VALUES ({number * 100});")
    engine.server.settle()

    assert [value for _, value, _ in engine.records("SEEN")] == [
        {"N": 1}, {"N": 10}, {"N": 100}, {"N": 2}, {"N": 20}, {"N": 200},
    ]  # fmt: skip


def test_a_stream_declared_over_a_sink_with_other_columns_reads_its_bytes() -> None:
    engine = Engine()
    engine.execute(CHAIN.format(value_format="JSON"))
    engine.execute(
        """
        CREATE STREAM narrow (tag VARCHAR) WITH (KAFKA_TOPIC='DOUBLED', VALUE_FORMAT='JSON');
        CREATE STREAM tags AS SELECT tag FROM narrow;
        """
    )

    engine.produce("s", {"n": 1}, {"n": 2})

    assert [value for _, value, _ in engine.records("TAGS")] == [{"TAG": "x"}, {"TAG": "x"}]
    assert [value for _, value, _ in engine.records("LAST")] == [{"N": 3}, {"N": 5}]
