"""Steps that tell how far they are while they run.

On a terminal a step is one line that is rewritten every second; elsewhere (a log, CI) it is a
line every five seconds. A step that is over within two seconds shows nothing but its end. Leaves
out what the steps do.
"""

import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from toolchain.errors import StepFailed

QUIET_S = 2.0
"""How long a step may run before it says that it is still running, in seconds."""
TERMINAL_INTERVAL_S = 1.0
LOG_INTERVAL_S = 5.0
KEPT_LINES = 20


class Step:
    """One step of a longer job; a context manager that shows progress while its body runs."""

    def __init__(self, title: str, *, stream: TextIO | None = None) -> None:
        self.title = title
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty()
        self._detail = ""
        self._outcome = "done"
        self._over = threading.Event()
        self._started = time.monotonic()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def detail(self, text: str) -> None:
        """Show `text` behind the title from the next tick on."""
        self._detail = text

    def announce(self) -> None:
        """Say at once what is being done, instead of after two seconds."""
        self._write(f"{self.title} …", self._detail)

    def outcome(self, text: str) -> None:
        """End the step's last line with `text` in place of `done`."""
        self._outcome = text

    def __enter__(self) -> Self:
        self._ticker.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._ticker.join()
        if kind is None:
            self._finish(self._outcome)
        elif issubclass(kind, KeyboardInterrupt):
            self._finish("interrupted")
        else:
            self._finish("failed")

    def _tick(self) -> None:
        interval_s = TERMINAL_INTERVAL_S if self._is_terminal else LOG_INTERVAL_S
        wait_s = QUIET_S
        while not self._over.wait(wait_s):
            self._write(f"{self.title} … {self._elapsed()}", self._detail)
            wait_s = interval_s

    def _write(self, text: str, detail: str) -> None:
        line = f"{text}  {detail}" if detail else text
        if self._is_terminal:
            width = max(20, _terminal_width(self._stream) - 1)
            self._stream.write(f"\r\x1b[2K{line[:width]}")
        else:
            self._stream.write(f"{line}\n")
        self._stream.flush()

    def _finish(self, outcome: str) -> None:
        start = "\r\x1b[2K" if self._is_terminal else ""
        self._stream.write(f"{start}{self.title}: {outcome} ({self._elapsed()})\n")
        self._stream.flush()

    def _elapsed(self) -> str:
        elapsed_s = int(time.monotonic() - self._started)
        minutes, seconds = divmod(elapsed_s, 60)
        return f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"


def _terminal_width(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return 80


def run_step(
    step: Step,
    command: Sequence[str | Path],
    *,
    environ: Mapping[str, str],
    cwd: Path | None = None,
    on_line: Callable[[str], None] = lambda _line: None,
) -> list[str]:
    """Run `command`, hand each line it prints to `on_line`, and return the last lines.

    Ctrl-C ends the command before it ends us: it is a member of our process group, and we wait.

    Args:
        step: The step that the command belongs to; named in the error.
        command: Program and arguments; no shell is involved.
        environ: The command's whole environment.
        cwd: Where it runs; None is here.
        on_line: Called with every line of standard output and standard error, in order.

    Raises:
        StepFailed: The command ended with a non-zero code.
    """
    kept: deque[str] = deque(maxlen=KEPT_LINES)
    with subprocess.Popen(  # noqa: S603 - the callers' own fixed commands
        [str(part) for part in command],
        env=dict(environ),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            kept.append(line.rstrip())
            on_line(line.rstrip())
    if process.returncode != 0:
        raise StepFailed(step.title, process.returncode, kept)
    return list(kept)
