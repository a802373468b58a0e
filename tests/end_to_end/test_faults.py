"""Interrupted, killed, or started twice: `make up` afterwards makes the workshop whole."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.end_to_end.checkout import Checkout, Result
from tests.end_to_end.conftest import REQUEST_TIMEOUT_S, processes_of

PATIENCE_S = 120


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    checkout = Checkout.make(tmp_path)
    yield checkout
    down = checkout.run("make down")
    assert down.exit_code == 0, down.output
    assert processes_of(checkout.path) == []


def wait_for_output(process: "subprocess.Popen[str]", text: str) -> str:
    """Read until a line holds the text; return what was read."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if text in line:
            return "".join(lines)
    raise AssertionError(f"{text!r} was never printed:\n{''.join(lines)}")


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(f"/proc/{pid}").exists()


def sandbox_pid(checkout: Checkout) -> int:
    answer = requests.get(f"{checkout.base_url}/sandbox/v1/health", timeout=REQUEST_TIMEOUT_S)
    pid: int = answer.json()["pid"]
    return pid


def assert_whole(checkout: Checkout, up: Result) -> None:
    verified = checkout.run("source .workshop/env && python -m workshop verify")
    preview = checkout.pulumi("preview --stack dev --expect-no-changes")
    assert up.exit_code == 0, up.output
    assert verified.exit_code == 0, verified.output
    assert preview.exit_code == 0, preview.output
    assert checkout.changed_files() == ""


def test_make_up_continues_after_ctrl_c(checkout: Checkout) -> None:
    interrupted = checkout.start("exec make up")
    printed = wait_for_output(interrupted, "KafkaCluster")
    os.killpg(interrupted.pid, signal.SIGINT)
    rest, _ = interrupted.communicate(timeout=PATIENCE_S)

    again = checkout.run("make up")

    assert interrupted.returncode != 0
    assert "Traceback" not in printed + rest
    assert_whole(checkout, again)


def test_make_up_starts_afresh_after_the_sandbox_was_killed(checkout: Checkout) -> None:
    first = checkout.run("make up")
    assert first.exit_code == 0, first.output
    pid = sandbox_pid(checkout)
    os.kill(pid, signal.SIGKILL)
    wait_until_gone(pid)

    without = checkout.pulumi("up --stack dev --yes --skip-preview")
    again = checkout.run("make up")

    assert without.exit_code != 0
    assert "python -m sandbox up" in without.output or "make up" in without.output
    assert "another sandbox" in again.output
    assert_whole(checkout, again)


def test_plugins_end_with_a_killed_engine_and_make_up_continues(checkout: Checkout) -> None:
    up = checkout.start("exec make up")
    wait_for_output(up, "KafkaCluster")
    engines = [line for line in processes_of(checkout.path) if "pulumi up" in line]
    for line in engines:
        os.kill(int(line.split()[0]), signal.SIGKILL)
    up.communicate(timeout=PATIENCE_S)

    deadline = time.monotonic() + PATIENCE_S
    while any("sandbox.plugins" in line for line in processes_of(checkout.path)):
        assert time.monotonic() < deadline, "plugins outlive their engine"
        time.sleep(0.2)
    again = checkout.run("make up")

    assert engines
    assert up.returncode != 0
    assert_whole(checkout, again)


def test_a_second_make_up_waits_for_the_first(checkout: Checkout) -> None:
    first = checkout.start("exec make up")
    wait_for_output(first, "KafkaCluster")

    second = checkout.run("make up")
    rest, _ = first.communicate(timeout=PATIENCE_S)

    assert first.returncode == 0, rest
    assert "another `make up`" in second.output
    assert_whole(checkout, second)
