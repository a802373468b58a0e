"""Pulumi projects and engines of the stack's measurements, all in one copy of the checkout.

Owns where each variant's plugins, state and program lie, and timed `pulumi` runs. Leaves out
which runs are compared (`bench.stack`).
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.checkout import Checkout, copied_checkout
from bench.figures import stopwatch
from bench.null_plugins.install import install
from workshop.home import backend_url
from workshop.lifecycle import Session, session

STACK = "bench"

PROJECT_FILE = """\
name: {name}
runtime:
  name: python
  options:
    toolchain: pip
    virtualenv: .venv
"""


EMPTY = "import pulumi  # an empty stack: what the engine and its language host take to start\n"


def make_project(folder: Path, name: str, program: str, checkout: Path) -> None:
    """Make a Pulumi project of its own in a new folder, run by the checkout's interpreter."""
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text(PROJECT_FILE.format(name=name))
    (folder / "__main__.py").write_text(program)
    (folder / ".venv").symlink_to(checkout / ".venv")


@dataclass(frozen=True)
class Project:
    """A program with the environment that its engine runs in."""

    checkout: Checkout
    folder: Path
    cli: Path
    environ: Mapping[str, str]

    def pulumi(self, *arguments: str) -> float:
        """Run a pulumi command on the stack; return its seconds.

        Raises:
            CommandFailed: It ended with an error.
        """
        command = (str(self.cli), "--cwd", str(self.folder), "--non-interactive", *arguments)
        with stopwatch() as watch:
            self.checkout.run(*command, environ=self.environ)
        return watch.seconds

    def init(self) -> None:
        """Make the stack."""
        self.pulumi("stack", "init", STACK)

    def up(self) -> float:
        """Run `pulumi up --skip-preview`; return its seconds."""
        return self.pulumi("up", "--skip-preview", "--yes", "--stack", STACK)

    def destroy(self) -> float:
        """Run `pulumi destroy --skip-preview`; return its seconds."""
        return self.pulumi("destroy", "--skip-preview", "--yes", "--stack", STACK)


@dataclass(frozen=True)
class Bench:
    """A copy of the checkout with a sandbox running, in which projects are made."""

    checkout: Checkout
    session: Session

    def whole(self) -> Project:
        """Return the project itself, on the stand-ins and the sandbox."""
        now = self.session
        project = Project(self.checkout, self.checkout.path, now.engine.cli, now.environ)
        project.init()
        return project

    def null(self) -> Project:
        """Return the same program on plugins that answer at once."""
        home = self.session.home
        folder = home.folder / "null"
        bin_folder = folder / "bin"
        _link_cli(self.session.engine.cli, bin_folder)
        install(folder / "pulumi", bin_folder, python=home.python, checkout=self.checkout.path)
        backend = folder / "stacks"
        backend.mkdir()
        environ = {
            **self.session.environ,
            "PULUMI_HOME": str(folder / "pulumi"),
            "PULUMI_BACKEND_URL": backend_url(backend),
            "PATH": f"{bin_folder}{os.pathsep}{self.session.environ['PATH']}",
        }
        project = Project(self.checkout, self.checkout.path, bin_folder / "pulumi", environ)
        project.init()
        return project

    def of_program(self, name: str, program: str, more: Mapping[str, str] | None = None) -> Project:
        """Return a project of its own, on the stand-ins and the sandbox.

        Args:
            name: Of the project; not used before.
            program: What `__main__.py` holds; may import everything of the checkout.
            more: Environment variables for it.
        """
        folder = self.session.home.folder / name
        make_project(folder, name, program, self.checkout.path)
        path = {"PYTHONPATH": str(self.checkout.path)}
        environ = {**self.session.environ, **path, **(more or {})}
        project = Project(self.checkout, folder, self.session.engine.cli, environ)
        project.init()
        return project


@contextmanager
def bench() -> Iterator[Bench]:
    """Copy the checkout, provide the CLI and the plugins, run a sandbox; undo all at the end."""
    with copied_checkout() as checkout, session(checkout.path, checkout.environment()) as now:
        now.sandbox.start()
        try:
            yield Bench(checkout, now)
        finally:
            now.sandbox.stop()


def _link_cli(cli: Path, folder: Path) -> None:
    """Put the CLI and what lies beside it into a folder whose dynamic provider we may replace."""
    folder.mkdir(parents=True)
    for each in cli.resolve().parent.glob("pulumi*"):
        # Not a symbolic link: the engine would resolve it and look beside the original.
        try:
            os.link(each, folder / each.name)
        except OSError:
            shutil.copy2(each, folder / each.name)
