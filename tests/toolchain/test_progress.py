"""What a step shows, and how a failing command is reported."""

import io
import sys

import pytest

from toolchain.errors import StepFailed
from toolchain.progress import Step, run_step


def test_a_quick_step_shows_its_end_alone() -> None:
    stream = io.StringIO()

    with Step("counting", stream=stream) as step:
        step.outcome("three")

    assert stream.getvalue() == "counting: three (0 s)\n"


def test_a_failed_step_says_so_and_passes_the_error_on() -> None:
    stream = io.StringIO()

    with pytest.raises(ValueError, match="no"), Step("counting", stream=stream):
        raise ValueError("no")

    assert stream.getvalue() == "counting: failed (0 s)\n"


def test_a_long_step_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toolchain.progress.QUIET_S", 0.01)
    stream = io.StringIO()

    with Step("counting", stream=stream) as step:
        step.detail("2 of 3")
        while "2 of 3" not in stream.getvalue():
            pass

    assert stream.getvalue().splitlines()[0] == "counting … 0 s  2 of 3"


def test_a_failing_command_shows_its_last_words() -> None:
    step = Step("building", stream=io.StringIO())
    code = "print('first'); print('out of disk'); raise SystemExit(3)"

    with pytest.raises(StepFailed) as failed:
        run_step(step, [sys.executable, "-c", code], environ={})

    assert str(failed.value) == (
        "building failed with exit code 3. Its last words:\n    first\n    out of disk"
    )


def test_every_line_of_a_command_is_handed_on() -> None:
    lines: list[str] = []
    step = Step("building", stream=io.StringIO())

    run_step(step, ["sh", "-c", "echo a; echo b >&2"], environ={}, on_line=lines.append)

    assert lines == ["a", "b"]
