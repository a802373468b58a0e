"""Records, partitions, topics and the cluster that holds them, in memory.

A `Record` is bytes or, when the engine wrote it, a decoded row that becomes bytes only when
somebody asks (`LazyRecord`); until somebody reads it, not even that but a `WrittenRow`.
Everything runs on the server's event loop: no locks, no threads. Offsets are per partition,
start at 0 and never repeat; retention removes from the front, so `Partition.start_offset` moves
on. Compaction, too, removes only from the front, as offsets have no gaps here; no reader can
tell that from a topic not compacted further yet.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from typing import Any, Protocol, TypeAlias, cast

RETENTION_DEFAULT_MS = 7 * 24 * 3600 * 1000

COMPACTED_RECORDS = 10_000
"""A partition with fewer records is left as it is: compaction is for what grows."""


class Record(Protocol):
    """One Kafka record, without its place in the log."""

    @property
    def key(self) -> bytes | None:
        """The key's bytes, or None."""

    @property
    def value(self) -> bytes | None:
        """The value's bytes; None is a delete (tombstone)."""

    @property
    def timestamp_ms(self) -> int:
        """Event time, milliseconds since the Unix epoch."""

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]:
        """Header names and values, in the order they were added."""


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record whose bytes are known."""

    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    headers: Sequence[tuple[str, bytes]] = ()


class LazyRecord:
    """A record that a query wrote: rows now, bytes when asked, and then only once.

    `key_row` and `value_row` are tuples in the order of the encoder's columns; None where the
    record has no key or no value. A reader that knows the `encoder` may take the rows and skip
    decoding.
    """

    __slots__ = ("_key", "_value", "encoder", "key_row", "timestamp_ms", "value_row", "window")

    def __init__(
        self,
        encoder: "RowEncoder",
        key_row: tuple[Any, ...] | None,
        value_row: tuple[Any, ...] | None,
        timestamp_ms: int,
        window: tuple[int, int] | None = None,
    ) -> None:
        self.encoder, self.key_row, self.value_row = encoder, key_row, value_row
        self.timestamp_ms, self.window = timestamp_ms, window
        self._key: bytes | None = None
        self._value: bytes | None = None

    @property
    def key(self) -> bytes | None:
        """The encoded key."""
        if self._key is None and (self.key_row is not None):
            self._key = self.encoder.key_bytes(self.key_row, self.window)
        return self._key

    @property
    def value(self) -> bytes | None:
        """The encoded value."""
        if self._value is None and self.value_row is not None:
            self._value = self.encoder.value_bytes(self.value_row)
        return self._value

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]:
        """No headers: ksqlDB writes none."""
        return ()


WrittenRow: TypeAlias = tuple[
    tuple[Any, ...] | None, tuple[Any, ...] | None, int, tuple[int, int] | None
]
"""What a `LazyRecord` holds but its encoder: key row, value row, time, window. A plain tuple:
four times cheaper to make, and Python's collector looks at it only once."""

_TIME = itemgetter(2)


class RowEncoder(Protocol):
    """Makes bytes of one topic's rows."""

    def key_bytes(self, key_row: tuple[Any, ...], window: tuple[int, int] | None) -> bytes | None:
        """Return the record key; `window` is (start_ms, end_ms) of a windowed row."""

    def value_bytes(self, value_row: tuple[Any, ...]) -> bytes | None:
        """Return the record value."""


class TopicExists(Exception):
    """A topic of that name is there already. Worded as the broker words it."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"Topic '{name}' already exists.")


class TopicNotFound(Exception):
    """No such topic. Worded as the broker words it."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__("This server does not host this topic-partition.")


class Partition:
    """An append-only list of records with offsets.

    Readers keep an offset and call `read`; a reader that fell behind retention continues at
    `start_offset`. What a query wrote is kept as plain rows until somebody reads it as records;
    queries that understand `encoder`'s rows take them as they are, with `held`.
    """

    __slots__ = ("_compact_from", "_records", "encoder", "max_timestamp_ms", "start_offset")

    def __init__(self) -> None:
        self._records: list[Record | WrittenRow] = []
        self.encoder: RowEncoder | None = None
        """Makes the bytes of the plain rows."""
        self._compact_from = COMPACTED_RECORDS
        self.start_offset = 0
        self.max_timestamp_ms = -1

    @property
    def end_offset(self) -> int:
        """The offset that the next record will get."""
        return self.start_offset + len(self._records)

    def append(self, record: Record) -> int:
        """Store a record and return its offset."""
        self._records.append(record)
        if record.timestamp_ms > self.max_timestamp_ms:  # noqa: PLR1730 - max() is a call per record
            self.max_timestamp_ms = record.timestamp_ms
        return self.start_offset + len(self._records) - 1

    def extend(self, records: Sequence[Record]) -> None:
        """Store records in order; as `append` for each, in one call."""
        self._records.extend(records)
        self.max_timestamp_ms = max(
            self.max_timestamp_ms, max((r.timestamp_ms for r in records), default=-1)
        )

    def extend_rows(self, encoder: RowEncoder, rows: Sequence[WrittenRow]) -> None:
        """Store what a query wrote, in order; there is at least one row."""
        if self.encoder is None:
            self.encoder = encoder
        if encoder is self.encoder:
            self._records.extend(rows)
        else:
            # Another query wrote here first: INSERT INTO, or one that was replaced.
            self._records.extend([LazyRecord(encoder, *row) for row in rows])
        newest_ms = max(map(_TIME, rows))
        self.max_timestamp_ms = max(self.max_timestamp_ms, newest_ms)

    def read(self, offset: int, limit: int | None = None) -> Sequence[Record]:
        """Return up to `limit` records from `offset` on (from the start if that is gone)."""
        records, encoder = self._records, self.encoder
        begin = max(0, offset - self.start_offset)
        end = len(records) if limit is None else min(begin + limit, len(records))
        if encoder is not None:
            for at in range(begin, end):
                record = records[at]
                if isinstance(record, tuple):
                    # Takes the row's place, so that its bytes are made only once.
                    records[at] = LazyRecord(encoder, *record)
        return cast("list[Record]", records[begin:end])

    def held(self, offset: int, limit: int) -> Sequence[Record | WrittenRow]:
        """Return the same, plain rows as they are: for readers that know `encoder`."""
        begin = max(0, offset - self.start_offset)
        return self._records[begin : begin + limit]

    def expire(self, before_ms: int) -> int:
        """Drop the leading records older than `before_ms`; return how many.

        Stops at the first younger one, as a broker that deletes whole segments does.
        """
        gone = 0
        for record in self._records:
            time_ms = record[2] if isinstance(record, tuple) else record.timestamp_ms
            if time_ms >= before_ms:
                break
            gone += 1
        self._drop_first(gone)
        return gone

    def compact(self) -> int:
        """Drop the leading records whose keys have newer ones; return how many.

        Does nothing until the log has doubled since the last time.
        """
        if len(self._records) < self._compact_from:
            return 0
        latest = {_identity(record): at for at, record in enumerate(self._records)}
        gone = min(latest.values())
        self._drop_first(gone)
        self._compact_from = max(COMPACTED_RECORDS, 2 * len(self._records))
        return gone

    def _drop_first(self, count: int) -> None:
        if count:
            self._records = list(islice(self._records, count, None))
            self.start_offset += count


