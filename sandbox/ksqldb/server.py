"""One ksqlDB cluster: its sources, queries, command log and place in the log.

`KsqlServer` is the real `World`. It lives on the event loop; requests come from `handlers`, tests
and `ksql-test` call it directly and `settle` what they started. Leaves out HTTP and judging
statements.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

from ksql.language.resolved import Source
from sandbox.clock import Clock
from sandbox.formats.avro_rows import schema_of
from sandbox.formats.schemas import SchemaRefused, Schemas
from sandbox.formats.serde import is_wrapped
from sandbox.ksqldb.access import Access
from sandbox.ksqldb.assembly import Assembly
from sandbox.ksqldb.commands import CommandLog
from sandbox.ksqldb.decoding import Decoder
from sandbox.ksqldb.errors import StatementError
from sandbox.ksqldb.lookups import Lookups
from sandbox.ksqldb.metastore import Metastore, PersistentQuery
from sandbox.ksqldb.processing_log import ProcessingLog
from sandbox.ksqldb.properties import TOPIC_PREFIX, Properties
from sandbox.ksqldb.push import PushQuery
from sandbox.ksqldb.runner import PersistentRun
from sandbox.ksqldb.world import World
from sandbox.topics import Authorizer, Cluster, Topic

VERSION = "8.5.0"
"""The server version whose behaviour is imitated."""


@dataclass(frozen=True)
class KsqlConfig:
    """What a server is made with.

    Attributes:
        ksql_id: The cluster's id, `lksqlc-…`.
        service_id: The topic prefix, `pksqlc-…`: begins the names of groups and internal topics.
        principal: The identity it works as.
        settings: Server-side settings over `properties.SETTINGS`.
        one_partition: See `Assembly`.
    """

    ksql_id: str
    service_id: str
    principal: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    one_partition: bool = False


class KsqlServer(World):
    """A running ksqlDB cluster.

    Raises nothing by itself: statements do, see `executor`.
    """

    def __init__(  # noqa: PLR0913 - each is a thing of its own that the runtime hands over
        self,
        ksql_id: str,
        service_id: str,
        *,
        cluster: Cluster,
        schemas: Schemas,
        authorizer: Authorizer,
        principal: str,
        clock: Clock,
        settings: Mapping[str, Any] | None = None,
        one_partition: bool = False,
    ) -> None:
        in_force = {TOPIC_PREFIX: service_id, **(settings or {})}
        config = KsqlConfig(ksql_id, service_id, principal, in_force, one_partition)
        self.config, self.clock, self.schemas = config, clock, schemas
        self.cluster = cluster
        self.metastore = Metastore(service_id)
        self.access = Access(authorizer, config.principal, config.service_id)
        self.changes_runs = True
        self.commands = CommandLog()
        self.log = ProcessingLog(cluster, config.service_id, clock)
        self.pushes: dict[str, PushQuery] = {}
        self.materializations: dict[str, PersistentRun] = {}
        decoders: WeakValueDictionary[tuple[Any, ...], Decoder] = WeakValueDictionary()
        self.assembly = Assembly(
            cluster, schemas, self.log, self.access, clock, decoders, config.one_partition
        )
        self.lookups = Lookups()
        self._transient = 0

    # -- life ------------------------------------------------------------------------------

    def stop(self) -> None:
        """End all queries; called once."""
        for query_id in list(self.metastore.queries):
            self.end(query_id)
        for run in self.materializations.values():
            run.stop()
        for push in list(self.pushes.values()):
            push.close()

    def settle(self) -> None:
        """Process everything that has been appended, now, upstream queries first."""
        busy = True
        while busy:
            busy = False
            for run in self._runs():
                while run.step():
                    busy = True

    def _runs(self) -> list[PersistentRun]:
        queries = [query.run for query in self.metastore.queries.values() if query.run]
        return [*self.materializations.values(), *queries]

    def next_transient_id(self, stem: str) -> str:
        """Return an id for a push or pull query."""
        self._transient += 1
        return f"{stem}_{self._transient}"

    # -- World -----------------------------------------------------------------------------

    def topic(self, name: str) -> Topic | None:
        """Return a topic of the Kafka cluster."""
        return self.cluster.find(name)

    def create_topic(
        self, name: str, partitions: int, replicas: int, configs: Mapping[str, str]
    ) -> Topic:
        """Make a topic."""
        self.access.may_create(name)
        return self.cluster.create(
            name, partitions=partitions, replication=replicas, configs=configs
        )

    def delete_topic(self, name: str) -> None:
        """Remove a topic, if it is there, and soft-delete its subjects."""
        if self.cluster.find(name) is not None:
            self.access.may_delete(name)
            self.cluster.delete(name)
        for side in ("key", "value"):
            self.schemas.delete_subject(f"{name}-{side}")

    def register_schemas(self, source: Source) -> None:
        """Register the schemas of a source's topic, where its formats have any.

        A CREATE with columns registers only into an empty subject; a query's sink always.
        """
        for side, spec, columns in (
            ("key", source.key_format, source.schema.key),
            ("value", source.value_format, source.schema.value),
        ):
            if spec.name != "AVRO" or not columns:
                continue
            subject = f"{source.topic}-{side}"
            if not source.from_query and self.schemas.latest(subject) is not None:
                continue
            wrapped = is_wrapped(spec, columns, is_key=side == "key")
            schema = schema_of(spec, columns, self.schemas, wrapped=wrapped)
            try:
                self.schemas.register(subject, schema)
            except SchemaRefused as refused:
                raise StatementError(
                    f"Could not register schema for topic: {refused.message}", ""
                ) from None

    def start(self, query: PersistentQuery, properties: Properties) -> None:
        """Begin a persistent query."""
        target = self.metastore.entries[query.sink].source
        query.run = self.assembly.persistent(query, target, properties)
        self.metastore.queries[query.query_id] = query
        query.run.start()

    def upgrade(self, query: PersistentQuery, properties: Properties) -> None:
        """Put a query in the place of the one with its id, at the same offsets, with its state."""
        old = self.metastore.queries[query.query_id]
        target = self.metastore.entries[query.sink].source
        query.run = self.assembly.persistent(query, target, properties)
        if old.run is not None:
            old.run.stop()
            query.run.take_over(old.run)
        self.metastore.queries[query.query_id] = query
        query.run.start()

    def end(self, query_id: str) -> None:
        """End a persistent query and forget it."""
        query = self.metastore.queries.pop(query_id)
        if query.run is not None:
            query.run.stop()

    def next_number(self) -> int:
        """The offset of the next command."""
        return self.commands.next_number

    def materialize(self, source: Source, properties: Properties) -> None:
        """Keep the rows of a CREATE SOURCE TABLE, so that it can be asked."""
        self.forget_materialization(source.name)
        query_id = f"CST_{source.name}_{self.next_number()}"
        run = self.assembly.materialization(query_id, source, properties)
        self.materializations[source.name] = run
        run.start()

    def forget_materialization(self, name: str) -> None:
        """Stop keeping the rows of a dropped table."""
        run = self.materializations.pop(name, None)
        if run is not None:
            run.stop()

    def materialized_run(self, table: str) -> PersistentRun | None:
        """Return the run whose store holds a table; None if no query keeps it."""
        if table in self.materializations:
            return self.materializations[table]
        for query in self.metastore.writers(table):
            if query.creates_sink:
                return query.run
        return None

    def properties(self, overrides: Mapping[str, Any]) -> Properties:
        """Return the settings in force for a request."""
        return Properties(dict(overrides), self.config.settings)
