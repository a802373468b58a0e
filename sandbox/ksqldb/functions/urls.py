"""URLs: encoding and parts, as `java.net.URI` takes them apart."""

import re
from collections.abc import Callable
from urllib.parse import SplitResult, quote_plus, unquote, unquote_plus, urlsplit

from sandbox.ksqldb.functions.registry import Scalar, plain

BROKEN_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
ILLEGAL = re.compile(r"[\s\"<>\\^`{|}]")


def encode(text: str) -> str:
    """Return a text in percent encoding, spaces as `+`."""
    return quote_plus(text, safe="-_.*").replace("~", "%7E")


def checked(text: str) -> str:
    """Return the text.

    Raises:
        ValueError: A percent sign without two hexadecimal digits.
    """
    if BROKEN_ESCAPE.search(text):
        raise ValueError(f"Illegal hex characters in escape (%) pattern: {text}")
    return text


def split(url: str) -> SplitResult:
    """Return the parts of a URL.

    Raises:
        ValueError: It is none.
    """
    if ILLEGAL.search(url):
        raise ValueError(f"Illegal character in URL: {url}")
    return urlsplit(checked(url))


def part(get: Callable[[SplitResult], str | None]) -> Scalar:
    """Return a function that takes out a part; null where the URL has none."""

    def compute(url: str) -> str | None:
        found = get(split(url))
        return unquote(found) if found else None

    return plain(compute, may_fail=True)


def host(url: SplitResult) -> str:
    """Return the host, an IPv6 address in its brackets."""
    place = url.netloc.rpartition("@")[2]
    end = place.find("]")
    return place[: end + 1] if end >= 0 else place.partition(":")[0]


def path(url: str) -> str | None:
    """Return the path: empty where a URL has none but a host, null of `mailto:` and the like."""
    parts = split(url)
    if parts.scheme and not parts.netloc and not parts.path.startswith("/"):
        return None
    return unquote(parts.path)


def parameter(url: str, name: str) -> str | None:
    """Return the first value of a parameter; null where there is none.

    The query is decoded first and then split, as ksqlDB does it.
    """
    query = split(url).query
    for pair in unquote(query).split("&") if query else ():
        key, _, value = pair.partition("=")
        if key == name:
            return value
    return None


SCALARS: dict[str, Scalar] = {
    "URL_DECODE_PARAM": plain(lambda text: unquote_plus(checked(text)), may_fail=True),
    "URL_ENCODE_PARAM": plain(encode),
    "URL_EXTRACT_FRAGMENT": part(lambda url: url.fragment),
    "URL_EXTRACT_HOST": part(host),
    "URL_EXTRACT_PARAMETER": plain(parameter, may_fail=True),
    "URL_EXTRACT_PATH": plain(path, may_fail=True),
    "URL_EXTRACT_PORT": plain(lambda url: split(url).port, may_fail=True),
    "URL_EXTRACT_PROTOCOL": part(lambda url: url.scheme),
    "URL_EXTRACT_QUERY": part(lambda url: url.query),
}
"""The family, by name."""
