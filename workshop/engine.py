"""The Pulumi engine on this checkout's private backend, and putting right what a crash left.

Owns how `pulumi` is called, and the repairs: locks of dead processes, states that describe a
sandbox that is no more, creations that nobody knows the end of. Leaves out when each is due
(`workshop.lifecycle`) and what a stack consists of.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workshop.home import Home


class EngineFailed(Exception):
    """A pulumi command ended with an error, which it has shown or which is in the message."""


@dataclass(frozen=True)
class Lock:
    """A lock that an engine put on a stack of the file backend."""

    file: Path
    pid: int

    @property
    def is_stale(self) -> bool:
        """Whether its owner has ended without taking it away."""
        # The system gives the number of an ended process to another one some day.
        return "pulumi" not in _program_of(self.pid)


def _program_of(pid: int) -> str:
    """Return the name of the program that a process runs; empty when it has ended."""
    if Path("/proc/self/stat").exists():
        try:
            _, _, rest = Path(f"/proc/{pid}/stat").read_text().partition("(")
        except OSError:
            return ""
        name, _, state = rest.rpartition(")")
    else:
        shown = subprocess.run(  # noqa: S603 - the program is ps, the argument a number
            ["/bin/ps", "-o", "comm=,stat=", "-p", str(pid)],
            capture_output=True,
            text=True,
            check=False,
        )
        name, _, state = shown.stdout.strip().rpartition(" ")
    return "" if state.strip().startswith("Z") else name


@dataclass(frozen=True)
class Engine:
    """`pulumi`, called in one checkout."""

    home: Home
    cli: Path
    environ: Mapping[str, str]

    def show(self, *arguments: str) -> None:
        """Run a command whose output the user watches.

        On Ctrl-C the engine is interrupted too, being of the same process group; it then finishes
        what is under way, and so this waits for it.

        Raises:
            EngineFailed: It ended with an error, which is on the screen.
            KeyboardInterrupt: It was interrupted, and has ended.
        """
        process = subprocess.Popen(  # noqa: S603 - the CLI that we found, with arguments of ours
            [str(self.cli), *arguments], cwd=self.home.checkout, env=dict(self.environ)
        )
        was_interrupted = False
        while process.returncode is None:
            try:
                process.wait()
            except KeyboardInterrupt:
                was_interrupted = True
        if was_interrupted:
            raise KeyboardInterrupt
        if process.returncode != 0:
            raise EngineFailed(f"`pulumi {' '.join(arguments[:1])}` failed: see above")

    def ask(self, *arguments: str, given: str | None = None) -> str:
        """Return the output of a command that is quick and asks nothing.

        Args:
            arguments: For `pulumi`.
            given: Text for its standard input.

        Raises:
            EngineFailed: It ended with an error; the message holds it.
        """
        answer = subprocess.run(  # noqa: S603 - the CLI that we found, with arguments of ours
            [str(self.cli), *arguments, "--non-interactive"],
            cwd=self.home.checkout,
            env=dict(self.environ),
            input=given if given is not None else "",
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode != 0:
            raise EngineFailed(f"`pulumi {' '.join(arguments)}`: {answer.stderr.strip()}")
        return answer.stdout

    def select(self, stack: str) -> None:
        """Make `stack` the one that plain `pulumi` commands are about, creating it if needed."""
        if self._file_of(stack) is None:
            self.ask("stack", "init", stack)
        self.ask("stack", "select", stack)

    def stacks(self) -> list[str]:
        """Return the names of all stacks on the backend, sorted."""
        return sorted(file.stem for file in self._state_files())

    def resources(self, stack: str) -> list[Any]:
        """Return the resources in a stack's state, as the state file holds them.

        Only what really exists somewhere: the stack itself and its providers do not count.
        """
        return [each for each in self._latest(stack).get("resources") or [] if _is_something(each)]

    def pending_creations(self, stack: str) -> list[str]:
        """Return the names of resources whose creation was begun and never ended."""
        pending = self._latest(stack).get("pending_operations") or []
        return [
            str(each["resource"]["urn"]).rpartition("::")[2]
            for each in pending
            if each["type"] == "creating"
        ]

    def forget(self, stack: str) -> None:
        """Empty a stack's state, without touching what it describes."""
        deployment = json.loads(self.ask("stack", "export", "--stack", stack))
        deployment["deployment"] = {
            name: value
            for name, value in deployment["deployment"].items()
            if name not in ("resources", "pending_operations")
        }
        empty = json.dumps(deployment)
        self.ask("stack", "import", "--force", "--stack", stack, given=empty)

    def locks(self) -> list[Lock]:
        """Return all locks on stacks of this backend."""
        files = (self.home.backend / ".pulumi" / "locks").rglob("*.json")
        return [Lock(file, int(json.loads(file.read_text()).get("pid", 0))) for file in files]

    def _state_files(self) -> Iterator[Path]:
        folder = self.home.backend / ".pulumi" / "stacks" / self._project()
        yield from (file for file in folder.glob("*.json"))

    def _project(self) -> str:
        for line in (self.home.checkout / "Pulumi.yaml").read_text().splitlines():
            if line.startswith("name:"):
                return line.partition(":")[2].strip().strip("\"'")
        raise EngineFailed("Pulumi.yaml has no `name:`")

    def _file_of(self, stack: str) -> Path | None:
        return next((file for file in self._state_files() if file.stem == stack), None)

    def _latest(self, stack: str) -> Mapping[str, Any]:
        # Read from the file: asking the CLI takes half a second, and this is asked on every run.
        file = self._file_of(stack)
        if file is None:
            return {}
        latest: Mapping[str, Any] = json.loads(file.read_text())["checkpoint"].get("latest") or {}
        return latest


def _is_something(resource: Mapping[str, Any]) -> bool:
    return bool(resource.get("custom")) and not resource["type"].startswith("pulumi:providers:")
