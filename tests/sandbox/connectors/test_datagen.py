import json
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from sandbox.clock import pause_ms
from sandbox.connectors.lifecycle import ManagedConnector
from sandbox.formats import avro
from sandbox.topics import AclOperation, ResourceType, Topic
from sandbox.topics.partitioner import partition_for
from tests.sandbox.connectors.conftest import NOW_MS, SOURCE, Scenario, Site

Run = Callable[[Scenario], None]
HOUR_MS = 3_600_000


def made(connector: ManagedConnector) -> int:
    task: Any = connector.offsets()[0]
    iteration: int = task["offset"]["current.iteration"]
    return iteration


def values(site: Site, topic: Topic) -> list[dict[str, Any]]:
    decoder = avro.Decoder(site.env.schemas)
    records = [record for partition in topic.partitions for record in partition.read(0)]
    return [decoder.decode(record.value) for record in records if record.value]


def test_trades_have_the_labs_values(run: Run) -> None:
    async def scenario(site: Site) -> None:
        topic = site.topic("stocks_topic")
        site.start(SOURCE, history_ms=HOUR_MS)
        await site.settle()

        rows = values(site, topic)
        assert 6500 < len(rows) < 8000
        assert {row["side"] for row in rows} == {"BUY", "SELL"}
        assert {row["account"] for row in rows} == {"ABC123", "LMN456", "XYZ789"}
        assert {row["userid"] for row in rows} == {f"User_{i}" for i in range(1, 10)}
        symbols = {"ZBZX", "ZJZZT", "ZTEST", "ZVV", "ZVZZT", "ZWZZT", "ZXZZT"}
        assert {row["symbol"] for row in rows} == symbols
        assert all(1 <= row["quantity"] <= 5000 and 5 <= row["price"] <= 1000 for row in rows)
        records = topic.partitions[0].read(0)
        assert [record.key for record in records] == [row["symbol"].encode() for row in rows]

    run(scenario)


def test_users_have_the_labs_values(run: Run) -> None:
    async def scenario(site: Site) -> None:
        topic = site.topic("users_topic")
        config = {**SOURCE, "name": "users", "kafka.topic": "users_topic", "quickstart": "USERS"}
        site.start(config, history_ms=HOUR_MS)
        await site.settle()

        rows = values(site, topic)
        assert {row["gender"] for row in rows} == {"MALE", "FEMALE", "OTHER"}
        assert {row["regionid"] for row in rows} == {f"Region_{i}" for i in range(1, 10)}
        assert all(1487715775521 <= row["registertime"] <= 1519273364600 for row in rows)
        assert topic.partitions[0].read(0)[0].key == rows[0]["userid"].encode()

    run(scenario)


def test_schema_is_registered_under_the_quickstarts_name(run: Run) -> None:
    async def scenario(site: Site) -> None:
        site.topic("stocks_topic")
        site.start(SOURCE)

        registered = site.env.schemas.latest("stocks_topic-value")
        assert registered is not None
        schema = json.loads(registered.schema)
        assert (schema["namespace"], schema["name"]) == ("ksql", "StockTrade")
        kinds = [(each["name"], each["type"]) for each in schema["fields"]]
        assert kinds == [
            ("side", "string"),
            ("quantity", "int"),
            ("symbol", "string"),
            ("price", "int"),
            ("account", "string"),
            ("userid", "string"),
        ]

    run(scenario)


def test_history_ends_now_and_each_pause_is_at_most_the_interval(run: Run) -> None:
    async def scenario(site: Site) -> None:
        topic = site.topic("stocks_topic")
        site.start(SOURCE, history_ms=HOUR_MS)
        await site.settle()

        times = [record.timestamp_ms for record in topic.partitions[0].read(0)]
        pauses = [after - before for before, after in pairwise(times)]
        assert NOW_MS - HOUR_MS < times[0] <= NOW_MS - HOUR_MS + 1000
        assert NOW_MS - 1000 <= times[-1] <= NOW_MS
        assert min(pauses) >= 0
        assert max(pauses) <= 1000

    run(scenario)


def test_without_history_records_come_with_the_clock(run: Run) -> None:
    async def scenario(site: Site) -> None:
        topic = site.topic("stocks_topic")
        site.start(SOURCE)
        await site.settle()
        assert topic.partitions[0].end_offset == 0

        site.clock.advance_ms(1000)
        await site.settle()
        first = topic.partitions[0].end_offset
        site.clock.advance_ms(60_000)
        await site.settle()

        assert first >= 1
        assert 60 <= topic.partitions[0].end_offset <= 240
        assert all(r.timestamp_ms <= site.clock.now_ms() for r in topic.partitions[0].read(0))

    run(scenario)


