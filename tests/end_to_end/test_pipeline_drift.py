"""What somebody did to statements by hand: a refresh shows it, the next `up` mends it."""

from collections.abc import Iterator, Sequence

import pytest

from ksql.graph import Plan, PlannedStatement, load_scripts, make_plan
from tests.end_to_end.pipeline import Pipeline, running
from tests.end_to_end.test_pipeline_kills import OBJECTS, RUNNING

VARIABLES = {"window_minutes": "5", "alert_threshold": "2"}

BY_HAND = {
    "STOCKS_STREAM": {"  price INT,\n": "", "(\n  side": "(\n  price INT,\n  side"},
    "USERS": {"  gender VARCHAR,\n": "", "KEY,\n": "KEY,\n  gender VARCHAR,\n"},
    "STOCKS_ENRICHED": {"LEFT JOIN": "INNER JOIN"},
    "NUMBER_OF_TIMES_STOCK_BOUGHT": {"'BUY'": "'SELL'"},
    "TOTAL_STOCK_PURCHASED": {"SUM(quantity)": "MAX(quantity)"},
    "STOCKS_PURCHASED_5MIN_WINDOW_TUMBLING": {"SIZE 5 MINUTES": "SIZE 7 MINUTES"},
    "ACCOUNTS_TO_MONITOR": {"COUNT(*) > 2": "COUNT(*) > 3"},
}
"""What somebody writes in each statement in place of what."""

LEAVES = [name for name in BY_HAND if name not in ("STOCKS_STREAM", "USERS", "STOCKS_ENRICHED")]
TURNS = [LEAVES, ["STOCKS_ENRICHED"], ["USERS"], ["STOCKS_STREAM"]]
"""What can be done together: nobody reads the leaves."""


@pytest.fixture(scope="module")
def shared() -> Iterator[Pipeline]:
    """One sandbox for all that is done by hand."""
    with running() as pipeline:
        pipeline.up()
        yield pipeline
        pipeline.destroy()


@pytest.fixture
def pipeline(shared: Pipeline) -> Iterator[Pipeline]:
    """The pipeline as it is to be, before and after."""
    yield shared
    shared.reset()
    shared.check("up", "--yes", "--skip-preview", "--refresh")


@pytest.fixture
def plan(pipeline: Pipeline) -> Plan:
    """What runs on it."""
    return make_plan(load_scripts(pipeline.statements), VARIABLES)


def refreshed(pipeline: Pipeline) -> list[str]:
    """Refresh and return the names of statements that are shown as updated or deleted."""
    result = pipeline.check("refresh", "--yes", "--skip-preview")
    return sorted(each.upper() for each in result.done("(?:updated|deleted)"))


def assert_mended(pipeline: Pipeline) -> None:
    pipeline.check("preview", "--refresh", "--expect-no-changes")
    assert (pipeline.objects(), pipeline.queries()) == (OBJECTS, RUNNING)


def query_ids(pipeline: Pipeline) -> list[str]:
    [found] = pipeline.ksql("SHOW QUERIES;")
    return [each["id"] for each in found["queries"]]


def with_readers(plan: Plan, names: Sequence[str]) -> list[PlannedStatement]:
    """Return statements and all that reads from them, directly or not, sources first."""
    found = set(names)
    for each in plan.statements:
        if found & set(each.reads):
            found.add(each.name)
    return [each for each in plan.statements if each.name in found]


def drop(pipeline: Pipeline, statements: list[PlannedStatement]) -> None:
    for each in reversed(statements):
        topic = " DELETE TOPIC" if each.is_query else ""
        pipeline.ksql(f"DROP {each.kind} {each.name}{topic};")


def test_paused_queries_are_shown_and_run_on(pipeline: Pipeline) -> None:
    before = query_ids(pipeline)
    for each in before:
        pipeline.ksql(f"PAUSE {each};")

    shown = refreshed(pipeline)
    pipeline.up()

    assert shown == sorted(RUNNING)
    assert_mended(pipeline)
    assert query_ids(pipeline) == before, "paused queries are resumed, not made anew"


def test_ended_queries_are_shown_and_made_anew(pipeline: Pipeline) -> None:
    for each in query_ids(pipeline):
        pipeline.ksql(f"TERMINATE {each};")

    shown = refreshed(pipeline)
    up = pipeline.up()

    assert shown == sorted(RUNNING)
    assert {each.upper() for each in up.done("created replacement")} == set(RUNNING)
    assert_mended(pipeline)


