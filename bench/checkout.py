"""A copy of this checkout with run-time state of its own, so that no measurement touches ours.

Owns the copy and commands run in it. Leaves out what they do: they are the user's own commands.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.sandbox_process import free_port

ROOT = Path(__file__).parents[1]
COMMAND_LIMIT_S = 300


class CommandFailed(Exception):
    """A command in the copy ended with an error; the message holds the end of what it said."""

    def __init__(self, command: str, exit_code: int, output: str) -> None:
        super().__init__(f"{command}: exit {exit_code}\n{output[-2000:]}")


@dataclass(frozen=True)
class Checkout:
    """The copy."""

    path: Path
    port: int

    def environment(self) -> dict[str, str]:
        """Return the environment of a user's shell with `PORT` set."""
        return {**os.environ, "PORT": str(self.port)}

    def run(self, *command: str, environ: Mapping[str, str] | None = None) -> str:
        """Run a command to its end; return what it printed.

        Raises:
            CommandFailed: It ended with an error, or not within five minutes.
        """
        process = subprocess.Popen(  # noqa: S603 - commands of ours, no shell
            command,
            cwd=self.path,
            env=dict(environ or self.environment()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=COMMAND_LIMIT_S)
        except BaseException as ended:
            # The command may be a shell, make or an engine: what it started must end with it.
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            if not isinstance(ended, subprocess.TimeoutExpired):
                raise
        if process.returncode != 0:
            raise CommandFailed(" ".join(command), process.returncode, output)
        return output


@contextmanager
def copied_checkout() -> Iterator[Checkout]:
    """Copy the files that git knows or would add; remove the copy at the end.

    The virtual environment is linked, not copied.
    """
    with tempfile.TemporaryDirectory(prefix="bench-checkout-") as folder:
        path = Path(folder)
        for name in _files():
            target = path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
        (path / ".venv").symlink_to(ROOT / ".venv")
        yield Checkout(path, free_port())


def _files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607 - git is taken from PATH
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
