"""SELECT and PRINT: from a text to an answer that streams.

Chooses between pull and push, keeps compiled pull queries, names transient queries as ksqlDB
does. The rows come from `pull`, `push` and `printing`; the texts from `wire`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from ksql.language.errors import LanguageError, Unsupported
from ksql.language.parser import ParsedStatement
from ksql.language.resolved import AnalyzedSelect
from ksql.language.tree import Kind, Print, Query, WindowKind
from sandbox.ksqldb.compiler import compile_query
from sandbox.ksqldb.errors import BadRequest, Forbidden, KsqlError, QueryFailed, StatementError
from sandbox.ksqldb.executor import parse
from sandbox.ksqldb.judgement import Judgement
from sandbox.ksqldb.lookups import template_of
from sandbox.ksqldb.metastore import Metastore
from sandbox.ksqldb.printing import TopicPrinter
from sandbox.ksqldb.properties import Properties, check_override
from sandbox.ksqldb.pull import StreamPull, TablePull, compile_pull
from sandbox.ksqldb.pull_rules import check_allowed, check_pull
from sandbox.ksqldb.pull_values import check_values
from sandbox.ksqldb.push import SCALABLE, PushQuery, is_scalable, whole_rows
from sandbox.ksqldb.selects import Header, Row, as_stream, header_of
from sandbox.ksqldb.server import KsqlServer
from sandbox.ksqldb.store_order import store_order
from sandbox.ksqldb.terminals import RowTerminal
from sandbox.ksqldb.wire import AnswerWriter, Form
from sandbox.topics import AccessDenied, TopicNotFound

NOT_QUERYABLE = (
    "The `{name}` table isn't queryable. To derive a queryable table, you can do "
    "'CREATE TABLE QUERYABLE_{name} AS SELECT * FROM {name}'. See https://cnfl.io/queries for more "
    "info."
)


NO_SESSION_SCAN = (
    "Table scan unsupported on session tables: give every key column in the WHERE clause. "
    "See https://cnfl.io/queries for more info."
)


class Answer(Protocol):
    """An answer in the making."""

    @property
    def media_type(self) -> str:
        """What the response is labelled."""

    def whole(self) -> str | None:
        """Return its text if it is at hand and short; None if it must stream."""

    def chunks(self) -> AsyncIterator[str]:
        """Yield its text."""


class Queries:
    """Answers the queries of one server."""

    def __init__(self, server: KsqlServer) -> None:
        self._server = server

    def answer(
        self,
        text: str,
        overrides: Mapping[str, Any],
        variables: Mapping[str, str],
        form: Form,
    ) -> Answer:
        """Return the answer to a SELECT or PRINT.

        Raises:
            KsqlError: It is refused.
        """
        for name, value in overrides.items():
            check_override(name, value)
        prepared = None if variables else self._prepared(text, overrides, form)
        if prepared is not None:
            return prepared
        parsed = self._one(text, variables)
        try:
            return self._answer(parsed, self._server.properties(overrides), form)
        except LanguageError as refusal:
            raise StatementError(refusal.message, parsed.text) from refusal
        except AccessDenied as denied:
            raise Forbidden(str(denied)) from denied
        except TopicNotFound as gone:
            raise StatementError(f"Topic does not exist: {gone.name}", parsed.text) from gone

    def _prepared(self, text: str, overrides: Mapping[str, Any], form: Form) -> Answer | None:
        """Answer a look-up by key of a shape that has been asked before."""
        template = template_of(text)
        found = self._server.lookups.find(template, self._state(overrides))
        if found is None or template is None:
            return None
        return self._ask_table(found.with_keys(template), form, text)

    def _state(self, overrides: Mapping[str, Any]) -> Hashable:
        """What the meaning of a text depends on besides itself."""
        return self._server.commands.last_number, tuple(sorted(map(str, overrides.items())))

    def _one(self, text: str, variables: Mapping[str, str]) -> ParsedStatement:
        statements = parse(text, variables)
        if len(statements) != 1:
            raise BadRequest(
                f"Expected exactly one KSQL statement; found {len(statements)} instead"
            )
        if not isinstance(statements[0].statement, Query | Print):
            raise BadRequest(
                f"Statement type `{type(statements[0].statement).__name__}' not supported for "
                "this resource"
            )
        return statements[0]

    def _answer(self, parsed: ParsedStatement, properties: Properties, form: Form) -> Answer:
        server, statement = self._server, parsed.statement
        if isinstance(statement, Print):
            topic = server.topic(statement.topic)
            if topic is None:
                raise StatementError(
                    f"Could not find topic '{statement.topic}', or the KSQL user does not have "
                    "permissions to list the topic. Topic names are case-sensitive.",
                    parsed.text,
                )
            server.access.may_read(topic.name)
            return TopicPrinter(topic, statement, server.schemas)
        assert isinstance(statement, Query)
        select = self._judged(statement, properties, parsed.text)
        if statement.emit_changes:
            return PushAnswer(server, self.push(statement, select, properties, parsed.text), form)
        source = select.query.sources[0].source
        check_allowed(source, properties)
        if source.kind is Kind.TABLE:
            needs_scan = check_pull(statement, source, properties)
            if not needs_scan and select.query.where is not None:
                check_values(select.query.where, source)
            self._server.lookups.remember(
                template_of(parsed.text),
                self._state(properties.overrides),
                (statement, select),
                server.assembly.site("pull"),
                parsed.text,
            )
        return self.pull(select, properties, parsed.text, form)

    def _judged(self, statement: Query, properties: Properties, text: str) -> AnalyzedSelect:
        metastore = self._server.metastore
        judge = Judgement(metastore, self._server.schemas, properties, text)
        try:
            return judge.select(statement)
        except Unsupported:
            raise
        except LanguageError as refusal:
            if statement.emit_changes and _knows_sources(statement, metastore):
                # The server names no statement in what it says about a push query.
                raise BadRequest(refusal.message) from refusal
            raise

    # -- pull ------------------------------------------------------------------------------

    def pull(self, select: AnalyzedSelect, properties: Properties, text: str, form: Form) -> Answer:
        """Return the answer to a pull query."""
        server = self._server
        source = select.query.sources[0].source
        if source.kind is Kind.STREAM:
            query_id = server.next_transient_id("query")
            server.access.may_read(source.topic)
            chain = compile_query(
                select.query, RowTerminal(select.query), server.assembly.site(query_id)
            )
            early = Properties({**properties.overrides, "auto.offset.reset": "earliest"})
            consumer = server.assembly.inputs(query_id, select.query.sources, chain, early)
            return StreamPullAnswer(StreamPull(select, query_id, consumer), form)
        pull = compile_pull(select, server.assembly.site("pull"))
        is_session = source.window is not None and source.window.kind is WindowKind.SESSION
        if is_session and pull.keys is None:
            raise StatementError(NO_SESSION_SCAN, text)
        return self._ask_table(pull, form, text)

    def _ask_table(self, pull: TablePull, form: Form, text: str) -> Answer:
        server = self._server
        name = pull.select.query.sources[0].source.name
        run = server.materialized_run(name)
        if run is None:
            raise StatementError(NOT_QUERYABLE.format(name=name), text)
        header = header_of(pull.select, server.next_transient_id("query"))
        order = None
        if pull.select.query.limit is not None:
            source = pull.select.query.sources[0].source
            order = store_order(server.assembly, source, run, by_key=pull.keys is not None)
        rows = partial(pull.answer, run.chain, order)
        return TablePullAnswer(rows, header, form, is_lookup=pull.keys is not None)

    # -- push ------------------------------------------------------------------------------

    def push(
        self, statement: Query, select: AnalyzedSelect, properties: Properties, text: str
    ) -> PushQuery:
        """Start a push query."""
        server, query = self._server, select.query
        name = query.sources[0].source.name
        scalable = is_scalable(statement, query, len(server.metastore.writers(name)), properties)
        query_id = server.next_transient_id(SCALABLE if scalable else f"transient_{name}")
        for each in query.sources:
            server.access.may_read(each.source.topic)
        compiled = as_stream(select).query if scalable else query
        chain = compile_query(compiled, RowTerminal(compiled), server.assembly.site(query_id))
        if scalable:
            feed = whole_rows(chain.feeds[0], query.sources[0].source)
            chain = replace(chain, feeds=(feed,))
        consumer = server.assembly.inputs(query_id, compiled.sources, chain, properties)
        push = PushQuery(select, query_id, consumer, text)
        server.pushes[query_id] = push
        return push


def _knows_sources(statement: Query, metastore: Metastore) -> bool:
    named = [statement.source, *(join.right for join in statement.joins)]
    return all(metastore.source(each.name) is not None for each in named)


class TablePullAnswer:
    """A pull query on a table: header, rows, end."""

    def __init__(
        self,
        rows: Callable[[], Iterator[list[Row]]],
        header: Header,
        form: Form,
        *,
        is_lookup: bool,
    ) -> None:
        self._rows, self._is_lookup = rows, is_lookup
        self._writer = AnswerWriter(form, header)
        self.media_type = str(form)

    def whole(self) -> str | None:
        """Return the answer to a look-up by key."""
        if not self._is_lookup:
            return None
        writer = self._writer
        slices = self._rows()
        return "".join([writer.head(), *(writer.rows(rows) for rows in slices), writer.tail(None)])

    async def chunks(self) -> AsyncIterator[str]:
        """Yield the answer."""
        head = self._writer.head()
        for rows in self._rows():
            yield head + self._writer.rows(rows)
            head = ""
            # Lets other requests in between the slices of a long answer.
            await asyncio.sleep(0)
        yield head + self._writer.tail(None)


class StreamPullAnswer:
    """A pull query on a stream: header, rows up to now, why it ended."""

    def __init__(self, pull: StreamPull, form: Form) -> None:
        self._pull = pull
        self._writer = AnswerWriter(form, pull.header)
        self.media_type = str(form)

    def whole(self) -> str | None:
        """Return nothing: it streams."""
        return None

    async def chunks(self) -> AsyncIterator[str]:
        """Yield the answer."""
        yield self._writer.head()
        try:
            for rows in self._pull.answer():
                yield self._writer.rows(rows)
                await asyncio.sleep(0)
        except QueryFailed as failure:
            yield self._writer.failure(KsqlError(failure.message).body())
            return
        yield self._writer.tail(self._pull.ending)


class PushAnswer:
    """A push query: rows until somebody or something ends it."""

    def __init__(self, server: KsqlServer, push: PushQuery, form: Form) -> None:
        self._server, self._push = server, push
        self._writer = AnswerWriter(form, push.header)
        self.media_type = str(form)

    def whole(self) -> str | None:
        """Return nothing: it streams."""
        return None

    async def chunks(self) -> AsyncIterator[str]:
        """Yield the answer; ends the query when the reader goes away."""
        push = self._push
        try:
            yield self._writer.head()
            try:
                async for rows in push.rows():
                    yield self._writer.rows(rows)
            except QueryFailed as failure:
                yield self._writer.failure(KsqlError(failure.message).body())
                return
            yield self._writer.tail(push.ending)
        finally:
            push.close()
            self._server.pushes.pop(push.query_id, None)
