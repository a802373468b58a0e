"""What a query wrote: rows in the log until somebody reads records, then bytes made once."""

from typing import Any

from sandbox.topics import LazyRecord, Partition, StoredRecord, WrittenRow
from sandbox.topics.log import COMPACTED_RECORDS


class CountingEncoder:
    """Makes bytes that show the row, and counts how often."""

    def __init__(self, name: str = "") -> None:
        self.name, self.calls = name, 0

    def key_bytes(self, key_row: tuple[Any, ...], window: tuple[int, int] | None) -> bytes:
        self.calls += 1
        return f"{self.name}{key_row}{window}".encode()

    def value_bytes(self, value_row: tuple[Any, ...]) -> bytes:
        self.calls += 1
        return f"{self.name}{value_row}".encode()


def rows(*times_ms: int) -> list[WrittenRow]:
    return [((at,), (at, "v"), at, None) for at in times_ms]


def test_a_record_read_from_outside_has_the_bytes_of_its_row() -> None:
    partition = Partition()
    partition.extend_rows(CountingEncoder(), [((1,), ("a",), 5, (0, 9)), (None, None, 7, None)])

    read = [(r.key, r.value, r.timestamp_ms, r.headers) for r in partition.read(0)]

    assert read == [(b"(1,)(0, 9)", b"('a',)", 5, ()), (None, None, 7, ())]


def test_bytes_are_made_when_asked_and_only_once() -> None:
    partition, encoder = Partition(), CountingEncoder()
    partition.extend_rows(encoder, rows(1, 2, 3))
    assert encoder.calls == 0

    for _ in range(3):
        [record] = partition.read(1, 1)
        assert (record.key, record.value) == (b"(2,)None", b"(2, 'v')")

    assert encoder.calls == 2


def test_only_what_is_read_from_outside_becomes_records() -> None:
    partition = Partition()
    partition.extend_rows(CountingEncoder(), rows(1, 2, 3, 4))

    partition.read(1, 2)

    assert [record.__class__ for record in partition.held(0, 9)] == [
        tuple, LazyRecord, LazyRecord, tuple,
    ]  # fmt: skip


def test_rows_of_a_second_writer_keep_their_own_encoder() -> None:
    partition = Partition()
    partition.extend_rows(CountingEncoder("first"), rows(1))
    partition.extend_rows(CountingEncoder("second"), rows(2))
    partition.append(StoredRecord(b"k", b"third", 3))
    partition.extend_rows(CountingEncoder("fourth"), rows(4))

    assert [record.value for record in partition.read(0)] == [
        b"first(1, 'v')", b"second(2, 'v')", b"third", b"fourth(4, 'v')",
    ]  # fmt: skip


def test_a_read_beyond_the_end_finds_what_there_is() -> None:
    partition = Partition()
    partition.extend_rows(CountingEncoder(), rows(1, 2))

    assert [record.timestamp_ms for record in partition.read(1, 100)] == [2]
    assert list(partition.read(2)) == list(partition.read(7, 3)) == []


def test_retention_drops_rows_as_it_drops_records() -> None:
    partition, encoder = Partition(), CountingEncoder()
    partition.extend_rows(encoder, rows(10, 20, 30))

    gone = partition.expire(30)

    assert (gone, partition.start_offset, partition.end_offset) == (2, 2, 3)
    assert [record.timestamp_ms for record in partition.read(0)] == [30]
    assert encoder.calls == 0


def test_compaction_tells_rows_apart_by_key_and_window() -> None:
    partition, encoder = Partition(), CountingEncoder()
    windowed: list[WrittenRow] = [(("k",), (0,), 0, (0, 5)), (("k",), (0,), 0, (5, 10))]
    partition.extend_rows(encoder, windowed)
    partition.extend_rows(encoder, [(("k",), (1,), 1, (0, 5))] * COMPACTED_RECORDS)

    assert partition.compact() == 1
    assert encoder.calls == 0


def test_the_newest_time_is_that_of_any_row() -> None:
    partition = Partition()
    partition.extend_rows(CountingEncoder(), rows(10, 40, 20))
    partition.extend_rows(CountingEncoder(), rows(30))

    assert partition.max_timestamp_ms == 40
