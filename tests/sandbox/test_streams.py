"""Open streams and a full workshop do not keep the sandbox from stopping, nor from being killed."""

import base64
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.background import Running, start, stop
from sandbox.listening import listening_socket
from sandbox.settings import SandboxSettings
from tests.sandbox.organization import Key, ServedSandbox, WorkshopOf, make_workshop


def silent(_text: str) -> None:
    pass


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[SandboxSettings]:
    with listening_socket(0) as listener:
        port: int = listener.getsockname()[1]
    yield SandboxSettings(port=port, state_dir=tmp_path)
    stop(tmp_path, silent)


def with_stream(running: Running) -> tuple[WorkshopOf[ServedSandbox], str, Key]:
    """Make a ksqlDB cluster with stream `s`; return its path and a key that opens it."""
    workshop = make_workshop(ServedSandbox(running.url))
    spec = {
        "display_name": "engine",
        "csu": 4,
        "kafka_cluster": {"id": workshop.kafka_id},
        "credential_identity": {"id": workshop.admin},
        "environment": {"id": workshop.environment_id},
    }
    cluster: Any = workshop.sandbox.ok("POST", "/ksqldbcm/v2/clusters", {"spec": spec})
    workshop.grant(workshop.admin, "KsqlAdmin", cluster["metadata"]["resource_name"])
    key = workshop.key(workshop.admin, cluster["id"])
    path, topic = f"/ksqldb/{cluster['id']}", {"topic_name": "t", "partitions_count": 1}
    workshop.sandbox.ok("POST", f"{workshop.kafka}/topics", topic, workshop.kafka_key)
    statement = "CREATE STREAM s (x INT) WITH (kafka_topic='t', value_format='JSON');"
    workshop.sandbox.ok("POST", f"{path}/ksql", {"ksql": statement}, key)
    return workshop, path, key


def test_it_stops_while_a_push_query_is_being_read(settings: SandboxSettings) -> None:
    running = start(settings, silent)
    workshop, path, key = with_stream(running)
    query = {"sql": "SELECT * FROM s EMIT CHANGES;", "properties": {}}
    http = workshop.sandbox.http

    with http.stream("POST", f"{path}/query-stream", json=query, auth=key) as answer:
        first = next(answer.iter_lines())
        stopped = stop(settings.state_dir, silent)
        rest = b"".join(answer.iter_raw()) if not answer.is_stream_consumed else b""

    assert '"queryId"' in first
    assert stopped == running
    assert rest == b""
    assert "Traceback" not in (settings.state_dir / "sandbox.log").read_text()
    http.close()


def test_a_client_that_leaves_within_its_own_body_is_no_failure(
    settings: SandboxSettings,
) -> None:
    running = start(settings, silent)
    workshop, path, (name, secret) = with_stream(running)
    basic = base64.b64encode(f"{name}:{secret}".encode()).decode()
    head = f"POST {path}/ksql HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {basic}\r\n"

    with socket.create_connection(("127.0.0.1", settings.port)) as leaving:
        leaving.sendall(f"{head}Content-Length: 100\r\n\r\n{{".encode())
    workshop.sandbox.ok("GET", f"{path}/info", auth=(name, secret))
    stop(settings.state_dir, silent)

    assert "failed" not in (settings.state_dir / "sandbox.log").read_text()
    workshop.sandbox.http.close()


def test_a_killed_sandbox_starts_again_empty_on_the_same_port(settings: SandboxSettings) -> None:
    running = start(settings, silent)
    workshop, _, _ = with_stream(running)
    os.kill(running.pid, signal.SIGKILL)
    os.waitpid(running.pid, 0)

    again = start(SandboxSettings(port=settings.port, state_dir=settings.state_dir), silent)

    inventory = workshop.sandbox.ok("GET", "/sandbox/v1/inventory")
    assert again.instance != running.instance
    assert [things for things in inventory.values() if things] == []
    workshop.sandbox.http.close()