def test_same_seed_makes_the_same_records_and_another_does_not(run: Run) -> None:
    async def scenario(site: Site) -> None:
        made = []
        for name, seed in (("a", 1), ("b", 1), ("c", 2)):
            topic = site.topic(name)
            site.start({**SOURCE, "kafka.topic": name}, history_ms=60_000, seed=seed)
            await site.settle()
            rows = values(site, topic)
            times = [record.timestamp_ms for record in topic.partitions[0].read(0)]
            made.append((rows, times))

        assert made[0] == made[1]
        assert made[0] != made[2]

    run(scenario)


def test_records_do_not_depend_on_how_the_clock_moved(run: Run) -> None:
    async def scenario(site: Site) -> None:
        made = []
        for name, steps in (("a", 1), ("b", 60)):
            topic = site.topic(name)
            connector = site.start({**SOURCE, "kafka.topic": name})
            await site.settle()
            for _ in range(steps):
                site.clock.advance_ms(60_000 // steps)
                await site.settle()
            connector.pause()
            made.append(values(site, topic)[:50])

        assert len(made[0]) == 50
        assert made[0] == made[1]

    run(scenario)


def test_connector_made_again_goes_on_where_the_old_one_ended(run: Run) -> None:
    async def scenario(site: Site) -> None:
        topic = site.topic("stocks_topic")
        site.start(SOURCE, history_ms=HOUR_MS).stop()
        first = site.start(SOURCE, history_ms=HOUR_MS)
        await site.settle()
        first.stop()
        ended = topic.partitions[0].end_offset
        site.clock.advance_ms(10_000)

        site.start(SOURCE, history_ms=HOUR_MS)
        await site.settle()

        assert 5 <= topic.partitions[0].end_offset - ended <= 60

    run(scenario)


def test_keys_choose_partitions_as_kafkas_default_partitioner_does(run: Run) -> None:
    async def scenario(site: Site) -> None:
        topic = site.topic("stocks_topic", partitions=3)
        site.start(SOURCE, history_ms=60_000)
        await site.settle()

        for number, partition in enumerate(topic.partitions):
            assert {partition_for(record.key, 3) for record in partition.read(0)} <= {number}
        assert sum(partition.end_offset for partition in topic.partitions) > 60

    run(scenario)


def test_skew_gives_one_account_most_trades(run: Run) -> None:
    async def scenario(site: Site) -> None:
        topic = site.topic("stocks_topic")
        site.start(SOURCE, history_ms=HOUR_MS, skew=0.9)
        await site.settle()

        shares = Counter(row["account"] for row in values(site, topic))
        assert shares["ABC123"] > 8 * (shares["LMN456"] + shares["XYZ789"])

    run(scenario)


def test_json_output_is_plain_json(run: Run) -> None:
    async def scenario(site: Site) -> None:
        topic = site.topic("stocks_topic")
        config = {key: value for key, value in SOURCE.items() if key != "output.data.format"}
        site.start(config, history_ms=10_000)
        await site.settle()

        value = topic.partitions[0].read(0)[0].value
        assert value is not None
        assert set(json.loads(value)) == {
            "side", "quantity", "symbol", "price", "account", "userid",
        }  # fmt: skip
        assert site.env.schemas.latest("stocks_topic-value") is None

    run(scenario)


def test_tasks_add_up(run: Run) -> None:
    async def scenario(site: Site) -> None:
        topic = site.topic("stocks_topic")
        connector = site.start({**SOURCE, "tasks.max": "3"}, history_ms=600_000)
        await site.settle()

        assert [number for number, _, _ in connector.tasks] == [0, 1, 2]
        made = [each["offset"]["current.iteration"] for each in connector.offsets()]  # type: ignore[index] # the offsets API's form
        assert sum(made) == topic.partitions[0].end_offset
        assert min(made) > 900

    run(scenario)


def test_paused_connector_makes_nothing_and_leaves_a_gap(run: Run) -> None:
    async def scenario(site: Site) -> None:
        topic = site.topic("stocks_topic")
        connector = site.start(SOURCE, history_ms=10_000)
        await site.settle()
        before = topic.partitions[0].end_offset

        connector.pause()
        site.clock.advance_ms(HOUR_MS)
        await site.settle()
        during = topic.partitions[0].end_offset
        paused = connector.state
        connector.resume()
        await site.settle()
        site.clock.advance_ms(10_000)
        await site.settle()

        assert (paused, connector.state) == ("PAUSED", "RUNNING")
        assert during == before
        assert before < topic.partitions[0].end_offset < before + 100
        assert topic.partitions[0].read(before)[0].timestamp_ms >= NOW_MS + HOUR_MS

    run(scenario)


def test_other_settings_take_effect_without_a_second_history(run: Run) -> None:
    async def scenario(site: Site) -> None:
        topic = site.topic("stocks_topic")
        connector = site.start(SOURCE, history_ms=60_000)
        await site.settle()
        before = topic.partitions[0].end_offset

        connector.reconfigure({**SOURCE, "max.interval": "10"})
        await site.settle()
        site.clock.advance_ms(1000)
        await site.settle()

        assert connector.state == "RUNNING"
        assert 100 < topic.partitions[0].end_offset - before < 400

    run(scenario)


def test_missing_topic_fails_with_kafkas_error(run: Run) -> None:
    async def scenario(site: Site) -> None:
        connector = site.start(SOURCE)

        assert connector.state == "FAILED"
        assert connector.trace == (
            "org.apache.kafka.common.errors.UnknownTopicOrPartitionException: This server does "
            "not host this topic-partition: topic stocks_topic does not exist on lkc-1"
        )

    run(scenario)


def test_topic_deleted_meanwhile_is_waited_for_and_nothing_is_lost(run: Run) -> None:
    async def scenario(site: Site) -> None:
        site.topic("stocks_topic")
        connector = site.start(SOURCE)
        await site.settle()
        site.env.cluster.delete("stocks_topic")
        made_before = made(connector)
        site.clock.advance_ms(60_000)
        await site.settle()
        meanwhile = connector.state, made(connector), connector.caught_up()

        topic = site.topic("stocks_topic")
        while not topic.partitions[0].end_offset:
            await pause_ms(10)
        await site.settle()

        assert meanwhile == ("RUNNING", made_before, True)
        assert connector.state == "RUNNING"
        stored = [each for partition in topic.partitions for each in partition.read(0)]
        assert made(connector) == made_before + len(stored)
        assert min(each.timestamp_ms for each in stored) <= site.clock.now_ms() - 59_000

    run(scenario)


def test_missing_grant_fails_and_names_it(run: Run) -> None:
    async def scenario(site: Site) -> None:
        topic = site.topic("stocks_topic")
        site.rights.refused.add((AclOperation.WRITE, ResourceType.TOPIC, "stocks_topic"))

        connector = site.start(SOURCE, history_ms=HOUR_MS)
        await site.settle()

        assert connector.state == "FAILED"
        assert connector.trace == (
            "org.apache.kafka.common.errors.TopicAuthorizationException: Not authorized to access "
            "topics: [stocks_topic] (User:sa-1 needs WRITE on topic stocks_topic)"
        )
        assert topic.partitions[0].end_offset == 0

    run(scenario)


def test_api_key_acts_as_its_owner_and_a_wrong_one_fails(run: Run) -> None:
    def principal_of_key(key: str, secret: str) -> str | None:
        return "User:sa-9" if (key, secret) == ("K", "S") else None

    async def scenario(site: Site) -> None:
        site.topic("stocks_topic")
        config = {**SOURCE, "kafka.auth.mode": "KAFKA_API_KEY", "kafka.api.key": "K"}

        good = site.start({**config, "kafka.api.secret": "S"}, principal_of_key=principal_of_key)
        bad = site.start({**config, "kafka.api.secret": "T"}, principal_of_key=principal_of_key)

        assert good.state == "RUNNING"
        assert site.rights.asked == {"User:sa-9"}
        assert bad.trace == (
            "org.apache.kafka.common.errors.SaslAuthenticationException: Authentication failed: "
            "the Kafka API key K is not valid for this cluster"
        )

    run(scenario)


def test_schema_that_the_registry_refuses_fails_the_connector(run: Run) -> None:
    async def scenario(site: Site) -> None:
        site.topic("stocks_topic")
        other = {"type": "record", "name": "Other", "fields": [{"name": "x", "type": "int"}]}
        site.env.schemas.register("stocks_topic-value", json.dumps(other))

        connector = site.start(SOURCE)

        assert connector.state == "FAILED"
        assert connector.trace.startswith(
            "org.apache.kafka.connect.errors.DataException: Failed to serialize Avro data from "
            "topic stocks_topic: "
        )

    run(scenario)
