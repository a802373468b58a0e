"""Request bodies of the Google APIs: JSON objects, compressed if the client likes."""

import gzip
import json
import zlib

from starlette.requests import Request

from sandbox.api import BODY_LIMIT, LONE_SURROGATE, ApiError, Json
from sandbox.google.errors import GoogleError
from sandbox.google.shapes import Shape, check_shape


async def raw_body(request: Request, limit: int = BODY_LIMIT) -> bytes:
    """Return the body, unpacked if `Content-Encoding` says gzip.

    Raises:
        ApiError: 400, it is not gzip; 413, it unpacks to more than `limit` bytes.
    """
    body = await request.body()
    if request.headers.get("content-encoding", "").lower() != "gzip":
        return body
    try:
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        plain = unpacker.decompress(body, limit + 1)
    except (zlib.error, gzip.BadGzipFile):
        raise ApiError(400, "The request body is not gzip, as Content-Encoding says") from None
    if len(plain) > limit:
        raise ApiError(413, f"The request body unpacks to more than {limit} bytes")
    return plain


def parsed_object(body: bytes, shape: Shape) -> dict[str, Json]:
    """Return a body's JSON object; an empty one for an empty body.

    Raises:
        GoogleError: 400, not JSON, no object, or a field of another kind than its shape's.
    """
    if not body.strip():
        return {}
    try:
        value = json.loads(body)
        if LONE_SURROGATE in body:
            # Half a character, which no answer could repeat in UTF-8.
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise GoogleError(400, "parseError", "Parse Error: the body is not valid JSON") from None
    if not isinstance(value, dict):
        raise GoogleError(400, "parseError", f"Parse Error: not a JSON object: {value!r:.80}")
    check_shape(value, shape)
    return value


async def json_object(request: Request, shape: Shape) -> dict[str, Json]:
    """Return the request's JSON object; an empty one for an empty body.

    Raises:
        GoogleError: 400, not JSON, no object, or a field of another kind than its shape's.
    """
    return parsed_object(await raw_body(request), shape)
