"""HTTP to the sandbox: only there, with the service's own words when it refuses."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from sandbox.plugins.errors import NotConfigurable, Refused, SandboxUnreachable
from sandbox.plugins.http import (
    Client,
    LoopbackTransport,
    Reply,
    check_is_running,
    checked_address,
    error_text,
    is_loopback,
    sandbox_address,
)
from tests.sandbox.plugins.scripted import NoPause, ScriptedTransport


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("10.0.0.1", False),
        ("localhost.example.com", False),
        ("127.0.0.1.example.com", False),
        ("", False),
    ],
)
def test_only_this_machine_is_loopback(host: str, is_ours: bool) -> None:
    assert is_loopback(host) is is_ours


@pytest.mark.parametrize(
    "url",
    [
        "https://api.confluent.cloud",
        "http://192.168.1.5:8900",
        "https://127.0.0.1:8900",
        "http://127.0.0.1@evil.example:8900",
        "127.0.0.1:8900",
    ],
)
def test_any_other_address_is_refused_with_its_setting_and_what_to_do(url: str) -> None:
    with pytest.raises(NotConfigurable) as refused:
        checked_address("confluentcloud:endpoint", url)

    assert f"confluentcloud:endpoint is {url!r}, which is no loopback address" in str(refused.value)
    assert "without `source .workshop/env`" in str(refused.value)


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({}, "http://127.0.0.1:8900/bigquery/v2"),
        ({"WORKSHOP_SANDBOX": "http://127.0.0.1:9000"}, "http://127.0.0.1:9000/bigquery/v2"),
    ],
)
def test_a_setting_follows_the_sandbox_to_its_port(environ: dict[str, str], address: str) -> None:
    assert sandbox_address("s", "http://127.0.0.1:8900/bigquery/v2/", environ) == address


def test_the_sandboxs_variable_does_not_make_another_machine_acceptable() -> None:
    environ = {"WORKSHOP_SANDBOX": "http://127.0.0.1:9000"}

    with pytest.raises(NotConfigurable, match=r"s is 'https://api\.confluent\.cloud'"):
        sandbox_address("s", "https://api.confluent.cloud", environ)
    with pytest.raises(NotConfigurable, match="WORKSHOP_SANDBOX is"):
        sandbox_address("s", "http://127.0.0.1:8900", {"WORKSHOP_SANDBOX": "http://10.0.0.1"})


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            {"errors": [{"status": "404", "title": "Not Found", "detail": "no such thing"}]},
            "no such thing",
        ),
        (
            {
                "errors": [
                    {"detail": "too long", "source": {"pointer": "/display_name"}},
                    {"title": "B"},
                ]
            },
            "too long (/display_name); B",
        ),
        ({"error_code": 40403, "message": "no topic"}, "no topic"),
        (
            {"error": {"code": 409, "message": "Already Exists: Dataset d"}},
            "Already Exists: Dataset d",
        ),
        ({"other": 1}, '{"other": 1}'),
    ],
)
def test_the_services_own_words_are_found_in_every_shape(body: object, text: str) -> None:
    assert error_text(Reply(400, {}, json.dumps(body).encode())) == text


def test_an_error_without_words_is_named_by_its_status() -> None:
    assert error_text(Reply(503, {}, b"")) == "Service Unavailable"


def client(transport: ScriptedTransport) -> Client:
    return Client("http://127.0.0.1:1", transport, {}, NoPause())


@pytest.mark.parametrize("status", [429, 500, 503])
def test_temporary_errors_are_tried_again(status: int) -> None:
    transport = ScriptedTransport()
    transport.answer("POST /a", {"message": "later"}, status=status)
    transport.answer("POST /a", {"id": "x"})

    assert client(transport).call("POST", "/a", {"b": 1}) == {"id": "x"}
    assert transport.requests() == ["POST /a"] * 2


@pytest.mark.parametrize(("status", "attempts"), [(500, 5), (501, 1), (404, 1), (409, 1)])
def test_a_lasting_error_is_the_services_message(status: int, attempts: int) -> None:
    transport = ScriptedTransport()
    transport.answer("GET /a", {"message": "broken"}, status=status)

    with pytest.raises(Refused, match=rf"^GET /a was refused with {status}: broken$"):
        client(transport).call("GET", "/a?key=value")

    assert len(transport.sent) == attempts


def test_find_takes_404_alone_for_absence() -> None:
    transport = ScriptedTransport()
    transport.answer("GET /gone", {"message": "x"}, status=404)
    transport.answer("GET /forbidden", {"message": "not yours"}, status=403)

    assert client(transport).find("/gone") is None
    with pytest.raises(Refused, match="not yours"):
        client(transport).find("/forbidden")


def test_a_client_does_not_show_its_credentials() -> None:
    secret = Client(
        "http://127.0.0.1:1", ScriptedTransport(), {"Authorization": "Basic c2VjcmV0"}, NoPause()
    )

    assert repr(secret) == "Client('http://127.0.0.1:1')"


class EchoServer(ThreadingHTTPServer):
    """Sends back what it is sent, and counts by their ports the connections it was sent over."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Echo)
        self.ports: set[int] = set()
        self.asked: list[str] = []
        self.has_closed = threading.Event()

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.has_closed.set()


class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        assert isinstance(self.server, EchoServer)
        self.server.ports.add(self.client_address[1])
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = self.path == "/close"

    def do_GET(self) -> None:
        self._lose()

    def do_PUT(self) -> None:
        self._lose()

    def _lose(self) -> None:
        """Lose the first answer of each kind, as a server does that dies with the work done."""
        assert isinstance(self.server, EchoServer)
        self.server.asked.append(self.command)
        if self.server.asked.count(self.command) == 1:
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        return


@pytest.fixture
def server() -> Iterator[EchoServer]:
    server = EchoServer()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_connections_are_kept_and_a_closed_one_is_replaced(server: EchoServer) -> None:
    transport = LoopbackTransport()
    address = f"http://127.0.0.1:{server.server_port}"

    def posted(path: str, body: bytes) -> bytes:
        return transport.send("POST", f"{address}{path}", {}, body).body

    before = [posted("/a", b"1"), posted("/close", b"2")]
    assert server.has_closed.wait(10)
    after = [posted("/a", b"3"), posted("/a", b"4")]
    transport.close()

    assert before + after == [b"1", b"2", b"3", b"4"]
    assert len(server.ports) == 2


def test_only_what_reads_is_asked_again_when_its_answer_is_lost(server: EchoServer) -> None:
    transport = LoopbackTransport()
    address = f"http://127.0.0.1:{server.server_port}"

    found = transport.send("GET", address, {}, None)
    with pytest.raises(SandboxUnreachable):
        transport.send("PUT", address, {}, b"")
    transport.close()

    assert found.status == 200
    assert server.asked == ["GET", "GET", "PUT"]


def test_nobody_listening_names_the_address_and_how_to_start() -> None:
    with EchoServer() as taken:
        port = taken.server_port
    address = f"http://127.0.0.1:{port}"

    for attempt in (
        lambda: check_is_running(address),
        lambda: LoopbackTransport().send("GET", f"{address}/a", {}, None),
    ):
        with pytest.raises(SandboxUnreachable) as unreachable:
            attempt()
        assert str(unreachable.value) == (
            f"no sandbox answers at {address} (connection refused): start it with"
            " `python -m sandbox up`, or start everything with `make up`"
        )


def test_a_request_to_another_machine_is_never_sent() -> None:
    with pytest.raises(NotConfigurable, match="no loopback address"):
        LoopbackTransport().send("GET", "http://192.0.2.1/", {}, None)
