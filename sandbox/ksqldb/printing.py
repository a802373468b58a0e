"""PRINT: the records of a topic as text, formats guessed, as ksqlDB's command line shows them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from ksql.language.tree import Print
from sandbox.formats.schemas import Schemas
from sandbox.ksqldb.guessing import Guess
from sandbox.topics import Record, Topic

SLICE_RECORDS = 500


class TopicPrinter:
    """One PRINT with its reader."""

    media_type = "text/plain"

    def __init__(self, topic: Topic, statement: Print, schemas: Schemas) -> None:
        self._topic, self._statement = topic, statement
        self._key, self._value = Guess(schemas), Guess(schemas)
        self._said: dict[str, str] = {}
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
        """Yield a line per record until the limit, or until the reader goes away.

        Lines on the formats come first, and again whenever later records say more on them.
        """
        grown = asyncio.Event()
        unsubscribe = self._topic.subscribe(lambda _: grown.set())
        try:
            while self._left != 0 and not self._topic.deleted:
                grown.clear()
                text = self._slice()
                if text:
                    yield self._headings() + text
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
        key, value = self._key.text(record.key), self._value.text(record.value)
        when = _instant(record.timestamp_ms)
        return f"rowtime: {when}, key: {key}, value: {value}, partition: {partition}\n"

    def _headings(self) -> str:
        """The formats, where they are not what was said last."""
        formats = {"Key": self._key.formats, "Value": self._value.formats}
        changed = [side for side in formats if formats[side] != self._said.get(side)]
        self._said = formats
        return "".join(f"{side} format: {formats[side]}\n" for side in changed)


def _instant(time_ms: int) -> str:
    try:
        instant = datetime.fromtimestamp(time_ms // 1000, tz=UTC)
    except (ValueError, OverflowError, OSError):
        # Before the year 1 or after 9999: the number says more than an error would.
        return str(time_ms)
    return f"{instant:%Y/%m/%d %H:%M:%S}.{time_ms % 1000:03d} Z"
