"""Push queries: rows as they come, until a limit, `/close-query` or the reader's end.

A push query keeps nothing for its reader: it reads the log by offset when the reader is ready for
more, compiles rows, and hands over a slice. So a reader that never reads costs one position, and
nobody waits for it. It wakes by being told of appends; it never polls.

ksqlDB names those that read from now what one query writes by a name of their own: they are
scalable, because they listen to that query instead of reading its topic again. They take a table's
changes for rows of a stream: no deletion, and none for a row that a condition no longer holds for.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from ksql.language.analysis.selects import NOT_IN_PULLS, named_columns
from ksql.language.resolved import AnalyzedSelect, ResolvedQuery, Source
from ksql.language.tree import Kind, Query
from sandbox.ksqldb.errors import QueryFailed
from sandbox.ksqldb.properties import PUSH_V2, Properties
from sandbox.ksqldb.runner import Consumer
from sandbox.ksqldb.selects import Ending, Header, Row, header_of
from sandbox.ksqldb.writers import Feed, null_row
from sandbox.topics import Topic

SCALABLE = "SCALABLE_PUSH_QUERY"
"""What the id of a scalable push query begins with."""


def is_scalable(
    statement: Query, query: ResolvedQuery, writers: int, properties: Properties
) -> bool:
    """Tell whether a push query is a scalable one; `writers` is how many queries write its source.

    It then reads from now, is of one source, does not group or re-key, and does not name what
    only the topic knows of a row.
    """
    source = query.sources[0].source
    early = properties.from_earliest(is_table=source.kind is Kind.TABLE)
    if early or writers != 1 or not properties.on(PUSH_V2):
        return False
    if (query.join, query.group_by, query.partition_by) != (None, None, None):
        return False
    return named_columns((statement.select, statement.where)).isdisjoint(NOT_IN_PULLS)


def whole_rows(feed: Feed, source: Source) -> Feed:
    """The feed without rows that lack their key or their value.

    A scalable push query passes neither on; where the source has no key columns a key is not
    missed.
    """
    no_key = null_row(len(source.schema.key)) if source.schema.key else None

    def fed(rows: Sequence[tuple[Any, ...]], partition: int, out: list[Any]) -> None:
        whole = [row for row in rows if row[1] is not None and row[0] is not no_key]
        feed(whole, partition, out)

    return fed


class PushQuery:
    """One push query with its reader.

    Args:
        select: The analysed query.
        query_id: What `/close-query` takes.
        consumer: Its inputs, compiled to send rows.
        text: The statement, for LIST QUERIES.
    """

    def __init__(
        self, select: AnalyzedSelect, query_id: str, consumer: Consumer, text: str
    ) -> None:
        self.query_id, self.select, self.text = query_id, select, text
        self.header: Header = header_of(select, query_id)
        self.ending: Ending | None = None
        self._consumer = consumer
        self._left = select.query.limit
        self._closed = False
        self._more = asyncio.Event()
        self._unsubscribe = [each.decoder.topic.subscribe(self._wake) for each in consumer.inputs]

    @property
    def position(self) -> int:
        """How many records of its inputs it has read, or skipped at its start."""
        return sum(sum(each.offsets) for each in self._consumer.inputs)

    def close(self) -> None:
        """End the query; its reader sees the end of its rows."""
        self._closed = True
        self._more.set()
        for unsubscribe in self._unsubscribe:
            unsubscribe()

    def _wake(self, _topic: Topic) -> None:
        self._more.set()

    def take(self) -> tuple[list[Row], bool]:
        """Return the rows of the next slice, and whether there was one to read.

        Sets `ending` at the limit.

        Raises:
            QueryFailed: It cannot go on.
        """
        out: list[Row] = []
        if self._left == 0:
            self.ending = Ending.LIMIT
            return out, False
        for each in self._consumer.inputs:
            if each.decoder.topic.deleted:
                raise QueryFailed(f"The topic {each.decoder.topic.name} has been deleted.")
        was_behind = self._consumer.step(out) > 0
        if self._left is not None:
            out = out[: self._left]
            self._left -= len(out)
            if self._left == 0:
                self.ending = Ending.LIMIT
        return out, was_behind

    async def rows(self) -> AsyncIterator[list[Row]]:
        """Yield slices of rows for as long as the query lives.

        Raises:
            QueryFailed: It cannot go on.
        """
        while not self._closed:
            self._more.clear()
            rows, was_behind = self.take()
            if rows:
                yield rows
            if self.ending:
                return
            if was_behind:
                # Lets other requests in between the slices of a long history.
                await asyncio.sleep(0)
            else:
                await self._more.wait()
