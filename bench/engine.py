"""The sandbox's streaming engine in this process: a ksqlDB server over a log, without HTTP.

Owns setting it up with the seven statements, feeding it records and waiting until it has done
with them. The Schema Registry is a dictionary: what a registry costs is not measured here.
`BytesCluster` turns lazy encoding off, which the sandbox itself never does.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.trades import TRADE_SCHEMA, USER_SCHEMA, Raw
from sandbox.clock import ManualClock
from sandbox.formats.schemas import RegisteredSchema
from sandbox.ksqldb.executor import execute
from sandbox.ksqldb.server import KsqlServer
from sandbox.topics import (
    AllowAll,
    Cluster,
    Partition,
    RowEncoder,
    StoredRecord,
    Topic,
    WrittenRow,
)

STATEMENTS = Path(__file__).parents[1] / "ksql" / "statements"
VARIABLES = {"window_minutes": "5", "alert_threshold": "10"}
EARLIEST = {"auto.offset.reset": "earliest"}
DERIVED = (
    "stocks_enriched",
    "number_of_times_stock_bought",
    "total_stock_purchased",
    "stocks_purchased_5min_window_tumbling",
    "accounts_to_monitor",
)
"""The topics that the statements write."""

QUERIES_LIMIT = 100
"""More than the service allows: how cost grows with queries is a question beyond its limit."""

TRADE_ID, USER_ID = 1, 2
"""Schema ids of the two source topics' values."""


class MemorySchemas:
    """A Schema Registry that takes everything; implements `sandbox.formats.schemas.Schemas`."""

    def __init__(self) -> None:
        self._all: list[RegisteredSchema] = []

    def register(self, subject: str, schema: str, schema_type: str = "AVRO") -> RegisteredSchema:
        """Register a version; an id is never used twice."""
        versions = [each for each in self._all if each.subject == subject]
        for each in versions:
            if each.schema == schema:
                return each
        made = RegisteredSchema(len(self._all) + 1, subject, len(versions) + 1, schema, schema_type)
        self._all.append(made)
        return made

    def by_id(self, schema_id: int) -> RegisteredSchema | None:
        """Return a schema by its id."""
        return self._all[schema_id - 1] if 0 < schema_id <= len(self._all) else None

    def latest(self, subject: str) -> RegisteredSchema | None:
        """Return the newest version."""
        return next((each for each in reversed(self._all) if each.subject == subject), None)

    def delete_subject(self, subject: str, *, permanent: bool = False) -> list[int]:
        """Delete nothing: no measurement drops a source."""
        return []


class WrittenRecord:
    """A record of bytes, as cheap to make as Python has it: the peer shall not pay for ours."""

    __slots__ = ("key", "timestamp_ms", "value")

    def __init__(self, key: bytes | None, value: bytes | None, timestamp_ms: int) -> None:
        self.key, self.value, self.timestamp_ms = key, value, timestamp_ms

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]:
        """No headers."""
        return ()


class BytesPartition(Partition):
    """Holds bytes only: what is written to it is encoded at once, what is read must be decoded."""

    __slots__ = ()

    def extend_rows(self, encoder: RowEncoder, rows: Sequence[WrittenRow]) -> None:
        """Encode and store what a query wrote."""
        key_bytes, value_bytes = encoder.key_bytes, encoder.value_bytes
        self.extend(
            [
                WrittenRecord(
                    None if key is None else key_bytes(key, window),
                    None if value is None else value_bytes(value),
                    time_ms,
                )
                for key, value, time_ms, window in rows
            ]
        )


class BytesCluster(Cluster):
    """The log of an engine without lazy encoding."""

    def create(self, name: str, *, partitions: int = 6, **settings: Any) -> Topic:
        """Create and return a topic."""
        topic = super().create(name, partitions=partitions, **settings)
        topic.partitions = [BytesPartition() for _ in range(partitions)]
        return topic


class Engine:
    """A server with the topics of the lab, empty but for the users.

    With `lazy` false its topics hold bytes, see `BytesCluster`.
    """

    def __init__(self, users: Iterable[Raw], *, partitions: int = 1, lazy: bool = True) -> None:
        schemas = MemorySchemas()
        assert schemas.register("stocks_topic-value", TRADE_SCHEMA).schema_id == TRADE_ID
        assert schemas.register("users_topic-value", USER_SCHEMA).schema_id == USER_ID
        self.cluster = Cluster("lkc-bench") if lazy else BytesCluster("lkc-bench")
        self._appended: set[str] = set()
        for topic in ("stocks_topic", "users_topic"):
            self.cluster.create(topic, partitions=partitions)
        self.server = KsqlServer(
            "lksqlc-bench",
            "pksqlc-bench",
            cluster=self.cluster,
            schemas=schemas,
            authorizer=AllowAll(),
            principal="User:u-bench",
            clock=ManualClock(),
            settings={"ksql.query.persistent.active.limit": QUERIES_LIMIT},
        )
        self.append("users_topic", stored(users))

    def execute(self, text: str, variables: Mapping[str, str] | None = None) -> None:
        """Run statements, reading from the earliest record."""
        execute(self.server, text, EARLIEST, variables or {})

    def execute_all_seven(self) -> None:
        """Run the lab's statements."""
        for file in sorted(STATEMENTS.glob("*.sql")):
            self.execute(file.read_text(), VARIABLES)

    def append(self, topic: str, records: list[StoredRecord], partition: int = 0) -> None:
        """Append records without waking anybody: `settle` does the work."""
        self.cluster.topic(topic).partitions[partition].extend(records)
        self._appended.add(topic)

    def settle(self) -> None:
        """Process everything that has been appended, on an event loop as the sandbox does."""
        asyncio.run(self._drained())

    async def _drained(self) -> None:
        runs = [query.run for query in self.server.metastore.queries.values() if query.run]
        for topic in self._appended:
            self.cluster.topic(topic).wake()
        self._appended.clear()
        while any(run.is_behind for run in runs):
            await asyncio.sleep(0)

    def topic(self, name: str) -> Topic:
        """Return a topic."""
        return self.cluster.topic(name)

    def encode_all(self) -> None:
        """Make the bytes of every record of the derived topics, as their readers would."""
        for name in DERIVED:
            for partition in self.topic(name).partitions:
                for record in partition.read(0):
                    _ = record.key, record.value


def stored(records: Iterable[Raw]) -> list[StoredRecord]:
    """Return the records as the log holds them."""
    return [StoredRecord(r.key, r.value, r.timestamp_ms) for r in records]
