"""Statements that change what exists, carried out on a `World`.

One function per kind of statement; each returns what to tell the caller. They take analysed
statements: names and types have been judged, what depends on topics, queries and access is judged
here. The same functions serve trial and execution.
"""

from dataclasses import dataclass, replace

from ksql.language.resolved import (
    AnalyzedCreate,
    AnalyzedCreateAs,
    AnalyzedInsertInto,
    Column,
    Source,
)
from ksql.language.tree import (
    AlterSource,
    ControlQuery,
    CreateSource,
    Drop,
    QueryAction,
)
from sandbox.ksqldb.errors import BadRequest, StatementError
from sandbox.ksqldb.metastore import Entry, PersistentQuery
from sandbox.ksqldb.properties import QUERY_LIMIT, Properties
from sandbox.ksqldb.rewriting import rewritten_create, rewritten_create_as
from sandbox.ksqldb.topics_of_sources import (
    check_copartitioned,
    ensure_sink_topic,
    ensure_source_topic,
    existing_topic,
)
from sandbox.ksqldb.upgrades import (
    check_query_upgrade,
    check_sink_upgrade,
    check_source_upgrade,
)
from sandbox.ksqldb.world import World


@dataclass(frozen=True)
class Outcome:
    """What a statement did. Without a `command_id` it did nothing (`message` is the warning)."""

    message: str
    command_id: str | None = None
    query_id: str | None = None
    statement: str = ""
    """As the server shows it; empty where that is the text that was sent."""


def create_source(
    world: World, made: AnalyzedCreate, statement: CreateSource, text: str
) -> Outcome:
    """CREATE STREAM or TABLE with columns."""
    source = made.source
    label = source.kind.capitalize()
    if made.exists and made.if_not_exists:
        return _exists(source)
    old = world.metastore.source(source.name)
    source = ensure_source_topic(world, source, text)
    shown = rewritten_create(statement, source)
    command_id = f"{source.kind.lower()}/`{source.name}`/create"
    if old is not None and made.or_replace:
        check_source_upgrade(old, source, text)
        world.metastore.replace_source(source.name, source, shown)
        return Outcome(f"{label} created", command_id, None, shown)
    world.register_schemas(source)
    world.metastore.entries[source.name] = Entry(source, shown)
    return Outcome(f"{label} created", command_id, None, shown)


def create_as(world: World, made: AnalyzedCreateAs, properties: Properties, text: str) -> Outcome:
    """CREATE STREAM or TABLE … AS SELECT."""
    source = made.source
    if made.exists and made.if_not_exists:
        return _exists(source)
    check_copartitioned(world, made.query, text)
    command_id = f"{source.kind.lower()}/`{source.name}`/create"
    old = world.metastore.source(source.name)
    if old is not None and made.or_replace:
        return _replace_query(world, made, properties, text)
    check_quota(world, properties, text)
    # Before the topic: a refused schema must leave no topic behind.
    world.register_schemas(source)
    source = ensure_sink_topic(world, source, made.query, properties, text)
    query_id = query_id_of(source, world.next_number())
    shown = rewritten_create_as(made, source, text)
    query = PersistentQuery(
        query_id, shown, made.query, source.name, source.topic, True, properties.text()
    )
    world.metastore.entries[source.name] = Entry(source, shown, query.reads)
    world.start(query, properties)
    return Outcome(f"Created query with ID {query_id}", command_id, query_id, shown)


def query_id_of(source: Source, number: int) -> str:
    """The id of the query that makes a source: upper case, whatever the name."""
    return f"C{source.kind[0]}AS_{source.name.upper()}_{number}"


def _replace_query(
    world: World, made: AnalyzedCreateAs, properties: Properties, text: str
) -> Outcome:
    name = made.source.name
    old_source = world.metastore.source(name)
    assert old_source is not None
    source = replace(
        made.source,
        partitions=old_source.partitions,
        replicas=old_source.replicas,
        retention_ms=old_source.retention_ms,
    )
    check_source_upgrade(old_source, source, text)
    running = [query for query in world.metastore.writers(name) if query.creates_sink]
    if not running:
        raise StatementError(
            f"Cannot upgrade data source `{name}`: it was not made by a query", text
        )
    check_sink_upgrade(old_source, source, text)
    check_query_upgrade(running[0].query, made.query, name, text)
    world.register_schemas(source)
    shown = rewritten_create_as(made, source, text)
    query_id = running[0].query_id
    query = PersistentQuery(
        query_id, shown, made.query, name, source.topic, True, properties.text()
    )
    world.metastore.entries[name] = Entry(source, shown, query.reads)
    world.upgrade(query, properties)
    command_id = f"{source.kind.lower()}/`{name}`/create"
    return Outcome(f"Created query with ID {query_id}", command_id, query_id, shown)


def insert_into(
    world: World, made: AnalyzedInsertInto, properties: Properties, text: str
) -> Outcome:
    """INSERT INTO … SELECT."""
    check_copartitioned(world, made.query, text)
    for source in (made.target, *(each.source for each in made.query.sources)):
        existing_topic(world, source, text)
    check_quota(world, properties, text)
    query_id = made.query_id or f"INSERTQUERY_{world.next_number()}"
    if query_id in world.metastore.queries:
        raise StatementError(f"Query ID '{query_id}' already exists.", text)
    shown = made.rewritten or text
    query = PersistentQuery(
        query_id, shown, made.query, made.target.name, made.target.topic, False, properties.text()
    )
    world.start(query, properties)
    command_id = f"stream/`{made.target.name}`/create"
    return Outcome(f"Created query with ID {query_id}", command_id, query_id, shown)


