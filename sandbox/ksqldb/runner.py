"""Running queries: positions in the log, time order across inputs, slices of work.

A `Consumer` takes what has been appended since it last looked and feeds it to a compiled chain in
time order, as far as there is a choice: the earliest head of all partitions first, a table's
before a stream's. A `PersistentRun` is a consumer that wakes when its topics grow, works in
slices on the event loop so that HTTP stays responsive, and appends what comes out to its sink.
Nothing polls: without records a query costs nothing.
"""

import asyncio
import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sandbox.ksqldb.decoding import Decoder, Failure, Slice
from sandbox.ksqldb.errors import QueryFailed
from sandbox.ksqldb.stores import GroupStore, RowStore
from sandbox.ksqldb.writers import Chain, Feed
from sandbox.topics import AccessDenied, LazyRecord, Record, RowEncoder, Topic, WrittenRow

SLICE_ROWS = 500
"""Rows of one slice: a few milliseconds of work."""


@dataclass
class Input:
    """One source of a query, and how far each partition of it has been read."""

    decoder: Decoder
    feed: Feed
    is_table: bool
    offsets: list[int] = field(default_factory=list)

    @classmethod
    def at_start(cls, decoder: Decoder, feed: Feed, *, is_table: bool) -> "Input":
        """Read from the first record there is."""
        return cls(decoder, feed, is_table, [p.start_offset for p in decoder.topic.partitions])

    @classmethod
    def at_end(cls, decoder: Decoder, feed: Feed, *, is_table: bool) -> "Input":
        """Read only what comes from now on."""
        return cls(decoder, feed, is_table, [p.end_offset for p in decoder.topic.partitions])


class Consumer:
    """Feeds a chain from its inputs.

    Args:
        inputs: In the order of the query's sources.
        on_failure: Told of each record that could not be decoded.
    """

    def __init__(self, inputs: list[Input], on_failure: Callable[[Failure], None]) -> None:
        self.inputs = inputs
        self.on_failure = on_failure

    @property
    def is_behind(self) -> bool:
        """Whether there are records that have not been fed."""
        return any(
            log.end_offset > offset
            for source in self.inputs
            for log, offset in zip(source.decoder.topic.partitions, source.offsets, strict=True)
        )

    def step(self, out: list[Any], limit: int = SLICE_ROWS) -> int:
        """Feed about `limit` rows; return how many records were taken, 0 when caught up.

        Raises:
            QueryFailed: The query cannot go on.
        """
        heads = self._heads(limit)
        if not heads:
            return 0
        if len(heads) == 1:
            _, _, source, partition, found = heads[0]
            if found.rows:
                source.feed(found.rows, partition, out)
            return self._advance(source, partition, found, found.next_offset)
        return self._merge(heads, out)

    def _heads(self, limit: int) -> list[tuple[int, int, Input, int, Slice]]:
        heads: list[tuple[int, int, Input, int, Slice]] = []
        for source in self.inputs:
            for partition, log in enumerate(source.decoder.topic.partitions):
                if log.end_offset > source.offsets[partition]:
                    found = source.decoder.read(partition, source.offsets[partition], limit)
                    order = len(heads) + (0 if source.is_table else 1_000_000)
                    time_ms = found.rows[0][2] if found.rows else -1
                    heads.append((time_ms, order, source, partition, found))
        return heads

    def _merge(self, heads: list[tuple[int, int, Input, int, Slice]], out: list[Any]) -> int:
        """Feed runs of rows in time order until one input's slice is used up with more behind."""
        heapq.heapify(heads)
        used = dict.fromkeys((head[1] for head in heads), 0)
        taken = 0
        while heads:
            _, order, source, partition, found = heapq.heappop(heads)
            rows, begin = found.rows, used[order]
            end = self._run_end(rows, begin, heads[0] if heads else None, order)
            if end > begin:
                source.feed(rows[begin:end], partition, out)
            used[order] = end
            done = end == len(rows)
            position = found.next_offset if done else rows[end][3]
            taken += self._advance(source, partition, found, position)
            if not done:
                heapq.heappush(heads, (rows[end][2], order, source, partition, found))
            elif found.next_offset < source.decoder.topic.partitions[partition].end_offset:
                break
        return taken

    @staticmethod
    def _run_end(
        rows: list[tuple[Any, ...]],
        begin: int,
        following: tuple[int, int, Input, int, Slice] | None,
        order: int,
    ) -> int:
        if following is None:
            return len(rows)
        limit_ms, other = following[0], following[1]
        end = begin
        while end < len(rows) and (
            rows[end][2] < limit_ms or (rows[end][2] == limit_ms and order < other)
        ):
            end += 1
        # The first row is this input's turn even if its time equals the other's.
        return max(end, begin + 1) if begin < len(rows) else begin

    def _advance(self, source: Input, partition: int, found: Slice, position: int) -> int:
        before = source.offsets[partition]
        source.offsets[partition] = position
        for failure in found.failures:
            if before <= failure.offset < position:
                self.on_failure(failure)
        return position - before


class RunState(StrEnum):
    """ksqlDB's names for the state of a query."""

    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    ERROR = "ERROR"
    NOT_RUNNING = "NOT_RUNNING"


