"""When the virtual environment is filled again."""

import sys
from pathlib import Path

import pytest

from toolchain.environment import ensure, fingerprint, is_ready
from toolchain.errors import StepFailed


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "requirements.txt").write_text("a\n")
    (tmp_path / "requirements-dev.txt").write_text("b\n")
    return tmp_path


def test_the_fingerprint_follows_the_requirements(checkout: Path) -> None:
    before = fingerprint(checkout)
    (checkout / "requirements-dev.txt").write_text("b\nc\n")

    assert fingerprint(checkout) != before


def test_an_environment_is_ready_when_filled_for_these_requirements(checkout: Path) -> None:
    venv = checkout / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    assert not is_ready(venv, "wanted")

    (venv / "filled-for").write_text("wanted")

    assert is_ready(venv, "wanted")
    assert not is_ready(venv, "others")


def test_an_environment_whose_interpreter_is_gone_is_not_ready(checkout: Path) -> None:
    venv = checkout / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "filled-for").write_text("wanted")
    (venv / "bin" / "python").symlink_to("/nonexistent/python")

    assert not is_ready(venv, "wanted")


def test_a_failed_installation_is_tried_again_next_time(checkout: Path) -> None:
    venv = checkout / ".venv"
    (venv / "bin").mkdir(parents=True)
    python = venv / "bin" / "python"
    python.write_text('#!/bin/sh\n[ "$1" = -c ] && exit 0\necho no matching distribution\nexit 1\n')
    python.chmod(0o755)

    with pytest.raises(StepFailed, match="no matching distribution"):
        ensure(checkout, {})

    assert not is_ready(venv, fingerprint(checkout))
