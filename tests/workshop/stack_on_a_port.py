"""A stack's APIs on a port of this machine, saying what a test tells them to."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from workshop.outputs import StackOutputs


@dataclass
class Apis:
    """What the APIs answer, by method and path, and what they were asked."""

    address: str = ""
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    statements: dict[str, tuple[int, Any]] = field(default_factory=dict)
    """Answers of /ksql and /query by statement."""
    asked: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def outputs(self) -> StackOutputs:
        return StackOutputs(
            "dev",
            {
                "environment_id": "env-1",
                "kafka_cluster_id": "lkc-1",
                "rest_endpoint": self.address,
                "ksqldb_endpoint": f"{self.address}/ksqldb",
                "ksqldb_api_key": "K",
                "ksqldb_api_secret": "the-secret",
                "kafka_api_key": "K",
                "kafka_api_secret": "the-secret",
                "bigquery_project": "p",
                "bigquery_dataset": "d",
                "bigquery_table": "accounts_to_monitor",
                "bigquery_view": "accounts_to_monitor_latest",
            },
        )

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        self.asked.append((f"{method} {path}", body))
        if isinstance(body, Mapping) and "ksql" in body:
            return self.statements.get(body["ksql"], (400, _NOT_THERE))
        return self.answers.get(f"{method} {path}", (404, {"error": {"message": "Not found"}}))


_NOT_THERE = {"error_code": 40001, "message": "Could not find STREAM/TABLE in the Metastore"}


@contextmanager
def apis() -> Iterator[Apis]:
    """Serve until the block ends."""
    state = Apis()

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, answer = state.answer(self.command, self.path, body)
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = _handle  # noqa: N815 - the names that http.server calls

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.address = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
