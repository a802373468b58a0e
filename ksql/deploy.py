"""Creating, replacing, looking at and dropping one stream or table on a server.

Owns the order of requests and what each failure means for what is already there: an answer that
was lost is looked up before anything is sent again. Leaves out how requests are sent
(`ksql.client`) and in which order statements go (`ksql.graph`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ksql.client import CommandStatus, KsqlClient, command_status
from ksql.errors import (
    AlreadyExists,
    AnswerLost,
    CommandFailed,
    CommandUnfinished,
    KsqlError,
    NotAuthorized,
    QueryNotRunning,
    ServerUnreachable,
    StatementRejected,
    UnexpectedAnswer,
)
from ksql.language import LanguageError
from ksql.language.parser import parse_statement
from ksql.language.tokens import tokenize
from ksql.meaning import difference
from ksql.waiting import Attempts, every

POLL_S = 0.2
"""Between two looks at a command or a query."""

SETTLING = ("CREATED", "REBALANCING", "PENDING_SHUTDOWN", "")
"""States of a query on its way to RUNNING."""


@dataclass(frozen=True)
class WritingQuery:
    """A persistent query that fills a stream or table."""

    id: str
    state: str


@dataclass(frozen=True)
class Described:
    """A stream or table as the server describes it."""

    name: str
    kind: str
    """STREAM or TABLE."""
    topic: str
    key_schema: tuple[str, ...]
    """Such as "`ACCOUNT` STRING"."""
    value_schema: tuple[str, ...]
    statement: str
    """The statement that made it, in the server's words."""
    queries: tuple[WritingQuery, ...]
    """Those that write it, its own first."""
    readers: tuple[str, ...]
    """Ids of the queries that read it."""

    @property
    def own_query(self) -> WritingQuery | None:
        """The query of its own CREATE … AS SELECT."""
        own = [query for query in self.queries if is_own(query, self.name)]
        return own[0] if own else None


@dataclass(frozen=True)
class Deployed:
    """What a creation ended in."""

    described: Described
    command_sequence_number: int
    """Of the command; -1 when the object was there already."""


@dataclass(frozen=True)
class Order:
    """One object to be created."""

    name: str
    sql: str
    properties: Mapping[str, Any]
    """Such as `auto.offset.reset`."""
    after: int = -1
    """Command sequence number that the server must have reached."""
    adopt: bool = False
    """Whether to take over an object of that name that means the same."""


def is_own(query: WritingQuery, name: str) -> bool:
    """Return whether a query belongs to the object's own statement, not to an INSERT INTO."""
    return query.id.startswith((f"CSAS_{name}_", f"CTAS_{name}_"))


def or_replace(sql: str) -> str:
    """Return a CREATE as CREATE OR REPLACE."""
    first = tokenize(sql)[0]
    return f"{sql[: first.end]} OR REPLACE{sql[first.end :]}"


def quoted(name: str) -> str:
    """Return a name as it can stand in any statement."""
    return "`" + name.replace("`", "``") + "`"


def create(client: KsqlClient, order: Order) -> Deployed:
    """Create a stream or table and wait until its query runs.

    Raises:
        AlreadyExists: An object of that name is there, and is not to be adopted or means
            something else; the message shows the difference.
        CommandFailed, CommandUnfinished, QueryNotRunning: It was accepted.
        KsqlError: As the client's methods.
    """
    attempts = Attempts(client.clock)
    while True:
        try:
            entities = client.change(order.sql, order.properties, after=order.after)
        except AlreadyExists as refused:
            return Deployed(_adopted(client, order, refused), -1)
        except AnswerLost:
            if (there := describe(client, order.name)) is not None:
                _require_same(order, there)
                return Deployed(_running(client, there), -1)
            if not attempts.pause(client.patience.ready):
                raise
            continue
        number = _finished(client, entities)
        return Deployed(_running(client, _required(client, order.name)), number)


