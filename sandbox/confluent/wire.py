"""Between requests and typed values: reading bodies and queries, pages, answers.

Every problem with a body names the field by its JSON pointer, as the service does. Fillers
that clients send along (`related`, `resource_name`) are ignored.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.api import Json, json_object
from sandbox.confluent.errors import BadRequest

T = TypeVar("T")

PAGE_SIZE_DEFAULT = 10
PAGE_SIZE_MAX = 100
WHOLE = re.compile(r"[0-9]{1,9}")


class Body:
    """A request's JSON object, read by dotted path: `body.text("spec.owner.id")`."""

    def __init__(self, value: dict[str, Json]) -> None:
        self._value = value

    @classmethod
    async def of(cls, request: Request) -> "Body":
        """Read the request's body.

        Raises:
            ApiError: 400, it is not a JSON object.
        """
        return cls(await json_object(request))

    def is_given(self, name: str) -> bool:
        """Whether a field of the object is there and not empty."""
        return bool(self._value.get(name))

    def text(self, path: str) -> str:
        """Return a string that must be there.

        Raises:
            BadRequest: It is absent, or something else.
        """
        value = self.optional_text(path)
        if value is None:
            raise BadRequest(f"{path} is required", _pointer(path))
        return value

    def optional_text(self, path: str) -> str | None:
        """Return a string, or None where it is absent or null.

        Raises:
            BadRequest: It is something else.
        """
        return self._typed(path, str, "a string")

    def integer(self, path: str) -> int:
        """Return a whole number that must be there.

        Raises:
            BadRequest: It is absent, or something else.
        """
        value: int | None = self._typed(path, int, "a whole number")
        if value is None or isinstance(value, bool):
            raise BadRequest(f"{path} is required and must be a whole number", _pointer(path))
        return value

    def boolean(self, path: str) -> bool | None:
        """Return a boolean, or None where it is absent or null.

        Raises:
            BadRequest: It is something else.
        """
        return self._typed(path, bool, "true or false")

    def texts(self, path: str) -> dict[str, str]:
        """Return an object of strings; empty where it is absent.

        Raises:
            BadRequest: It is something else.
        """
        value: dict[str, Json] | None = (
            self._typed(path, dict, "an object") if path else self._value
        )
        for name, text in (value or {}).items():
            if not isinstance(text, str):
                raise BadRequest(f"{name} must be a string, not {_kind(text)}", _pointer(name))
        return dict(value or {})

    def _typed(self, path: str, kind: type[T], called: str) -> T | None:
        value: Json = self._value
        for name in path.split("."):
            if not isinstance(value, dict):
                raise BadRequest(f"{path}: {_kind(value)} is not an object", _pointer(path))
            value = value.get(name)
            if value is None:
                return None
        if not isinstance(value, kind):
            raise BadRequest(f"{path} must be {called}, not {_kind(value)}", _pointer(path))
        return value


def answer(value: Json, status: int = 200) -> Response:
    """Answer with JSON."""
    return JSONResponse(value, status)


def no_content() -> Response:
    """Answer 204."""
    return Response(status_code=204)


def required_query(request: Request, name: str) -> str:
    """Return a query value that must be there.

    Raises:
        BadRequest: It is absent.
    """
    value = request.query_params.get(name)
    if not value:
        raise BadRequest(f"query parameter {name} is required")
    return value


def page(
    request: Request, api_version: str, kind: str, items: Sequence[T], render: Callable[[T], Json]
) -> Response:
    """Answer with one page of a list: `page_size`, `page_token`, `metadata.next`.

    `next` is left out on the last page, never null: the Go SDK reads null as one more page.

    Raises:
        BadRequest: `page_size` or `page_token` makes no sense.
    """
    size = _whole(request, "page_size", PAGE_SIZE_DEFAULT)
    start = _whole(request, "page_token", 0)
    if not 1 <= size <= PAGE_SIZE_MAX:
        raise BadRequest(f"page_size must be 1 to {PAGE_SIZE_MAX}, not {size}")
    chosen = items[start : start + size]
    metadata: dict[str, Any] = {"total_size": len(items)}
    metadata["first"] = _page_url(request, size, None)
    if start + size < len(items):
        metadata["next"] = _page_url(request, size, start + size)
    return answer(
        {
            "api_version": api_version,
            "kind": kind,
            "metadata": metadata,
            "data": [render(item) for item in chosen],
        }
    )


def _page_url(request: Request, size: int, token: int | None) -> str:
    # From the socket's address, never from the Host header, which may hold anything.
    host, port = request.scope["server"]
    query = {**request.query_params, "page_size": str(size)}
    query.pop("page_token", None)
    if token is not None:
        query["page_token"] = str(token)
    return f"http://{host}:{port}{request.scope['path']}?{urlencode(query)}"


def visible(items: Iterable[T], allowed: Callable[[T], bool]) -> list[T]:
    """Return what the caller may see."""
    return [item for item in items if allowed(item)]


def _whole(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name)
    if not text:
        return default
    if not WHOLE.fullmatch(text):
        raise BadRequest(f"query parameter {name} must be a whole number, not {text!r}")
    return int(text)


def _kind(value: Json) -> str:
    """Name what a value is, never the value: it may be a secret that was given in a wrong place."""
    if isinstance(value, bool):
        return "a boolean"
    kinds = {
        str: "a string",
        int: "a number",
        float: "a number",
        list: "an array",
        dict: "an object",
    }
    return kinds.get(type(value), "null")


def _pointer(path: str) -> str:
    return "/" + path.replace(".", "/")
