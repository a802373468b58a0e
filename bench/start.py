"""`start`: how long the sandbox takes to be ready, against the bare import of its libraries."""

import subprocess
import sys

from bench.figures import Figure, against_floor, paired, stopwatch
from bench.sandbox_process import ROOT, running_sandbox

LIBRARIES = (
    "asyncio",
    "starlette.applications",
    "starlette.responses",
    "uvicorn",
    "duckdb",
    "sqlglot",
    "fastavro",
    "cryptography.hazmat.primitives.asymmetric.rsa",
    "cryptography.x509",
    "click",
)
"""What requirements-dev.txt lists under “The sandbox”, and what its command line needs."""

ROUNDS = 5


def measure() -> dict[str, Figure]:
    """Return the figure `start`: from the command to the line that says ready."""
    ours, floor = paired(_ready, _bare_import, rounds=ROUNDS)
    return {"start": against_floor(ours, floor, "s", limit="ratio <= 2")}


def _ready() -> float:
    # Its end is outside the block: a sandbox takes its time to close connections.
    with stopwatch() as watch:
        sandbox = running_sandbox()
        sandbox.__enter__()
    sandbox.__exit__(None, None, None)
    return watch.seconds


def _bare_import() -> float:
    with stopwatch() as watch:
        subprocess.run(  # noqa: S603 - our own arguments, no shell
            [sys.executable, "-c", "import " + ", ".join(LIBRARIES)], cwd=ROOT, check=True
        )
    return watch.seconds
