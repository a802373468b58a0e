"""A ksqlDB server's REST API: one method per endpoint, typed results, waiting built in.

Owns retries: what is safe to repeat is repeated with back-off until a deadline. A request that
changes something is never sent again once it may have been carried out: that ends in
`AnswerLost`, and the caller looks. Leaves out what to send (`ksql.deploy`).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from ksql.errors import (
    AlreadyExists,
    AnswerLost,
    KsqlError,
    NotAuthorized,
    ServerBusy,
    ServerUnreachable,
    StatementRejected,
    UnexpectedAnswer,
)
from ksql.waiting import IMPATIENT, LOCAL, Attempts, Clock, Patience, RealClock

COME_BACK_LATER = frozenset({42900, 50301, 50302})
"""Error codes after which nothing was done and the same request may be sent again."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")

TIMEOUT_S = (5.0, 60.0)
"""To connect, and between two pieces of an answer; a server holds /ksql for up to 5 s."""


@dataclass(frozen=True)
class ApiKey:
    """A Confluent API key. Safe to print: the secret is left out of the repr."""

    key: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class ServerInfo:
    """What `GET /info` tells."""

    version: str
    kafka_cluster_id: str
    service_id: str
    status: str


@dataclass(frozen=True)
class CommandStatus:
    """Where a command stands: QUEUED, PARSING, EXECUTING, RUNNING, TERMINATED, SUCCESS, ERROR."""

    status: str
    message: str
    query_id: str | None = None

    @property
    def is_final(self) -> bool:
        """Whether it will not change any more."""
        return self.status in ("SUCCESS", "ERROR", "TERMINATED")


@dataclass(frozen=True)
class Row:
    """One row of a query's answer; a tombstone says that its key is gone."""

    columns: tuple[Any, ...]
    is_tombstone: bool = False


@dataclass(frozen=True)
class Answer:
    """A query's answer: what its columns are, and its rows as they come."""

    query_id: str | None
    schema: str
    """Such as "`ACCOUNT` STRING KEY, `QUANTITY` BIGINT"."""
    rows: Iterator[Row]
    """Ends when the server ends the query; raises as the client's methods do."""


