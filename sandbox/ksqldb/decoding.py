"""Records as rows: read once, whoever reads them.

A `Decoder` belongs to a topic and to what a source says its records hold. All queries that read
the same source share it, and with it the rows of the last few slices, so that ten queries on one
stream decode each record once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from ksql.language.resolved import Source
from sandbox.ksqldb.encoding import Serde, SinkEncoder, layout_of, split_windowed_key
from sandbox.ksqldb.errors import QueryFailed
from sandbox.ksqldb.writers import null_row
from sandbox.topics import LazyRecord, Partition, Record, Topic, WrittenRow

SLICES_KEPT = 4

Stamp = Callable[..., int | None]
"""(key row, value row, record time) to event time, None if there is none."""


@dataclass(frozen=True)
class Failure:
    """A record that could not be read. `offset` is where it stands."""

    topic: str
    partition: int
    offset: int
    record: Record
    error: Exception


@dataclass(frozen=True)
class Slice:
    """Decoded rows of consecutive records, and those that could not be decoded."""

    rows: list[tuple[Any, ...]]
    failures: list[Failure]
    next_offset: int


class InvalidTime(StrEnum):
    """What becomes of a record whose own time is negative: Kafka Streams' timestamp extractors."""

    FAIL = "FailOnInvalidTimestamp"
    SKIP = "LogAndSkipOnInvalidTimestamp"
    PREVIOUS = "UsePreviousTimeOnInvalidTimestamp"


class Decoder:
    """Reads one topic as one source describes it.

    Rows are `(key row, value row, time, offset)`, for a windowed source `(…, start, end)`.
    """

    def __init__(
        self,
        topic: Topic,
        source: Source,
        serdes: tuple[Serde, Serde],
        stamp: Stamp | None,
        invalid_time: InvalidTime = InvalidTime.FAIL,
    ) -> None:
        self.topic, self.source = topic, source
        key, value = serdes
        self._invalid_time, self._previous_ms = invalid_time, -1
        self._key, self._value, self._stamp = key, value, stamp
        self._is_plain = source.window is None and stamp is None
        self._layout = layout_of(source)
        self._no_key = null_row(len(source.schema.key))
        self._recent: dict[tuple[int, int, int], Slice] = {}

    def read(self, partition: int, offset: int, limit: int) -> Slice:
        """Return up to `limit` records of a partition from `offset` on, as rows."""
        log = self.topic.partitions[partition]
        offset = max(offset, log.start_offset)
        count = min(limit, log.end_offset - offset)
        wanted = (partition, offset, count)
        found = self._recent.get(wanted)
        if found is None:
            take = log.held if self._is_plain and self._shares_rows(log) else log.read
            found = self.rows_of(take(offset, count), partition, offset)
            if len(self._recent) >= SLICES_KEPT:
                self._recent.pop(next(iter(self._recent)))
            self._recent[wanted] = found
        return found

    def _shares_rows(self, written: Partition | LazyRecord) -> bool:
        """Tell whether rows that were written there are rows here."""
        encoder = written.encoder
        return encoder.__class__ is SinkEncoder and encoder.layout is self._layout is not None

    def rows_of(  # noqa: C901 - every record passes here: calls would cost more than branches
        self, records: Sequence[Record | WrittenRow], partition: int, offset: int
    ) -> Slice:
        """Decode records that stand at `offset` and behind; plain rows among them are ours."""
        if not self._is_plain:
            return self._slow_rows(cast("Sequence[Record]", records), partition, offset)
        rows: list[tuple[Any, ...]] = []
        failures: list[Failure] = []
        shares_rows, no_key, append = self._shares_rows, self._no_key, rows.append
        decode_key, decode_value = self._key.decode, self._value.decode
        # Any: the test of the exact class that follows is what mypy cannot take for one.
        record: Any
        for at, record in enumerate(records, offset):
            if record.__class__ is tuple:
                key, value, time_ms, _ = record
            elif record.__class__ is LazyRecord and shares_rows(record):
                key, value, time_ms = record.key_row, record.value_row, record.timestamp_ms
            else:
                try:
                    key, value = decode_key(record.key), decode_value(record.value)
                except Exception as error:  # noqa: BLE001 - whatever the bytes hold, the query goes on
                    failures.append(Failure(self.topic.name, partition, at, record, error))
                    continue
                time_ms = record.timestamp_ms
            if time_ms < 0:
                if rows:
                    self._previous_ms = rows[-1][2]
                time_ms = self._instead_of(time_ms)
                if time_ms is None:
                    continue
            append((no_key if key is None else key, value, time_ms, at))
        if rows:
            self._previous_ms = rows[-1][2]
        return Slice(rows, failures, offset + len(records))

    def _instead_of(self, time_ms: int) -> int | None:
        """Return the time to use instead of a negative one; None to leave the record out."""
        if self._invalid_time is InvalidTime.SKIP:
            return None
        if self._invalid_time is InvalidTime.PREVIOUS and self._previous_ms >= 0:
            return self._previous_ms
        raise QueryFailed(
            f"Input record of topic {self.topic.name} has invalid (negative) timestamp {time_ms}. "
            "Possibly because a pre-0.10 producer client was used to write this record to Kafka "
            "without embedding a timestamp."
        )

    def _slow_rows(self, records: Sequence[Record], partition: int, offset: int) -> Slice:
        rows: list[tuple[Any, ...]] = []
        failures: list[Failure] = []
        for at, record in enumerate(records, offset):
            try:
                row = self._one(record, at)
            except QueryFailed:
                raise
            except Exception as error:  # noqa: BLE001 - whatever the bytes hold, the query goes on
                failures.append(Failure(self.topic.name, partition, at, record, error))
                continue
            if row is not None:
                rows.append(row)
        return Slice(rows, failures, offset + len(records))

    def _one(self, record: Record, at: int) -> tuple[Any, ...] | None:
        key, value, window = self._parts(record)
        if key is None:
            key = self._no_key
        time_ms: int | None = record.timestamp_ms
        if self._stamp is not None:
            time_ms = self._stamp(key, value, time_ms)
            if time_ms is None:
                return None
        return (key, value, time_ms, at, *(window or ()))

    def _parts(self, record: Record) -> tuple[Any, Any, tuple[int, int] | None]:
        spec = self.source.window
        if (
            isinstance(record, LazyRecord)
            and self._shares_rows(record)
            and (spec is None or record.window is not None)
        ):
            return record.key_row, record.value_row, record.window
        if spec is None:
            return self._key.decode(record.key), self._value.decode(record.value), None
        if record.key is None:
            raise ValueError("a windowed key cannot be null")
        plain, start, end = split_windowed_key(record.key, spec)
        return self._key.decode(plain), self._value.decode(record.value), (start, end)
