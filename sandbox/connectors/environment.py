"""What a connector works with, and what it needs of BigQuery: the seams to the other parts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sandbox.api import Caller, Json
from sandbox.clock import Clock
from sandbox.formats.schemas import Schemas
from sandbox.topics import Authorizer, Cluster

TableName = tuple[str, str, str]
"""Project, dataset, table."""


class Warehouse(Protocol):
    """BigQuery, as a program with a key file uses it. Refusals are `ApiError`s."""

    def sign_in(self, key_file: Mapping[str, Json]) -> Caller:
        """Return who a key file stands for; refuses keys that are gone."""

    def check_dataset(self, caller: Caller, project: str, dataset: str) -> None:
        """Refuse unless the caller can see the dataset."""

    def schema(self, caller: Caller, project: str, dataset: str, table: str) -> Json | None:
        """Return a table's `TableSchema`; None if there is no such table."""

    def create_table(
        self, caller: Caller, name: TableName, schema: Json, settings: dict[str, Json]
    ) -> None:
        """Create a table with REST settings such as `timePartitioning`."""

    def add_fields(self, caller: Caller, name: TableName, fields: list[Json]) -> None:
        """Add columns to a table."""

    def append(
        self, caller: Caller, name: TableName, rows: Sequence[Mapping[str, Any]]
    ) -> dict[int, str]:
        """Store rows; return what is wrong with those that were not taken."""


@dataclass(frozen=True)
class ConnectorEnvironment:
    """What a connector works with."""

    cluster: Cluster
    schemas: Schemas
    authorizer: Authorizer
    clock: Clock
    warehouse: Warehouse
    history_ms: int = 0
    """Event time that a new source makes up for; 0 is what the service does."""
    seed: int = 1
    """What random data starts from."""
    principal_of_key: Callable[[str, str], str | None] = lambda _key, _secret: None
    """Kafka API key and secret -> `User:sa-…`; None if they are not right."""
    skew: float = 0.0
    """Share of trades, 0 to 1, that go to one account before the rest is spread evenly."""
