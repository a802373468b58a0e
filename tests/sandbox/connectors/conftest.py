"""A Kafka cluster, a registry and a BigQuery, all in memory, for connectors to work with."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from sandbox.clock import ManualClock
from sandbox.connectors import host
from sandbox.connectors.environment import ConnectorEnvironment
from sandbox.connectors.lifecycle import ManagedConnector
from sandbox.formats import avro
from sandbox.google import GoogleCloud
from sandbox.google.identity import Identities, ServiceAccount
from sandbox.google.keys import new_private_key
from sandbox.registry.state import SchemaRegistry
from sandbox.topics import AclOperation, AllowAll, Cluster, ResourceType, StoredRecord, Topic

PROJECT = "sandbox-project"
NOW_MS = 1_700_000_000_000
PRIVATE_KEY = new_private_key()

SOURCE = {
    "name": "stocks",
    "connector.class": "DatagenSource",
    "kafka.auth.mode": "SERVICE_ACCOUNT",
    "kafka.service.account.id": "sa-1",
    "kafka.topic": "stocks_topic",
    "quickstart": "STOCK_TRADES",
    "output.data.format": "AVRO",
    "max.interval": "1000",
    "tasks.max": "1",
}
TRADE = json.dumps(
    {
        "type": "record",
        "name": "Row",
        "fields": [
            {"name": "ACCOUNT", "type": ["null", "string"], "default": None},
            {"name": "QUANTITY", "type": ["null", "long"], "default": None},
        ],
    }
)


class AllBut(AllowAll):
    """Refuses what is listed."""

    def __init__(self) -> None:
        self.refused: set[tuple[AclOperation, ResourceType, str]] = set()
        self.asked: set[str] = set()

    def allows(
        self, principal: str, operation: AclOperation, resource_type: ResourceType, name: str
    ) -> bool:
        self.asked.add(principal)
        return (operation, resource_type, name) not in self.refused


@dataclass
class Site:
    """Everything a connector meets, and the ones that a test started."""

    google: GoogleCloud
    account: ServiceAccount
    key_file: dict[str, Any]
    env: ConnectorEnvironment
    clock: ManualClock
    rights: AllBut
    started: list[ManagedConnector] = field(default_factory=list)

    @property
    def identities(self) -> Identities:
        return self.google._identities

    @property
    def sink_config(self) -> dict[str, str]:
        return {
            "name": "sink",
            "connector.class": "BigQueryStorageSink",
            "kafka.auth.mode": "SERVICE_ACCOUNT",
            "kafka.service.account.id": "sa-2",
            "topics": "trades",
            "input.data.format": "AVRO",
            "keyfile": json.dumps(self.key_file),
            "project": PROJECT,
            "datasets": "lab",
            "auto.create.tables": "NON-PARTITIONED",
            "tasks.max": "1",
        }

    def start(self, config: dict[str, str], **change: Any) -> ManagedConnector:
        assert host.validate(config["connector.class"], config) == []
        env = replace(self.env, **change)
        connector = host.start(f"lcc-{config['name']}", config["name"], config, env)
        self.started.append(connector)
        return connector

    async def settle(self) -> None:
        """Let the connectors do all they can without time passing."""
        quiet = 0
        while quiet < 5:
            await asyncio.sleep(0)
            quiet = quiet + 1 if all(each.caught_up() for each in self.started) else 0

    def topic(self, name: str = "trades", partitions: int = 1) -> Topic:
        return self.env.cluster.create(name, partitions=partitions)

    def append(self, topic: Topic, *rows: dict[str, Any], schema: str = TRADE) -> None:
        registered = self.env.schemas.register(f"{topic.name}-value", schema)
        encode = avro.encoder(schema, registered.schema_id)
        for row in rows:
            topic.append(StoredRecord(b"k", encode(row), NOW_MS))

    def table(self, name: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return a table's columns and rows."""
        catalog = self.google._bigquery.catalog
        dataset = catalog.find_dataset(PROJECT, "lab")
        assert dataset is not None
        table = dataset.tables[name]
        assert table.storage is not None
        rows = catalog.store.read(table.storage, table.schema, limit=10**6, offset=0)
        return [each.name for each in table.schema], [tuple(row) for row in rows]

    def tables(self) -> list[str]:
        return [str(each["id"]) for each in self.google.inventory()["bigquery_tables"]]


@pytest.fixture
def site() -> Iterator[Site]:
    clock, rights = ManualClock(NOW_MS), AllBut()
    google = GoogleCloud(None, clock)
    account = google._identities.create_service_account(PROJECT, "sink-sa")
    made = google._identities.add_key(account, PRIVATE_KEY, "http://127.0.0.1/google/token")
    google._bigquery.catalog.create_dataset(
        google.authenticate(None),
        (PROJECT, "lab"),
        location="US",
        access=[{"role": "WRITER", "userByEmail": account.email}],
        settings={},
    )
    env = ConnectorEnvironment(
        Cluster("lkc-1"), SchemaRegistry("lsrc-1"), rights, clock, google.warehouse
    )
    yield Site(google, account, json.loads(made.key_file), env, clock, rights)
    google.close()


def offset_of(connector: ManagedConnector) -> dict[tuple[str, int], int]:
    found: dict[tuple[str, int], int] = {}
    for each in connector.offsets():
        partition: Any = each["partition"]
        offset: Any = each["offset"]
        found[partition["kafka_topic"], partition["kafka_partition"]] = offset["kafka_offset"]
    return found


def letters(site: Site) -> list[dict[str, str]]:
    topic = site.env.cluster.find("dlq-lcc-sink")
    records = topic.partitions[0].read(0) if topic else []
    return [
        {name.removeprefix("__connect.errors."): text.decode() for name, text in record.headers}
        for record in records
    ]


Scenario = Callable[[Site], Awaitable[None]]


@pytest.fixture
def run(site: Site) -> Callable[[Scenario], None]:
    """Run a scenario on an event loop and stop what it started."""

    async def whole(scenario: Scenario) -> None:
        try:
            await scenario(site)
        finally:
            for connector in site.started:
                connector.stop()
            await asyncio.sleep(0)

    def run_it(scenario: Scenario) -> None:
        asyncio.run(whole(scenario))

    return run_it
