"""`workshop`: from `make up` to rows on the screen, and what the running workshop costs.

In a copy of this checkout, with packages and the Pulumi CLI in place, an hour of history and
speed 1: as a participant has it.
"""

import json
import os
import urllib.request

from bench.checkout import Checkout, copied_checkout
from bench.figures import Figure, stopwatch
from bench.sandbox_process import cpu_seconds, resident_mb
from bench.waiting import rest
from toolchain.pulumi_cli import ensure_pulumi

IDLE_SAMPLE_S = 20.0


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
        finally:
            with stopwatch() as down:
                checkout.run("make", "down")
    note = "to the end of the command, which prints the rows last"
    return {
        "make_up": Figure(first.seconds, "s", limit="<= 30 s", note=note),
        "make_up_again": Figure(again.seconds, "s", note="nothing to change"),
        "make_down": Figure(down.seconds, "s"),
        **figures,
    }


def _while_it_runs(checkout: Checkout) -> dict[str, Figure]:
    address = f"http://127.0.0.1:{checkout.port}/sandbox/v1/health"
    with urllib.request.urlopen(address, timeout=10) as answer:
        pid = json.load(answer)["pid"]
    before = cpu_seconds(pid)
    with stopwatch() as watch:
        rest(IDLE_SAMPLE_S)
    used = cpu_seconds(pid) - before
    return {
        "sandbox_memory": Figure(resident_mb(pid), "MB resident", limit="<= 250 MB"),
        "sandbox_idle_cpu": Figure(
            100 * used / watch.seconds,
            "% of a core",
            limit="<= 3 %",
            note=f"over {watch.seconds:.0f} s, workshop running at speed 1",
        ),
    }