class KsqlClient:
    """One server, one key. Use as a context manager; not thread-safe."""

    def __init__(
        self,
        endpoint: str,
        api_key: ApiKey | None,
        *,
        patience: Patience | None = None,
        session: requests.Session | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._api_key = api_key
        self.is_local = urlsplit(endpoint).hostname in LOOPBACK
        self.patience = patience or (LOCAL if self.is_local else Patience())
        self.clock: Clock = clock or RealClock()
        self._http = session or requests.Session()
        # Not through .netrc or a proxy's idea of who we are: the key given is the key used.
        self._http.trust_env = not self.is_local
        if api_key is not None:
            self._http.auth = (api_key.key, api_key.secret)

    def __enter__(self) -> "KsqlClient":
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._http.close()

    @property
    def endpoint(self) -> str:
        """The server's address."""
        return self._endpoint

    # -- endpoints --------------------------------------------------------------------------------

    def info(self) -> ServerInfo:
        """Return what the server says about itself."""
        found = self._json("GET", "/info")["KsqlServerInfo"]
        return ServerInfo(
            found["version"], found["kafkaClusterId"], found["ksqlServiceId"], found["serverStatus"]
        )

    def is_there(self) -> bool:
        """Return whether an application answers at the address at all; asked without the key.

        Where an application is gone its keys are, too, and every other call answers 401.
        """
        attempts = Attempts(self.clock)
        while True:
            try:
                answer = self._http.get(
                    f"{self._endpoint}/healthcheck", auth=_no_key, timeout=TIMEOUT_S
                )
            except requests.RequestException as broken:
                if _was_refused(broken) or not attempts.pause(self.patience.ready):
                    return False
            else:
                # What is gone neither cares for keys nor limits the rate.
                return answer.ok or answer.status_code in (401, 403, 429)

    def look(self, sql: str, properties: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return the answer to statements that change nothing, such as DESCRIBE.

        Raises:
            StatementRejected, NotAuthorized, ServerUnreachable, ServerBusy, UnexpectedAnswer.
        """
        body = {"ksql": sql, "streamsProperties": dict(properties or {})}
        return self._entities(body, changes=False)

    def change(
        self,
        sql: str,
        properties: Mapping[str, Any] | None = None,
        *,
        after: int | None = None,
    ) -> list[dict[str, Any]]:
        """Return the answer to statements that change something.

        Args:
            sql: One or more statements.
            properties: Such as `auto.offset.reset`, for these statements alone.
            after: The command sequence number that the server must have reached first.

        Raises:
            AnswerLost: It may or may not have been carried out.
            AlreadyExists: It creates what is there.
            StatementRejected, NotAuthorized, ServerUnreachable, ServerBusy, UnexpectedAnswer:
                Nothing was carried out.
        """
        body: dict[str, Any] = {"ksql": sql, "streamsProperties": dict(properties or {})}
        if after is not None and after >= 0:
            body["commandSequenceNumber"] = after
        return self._entities(body, changes=True)

    def command_status(self, command_id: str) -> CommandStatus:
        """Return where a command stands; its id has the form type/name/action."""
        found = self._json("GET", f"/status/{quote(command_id, safe='/')}")
        return command_status(found)

    def query(self, sql: str, properties: Mapping[str, Any] | None = None) -> Answer:
        """Start a SELECT and return its answer, rows unread.

        Closing the client ends a push query.

        Raises:
            StatementRejected, NotAuthorized, ServerUnreachable, ServerBusy, UnexpectedAnswer.
        """
        body = {"ksql": sql, "streamsProperties": dict(properties or {})}
        answer = self._send("POST", "/query", body, changes=False, stream=True)
        elements = self._elements(answer)
        header = next(elements, {}).get("header")
        if header is None:
            raise UnexpectedAnswer(self._endpoint, "the answer to a query begins with no header")
        return Answer(header.get("queryId"), header.get("schema", ""), self._rows(elements))

    # -- streaming --------------------------------------------------------------------------------

    def _elements(self, answer: requests.Response) -> Iterator[dict[str, Any]]:
        """Yield the members of the JSON array as they arrive: one per line, with commas."""
        try:
            for line in answer.iter_lines(chunk_size=None):
                text = line.decode().strip().removeprefix("[").strip(",").removesuffix("]")
                if text.strip(","):
                    yield self._parsed(text.strip(","))
        except requests.RequestException as broken:
            raise AnswerLost(self._endpoint, _reason(broken)) from None
        finally:
            answer.close()

    def _rows(self, elements: Iterator[dict[str, Any]]) -> Iterator[Row]:
        for element in elements:
            if "row" in element:
                row = element["row"]
                yield Row(tuple(row["columns"]), bool(row.get("tombstone")))
            elif "errorMessage" in element:
                error = element["errorMessage"]
                reason = error.get("message", str(error)) if isinstance(error, dict) else str(error)
                raise StatementRejected(50000, reason)

    # -- sending ----------------------------------------------------------------------------------

    def _entities(self, body: dict[str, Any], *, changes: bool) -> list[dict[str, Any]]:
        found = self._send("POST", "/ksql", body, changes=changes).json()
        if not isinstance(found, list):
            raise UnexpectedAnswer(self._endpoint, "the answer of /ksql is no list")
        return found

    def _json(self, method: str, path: str) -> Any:
        return self._parsed(self._send(method, path, None, changes=False).text)

    def _parsed(self, text: str) -> Any:
        try:
            return json.loads(text)
        except ValueError:
            raise UnexpectedAnswer(self._endpoint, f"not JSON: {text[:80]!r}") from None

    def _send(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        *,
        changes: bool,
        stream: bool = False,
    ) -> requests.Response:
        attempts = Attempts(self.clock)
        while True:
            try:
                answer = self._http.request(
                    method,
                    self._endpoint + path,
                    json=body,
                    headers={"Accept": "application/vnd.ksql.v1+json, application/json"},
                    timeout=TIMEOUT_S,
                    stream=stream,
                )
            except requests.RequestException as broken:
                self._retry_broken(broken, attempts, changes=changes)
                continue
            if answer.ok:
                return answer
            self._retry_refused(answer, attempts)

    def _retry_broken(
        self, broken: requests.RequestException, attempts: Attempts, *, changes: bool
    ) -> None:
        """Return after a pause if the request may be sent again, else raise why not."""
        never_sent = _was_refused(broken)
        reason = _reason(broken)
        if changes and not never_sent:
            raise AnswerLost(self._endpoint, reason) from None
        # Nobody listens on this machine: waiting would not change that.
        hopeless = never_sent and self.is_local
        if hopeless or not attempts.pause(self.patience.ready):
            raise ServerUnreachable(self._endpoint, reason, is_local=self.is_local) from None

    def _retry_refused(self, answer: requests.Response, attempts: Attempts) -> None:
        """Return after a pause if the request may be sent again, else raise the refusal."""
        status, code, reason, statement = self._refusal(answer)
        wanted = _retry_after(answer)
        answer.close()
        if status in (401, 403):
            # A role that has just been bound answers 403 for a while, a key 401.
            if not attempts.pause(self.patience.key, wanted):
                key = self._api_key.key if self._api_key else "(none)"
                raise NotAuthorized(self._endpoint, key, status, reason)
        elif code in COME_BACK_LATER or status == 429:  # noqa: PLR2004 - HTTP's too many requests
            if not attempts.pause(self.patience.ready, wanted):
                raise ServerBusy(self._endpoint, code, reason, attempts.waited_s)
        else:
            raise _rejection(status, code, reason, statement)

    def _refusal(self, answer: requests.Response) -> tuple[int, int, str, str]:
        try:
            found: Any = answer.json()
        except (ValueError, requests.RequestException):
            found = {}
        if not isinstance(found, dict):
            found = {}
        reason = str(found.get("message") or answer.text[:200] or answer.reason)
        code = int(found.get("error_code") or answer.status_code * 100)
        return answer.status_code, code, reason, str(found.get("statementText") or "")


def _no_key(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def command_status(found: Mapping[str, Any]) -> CommandStatus:
    """Return a status from its wire form."""
    return CommandStatus(found["status"], found.get("message", ""), found.get("queryId"))


def _rejection(status: int, code: int, reason: str, statement: str) -> KsqlError:
    kind = AlreadyExists if "already exists" in reason else StatementRejected
    return kind(code or status * 100, reason, statement)


def _was_refused(broken: requests.RequestException) -> bool:
    if not isinstance(broken, requests.ConnectionError):
        return False
    # requests wraps urllib3's NewConnectionError (nothing was sent) and its ProtocolError (broken
    # while waiting) in the same class; only their texts tell them apart through all layers.
    text = repr(broken)
    return "NewConnectionError" in text or "NameResolutionError" in text


def _reason(broken: requests.RequestException) -> str:
    """Return the innermost reason, without the objects that requests' texts are full of."""
    error: BaseException = broken
    while (inner := _inner(error)) is not None:
        error = inner
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _inner(error: BaseException) -> BaseException | None:
    wrapped = [each for each in error.args if isinstance(each, BaseException)]
    return wrapped[-1] if wrapped else error.__cause__ or error.__context__


def _retry_after(answer: requests.Response) -> float | None:
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isdigit() else None


Connect = Callable[[], KsqlClient]
"""How a caller that only sometimes needs a client gets one."""

__all__ = [
    "IMPATIENT",
    "Answer",
    "ApiKey",
    "CommandStatus",
    "Connect",
    "KsqlClient",
    "Row",
    "ServerInfo",
    "command_status",
]
