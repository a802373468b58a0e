import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.connectors.lifecycle import ManagedConnector
from sandbox.topics import AclOperation, ResourceType, StoredRecord
from tests.sandbox.connectors.conftest import NOW_MS, PROJECT, Scenario, Site

Run = Callable[[Scenario], None]


def offset_of(connector: ManagedConnector) -> dict[tuple[str, int], int]:
    found: dict[tuple[str, int], int] = {}
    for each in connector.offsets():
        partition: Any = each["partition"]
        offset: Any = each["offset"]
        found[partition["kafka_topic"], partition["kafka_partition"]] = offset["kafka_offset"]
    return found


def letters(site: Site) -> list[dict[str, str]]:
    topic = site.env.cluster.find("dlq-lcc-sink")
    records = topic.partitions[0].read(0) if topic else []
    return [
        {name.removeprefix("__connect.errors."): text.decode() for name, text in record.headers}
        for record in records
    ]


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


def test_what_is_no_row_goes_to_the_dead_letters_and_the_rest_goes_on(run: Run) -> None:
    async def scenario(site: Site) -> None:
        topic = site.topic()
        topic.append(StoredRecord(b"gone", None, NOW_MS))
        topic.append(StoredRecord(b"junk", b"not avro", NOW_MS))
        topic.append(StoredRecord(b"old", b"\x00\x00\x00\x00\x63x", NOW_MS))
        site.append(topic, {"ACCOUNT": "a", "QUANTITY": 1})
        connector = site.start(site.sink_config)
        await site.settle()

        assert site.table("trades")[1] == [("a", 1)]
        assert (connector.state, offset_of(connector)) == ("RUNNING", {("trades", 0): 4})
        found = letters(site)
        assert [(each["offset"], each["stage"]) for each in found] == [
            ("0", "TRANSFORMATION"),
            ("1", "VALUE_CONVERTER"),
            ("2", "VALUE_CONVERTER"),
        ]
        assert {(each["topic"], each["partition"], each["connector.name"]) for each in found} == {
            ("trades", "0", "lcc-sink")
        }
        assert found[1]["exception.class.name"] == "org.apache.kafka.connect.errors.DataException"
        assert found[1]["exception.message"].endswith("Unknown magic byte!")
        queue = site.env.cluster.topic("dlq-lcc-sink").partitions[0]
        assert [record.value for record in queue.read(0)][:2] == [None, b"not avro"]

    run(scenario)


def test_errors_that_are_not_tolerated_fail_the_connector(run: Run) -> None:
    async def scenario(site: Site) -> None:
        site.topic().append(StoredRecord(b"junk", b"not avro", NOW_MS))
        connector = site.start({**site.sink_config, "errors.tolerance": "none"})
        await site.settle()

        assert connector.state == "FAILED"
        assert connector.trace.startswith(
            "org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler"
        )
        assert connector.trace.endswith("(topic trades, partition 0, offset 0)")
        assert site.env.cluster.find("dlq-lcc-sink") is None

    run(scenario)


@pytest.mark.parametrize(
    ("operation", "resource", "name", "error"),
    [
        (AclOperation.READ, ResourceType.TOPIC, "trades",
         "TopicAuthorizationException: Not authorized to access topics: [trades]"),
        (AclOperation.READ, ResourceType.GROUP, "connect-lcc-sink",
         "GroupAuthorizationException: Not authorized to access group: connect-lcc-sink"),
        (AclOperation.CREATE, ResourceType.TOPIC, "dlq-lcc-sink",
         "TopicAuthorizationException: Not authorized to access topics: [dlq-lcc-sink]"),
        (AclOperation.WRITE, ResourceType.TOPIC, "dlq-lcc-sink",
         "TopicAuthorizationException: Not authorized to access topics: [dlq-lcc-sink]"),
    ],
)  # fmt: skip
def test_missing_grant_on_kafka_fails_the_connector(
    run: Run, operation: AclOperation, resource: ResourceType, name: str, error: str
) -> None:
    async def scenario(site: Site) -> None:
        site.topic().append(StoredRecord(b"gone", None, NOW_MS))
        site.rights.refused.add((operation, resource, name))

        connector = site.start(site.sink_config)
        await site.settle()

        assert connector.state == "FAILED"
        needs = f"(User:sa-2 needs {operation} on {resource.lower()} {name})"
        assert connector.trace == f"org.apache.kafka.common.errors.{error} {needs}"

    run(scenario)


def test_missing_rights_on_the_dataset_fail_with_googles_words(run: Run) -> None:
    async def scenario(site: Site) -> None:
        dataset = site.google._bigquery.catalog.find_dataset(PROJECT, "lab")
        assert dataset is not None
        dataset.access = [{"role": "READER", "userByEmail": site.account.email}]
        site.append(site.topic(), {"ACCOUNT": "a"})
        connector = site.start(site.sink_config)
        await site.settle()

        assert connector.state == "FAILED"
        assert (
            "Access Denied: Dataset sandbox-project:lab: Permission bigquery.tables.create denied "
            "on dataset sandbox-project:lab (or it may not exist). (code 403, reason accessDenied)"
        ) in connector.trace

    run(scenario)


def test_key_that_is_deleted_stops_the_connector_and_offsets_stay(run: Run) -> None:
    async def scenario(site: Site) -> None:
        topic = site.topic()
        site.append(topic, {"ACCOUNT": "a", "QUANTITY": 1})
        connector = site.start(site.sink_config)
        await site.settle()
        site.account.keys.clear()
        site.append(topic, {"ACCOUNT": "b", "QUANTITY": 2})
        await site.settle()

        assert connector.state == "FAILED"
        assert "Invalid JWT Signature." in connector.trace
        assert site.key_file["private_key"] not in connector.trace
        assert offset_of(connector) == {("trades", 0): 1}

    run(scenario)


def test_missing_table_is_not_made_unless_the_settings_say_so(run: Run) -> None:
    async def scenario(site: Site) -> None:
        site.append(site.topic(), {"ACCOUNT": "a"})
        config = {key: v for key, v in site.sink_config.items() if key != "auto.create.tables"}
        connector = site.start(config)
        await site.settle()

        assert connector.state == "FAILED"
        assert (
            "Table sandbox-project:lab.trades does not exist, and auto.create.tables is DISABLED"
        ) in connector.trace
        assert site.tables() == []

    run(scenario)


def test_missing_dataset_fails_at_once(run: Run) -> None:
    async def scenario(site: Site) -> None:
        connector = site.start({**site.sink_config, "datasets": "nope"})

        assert connector.state == "FAILED"
        assert "Not found: Dataset sandbox-project:nope (code 404" in connector.trace

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
