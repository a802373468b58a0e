"""HTTP to the sandbox, and to nowhere else.

Owns connections (kept open and shared between the engine's parallel calls), the check that an
address is on this machine, and the published providers' retries with waits that suit a sandbox.
Leaves out what is in the bodies, and credentials: callers hand those over ready-made.
"""

import http.client
import ipaddress
import json
import select
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import SplitResult, urlsplit, urlunsplit

from sandbox.plugins.errors import NotConfigurable, Refused, SandboxUnreachable
from sandbox.plugins.waiting import Pause

Json = Any
"""A JSON value as `json.loads` returns it."""

SANDBOX_VARIABLE = "WORKSHOP_SANDBOX"
"""Environment variable with the address at which the sandbox runs."""

TIMEOUT_S = 60.0
"""For one answer. The sandbox answers within milliseconds; this ends calls to one that hangs."""

RETRY_WAITS_S = (0.1, 0.2, 0.4, 0.8)
"""Between five attempts; the published providers wait 1, 2, 4 and 8 seconds."""

MAX_RETRY_AFTER_S = 5.0
"""Longest `Retry-After` that is honoured."""


@dataclass(frozen=True)
class Reply:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes

    def json(self) -> Json:
        """Return the body as JSON; None when it is empty.

        Raises:
            ValueError: The body is something else.
        """
        return json.loads(self.body) if self.body.strip() else None


class Transport(Protocol):
    """Whatever carries a request to an address and brings back the reply."""

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        """Return the reply, whatever its status.

        Raises:
            SandboxUnreachable: There is no reply.
        """


def checked_address(setting: str, url: str) -> str:
    """Return `url` without trailing slash, once it is certain that it is on this machine.

    Args:
        setting: Name of the setting that holds it, for the message.
        url: Must be http, with a loopback host.

    Raises:
        NotConfigurable: It is another machine's, or no address at all.
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or not is_loopback(parts.hostname or ""):
        raise NotConfigurable(
            f"{setting} is {url!r}, which is no loopback address: this stand-in plugin only talks"
            " to a sandbox on this machine (http://127.0.0.1:…). For a real account run `pulumi` in"
            " an ordinary shell, without `source .workshop/env`: it takes the published plugin."
        )
    return url.rstrip("/")


def sandbox_address(setting: str, url: str, environ: Mapping[str, str]) -> str:
    """Return where to find what a provider's setting points to.

    A setting for this machine follows the sandbox to the port where it runs now, which
    `.workshop/env` tells: settings are committed, and the port is not.

    Raises:
        NotConfigurable: The setting, or the variable, is for another machine.
    """
    address = checked_address(setting, url)
    sandbox = environ.get(SANDBOX_VARIABLE)
    if not sandbox:
        return address
    parts = urlsplit(checked_address(SANDBOX_VARIABLE, sandbox))
    return urlunsplit(urlsplit(address)._replace(netloc=parts.netloc))


def is_loopback(host: str) -> bool:
    """Return whether `host` can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class LoopbackTransport:
    """Keeps connections open between requests. Safe to use from many threads."""

    def __init__(self, *, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._idle: dict[tuple[str, int], list[http.client.HTTPConnection]] = {}
        self._lock = threading.Lock()

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        """See `Transport.send`."""
        parts = urlsplit(checked_address("the address of a request", url))
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        connection = self._take(parts)
        try:
            reply = self._exchange(connection, method, target, headers, body)
        except (http.client.HTTPException, OSError) as failed:
            connection.close()
            address = f"{parts.scheme}://{parts.netloc}"
            raise SandboxUnreachable(address, _reason(failed)) from failed
        with self._lock:
            self._idle[connection.host, connection.port].append(connection)
        return reply

    def close(self) -> None:
        """Close the connections that no request is using."""
        with self._lock:
            for connections in self._idle.values():
                while connections:
                    connections.pop().close()

    def _take(self, parts: SplitResult) -> http.client.HTTPConnection:
        place = (parts.hostname or "", parts.port or 80)
        with self._lock:
            idle = self._idle.setdefault(place, [])
            while idle:
                connection = idle.pop()
                if not _was_closed(connection):
                    return connection
                connection.close()
        return http.client.HTTPConnection(*place, timeout=self._timeout_s)

    @staticmethod
    def _exchange(
        connection: http.client.HTTPConnection,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> Reply:
        try:
            connection.request(method, target, body=body, headers=dict(headers))
            answer = connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):
            # What reads is asked once more. What changes something may have been done: the engine
            # must hear of it, and not have it done twice.
            if method != "GET":
                raise
            connection.close()
            connection.request(method, target, body=body, headers=dict(headers))
            answer = connection.getresponse()
        content = answer.read()
        names = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, names, content)


