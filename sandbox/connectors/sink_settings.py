"""The BigQuery sink's settings: what each may hold, and what they come to.

Names, values and defaults are those of `BigQueryStorageSink` (the connector's second version).
Ingestion modes other than STREAMING, formats other than AVRO and JSON, and ways to sign in other
than a key file are refused by name.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.api import Json
from sandbox.connectors.settings import BOOLEAN, COMMON, Config, FieldProblem, Setting, number

CONNECTOR_CLASS = "BigQueryStorageSink"
KEY_FILE = "Google cloud service account"
NO_TABLES, PLAIN, BY_TIME, BY_FIELD = (
    "DISABLED",
    "NON-PARTITIONED",
    "PARTITION by INGESTION TIME",
    "PARTITION by FIELD",
)
KEY_FILE_FIELDS = ("type", "project_id", "private_key_id", "private_key", "client_email")
PROJECT = re.compile(r"[a-z0-9.:-]{6,63}")
DATASET = re.compile(r"\w{1,1024}", re.ASCII)
PAIR = re.compile(r"[^:,\s]+:[^:,\s]+")
CLUSTERING = re.compile(r"([^:,\[\]\s]+):\[([^\[\]]+)\]")


def parsed_key_file(text: str) -> dict[str, Json]:
    """Return a key file's content.

    Raises:
        ValueError: It is none; the message says why and shows nothing of it.
    """
    try:
        content = json.loads(text.lstrip("\ufeff"))
    except ValueError:
        raise ValueError("keyfile: not valid JSON") from None
    if not isinstance(content, dict) or content.get("type") != "service_account":
        raise ValueError('keyfile: must be the JSON key of a service account ("type" is missing)')
    missing = [name for name in KEY_FILE_FIELDS if not content.get(name)]
    if missing:
        raise ValueError(f"keyfile: {', '.join(missing)} missing in the JSON key")
    return content


def _key_file_problem(text: str) -> str | None:
    try:
        parsed_key_file(text)
    except ValueError as problem:
        return str(problem)
    return None


def _matching(
    name: str, pattern: re.Pattern[str], hint: str, sign: str = ","
) -> Callable[[str], str | None]:
    def check(value: str) -> str | None:
        for part in value.split(sign):
            if not pattern.fullmatch(part.strip()):
                return f"Invalid value {value} for configuration {name}: {hint}"
        return None

    return check


def _regex_problem(value: str) -> str | None:
    try:
        re.compile(value)
    except re.error as problem:
        return f"Invalid value {value} for configuration topics.regex: {problem}"
    return None


FORMATS = ("AVRO", "JSON")
FORMATS_NOT_EMULATED = ("JSON_SR", "PROTOBUF", "STRING")
ON_FIELD = Setting("timestamp.partition.field.name")
CREATE = Setting(
    "auto.create.tables", values=(NO_TABLES, PLAIN, BY_TIME, BY_FIELD), default=NO_TABLES
)
UPDATE = Setting("auto.update.schemas", values=("DISABLED", "ADD NEW FIELDS"), default="DISABLED")
PARTITIONING = Setting("partitioning.type", values=("HOUR", "DAY", "MONTH", "YEAR"), default="DAY")
SANITIZE_TOPICS = Setting("sanitize.topics", values=BOOLEAN, default="true")
SANITIZE_FIELDS = Setting("sanitize.field.names", values=BOOLEAN, default="false")
OFFSET_RESET = Setting(
    "consumer.override.auto.offset.reset", values=("earliest", "latest", "none"), default="earliest"
)
TOLERANCE = Setting("errors.tolerance", values=("none", "all"), default="all")
FORMAT = Setting(
    "input.data.format", required=True, values=FORMATS, not_emulated=FORMATS_NOT_EMULATED
)
POLL = Setting("max.poll.records", check=number("max.poll.records", 1, 500), default="500")

SETTINGS: Sequence[Setting] = (
    *(each for each in COMMON if each.name != "errors.tolerance"),
    Setting("topics"),
    Setting("topics.regex", check=_regex_problem),
    FORMAT,
    Setting("input.key.format", values=("AVRO", "BYTES", "JSON", "STRING"),
            not_emulated=("JSON_SR", "PROTOBUF"), default="BYTES"),
    Setting("authentication.method", values=(KEY_FILE,),
            not_emulated=("OAuth 2.0 (Shared app)", "OAuth 2.0 (Bring your own app)",
                          "Google service account impersonation"), default=KEY_FILE),
    Setting("keyfile", required=True, check=_key_file_problem),
    Setting("project", required=True,
            check=_matching("project", PROJECT, "must be a project id")),
    Setting("datasets", required=True,
            check=_matching("datasets", DATASET, "must be one dataset's name", "\0")),
    Setting("ingestion.mode", values=("STREAMING",),
            not_emulated=("BATCH LOADING", "UPSERT", "UPSERT_DELETE"), default="STREAMING"),
    Setting("commit.interval", check=number("commit.interval", 60, 14400)),
    CREATE, UPDATE, PARTITIONING, ON_FIELD, SANITIZE_TOPICS, SANITIZE_FIELDS,
    Setting("sanitize.field.names.in.array", values=BOOLEAN, default="false"),
    Setting("topic2table.map",
            check=_matching("topic2table.map", PAIR, "must be a list of topic:table")),
    Setting("topic2clustering.fields.map",
            check=_matching("topic2clustering.fields.map", CLUSTERING,
                            "must be a list of topic:[field|field]")),
    Setting("use.date.time.formatter", values=BOOLEAN, default="false"),
    Setting("use.integer.for.int8.int16", values=BOOLEAN, default="false"),
    Setting("max.poll.interval.ms", check=number("max.poll.interval.ms", 60000, 1800000)),
    POLL, OFFSET_RESET, TOLERANCE,
    Setting("consumer.override.isolation.level", values=("read_committed", "read_uncommitted")),
    Setting("errors.deadletterqueue.topic.name", default="dlq-${connector}"),
    Setting("csfle.enabled", values=("false",), not_emulated=("true",)),
    Setting("secret.manager.enabled", values=("false",), not_emulated=("true",)),
)  # fmt: skip


def combination_problems(config: Config) -> list[FieldProblem]:
    """Return what is wrong with settings that are right by themselves."""
    found = []
    if bool(config.get("topics")) == bool(config.get("topics.regex")):
        found.append(FieldProblem("topics", ["Exactly one of topics and topics.regex is needed"]))
    if CREATE.of(config) == BY_FIELD and not ON_FIELD.of(config):
        text = f"{ON_FIELD.name} is required when auto.create.tables is {BY_FIELD}"
        found.append(FieldProblem(ON_FIELD.name, [text]))
    return found


@dataclass(frozen=True)
class SinkSettings:
    """A sink's settings, read once."""

    topics: frozenset[str]
    """The topics to read; empty if there is a pattern."""
    topics_pattern: re.Pattern[str] | None
    data_format: str
    key_file: Mapping[str, Json] = field(repr=False)
    project: str
    dataset: str
    create_tables: str
    adds_fields: bool
    partitioning: str
    partition_field: str
    sanitize_topics: bool
    sanitize_fields: bool
    table_of_topic: Mapping[str, str]
    clustering_of_topic: Mapping[str, Sequence[str]]
    batch: int
    from_latest: bool
    tolerates_errors: bool
    dead_letter_topic: str

    @classmethod
    def of(cls, config: Config, connector_id: str) -> "SinkSettings":
        """Read settings that were judged right."""
        pattern = config.get("topics.regex")
        dead_letters = config.get("errors.deadletterqueue.topic.name") or "dlq-${connector}"
        return cls(
            topics=frozenset(part.strip() for part in config.get("topics", "").split(",") if part),
            topics_pattern=re.compile(pattern) if pattern else None,
            data_format=FORMAT.of(config),
            key_file=parsed_key_file(config["keyfile"]),
            project=config["project"],
            dataset=config["datasets"],
            create_tables=CREATE.of(config),
            adds_fields=UPDATE.of(config) != "DISABLED",
            partitioning=PARTITIONING.of(config),
            partition_field=ON_FIELD.of(config),
            sanitize_topics=SANITIZE_TOPICS.of(config) == "true",
            sanitize_fields=SANITIZE_FIELDS.of(config) == "true",
            table_of_topic=_pairs(config.get("topic2table.map", "")),
            clustering_of_topic={
                topic: [name.strip() for name in names.split("|")]
                for topic, names in CLUSTERING.findall(
                    config.get("topic2clustering.fields.map", "")
                )
            },
            batch=int(POLL.of(config)),
            from_latest=OFFSET_RESET.of(config) == "latest",
            tolerates_errors=TOLERANCE.of(config) == "all",
            dead_letter_topic=dead_letters.replace("${connector}", connector_id),
        )

    def reads(self, topic: str) -> bool:
        """Tell whether a topic is one of the connector's."""
        if self.topics_pattern is not None:
            return self.topics_pattern.fullmatch(topic) is not None
        return topic in self.topics

    def table(self, topic: str) -> str:
        """Return the table that a topic's records go to."""
        if topic in self.table_of_topic:
            return self.table_of_topic[topic]
        return sanitized(topic) if self.sanitize_topics else topic

    def table_settings(self, topic: str) -> dict[str, Json]:
        """Return the REST settings of a table that the connector creates."""
        settings: dict[str, Json] = {}
        if self.create_tables == BY_TIME:
            settings["timePartitioning"] = {"type": self.partitioning}
        elif self.create_tables == BY_FIELD:
            settings["timePartitioning"] = {
                "type": self.partitioning,
                "field": self.partition_field,
            }
        if topic in self.clustering_of_topic:
            settings["clustering"] = {"fields": list(self.clustering_of_topic[topic])}
        return settings


def sanitized(name: str) -> str:
    """Return a name that BigQuery takes: other characters and a leading digit give way to `_`."""
    plain = re.sub(r"\W", "_", name, flags=re.ASCII)
    return f"_{plain}" if plain[:1].isdigit() else plain


def _pairs(text: str) -> dict[str, str]:
    parts = (part.partition(":") for part in text.split(",") if part.strip())
    return {topic.strip(): table.strip() for topic, _, table in parts}
