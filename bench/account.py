"""A cluster with Schema Registry and ksqlDB on a sandbox, made over HTTP as any client would.

Owns the calls that the measurements need, on kept connections of `http.client`. Everything
runs as the organization's admin: what rights cost is not measured here. Leaves out starting
the sandbox (`bench.sandbox_process`).
"""

import base64
import http.client
import json
import select
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Json = Any
"""A JSON value as `json.loads` returns it."""

ADMIN = "u-sandbox"
CLOUD_KEY = ("SANDBOXCLOUDKEY", "sandbox-cloud-secret")
"""The Cloud API key that every new sandbox accepts."""

PROJECT = "bench-project"
EARLIEST = {"auto.offset.reset": "earliest"}
RECORDS_PER_REQUEST = 1000


class CallFailed(Exception):
    """The sandbox answered a call with an error."""

    def __init__(self, call: str, status: int, body: bytes) -> None:
        super().__init__(f"{call}: HTTP {status}: {body[:300].decode(errors='replace')}")


class Connection:
    """One kept connection, with or without Basic credentials.

    Opened anew for a request when the other side has closed it since the last one.
    """

    def __init__(self, port: int, credentials: tuple[str, str] | None = None) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Content-Type": "application/json"}
        if credentials:
            token = base64.b64encode(":".join(credentials).encode()).decode()
            self.headers["Authorization"] = f"Basic {token}"

    def exchange(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """Send a request and return the body of its answer.

        Raises:
            CallFailed: The status is 400 or more.
        """
        response = self._sent(method, path, body)
        data = response.read()
        if response.status >= 400:
            raise CallFailed(f"{method} {path}", response.status, data)
        return data

    def call(self, method: str, path: str, body: Json = None) -> Json:
        """As `exchange`, with JSON on both ways; None for an empty answer."""
        sent = None if body is None else json.dumps(body).encode()
        data = self.exchange(method, path, sent)
        return json.loads(data) if data.strip() else None

    def stream(self, method: str, path: str, body: Json) -> http.client.HTTPResponse:
        """Send a request and return its answer unread; the connection is taken up by it."""
        return self._sent(method, path, json.dumps(body).encode())

    def close(self) -> None:
        """Close it."""
        self._http.close()

    def _sent(self, method: str, path: str, body: bytes | None) -> http.client.HTTPResponse:
        # All of the last answer was read: what there is to read now is the end of the connection,
        # and a request sent on it would be lost. Looked for before sending, never repeated after.
        if self._http.sock is not None and select.select([self._http.sock], [], [], 0)[0]:
            self._http.close()
        self._http.request(method, path, body, self.headers)
        return self._http.getresponse()


@dataclass(frozen=True)
class Account:
    """What was made, and a connection to each part with a key of its own."""

    port: int
    environment: str
    kafka_id: str
    ksqldb_id: str
    cloud: Connection
    kafka: Connection
    registry: Connection
    ksqldb: Connection
    bigquery: Connection
    registry_path: str

    @property
    def ksqldb_path(self) -> str:
        """What comes before `/ksql` and `/query`."""
        return f"/ksqldb/{self.ksqldb_id}"

    def create_topic(
        self, name: str, *, partitions: int = 1, configs: Mapping[str, str] | None = None
    ) -> None:
        """Create a topic."""
        path = f"/kafka/v3/clusters/{self.kafka_id}/topics"
        given = [{"name": key, "value": value} for key, value in (configs or {}).items()]
        body = {"topic_name": name, "partitions_count": partitions, "configs": given}
        self.kafka.call("POST", path, body)

    def produce(self, topic: str, values: Iterable[Json]) -> None:
        """Append records with JSON values and no key, many per request."""
        lines = [json.dumps({"value": {"type": "JSON", "data": value}}) for value in values]
        path = f"/kafka/v3/clusters/{self.kafka_id}/topics/{topic}/records"
        for begin in range(0, len(lines), RECORDS_PER_REQUEST):
            self.kafka.exchange(
                "POST", path, "\n".join(lines[begin : begin + RECORDS_PER_REQUEST]).encode()
            )

    def run_statements(self, text: str, variables: Mapping[str, str] | None = None) -> None:
        """Run ksqlDB statements, reading from the earliest record."""
        body = {
            "ksql": text,
            "streamsProperties": EARLIEST,
            "sessionVariables": dict(variables or {}),
        }
        self.ksqldb.call("POST", f"{self.ksqldb_path}/ksql", body)

    def pull(self, text: str) -> list[Json]:
        """Return what a pull query answers: its header, then its rows."""
        data = self.ksqldb.exchange(
            "POST", f"{self.ksqldb_path}/query-stream", json.dumps({"sql": text}).encode()
        )
        return [json.loads(line) for line in data.splitlines() if line.strip()]

    def create_connector(self, name: str, config: Mapping[str, str]) -> None:
        """Create a managed connector that runs as the admin."""
        key, secret = self.key_for(self.kafka_id, self.environment)
        settings = {
            "name": name,
            "tasks.max": "1",
            "kafka.auth.mode": "KAFKA_API_KEY",
            "kafka.api.key": key,
            "kafka.api.secret": secret,
            **config,
        }
        path = f"/connect/v1/environments/{self.environment}/clusters/{self.kafka_id}/connectors"
        self.cloud.call("POST", path, {"name": name, "config": settings})

    def key_for(self, resource_id: str, environment: str) -> tuple[str, str]:
        """Return key and secret of a new API key of the admin."""
        return issue_key(self.cloud, resource_id, environment)

    def close(self) -> None:
        """Close all connections."""
        for each in (self.cloud, self.kafka, self.registry, self.ksqldb, self.bigquery):
            each.close()


def issue_key(cloud: Connection, resource_id: str, environment: str) -> tuple[str, str]:
    """Return key and secret of a new API key for a cluster."""
    resource = {"id": resource_id, "kind": "Cluster", "environment": environment}
    spec = {"display_name": "bench", "owner": {"id": ADMIN, "kind": "User"}, "resource": resource}
    made = cloud.call("POST", "/iam/v2/api-keys", {"spec": spec})
    return made["id"], made["spec"]["secret"]


def open_account(port: int) -> Account:
    """Make an environment, a Basic cluster, its Schema Registry and a ksqlDB cluster."""
    cloud = Connection(port, CLOUD_KEY)
    governance = {"stream_governance_config": {"package": "ESSENTIALS"}}
    body: Json = {"display_name": "bench", **governance}
    environment = cloud.call("POST", "/org/v2/environments", body)["id"]
    place = {"environment": {"id": environment}}
    body = {
        "display_name": "bench",
        "availability": "SINGLE_ZONE",
        "cloud": "GCP",
        "region": "us-central1",
        "config": {"kind": "Basic"},
        **place,
    }
    kafka = cloud.call("POST", "/cmk/v2/clusters", {"spec": body})["id"]
    found = cloud.call("GET", f"/srcm/v3/clusters?environment={environment}")
    registry = found["data"][0]["id"]
    body = {
        "display_name": "bench",
        "csu": 4,
        "use_detailed_processing_log": True,
        "kafka_cluster": {"id": kafka, "environment": environment},
        "credential_identity": {"id": ADMIN},
        **place,
    }
    ksqldb = cloud.call("POST", "/ksqldbcm/v2/clusters", {"spec": body})["id"]
    return Account(
        port,
        environment,
        kafka,
        ksqldb,
        cloud,
        Connection(port, issue_key(cloud, kafka, environment)),
        Connection(port, issue_key(cloud, registry, environment)),
        Connection(port, issue_key(cloud, ksqldb, environment)),
        Connection(port),
        f"/schema-registry/{registry}",
    )
