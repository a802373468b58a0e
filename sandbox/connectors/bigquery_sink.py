"""The BigQuery sink: reads topics by the connector's identity, appends rows as the key file's.

Streaming mode: every record becomes a row, in the order of its partition, in batches. What cannot
become one (tombstones, undecodable bytes, values that do not fit) goes to the dead letter queue
and the connector goes on; what is wrong with rights, tables or keys makes it FAILED. It sleeps
until a topic wakes it.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.api import ApiError, Caller, Json
from sandbox.clock import pause_ms
from sandbox.connectors import avro_rows
from sandbox.connectors.dead_letters import DeadLetters, Rejection
from sandbox.connectors.environment import ConnectorEnvironment, TableName
from sandbox.connectors.lifecycle import TaskFailed, Work, principal_of, require
from sandbox.connectors.settings import Config
from sandbox.connectors.sink_settings import NO_TABLES, SinkSettings, sanitized
from sandbox.formats import avro
from sandbox.formats.errors import FormatError
from sandbox.formats.schemas import SchemaRefused
from sandbox.topics import AclOperation, Record, ResourceType, Topic

CONVERTER = "io.confluent.connect.avro.AvroConverter"
JSON_CONVERTER = "org.apache.kafka.connect.json.JsonConverter"
TASK = "com.wepay.kafka.connect.bigquery.BigQuerySinkTask"
VALUE_TRANSFORM = "io.confluent.connect.transforms.RequireMapValue"
BAD_DATA = "org.apache.kafka.connect.errors.DataException"
REFUSED = "com.wepay.kafka.connect.bigquery.exception.BigQueryConnectException"

Refusal = tuple[str, str, str]
"""Stage, executing class and message of a record that cannot be delivered."""


@dataclass(eq=False)
class Reading:
    """How far one topic has been read."""

    topic: Topic
    positions: list[int]
    """Per partition the offset to be read next."""
    unsubscribe: Callable[[], None]

    @property
    def lag(self) -> int:
        """Records that are there and have not been read."""
        pairs = zip(self.topic.partitions, self.positions, strict=True)
        return sum(partition.end_offset - position for partition, position in pairs)


@dataclass
class Batch:
    """Rows of one topic's partition on their way into its table."""

    rows: list[dict[str, Json]] = field(default_factory=list)
    sources: list[tuple[int, Record]] = field(default_factory=list)
    """Per row the offset and the record it came from."""
    rejections: list[Rejection] = field(default_factory=list)
    columns: dict[str, Json] = field(default_factory=dict)
    """By name what the records' schemas say about the columns; empty for JSON."""


