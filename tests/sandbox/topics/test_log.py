"""Retention and compaction: what goes from the front of a partition, and what stays."""

from sandbox.topics import Cluster, LazyRecord, StoredRecord, Topic
from sandbox.topics.log import COMPACTED_RECORDS


def topic(policy: str, **configs: str) -> Topic:
    return Cluster("lkc-x").create("t", partitions=1, configs={"cleanup.policy": policy, **configs})


def test_retention_drops_what_is_too_old_and_keeps_offsets() -> None:
    made = topic("delete", **{"retention.ms": "100"})
    for at in range(10):
        made.append(StoredRecord(b"k", b"%d" % at, at * 50))

    gone = made.apply_retention(450)

    [partition] = made.partitions
    assert (gone, partition.start_offset, partition.end_offset) == (7, 7, 10)
    assert [record.value for record in partition.read(0)] == [b"7", b"8", b"9"]


def test_compaction_keeps_the_latest_of_every_key() -> None:
    made = topic("compact")
    for at in range(3 * COMPACTED_RECORDS):
        made.append(StoredRecord(b"%d" % (at % 7), b"%d" % at, 0))

    made.apply_retention(0)

    [partition] = made.partitions
    assert [record.key for record in partition.read(0)] == [
        b"%d" % (at % 7) for at in range(3 * COMPACTED_RECORDS - 7, 3 * COMPACTED_RECORDS)
    ]
    assert partition.end_offset == 3 * COMPACTED_RECORDS


def test_compaction_stops_at_a_key_that_has_no_newer_record() -> None:
    made = topic("compact")
    for at in range(2 * COMPACTED_RECORDS):
        made.append(StoredRecord(b"rare" if at == 5 else b"often", b"", 0))

    assert made.apply_retention(0) == 5


def test_a_small_log_is_not_compacted() -> None:
    made = topic("compact")
    for _ in range(COMPACTED_RECORDS - 1):
        made.append(StoredRecord(b"k", b"", 0))

    assert made.apply_retention(0) == 0


def test_compaction_makes_no_bytes_of_rows() -> None:
    class Encoder:
        def key_bytes(self, key_row: object, window: object) -> bytes:
            raise AssertionError("nobody asked for the key")

        def value_bytes(self, value_row: object) -> bytes:
            raise AssertionError("nobody asked for the value")

    made, encoder = topic("compact"), Encoder()
    for at in range(COMPACTED_RECORDS):
        made.append(LazyRecord(encoder, (at % 2,), (at,), at))

    assert made.apply_retention(0) == COMPACTED_RECORDS - 2


def test_a_topic_with_both_policies_goes_by_time() -> None:
    made = topic("compact,delete", **{"retention.ms": "10"})
    made.append(StoredRecord(b"k", b"", 0))

    assert made.apply_retention(100) == 1
