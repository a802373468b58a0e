"""One ASGI application for every emulated API, on one port.

Owns what all of them share: finding the operation, checking credentials, faults, body
limits, and errors in each API's own body shape. A path that no operation has answers 404, a
known path with another method 405, an operation that is listed without a handler 501.
Leaves out what operations do (the parts) and listening on a port (`sandbox.process`).
"""

import asyncio
import base64
import logging
import re
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import Any
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import compile_path
from starlette.types import Message, Receive, Scope, Send

from sandbox.api import Api, ApiError, Caller, LazyApi, Operation, Realm
from sandbox.clock import pause_ms
from sandbox.faults import Fault, Faults
from sandbox.origins import check_local

log = logging.getLogger("sandbox.server")

ABORT = "sandbox.abort"
"""Key in the ASGI scope: what resets the connection, put there by the HTTP protocol."""

OWN_PREFIX = "/sandbox/"
"""The sandbox's own API, which no fault touches."""

RESOURCE_PARAMETER = {
    Realm.KAFKA: "cluster_id",
    Realm.REGISTRY: "registry_id",
    Realm.KSQLDB: "ksql_id",
}
"""Path parameter that names the cluster whose keys an operation takes."""

Authenticate = Callable[[Realm, str, str, str | None], Caller]
"""Realm, key, secret, cluster id -> caller; raises `ApiError` 401 or 403."""


class _Route:
    """One path pattern with its operations by method."""

    def __init__(self, path: str) -> None:
        self.regex, _, self.convertors = compile_path(path)
        self.methods: dict[str, tuple[Api, Operation]] = {}


class Application:
    """The sandbox as an ASGI application."""

    def __init__(
        self, apis: Iterable[Api | LazyApi], authenticate: Authenticate, faults: Faults
    ) -> None:
        self._apis: list[Api] = []
        self._authenticate = authenticate
        self._faults = faults
        self._held: dict[int, asyncio.Event] = {}
        self._routes: dict[str, list[_Route]] = {}
        self._by_path: dict[str, _Route] = {}
        self._unloaded: dict[str, LazyApi] = {}
        for api in apis:
            if isinstance(api, Api):
                self._add(api)
            else:
                self._unloaded.update((_first_segment(prefix), api) for prefix in api.prefixes)

    def _add(self, api: Api) -> None:
        self._apis.append(api)
        for operation in api.operations:
            route = self._by_path.get(operation.path)
            if route is None:
                route = self._by_path[operation.path] = _Route(operation.path)
                self._routes.setdefault(_first_segment(operation.path), []).append(route)
            route.methods[operation.method] = (api, operation)

    def _load(self, segment: str) -> None:
        lazy = self._unloaded[segment]
        for prefix in lazy.prefixes:
            del self._unloaded[_first_segment(prefix)]
        for api in lazy.load():
            self._add(api)

    def release(self, faults: Iterable[Fault]) -> None:
        """Reset the calls that these faults, just taken back, have kept waiting."""
        for fault in faults:
            if event := self._held.pop(fault.id, None):
                event.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        api, operation, parameters = self._find(scope)
        fault = self._fault(scope, operation)
        if fault and await self._interrupts(fault, scope, receive):
            return
        limit = operation.body_limit if operation else 0
        request = Request(scope, _limited(receive, limit), send)
        try:
            response = await self._judged(request, api, operation, parameters, fault)
        except ClientDisconnect:
            # Gone in the middle of its own body: nothing was done, and nobody waits.
            return
        if fault and fault.lose_answer:
            await _reset(fault, scope, receive)
        else:
            await response(scope, receive, send)

    async def _judged(
        self,
        request: Request,
        api: Api,
        operation: Operation | None,
        parameters: Mapping[str, str],
        fault: Fault | None,
    ) -> Response:
        try:
            check_local(request.headers)
            if fault and fault.status:
                raise _refusal(fault)
            return await self._answer(request, api, operation, parameters)
        except ApiError as refusal:
            return _render(api, refusal)
        except ClientDisconnect:
            raise
        except Exception:
            log.exception("%s %s failed", request.method, request.scope["path"])
            return _render(api, ApiError(500, "The sandbox failed: see its log"))

    def _fault(self, scope: Scope, operation: Operation | None) -> Fault | None:
        if scope["path"].startswith(OWN_PREFIX):
            # Or nobody could take back a fault that matches everything.
            return None
        name = operation.name if operation else None
        return self._faults.strike(scope["method"], scope["path"], name)

    async def _answer(
        self,
        request: Request,
        api: Api,
        operation: Operation | None,
        parameters: Mapping[str, str],
    ) -> Response:
        if operation is None:
            raise _unrouted(request, api, parameters)
        _check_length(request, operation)
        request.scope["path_params"] = dict(parameters)
        caller = self._caller(request, api, operation)
        if operation.handler is None:
            raise ApiError(501, f"{operation.name}: not emulated by this sandbox")
        return await operation.handler(request, caller)

    def _caller(self, request: Request, api: Api, operation: Operation) -> Caller:
        if operation.realm is Realm.NONE:
            return Caller("anonymous", Realm.NONE)
        if api.authenticate:
            return api.authenticate(request, operation.realm)
        key, secret = _basic(request.headers.get("authorization"))
        parameter = RESOURCE_PARAMETER.get(operation.realm)
        resource_id = request.path_params[parameter] if parameter else None
        return self._authenticate(operation.realm, key, secret, resource_id)

    def _find(self, scope: Scope) -> tuple[Api, Operation | None, dict[str, Any]]:
        raw = scope.get("raw_path") or scope["path"].encode()
        # A slash inside a segment must not split it: then, and only then, match undecoded.
        encoded = b"%2f" in raw.lower()
        path = raw.split(b"?")[0].decode("latin-1") if encoded else scope["path"]
        segment = _first_segment(path)
        if segment in self._unloaded:
            self._load(segment)
        allowed: set[str] = set()
        for route in self._routes.get(segment, ()):
            match = route.regex.match(path)
            if not match:
                continue
            if found := route.methods.get(scope["method"]):
                values = match.groupdict()
                if encoded:
                    values = {name: unquote(value) for name, value in values.items()}
                return *found, {
                    name: route.convertors[name].convert(value) for name, value in values.items()
                }
            allowed.update(route.methods)
        return self._api_of(scope["path"]), None, {"allowed": allowed}

    def _api_of(self, path: str) -> Api:
        owners = [
            (len(prefix), index, api)
            for index, api in enumerate(self._apis)
            for prefix in api.prefixes
            if path.startswith(prefix)
        ]
        return max(owners, key=lambda owner: owner[:2])[2] if owners else self._apis[0]

    async def _interrupts(self, fault: Fault, scope: Scope, receive: Receive) -> bool:
        """Do what a fault does to the connection; tell whether the call ends with it."""
        if fault.delay_ms is not None:
            await pause_ms(fault.delay_ms)
            return False
        if fault.stop_after is not None:
            await self._held.setdefault(fault.id, asyncio.Event()).wait()
        elif not fault.reset:
            return False
        await _reset(fault, scope, receive)
        return True