class SinkOutput:
    """Takes what a chain sends and appends it to the sink's partitions; `encoder` is the sink's."""

    def __init__(self, topic: Topic, encoder: RowEncoder) -> None:
        self.topic, self.encoder = topic, encoder

    def empty(self) -> list[Any]:
        """Return what `flush` takes: a list, or for several partitions a list of lists."""
        if len(self.topic.partitions) == 1:
            return []
        return [[] for _ in self.topic.partitions]

    def flush(self, out: list[Any]) -> int:
        """Append the rows and wake the readers; return how many there were."""
        many = len(self.topic.partitions) > 1
        batches: list[list[WrittenRow]] = out if many else [out]
        written = 0
        for partition, rows in zip(self.topic.partitions, batches, strict=True):
            if rows:
                partition.extend_rows(self.encoder, rows)
                written += len(rows)
        if written:
            self.topic.wake()
        return written


class PersistentRun:
    """A persistent query at work.

    Args:
        consumer: Its inputs.
        output: Its sink; None for one that only keeps rows.
        chain: What it was compiled to; pull queries look into its store.
        check_access: Raises `AccessDenied` when the engine may not read or write; asked before
            each slice, because grants come and go.
    """

    def __init__(
        self,
        consumer: Consumer,
        output: SinkOutput | None,
        chain: Chain,
        check_access: Callable[[], None],
    ) -> None:
        self.consumer, self.chain = consumer, chain
        self._output, self._check_access = output, check_access
        self.state = RunState.RUNNING
        self.error: QueryFailed | None = None
        self.records_in = self.records_out = 0
        self._scheduled_on: asyncio.AbstractEventLoop | None = None
        self._unsubscribe = [
            source.decoder.topic.subscribe(self._wake) for source in consumer.inputs
        ]

    def start(self) -> None:
        """Begin with what is there already."""
        self._schedule()

    def stop(self) -> None:
        """Stop for good; called once."""
        self.state = RunState.NOT_RUNNING
        for unsubscribe in self._unsubscribe:
            unsubscribe()

    def take_over(self, other: "PersistentRun") -> None:
        """Go on at another run's offsets, with its groups and rows; called before `start`."""
        for mine, theirs in zip(self.consumer.inputs, other.consumer.inputs, strict=True):
            mine.offsets = list(theirs.offsets)
        mine_store, their_store = self.chain.store, other.chain.store
        if isinstance(mine_store, GroupStore) and isinstance(their_store, GroupStore):
            mine_store.groups.update(their_store.groups)
        if isinstance(mine_store, RowStore) and isinstance(their_store, RowStore):
            mine_store.rows.update(their_store.rows)

    def pause(self) -> None:
        """Take no more records until `resume`."""
        if self.state is RunState.RUNNING:
            self.state = RunState.PAUSED

    def resume(self) -> None:
        """Go on where `pause` left off."""
        if self.state is RunState.PAUSED:
            self.state = RunState.RUNNING
            self._schedule()

    @property
    def is_behind(self) -> bool:
        """Whether a `step` would do something."""
        return self.state is RunState.RUNNING and self.consumer.is_behind

    def step(self, limit: int = SLICE_ROWS) -> int:
        """Process one slice now; return how many records were taken, 0 when idle."""
        if self.state is RunState.ERROR and isinstance(self.error, AccessLost):
            self.state, self.error = RunState.RUNNING, None
        if self.state is not RunState.RUNNING:
            return 0
        out = self._output.empty() if self._output else []
        try:
            self._check_topics()
            taken = self.consumer.step(out, limit)
        except QueryFailed as failure:
            taken = 0
            self._fail(failure)
        except Exception as failure:  # noqa: BLE001 - a defect in one query must not end the server
            taken = 0
            self._fail(QueryFailed(f"{type(failure).__name__}: {failure}", kind="UNKNOWN"))
        self.records_in += taken
        if self._output:
            self.records_out += self._output.flush(out)
        return taken

    def process(self, topic: Topic, record: Record) -> list[LazyRecord]:
        """Take one record of a topic now, whatever the positions, and return what it led to.

        So does Kafka's topology test driver, which `ksql-test` follows: every record goes through
        at once and alone, in partition 0.
        """
        if self.state is not RunState.RUNNING:
            return []
        out: list[WrittenRow] = []
        try:
            for source in self.consumer.inputs:
                if source.decoder.topic is topic:
                    found = source.decoder.rows_of([record], 0, topic.partitions[0].end_offset)
                    for failure in found.failures:
                        self.consumer.on_failure(failure)
                    source.feed(found.rows, 0, out)
        except QueryFailed as failed:
            self._fail(failed)
        return [LazyRecord(self._output.encoder, *row) for row in out] if self._output else []

    def _check_topics(self) -> None:
        for source in self.consumer.inputs:
            if source.decoder.topic.deleted:
                raise QueryFailed(
                    "One or more source topics were missing during rebalance: "
                    f"{source.decoder.topic.name}"
                )
        try:
            self._check_access()
        except AccessDenied as denied:
            raise AccessLost(str(denied)) from None

    def _fail(self, failure: QueryFailed) -> None:
        self.state, self.error = RunState.ERROR, failure

    def _wake(self, _topic: Topic) -> None:
        self._schedule()

    def _schedule(self) -> None:
        if self.state in (RunState.NOT_RUNNING, RunState.PAUSED):
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            # No loop: a test or ksql-test, which calls `step` itself.
            return
        if self._scheduled_on is not loop:
            self._scheduled_on = loop
            loop.call_soon(self._run)

    def _run(self) -> None:
        self._scheduled_on = None
        if self.step() and self.is_behind:
            self._schedule()


class AccessLost(QueryFailed):
    """A grant is missing; the query goes on once it is there."""
