"""What a measurement returns, and how repeated timings become one number.

Owns the value type and the statistics. Leaves out what is measured: one module each beside
this one, listed in `bench.__main__`.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypedDict


class FigureJson(TypedDict, total=False):
    """One figure as `--json` prints it."""

    value: float
    unit: str
    floor: float
    peer: float
    ratio: float
    limit: str
    note: str


@dataclass(frozen=True)
class Figure:
    """One measured number with what it is held against."""

    value: float
    unit: str
    floor: float | None = None
    """The least that any implementation would need, measured in the same run."""
    peer: float | None = None
    """What somebody else's implementation needs for the same, measured in the same run."""
    ratio: float | None = None
    """Ours against floor or peer; above or below one as `limit` says."""
    limit: str = ""
    """What is asked of the ratio or value, as text: `ratio <= 2`."""
    note: str = ""

    def as_json(self) -> FigureJson:
        """Return the figure without the fields that are empty."""
        fields: FigureJson = {"value": round(self.value, 4), "unit": self.unit}
        if self.floor is not None:
            fields["floor"] = round(self.floor, 4)
        if self.peer is not None:
            fields["peer"] = round(self.peer, 4)
        if self.ratio is not None:
            fields["ratio"] = round(self.ratio, 3)
        if self.limit:
            fields["limit"] = self.limit
        if self.note:
            fields["note"] = self.note
        return fields


def against_floor(value: float, floor: float, unit: str, *, limit: str = "") -> Figure:
    """Return a figure whose ratio is value ÷ floor (times: lower is better)."""
    return Figure(value, unit, floor=floor, ratio=value / floor, limit=limit)


@dataclass
class Stopwatch:
    """What a `with stopwatch()` block took."""

    seconds: float = 0.0
    """Real time."""
    cpu_seconds: float = 0.0
    """Processor time of this process: what work costs when others use the same core."""


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    """Time the block."""
    watch = Stopwatch()
    started, cpu_started = time.perf_counter(), time.process_time()
    try:
        yield watch
    finally:
        watch.seconds = time.perf_counter() - started
        watch.cpu_seconds = time.process_time() - cpu_started


def paired(
    ours: Callable[[], float], floor: Callable[[], float], *, rounds: int
) -> tuple[float, float]:
    """Run both in turn, `rounds` times, and return the medians (ours, floor).

    Alternating spreads a noisy minute over both sides.
    """
    pairs = [(ours(), floor()) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def percentile(samples: list[float], share: float) -> float:
    """Return the sample below which `share` (0…1) of all samples lie."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
