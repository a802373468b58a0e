"""A clean copy of this checkout, as a new user would have it, and commands run in it.

The copy is a git repository of its own, in a folder whose name has a space, with the virtual
environment linked: so `git status` tells whether a command left anything behind, and tests
never touch the developer's `.workshop/`. Every command's output is kept, for the test that
looks for secrets in it.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
COMMAND_TIMEOUT_S = 300


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Result:
    """What a command ended in."""

    command: str
    exit_code: int
    output: str
    """Standard output and error, in the order they came."""


def tracked_files() -> list[str]:
    """Return what a clone of the present state would hold: tracked and not yet ignored files."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def git(folder: Path, *arguments: str) -> str:
    """Run git with an identity of its own and return what it printed."""
    identity = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout


@dataclass
class Checkout:
    """One copy with its own `.workshop/` and its own port."""

    path: Path
    port: int
    transcript: list[Result] = field(default_factory=list)

    @classmethod
    def make(cls, parent: Path) -> "Checkout":
        """Copy the files, commit them, link the virtual environment."""
        path = parent / "a checkout"
        for name in tracked_files():
            target = path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
        git(path, "init", "--quiet", "--initial-branch=main")
        git(path, "add", "--all")
        git(path, "commit", "--quiet", "--message", "A clean checkout")
        (path / ".venv").symlink_to(ROOT / ".venv")
        return cls(path, free_port())

    @property
    def base_url(self) -> str:
        """The sandbox's address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def python(self) -> str:
        """The interpreter of the virtual environment."""
        return str(self.path / ".venv" / "bin" / "python")

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment of a user's shell with `PORT` set."""
        return {**os.environ, "PORT": str(self.port), **(extra or {})}

    def start(
        self, command: str, extra: Mapping[str, str] | None = None
    ) -> "subprocess.Popen[str]":
        """Start a shell command in a session of its own; the caller ends it."""
        return subprocess.Popen(
            ["bash", "-c", command],
            cwd=self.path,
            env=self.environment(extra),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(
        self,
        command: str,
        extra: Mapping[str, str] | None = None,
        *,
        timeout_s: float = COMMAND_TIMEOUT_S,
    ) -> Result:
        """Run a shell command to its end and keep what it printed."""
        process = self.start(command, extra)
        try:
            output, _ = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            raise AssertionError(f"{command}: not done after {timeout_s} s:\n{output}") from None
        result = Result(command, process.returncode, output)
        self.transcript.append(result)
        return result

    def check(self, command: str, extra: Mapping[str, str] | None = None) -> str:
        """Run a command that must exit 0 and return its output."""
        result = self.run(command, extra)
        assert result.exit_code == 0, f"{command}: exit {result.exit_code}\n{result.output}"
        return result.output

    def pulumi(self, arguments: str) -> Result:
        """Run a pulumi command as the README tells: after sourcing the environment."""
        return self.run(f"source .workshop/env && pulumi --non-interactive {arguments}")

    def outputs(self, stack: str = "dev") -> dict[str, Any]:
        """Return a stack's outputs, secrets in clear; kept out of the transcript."""
        process = self.start(
            "source .workshop/env && pulumi --non-interactive stack output --json "
            f"--show-secrets --stack {stack} 2>/dev/null"
        )
        output, _ = process.communicate(timeout=COMMAND_TIMEOUT_S)
        assert process.returncode == 0, "stack outputs cannot be read"
        outputs: dict[str, Any] = json.loads(output)
        return outputs

    def state(self, stack: str = "dev") -> Sequence[Mapping[str, Any]]:
        """Return the resources of a stack's state file."""
        [file] = (self.path / ".workshop").rglob(f"stacks/*/{stack}.json")
        resources: Sequence[Mapping[str, Any]] = json.loads(file.read_text())["checkpoint"][
            "latest"
        ]["resources"]
        return resources

    def changed_files(self) -> str:
        """Return what `git status` reports; empty when the checkout is clean."""
        return git(self.path, "status", "--short")
