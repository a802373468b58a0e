"""What statements act on: the real server's state, or a trial copy of it.

A request's statements are first carried out on a `TrialWorld`, each seeing those before it, and
only then on the `ServerWorld` (`server`): the same code for both, so that what the trial accepts
the server can do. Owns topic creation and the checks on existing topics.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping

from ksql.language.resolved import Source
from ksql.language.tree import Kind
from sandbox.ksqldb.access import Access
from sandbox.ksqldb.metastore import Metastore, PersistentQuery
from sandbox.ksqldb.properties import Properties
from sandbox.topics import Partition, Topic


class World(ABC):
    """Sources, queries and topics, as statements change them."""

    metastore: Metastore
    access: Access
    changes_runs: bool
    """Whether statements act on running work: False in a trial."""

    @abstractmethod
    def topic(self, name: str) -> Topic | None:
        """Return a topic, or None."""

    @abstractmethod
    def create_topic(
        self, name: str, partitions: int, replicas: int, configs: Mapping[str, str]
    ) -> Topic:
        """Make a topic.

        Raises:
            AccessDenied: The engine's identity may not.
        """

    @abstractmethod
    def delete_topic(self, name: str) -> None:
        """Remove a topic, if it is there, and soft-delete its subjects."""

    @abstractmethod
    def register_schemas(self, source: Source) -> None:
        """Register what the topic of a new source holds.

        Raises:
            SchemaRefused: The registry refuses it.
        """

    @abstractmethod
    def start(self, query: PersistentQuery, properties: Properties) -> None:
        """Begin a persistent query."""

    @abstractmethod
    def upgrade(self, query: PersistentQuery, properties: Properties) -> None:
        """Put a query in the place of the one with its id, at the same offsets."""

    @abstractmethod
    def end(self, query_id: str) -> None:
        """End a persistent query and forget it."""

    @abstractmethod
    def next_number(self) -> int:
        """The command offset that the statement at hand gets; ends its query's id."""


class TrialWorld(World):
    """A copy that keeps every change to itself."""

    def __init__(self, real: World) -> None:
        self.metastore = real.metastore.copy()
        self.access = real.access
        self.changes_runs = False
        self._real = real
        self._topics: dict[str, Topic | None] = {}
        self._number = real.next_number()

    def topic(self, name: str) -> Topic | None:
        """A topic of the trial, else a real one."""
        return self._topics[name] if name in self._topics else self._real.topic(name)

    def create_topic(
        self, name: str, partitions: int, replicas: int, configs: Mapping[str, str]
    ) -> Topic:
        """Make a topic that only the trial sees."""
        self.access.may_create(name)
        topic = Topic(name, [Partition() for _ in range(partitions)], dict(configs), replicas)
        self._topics[name] = topic
        return topic

    def delete_topic(self, name: str) -> None:
        """Hide a topic from the trial."""
        if self.topic(name) is not None:
            self.access.may_delete(name)
        self._topics[name] = None

    def register_schemas(self, source: Source) -> None:
        """Do nothing: the registry is asked only when the statement runs."""

    def start(self, query: PersistentQuery, properties: Properties) -> None:
        """Note that there would be such a query."""
        self.access.may_run(query)
        self.metastore.queries[query.query_id] = query

    def upgrade(self, query: PersistentQuery, properties: Properties) -> None:
        """Note the new query."""
        self.metastore.queries[query.query_id] = query

    def end(self, query_id: str) -> None:
        """Note that the query would be gone."""
        self.metastore.queries.pop(query_id, None)

    def next_number(self) -> int:
        """The number the real server will give, if nobody else gives it a command in between."""
        return self._number

    def count(self, commands: int) -> None:
        """Note how many commands the statement at hand would have become."""
        self._number += commands


def cleanup_policy(source: Source) -> str:
    """The cleanup policy of a topic that ksqlDB makes for a source."""
    if source.kind is Kind.STREAM:
        return "delete"
    return "compact,delete" if source.window is not None else "compact"
