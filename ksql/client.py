"""A ksqlDB server's REST API: one method per endpoint, typed results, waiting built in.

Owns retries: what is safe to repeat is repeated with back-off until a deadline, and whoever waits
is told. A request that changes something is never sent again once it may have been carried out:
that ends in `AnswerLost`, and the caller looks. Leaves out what to send (`ksql.deploy`).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from requests.auth import HTTPBasicAuth

from ksql.answers import Refusal, is_no_address, reason_of, refusal_of, was_never_sent
from ksql.errors import (
    AlreadyExists,
    AnswerLost,
    NotAuthorized,
    ServerBusy,
    ServerUnreachable,
    StatementRejected,
    UnexpectedAnswer,
)
from ksql.waiting import IMPATIENT, LOCAL, Attempts, Clock, Patience, RealClock, Tell, in_silence

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
        tell: Tell = in_silence,
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            endpoint: The server's address, without user or password.
            api_key: What to send along; None for a server that asks for none.
            patience: How long to go on trying.
            session: What sends; a new one if None.
            clock: Where time comes from; the machine's if None.
            tell: Told, every few seconds, what is being waited for and until when.
        """
        self._endpoint = endpoint.rstrip("/")
        self.tell = tell
        self._reached = -1
        self._api_key = api_key
        self.is_local = urlsplit(endpoint).hostname in LOOPBACK
        self.patience = patience or (LOCAL if self.is_local else Patience())
        self.clock: Clock = clock or RealClock()
        self._http = session or requests.Session()
        # Not through .netrc or a proxy's idea of who we are: the key given is the key used.
        self._http.trust_env = not self.is_local
        if api_key is not None:
            # As bytes: the text form allows Latin-1 alone, and its failure is none of requests'.
            self._http.auth = HTTPBasicAuth(api_key.key.encode(), api_key.secret.encode())

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
        found = self._json("GET", "/info")
        try:
            told = found["KsqlServerInfo"]
            return ServerInfo(
                told["version"], told["kafkaClusterId"], told["ksqlServiceId"], told["serverStatus"]
            )
        except (KeyError, TypeError):
            raise UnexpectedAnswer(self._endpoint, "/info tells no KsqlServerInfo") from None

    def is_there(self) -> bool:
        """Return whether an application answers at the address at all; asked without the key.

        Where an application is gone its keys are, too, and every other call answers 401.
        """
        attempts = Attempts(self.clock, self.tell)
        while True:
            try:
                answer = self._http.get(
                    f"{self._endpoint}/healthcheck", auth=_no_key, timeout=TIMEOUT_S
                )
            except requests.RequestException as broken:
                why = f"{self._endpoint} does not answer ({reason_of(broken)})"
                if was_never_sent(broken) or not attempts.pause(self.patience.ready, why=why):
                    return False
            else:
                # Whatever else is said, somebody is there to say it.
                return answer.status_code != HTTPStatus.NOT_FOUND

    def look(self, sql: str, properties: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return the answer to statements that change nothing, such as DESCRIBE.

        Raises:
            StatementRejected, NotAuthorized, ServerUnreachable, ServerBusy, UnexpectedAnswer.
        """
        return self._entities(self._body(sql, properties, self._reached), changes=False)

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
            after: The command sequence number that the server must have reached first, if it is
                higher than all that this client has seen.

        Raises:
            AnswerLost: It may or may not have been carried out.
            AlreadyExists: It creates what is there.
            StatementRejected, NotAuthorized, ServerUnreachable, ServerBusy: Nothing was carried
                out.
        """
        self._reached = max(self._reached, -1 if after is None else after)
        return self._entities(self._body(sql, properties, self._reached), changes=True)

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
            raise AnswerLost(self._endpoint, reason_of(broken)) from None
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

    def _body(self, sql: str, properties: Mapping[str, Any] | None, after: int) -> dict[str, Any]:
        body: dict[str, Any] = {"ksql": sql, "streamsProperties": dict(properties or {})}
        if after >= 0:
            # Another node than the one that answered last may not have carried it out yet.
            body["commandSequenceNumber"] = after
        return body

    def _entities(self, body: dict[str, Any], *, changes: bool) -> list[dict[str, Any]]:
        text = self._send("POST", "/ksql", body, changes=changes).text
        try:
            found = self._objects(text)
        except UnexpectedAnswer as unreadable:
            if changes:
                raise AnswerLost(self._endpoint, unreadable.reason) from None
            raise
        numbers = [each.get("commandSequenceNumber") for each in found]
        known = [each for each in numbers if isinstance(each, int)]
        self._reached = max([self._reached, *known])
        return found

    def _objects(self, text: str) -> list[dict[str, Any]]:
        found = self._parsed(text)
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise UnexpectedAnswer(self._endpoint, "the answer of /ksql is no list of objects")
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
        attempts = Attempts(self.clock, self.tell)
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
            refusal = refusal_of(answer)
            answer.close()
            self._retry_refused(refusal, attempts, changes=changes)

    def _retry_broken(
        self, broken: requests.RequestException, attempts: Attempts, *, changes: bool
    ) -> None:
        """Return after a pause if the request may be sent again, else raise why not."""
        never_sent, reason = was_never_sent(broken), reason_of(broken)
        # Nobody listens on this machine, or the address is none: waiting would not change that.
        hopeless = is_no_address(broken) or (never_sent and self.is_local)
        if changes and not (never_sent or hopeless):
            raise AnswerLost(self._endpoint, reason) from None
        why = f"{self._endpoint} does not answer ({reason})"
        if hopeless or not attempts.pause(self.patience.ready, why=why):
            raise ServerUnreachable(self._endpoint, reason, is_local=self.is_local) from None

    def _retry_refused(self, refusal: Refusal, attempts: Attempts, *, changes: bool) -> None:
        """Return after a pause if the request may be sent again, else raise the refusal."""
        patience, wanted = self.patience, refusal.retry_after_s
        shown = f"({refusal.code}): {refusal.reason}"
        if refusal.status in (401, 403):
            # A role that has just been bound answers 403 for a while, a key 401.
            if not attempts.pause(patience.key, wanted, f"the API key is refused {shown}"):
                key = self._api_key.key if self._api_key else "(none)"
                raise NotAuthorized(self._endpoint, key, refusal.status, refusal.reason)
        elif changes and refusal.is_lost:
            raise AnswerLost(self._endpoint, f"HTTP {refusal.status}: {refusal.reason}")
        elif refusal.is_not_begun or refusal.is_lost:
            if not attempts.pause(patience.ready, wanted, f"the server is not ready {shown}"):
                deadline_s = patience.ready.total_seconds()
                raise ServerBusy(refusal, self._endpoint, attempts.waited_s, deadline_s)
        else:
            kind = AlreadyExists if "already exists" in refusal.reason else StatementRejected
            raise kind(refusal.code, refusal.reason, refusal.statement)


def _no_key(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def command_status(found: Mapping[str, Any]) -> CommandStatus:
    """Return a status from its wire form."""
    return CommandStatus(found["status"], found.get("message", ""), found.get("queryId"))


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
