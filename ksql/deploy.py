"""Creating, replacing and dropping one stream or table on a server.

Owns the order of requests and what each failure means for what is already there: an answer that
was lost is looked up before anything is sent again. Leaves out how requests are sent
(`ksql.client`), what there is (`ksql.description`) and in which order statements go
(`ksql.graph`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ksql.client import CommandStatus, KsqlClient, command_status
from ksql.description import Described, describe, differs, find, query_errors, quoted
from ksql.errors import (
    AlreadyExists,
    AnswerLost,
    CommandFailed,
    CommandUnfinished,
    KsqlError,
    QueryGone,
    QueryNotRunning,
    ServerUnreachable,
    StatementRejected,
    UnexpectedAnswer,
)
from ksql.language.parser import parse_statement
from ksql.language.tokens import tokenize
from ksql.language.tree import CreateAsSelect
from ksql.waiting import Attempts, every

POLL_S = 0.2
"""Between two looks at a command or a query."""

NONE_YET = "none yet"

SETTLING = ("CREATED", "REBALANCING", "PENDING_SHUTDOWN", "UNRESPONSIVE", "", NONE_YET)
"""States of a query on its way to RUNNING."""

QUERY_APPEARS_S = 10.0
"""How long a query may be missing from the description of what it has just begun to fill."""

READ_BY_OTHERS = "tables read from this source"
"""In the server's refusal to drop what has readers."""

FED_BY_OTHERS = "need to terminate them"
"""In the server's refusal to drop what INSERT INTO queries read or write."""

READERS_LEAVE = timedelta(seconds=10)
"""How long readers may take that are being dropped at the same time."""


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
    delete_topic: bool = False
    """Whether its topic goes with it, should it have to be taken back."""
    formats: Mapping[str, str] = field(default_factory=dict)
    """`key_format` and `value_format` that it is to have; empty: whatever they come to be."""

    @property
    def is_query(self) -> bool:
        """Whether a query of its own has to fill it."""
        return isinstance(parse_statement(self.sql), CreateAsSelect)


def or_replace(sql: str) -> str:
    """Return a CREATE as CREATE OR REPLACE."""
    first = tokenize(sql)[0]
    return f"{sql[: first.end]} OR REPLACE{sql[first.end :]}"


# -- creating -------------------------------------------------------------------------------------


def create(client: KsqlClient, order: Order) -> Deployed:
    """Create a stream or table and wait until its query runs.

    What was created and does not run is taken back, so that the next try starts afresh.

    Raises:
        AlreadyExists: An object of that name is there, and is not to be adopted or means
            something else; the message shows the difference.
        CommandFailed, CommandUnfinished, QueryGone, QueryNotRunning: It was accepted.
        KsqlError: As the client's methods.
    """
    attempts, may_be_ours = Attempts(client.clock, client.tell), False
    while True:
        try:
            entities = client.change(order.sql, order.properties, after=order.after)
        except AlreadyExists as refused:
            # Ours, if an earlier request of this call was carried out after we had looked.
            return Deployed(_adopted(client, order, refused, ours=may_be_ours), -1)
        except AnswerLost as lost:
            may_be_ours = True
            if (there := describe(client, order.name)) is not None:
                return Deployed(_taken(client, order, there), -1)
            if not attempts.pause(client.patience.ready, why=f"nothing was made ({lost.reason})"):
                raise
            continue
        return _made(client, order, entities)


def _made(client: KsqlClient, order: Order, entities: Sequence[Mapping[str, Any]]) -> Deployed:
    number = _finished(client, entities)
    try:
        there = _required(client, order.name)
        return Deployed(_running(client, there, is_query=order.is_query), number)
    except (QueryNotRunning, QueryGone):
        drop(client, order.name, delete_topic=order.delete_topic)
        raise


def replace(client: KsqlClient, order: Order) -> Deployed:
    """Send a statement as CREATE OR REPLACE; a query that was paused runs on.

    Raises:
        StatementRejected: The server does not upgrade this way.
        KsqlError: As for `create`.
    """
    sql = or_replace(order.sql)
    attempts = Attempts(client.clock, client.tell)
    while True:
        try:
            entities = client.change(sql, order.properties, after=order.after)
        except AnswerLost as lost:
            there = describe(client, order.name)
            if there is not None and differs(order.sql, there) is None:
                return Deployed(_running(client, there, is_query=order.is_query), -1)
            if not attempts.pause(client.patience.ready, why=f"not replaced yet ({lost.reason})"):
                raise
            continue
        number = _finished(client, entities)
        there = _required(client, order.name)
        return Deployed(_running(client, there, is_query=order.is_query), number)


def resume(client: KsqlClient, name: str) -> Described:
    """Let a paused query run on and return what is there then."""
    return _running(client, _required(client, name), is_query=True)


def _adopted(client: KsqlClient, order: Order, refused: AlreadyExists, *, ours: bool) -> Described:
    there = describe(client, order.name)
    if there is None:
        # The name is taken by something that cannot be described, or has just been dropped.
        raise refused
    if not (order.adopt or ours):
        part = _difference(order, there)
        compared = f"It differs in {part}" if part else "It means the same"
        raise AlreadyExists(
            refused.code,
            f"{order.name} exists already, and this stack did not create it. {compared}. Drop it,"
            f" or take over what means the same with adopt=True. It was made by: {there.statement}",
        )
    return _taken(client, order, there)


