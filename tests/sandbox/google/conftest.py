"""A Google Cloud of its own on a free port, for every test that talks HTTP."""

import asyncio
import base64
import json
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
from google.oauth2 import service_account
from starlette.types import ASGIApp, Receive, Scope, Send

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


@pytest.fixture(autouse=True)
def _no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Google's library fail at once where it looks up a real service in the background."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")


class Switch:
    """One port for all tests; each brings a Google Cloud of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.application: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.application is not None
        await self.application(scope, receive, send)


@pytest.fixture(scope="session")
def switch() -> Iterator[Switch]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        switch = Switch(f"http://127.0.0.1:{listening.getsockname()[1]}")
        config = uvicorn.Config(switch, log_level="error", ws="none", lifespan="off")
        server = _Server(config)
        thread = threading.Thread(target=server.run_until_stopped, args=[listening])
        thread.start()
        yield switch
        server.should_exit = True
        thread.join()


@pytest.fixture
def cloud(switch: Switch) -> Iterator[Served]:
    google = GoogleCloud(None, ManualClock(NOW_MS))
    switch.application = Application(google.apis(), no_other_realm, Faults())
    yield Served(google, switch.url)
    google.close()


@pytest.fixture
def lab(cloud: Served) -> Served:
    """The same with an empty dataset `lab`."""
    body = {"datasetReference": {"datasetId": "lab"}, "location": "australia-southeast1"}
    cloud.call("POST", f"/bigquery/v2/projects/{PROJECT}/datasets", json=body).raise_for_status()
    return cloud


@dataclass(frozen=True)
class Identity:
    """A service account with one key."""

    email: str
    key_file: dict[str, str]

    def credentials(self) -> service_account.Credentials:
        return service_account.Credentials.from_service_account_info(self.key_file)


@pytest.fixture
def sink_identity(cloud: Served) -> Identity:
    accounts = f"/google/iam/v1/projects/{PROJECT}/serviceAccounts"
    email = cloud.call("POST", accounts, json={"accountId": "sink-sa"}).json()["email"]
    key = cloud.call("POST", f"{accounts}/{email}/keys", json={}).json()
    return Identity(email, json.loads(base64.b64decode(key["privateKeyData"])))
