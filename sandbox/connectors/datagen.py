"""The Datagen source: one record after each random pause of at most `max.interval`.

A new connector first makes up for the history that the sandbox was told to have, in bulk, then
goes on with the clock. Records are a matter of the seed, the connector's name and its settings:
two sandboxes with the same ones make the same records, at the same distances.
"""

import heapq
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sandbox.clock import pause_ms
from sandbox.connectors.environment import ConnectorEnvironment
from sandbox.connectors.lifecycle import TaskFailed, Work, principal_of, require
from sandbox.connectors.quickstarts import NOT_EMULATED, QUICKSTARTS, Quickstart, Row
from sandbox.connectors.settings import COMMON, Config, Setting, number
from sandbox.formats import avro
from sandbox.formats.errors import FormatError
from sandbox.formats.schemas import SchemaRefused
from sandbox.topics import AclOperation, Record, ResourceType, StoredRecord, Topic
from sandbox.topics.partitioner import partition_for

CONNECTOR_CLASS = "DatagenSource"
INTERVAL_DEFAULT_MS = 1000
SLICE = 500
"""Records made at a time before others may run."""
RETRY_MS = 100
"""Real time between two looks for a topic that was deleted: a producer's `retry.backoff.ms`."""

SETTINGS = (
    *COMMON,
    Setting("kafka.topic", required=True),
    Setting("quickstart", values=tuple(QUICKSTARTS), not_emulated=NOT_EMULATED),
    Setting(
        "output.data.format", values=("AVRO", "JSON"), not_emulated=("JSON_SR", "PROTOBUF"),
        default="JSON",
    ),
    Setting("max.interval", check=number("max.interval", 1, 24 * 3600 * 1000)),
    Setting("json.output.decimal.format", values=("BASE64", "NUMERIC")),
)  # fmt: skip


def problem_of_source(config: Config) -> tuple[str, str] | None:
    """Return the setting that lacks, if the records to make are not named, and what to say."""
    if config.get("schema.string"):
        return "schema.string", "schema.string is not emulated by this sandbox: use quickstart"
    if not config.get("quickstart"):
        offered = ", ".join(QUICKSTARTS)
        return "quickstart", f'Missing required configuration "quickstart": one of {offered}'
    return None


