import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from sandbox.topics import StoredRecord
from tests.sandbox.connectors.conftest import (
    NOW_MS,
    PROJECT,
    Scenario,
    Site,
    letters,
    offset_of,
)

Run = Callable[[Scenario], None]


def test_records_become_rows_of_a_table_that_is_made(run: Run) -> None:
    async def scenario(site: Site) -> None:
        topic = site.topic()
        site.append(topic, {"ACCOUNT": "a", "QUANTITY": 1})
        connector = site.start(site.sink_config)
        await site.settle()
        site.append(topic, {"ACCOUNT": None, "QUANTITY": 2})
        await site.settle()

        rows = [("a", 1), (None, 2)]
        assert site.table("trades") == (["ACCOUNT", "QUANTITY"], rows)
        assert connector.state == "RUNNING"
        assert offset_of(connector) == {("trades", 0): 2}

    run(scenario)


def test_every_partition_is_read_to_its_end(run: Run) -> None:
    async def scenario(site: Site) -> None:
        topic = site.topic(partitions=3)
        site.append(topic, *[{"ACCOUNT": "a", "QUANTITY": i} for i in range(1200)])
        for partition in topic.partitions[1:]:
            partition.append(topic.partitions[0].read(0)[0])
        connector = site.start(site.sink_config)
        await site.settle()

        assert len(site.table("trades")[1]) == 1202
        ends = {("trades", 0): 1200, ("trades", 1): 1, ("trades", 2): 1}
        assert offset_of(connector) == ends

    run(scenario)


@pytest.mark.parametrize(
    ("topic", "settings", "table"),
    [
        ("a.b-c", {}, "a_b_c"),
        ("1st", {}, "_1st"),
        ("a-b", {"sanitize.topics": "false"}, "a-b"),
        ("a.b", {"topic2table.map": "x:y,a.b:mine"}, "mine"),
    ],
)
def test_table_is_named_after_its_topic(
    run: Run, topic: str, settings: dict[str, str], table: str
) -> None:
    async def scenario(site: Site) -> None:
        site.append(site.topic(topic), {"ACCOUNT": "a"})
        site.start({**site.sink_config, "topics": topic, **settings})
        await site.settle()

        assert site.tables() == [table]

    run(scenario)


def test_topics_are_chosen_by_pattern_also_when_they_come_later(run: Run) -> None:
    async def scenario(site: Site) -> None:
        config = {**site.sink_config, "topics.regex": "tr.*"}
        del config["topics"]
        site.start(config)
        await site.settle()
        for name in ("trades", "other", "trips"):
            site.append(site.topic(name), {"ACCOUNT": name})
        await site.settle()

        assert sorted(site.tables()) == ["trades", "trips"]

    run(scenario)


def test_field_names_are_sanitized_if_asked_to(run: Run) -> None:
    # Avro's own names need none of it; JSON's do.
    async def scenario(site: Site) -> None:
        topic = site.topic()
        site.google.warehouse.create_table(
            site.identities.caller(site.account),
            (PROJECT, "lab", "trades"),
            {"fields": [{"name": "a_b", "type": "INTEGER"}]},
            {},
        )
        topic.append(StoredRecord(None, b'{"a-b": 5}', NOW_MS))
        settings = {"input.data.format": "JSON", "sanitize.field.names": "true"}
        site.start({**site.sink_config, **settings})
        await site.settle()

        assert site.table("trades") == (["a_b"], [(5,)])

    run(scenario)


def test_made_table_is_partitioned_as_the_settings_say(run: Run) -> None:
    async def scenario(site: Site) -> None:
        site.append(site.topic(), {"ACCOUNT": "a"})
        site.start(
            {
                **site.sink_config,
                "auto.create.tables": "PARTITION by INGESTION TIME",
                "partitioning.type": "HOUR",
                "topic2clustering.fields.map": "trades:[ACCOUNT]",
            }
        )
        await site.settle()

        dataset = site.google._bigquery.catalog.find_dataset(PROJECT, "lab")
        assert dataset is not None
        assert dataset.tables["trades"].settings == {
            "timePartitioning": {"type": "HOUR"},
            "clustering": {"fields": ["ACCOUNT"]},
        }

    run(scenario)


def test_logical_and_nested_types_have_their_columns(run: Run) -> None:
    fields = [
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9,
                                    "scale": 2}},
        {"name": "raw", "type": "bytes"},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
        {"name": "attributes", "type": {"type": "map", "values": "int"}},
        {"name": "deep", "type": {"type": "record", "name": "Deep",
                                  "fields": [{"name": "x", "type": "double"}]}},
    ]  # fmt: skip
    schema = json.dumps({"type": "record", "name": "Row", "fields": fields})

    async def scenario(site: Site) -> None:
        from decimal import Decimal  # noqa: PLC0415 - the one place that needs it

        row = {
            "at": datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
            "amount": Decimal("1.25"),
            "raw": b"\xff",
            "tags": ["a"],
            "attributes": {"k": 1},
            "deep": {"x": 0.5},
        }
        site.append(site.topic(), row, schema=schema)
        site.start(site.sink_config)
        await site.settle()

        expected = (
            1_000_000, Decimal("1.25"), b"\xff", ["a"], [{"key": "k", "value": 1}], {"x": 0.5},
        )  # fmt: skip
        assert site.table("trades")[1] == [expected]

    run(scenario)


