"""What the sink does with records that are no rows, and with what it may not do."""

from collections.abc import Callable

import pytest

from sandbox.topics import AclOperation, ResourceType, StoredRecord
from tests.sandbox.connectors.conftest import (
    NOW_MS,
    PROJECT,
    Scenario,
    Site,
    letters,
    offset_of,
)

Run = Callable[[Scenario], None]


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
