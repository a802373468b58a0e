"""How commands are found, and how they end."""

import subprocess
import sys
from pathlib import Path

import pytest

from toolchain.errors import ToolchainUnusable
from workshop.engine import EngineFailed
from workshop.lifecycle import WorkshopFailed
from workshop.running import as_command
from workshop.sandbox_link import SandboxFailed

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "failure",
    [
        WorkshopFailed("it is down"),
        EngineFailed("it is down"),
        SandboxFailed("it is down"),
        ToolchainUnusable("it is down"),
    ],
)
def test_an_expected_failure_is_one_line_and_exit_code_1(
    failure: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    def action() -> None:
        raise failure

    with pytest.raises(SystemExit) as ended:
        as_command("make up", action)

    assert ended.value.code == 1
    assert capsys.readouterr().err == "error: it is down\n"


def test_an_interruption_says_what_to_type_again(capsys: pytest.CaptureFixture[str]) -> None:
    def action() -> None:
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as ended:
        as_command("make up", action)

    assert ended.value.code == 130
    assert capsys.readouterr().err == "interrupted: run `make up` again to go on from here\n"


def test_a_mistake_of_ours_is_not_hidden() -> None:
    def action() -> None:
        raise KeyError("a bug")

    with pytest.raises(KeyError, match="a bug"):
        as_command("make up", action)


def workshop(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "workshop", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_command_is_listed_and_an_unknown_one_is_a_usage_error() -> None:
    listed, unknown = workshop("--help"), workshop("fly")

    for name in ("up", "down", "verify", "ksql", "bigquery"):
        assert f"\n  {name} " in listed.stdout
    assert unknown.returncode == 2
    assert "No such command 'fly'" in unknown.stderr