def test_new_fields_are_added_only_if_the_settings_say_so(run: Run) -> None:
    wider = json.dumps(
        {
            "type": "record",
            "name": "Row",
            "fields": [
                *json.loads(
                    '[{"name": "ACCOUNT", "type": ["null", "string"], "default": null},'
                    '{"name": "QUANTITY", "type": ["null", "long"], "default": null}]'
                ),
                {"name": "NOTE", "type": ["null", "string"], "default": None},
            ],
        }
    )

    async def scenario(site: Site) -> None:
        topic = site.topic()
        site.append(topic, {"ACCOUNT": "a", "QUANTITY": 1})
        connector = site.start(site.sink_config)
        await site.settle()
        site.append(topic, {"ACCOUNT": "b", "QUANTITY": 2, "NOTE": "x"}, schema=wider)
        await site.settle()
        assert [each["exception.message"] for each in letters(site)] == [
            "Failed to insert row into table sandbox-project.lab.trades: no such field: NOTE."
        ]

        connector.reconfigure({**site.sink_config, "auto.update.schemas": "ADD NEW FIELDS"})
        site.append(topic, {"ACCOUNT": "c", "QUANTITY": 3, "NOTE": "y"}, schema=wider)
        await site.settle()

        columns = ["ACCOUNT", "QUANTITY", "NOTE"]
        assert site.table("trades") == (columns, [("a", 1, None), ("c", 3, "y")])

    run(scenario)


def test_topic_that_comes_later_is_waited_for(run: Run) -> None:
    async def scenario(site: Site) -> None:
        connector = site.start(site.sink_config)
        await site.settle()
        waiting = connector.state
        site.append(site.topic(), {"ACCOUNT": "late", "QUANTITY": 1})
        await site.settle()

        assert waiting == "RUNNING"
        assert site.table("trades")[1] == [("late", 1)]

    run(scenario)


def test_topic_made_anew_is_read_from_its_start(run: Run) -> None:
    async def scenario(site: Site) -> None:
        site.append(site.topic(), {"ACCOUNT": "a", "QUANTITY": 1})
        connector = site.start(site.sink_config)
        await site.settle()
        site.env.cluster.delete("trades")
        await site.settle()
        site.append(site.topic(), {"ACCOUNT": "b", "QUANTITY": 2})
        await site.settle()

        assert site.table("trades")[1] == [("a", 1), ("b", 2)]
        assert offset_of(connector) == {("trades", 0): 1}

    run(scenario)


def test_paused_connector_goes_on_where_it_was(run: Run) -> None:
    async def scenario(site: Site) -> None:
        topic = site.topic()
        site.append(topic, {"ACCOUNT": "a", "QUANTITY": 1})
        connector = site.start(site.sink_config)
        await site.settle()
        connector.pause()
        await site.settle()
        site.append(topic, {"ACCOUNT": "b", "QUANTITY": 2})
        await site.settle()
        during = len(site.table("trades")[1])
        connector.resume()
        await site.settle()

        assert during == 1
        assert site.table("trades")[1] == [("a", 1), ("b", 2)]

    run(scenario)


def test_from_latest_only_new_records_are_read(run: Run) -> None:
    async def scenario(site: Site) -> None:
        topic = site.topic()
        site.append(topic, {"ACCOUNT": "old", "QUANTITY": 1})
        site.start({**site.sink_config, "consumer.override.auto.offset.reset": "latest"})
        await site.settle()
        site.append(topic, {"ACCOUNT": "new", "QUANTITY": 2})
        await site.settle()

        assert site.table("trades")[1] == [("new", 2)]

    run(scenario)


def test_retention_that_overtakes_the_connector_is_skipped_over(run: Run) -> None:
    async def scenario(site: Site) -> None:
        topic = site.topic()
        site.append(topic, {"ACCOUNT": "a", "QUANTITY": 1}, {"ACCOUNT": "b", "QUANTITY": 2})
        connector = site.start(site.sink_config)
        await site.settle()
        connector.pause()
        await site.settle()
        site.append(topic, {"ACCOUNT": "c", "QUANTITY": 3})
        topic.partitions[0].expire(NOW_MS + 1)
        site.append(topic, {"ACCOUNT": "d", "QUANTITY": 4})
        connector.resume()
        await site.settle()

        assert [row[0] for row in site.table("trades")[1]] == ["a", "b", "d"]
        assert offset_of(connector) == {("trades", 0): 4}

    run(scenario)
