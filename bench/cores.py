"""Pinning to one core, so that figures of one process and of a JVM mean the same.

Without it a JVM compiles and collects on the cores that a Python process leaves idle. Where
the system has no affinity (macOS) nothing is pinned, and `PINNED` says so.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

PINNED = sys.platform == "linux"
"""Whether `one_core` does anything here."""


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this process, and what it starts meanwhile, on one core."""
    if sys.platform != "linux":
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
