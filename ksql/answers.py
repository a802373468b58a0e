"""What a refusal or a broken connection says: its code, its reason, and whether to come back.

Leaves out what is done about it (`ksql.client`).
"""

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import requests

TOO_MANY, BAD_GATEWAY, UNAVAILABLE, GATEWAY_TIMEOUT = 429, 502, 503, 504


@dataclass(frozen=True)
class Refusal:
    """An answer that is no success."""

    status: int
    code: int
    """ksqlDB's own; 100 times the status where the answer has none."""
    reason: str
    statement: str
    retry_after_s: float | None
    """What the server asked for in `Retry-After`."""

    @property
    def is_not_begun(self) -> bool:
        """Whether nothing was done, and the same request may be sent again."""
        # ksqlDB's 42900 and 50301 to 50304: a rate limit, a server that catches up, starts or shuts
        # down. Any other 503 is a proxy's, which found nobody to hand the request to.
        return self.status in (TOO_MANY, UNAVAILABLE)

    @property
    def is_lost(self) -> bool:
        """Whether a proxy gave up waiting: the server may have done what was asked for."""
        return self.status in (BAD_GATEWAY, GATEWAY_TIMEOUT)


def refusal_of(answer: requests.Response) -> Refusal:
    """Return what an answer with an error status says, whatever its body is."""
    try:
        found: Any = answer.json()
    except (ValueError, requests.RequestException):
        found = {}
    if not isinstance(found, dict):
        found = {}
    reason = str(found.get("message") or answer.text[:200] or answer.reason)
    code = found.get("error_code")
    return Refusal(
        answer.status_code,
        code if isinstance(code, int) and code else answer.status_code * 100,
        reason,
        str(found.get("statementText") or ""),
        _retry_after_s(answer),
    )


def _retry_after_s(answer: requests.Response) -> float | None:
    text = answer.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        # The other form is a moment; the answer's own `Date` is the server's now.
        until, now = (
            parsedate_to_datetime(each) for each in (text, answer.headers.get("Date", ""))
        )
        return max((until - now).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None


def was_never_sent(broken: requests.RequestException) -> bool:
    """Return whether a request failed before anything of it left."""
    # requests wraps urllib3's NewConnectionError (nothing was sent) and its ProtocolError (broken
    # while waiting) in the same class; only their texts tell them apart through all layers.
    text = repr(broken)
    names = ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError")
    return isinstance(broken, requests.ConnectionError) and any(name in text for name in names)


def is_no_address(broken: requests.RequestException) -> bool:
    """Return whether the endpoint itself is wrong, so that trying again changes nothing."""
    # InvalidURL, InvalidSchema and MissingSchema are ValueErrors; so is broken JSON, not sent here.
    return isinstance(broken, ValueError)


def reason_of(broken: requests.RequestException) -> str:
    """Return the innermost reason, without the objects that requests' texts are full of."""
    error: BaseException = broken
    while (inner := _inner(error)) is not None:
        error = inner
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _inner(error: BaseException) -> BaseException | None:
    wrapped = [each for each in error.args if isinstance(each, BaseException)]
    return wrapped[-1] if wrapped else error.__cause__ or error.__context__
