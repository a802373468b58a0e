"""Keys lie where Kafka's clients put them."""

import pytest

from sandbox.topics.partitioner import murmur2, partition_for


def signed(number: int) -> int:
    return number - 2**32 if number >= 2**31 else number


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        # The table of Kafka's own UtilsTest.
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_gives_what_kafka_gives(data: bytes, expected: int) -> None:
    assert signed(murmur2(data)) == expected


def test_a_key_always_lies_in_the_same_partition() -> None:
    assert partition_for(b"21", 6) == (-973932308 & 0x7FFFFFFF) % 6


def test_records_without_a_key_lie_in_the_first_partition() -> None:
    assert partition_for(None, 6) == 0
