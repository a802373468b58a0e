"""Keeps web pages out: a browser on this machine reaches the port as well as a client does.

The sandbox listens on the loopback interface only, but a page from anywhere can send requests
there, and by rebinding its own host name to 127.0.0.1 it can read the answers. Such calls give
themselves away by the host they ask for, or by the origin that the browser states. Leaves out
keys (`sandbox.server`), which Google's side does not ask of the project's owner.
"""

import ipaddress
import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from sandbox.api import ApiError

AUTHORITY = re.compile(r"(\[[^\]]*\]|[^:]*)(?::\d*)?")
"""`host[:port]`, an IPv6 address in brackets."""


def check_local(headers: Headers) -> None:
    """Let a call pass that was meant for this machine, by no page of another origin.

    Raises:
        ApiError: 421, it asks for a host other than the loopback interface; 403, it comes from
            a web page of another origin. Not 403 for both: providers take 403 for "deleted".
    """
    host = headers.get("host", "")
    if host and not _is_loopback(host):
        raise ApiError(
            421, f"Host {host!r:.100}: this sandbox answers to 127.0.0.1 and localhost only"
        )
    origin = headers.get("origin")
    if origin is not None and not _is_loopback(_authority(origin)):
        raise ApiError(403, f"Origin {origin!r:.100}: web pages may not call this sandbox")


def _authority(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _is_loopback(authority: str) -> bool:
    match = AUTHORITY.fullmatch(authority)
    name = match[1].strip("[]").lower().removesuffix(".") if match else ""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
