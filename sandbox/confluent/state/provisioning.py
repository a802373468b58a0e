"""How a cluster gets from asked-for to ready: explicit phases, and who decides when.

A policy begins one `Progress` per cluster; each read of the cluster through the API asks it
whether the time has come. Leaves out failure: a cluster fails only by fault injection.
"""

import re
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from sandbox.clock import Clock


class Phase(StrEnum):
    """`status.phase` of Kafka, Schema Registry and ksqlDB clusters."""

    PROVISIONING = "PROVISIONING"
    PROVISIONED = "PROVISIONED"
    FAILED = "FAILED"


class Progress(Protocol):
    """Where one cluster is on its way."""

    def observe(self) -> Phase:
        """Return the phase; called once for each read of the cluster."""


class Provisioning(Protocol):
    """Decides how clusters advance."""

    def begin(self) -> Progress:
        """Start a cluster on its way."""


class AtOnce:
    """Ready on the first look.

    The default: with the published provider's polling each further look costs a minute.
    """

    def begin(self) -> Progress:
        """Start, and arrive."""
        return AfterReads(0).begin()


class AfterReads:
    """Ready after `reads` looks that still said PROVISIONING."""

    def __init__(self, reads: int) -> None:
        self._reads = reads

    def begin(self) -> Progress:
        """Start counting."""
        return _ReadsLeft(self._reads)


class AfterDuration:
    """Ready once `duration` of sandbox time has passed."""

    def __init__(self, duration: timedelta, clock: Clock) -> None:
        self._duration, self._clock = duration, clock

    def begin(self) -> Progress:
        """Start the clock."""
        ready_ms = self._clock.now_ms() + int(self._duration.total_seconds() * 1000)
        return _ReadyAt(ready_ms, self._clock)


class _ReadsLeft:
    def __init__(self, reads: int) -> None:
        self._left = reads

    def observe(self) -> Phase:
        if self._left <= 0:
            return Phase.PROVISIONED
        self._left -= 1
        return Phase.PROVISIONING


class _ReadyAt:
    def __init__(self, ready_ms: int, clock: Clock) -> None:
        self._ready_ms, self._clock = ready_ms, clock

    def observe(self) -> Phase:
        ready = self._clock.now_ms() >= self._ready_ms
        return Phase.PROVISIONED if ready else Phase.PROVISIONING


def provisioning_from(text: str, clock: Clock) -> Provisioning:
    """Return the policy that a setting names: `at-once`, `reads:N`, or seconds such as `5s`.

    Raises:
        ValueError: It names none.
    """
    if text == "at-once":
        return AtOnce()
    if match := re.fullmatch(r"reads:(\d+)", text):
        return AfterReads(int(match[1]))
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)s", text):
        return AfterDuration(timedelta(seconds=float(match[1])), clock)
    raise ValueError(f"provisioning {text!r}: give at-once, reads:N, or seconds such as 5s")