def replace(client: KsqlClient, order: Order) -> Deployed:
    """Send a statement as CREATE OR REPLACE; sending it twice does no harm.

    Raises:
        StatementRejected: The server does not upgrade this way.
        KsqlError: As for `create`.
    """
    sql = or_replace(order.sql)
    attempts = Attempts(client.clock)
    while True:
        try:
            entities = client.change(sql, order.properties, after=order.after)
        except AnswerLost:
            if not attempts.pause(client.patience.ready):
                raise
            continue
        number = _finished(client, entities)
        return Deployed(_running(client, _required(client, order.name)), number)


def resume(client: KsqlClient, name: str) -> Described:
    """Let a paused query run on and return what is there then."""
    there = _required(client, name)
    query = there.own_query
    if query is not None and query.state == "PAUSED":
        client.change(f"RESUME {query.id};")
        there = _required(client, name)
    return _running(client, there)


def describe(client: KsqlClient, name: str) -> Described | None:
    """Return what is there under a name; None when nothing is. One request."""
    try:
        entities = client.look(f"DESCRIBE {quoted(name)};")
    except StatementRejected as refused:
        if "Could not find" in refused.reason or "does not exist" in refused.reason:
            return None
        raise
    if not entities or "sourceDescription" not in entities[0]:
        raise UnexpectedAnswer(client.endpoint, "DESCRIBE is not answered with a description")
    return _described(entities[0]["sourceDescription"])


def find(client: KsqlClient, name: str) -> Described | None:
    """Return what `describe` does; None also when the whole application is gone.

    Raises:
        NotAuthorized: The application is there and refuses the key.
        KsqlError: As the client's methods.
    """
    patience = client.patience
    client.patience = patience.without_new_keys()
    try:
        return describe(client, name)
    except NotAuthorized:
        if not client.is_there():
            return None
    finally:
        client.patience = patience
    # The application lives: the key may not be known to all of it yet.
    return describe(client, name)


def drop(client: KsqlClient, name: str, *, delete_topic: bool, end_inserts: bool = False) -> None:
    """Drop a stream or table; nothing happens when it is gone already.

    Args:
        client: The server. If nothing answers at its address, the application is gone, and what
            was in it too.
        name: Of the object.
        delete_topic: Whether its topic and its schemas go with it.
        end_inserts: Whether to end INSERT INTO queries of others that read or write it; they
            keep it from being dropped.

    Raises:
        StatementRejected: Something still reads it.
        KsqlError: As the client's methods.
    """
    attempts = Attempts(client.clock)
    while True:
        try:
            _drop(client, name, delete_topic=delete_topic, end_inserts=end_inserts)
        except ServerUnreachable:
            return
        except AnswerLost:
            if not attempts.pause(client.patience.ready):
                raise
            continue
        except StatementRejected as refused:
            # Two sources that are re-created at once share readers: one may still be on its way
            # out for the other source's sake.
            if READ_BY_OTHERS not in refused.reason or not attempts.pause(READERS_LEAVE):
                raise
            continue
        return


READ_BY_OTHERS = "read from this source"
"""In the server's refusal to drop what has readers."""

READERS_LEAVE = timedelta(seconds=10)
"""How long readers may take that are being dropped at the same time."""


def _drop(client: KsqlClient, name: str, *, delete_topic: bool, end_inserts: bool) -> None:
    there = find(client, name)
    if there is None:
        return
    if end_inserts:
        writers = [query.id for query in there.queries if not is_own(query, name)]
        for query_id in (*writers, *(each for each in there.readers if "INSERTQUERY" in each)):
            client.change(f"TERMINATE {query_id};")
    plain = f"DROP {there.kind} {quoted(name)}"
    try:
        _dropped(client, f"{plain} DELETE TOPIC;" if delete_topic else f"{plain};")
    except StatementRejected as refused:
        # A drop that failed half-way has taken the topic and its subjects: they cannot go twice.
        if not (delete_topic and _is_about_leftovers(refused.reason)):
            raise
        _dropped(client, f"{plain};")