@pytest.mark.parametrize("names", TURNS, ids=lambda names: names[0])
def test_dropped_objects_are_shown_and_made_anew(
    pipeline: Pipeline, plan: Plan, names: list[str]
) -> None:
    gone = with_readers(plan, names)
    drop(pipeline, gone)

    shown = refreshed(pipeline)
    up = pipeline.up()

    assert shown == sorted(each.name for each in gone)
    assert sorted(each.upper() for each in up.done(r"created \(")) == shown
    assert_mended(pipeline)


@pytest.mark.parametrize("names", TURNS, ids=lambda names: names[0])
def test_objects_replaced_by_hand_are_told_from_their_readers_and_put_back(
    pipeline: Pipeline, plan: Plan, names: list[str]
) -> None:
    chain = with_readers(plan, names)
    drop(pipeline, chain)
    for each in chain:
        sql = each.sql
        for old, new in BY_HAND[each.name].items() if each.name in names else ():
            assert old in sql
            sql = sql.replace(old, new)
        pipeline.account.run_statements(sql)

    refresh = pipeline.check("refresh", "--yes", "--skip-preview")
    up = pipeline.up()

    assert set(refresh.effects()) == set(names)
    assert up.touched() == {each.name.lower() for each in chain if up.effects().get(each.name)}
    assert set(names) <= set(up.effects())
    assert_mended(pipeline)


def test_an_object_in_another_format_is_shown_and_put_back(pipeline: Pipeline, plan: Plan) -> None:
    [table] = with_readers(plan, ["NUMBER_OF_TIMES_STOCK_BOUGHT"])
    drop(pipeline, [table])
    pipeline.account.run_statements(table.sql.replace("WITH (", "WITH (VALUE_FORMAT='JSON', "))

    shown = refreshed(pipeline)
    up = pipeline.up()

    assert shown == [table.name]
    assert f"{table.name} is re-created: its value format is JSON instead of AVRO" in up.output
    assert_mended(pipeline)


def test_what_is_forbidden_to_be_re_created_fails_the_preview_after_a_refresh(
    pipeline: Pipeline,
) -> None:
    pipeline.reset(allow_recreation=False)
    pipeline.up()
    [query] = [each for each in query_ids(pipeline) if "NUMBER_OF_TIMES" in each]
    pipeline.ksql(f"TERMINATE {query};")
    refreshed(pipeline)

    preview = pipeline.pulumi("preview")

    assert preview.exit_code != 0
    assert (
        "NUMBER_OF_TIMES_STOCK_BOUGHT would be re-created: its query has ended. That drops it with"
        " what it has computed; set allow_recreation=True on the statement to allow it"
    ) in preview.output
    assert "Traceback" not in preview.output


INSERT = """\
CREATE STREAM others (symbol VARCHAR KEY, side VARCHAR) WITH (KAFKA_TOPIC = 'others',
  VALUE_FORMAT = 'JSON', PARTITIONS = 1);
INSERT INTO others SELECT symbol, side FROM stocks_stream PARTITION BY symbol;
"""


def test_a_destroy_ends_others_queries_only_when_told_to_and_survives_what_is_half_gone(
    pipeline: Pipeline,
) -> None:
    account = pipeline.account
    subject, topic = "number_of_times_stock_bought-value", "total_stock_purchased"
    account.registry.call("DELETE", f"{account.registry_path}/subjects/{subject}")
    account.kafka.exchange("DELETE", f"/kafka/v3/clusters/{account.kafka_id}/topics/{topic}")
    pipeline.ksql(INSERT)

    refused = pipeline.pulumi("destroy", "--yes", "--skip-preview")
    left = set(pipeline.objects())
    pipeline.reset(end_inserts=True)
    pipeline.up()
    pipeline.destroy()

    assert refused.exit_code != 0
    assert "before dropping STOCKS_STREAM. Do so with TERMINATE, or set end_inserts=True" in (
        refused.output
    )
    assert "Traceback" not in refused.output
    assert left == {"STOCKS_STREAM", "OTHERS"}
    assert set(pipeline.objects()) == {"OTHERS"}
    pipeline.ksql("DROP STREAM others DELETE TOPIC;")