def check_quota(world: World, properties: Properties, text: str) -> None:
    """Check that there is room for one more persistent query.

    Raises:
        BadRequest: There is not.
    """
    count, limit = len(world.metastore.queries), int(properties.get(QUERY_LIMIT))
    if count >= limit:
        raise BadRequest(
            f"Not executing statement(s) '{text}' as it would cause the number of active, "
            "persistent queries to exceed the configured limit. Use the TERMINATE command to "
            "terminate existing queries, or increase the 'ksql.query.persistent.active.limit' "
            "setting via the 'ksql-server.properties' file. Current persistent query count: "
            f"{count}. Configured limit: {limit}."
        )


def drop(world: World, statement: Drop, text: str) -> Outcome:
    """DROP STREAM or TABLE, with its own query; DELETE TOPIC removes topic and subjects."""
    name, metastore = statement.name, world.metastore
    entry = metastore.entries.get(name)
    kind = statement.kind
    if entry is None:
        if statement.if_exists:
            return Outcome(f"Source `{name}` does not exist.")
        raise StatementError(f"{kind.capitalize()} {name} does not exist.", text)
    source = entry.source
    if source.kind is not kind:
        raise StatementError(
            f"Incompatible data source type is {source.kind}, but statement was DROP {kind}", text
        )
    _check_not_in_use(world, name, text)
    if statement.delete_topic:
        _check_topic_can_go(world, source, text)
    for query in metastore.writers(name):
        world.end(query.query_id)
    if statement.delete_topic:
        world.delete_topic(source.topic)
    del metastore.entries[name]
    return Outcome(
        f"Source `{name}` (topic: {source.topic}) was dropped.", f"{kind.lower()}/{name}/drop"
    )


def _check_topic_can_go(world: World, source: Source, text: str) -> None:
    others = [n for n in world.metastore.users_of_topic(source.topic) if n != source.name]
    if others:
        raise StatementError(
            "Refusing to delete topic. Found other data sources "
            f"({', '.join(others)}) using topic {source.topic}",
            text,
        )
    if source.read_only:
        raise StatementError(f"Cannot delete topic for read-only source: {source.name}", text)


def _check_not_in_use(world: World, name: str, text: str) -> None:
    metastore = world.metastore
    inserts = sorted(
        query.query_id
        for query in metastore.queries.values()
        if not query.creates_sink and (query.sink == name or name in query.reads)
    )
    if inserts:
        reading = [i for i in inserts if name in metastore.queries[i].reads]
        writing = [i for i in inserts if metastore.queries[i].sink == name]
        raise StatementError(
            f"Cannot drop source `{name}`.\nThe following queries read from this source: "
            f"[{', '.join(reading)}].\nThe following queries write into this source: "
            f"[{', '.join(writing)}].\nYou need to terminate them before dropping {name}.",
            text,
        )
    readers = metastore.dependants(name)
    if readers:
        raise StatementError(
            f"Cannot drop {name}.\nThe following streams and/or tables read from this source: "
            f"[{', '.join(readers)}].\nYou need to drop them before dropping {name}.",
            text,
        )


def alter(world: World, statement: AlterSource, text: str) -> Outcome:
    """ALTER STREAM or TABLE … ADD COLUMN."""
    entry = world.metastore.entries.get(statement.name)
    if entry is None:
        raise StatementError(f"Source {statement.name} does not exist.", text)
    source = entry.source
    if source.kind is not statement.kind:
        raise StatementError(
            f"Incompatible data source type is {source.kind}, but statement was ALTER "
            f"{statement.kind}",
            text,
        )
    if source.from_query:
        raise StatementError("ALTER command is not supported for CREATE ... AS statements.", text)
    for each in statement.columns:
        if source.schema.find(each.name) is not None:
            raise StatementError(
                f"Cannot add column `{each.name}` to schema. A column with the same name already "
                "exists.",
                text,
            )
    added = tuple(Column(each.name, each.type) for each in statement.columns)
    schema = replace(source.schema, value=(*source.schema.value, *added))
    changed = replace(source, schema=schema)
    shown = f"{entry.statement}\n{text}"
    world.metastore.replace_source(source.name, changed, shown)
    label = source.kind.capitalize()
    return Outcome(f"{label} altered", f"{source.kind.lower()}/`{source.name}`/alter")


def control(world: World, statement: ControlQuery, text: str) -> list[Outcome]:
    """TERMINATE, PAUSE or RESUME a query, or all."""
    queries = world.metastore.queries
    query_id = statement.query_id
    if query_id is not None:
        found = next((each for each in queries if each.upper() == query_id.upper()), None)
        if found is None:
            raise StatementError(f"Unknown queryId: {query_id}", text)
        chosen = [found]
    else:
        chosen = list(queries)
    return [_control_one(world, statement.action, each) for each in chosen]


def _control_one(world: World, action: QueryAction, query_id: str) -> Outcome:
    run = world.metastore.queries[query_id].run
    if action is QueryAction.TERMINATE:
        world.end(query_id)
        return Outcome("Query terminated.", f"terminate/{query_id}/execute")
    if action is QueryAction.PAUSE:
        if run is not None and world.changes_runs:
            run.pause()
        return Outcome("Query paused.", f"pause/{query_id}/execute")
    if run is not None and world.changes_runs:
        run.resume()
    return Outcome("Query resumed.", f"resume/{query_id}/execute")


def _exists(source: Source) -> Outcome:
    kind = source.kind.lower()
    return Outcome(
        f"Cannot add {kind} `{source.name}`: A {kind} with the same name already exists."
    )
