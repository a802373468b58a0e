"""Sandboxes for the tests of what they serve: in this process, and behind a real port."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.organization import Sandbox, Workshop, make_workshop

ROOT = Path(__file__).parents[2]


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A fresh sandbox in this process."""
    made = Sandbox(state_dir=tmp_path)
    yield made
    made.close()


@pytest.fixture
def workshop(sandbox: Sandbox) -> Workshop:
    """A fresh sandbox with the objects that most tests start from."""
    return make_workshop(sandbox)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a sandbox in a process of its own, shared by the tests that need a port."""
    command = [sys.executable, "-m", "sandbox", "serve", "--port", "0"]
    state = str(tmp_path_factory.mktemp("served"))
    with subprocess.Popen(
        [*command, "--state", state], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        yield ready.split()[3]
        process.terminate()
