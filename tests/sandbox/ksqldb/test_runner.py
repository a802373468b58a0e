"""In which order a consumer feeds what is there."""

from typing import Any

from ksql.language.resolved import Column, FormatSpec, Schema, Source
from ksql.language.tree import Kind
from ksql.language.types import INTEGER
from sandbox.formats.serde import serde
from sandbox.ksqldb.decoding import Decoder
from sandbox.ksqldb.runner import Consumer, Input
from sandbox.topics import Cluster, StoredRecord

Fed = list[tuple[str, int]]


def an_input(
    fed: Fed, cluster: Cluster, name: str, partitions: int = 1, *, is_table: bool = False
) -> Input:
    columns = (Column("V", INTEGER),)
    kind = Kind.TABLE if is_table else Kind.STREAM
    source = Source(name, kind, Schema((), columns), name, FormatSpec("NONE"), FormatSpec("KAFKA"))
    topic = cluster.create(name, partitions=partitions)
    serdes = serde(source.key_format, (), is_key=True), serde(source.value_format, columns)

    def feed(rows: Any, part: int, out: list[Any]) -> None:
        fed.extend((f"{name}{part}", row[2]) for row in rows)

    return Input.at_start(Decoder(topic, source, serdes, None), feed, is_table=is_table)


def append(source: Input, *times: int, partition: int = 0) -> None:
    for at in times:
        source.decoder.topic.append(StoredRecord(None, b"\0\0\0\1", at), partition)


def drain(consumer: Consumer, limit: int = 500) -> None:
    while consumer.step([], limit):
        pass


def test_the_earliest_head_of_all_inputs_goes_first_and_tables_before_streams() -> None:
    fed: Fed = []
    cluster = Cluster("lkc-x")
    stream = an_input(fed, cluster, "s")
    table = an_input(fed, cluster, "t", is_table=True)
    append(stream, 10, 20, 30)
    append(table, 5, 20, 25)

    drain(Consumer([stream, table], lambda failure: None))

    assert fed == [("t0", 5), ("s0", 10), ("t0", 20), ("s0", 20), ("t0", 25), ("s0", 30)]


def test_partitions_keep_their_order_whatever_their_times() -> None:
    fed: Fed = []
    stream = an_input(fed, Cluster("lkc-x"), "s", 2)
    append(stream, 50, 10, partition=0)
    append(stream, 20, 60, partition=1)

    drain(Consumer([stream], lambda failure: None))

    assert fed == [("s1", 20), ("s0", 50), ("s0", 10), ("s1", 60)]


def test_small_slices_feed_in_the_same_order() -> None:
    orders = []
    for limit in (1, 2, 3, 500):
        fed: Fed = []
        cluster = Cluster("lkc-x")
        stream, table = an_input(fed, cluster, "s", 2), an_input(fed, cluster, "t", is_table=True)
        append(stream, *range(0, 100, 3), partition=0)
        append(stream, *range(1, 100, 7), partition=1)
        append(table, *range(2, 100, 5))
        drain(Consumer([stream, table], lambda failure: None), limit)
        orders.append(fed)

    assert all(order == orders[-1] for order in orders)
    assert [at for _, at in orders[0]] == sorted(at for _, at in orders[0])


def test_what_cannot_be_decoded_is_told_once_and_skipped() -> None:
    fed: Fed = []
    failed: list[int] = []
    stream = an_input(fed, Cluster("lkc-x"), "s", 2)
    append(stream, 1, 5)
    stream.decoder.topic.append(StoredRecord(None, b"no number", 2), 0)
    append(stream, 6)
    append(stream, 3, partition=1)

    drain(Consumer([stream], lambda failure: failed.append(failure.offset)))

    assert (fed, failed) == ([("s0", 1), ("s1", 3), ("s0", 5), ("s0", 6)], [2])
