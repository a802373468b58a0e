"""What time it is in the sandbox: the only module of it that reads or waits for real time.

Event time in records is an `int` of milliseconds since the Unix epoch; `Clock` speaks the
same unit at the wire and aware UTC datetimes elsewhere. Leaves out scheduling: whoever
needs to act later asks the clock how long to wait and awaits `sleep_until_ms`.
"""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """A source of sandbox time. Never goes backwards."""

    def now_ms(self) -> int:
        """Return the sandbox's time in milliseconds since the Unix epoch."""

    def now(self) -> datetime:
        """Return the same instant as an aware UTC datetime."""

    async def sleep_until_ms(self, instant_ms: int) -> None:
        """Return once `now_ms() >= instant_ms`; at once if that is already so."""


class SystemClock:
    """Real time, optionally running faster: `speed` sandbox seconds per real second."""

    def __init__(self, *, speed: float = 1.0) -> None:
        self._speed = speed
        self._epoch_ms = time.time() * 1000
        self._started = time.monotonic()

    def now_ms(self) -> int:
        """Return start plus elapsed real time times the speed."""
        return int(self._exact_ms())

    def _exact_ms(self) -> float:
        return self._epoch_ms + (time.monotonic() - self._started) * 1000 * self._speed

    def now(self) -> datetime:
        """Return the same instant as an aware UTC datetime."""
        return datetime.fromtimestamp(self.now_ms() / 1000, tz=UTC)

    async def sleep_until_ms(self, instant_ms: int) -> None:
        """Sleep the real time that lies between now and `instant_ms`."""
        # Exact, so that who waits for a later instant wakes later: records of two sources that lie
        # a millisecond apart are then appended in their order.
        while (left_ms := instant_ms - self._exact_ms()) > 0:
            await asyncio.sleep(left_ms / 1000 / self._speed)


class ManualClock:
    """Time that moves only when told to: `advance_ms`. Wakes the sleepers it passes."""

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self._now_ms = now_ms
        self._moved = asyncio.Event()

    def now_ms(self) -> int:
        """Return the instant last set."""
        return self._now_ms

    def now(self) -> datetime:
        """Return the same instant as an aware UTC datetime."""
        return datetime.fromtimestamp(self._now_ms / 1000, tz=UTC)

    def advance_ms(self, by_ms: int) -> None:
        """Move forward by `by_ms` milliseconds.

        Raises:
            ValueError: `by_ms` is negative.
        """
        if by_ms < 0:
            raise ValueError(f"a clock cannot go back: advance_ms={by_ms}")
        self._now_ms += by_ms
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def sleep_until_ms(self, instant_ms: int) -> None:
        """Wait until `advance_ms` has reached `instant_ms`."""
        while self._now_ms < instant_ms:
            await self._moved.wait()


async def pause_ms(real_ms: float) -> None:
    """Let so many real milliseconds pass, whatever the sandbox's time does meanwhile."""
    await asyncio.sleep(real_ms / 1000)


def attempts(*, every_ms: float, for_ms: float) -> Iterator[float]:
    """Yield the real seconds gone by, again and again with a pause between, until time is up.

    For commands that wait for another process: it blocks, so never use it on an event loop.
    """
    started = time.monotonic()
    while (elapsed_ms := (time.monotonic() - started) * 1000) < for_ms:
        yield elapsed_ms / 1000
        time.sleep(every_ms / 1000)
