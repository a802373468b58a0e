"""Waiting: the one module of this package that reads the clock or sleeps.

Owns deadlines, back-off, and telling whoever waits what is being waited for. Leaves out what is
worth waiting for (`ksql.client`).
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol, TypeAlias

Tell: TypeAlias = Callable[[str], None]
"""Takes one line for the person who waits."""


def in_silence(_line: str) -> None:
    """Tell nobody."""


class Clock(Protocol):
    """Where time comes from; tests bring their own."""

    def elapsed_s(self) -> float:
        """Return seconds since some fixed moment; never goes back."""

    def pause(self, seconds: float) -> None:
        """Return after so many seconds."""


class RealClock:
    """Time as it passes."""

    def elapsed_s(self) -> float:
        """Return seconds of the machine's monotonic clock."""
        return time.monotonic()

    def pause(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)


@dataclass(frozen=True)
class Patience:
    """How long to go on trying, by what is being waited for."""

    ready: timedelta = timedelta(minutes=5)
    """For a server that is starting, busy or limiting the rate."""
    key: timedelta = timedelta(minutes=10)
    """For a new API key or role to be known everywhere."""
    command: timedelta = timedelta(minutes=5)
    """For a command that was accepted."""

    def without_new_keys(self) -> "Patience":
        """Return the same, but giving up a key that is refused at once."""
        return replace(self, key=timedelta(0))


IMPATIENT = Patience(timedelta(0), timedelta(0), timedelta(seconds=30))
"""For a person who waits at a terminal."""

LOCAL = Patience(timedelta(seconds=30), timedelta(seconds=10), timedelta(minutes=1))
"""For a server on this machine, where nothing takes long to become known."""


class Progress:
    """Tells what is being waited for: first after 2 s, then every 10 s or more."""

    FIRST_S = 2.0
    EVERY_S = 10.0

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._next_s = self.FIRST_S

    def note(self, why: str, waited_s: float, limit: timedelta) -> None:
        """Tell it, if it is time to."""
        if waited_s >= self._next_s:
            self._next_s = waited_s + self.EVERY_S
            self._tell(f"{why}; trying for {waited_s:.0f} s of {limit.total_seconds():.0f} s")


class Attempts:
    """Counts down to a deadline, with pauses that double from 0.2 s up to 10 s."""

    FIRST_S = 0.2
    LONGEST_S = 10.0

    def __init__(self, clock: Clock, tell: Tell = in_silence) -> None:
        self._clock = clock
        self._started = clock.elapsed_s()
        self._pause = self.FIRST_S
        self._progress = Progress(tell)

    @property
    def waited_s(self) -> float:
        """Seconds since the first attempt."""
        return self._clock.elapsed_s() - self._started

    def pause(self, limit: timedelta, at_least_s: float | None = None, why: str = "") -> bool:
        """Wait before the next attempt, and return True; False, at once, if it would be too late.

        Args:
            limit: From the first attempt on, how long attempts may be made.
            at_least_s: What the server asked for in `Retry-After`.
            why: What is being waited for, in words for the person who waits.
        """
        seconds = self._pause if at_least_s is None else at_least_s
        if self.waited_s + seconds > limit.total_seconds():
            return False
        # Told before the pause that makes it long, not after.
        self._progress.note(why, self.waited_s + seconds, limit)
        self._clock.pause(seconds)
        self._pause = min(self._pause * 2, self.LONGEST_S)
        return True


def every(
    seconds: float, limit: timedelta, clock: Clock, tell: Tell = in_silence, why: str = ""
) -> Iterator[float]:
    """Yield the seconds gone by, 0 at once and then every so many seconds, until time is up.

    Args:
        seconds: Between two yields.
        limit: Until when.
        clock: Where time comes from.
        tell: Told `why` while it lasts.
        why: What is being waited for.
    """
    started, gone, progress = clock.elapsed_s(), 0.0, Progress(tell)
    while True:
        yield gone
        if clock.elapsed_s() - started + seconds > limit.total_seconds():
            return
        progress.note(why, gone + seconds, limit)
        clock.pause(seconds)
        gone = clock.elapsed_s() - started
