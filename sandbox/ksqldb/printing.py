"""PRINT: the records of a topic as text, formats guessed, as ksqlDB's command line shows them."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from ksql.language.tree import Print
from sandbox.formats.avro import Decoder
from sandbox.formats.errors import FormatError
from sandbox.formats.schemas import Schemas
from sandbox.topics import Record, Topic

SLICE_RECORDS = 500


class TopicPrinter:
    """One PRINT with its reader."""

    media_type = "text/plain"

    def __init__(self, topic: Topic, statement: Print, schemas: Schemas) -> None:
        self._topic, self._statement = topic, statement
        self._decoder = Decoder(schemas)
        self._offsets = [
            log.start_offset if statement.from_beginning else log.end_offset
            for log in topic.partitions
        ]
        self._left = statement.limit
        self._seen = 0

    def whole(self) -> str | None:
        """Return nothing: it streams."""
        return None

    async def chunks(self) -> AsyncIterator[str]:
        """Yield a line per record until the limit, or until the reader goes away."""
        grown = asyncio.Event()
        unsubscribe = self._topic.subscribe(lambda _: grown.set())
        try:
            while self._left != 0 and not self._topic.deleted:
                grown.clear()
                text = self._slice()
                if text:
                    yield text
                elif self._left != 0:
                    await grown.wait()
        finally:
            unsubscribe()

    def _slice(self) -> str:
        lines = []
        for partition, log in enumerate(self._topic.partitions):
            for record in log.read(self._offsets[partition], SLICE_RECORDS):
                self._offsets[partition] = max(self._offsets[partition], log.start_offset) + 1
                if self._wanted():
                    lines.append(self._line(record, partition))
                if self._left == 0:
                    return "".join(lines)
        return "".join(lines)

    def _wanted(self) -> bool:
        interval = self._statement.interval or 1
        self._seen += 1
        if (self._seen - 1) % interval:
            return False
        if self._left is not None:
            self._left -= 1
        return True

    def _line(self, record: Record, partition: int) -> str:
        instant = datetime.fromtimestamp(record.timestamp_ms / 1000, tz=UTC)
        when = f"{instant:%Y-%m-%dT%H:%M:%S}.{record.timestamp_ms % 1000:03d}Z"
        key, value = self._shown(record.key), self._shown(record.value)
        return f"rowtime: {when}, key: {key}, value: {value}, partition: {partition}\n"

    def _shown(self, data: bytes | None) -> str:
        if data is None:
            return "<null>"
        try:
            return self._avro(data)
        except (FormatError, ValueError):
            pass
        try:
            return data.decode()
        except UnicodeDecodeError:
            return data.hex(" ")

    def _avro(self, data: bytes) -> str:
        return json.dumps(self._decoder.decode(data), default=str)
