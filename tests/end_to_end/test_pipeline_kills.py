"""The engine killed after each single call to ksqlDB: the next run reaches the goal.

The sandbox answers a number of calls and then none; that is when the engine is killed. Each
test begins with no call answered and ends when a run needs no more calls than were answered,
so no point is left out.
"""

import itertools
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress

import pytest

from tests.end_to_end.pipeline import STATEMENTS, Pipeline, running

PATIENCE_S = 60
TOPICS = {"stocks_topic", "users_topic"}
"""Others' topics, which no statement may take away."""

OBJECTS = {
    "STOCKS_STREAM": "stocks_topic",
    "USERS": "users_topic",
    "STOCKS_ENRICHED": "stocks_enriched",
    "NUMBER_OF_TIMES_STOCK_BOUGHT": "number_of_times_stock_bought",
    "TOTAL_STOCK_PURCHASED": "total_stock_purchased",
    "STOCKS_PURCHASED_5MIN_WINDOW_TUMBLING": "stocks_purchased_5min_window_tumbling",
    "ACCOUNTS_TO_MONITOR": "accounts_to_monitor",
}

RUNNING = dict.fromkeys(set(OBJECTS) - {"STOCKS_STREAM", "USERS"}, "RUNNING")


@pytest.fixture(scope="module")
def shared() -> Iterator[Pipeline]:
    """One sandbox for all points."""
    with running() as pipeline:
        yield pipeline


@pytest.fixture
def pipeline(shared: Pipeline) -> Iterator[Pipeline]:
    """The pipeline with nothing made and the files as they are; left in the same way."""
    shared.reset(adopt=True)
    yield shared
    shared.sandbox("DELETE", "/faults")
    shared.destroy()


def is_silent(pipeline: Pipeline) -> bool:
    [fault] = pipeline.sandbox("GET", "/faults")["faults"]
    return bool(fault["struck"])


def killed(pipeline: Pipeline, answered: int, command: str) -> bool:
    """Run a command and kill its engine after so many calls; return whether it needed more."""
    fault = {"path": "/ksqldb/[^/]+/.*", "stop_after": answered}
    pipeline.sandbox("POST", "/faults", fault)
    process = pipeline.start(command, "--yes", "--skip-preview")
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and not is_silent(pipeline) and time.monotonic() < deadline:
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
    struck = is_silent(pipeline)
    assert struck or process.poll() == 0, f"{command} failed by itself: {process.communicate()[0]}"
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    # The provider lives a moment longer, and a call that the sandbox let go would be tried again.
    while providers_of(pipeline) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert providers_of(pipeline) == [], "providers outlive their engine"
    pipeline.sandbox("DELETE", "/faults")
    return struck


def providers_of(pipeline: Pipeline) -> list[str]:
    """Return the processes that run dynamic providers from the pipeline's checkout."""
    listed = subprocess.run(
        ["ps", "-eo", "args", "-ww"], check=True, capture_output=True, text=True
    ).stdout
    checkout = str(pipeline.project.checkout.path)
    return [line for line in listed.splitlines() if checkout in line and "dynamic_provider" in line]


def recovered(pipeline: Pipeline, command: str) -> None:
    """Do what the engine prescribes after a crash, then the command again."""
    # Fails when the engine was killed before it had locked the stack.
    pipeline.pulumi("cancel", "--yes")
    pipeline.check("refresh", "--yes", "--skip-preview", "--clear-pending-creates")
    pipeline.check(command, "--yes", "--skip-preview")


def assert_whole(pipeline: Pipeline) -> None:
    pipeline.settled()
    assert pipeline.objects() == OBJECTS
    assert pipeline.queries() == RUNNING


def assert_gone(pipeline: Pipeline) -> None:
    assert pipeline.objects() == {}
    assert pipeline.queries() == {}
    assert {each for each in pipeline.topics() if "processing-log" not in each} == TOPICS


SOURCES = {"10_stocks_stream.sql": "  price INT,\n", "20_users.sql": "  gender VARCHAR,\n"}
"""The files of the sources, with a column of each."""


def turn_sources_over(pipeline: Pipeline, files: Iterable[str] = tuple(SOURCES)) -> None:
    """Change sources in a way that re-creates them, and so what reads them; or undo it."""
    for file in files:
        path, ours = pipeline.statements / file, SOURCES[file]
        text = path.read_text()
        first = "VARCHAR PRIMARY KEY,\n" if "users" in file else "(\n"
        moved = text.replace(ours, "").replace(first, first + ours, 1)
        path.write_text(moved if moved != text else (STATEMENTS / file).read_text())


def test_a_creation_that_was_killed_is_finished_by_the_next_up(pipeline: Pipeline) -> None:
    for answered in itertools.count():
        if not killed(pipeline, answered, "up"):
            break
        recovered(pipeline, "up")
        assert_whole(pipeline)
        pipeline.destroy()
        assert_gone(pipeline)

    # At least one to create each, and one to look at it.
    assert answered >= 2 * len(OBJECTS)


def test_a_re_creation_that_was_killed_is_finished_by_the_next_up(pipeline: Pipeline) -> None:
    pipeline.up()
    for answered in itertools.count():
        turn_sources_over(pipeline)
        if not killed(pipeline, answered, "up"):
            break
        recovered(pipeline, "up")
        assert_whole(pipeline)

    # The server is asked about the plan; then each is looked at, dropped, created, looked at.
    assert answered >= 4 * len(OBJECTS)
    assert_whole(pipeline)


def test_a_destruction_that_was_killed_is_finished_by_the_next(pipeline: Pipeline) -> None:
    for answered in itertools.count():
        pipeline.up()
        if not killed(pipeline, answered, "destroy"):
            break
        recovered(pipeline, "destroy")
        assert_gone(pipeline)

    assert answered >= 2 * len(OBJECTS)
    assert_gone(pipeline)