def _identity(record: Record | WrittenRow) -> object:
    """What compaction takes for the key: rows where there are rows, lest it encode them all."""
    if isinstance(record, tuple):
        return record[0], record[3]
    if isinstance(record, LazyRecord):
        return record.key_row, record.window
    return record.key


@dataclass(eq=False)
class Topic:
    """A named set of partitions with its settings.

    `configs` holds only what was set explicitly, as text, as Kafka does. `on_append` is
    called once per append call (not per record) with the topic: consumers use it to wake up,
    never to work.
    """

    name: str
    partitions: list[Partition]
    configs: dict[str, str] = field(default_factory=dict)
    replication: int = 3
    deleted: bool = False
    _listeners: list[Callable[["Topic"], None]] = field(default_factory=list, repr=False)

    def append(self, record: Record, partition: int = 0) -> int:
        """Append one record, wake the consumers, return its offset."""
        offset = self.partitions[partition].append(record)
        self.wake()
        return offset

    def wake(self) -> None:
        """Tell consumers that records were appended (after appends straight to a partition)."""
        for listener in self._listeners:
            listener(self)

    def subscribe(self, listener: Callable[["Topic"], None]) -> Callable[[], None]:
        """Call `listener` after each append and on deletion; return what ends that."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    @property
    def retention_ms(self) -> int:
        """The `retention.ms` in force; -1 keeps records for ever."""
        return int(self.configs.get("retention.ms", RETENTION_DEFAULT_MS))

    @property
    def is_compacted_only(self) -> bool:
        """Whether `cleanup.policy` is `compact`, which knows no retention time."""
        return self.configs.get("cleanup.policy", "delete") == "compact"

    def apply_retention(self, now_ms: int) -> int:
        """Remove records past `retention.ms`, or superseded ones; return how many."""
        if self.is_compacted_only:
            return sum(partition.compact() for partition in self.partitions)
        if self.retention_ms < 0:
            return 0
        before_ms = now_ms - self.retention_ms
        return sum(partition.expire(before_ms) for partition in self.partitions)


class Cluster:
    """The topics of one Kafka cluster (`lkc-…`).

    Partition and replica counts are not judged here: whoever takes them from a user checks
    them first.
    """

    def __init__(self, cluster_id: str) -> None:
        self.cluster_id = cluster_id
        self._topics: dict[str, Topic] = {}
        self._listeners: list[Callable[[Topic], None]] = []

    def create(
        self,
        name: str,
        *,
        partitions: int = 6,
        replication: int = 3,
        configs: Mapping[str, str] | None = None,
    ) -> Topic:
        """Create and return a topic.

        Raises:
            TopicExists: The name is taken.
        """
        if name in self._topics:
            raise TopicExists(name)
        topic = Topic(
            name, [Partition() for _ in range(partitions)], dict(configs or {}), replication
        )
        self._topics[name] = topic
        for listener in list(self._listeners):
            listener(topic)
        return topic

    def subscribe(self, listener: Callable[[Topic], None]) -> Callable[[], None]:
        """Call `listener` with each topic that is created; return what ends that."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def topic(self, name: str) -> Topic:
        """Return the topic.

        Raises:
            TopicNotFound: There is none of that name.
        """
        try:
            return self._topics[name]
        except KeyError:
            raise TopicNotFound(name) from None

    def find(self, name: str) -> Topic | None:
        """Return the topic, or None."""
        return self._topics.get(name)

    def topics(self) -> Iterable[Topic]:
        """All topics, by name."""
        return [self._topics[name] for name in sorted(self._topics)]

    def delete(self, name: str) -> None:
        """Remove a topic with its records; its consumers are woken and see `deleted`.

        Raises:
            TopicNotFound: There is none of that name.
        """
        topic = self.topic(name)
        del self._topics[name]
        topic.deleted = True
        topic.wake()