class BigQuerySink(Work):
    """One BigQuery sink with one set of settings."""

    def __init__(
        self, connector_id: str, config: Config, env: ConnectorEnvironment, before: Work | None
    ) -> None:
        self._id, self._config, self._env = connector_id, config, env
        self._settings = SinkSettings.of(config, connector_id)
        self._dead_letters = DeadLetters(env, self._settings.dead_letter_topic, connector_id)
        self._decoder = avro.Decoder(env.schemas)
        self._columns: dict[int, list[Json]] = {}
        self._known_tables: dict[TableName, set[str]] = {}
        self._wake = asyncio.Event()
        self._readings: dict[str, Reading] = {}
        if isinstance(before, BigQuerySink):
            self._positions = before.committed()
        else:
            self._positions = {}

    # -- what the lifecycle asks -----------------------------------------------------------

    def check(self) -> None:
        """Look at the grants, the key and the dataset; a topic that is missing is waited for."""
        principal = self._principal()
        for name in sorted(self._settings.topics):
            if self._env.cluster.find(name) is not None:
                require(self._env, principal, AclOperation.READ, ResourceType.TOPIC, name)
        caller = self._sign_in()
        try:
            settings = self._settings
            self._env.warehouse.check_dataset(caller, settings.project, settings.dataset)
        except ApiError as refusal:
            raise _failed(refusal) from None

    async def run(self) -> None:
        """Deliver what is there, sleep until woken, and so on."""
        forget = self._env.cluster.subscribe(self._created)
        try:
            for topic in self._env.cluster.topics():
                self._created(topic)
            while True:
                self._wake.clear()
                await self._deliver()
                if not self._lag():
                    await self._wake.wait()
        finally:
            forget()
            self._positions = self.committed()
            for reading in self._readings.values():
                reading.unsubscribe()
            self._readings.clear()

    def offsets(self) -> Sequence[Mapping[str, object]]:
        """Return the group's committed offset of every partition."""
        return [
            {
                "partition": {"kafka_topic": topic, "kafka_partition": partition},
                "offset": {"kafka_offset": offset},
            }
            for topic, positions in sorted(self.committed().items())
            for partition, offset in enumerate(positions)
        ]

    def caught_up(self) -> bool:
        """Tell whether everything that is in the topics is delivered."""
        return not self._lag()

    def committed(self) -> dict[str, list[int]]:
        """Return by topic the offset of each partition that is to be read next."""
        live = {name: list(reading.positions) for name, reading in self._readings.items()}
        return {**self._positions, **live}

    # -- reading ---------------------------------------------------------------------------

    def _principal(self) -> str:
        principal = principal_of(self._config, self._env)
        group = f"connect-{self._id}"
        require(self._env, principal, AclOperation.READ, ResourceType.GROUP, group)
        return principal

    def _created(self, topic: Topic) -> None:
        """Begin to read a topic, if it is one of ours."""
        if not self._settings.reads(topic.name):
            return
        positions = self._positions.get(topic.name)
        if positions is None or len(positions) != len(topic.partitions):
            positions = [
                each.end_offset if self._settings.from_latest else each.start_offset
                for each in topic.partitions
            ]
        unsubscribe = topic.subscribe(self._woken)
        self._readings[topic.name] = Reading(topic, list(positions), unsubscribe)
        self._wake.set()

    def _woken(self, topic: Topic) -> None:
        if topic.deleted:
            # Its offsets go with it: a topic of that name made later is read from its start.
            reading = self._readings.pop(topic.name, None)
            self._positions.pop(topic.name, None)
            if reading is not None:
                reading.unsubscribe()
        self._wake.set()

    def _lag(self) -> int:
        return sum(reading.lag for reading in self._readings.values())

    async def _deliver(self) -> None:
        """Deliver one batch of each partition, until there is no more."""
        for reading in list(self._readings.values()):
            while not reading.topic.deleted and reading.lag:
                for partition in range(len(reading.positions)):
                    self._deliver_batch(reading, partition)
                await pause_ms(0)

    def _deliver_batch(self, reading: Reading, number: int) -> None:
        partition = reading.topic.partitions[number]
        position = max(reading.positions[number], partition.start_offset)
        records = partition.read(position, self._settings.batch)
        if not records:
            reading.positions[number] = position
            return
        principal = self._principal()
        topic = reading.topic.name
        require(self._env, principal, AclOperation.READ, ResourceType.TOPIC, topic)
        batch = self._converted(topic, number, position, records)
        if batch.rows:
            self._put(topic, number, batch)
        if batch.rejections:
            self._reject(principal, batch.rejections)
        reading.positions[number] = position + len(records)

    # -- converting ------------------------------------------------------------------------

    def _converted(
        self, topic: str, partition: int, position: int, records: Sequence[Record]
    ) -> Batch:
        batch = Batch()
        for offset, record in enumerate(records, start=position):
            try:
                if record.value is None:
                    # The service's own transform asks for a map: deletes have none.
                    text = "Only Map objects supported in absence of schema, found: null"
                    raise _Rejected("TRANSFORMATION", VALUE_TRANSFORM, text)
                row, fields = self._row(record.value)
            except _Rejected as rejected:
                batch.rejections.append(
                    Rejection(
                        record, topic, partition, offset, rejected.stage, rejected.executing_class,
                        BAD_DATA, str(rejected),
                    )
                )  # fmt: skip
                continue
            batch.rows.append(row)
            batch.sources.append((offset, record))
            for each in fields:
                batch.columns.setdefault(each["name"], each)
        return batch

    def _row(self, value: bytes) -> tuple[dict[str, Json], Sequence[Json]]:
        """Return a value's row and its columns.

        Raises:
            _Rejected: It is none.
        """
        if self._settings.data_format == "JSON":
            return self._json_row(value), ()
        try:
            registered = self._decoder.schema(value)
            decoded = self._decoder.decode(value)
            fields = self._columns.get(registered.schema_id)
            if fields is None:
                fields = avro_rows.columns(registered.schema, self._rename)
                self._columns[registered.schema_id] = fields
            return avro_rows.row(decoded, fields, self._rename), fields
        except FormatError as problem:
            text = f"Failed to deserialize data for topic to Avro: {problem}"
            raise _Rejected("VALUE_CONVERTER", CONVERTER, text) from None
        except avro_rows.NoColumn as problem:
            raise _Rejected("TASK_PUT", TASK, str(problem)) from None
        except SchemaRefused as refused:
            raise TaskFailed(f"{BAD_DATA}: Failed to access Avro data: {refused}") from None

    def _json_row(self, value: bytes) -> dict[str, Json]:
        try:
            decoded = json.loads(value)
        except ValueError:
            text = "Converting byte[] to Kafka Connect data failed due to serialization error"
            raise _Rejected("VALUE_CONVERTER", JSON_CONVERTER, text) from None
        try:
            return avro_rows.row(decoded, (), self._rename)
        except avro_rows.NoColumn as problem:
            raise _Rejected("TRANSFORMATION", VALUE_TRANSFORM, str(problem)) from None

    def _rename(self, name: str) -> str:
        return sanitized(name) if self._settings.sanitize_fields else name

    # -- delivering ------------------------------------------------------------------------

    def _sign_in(self) -> Caller:
        try:
            return self._env.warehouse.sign_in(self._settings.key_file)
        except ApiError as refusal:
            raise _failed(refusal) from None

    def _put(self, topic: str, partition: int, batch: Batch) -> None:
        caller = self._sign_in()
        settings = self._settings
        name = (settings.project, settings.dataset, settings.table(topic))
        try:
            self._make_table(caller, name, topic, batch.columns)
            refused = self._env.warehouse.append(caller, name, batch.rows)
        except ApiError as refusal:
            self._known_tables.pop(name, None)
            raise _failed(refusal) from None
        for i, message in refused.items():
            offset, record = batch.sources[i]
            text = f"Failed to insert row into table {':'.join(name[:1])}.{name[1]}.{name[2]}: "
            batch.rejections.append(
                Rejection(
                    record, topic, partition, offset, "TASK_PUT", TASK, REFUSED, text + message
                )
            )

    def _make_table(
        self, caller: Caller, name: TableName, topic: str, columns: Mapping[str, Json]
    ) -> None:
        """Create the table, or add columns to it, as far as the settings allow."""
        schema = self._env.warehouse.schema(caller, *name)
        if schema is None:
            if self._settings.create_tables == NO_TABLES:
                raise TaskFailed(
                    f"{REFUSED}: Table {name[0]}:{name[1]}.{name[2]} does not exist, and "
                    "auto.create.tables is DISABLED: create it, or let the connector"
                )
            if not columns:
                raise TaskFailed(f"{REFUSED}: Table {name[2]} cannot be created from JSON "
                                 "without a schema: create it first")  # fmt: skip
            fields = {"fields": list(columns.values())}
            table_settings = self._settings.table_settings(topic)
            self._env.warehouse.create_table(caller, name, fields, table_settings)
        elif self._settings.adds_fields:
            known = {each["name"].lower() for each in schema["fields"]}
            added = [each for key, each in columns.items() if key.lower() not in known]
            if added:
                self._env.warehouse.add_fields(caller, name, added)

    def _reject(self, principal: str, rejections: Sequence[Rejection]) -> None:
        if not self._settings.tolerates_errors:
            first = rejections[0]
            raise TaskFailed(
                "org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error "
                f"handler: {first.exception_class}: {first.message} (topic {first.topic}, "
                f"partition {first.partition}, offset {first.offset})"
            )
        self._dead_letters.add(principal, rejections)


class _Rejected(Exception):
    """One record cannot be delivered."""

    def __init__(self, stage: str, executing_class: str, message: str) -> None:
        self.stage, self.executing_class = stage, executing_class
        super().__init__(message)


def _failed(refusal: ApiError) -> TaskFailed:
    """Return the failure that a refusal by Google is, in Google's words."""
    code: Any = refusal.code or refusal.status
    return TaskFailed(f"{REFUSED}: {refusal.message} (code {refusal.status}, reason {code})")
