"""When Python may look for garbage in cycles: not while a backlog is being worked off.

A backlog makes many thousands of records that all stay and never refer back. Python's collector
would walk through all of them again each time their number has grown by a quarter, which costs
nearly half of the time. So it is held off until every query has caught up, and only what is young
is looked through now and then.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG_EVERY = 200
"""Slices between two looks at what is young."""


class Collections:
    """Holds the collector off for as long as anybody asks."""

    def __init__(self) -> None:
        self._holders: set[object] = set()
        self._was_on = False
        self._slices = 0

    def hold(self, holder: object) -> None:
        """Hold it off until `holder` releases it; asked again after each slice."""
        if not self._holders:
            self._was_on = gc.isenabled()
            gc.disable()
        self._holders.add(holder)
        self._slices += 1
        if self._slices % YOUNG_EVERY == 0:
            gc.collect(1)

    def release(self, holder: object) -> None:
        """Let it go again, unless others hold it off."""
        if holder in self._holders:
            self._holders.remove(holder)
            if not self._holders and self._was_on:
                gc.enable()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold it off inside the `with`."""
        holder = object()
        self.hold(holder)
        try:
            yield
        finally:
            self.release(holder)


COLLECTIONS = Collections()
"""The process has one collector, so there is one of these."""
