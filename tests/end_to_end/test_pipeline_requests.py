"""What statements that are as they should be cost: which calls their application gets."""

from collections.abc import Iterator

import pytest

from tests.end_to_end.pipeline import Pipeline, running
from tests.end_to_end.test_pipeline_kills import OBJECTS

ANY_CALL = "/ksqldb/[^/]+/.*"


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    """A stack whose statements all run."""
    with running() as pipeline:
        pipeline.up()
        yield pipeline
        pipeline.destroy()


def calls_of(pipeline: Pipeline, *arguments: str) -> int:
    """Run a pulumi command; return how many calls the application got."""
    pipeline.sandbox("POST", "/faults", {"path": ANY_CALL, "delay_ms": 0})
    pipeline.check(*arguments)
    [counter] = pipeline.sandbox("DELETE", "/faults")["faults"]
    return int(counter["calls"])


def command_number(pipeline: Pipeline) -> int:
    """Return the number of the last command that changed anything, our own probe left out."""
    probe = "CREATE STREAM probe (a INT) WITH (KAFKA_TOPIC='users_topic', VALUE_FORMAT='JSON');"
    [answer] = pipeline.ksql(probe)
    pipeline.ksql("DROP STREAM probe;")
    return int(answer["commandSequenceNumber"])


def test_a_preview_of_an_unchanged_graph_calls_nobody(pipeline: Pipeline) -> None:
    assert calls_of(pipeline, "preview", "--expect-no-changes") == 0


def test_an_up_of_an_unchanged_graph_calls_nobody(pipeline: Pipeline) -> None:
    assert calls_of(pipeline, "up", "--yes", "--skip-preview", "--expect-no-changes") == 0


def test_a_refresh_looks_at_each_statement_once_and_changes_nothing(pipeline: Pipeline) -> None:
    before = command_number(pipeline)

    calls = calls_of(pipeline, "refresh", "--yes", "--skip-preview")

    assert calls == len(OBJECTS)
    # The probe itself takes two: nothing else was carried out in between.
    assert command_number(pipeline) == before + 2


def test_a_preview_of_a_changed_graph_asks_about_the_plan_and_changes_nothing(
    pipeline: Pipeline,
) -> None:
    pipeline.edit("30_stocks_enriched.sql", "  gender,\n", "")
    before = command_number(pipeline)

    calls = calls_of(pipeline, "preview")
    pipeline.reset()

    # The guard, what is there, and the plan behind its trailer.
    assert calls == 3
    assert command_number(pipeline) == before + 2
