"""A server for one case: cluster, registry, topics that exist beforehand, statements done."""

import re
from collections.abc import Mapping
from typing import Any

from ksql.language.errors import LanguageError
from ksql.language.parser import parse_script
from ksql.language.resolved import Source
from ksql.language.tree import CreateSource
from sandbox.clock import ManualClock
from sandbox.ksqldb.executor import execute
from sandbox.ksqldb.server import KsqlServer
from sandbox.ksqldb.testing.cases import Case, Json
from sandbox.ksqldb.testing.records import exact_json, record_of
from sandbox.ksqldb.testing.registry import MemorySchemas
from sandbox.topics import AllowAll, Cluster, Record, Topic

PARTITIONS = 4
"""What a topic has when a case says nothing."""

SERVICE_ID = "some.ksql.service.id"


class Stage:
    """Where a case plays."""

    def __init__(self, case: Case, *, one_partition: bool) -> None:
        self.case = case
        self.cluster = Cluster("lkc-test")
        self.schemas = MemorySchemas()
        self._given: set[str] = set()
        settings = {"auto.offset.reset": "earliest", "ksql.output.topic.name.prefix": ""}
        self.server = KsqlServer(
            "lksqlc-test",
            SERVICE_ID,
            cluster=self.cluster,
            schemas=self.schemas,
            authorizer=AllowAll(),
            principal="User:test",
            clock=ManualClock(),
            settings=settings | case.properties,
            one_partition=one_partition,
        )
        self._make_topics()

    def _make_topics(self) -> None:
        for described in self.case.body.get("topics") or ():
            self._topic(described["name"], described.get("partitions", PARTITIONS))
            for side in ("key", "value"):
                schema = described.get(f"{side}Schema")
                if schema is not None:
                    is_text = isinstance(schema, str) and schema.lstrip()[:1] in ("{", "[", '"')
                    text = schema if is_text else exact_json(schema)
                    subject = f"{described['name']}-{side}"
                    self._given.add(subject)
                    self.schemas.register(subject, text)
        for name, partitions in self._created_topics().items():
            self._topic(name, partitions)
        for described in self.case.body.get("inputs") or ():
            self._topic(described["topic"], PARTITIONS)

    def _created_topics(self) -> dict[str, int]:
        """The topics that CREATEs with columns name, with the partitions they state."""
        found = {}
        for text in self.case.statements:
            try:
                statements = parse_script(text)
            except LanguageError:
                continue
            for parsed in statements:
                if isinstance(parsed.statement, CreateSource):
                    given = {each.name: each.value.value for each in parsed.statement.properties}
                    topic = str(given.get("KAFKA_TOPIC", parsed.statement.name))
                    partitions = given.get("PARTITIONS", PARTITIONS)
                    found[topic] = int(str(partitions)) if str(partitions).isdecimal() else 1
        return found

    def _topic(self, name: str, partitions: int) -> None:
        if self.cluster.find(name) is None:
            self.cluster.create(name, partitions=int(partitions), replication=1)

    def execute(self, text: str) -> list[dict[str, Any]]:
        """Carry out statements as one request."""
        return execute(self.server, text, {}, {})

    def source_on(self, topic: str) -> Source | None:
        """The first source on a topic."""
        for entry in self.server.metastore.entries.values():
            if entry.source.topic == topic:
                return entry.source
        return None

    def record(self, described: Mapping[str, Json]) -> tuple[Topic, Record]:
        """Return an input's topic and record."""
        topic = self.cluster.topic(described["topic"])
        return topic, record_of(described, self.source_on(topic.name), self.schemas, self._given)

    def stop(self) -> None:
        """End the server."""
        self.server.stop()


MARKUP = re.compile(r"\s+")


def alike(expected: str, actual: str) -> str:
    """Compare messages: `equal`, `contained` or `different`; reports only.

    Positions and everything after the first line are left out.
    """
    wanted, found = (MARKUP.sub(" ", re.sub(r"line \d+:\d+: ", "", text.split("\n")[0])).strip()
                     for text in (expected, actual))  # fmt: skip
    if wanted == found:
        return "equal"
    return "contained" if wanted in found or found in wanted else "different"
