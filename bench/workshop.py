"""`workshop`: from `make up` to rows on the screen, and what the running workshop costs.

In a copy of this checkout, with packages and the Pulumi CLI in place, an hour of history and
speed 1: as a participant has it.
"""

import os
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass

from bench.account import Connection
from bench.checkout import Checkout, copied_checkout
from bench.figures import Figure, stopwatch
from bench.projects import EMPTY, make_project
from bench.sandbox_process import ROOT, cpu_seconds, resident_mb, running_sandbox
from bench.start import LIBRARIES
from bench.waiting import rest
from toolchain.pulumi_cli import ensure_pulumi

IDLE_SAMPLE_S = 15.0


@dataclass(frozen=True)
class Floor:
    """What the tools take when there is nothing to do."""

    up: float
    """Seconds of `pulumi up` of an empty stack."""
    destroy: float
    """Seconds of its `pulumi destroy`."""


def measure() -> dict[str, Figure]:
    """Return the figures of `make up`, `make down` and the workshop between them."""
    ensure_pulumi(os.environ)
    with copied_checkout() as checkout:
        try:
            with stopwatch() as first:
                checkout.run("make", "up")
            figures = _while_it_runs(checkout)
            with stopwatch() as again:
                checkout.run("make", "up")
            floor = _floor(checkout)
        finally:
            with stopwatch() as down:
                checkout.run("make", "down")
    note = "to the end of the command, which prints the rows last; floor: `up` of an empty stack"
    return {
        "make_up": _against(first.seconds, floor.up, limit="<= 30 s", note=note),
        "make_up_again": _against(again.seconds, floor.up, note="nothing to change"),
        "make_down": _against(
            down.seconds, floor.destroy, note="floor: `destroy` of an empty stack"
        ),
        **figures,
    }


def _against(seconds: float, floor: float, *, limit: str = "", note: str) -> Figure:
    return Figure(seconds, "s", floor=floor, ratio=seconds / floor, limit=limit, note=note)


def _while_it_runs(checkout: Checkout) -> dict[str, Figure]:
    with closing(Connection(checkout.port)) as connection:
        pid = connection.call("GET", "/sandbox/v1/health")["pid"]
    used = _cpu_share(pid)
    memory = resident_mb(pid)
    with running_sandbox() as empty:
        idle = _cpu_share(empty.pid)
    bare = _memory_of_libraries()
    return {
        "sandbox_memory": Figure(
            memory,
            "MB resident",
            floor=bare,
            ratio=memory / bare,
            limit="<= 250 MB",
            note="an hour of history; floor: Python with the same libraries imported",
        ),
        "sandbox_idle_cpu": Figure(
            100 * used,
            "% of a core",
            floor=100 * idle,
            limit="<= 3 %",
            note=f"over {IDLE_SAMPLE_S:.0f} s at speed 1; floor: a sandbox with nothing on it",
        ),
    }


def _cpu_share(pid: int) -> float:
    before = cpu_seconds(pid)
    with stopwatch() as watch:
        rest(IDLE_SAMPLE_S)
    return (cpu_seconds(pid) - before) / watch.seconds


def _memory_of_libraries() -> float:
    program = (
        f"import os, {', '.join(LIBRARIES)}\n"
        "from bench.sandbox_process import resident_mb\n"
        "print(resident_mb(os.getpid()))\n"
    )
    done = subprocess.run(  # noqa: S603 - our own text
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def _floor(checkout: Checkout) -> Floor:
    folder = checkout.path / ".workshop" / "empty"
    make_project(folder, "empty", EMPTY, checkout.path)
    pulumi = f"source .workshop/env && pulumi --non-interactive --cwd {folder}"
    options = "--yes --skip-preview --stack empty"
    checkout.run("bash", "-c", f"{pulumi} stack init empty")
    with stopwatch() as up:
        checkout.run("bash", "-c", f"{pulumi} up {options}")
    with stopwatch() as destroy:
        checkout.run("bash", "-c", f"{pulumi} destroy {options} --remove")
    return Floor(up.seconds, destroy.seconds)
