"""A sandbox of the measurement's own: on a free port, with a state folder that goes with it.

Owns starting `python -m sandbox serve`, waiting for its ready line, what the system says of
its memory and processor time, and ending it. Leaves out its APIs (`bench.account`).
"""

import os
import select
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
READY_LIMIT_S = 60


class NotReady(Exception):
    """The sandbox did not say that it is ready."""


@dataclass(frozen=True)
class SandboxProcess:
    """A sandbox that answers calls."""

    port: int
    pid: int

    @property
    def base_url(self) -> str:
        """Its address, without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"

    def resident_mb(self) -> float:
        """Return its resident memory in megabytes (10^6 bytes)."""
        return resident_mb(self.pid)

    def cpu_seconds(self) -> float:
        """Return the processor time it has used, user and system."""
        return cpu_seconds(self.pid)


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def resident_mb(pid: int) -> float:
    """Return a process's resident memory in megabytes (10^6 bytes)."""
    kilobytes = int(_ps(pid, "rss"))
    return kilobytes * 1024 / 1e6


def cpu_seconds(pid: int) -> float:
    """Return a process's processor time in seconds; on Linux to a hundredth."""
    if sys.platform == "linux":
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks: int = os.sysconf("SC_CLK_TCK")
        return (int(fields[11]) + int(fields[12])) / ticks
    parts = _ps(pid, "time").replace("-", ":").split(":")
    return sum(float(part) * 60**power for power, part in enumerate(reversed(parts)))


@contextmanager
def running_sandbox(*options: str) -> Iterator[SandboxProcess]:
    """Run a sandbox with these options of `serve` for as long as the block lasts.

    Raises:
        NotReady: It ended or said nothing for a minute; the message holds its last words.
    """
    with tempfile.TemporaryDirectory(prefix="bench-sandbox-") as folder:
        port = free_port()
        log = Path(folder) / "log"
        command = [sys.executable, "-m", "sandbox", "serve", "--port", str(port)]
        with log.open("wb") as errors:
            process = subprocess.Popen(  # noqa: S603 - our own arguments, no shell
                [*command, "--state", str(Path(folder) / "state"), *options],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        try:
            _await_ready_line(process, log)
            yield SandboxProcess(port, process.pid)
        finally:
            _end(process)


def _await_ready_line(process: "subprocess.Popen[bytes]", log: Path) -> None:
    assert process.stdout is not None
    readable, _, _ = select.select([process.stdout], [], [], READY_LIMIT_S)
    if not readable or b"ready" not in process.stdout.readline():
        last = log.read_text(errors="replace").strip()[-500:]
        raise NotReady(f"the sandbox did not start: {last or 'it said nothing'}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    assert process.stdout is not None
    process.stdout.close()


def _ps(pid: int, field: str) -> str:
    done = subprocess.run(  # noqa: S603 - a number and a fixed word
        ["ps", "-o", f"{field}=", "-p", str(pid)],  # noqa: S607 - ps is where the system has it
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
