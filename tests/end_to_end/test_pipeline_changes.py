"""Each kind of change of each derived statement: what the preview calls it, and what is done.

The table is in `tests.end_to_end.changes`. After each change a few more trades come in, which
only tables that go on counting show.
"""

from collections.abc import Iterator

import pytest

from tests.end_to_end.changes import (
    CHANGES,
    ENRICHED,
    KINDS,
    MORE,
    READERS,
    RECREATED,
    REFUSALS,
    SAME,
    TABLES,
    UPDATED,
    Change,
    Refusal,
    Trades,
    cell,
    resource,
)
from tests.end_to_end.pipeline import Pipeline, running


def test_every_statement_has_a_cell_for_every_kind_of_change() -> None:
    cells = {(each.file, each.kind) for each in CHANGES}
    cells |= {(each.file, each.kind) for each in REFUSALS}

    missing = {(file, kind) for file in (ENRICHED, *TABLES) for kind in KINDS} - cells
    assert missing == set()


@pytest.fixture(scope="module")
def shared() -> Iterator[Pipeline]:
    """One sandbox for all changes."""
    with running() as pipeline:
        yield pipeline
        pipeline.destroy()


@pytest.fixture
def pipeline(shared: Pipeline) -> Pipeline:
    """The pipeline as it is in the beginning."""
    shared.reset()
    shared.up()
    return shared


def assert_rows(pipeline: Pipeline, old: Trades, change: Change) -> None:
    for file, usual in TABLES.items():
        rows = change.holds.get(file, usual)(old, MORE)
        found = pipeline.rows(f"SELECT * FROM {resource(file)};")
        assert (file, found) == (file, sorted(rows, key=repr))
    stream = pipeline.records("stocks_enriched")
    assert {frozenset(each["value"]) for each in stream} == {change.columns}
    if change.file != ENRICHED or change.kind in ("comment", "case", "appended column"):
        expected = [each["value"][change.stream_key] for each in pipeline.trades]
        assert [each["key"] for each in stream] == expected


@pytest.mark.parametrize("change", CHANGES, ids=cell)
def test_a_change_is_of_its_class_and_leads_to_the_right_rows(
    pipeline: Pipeline, change: Change
) -> None:
    if change.properties:
        pipeline.reset(properties={resource(change.file).upper(): change.properties})
    for old, new in change.edits:
        pipeline.edit(f"{change.file}.sql", old, new)
    trades, name = list(pipeline.trades), resource(change.file)
    anew = [name] if change.effect == RECREATED else []
    readers = {resource(each) for each in READERS} if anew and change.file == ENRICHED else set()
    effects = dict.fromkeys((each.upper() for each in readers), RECREATED)
    effects |= {name.upper(): change.effect} if change.effect != SAME else {}

    preview = pipeline.check("preview")
    up = pipeline.up()
    pipeline.add_trades(MORE)

    pipeline.settled()
    assert preview.effects() == up.effects() == effects
    assert preview.touched() == up.touched() == {each.lower() for each in effects}
    assert up.done("updated") == ([name] if change.effect == UPDATED else [])
    created, deleted = up.done("created replacement"), up.done("deleted original")
    assert (created[:1], set(created[1:])) == (anew, readers)
    assert (deleted[-1:], set(deleted[:-1])) == (anew, readers)
    assert_rows(pipeline, trades, change)
    if change.effect == UPDATED:
        # Changed back in place, it would not become what it was.
        pipeline.destroy()


@pytest.mark.parametrize("refusal", REFUSALS, ids=cell)
def test_a_change_that_no_server_takes_is_refused_in_the_preview(
    pipeline: Pipeline, refusal: Refusal
) -> None:
    for old, new in refusal.edits:
        pipeline.edit(f"{refusal.file}.sql", old, new)

    preview = pipeline.pulumi("preview")

    assert preview.exit_code != 0
    assert f"{refusal.file}.sql" in preview.output
    assert refusal.reason in preview.output
    assert "Traceback" not in preview.output
    assert preview.touched() == set()


