"""Waiting for a resource to become what it was asked to be.

The published providers wait 5 seconds to 5 minutes, because the service needs that; the sandbox
is read-after-write consistent and settles in milliseconds, so polls here begin at once and stay
close together. Leaves out what is polled for.
"""

import threading
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from sandbox.plugins.errors import NotSettled

T = TypeVar("T")

FIRST_WAIT_S = 0.02
LONGEST_WAIT_S = 0.5
GIVE_UP_AFTER_S = 120.0
"""Far beyond what the sandbox takes, at any setting of its provisioning times."""


class Pause(Protocol):
    """A way to let time pass."""

    def for_s(self, seconds: float) -> bool:
        """Return True after `seconds`; False, at once, when the engine wants the plugin to end."""


class EndablePause:
    """Real time; ends early once `end` was called."""

    def __init__(self) -> None:
        self._ended = threading.Event()

    def for_s(self, seconds: float) -> bool:
        """See `Pause.for_s`."""
        return not self._ended.wait(seconds)

    def end(self) -> None:
        """Make every wait, present and future, return at once."""
        self._ended.set()


def _waits_s() -> Iterator[float]:
    wait_s, total_s = FIRST_WAIT_S, 0.0
    while total_s < GIVE_UP_AFTER_S:
        yield wait_s
        total_s += wait_s
        wait_s = min(wait_s * 2, LONGEST_WAIT_S)


def poll(what: str, look: Callable[[], T | None], pause: Pause) -> T:
    """Return the first answer of `look` that is not None.

    Args:
        what: Completes the sentence "waited in vain for …".
        look: Asks once. Raises to give up early.
        pause: Lets time pass between two looks.

    Raises:
        NotSettled: Two minutes have passed, or the engine was interrupted.
    """
    for wait_s in _waits_s():
        found = look()
        if found is not None:
            return found
        if not pause.for_s(wait_s):
            raise NotSettled(f"interrupted while waiting for {what}")
    raise NotSettled(f"waited in vain for {what}")
