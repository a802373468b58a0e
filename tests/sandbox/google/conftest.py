"""A Google Cloud of its own on a free port, for every test that talks HTTP."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests
import uvicorn
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from sandbox.api import Caller, Realm
from sandbox.clock import ManualClock
from sandbox.faults import Faults
from sandbox.google import GoogleCloud
from sandbox.server import Application

PROJECT = "sandbox-project"
NOW_MS = 1_700_000_000_000


@dataclass(frozen=True)
class Served:
    """A Google Cloud and where it answers."""

    google: GoogleCloud
    url: str

    def call(self, method: str, path: str, **arguments: object) -> requests.Response:
        return requests.request(method, self.url + path, timeout=10, **arguments)  # type: ignore[arg-type] # requests takes what it is given

    def client(self, credentials: object = None) -> bigquery.Client:
        return bigquery.Client(
            project=PROJECT,
            credentials=credentials or AnonymousCredentials(),
            client_options=ClientOptions(api_endpoint=self.url),
        )


def no_other_realm(_realm: Realm, _key: str, _secret: str, _resource_id: str | None) -> Caller:
    raise AssertionError("only Google's APIs are served here")


class _Server(uvicorn.Server):
    """A server in a thread; signals are the main thread's business."""

    def run_until_stopped(self, listening: socket.socket) -> None:
        asyncio.run(self.serve(sockets=[listening]))


@pytest.fixture
def served() -> Iterator[Served]:
    google = GoogleCloud(None, ManualClock(NOW_MS))
    application = Application(google.apis(), no_other_realm, Faults())
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = _Server(uvicorn.Config(application, log_level="error", ws="none"))
        thread = threading.Thread(target=server.run_until_stopped, args=[listening])
        thread.start()
        yield Served(google, url)
        server.should_exit = True
        thread.join()
    google.close()
