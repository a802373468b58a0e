"""The checkout's virtual environment: made and filled once, and again when requirements change.

Runs on the machine's own Python with the standard library alone. Leaves out what is in the
requirements, and whether the Python is recent enough, which `make` asks before.

`python3 -m toolchain.environment` from the checkout's root.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from toolchain.cache import exclusive
from toolchain.errors import StepFailed, ToolchainError, ToolchainUnusable
from toolchain.progress import Step, run_step

REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")


def fingerprint(checkout: Path) -> str:
    """Return what the environment's content follows from: the requirements and this Python."""
    digest = hashlib.sha256(".".join(map(str, sys.version_info[:2])).encode())
    for name in REQUIREMENTS:
        digest.update((checkout / name).read_bytes())
    return digest.hexdigest()


def is_ready(venv: Path, wanted: str) -> bool:
    """Return whether the environment was filled for `wanted` and its interpreter still runs."""
    stamp = venv / "filled-for"
    return stamp.exists() and stamp.read_text() == wanted and _runs(venv / "bin" / "python")


def _runs(python: Path) -> bool:
    try:
        # A virtual environment breaks when it is moved or its base interpreter goes away.
        answer = subprocess.run(  # noqa: S603 - the environment's own interpreter
            [str(python), "-c", ""], check=False, capture_output=True
        )
    except OSError:
        return False
    return answer.returncode == 0


def ensure(checkout: Path, environ: Mapping[str, str]) -> None:
    """Make `.venv` of the checkout hold what the requirements say.

    Safe to interrupt and to run twice at once.

    Raises:
        ToolchainError: It cannot be made; the message says what is missing.
    """
    venv, wanted = checkout / ".venv", fingerprint(checkout)
    if is_ready(venv, wanted):
        return
    lock = checkout / ".workshop" / "environment.lock"
    with exclusive(lock, waiting_for="another run to fill .venv"):
        if not is_ready(venv, wanted):
            _fill(checkout, venv, environ)
            (venv / "filled-for").write_text(wanted)


def _fill(checkout: Path, venv: Path, environ: Mapping[str, str]) -> None:
    python = venv / "bin" / "python"
    if not _runs(python):
        with Step("creating the virtual environment") as step:
            try:
                run_step(step, [sys.executable, "-m", "venv", "--clear", venv], environ=environ)
            except StepFailed as failed:
                raise ToolchainUnusable(
                    f"{failed}\nOn Debian and Ubuntu: apt-get install python3-venv"
                ) from failed
    with Step("installing Python packages") as step:
        collected = 0

        def count(line: str) -> None:
            nonlocal collected
            if line.startswith("Collecting "):
                collected += 1
                step.detail(f"{collected} found, now {line.split()[1]}")
            elif line.startswith("Installing collected"):
                step.detail(f"unpacking {collected}")

        options = ["--disable-pip-version-check", "--no-input", "--progress-bar=off"]
        pip = [str(python), "-m", "pip", "install", *options]
        command = [*pip, "-r", str(checkout / REQUIREMENTS[-1])]
        run_step(step, command, environ=environ, on_line=count)


def main() -> int:
    """Fill the environment of the checkout that we are in."""
    try:
        ensure(Path(__file__).parents[1], os.environ)
    except ToolchainError as failed:
        sys.stderr.write(f"error: {failed}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: run it again\n")
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
