"""How an emulated API presents itself to the server: operations, callers, error bodies.

Each API part lists its `Operation`s as data and says how its errors look (`Api.error_body`);
`sandbox.server` does the rest for all of them alike: authentication, fault injection, wrong
methods (405), unknown routes (404), operations we know but do not emulate (501), malformed
or huge bodies. Leaves out what any operation does.

All handlers run on one event loop and never block it for long; state needs no locks.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

Json = Any
"""A JSON value as `json.loads` returns it; converted to typed values by the first handler."""


LONE_SURROGATE = b"\\ud"
"""How the escape of a surrogate begins; `json` takes them alone as well."""

BODY_LIMIT = 10 * 1024 * 1024
"""Bytes that a request body may have unless its operation says otherwise."""


class Realm(StrEnum):
    """Which credentials an operation takes: who issued the key and for which resource."""

    NONE = "none"
    """Anybody may call."""
    CLOUD = "cloud"
    """Basic, a Cloud API key: the organization's management API."""
    KAFKA = "kafka"
    """Basic, a key for the Kafka cluster in path parameter `cluster_id`."""
    REGISTRY = "registry"
    """Basic, a key for the Schema Registry cluster in path parameter `registry_id`."""
    KSQLDB = "ksqldb"
    """Basic, a key for the ksqlDB cluster in path parameter `ksql_id`."""
    GOOGLE = "google"
    """Bearer token of a service account, or nothing, which is the project's owner."""


@dataclass(frozen=True)
class Caller:
    """Who is calling, once the server has checked the credentials."""

    principal: str
    """`User:sa-…` for Confluent, `serviceAccount:…@…` or `owner` for Google."""
    realm: Realm
    resource_id: str | None = None
    """The cluster that the key belongs to; None for Cloud keys and Google."""


Handler = Callable[[Request, Caller], Awaitable[Response]]


@dataclass(frozen=True)
class Operation:
    """One method and path, under the name that the vendor's API reference gives it."""

    method: str
    path: str
    """Starlette path pattern, such as `/kafka/v3/clusters/{cluster_id}/topics`."""
    name: str
    """Such as `createKafkaTopic`: what logs, faults and the coverage page show."""
    realm: Realm
    handler: Handler | None = None
    """None: known, not emulated; answers 501 and says so."""
    body_limit: int = BODY_LIMIT
    """Longer bodies, in bytes, are refused with 413."""


class ApiError(Exception):
    """A refusal, on its way to the body shape of the API that raises it.

    Each API has its own small tree below this; `Api.error_body` renders it.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: int | str | None = None,
        headers: Mapping[str, str] | None = None,
        details: Json = None,
    ) -> None:
        self.status = status
        """HTTP status."""
        self.message = message
        """Text for a person; never holds a secret."""
        self.code = code
        """The API's own code: 40401 for Kafka, `resource_not_found` for Confluent's org API."""
        self.headers = dict(headers or {})
        self.details = details
        """More for the body, in whatever form the API's renderer expects."""
        super().__init__(message)


@dataclass(frozen=True)
class Api:
    """One emulated API."""

    name: str
    """As its vendor calls it, such as `Kafka REST v3`."""
    prefixes: tuple[str, ...]
    """Paths that begin so belong to this API: decides the body shape of 401, 404, 405, 501."""
    operations: tuple[Operation, ...]
    error_body: Callable[[ApiError], Json]
    """Renders any `ApiError`, also those that the server raises on the API's behalf."""
    media_type: str = "application/json"
    challenge: Mapping[str, str] = field(default_factory=dict)
    """Extra headers of a 401."""
    authenticate: Callable[[Request, Realm], Caller] | None = None
    """Checks the credentials of its calls itself, raising `ApiError` 401 or 403; None leaves
    that to the server, which knows the keys that the Confluent control plane issued."""

    @property
    def is_named_only(self) -> bool:
        """Whether nothing of it is emulated, so that no path of it can be unknown here."""
        return all(operation.handler is None for operation in self.operations)


@dataclass(frozen=True)
class LazyApi:
    """An API whose modules are imported by the first call to it, not by the sandbox's start."""

    name: str
    prefixes: tuple[str, ...]
    """First segments of its paths, such as `/ksqldb/`; no other API has paths there."""
    load: Callable[[], tuple[Api, ...]]
    """Gives the API or the several that share the prefixes; called once."""


async def json_body(request: Request) -> Json:
    """Return the request's JSON; None for an empty body.

    Raises:
        ApiError: 400, the body is not JSON.
    """
    body = await request.body()
    if not body.strip():
        return None
    try:
        value = json.loads(body)
        if LONE_SURROGATE in body:
            # Half a character, which no answer could repeat in UTF-8.
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as problem:
        raise ApiError(400, f"The request body is not valid JSON: {problem}") from None
    return value


async def json_object(request: Request) -> dict[str, Json]:
    """Return the request's JSON object; an empty one for an empty body.

    Raises:
        ApiError: 400, the body is not JSON or not an object.
    """
    value = await json_body(request)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ApiError(400, f"The request body must be a JSON object, not {value!r:.80}")
    return value
