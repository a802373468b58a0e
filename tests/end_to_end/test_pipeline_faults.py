"""Every call to ksqlDB going wrong once, one kind of fault at a time: the run gets through.

A call that is refused for now left nothing behind, and is sent again once. A call that broke
may have been carried out: one that only looks is sent again, one that changes something is
looked at first. Counting the calls shows that nothing else was sent. One resource at a time, so
that calls come in one order.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.end_to_end.pipeline import Pipeline, running
from tests.end_to_end.test_pipeline_kills import OBJECTS, RUNNING, assert_gone, turn_sources_over

CALLS = "/ksqldb/[^/]+/.*"

EACH = len(OBJECTS)
CREATION = 2 * EACH
"""Each is created and described."""

DESTRUCTION = 2 * EACH
"""Each is described and dropped."""

QUESTIONS = 3
"""Of a changed plan: whether it is safe to ask, what is there, whether it would go through."""

RE_CREATION = QUESTIONS + DESTRUCTION + CREATION

REFUSALS: dict[str, dict[str, Any]] = {
    "rate limit": {"status": 429, "error_code": 42900, "retry_after": 0},
    "catching up": {"status": 503, "error_code": 50301, "retry_after": 0},
    "not ready": {"status": 503, "error_code": 50302, "retry_after": 0},
    "key not known yet": {"status": 401, "retry_after": 0},
}

BROKEN: dict[str, dict[str, Any]] = {
    "reset": {"reset": True},
    "answer lost": {"lose_answer": True},
}

READS_STREAM = EACH - 1
"""STOCKS_STREAM with all that reads it: everything but USERS."""


def more_calls(fault: str, *, looks: int, made: int, dropped: int = 0) -> Counter[int]:
    """Return how many calls a fault leads to, and at how many of the calls it does so.

    Args:
        fault: One of `BROKEN`.
        looks: How many calls only look.
        made: How many calls create or replace something.
        dropped: How many calls drop something.
    """
    if fault == "reset":
        # What only looks is sent again; a change is looked at, found undone, and sent again.
        return Counter({1: looks, 2: made + dropped})
    # Looking shows that it was done. After a creation, the look would have come anyway.
    return Counter({0: made, 1: looks + dropped})


@pytest.fixture(scope="module")
def shared() -> Iterator[Pipeline]:
    """One sandbox for all faults."""
    with running() as pipeline:
        yield pipeline


@pytest.fixture
def pipeline(shared: Pipeline) -> Iterator[Pipeline]:
    """The pipeline with nothing made; a creation that is sent twice would be an error."""
    shared.reset(adopt=False)
    yield shared
    shared.sandbox("DELETE", "/faults")
    shared.destroy()


def run(pipeline: Pipeline, command: str, *faults: dict[str, Any]) -> tuple[int, int]:
    """Run a command with faults in force; return how many calls it made, how many were struck."""
    for fault in faults:
        pipeline.sandbox("POST", "/faults", {"path": CALLS, "times": 1, **fault})
    pipeline.sandbox("POST", "/faults", {"path": CALLS, "delay_ms": 0})
    result = pipeline.pulumi(command, "--yes", "--skip-preview", "--parallel", "1")
    [*taken_back, counter] = pipeline.sandbox("GET", "/faults")["faults"]
    pipeline.sandbox("DELETE", "/faults")
    assert result.exit_code == 0, result.output
    assert "Traceback" not in result.output
    return counter["calls"], sum(each["struck"] for each in taken_back)


def assert_whole(pipeline: Pipeline) -> None:
    assert pipeline.objects() == OBJECTS
    assert pipeline.queries() == RUNNING


@pytest.mark.parametrize("fault", REFUSALS)
def test_each_call_that_is_refused_for_now_is_sent_once_more(
    pipeline: Pipeline, fault: str
) -> None:
    # One call is refused, its repetition is not, and so on: each call is refused once.
    faults = [{**REFUSALS[fault], "skip": 2 * index} for index in range(2 * RE_CREATION)]
    # Where something may be gone, a refused key may mean that the application is: that is asked
    # first.
    asked = EACH if REFUSALS[fault]["status"] == 401 else 0

    created = run(pipeline, "up", *faults)
    assert_whole(pipeline)
    turn_sources_over(pipeline)
    re_created = run(pipeline, "up", *faults)
    assert_whole(pipeline)
    refreshed = run(pipeline, "refresh", *faults)
    pipeline.settled()
    destroyed = run(pipeline, "destroy", *faults)
    assert_gone(pipeline)

    assert created == (2 * CREATION, CREATION)
    assert re_created == (2 * (RE_CREATION + asked), RE_CREATION + asked)
    assert refreshed == (2 * (EACH + asked), EACH + asked)
    assert destroyed == (2 * (DESTRUCTION + asked), DESTRUCTION + asked)


@pytest.mark.parametrize("fault", BROKEN)
def test_a_statement_that_may_have_been_made_or_dropped_is_looked_for_first(
    pipeline: Pipeline, fault: str
) -> None:
    more: list[int] = []
    assert CREATION == DESTRUCTION
    for index in range(CREATION):
        once = {**BROKEN[fault], "skip": index}
        created, struck = run(pipeline, "up", once)
        assert_whole(pipeline)
        destroyed, struck_again = run(pipeline, "destroy", once)
        assert_gone(pipeline)
        assert (index, struck, struck_again) == (index, 1, 1)
        more += [created - CREATION, destroyed - DESTRUCTION]

    assert Counter(more) == more_calls(fault, looks=2 * EACH, made=EACH, dropped=EACH), more


@pytest.mark.parametrize("fault", BROKEN)
def test_a_statement_that_may_have_been_re_created_is_looked_for_first(
    pipeline: Pipeline, fault: str
) -> None:
    pipeline.up()
    more: list[int] = []
    # Of one source alone: its readers go first and come last, so that looks and changes take turns
    # in the same order each time, whichever of the readers is whose.
    usual = QUESTIONS + 4 * READS_STREAM
    for index in range(usual):
        turn_sources_over(pipeline, ["10_stocks_stream.sql"])
        calls, struck = run(pipeline, "up", {**BROKEN[fault], "skip": index})
        assert_whole(pipeline)
        assert (index, struck) == (index, 1)
        more.append(calls - usual)

    pipeline.settled()
    looks = QUESTIONS + 2 * READS_STREAM
    expected = more_calls(fault, looks=looks, made=READS_STREAM, dropped=READS_STREAM)
    assert Counter(more) == expected, more


@pytest.mark.parametrize("fault", BROKEN)
def test_a_statement_that_may_have_been_replaced_in_place_is_looked_at_first(
    pipeline: Pipeline, fault: str
) -> None:
    pipeline.up()
    more: list[int] = []
    usual = QUESTIONS + 2
    for index in range(usual):
        sides = ("'BUY'", "'SELL'") if index % 2 == 0 else ("'SELL'", "'BUY'")
        pipeline.edit("40_number_of_times_stock_bought.sql", *sides)
        calls, struck = run(pipeline, "up", {**BROKEN[fault], "skip": index})
        [shown] = pipeline.ksql("DESCRIBE NUMBER_OF_TIMES_STOCK_BOUGHT;")
        assert sides[1] in shown["sourceDescription"]["statement"]
        assert (index, struck) == (index, 1)
        more.append(calls - usual)

    pipeline.settled()
    assert Counter(more) == more_calls(fault, looks=QUESTIONS + 1, made=1), more
