"""A ksqlDB server that says what a test tells it to, and a clock that never waits."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BytesIO
from typing import Any

import requests
from requests.adapters import BaseAdapter

from ksql.client import ApiKey, KsqlClient
from ksql.waiting import Patience, Tell, in_silence

ENDPOINT = "https://ksql.example.test"
KEY = ApiKey("KEY", "the-secret")


@dataclass
class Clock:
    """Time passes only by being waited for."""

    now_s: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def elapsed_s(self) -> float:
        return self.now_s

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now_s += seconds


@dataclass(frozen=True)
class Says:
    """One answer."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Step = Says | Exception


class ScriptedServer(BaseAdapter):
    """Answers requests in the order given; more requests than answers fail the test."""

    def __init__(self, *steps: Step) -> None:
        super().__init__()
        self._steps = list(steps)
        self.requests: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, *_a: Any, **_k: Any) -> requests.Response:
        self.requests.append(request)
        assert self._steps, f"unexpected request: {request.method} {request.url} {request.body!r}"
        step = self._steps.pop(0)
        if isinstance(step, Exception):
            raise step
        answer = requests.Response()
        answer.status_code = step.status
        answer.reason = HTTPStatus(step.status).phrase
        answer.headers.update(step.headers)
        text = step.body if isinstance(step.body, str) else json.dumps(step.body)
        answer.raw = BytesIO(text.encode())
        answer.url = request.url or ""
        answer.request = request
        return answer

    def close(self) -> None:
        """Nothing is open."""

    @property
    def sent(self) -> list[str]:
        """The SQL of each request to /ksql or /query, `METHOD path` of the others."""
        return [
            json.loads(request.body)["ksql"]
            if request.body
            else f"{request.method} {request.path_url}"
            for request in self.requests
        ]

    @property
    def is_exhausted(self) -> bool:
        return not self._steps


def client_of(
    server: ScriptedServer,
    clock: Clock | None = None,
    *,
    endpoint: str = ENDPOINT,
    patience: Patience | None = None,
    tell: Tell = in_silence,
) -> KsqlClient:
    session = requests.Session()
    session.mount(endpoint, server)
    return KsqlClient(
        endpoint,
        KEY,
        session=session,
        clock=clock or Clock(),
        patience=patience or Patience(),
        tell=tell,
    )


def refusal(code: int, message: str, statement: str = "") -> Says:
    return Says(
        {
            "@type": "statement_error",
            "error_code": code,
            "message": message,
            "statementText": statement,
        },
        code // 100,
    )


def status(state: str, number: int = 7, command: str = "table/`T`/create") -> Says:
    return Says(
        [
            {
                "@type": "currentStatus",
                "commandId": command,
                "commandStatus": {"status": state, "message": f"it is {state}", "queryId": None},
                "commandSequenceNumber": number,
            }
        ]
    )


STATEMENT = "CREATE TABLE T WITH (KAFKA_TOPIC='t') AS SELECT A, COUNT(*) N FROM S GROUP BY A;"


def description(
    name: str = "T",
    *,
    statement: str = STATEMENT,
    state: str | None = "RUNNING",
    readers: tuple[str, ...] = (),
    writers: tuple[str, ...] = (),
    **shown: Any,
) -> Says:
    """Return what DESCRIBE answers; `shown` overrides members of it."""
    own = [{"id": f"CTAS_{name}_7", "state": state}] if state else []
    return Says(
        [
            {
                "@type": "sourceDescription",
                "sourceDescription": {
                    "name": name,
                    "type": "TABLE",
                    "topic": name.lower(),
                    "keyFormat": "KAFKA",
                    "valueFormat": "AVRO",
                    "statement": statement,
                    "fields": [
                        {"name": "A", "type": "KEY", "schema": {"type": "STRING"}},
                        {"name": "N", "schema": {"type": "BIGINT"}},
                    ],
                    "writeQueries": [*own, *({"id": each, "state": "RUNNING"} for each in writers)],
                    "readQueries": [{"id": each, "state": "RUNNING"} for each in readers],
                    **shown,
                },
            }
        ]
    )


def reset() -> requests.ConnectionError:
    return requests.ConnectionError(ConnectionResetError(104, "Connection reset by peer"))


def refused() -> requests.ConnectionError:
    return requests.ConnectionError("NewConnectionError: [Errno 111] Connection refused")


GONE = refusal(40001, "Could not find STREAM/TABLE 'T' in the Metastore")
EXISTS = refusal(40001, "Cannot add table 'T': A table with the same name already exists")