def _is_about_leftovers(reason: str) -> bool:
    return any(
        word in reason.lower() for word in ("subject", "schema", "corresponding kafka topic")
    )


def _dropped(client: KsqlClient, sql: str) -> None:
    try:
        _finished(client, client.change(sql))
    except StatementRejected as refused:
        if "does not exist" not in refused.reason:
            raise


def _adopted(client: KsqlClient, order: Order, refused: AlreadyExists) -> Described:
    there = describe(client, order.name)
    if there is None:
        # The name is taken by something that cannot be described, or has just been dropped.
        raise refused
    if not order.adopt:
        raise AlreadyExists(
            refused.code,
            f"{order.name} exists already, and this stack did not create it. Drop it, or take it"
            f" over with adopt=True. It was made by: {there.statement}",
        )
    _require_same(order, there)
    return _running(client, there)


def _require_same(order: Order, there: Described) -> None:
    if (part := differs(order.sql, there)) is not None:
        raise AlreadyExists(
            40001,
            f"{order.name} exists already and differs in {part}. Drop it first. It was made by:"
            f" {there.statement}",
        )


def differs(sql: str, there: Described) -> str | None:
    """Return in what an existing object differs from a statement, or None."""
    try:
        shown = parse_statement(there.statement)
    except LanguageError as error:
        return f"what cannot be understood ({error})"
    return difference(parse_statement(sql), shown)


def _required(client: KsqlClient, name: str) -> Described:
    there = describe(client, name)
    if there is None:
        raise KsqlError(f"{name} was created, and is gone again")
    return there


def _finished(client: KsqlClient, entities: Sequence[Mapping[str, Any]]) -> int:
    """Wait until the last command of an answer has ended; return its sequence number."""
    found = [entity for entity in entities if "commandStatus" in entity]
    if not found:
        raise UnexpectedAnswer(client.endpoint, "the answer tells no command's status")
    entity = found[-1]
    command_id = entity["commandId"]
    status = _followed(client, command_id, command_status(entity["commandStatus"]))
    if status.status == "ERROR":
        raise CommandFailed(command_id, status.message)
    return int(entity.get("commandSequenceNumber", -1))


def _followed(client: KsqlClient, command_id: str, status: CommandStatus) -> CommandStatus:
    for waited_s in every(POLL_S, client.patience.command, client.clock):
        if status.is_final:
            return status
        if waited_s > 0:
            status = client.command_status(command_id)
    if status.is_final:
        return status
    raise CommandUnfinished(command_id, status.status, client.patience.command.total_seconds())


def _running(client: KsqlClient, there: Described) -> Described:
    """Return the description once the object's own query is RUNNING; at once if it has none."""
    for waited_s in every(POLL_S, client.patience.command, client.clock):
        if waited_s > 0:
            there = _required(client, there.name)
        query = there.own_query
        if query is None or query.state == "RUNNING":
            return there
        if query.state not in SETTLING:
            break
    query = there.own_query
    assert query is not None
    raise QueryNotRunning(there.name, query.id, query.state)


def _described(found: Mapping[str, Any]) -> Described:
    fields = found.get("fields", [])
    return Described(
        name=found["name"],
        kind=found["type"],
        topic=found["topic"],
        key_schema=tuple(_column(field) for field in fields if field.get("type") == "KEY"),
        value_schema=tuple(_column(field) for field in fields if field.get("type") is None),
        statement=found.get("statement", ""),
        queries=tuple(
            WritingQuery(query["id"], query.get("state") or "")
            for query in found.get("writeQueries", [])
        ),
        readers=tuple(query["id"] for query in found.get("readQueries", [])),
    )


def _column(field: Mapping[str, Any]) -> str:
    schema = field["schema"]
    parameters = (schema.get("parameters") or {}).values()
    size = f"({', '.join(str(each) for each in parameters)})" if parameters else ""
    return f"{quoted(field['name'])} {schema['type']}{size}"