class Datagen(Work):
    """One Datagen connector with one set of settings."""

    def __init__(
        self, name: str, config: Config, env: ConnectorEnvironment, before: Work | None
    ) -> None:
        self._config, self._env = config, env
        self._topic_name = config["kafka.topic"]
        self._quickstart = QUICKSTARTS[config["quickstart"]]
        self._interval_ms = int(config.get("max.interval", INTERVAL_DEFAULT_MS))
        tasks = range(int(config["tasks.max"]))
        self._chances = [_chance(env.seed, name, f"{task}") for task in tasks]
        # Pauses have chances of their own: how many are drawn ahead depends on the clock, and
        # what the records hold must not.
        self._pauses = [_chance(env.seed, name, f"{task}/pauses") for task in tasks]
        self._made = [0] * len(self._chances)
        self._has_history = isinstance(before, Datagen) and before.has_history
        self._encode: Callable[[Row], bytes] | None = None
        self._records: Iterator[tuple[int, int]] = iter(())
        self._following = (0, 0)

    @property
    def has_history(self) -> bool:
        """Whether the history has been made: that happens once in a connector's life."""
        return self._has_history

    def check(self) -> None:
        """Look for the topic, the right to write to it, and the schema's place."""
        topic = self._topic()
        self._encode = self._encoder()
        self._start_from_now(topic)

    def _start_from_now(self, topic: Topic) -> None:
        # Not in `run`, which begins some time later: what is due must be known at once.
        now_ms = self._env.clock.now_ms()
        start_ms = now_ms - (0 if self._has_history else self._env.history_ms)
        # A connector that was deleted and made again goes on where the old one ended: an hour
        # made twice would put older rows behind newer ones.
        newest_ms = max(partition.max_timestamp_ms for partition in topic.partitions)
        start_ms = min(now_ms, max(start_ms, newest_ms))
        self._has_history = True
        tasks = range(len(self._chances))
        self._records = heapq.merge(*(self._moments(task, start_ms) for task in tasks))
        self._following = next(self._records)

    async def run(self) -> None:
        """Make what is due, sleep until the next record is, and so on."""
        clock = self._env.clock
        while True:
            await clock.sleep_until_ms(self._following[0])
            now_ms = clock.now_ms()
            batch = [self._following]
            for moment in self._records:
                if moment[0] > now_ms or len(batch) == SLICE:
                    self._following = moment
                    break
                batch.append(moment)
            self._append(await self._topic_once_there(), batch)
            await pause_ms(0)

    async def _topic_once_there(self) -> Topic:
        """Wait for a topic that was deleted to be there again, as Connect's workers do.

        A topic that is not there is no reason to fail once the connector runs: its producer
        finds no metadata, which can be retried, and the worker retries for ever
        (`AbstractWorkerSourceTask.sendRecords` of Kafka Connect).

        Raises:
            TaskFailed: The grant is gone.
        """
        while (topic := self._topic_or_none()) is None:
            await pause_ms(RETRY_MS)
        return topic

    def offsets(self) -> Sequence[Mapping[str, object]]:
        """Return how many records each task has made."""
        return [
            {"partition": {"task.id": task}, "offset": {"current.iteration": made}}
            for task, made in enumerate(self._made)
        ]

    def caught_up(self) -> bool:
        """Tell whether all records that are due by now are made, or cannot be for now."""
        has_topic = self._env.cluster.find(self._topic_name) is not None
        return not has_topic or self._following[0] > self._env.clock.now_ms()

    def _moments(self, task: int, start_ms: int) -> Iterator[tuple[int, int]]:
        """Yield when a task makes its records, for ever."""
        at_ms, chance = float(start_ms), self._pauses[task]
        while True:
            at_ms += chance.uniform(0, self._interval_ms)
            yield int(at_ms), task

    def _append(self, topic: Topic, moments: Sequence[tuple[int, int]]) -> None:
        quickstart, encode = self._quickstart, self._encode
        assert encode is not None
        count = len(topic.partitions)
        for at_ms, task in moments:
            row = quickstart.make(self._chances[task], self._env.skew)
            key = row[quickstart.key_field].encode()
            record: Record = StoredRecord(key, encode(row), at_ms)
            topic.partitions[partition_for(key, count)].append(record)
            self._made[task] += 1
        topic.wake()

    def _topic(self) -> Topic:
        topic = self._topic_or_none()
        if topic is None:
            raise TaskFailed(
                "org.apache.kafka.common.errors.UnknownTopicOrPartitionException: This server "
                f"does not host this topic-partition: topic {self._topic_name} does not exist on "
                f"{self._env.cluster.cluster_id}"
            )
        return topic

    def _topic_or_none(self) -> Topic | None:
        """Return the topic as it is now: it may be deleted, and the grant taken, at any time."""
        principal = principal_of(self._config, self._env)
        name = self._topic_name
        require(self._env, principal, AclOperation.WRITE, ResourceType.TOPIC, name)
        return self._env.cluster.find(name)

    def _encoder(self) -> Callable[[Row], bytes]:
        if self._config.get("output.data.format", "JSON") == "JSON":
            return lambda row: json.dumps(row, separators=(",", ":")).encode()
        return avro_encoder(self._quickstart, self._config, self._env)


def _chance(seed: int, name: str, use: str) -> random.Random:
    return random.Random(f"{seed}/{name}/{use}")  # noqa: S311 - made-up trades, no secrets


def avro_encoder(
    quickstart: Quickstart, config: Config, env: ConnectorEnvironment
) -> Callable[[Any], bytes]:
    """Register a quickstart's schema and return what encodes its rows under it.

    Raises:
        TaskFailed: The registry refuses the schema.
    """
    context = config.get("schema.context.name", "default")
    prefix = "" if context in ("", "default") else f":.{context}:"
    subject = f"{prefix}{config['kafka.topic']}-value"
    schema = json.dumps(quickstart.schema, separators=(",", ":"))
    try:
        registered = env.schemas.register(subject, schema)
        return avro.encoder(schema, registered.schema_id)
    except (SchemaRefused, FormatError) as refused:
        raise TaskFailed(
            "org.apache.kafka.connect.errors.DataException: Failed to serialize Avro data from "
            f"topic {config['kafka.topic']}: {refused}"
        ) from None