def _taken(client: KsqlClient, order: Order, there: Described) -> Described:
    if (part := _difference(order, there)) is not None:
        raise AlreadyExists(
            40001,
            f"{order.name} exists already and differs in {part}. Drop it first. It was made by:"
            f" {there.statement}",
        )
    return _running(client, there, is_query=order.is_query)


def _difference(order: Order, there: Described) -> str | None:
    if (part := differs(order.sql, there)) is not None:
        return part
    for name, wanted in order.formats.items():
        found: str = getattr(there, name)
        # NONE is the key format of what has no key: how that is told differs.
        if found and found != wanted and "NONE" not in (found, wanted):
            return f"the {name.replace('_', ' ')}: {wanted} against {found}"
    return None


def _required(client: KsqlClient, name: str) -> Described:
    there = describe(client, name)
    if there is None:
        raise KsqlError(f"{name} was created, and is gone again")
    return there


# -- waiting --------------------------------------------------------------------------------------


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
    limit, why = client.patience.command, f"command {command_id} is not done"
    for waited_s in every(POLL_S, limit, client.clock, client.tell, why):
        if status.is_final:
            return status
        if waited_s > 0:
            status = client.command_status(command_id)
    if status.is_final:
        return status
    raise CommandUnfinished(command_id, status.status, limit.total_seconds())


def _running(client: KsqlClient, there: Described, *, is_query: bool) -> Described:
    """Return the description once the object's own query is RUNNING; at once if it has none."""
    if not is_query:
        return there
    limit, why = client.patience.command, f"the query of {there.name} is not RUNNING"
    resumed = False
    for waited_s in every(POLL_S, limit, client.clock, client.tell, why):
        if waited_s > 0:
            there = _required(client, there.name)
        query = there.own_query
        state = query.state if query else NONE_YET
        if state == "RUNNING":
            return there
        if query and state == "PAUSED":
            resumed = resumed or _resumed(client, query.id)
        elif state not in SETTLING or (state == NONE_YET and waited_s > QUERY_APPEARS_S):
            break
    query = there.own_query
    if query is None:
        raise QueryGone(there.name)
    raise QueryNotRunning(there.name, query.id, query.state, query_errors(client, query.id))


def _resumed(client: KsqlClient, query_id: str) -> bool:
    """Ask for a query to run on; return whether that is known to have been heard."""
    try:
        client.change(f"RESUME {query_id};")
    except AnswerLost:
        return False
    return True


# -- dropping -------------------------------------------------------------------------------------


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
        ServerUnreachable: This machine reaches nobody, which says nothing of the application.
        KsqlError: As the client's methods.
    """
    attempts = Attempts(client.clock, client.tell)
    while True:
        try:
            _drop(client, name, delete_topic=delete_topic, end_inserts=end_inserts)
        except ServerUnreachable as unreachable:
            if unreachable.is_offline:
                raise
            return
        except AnswerLost as lost:
            if not attempts.pause(client.patience.ready, why=f"not dropped yet ({lost.reason})"):
                raise
            continue
        except StatementRejected as refused:
            # Two sources that are re-created at once share readers: one may still be on its way
            # out for the other source's sake.
            if READ_BY_OTHERS not in refused.reason or not attempts.pause(
                READERS_LEAVE, why=refused.reason
            ):
                raise with_a_way_out(refused) from None
            continue
        return


def with_a_way_out(refused: StatementRejected) -> StatementRejected:
    """Return the refusal of a drop with the setting that would allow it, if there is one."""
    if FED_BY_OTHERS not in refused.reason:
        return refused
    reason = (
        f"{refused.reason} Do so with TERMINATE, or set end_inserts=True in an `up` before the one"
        " that drops it"
    )
    return StatementRejected(refused.code, reason, refused.statement)


def _drop(client: KsqlClient, name: str, *, delete_topic: bool, end_inserts: bool) -> None:
    there = find(client, name)
    if there is None:
        return
    for query_id in there.inserts if end_inserts else ():
        _done(client, f"TERMINATE {query_id};", gone=f"Unknown queryId: {query_id}")
    plain, gone = f"DROP {there.kind} {quoted(name)}", f"{name} does not exist"
    try:
        _done(client, f"{plain} DELETE TOPIC;" if delete_topic else f"{plain};", gone=gone)
    except StatementRejected as refused:
        # A drop that failed half-way has taken the topic and its subjects: they cannot go twice.
        if not (delete_topic and _is_about_leftovers(refused.reason)):
            raise
        _done(client, f"{plain};", gone=gone)


def _is_about_leftovers(reason: str) -> bool:
    return any(
        word in reason.lower() for word in ("subject", "schema", "corresponding kafka topic")
    )


def _done(client: KsqlClient, sql: str, *, gone: str) -> None:
    """Carry out a DROP or TERMINATE; what is gone already, as the refusal says, is no failure."""
    try:
        _finished(client, client.change(sql))
    except StatementRejected as refused:
        if gone not in refused.reason.replace("`", ""):
            raise
