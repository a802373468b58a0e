"""The order in which ksqlDB reads a table's store: what decides which rows a LIMIT leaves.

Partition by partition; within one RocksDB's order, which is that of the keys' bytes. A window
store lies in segments of time, half its retention each but at least a minute, and a key's bytes
end in its window's start. Rows that are looked up by key come, within a partition, in the order
they were asked for.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from ksql.language.resolved import Source
from sandbox.formats.errors import FormatError
from sandbox.ksqldb.assembly import Assembly
from sandbox.ksqldb.encoding import SinkEncoder
from sandbox.ksqldb.runner import PersistentRun
from sandbox.ksqldb.stores import WindowStore

Entry: TypeAlias = tuple[Any, ...]
"""A row as a chain takes it: key first; of a windowed table also the bounds, last."""

StoreOrder: TypeAlias = Callable[[Entry], tuple[Any, ...]]

SMALLEST_SEGMENT_MS = 60_000


def store_order(
    assembly: Assembly, source: Source, run: PersistentRun, *, by_key: bool
) -> StoreOrder:
    """Return what sorts the rows of a table as its store gives them."""
    encoder = SinkEncoder(source, *assembly.serdes(source))
    topic = run.consumer.inputs[0].decoder.topic
    store = run.chain.store
    retention_ms = store.retention_ms if isinstance(store, WindowStore) else 0
    segment_ms = max(retention_ms // 2, SMALLEST_SEGMENT_MS)
    windowed = source.window is not None

    def encoded(key: Any, window: tuple[int, int] | None) -> bytes:
        try:
            return encoder.key_bytes(key, window) or b""
        except FormatError:
            return b""

    def order(entry: Entry) -> tuple[Any, ...]:
        partition = assembly.partition_of(topic, encoded(entry[0], None) or None)
        if by_key:
            return (partition,)
        if not windowed:
            return partition, encoded(entry[0], None)
        start, end = entry[-2:]
        return partition, start // segment_ms, encoded(entry[0], (start, end))

    return order
