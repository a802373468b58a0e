"""The one place in the measurements that waits by real time."""

import time
from collections.abc import Callable


class NotInTime(Exception):
    """What was waited for did not happen."""


def wait_until(condition: Callable[[], bool], *, limit_s: float, every_s: float, what: str) -> None:
    """Return as soon as `condition()` holds, asking every `every_s` seconds.

    Raises:
        NotInTime: It did not within `limit_s` seconds; `what` completes the sentence.
    """
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            raise NotInTime(f"{what}: not after {limit_s:.0f} s")
        time.sleep(every_s)


class Quiet:
    """Tells when a number has not changed for a while; `0` never counts as settled."""

    def __init__(self, for_s: float) -> None:
        self._for_s = for_s
        self._since = time.monotonic()
        self.value = 0

    def settled(self, value: int) -> bool:
        """Take the latest value; return whether it has been the same long enough."""
        if value != self.value:
            self.value, self._since = value, time.monotonic()
        return value != 0 and time.monotonic() - self._since >= self._for_s


def rest(seconds: float) -> None:
    """Let that much time pass."""
    time.sleep(seconds)
