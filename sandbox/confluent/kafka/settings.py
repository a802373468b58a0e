"""Topic settings: names, defaults and legal values on Confluent Cloud, and topic names.

Only what was set explicitly is kept with a topic; this table supplies the rest. Leaves out
acting on a setting: `sandbox.topics` reads the few that change what happens here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.confluent.kafka.errors import InvalidRequest

LONG_MAX = 9223372036854775807
NAME = re.compile(r"[A-Za-z0-9._-]{1,249}")


@dataclass(frozen=True)
class Setting:
    """One topic setting: its default, its legal values, whether a user may change it."""

    default: str
    minimum: int | None = None
    maximum: int = LONG_MAX
    choices: tuple[str, ...] = ()
    """Legal words; several may be joined by commas where `is_list`."""
    is_list: bool = False
    editable: bool = True

    def problem(self, name: str, value: str) -> str | None:
        """Return why the broker refuses a value; None when it does not."""
        if not self.editable:
            return f"Altering topic config property '{name}' is disallowed"
        if self.minimum is not None:
            return self._number_problem(name, value)
        words = [word.strip() for word in value.split(",")] if self.is_list else [value]
        if self.choices and (not value or any(word not in self.choices for word in words)):
            return (
                f"Invalid value {value} for configuration {name}: String must be one of: "
                f"{', '.join(self.choices)}"
            )
        return None

    def _number_problem(self, name: str, value: str) -> str | None:
        assert self.minimum is not None
        if not re.fullmatch(r"[+-]?\d+", value.strip()):
            return f"Invalid value {value} for configuration {name}: Not a number of type LONG"
        if int(value) < self.minimum:
            return (
                f"Invalid value {value} for configuration {name}: "
                f"Value must be at least {self.minimum}"
            )
        if int(value) > self.maximum:
            return (
                f"Invalid value {value} for configuration {name}: "
                f"Value must be no more than {self.maximum}"
            )
        return None


_BOOLEAN = ("true", "false")
_TOPIC_NAME_STRATEGY = "io.confluent.kafka.serializers.subject.TopicNameStrategy"
_STRATEGIES = tuple(
    f"io.confluent.kafka.serializers.subject.{name}"
    for name in ("TopicNameStrategy", "RecordNameStrategy", "TopicRecordNameStrategy")
)
_DAY_MS = 24 * 3600 * 1000

SETTINGS: Mapping[str, Setting] = {
    "cleanup.policy": Setting("delete", choices=("compact", "delete"), is_list=True),
    "compression.type": Setting("producer", editable=False),
    "confluent.key.schema.validation": Setting("false", choices=_BOOLEAN),
    "confluent.key.subject.name.strategy": Setting(_TOPIC_NAME_STRATEGY, choices=_STRATEGIES),
    "confluent.schema.validation.context.name": Setting("default"),
    "confluent.value.schema.validation": Setting("false", choices=_BOOLEAN),
    "confluent.value.subject.name.strategy": Setting(_TOPIC_NAME_STRATEGY, choices=_STRATEGIES),
    "delete.retention.ms": Setting(str(_DAY_MS), minimum=0),
    "file.delete.delay.ms": Setting("60000", editable=False),
    "flush.messages": Setting(str(LONG_MAX), editable=False),
    "flush.ms": Setting(str(LONG_MAX), editable=False),
    "index.interval.bytes": Setting("4096", editable=False),
    "max.compaction.lag.ms": Setting(str(LONG_MAX), minimum=6 * 3600 * 1000),
    "max.message.bytes": Setting("2097164", minimum=0, maximum=8388608),
    "message.timestamp.after.max.ms": Setting(str(LONG_MAX), minimum=0),
    "message.timestamp.before.max.ms": Setting(str(LONG_MAX), minimum=0),
    "message.timestamp.difference.max.ms": Setting(str(LONG_MAX), minimum=0),
    "message.timestamp.type": Setting("CreateTime", choices=("CreateTime", "LogAppendTime")),
    "min.cleanable.dirty.ratio": Setting("0.5", editable=False),
    "min.compaction.lag.ms": Setting("0", minimum=0),
    "min.insync.replicas": Setting("2", minimum=1, maximum=2),
    "preallocate": Setting("false", editable=False),
    "retention.bytes": Setting("-1", minimum=-1),
    "retention.ms": Setting(str(7 * _DAY_MS), minimum=-1),
    "segment.bytes": Setting("104857600", minimum=52428800, maximum=1073741824),
    "segment.index.bytes": Setting("10485760", editable=False),
    "segment.jitter.ms": Setting("0", editable=False),
    "segment.ms": Setting(str(7 * _DAY_MS), minimum=4 * 3600 * 1000),
    "unclean.leader.election.enable": Setting("false", editable=False),
}
"""Every setting that a topic shows, with the service's defaults."""


def checked_setting(name: str, value: str) -> str:
    """Return a value that the broker accepts.

    Raises:
        InvalidRequest: Unknown setting, one that users may not change, or a bad value.
    """
    setting = SETTINGS.get(name)
    if setting is None:
        raise InvalidRequest(f"Unknown topic config name: {name}")
    if problem := setting.problem(name, value):
        raise InvalidRequest(problem)
    return value


def checked_topic_name(name: str) -> str:
    """Return a legal topic name.

    Raises:
        InvalidRequest: It is empty, too long, `.` or `..`, or has other characters.
    """
    if not name:
        raise InvalidRequest("Topic name is invalid: it can't be empty")
    if name in (".", ".."):
        raise InvalidRequest("Topic name is invalid: it can't be '.' or '..'")
    if len(name) > 249:  # noqa: PLR2004 - Kafka's limit, said in the text
        raise InvalidRequest(
            f"Topic name is invalid: the length of '{name}' is longer than the max allowed length "
            "249"
        )
    if not NAME.fullmatch(name):
        raise InvalidRequest(
            f"Topic name is invalid: '{name}' contains one or more characters other than ASCII "
            "alphanumerics, '.', '_' and '-'"
        )
    return name
