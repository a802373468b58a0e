"""The sandbox as a background process: started, found, stopped.

One sandbox per state folder. `sandbox.json` there says which process it is; it is believed
only as far as the process itself confirms it, by the instance id in its health or its
command line, so that a process id used again by somebody else is never stopped. Leaves out
serving (`sandbox.listener`).

SandboxError
├── PortInUse       another program listens there
├── NotStarted      the new process ended, or did not answer in time
└── WillNotStop     it outlived even SIGKILL
"""

import contextlib
import fcntl
import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sandbox.clock import attempts
from sandbox.listening import PortTaken, listening_socket
from sandbox.ports import command_of, is_alive, listener_of
from sandbox.settings import HOST, SandboxSettings

START_MS = 30_000
STOP_MS = 5_000
LOG_TAIL_LINES = 15

Say = Callable[[str], None]


class SandboxError(Exception):
    """A background command cannot do what it was asked."""


class PortInUse(SandboxError):
    """Another program listens on the port."""

    def __init__(self, port: int, holder: str | None) -> None:
        who = holder or "another program"
        super().__init__(
            f"port {port} is taken by {who}. Choose another: PORT={port + 1} make up, "
            f"or python -m sandbox up --port {port + 1}"
        )


class NotStarted(SandboxError):
    """The new process did not get as far as answering."""

    def __init__(self, log: Path) -> None:
        with contextlib.suppress(OSError):
            tail = "\n".join(log.read_text().splitlines()[-LOG_TAIL_LINES:])
            super().__init__(f"the sandbox did not start; the end of {log}:\n{tail}")
            return
        super().__init__(f"the sandbox did not start and left no log at {log}")


class WillNotStop(SandboxError):
    """The process is still there after SIGKILL."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"process {pid} does not end")


@dataclass(frozen=True)
class Running:
    """A sandbox process that was started from a state folder."""

    pid: int
    instance: str
    port: int

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{HOST}:{self.port}"

    def is_ours(self) -> bool:
        """Tell whether the process of that id is alive and is still this sandbox."""
        return is_alive(self.pid) and self.instance in (command_of(self.pid) or "")


def health(port: int) -> dict[str, Any] | None:
    """Return the health of the sandbox on a port; None when none answers there."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/sandbox/v1/health")
        found = json.loads(connection.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return found if isinstance(found, dict) and "instance" in found else None


def running(state_dir: Path) -> Running | None:
    """Return the sandbox that was started from this folder, if it is alive."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        found = Running(**json.loads(_record(state_dir).read_text()))
        return found if found.is_ours() else None
    return None


def start(settings: SandboxSettings, say: Say) -> Running:
    """Return the folder's sandbox, answering; start one if there is none.

    Two calls at once start one: the second waits for the first.

    Raises:
        PortInUse: Another program listens on the port.
        NotStarted: The process ended, or did not answer in 30 seconds.
    """
    state_dir = settings.state_dir
    state_dir.mkdir(parents=True, exist_ok=True)
    with _locked(state_dir, say):
        present = running(state_dir)
        if present:
            if settings.port not in (0, present.port):
                say(f"The sandbox of this folder already runs on port {present.port}.")
            return _answering(present, state_dir, say)
        settings = _with_port(settings)
        _check_port(settings.port)
        process = _spawn(settings)
        started = Running(process.pid, settings.instance, settings.port)
        _record(state_dir).write_text(json.dumps(asdict(started)))
        return _answering(started, state_dir, say, process)


def stop(state_dir: Path, say: Say) -> Running | None:
    """Stop the folder's sandbox; return what was stopped, None if none ran.

    Raises:
        WillNotStop: It outlived SIGKILL.
    """
    present = running(state_dir)
    if present is not None:
        _end(present, say)
    _record(state_dir).unlink(missing_ok=True)
    return present


def _end(sandbox: Running, say: Say) -> None:
    for number, patience_ms in ((signal.SIGTERM, STOP_MS), (signal.SIGKILL, STOP_MS)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(sandbox.pid, number)
        for _ in attempts(every_ms=20, for_ms=patience_ms):
            with contextlib.suppress(ChildProcessError):
                os.waitpid(sandbox.pid, os.WNOHANG)
            if not sandbox.is_ours():
                return
        say(f"Process {sandbox.pid} did not end within {patience_ms // 1000} s of {number.name}.")
    raise WillNotStop(sandbox.pid)


def _with_port(settings: SandboxSettings) -> SandboxSettings:
    """Return the settings with a port of their own: 0 takes one that is free."""
    if settings.port:
        return settings
    with listening_socket(0) as free:
        port: int = free.getsockname()[1]
    return replace(settings, port=port)


def _check_port(port: int) -> None:
    found = health(port)
    if found:
        raise PortInUse(
            port, f"the sandbox of {found.get('state_dir')} (process {found.get('pid')})"
        )
    try:
        listening_socket(port).close()
    except PortTaken:
        raise PortInUse(port, listener_of(port)) from None


def _spawn(settings: SandboxSettings) -> subprocess.Popen[bytes]:
    arguments = {
        "--port": settings.port,
        "--state": settings.state_dir.absolute(),
        "--speed": settings.speed,
        "--seed": settings.seed,
        "--history": settings.history.total_seconds(),
        "--skew": settings.skew,
        "--clock": settings.clock,
        "--provisioning": settings.provisioning,
        "--instance": settings.instance,
    }
    flat = [str(part) for pair in arguments.items() for part in pair]
    with log_file(settings.state_dir).open("wb") as output:
        return subprocess.Popen(  # noqa: S603 - our own command, in a session of its own
            [sys.executable, "-m", "sandbox", "serve", *flat],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=Path(__file__).parents[1],
        )


def _answering(
    sandbox: Running, state_dir: Path, say: Say, process: subprocess.Popen[bytes] | None = None
) -> Running:
    told = 0
    for elapsed in attempts(every_ms=20, for_ms=START_MS):
        found = health(sandbox.port)
        if found and found["instance"] == sandbox.instance:
            if process:
                # It outlives this command on purpose; without this, dropping it would warn.
                process.returncode = 0
            return sandbox
        if (process.poll() is not None) if process else not sandbox.is_ours():
            break
        if int(elapsed / 2) > told:
            told = int(elapsed / 2)
            say(f"Waiting for the sandbox on {sandbox.url} … {int(elapsed)} s")
    with contextlib.suppress(SandboxError):
        stop(state_dir, say)
    raise NotStarted(log_file(state_dir))


def log_file(state_dir: Path) -> Path:
    """Return where the process writes what it has to say."""
    return state_dir / "sandbox.log"


def _record(state_dir: Path) -> Path:
    return state_dir / "sandbox.json"


@contextlib.contextmanager
def _locked(state_dir: Path, say: Say) -> Iterator[None]:
    with (state_dir / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another command is starting this sandbox: waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