async def _reset(fault: Fault, scope: Scope, receive: Receive) -> None:
    """Break the connection and wait until it is gone."""
    abort = scope.get(ABORT)
    if abort is None:
        raise ConnectionResetError(f"fault {fault.id} resets {scope['method']} {scope['path']}")
    abort()
    while (await receive())["type"] != "http.disconnect":
        pass


def _first_segment(path: str) -> str:
    return path.split("/", 2)[1] if "/" in path else ""


def _basic(header: str | None) -> tuple[str, str]:
    """Return key and secret of a Basic authorization header; empty ones if it is none."""
    match = re.fullmatch(r"(?i:basic)\s+(\S+)", header or "")
    try:
        text = base64.b64decode(match[1], validate=True).decode() if match else ":"
    except ValueError:
        text = ":"
    key, _, secret = text.partition(":")
    return key, secret


def _refusal(fault: Fault) -> ApiError:
    assert fault.status is not None
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    text = f"Fault {fault.id} asked for this answer"
    return ApiError(fault.status, text, code=fault.error_code, headers=headers)


def _unrouted(request: Request, api: Api, found: Mapping[str, Any]) -> ApiError:
    method, path = request.method, request.scope["path"]
    if api.is_named_only and path.startswith(api.prefixes):
        # A 404 would tell a provider that the object it asks for is gone.
        return ApiError(501, f"{method} {path}: {api.name} is not emulated by this sandbox")
    if allowed := sorted(found["allowed"]):
        methods = ", ".join(allowed)
        return ApiError(405, f"{method} {path}: use {methods}", headers={"Allow": methods})
    return ApiError(404, f"{method} {path}: this sandbox knows no such operation")


def _check_length(request: Request, operation: Operation) -> None:
    length = request.headers.get("content-length", "0")
    # Longer than any number of bytes is too long as well, and too long for int().
    if length.isdecimal() and (len(length) > 18 or int(length) > operation.body_limit):  # noqa: PLR2004 - digits
        raise _too_large(operation.body_limit)


def _too_large(limit: int) -> ApiError:
    return ApiError(413, f"The request body is larger than {limit} bytes")


def _limited(receive: Receive, limit: int) -> Receive:
    """Count the bytes of a body that does not say its length in advance."""
    seen = 0

    async def counted() -> MutableMapping[str, Any]:
        nonlocal seen
        message: Message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit > 0:
            raise _too_large(limit)
        return message

    return counted


def _render(api: Api, refusal: ApiError) -> Response:
    headers = dict(refusal.headers)
    if refusal.status == 401:  # noqa: PLR2004 - HTTP's own number
        headers.update(api.challenge)
    return JSONResponse(
        api.error_body(refusal), refusal.status, headers=headers, media_type=api.media_type
    )


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
