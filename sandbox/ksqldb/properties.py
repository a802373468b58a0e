"""Settings of a request: which exist, which may be set, what they are.

`SETTINGS` is the list. A name is valid when it is in there, when Kafka's clients have it, or when
it begins with `ksql.streams.`; anything else is refused in the server's words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.ksqldb.errors import BadRequest

OFFSET_RESET = "auto.offset.reset"
TABLE_SCAN = "ksql.query.pull.table.scan.enabled"
RANGE_SCAN = "ksql.query.pull.range.scan.enabled"
LIMIT_CLAUSE = "ksql.query.pull.limit.clause.enabled"
PULLS = "ksql.pull.queries.enable"
STREAM_PULLS = "ksql.query.pull.stream.enabled"
PUSH_V2 = "ksql.query.push.v2.enabled"
KEY_FORMAT = "ksql.persistence.default.format.key"
VALUE_FORMAT = "ksql.persistence.default.format.value"
WRAP_SINGLES = "ksql.persistence.wrap.single.values"
TOPIC_PREFIX = "ksql.output.topic.name.prefix"
THROW_ON_TIMESTAMP = "ksql.timestamp.throw.on.invalid"
QUERY_LIMIT = "ksql.query.persistent.active.limit"
SINK_PARTITIONS = "ksql.sink.partitions"
SINK_REPLICAS = "ksql.sink.replicas"
TIMESTAMP_EXTRACTOR = "default.timestamp.extractor"
PRESERVE_NULLS = "ksql.cast.strings.preserve.nulls"

SETTINGS: dict[str, Any] = {
    OFFSET_RESET: "latest",
    TABLE_SCAN: True,
    RANGE_SCAN: True,
    LIMIT_CLAUSE: True,
    KEY_FORMAT: "KAFKA",
    VALUE_FORMAT: None,
    WRAP_SINGLES: None,
    TOPIC_PREFIX: "",
    THROW_ON_TIMESTAMP: False,
    QUERY_LIMIT: 20,
    SINK_PARTITIONS: None,
    SINK_REPLICAS: None,
    TIMESTAMP_EXTRACTOR: "org.apache.kafka.streams.processor.FailOnInvalidTimestamp",
    "ksql.windowed.session.key.legacy": False,
    "ksql.new.query.planner.enabled": False,
    PUSH_V2: True,
    "ksql.query.pull.enable.standby.reads": False,
    "ksql.query.pull.max.allowed.offset.lag": 9223372036854775807,
    "ksql.query.pull.consistency.token.enabled": False,
    "ksql.query.pull.interpreter.enabled": True,
    PULLS: True,
    STREAM_PULLS: True,
    "ksql.service.id": "default_",
    "ksql.variable.substitution.enable": True,
    "ksql.functions.substring.legacy.args": False,
    PRESERVE_NULLS: True,
    "ksql.nested.error.set.null": True,
    "ksql.suppress.enabled": True,
    "ksql.rowpartition.rowoffset.enabled": True,
}
"""The server's own settings with their defaults."""

INTEGERS = {SINK_PARTITIONS: 1, SINK_REPLICAS: 1, QUERY_LIMIT: 0}
"""Settings that are whole numbers, with their least value."""

LARGEST_INTEGER = (1 << 31) - 1

DENIED = {"ksql.service.id", "ksql.suppress.enabled"}
"""What a request may not override.

Confluent Cloud also denies the number of stream threads. Here that is taken as every other
`ksql.streams.` setting is: accepted, without effect.
"""

CLIENT_SETTINGS = {
    "acceptable.recovery.lag", "acks", "application.id", "application.server",
    "auto.commit.interval.ms", "batch.size", "bootstrap.servers", "buffer.memory",
    "buffered.records.per.partition", "cache.max.bytes.buffering", "check.crcs", "client.id",
    "client.rack", "commit.interval.ms", "compression.type", "connections.max.idle.ms",
    "default.deserialization.exception.handler", "default.production.exception.handler",
    "delivery.timeout.ms", "enable.auto.commit", "enable.idempotence", "fetch.max.bytes",
    "fetch.max.wait.ms", "fetch.min.bytes", "group.id", "heartbeat.interval.ms",
    "interceptor.classes", "isolation.level", "linger.ms", "max.block.ms",
    "max.in.flight.requests.per.connection", "max.partition.fetch.bytes", "max.poll.interval.ms",
    "max.poll.records", "max.request.size", "max.task.idle.ms", "max.warmup.replicas",
    "metadata.max.age.ms", "num.standby.replicas", "num.stream.threads", "poll.ms",
    "processing.guarantee", "receive.buffer.bytes", "reconnect.backoff.max.ms",
    "reconnect.backoff.ms", "replication.factor", "request.timeout.ms", "retries",
    "retry.backoff.ms", "rocksdb.config.setter", "security.protocol", "send.buffer.bytes",
    "session.timeout.ms", "state.cleanup.delay.ms", "state.dir", "statestore.cache.max.bytes",
    "task.timeout.ms", "topology.optimization", "transaction.timeout.ms", "upgrade.from",
    "window.size.ms", "windowstore.changelog.additional.retention.ms",
}  # fmt: skip
"""Settings of Kafka's consumer, producer and Streams: accepted, without effect here."""

