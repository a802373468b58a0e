"""A ksqlDB server for tests: over a log of its own, called directly or behind a port."""

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import uvicorn

from sandbox.api import Caller, Realm
from sandbox.clock import ManualClock
from sandbox.faults import Faults
from sandbox.ksqldb.executor import execute
from sandbox.ksqldb.queries import Answer, Queries
from sandbox.ksqldb.routes import ksqldb_api
from sandbox.ksqldb.server import KsqlServer
from sandbox.ksqldb.testing.registry import MemorySchemas
from sandbox.ksqldb.wire import Form
from sandbox.server import Application
from sandbox.topics import AllowAll, Authorizer, Cluster, StoredRecord, Topic

EARLIEST = {"auto.offset.reset": "earliest"}
START_MS = 1_700_000_000_000


class Engine:
    """A server with what it stands on. `with_settings` are server-side."""

    def __init__(
        self,
        authorizer: Authorizer | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.cluster = Cluster("lkc-test")
        self.schemas = MemorySchemas()
        self.clock = ManualClock(START_MS)
        self.server = KsqlServer(
            "lksqlc-test",
            "pksqlc-test",
            cluster=self.cluster,
            schemas=self.schemas,
            authorizer=authorizer or AllowAll(),
            principal="User:sa-ksql",
            clock=self.clock,
            settings={"ksql.output.topic.name.prefix": "", **(settings or {})},
        )

    def topic(self, name: str, partitions: int = 1) -> Topic:
        """Make a topic."""
        return self.cluster.create(name, partitions=partitions, replication=1)

    def execute(self, text: str, **overrides: Any) -> list[dict[str, Any]]:
        """Carry out statements from the earliest record on."""
        return execute(self.server, text, {**EARLIEST, **overrides}, {})

    def produce(self, topic: str, *values: Any, key: str | None = None, at_ms: int = 0) -> None:
        """Append JSON values, bytes as they are; then let the queries work."""
        for value in values:
            data = value if isinstance(value, bytes | None) else json.dumps(value).encode()
            record = StoredRecord(key.encode() if key else None, data, at_ms)
            log = self.cluster.topic(topic)
            log.append(record, self.server.assembly.partition_of(log, record.key))
        self.server.settle()

    def records(self, topic: str) -> list[tuple[bytes | None, Any, int]]:
        """Return (key, JSON value, time) of all records of a topic, partition by partition."""
        return [
            (r.key, None if r.value is None else json.loads(r.value), r.timestamp_ms)
            for partition in self.cluster.topic(topic).partitions
            for r in partition.read(0)
        ]

    def log_entries(self) -> list[dict[str, Any]]:
        """Return the messages in the processing log."""
        name = self.server.log.topic_name
        if self.cluster.find(name) is None:
            return []
        return [value["message"] for _, value, _ in self.records(name)]

    def pull(self, text: str, **overrides: Any) -> list[list[Any]]:
        """Return the rows of a pull query."""
        return [one["row"]["columns"] for one in self.ask(text, **overrides) if "row" in one]

    def ask(self, text: str, **overrides: Any) -> list[dict[str, Any]]:
        """Return all elements of the answer to a query that ends by itself."""
        answer = Queries(self.server).answer(text, overrides, {}, Form.ROWS)
        found: list[dict[str, Any]] = json.loads(asyncio.run(_read(answer)))
        return found


async def _read(answer: Answer) -> str:
    return "".join([chunk async for chunk in answer.chunks()])


def _anybody(realm: Realm, key: str, secret: str, resource_id: str | None) -> Caller:
    return Caller("User:sa-test", realm, resource_id)


@contextmanager
def serving(engine: Engine) -> Iterator[int]:
    """Serve an engine's REST API on a free port; yields the port."""
    api = ksqldb_api({"lksqlc-test": engine.server}.get)
    application = Application((api,), _anybody, Faults())
    listener = socket.create_server(("127.0.0.1", 0))
    port: int = listener.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(application, log_level="warning", http="h11", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield port
    finally:
        engine.server.stop()
        server.should_exit = True
        thread.join()
        listener.close()


class Client:
    """Speaks the REST API over one kept connection."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

    def call(self, method: str, path: str, body: Any = None, accept: str = "") -> tuple[int, Any]:
        """Return (status, body), JSON decoded where it is JSON."""
        response = self.open(method, path, body, accept)
        data = response.read()
        try:
            return response.status, json.loads(data) if data else None
        except ValueError:
            return response.status, data.decode()

    def open(
        self, method: str, path: str, body: Any = None, accept: str = ""
    ) -> http.client.HTTPResponse:
        """Send a request and return the response, its body unread."""
        headers = {"Authorization": "Basic a2V5OnNlY3JldA=="}
        if accept:
            headers["Accept"] = accept
        data = None if body is None else json.dumps(body)
        self.connection.request(method, f"/ksqldb/lksqlc-test{path}", data, headers)
        return self.connection.getresponse()

    def close(self) -> None:
        """Hang up."""
        self.connection.close()
