"""What a server has: one stream or table as DESCRIBE shows it, and in what it differs from a text.

Only looks. Leaves out creating and dropping (`ksql.deploy`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from ksql.client import KsqlClient
from ksql.errors import KsqlError, NotAuthorized, StatementRejected, UnexpectedAnswer
from ksql.language import LanguageError
from ksql.language.parser import parse_statement
from ksql.meaning import difference


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
    key_format: str
    value_format: str
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

    @property
    def inserts(self) -> tuple[str, ...]:
        """Ids of the INSERT INTO queries that write or read it; they may have any id."""
        writing = [query.id for query in self.queries if not is_own(query, self.name)]
        reading = [each for each in self.readers if not each.startswith(("CSAS_", "CTAS_"))]
        return tuple(dict.fromkeys((*writing, *reading)))


def is_own(query: WritingQuery, name: str) -> bool:
    """Return whether a query belongs to the object's own statement, not to an INSERT INTO."""
    # An id is in upper case, whatever the name is in.
    return query.id.upper().startswith((f"CSAS_{name.upper()}_", f"CTAS_{name.upper()}_"))


def quoted(name: str) -> str:
    """Return a name as it can stand in any statement."""
    return "`" + name.replace("`", "``") + "`"


def describe(client: KsqlClient, name: str) -> Described | None:
    """Return what is there under a name; None when nothing is. One request."""
    try:
        entities = client.look(f"DESCRIBE {quoted(name)};")
    except StatementRejected as refused:
        if _is_missing(refused.reason):
            return None
        raise
    try:
        return described_source(entities[0])
    except (IndexError, KeyError, TypeError):
        reason = "DESCRIBE is not answered with a description"
        raise UnexpectedAnswer(client.endpoint, reason) from None


def _is_missing(reason: str) -> bool:
    return "Could not find" in reason or "does not exist" in reason


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
    except StatementRejected as refused:
        # An address that knows no /ksql, and is no ksqlDB server at all any more.
        if refused.code // 100 == HTTPStatus.NOT_FOUND and not client.is_there():
            return None
        raise
    finally:
        client.patience = patience
    # The application lives: the key may not be known to all of it yet.
    return describe(client, name)


def names(client: KsqlClient) -> frozenset[str]:
    """Return the names of all streams and tables. One request."""
    entities = client.look("SHOW STREAMS; SHOW TABLES;")
    return frozenset(
        each["name"]
        for entity in entities
        for each in (*entity.get("streams", ()), *entity.get("tables", ()))
    )


def query_errors(client: KsqlClient, query_id: str) -> tuple[str, ...]:
    """Return what a query failed with, each once; nothing if the server does not say."""
    try:
        [entity] = client.look(f"EXPLAIN {query_id};")
        found = entity["queryDescription"]["queryErrors"]
        return tuple(dict.fromkeys(str(each["errorMessage"]) for each in found))
    except (KsqlError, ValueError, KeyError, TypeError):
        return ()


def differs(sql: str, there: Described) -> str | None:
    """Return in what an existing object differs from a statement, or None."""
    try:
        shown = parse_statement(there.statement)
    except LanguageError as error:
        return f"what cannot be understood ({error})"
    return difference(parse_statement(sql), shown, rewritten=True)


def described_source(entity: Mapping[str, Any]) -> Described:
    """Return a source from the answer to its DESCRIBE.

    Raises:
        KeyError: It is no such answer.
    """
    found = entity["sourceDescription"]
    fields = found.get("fields", [])
    return Described(
        name=found["name"],
        kind=found["type"],
        topic=found["topic"],
        key_format=found.get("keyFormat") or "",
        value_format=found.get("valueFormat") or "",
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