PREFIXES = ("ksql.streams.", "ksql.functions.", "producer.", "consumer.", "main.consumer.")


@dataclass(frozen=True)
class Properties:
    """The settings in force for a statement: the request's over the server's."""

    overrides: Mapping[str, Any] = field(default_factory=dict)
    server: Mapping[str, Any] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        """The value in force, in the type of its default."""
        for values in (self.overrides, self.server):
            for written in (name, f"ksql.streams.{name}"):
                if written in values:
                    return _typed(name, values[written])
        return SETTINGS.get(name)

    def on(self, name: str) -> bool:
        """Whether a setting is switched on."""
        return bool(self.get(name))

    def from_earliest(self, *, is_table: bool) -> bool:
        """Whether a new query begins with the first record of its source, stream or table.

        Of a table it does where neither the request nor the server's own settings say.
        """
        stated = any(name.endswith(OFFSET_RESET) for name in (*self.overrides, *self.server))
        default = is_table and not stated
        return default or str(self.get(OFFSET_RESET)).lower() == "earliest"

    def text(self) -> dict[str, str]:
        """The overrides as text, as descriptions show them."""
        return {name: shown(value) for name, value in self.overrides.items()}

    def with_override(self, name: str, value: str) -> "Properties":
        """After SET."""
        check_override(name, value)
        return Properties({**self.overrides, name: value}, self.server)

    def without_override(self, name: str) -> "Properties":
        """After UNSET."""
        if not is_known(name):
            raise _unknown(name)
        kept = {each: value for each, value in self.overrides.items() if each != name}
        return Properties(kept, self.server)


def is_known(name: str) -> bool:
    """Whether there is a setting of that name."""
    return name in SETTINGS or name in CLIENT_SETTINGS or name.startswith(PREFIXES)


def check_override(name: str, value: Any) -> None:
    """Judge one setting of a request.

    Raises:
        BadRequest: No such setting, one that may not be changed, or a value it cannot have.
    """
    check_name(name)
    plain = name.removeprefix("ksql.streams.").removeprefix("consumer.")
    if plain == OFFSET_RESET:
        _check_offset_reset(value)
    if name in INTEGERS:
        _check_integer(name, value)
    is_boolean = isinstance(SETTINGS.get(name), bool) or name == WRAP_SINGLES
    if is_boolean and str(value).lower() not in {"true", "false"}:
        raise BadRequest(
            f"Invalid value {value} for configuration {name}: Expected value to be either true "
            "or false"
        )


def check_name(name: str) -> None:
    """Judge whether a request may set a property at all.

    Raises:
        BadRequest: No such setting, or one that may not be changed.
    """
    if not is_known(name):
        raise _unknown(name)
    if name in DENIED:
        raise BadRequest(
            "One or more properties overrides set locally are prohibited by the KSQL server "
            f"(use UNSET to reset their default value): [{name}]"
        )


def _check_offset_reset(value: Any) -> None:
    if str(value).lower() == "none":
        raise BadRequest(
            f"Invalid value none for configuration {OFFSET_RESET}: 'none' is not valid for this "
            "property within KSQL"
        )
    if str(value).lower() not in {"earliest", "latest"}:
        raise BadRequest(
            f"Invalid value {value} for configuration {OFFSET_RESET}: String must be one of: "
            "latest, earliest, none"
        )


def _check_integer(name: str, value: Any) -> None:
    text = str(value).strip()
    if isinstance(value, bool) or not text.lstrip("-").isdecimal():
        raise BadRequest(
            f"Invalid value {value} for configuration {name}: Not a number of type INT"
        )
    if not INTEGERS[name] <= int(text) <= LARGEST_INTEGER:
        raise BadRequest(
            f"Invalid value {value} for configuration {name}: Value must be at least "
            f"{INTEGERS[name]} and at most {LARGEST_INTEGER}"
        )


def _unknown(name: str) -> BadRequest:
    return BadRequest(
        f"Not recognizable as ksql, streams, consumer, or producer property: '{name}'"
    )


def _typed(name: str, value: Any) -> Any:
    default = SETTINGS.get(name)
    if isinstance(default, bool) or (default is None and name == WRAP_SINGLES):
        return str(value).lower() == "true"
    if isinstance(default, int) and not isinstance(value, int):
        return int(value) if str(value).lstrip("-").isdecimal() else default
    return value


def shown(value: Any) -> str:
    """A setting's value as text."""
    return str(value).lower() if isinstance(value, bool) else str(value)