def _was_closed(connection: http.client.HTTPConnection) -> bool:
    # Every answer was read to its end: what there is to read now is the connection's own end.
    return connection.sock is None or bool(select.select([connection.sock], [], [], 0)[0])


def _reason(failed: Exception) -> str:
    if isinstance(failed, ConnectionRefusedError):
        return "connection refused"
    if isinstance(failed, TimeoutError):
        return f"no answer within {TIMEOUT_S:.0f} s"
    return str(failed) or type(failed).__name__


def check_is_running(address: str) -> None:
    """Return at once if something listens at `address`.

    Raises:
        SandboxUnreachable: Nothing does. Asked before anything else, so that a missing sandbox is
            one error and not one per resource.
    """
    parts = urlsplit(address)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=3):
            pass
    except OSError as failed:
        raise SandboxUnreachable(address, _reason(failed)) from failed


@dataclass(frozen=True)
class Client:
    """One API at one address, called as its published client would."""

    address: str
    """Without trailing slash; may hold a path."""
    transport: Transport
    headers: Mapping[str, str]
    """Sent with every request; hold the credentials, so a client is never printed."""
    pause: Pause

    def __repr__(self) -> str:
        return f"Client({self.address!r})"

    def call(self, method: str, path: str, body: Json = None) -> Json:
        """Return the JSON of a successful answer; None when it is empty.

        429 and 5xx (501 excepted) are tried again, as the published providers do.

        Raises:
            Refused: Any other status, or one of those five times.
            SandboxUnreachable: There was no answer.
        """
        headers = dict(self.headers)
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body).encode()
        for wait_s in (*RETRY_WAITS_S, None):
            reply = self.transport.send(method, self.address + path, headers, content)
            if wait_s is None or not _is_temporary(reply.status):
                break
            self.pause.for_s(_retry_after_s(reply, wait_s))
        if reply.status >= http.client.MULTIPLE_CHOICES:
            place = urlsplit(self.address + path).path
            raise Refused(method, place, reply.status, error_text(reply))
        return reply.json()

    def find(self, path: str) -> Json | None:
        """Return what GET `path` answers; None when there is no such thing (404).

        Raises:
            Refused, SandboxUnreachable: As `call` does.
        """
        try:
            return self.call("GET", path)
        except Refused as refused:
            if refused.status == http.client.NOT_FOUND:
                return None
            raise


def _is_temporary(status: int) -> bool:
    return status == http.client.TOO_MANY_REQUESTS or (
        status >= http.client.INTERNAL_SERVER_ERROR and status != http.client.NOT_IMPLEMENTED
    )


def _retry_after_s(reply: Reply, default_s: float) -> float:
    try:
        return min(float(reply.headers.get("retry-after", default_s)), MAX_RETRY_AFTER_S)
    except ValueError:
        return default_s


def error_text(reply: Reply) -> str:
    """Return what a service says is wrong, in whichever of the known body shapes it says so."""
    try:
        body = reply.json()
    except ValueError:
        body = None
    match body:
        case {"errors": [*errors]} if errors:
            return "; ".join(_one_error(error) for error in errors)
        case {"error": {"message": str(text)}} | {"message": str(text)}:
            return text
        case _:
            return reply.body.decode(errors="replace")[:500] or http.client.responses.get(
                reply.status, "no reason given"
            )


def _one_error(error: Json) -> str:
    if not isinstance(error, dict):
        return str(error)
    text = str(error.get("detail") or error.get("title") or error.get("message") or error)
    pointer = (error.get("source") or {}).get("pointer")
    return f"{text} ({pointer})" if pointer else text
