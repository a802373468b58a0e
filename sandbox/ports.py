"""Who listens on a port of this machine: for the message that blames the right process.

Linux tells through `/proc`, macOS through `lsof`. Both tell only about processes of the same
user, and nothing is worth an error here: no answer is None.
"""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

LISTENING = "0A"
"""State of a listening socket in `/proc/net/tcp`."""


def listener_of(port: int) -> str | None:
    """Return `pid and command line` of who listens on the port; None where unknown."""
    pid = _pid_from_proc(port) if Path("/proc/net/tcp").exists() else _pid_from_lsof(port)
    return None if pid is None else f"process {pid} ({command_of(pid) or 'unknown command'})"


def command_of(pid: int) -> str | None:
    """Return a process's command line; None where there is no such process."""
    with contextlib.suppress(OSError):
        text = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        return text or None
    ps = shutil.which("ps")
    if ps is None or Path("/proc/self").exists():
        return None
    found = subprocess.run(  # noqa: S603 - the program is ps, the argument a number
        [ps, "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or None


def is_alive(pid: int) -> bool:
    """Tell whether a process is there; one that has ended and is not yet reaped is not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with contextlib.suppress(OSError, IndexError):
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        return state != "Z"
    return True


def _pid_from_proc(port: int) -> int | None:
    inodes = {
        fields[9]
        for name in ("tcp", "tcp6")
        for fields in _rows(Path("/proc/net") / name)
        if fields[3] == LISTENING and int(fields[1].rsplit(":", 1)[1], 16) == port
    }
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(str(link.readlink()) in wanted for link in (process / "fd").iterdir()):
                return int(process.name)
    return None


def _rows(table: Path) -> list[list[str]]:
    with contextlib.suppress(OSError):
        return [line.split() for line in table.read_text().splitlines()[1:]]
    return []


def _pid_from_lsof(port: int) -> int | None:
    lsof = shutil.which("lsof")
    if lsof is None:
        return None
    found = subprocess.run(  # noqa: S603 - the program is lsof, the argument a number
        [lsof, "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-t"],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = found.stdout.split()
    return int(lines[0]) if lines else None
