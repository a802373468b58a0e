"""Puts queries together: decoders, serdes, compiled chains and positions, for one server.

Owns what queries share (a decoder per topic and source) and where records go (Kafka's default
partitioner). Leaves out statements: it is given resolved queries.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakValueDictionary

from ksql.language.resolved import FormatSpec, Source
from ksql.language.tree import Kind
from sandbox.clock import Clock
from sandbox.formats.schemas import Schemas
from sandbox.formats.serde import Serde, serde
from sandbox.ksqldb.access import Access
from sandbox.ksqldb.compiler import compile_query
from sandbox.ksqldb.decoding import Decoder, InvalidTime, Stamp
from sandbox.ksqldb.encoding import SinkEncoder
from sandbox.ksqldb.errors import QueryFailed
from sandbox.ksqldb.metastore import PersistentQuery
from sandbox.ksqldb.processing_log import ProcessingLog
from sandbox.ksqldb.properties import (
    PRESERVE_NULLS,
    THROW_ON_TIMESTAMP,
    TIMESTAMP_EXTRACTOR,
    Properties,
)
from sandbox.ksqldb.runner import Consumer, Input, PersistentRun, SinkOutput
from sandbox.ksqldb.stores import RowStore
from sandbox.ksqldb.terminals import SinkTerminal, Terminal
from sandbox.ksqldb.timestamps import timestamp_reader
from sandbox.ksqldb.writers import Chain, Site, table_side_feed
from sandbox.topics import Cluster, Topic
from sandbox.topics.partitioner import partition_for

ROUTES_CACHED = 100_000


@dataclass(frozen=True)
class Assembly:
    """Makes the runs of one server.

    With `one_partition` every record goes to partition 0 and there is one stream time, whatever
    the topics' partition counts: how Kafka's topology test driver runs a query.
    """

    cluster: Cluster
    schemas: Schemas
    log: ProcessingLog
    access: Access
    clock: Clock
    decoders: "WeakValueDictionary[tuple[Any, ...], Decoder]"
    one_partition: bool = False

    def serdes(self, source: Source) -> tuple[Serde, Serde]:
        """Return the serdes of a source's keys and values."""
        return (
            self._serde(source.key_format, source, is_key=True),
            self._serde(source.value_format, source, is_key=False),
        )

    def _serde(self, spec: FormatSpec, source: Source, *, is_key: bool) -> Serde:
        columns = source.schema.key if is_key else source.schema.value
        subject = f"{source.topic}-{'key' if is_key else 'value'}"
        return serde(spec, columns, is_key=is_key, schemas=self.schemas, subject=subject)

    def decoder(self, source: Source, properties: Properties, query_id: str) -> Decoder:
        """Return the shared decoder of a source.

        Raises:
            TopicNotFound: Its topic is gone.
        """
        topic = self.cluster.topic(source.topic)
        throws = properties.on(THROW_ON_TIMESTAMP)
        extractor = str(properties.get(TIMESTAMP_EXTRACTOR)).rsplit(".", 1)[-1]
        known = [each for each in InvalidTime if each == extractor]
        invalid_time = known[0] if known else InvalidTime.FAIL
        identity = (
            id(topic), source.schema, source.key_format, source.value_format,
            source.window, source.timestamp, throws, invalid_time,
        )  # fmt: skip
        found = self.decoders.get(identity)
        if found is None or found.topic is not topic:
            stamp = self.stamp(source, query_id, throws=throws)
            found = self.decoders[identity] = Decoder(
                topic, source, self.serdes(source), stamp, invalid_time
            )
        return found

    def stamp(self, source: Source, query_id: str, *, throws: bool) -> Stamp | None:
        """Return what reads the property TIMESTAMP from a row; None if it is not set."""
        if source.timestamp is None:
            return None
        read = timestamp_reader(source)

        def stamp(key: Any, value: Any, time_ms: int) -> int | None:
            if value is None:
                return time_ms
            try:
                found = read(key, value)
                if found is None or found < 0:
                    raise ValueError(f"{found} is no time of a record")
            except Exception as error:  # noqa: BLE001 - any failure means that there is no time
                if throws:
                    raise QueryFailed(f"Fatal user code error in timestamp: {error}") from None
                self.log.uncomputable(query_id, "timestamp", error)
                return None
            return found

        return stamp

    def persistent(
        self, query: PersistentQuery, target: Source, properties: Properties
    ) -> PersistentRun:
        """Make the run of a persistent query; it does nothing until it is started."""
        topic = self.cluster.topic(target.topic)
        key, value = self.serdes(target)
        output = SinkOutput(topic, SinkEncoder(target, key, value))
        terminal = SinkTerminal(
            query.query.value_select,
            self._sink_route(key, topic),
            self.stamp(target, query.query_id, throws=properties.on(THROW_ON_TIMESTAMP)),
        )
        chain = self.chain(query, terminal, key, properties)
        consumer = self.consumer(query.query_id, query, chain, properties)
        return PersistentRun(consumer, output, chain, lambda: self.access.may_run(query))

    def chain(
        self, query: PersistentQuery, terminal: Terminal, key: Serde, properties: Properties
    ) -> Chain:
        """Compile a persistent query."""
        source_topic = self.cluster.topic(query.query.sources[0].source.topic)
        partitions = 1 if self.one_partition else len(source_topic.partitions)
        route = None if partitions == 1 else router(key, partitions)
        site = self.site(query.query_id, partitions, route)
        if not properties.on(PRESERVE_NULLS):
            site = replace(site, null_text="null")
        return compile_query(query.query, terminal, site)

    def site(
        self,
        query_id: str,
        partitions: int = 1,
        route: Callable[[tuple[Any, ...] | None, int], int] | None = None,
    ) -> Site:
        """Where a query with that id runs."""
        log = self.log
        return Site(
            partitions,
            route,
            lambda what, error: log.uncomputable(query_id, what, error),
            self.clock.now_ms,
            lambda why: log.uncomputable(query_id, f"Skipping record: {why}", None),
        )

    def _sink_route(
        self, key: Serde, topic: Topic
    ) -> Callable[[tuple[Any, ...] | None, int], int] | None:
        if self.one_partition or len(topic.partitions) == 1:
            return None
        return router(key, len(topic.partitions))

    def partition_of(self, topic: Topic, key: bytes | None) -> int:
        """Return where a record with that key goes."""
        return 0 if self.one_partition else partition_for(key, len(topic.partitions))

    def consumer(
        self, query_id: str, query: PersistentQuery, chain: Chain, properties: Properties
    ) -> Consumer:
        """Make the inputs of a persistent query."""
        return self.inputs(query_id, query.query.sources, chain, properties)

    def inputs(self, query_id: str, sources: Any, chain: Chain, properties: Properties) -> Consumer:
        """Make a consumer over sources, positioned as `auto.offset.reset` says."""
        made = []
        for index, (each, feed) in enumerate(zip(sources, chain.feeds, strict=True)):
            decoder = self.decoder(each.source, properties, query_id)
            is_table = each.source.kind is Kind.TABLE
            # The table of a join holds all its rows, whatever is said of the query.
            early = (is_table and index > 0) or properties.from_earliest(is_table=is_table)
            place = Input.at_start if early else Input.at_end
            made.append(place(decoder, feed, is_table=is_table))
        return Consumer(made, lambda failure: self.log.undecodable(query_id, failure))

    def materialization(
        self, query_id: str, source: Source, properties: Properties
    ) -> PersistentRun:
        """Make the run behind CREATE SOURCE TABLE: it keeps the rows and writes nothing."""
        rows = RowStore()
        chain = Chain((table_side_feed(source, rows),), rows, None, None)
        decoder = self.decoder(source, properties, query_id)
        entry = Input.at_start(decoder, chain.feeds[0], is_table=True)
        consumer = Consumer(
            [entry],
            lambda failure: self.log.undecodable(query_id, failure),
        )
        return PersistentRun(consumer, None, chain, lambda: self.access.may_read(source.topic))


def router(key: Serde, partitions: int) -> Callable[[tuple[Any, ...] | None, int], int]:
    """Return a function from a key row to its partition: murmur2 of the bytes, remembered.

    A row without key stays in the partition it came from, as far as there is one.
    """
    known: dict[tuple[Any, ...], int] = {}

    def route(row: tuple[Any, ...] | None, part: int) -> int:
        if row is None:
            return part % partitions
        found = known.get(row)
        if found is None:
            data = key.encode(row)
            found = part % partitions if data is None else partition_for(data, partitions)
            if len(known) >= ROUTES_CACHED:
                known.clear()
            known[row] = found
        return found

    return route
