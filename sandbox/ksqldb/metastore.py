"""What a ksqlDB server knows: its streams, tables and persistent queries.

Owns names, who reads and writes what, and copies to try statements on. Leaves out the log and
running work: a `PersistentQuery` points to its run, which validation never touches.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ksql.language.resolved import ResolvedQuery, Source
from sandbox.ksqldb.runner import PersistentRun, RunState


@dataclass(frozen=True)
class Entry:
    """A stream or table, with the statement that made it as the server shows it."""

    source: Source
    statement: str
    reads: tuple[str, ...] = ()
    """The sources that its own query reads; empty when no query made it."""


@dataclass
class PersistentQuery:
    """A query that writes a sink until it is ended."""

    query_id: str
    statement: str
    query: ResolvedQuery
    sink: str
    sink_topic: str
    creates_sink: bool
    """True for CREATE … AS SELECT, False for INSERT INTO."""
    properties: dict[str, str] = field(default_factory=dict)
    run: PersistentRun | None = None
    """None only while a statement is being validated."""

    @property
    def reads(self) -> tuple[str, ...]:
        """The names of its sources, each once."""
        return tuple(dict.fromkeys(each.source.name for each in self.query.sources))

    @property
    def state(self) -> RunState:
        """What it is doing."""
        return self.run.state if self.run else RunState.RUNNING


class Metastore:
    """Sources and queries by name; implements `ksql.language.resolved.Catalog`."""

    def __init__(self, service_id: str) -> None:
        self.service_id = service_id
        self.entries: dict[str, Entry] = {}
        self.queries: dict[str, PersistentQuery] = {}

    def copy(self) -> "Metastore":
        """Return a metastore to try statements on; changes to it stay in it."""
        twin = Metastore(self.service_id)
        twin.entries, twin.queries = dict(self.entries), dict(self.queries)
        return twin

    def group_of(self, query_id: str) -> str:
        """The consumer group of a query."""
        return f"_confluent-ksql-{self.service_id}query_{query_id}"

    def source(self, name: str) -> Source | None:
        """The source of exactly that name, or None."""
        entry = self.entries.get(name)
        return entry.source if entry else None

    def names(self) -> Iterable[str]:
        """All names."""
        return list(self.entries)

    def replace_source(self, name: str, source: Source, statement: str) -> None:
        """Change an existing source."""
        self.entries[name] = replace(self.entries[name], source=source, statement=statement)

    def dependants(self, name: str) -> list[str]:
        """The sources whose queries read that one (`sourceConstraints`), sorted."""
        return sorted(n for n, entry in self.entries.items() if name in entry.reads)

    def readers(self, name: str) -> list[PersistentQuery]:
        """The queries that read a source."""
        return [query for query in self.queries.values() if name in query.reads]

    def writers(self, name: str) -> list[PersistentQuery]:
        """The queries that write a source."""
        return [query for query in self.queries.values() if query.sink == name]

    def users_of_topic(self, topic: str) -> list[str]:
        """The sources on a topic, sorted."""
        return sorted(n for n, entry in self.entries.items() if entry.source.topic == topic)