@pytest.mark.parametrize("file", TABLES)
def test_a_renamed_table_is_made_under_its_new_name_and_dropped_under_its_old(
    pipeline: Pipeline, file: str
) -> None:
    name = resource(file)
    pipeline.edit(f"{file}.sql", name, f"{name}_2")

    preview = pipeline.check("preview")
    up = pipeline.up()

    pipeline.settled()
    assert preview.done("create") == up.done("created") == [f"{name}_2"]
    assert preview.done("delete") == up.done("deleted") == [name]
    assert preview.touched() == up.touched() == {name, f"{name}_2"}
    found = pipeline.rows(f"SELECT * FROM {name}_2;")
    assert found == sorted(TABLES[file](pipeline.trades, []), key=repr)


def test_a_renamed_stream_takes_its_readers_along(pipeline: Pipeline) -> None:
    pipeline.edit(f"{ENRICHED}.sql", "STREAM stocks_enriched", "STREAM trades_with_users")
    pipeline.edit(f"{ENRICHED}.sql", "'stocks_enriched'", "'trades_with_users'")
    for file in READERS:
        pipeline.edit(f"{file}.sql", "FROM stocks_enriched", "FROM trades_with_users")

    preview = pipeline.check("preview")
    up = pipeline.up()

    pipeline.settled()
    readers = {resource(each) for each in READERS}
    assert preview.effects() == dict.fromkeys((each.upper() for each in readers), RECREATED)
    assert preview.touched() == readers | {"trades_with_users", "stocks_enriched"}
    assert up.done(r"created \(") == ["trades_with_users"]
    assert set(up.done("created replacement")) == readers
    assert up.done("deleted")[-1:] == ["stocks_enriched"]
    for file, holds in TABLES.items():
        found = pipeline.rows(f"SELECT * FROM {resource(file)};")
        assert (file, found) == (file, sorted(holds(pipeline.trades, []), key=repr))


@pytest.mark.parametrize("file", [ENRICHED, *TABLES])
def test_a_new_name_on_the_same_topic_is_refused_in_the_preview(
    pipeline: Pipeline, file: str
) -> None:
    # It would be created before the old one is dropped, which could then not take its topic along.
    name = resource(file)
    for each in READERS if file == ENRICHED else ():
        pipeline.edit(f"{each}.sql", f"FROM {name}", f"FROM {name}_2")
    kind = "STREAM" if file == ENRICHED else "TABLE"
    pipeline.edit(f"{file}.sql", f"CREATE {kind} {name}", f"CREATE {kind} {name}_2")

    preview = pipeline.pulumi("preview")

    assert preview.exit_code != 0
    text = f"{name.upper()}_2 would be on topic {name} while {name.upper()}, which is dropped later"
    assert text in preview.output
    assert preview.touched() == set()


def test_a_source_on_the_topic_of_a_result_follows_it(pipeline: Pipeline) -> None:
    (pipeline.statements / "05_sides_again.sql").write_text(
        "CREATE STREAM sides_again (side VARCHAR)"
        " WITH (KAFKA_TOPIC = 'sides', VALUE_FORMAT = 'JSON');"
    )
    (pipeline.statements / "80_sides.sql").write_text(
        "CREATE STREAM sides WITH (KAFKA_TOPIC = 'sides', VALUE_FORMAT = 'JSON') AS"
        " SELECT side, symbol FROM stocks_stream EMIT CHANGES;"
    )
    made = pipeline.up()
    pipeline.edit("80_sides.sql", "EMIT", "PARTITION BY symbol EMIT")

    again = pipeline.up()
    pipeline.settled()
    pipeline.reset()
    gone = pipeline.up()

    pipeline.settled()
    assert made.done("created") == ["sides", "sides_again"]
    assert again.done("deleted original") == ["sides_again", "sides"]
    assert again.done("created replacement") == ["sides", "sides_again"]
    assert gone.done("deleted") == ["sides_again", "sides"]
    assert "sides" not in pipeline.topics()
