"""CREATE and ALTER: columns, WITH clauses, and what may follow."""

from __future__ import annotations

from ksql.language.errors import Position
from ksql.language.features import Feature
from ksql.language.grammar.cursor import Cursor
from ksql.language.grammar.expressions import literal
from ksql.language.grammar.queries import query
from ksql.language.grammar.types import parse_type
from ksql.language.tokens import TokenKind
from ksql.language.tree import (
    AlterSource,
    Constraint,
    CreateAsSelect,
    CreateSource,
    Kind,
    Property,
    Statement,
    TableElement,
)


def create(cursor: Cursor) -> Statement:
    """CREATE STREAM or TABLE, with or without a query."""
    at = cursor.at()
    cursor.expect("CREATE")
    if _out_of_scope(cursor):
        return CreateSource(Kind.STREAM, "", (), (), at=at)
    or_replace = cursor.match("OR", "REPLACE")
    read_only = cursor.match("SOURCE")
    word = cursor.match_any("STREAM", "TABLE")
    if word is None:
        raise cursor.unknown_keyword(("STREAM", "TABLE"))
    if_not_exists = cursor.match("IF", "NOT", "EXISTS")
    kind, name = Kind(word), cursor.identifier()
    elements = _elements(cursor) if cursor.word == "(" else ()
    settings = properties(cursor) if cursor.match("WITH") else ()
    if cursor.word == "AS" and not elements and not read_only:
        cursor.advance()
        return CreateAsSelect(kind, name, query(cursor), settings, or_replace, if_not_exists, at=at)
    return CreateSource(kind, name, elements, settings, or_replace, if_not_exists, read_only, at=at)


def _out_of_scope(cursor: Cursor) -> bool:
    """Skip and note CREATE TYPE and CREATE … CONNECTOR; False when it is neither."""
    is_connector = cursor.word in ("SINK", "SOURCE") and cursor.peek().word == "CONNECTOR"
    if not is_connector and cursor.word != "TYPE":
        return False
    cursor.unsupported(Feature.CONNECTORS if is_connector else Feature.CUSTOM_TYPES)
    while cursor.word != ";" and cursor.token.kind is not TokenKind.END:
        cursor.advance()
    return True


def _elements(cursor: Cursor) -> tuple[TableElement, ...]:
    cursor.expect("(")
    elements = [_element(cursor)]
    while cursor.match(","):
        elements.append(_element(cursor))
    cursor.expect(")")
    return tuple(elements)


def _element(cursor: Cursor) -> TableElement:
    at = cursor.at()
    name = cursor.identifier()
    type_ = parse_type(cursor)
    return TableElement(name, type_, _constraint(cursor), at=at)


def _constraint(cursor: Cursor) -> Constraint | None:
    token = cursor.token
    if cursor.match("PRIMARY", "KEY"):
        return Constraint.PRIMARY_KEY
    if cursor.match("KEY"):
        return Constraint.KEY
    if cursor.match("HEADERS"):
        cursor.unsupported(Feature.HEADERS, token)
    elif cursor.match("HEADER"):
        cursor.unsupported(Feature.HEADERS, token)
        cursor.expect("(")
        cursor.string()
        cursor.expect(")")
    return None


def properties(cursor: Cursor) -> tuple[Property, ...]:
    """The list of a WITH clause, after its keyword."""
    cursor.expect("(")
    found = [_property(cursor)]
    while cursor.match(","):
        found.append(_property(cursor))
    cursor.expect(")")
    return tuple(found)


def _property(cursor: Cursor) -> Property:
    at: Position = cursor.at()
    is_text = cursor.token.kind is TokenKind.STRING
    name = cursor.string() if is_text else cursor.identifier()
    cursor.expect("=")
    return Property(name.upper(), literal(cursor), at=at)


def alter(cursor: Cursor) -> Statement:
    """ALTER STREAM or TABLE … ADD COLUMN."""
    at = cursor.at()
    cursor.expect("ALTER")
    if cursor.word == "SYSTEM":
        cursor.unsupported(Feature.ALTER_SYSTEM)
        while cursor.word != ";" and cursor.token.kind is not TokenKind.END:
            cursor.advance()
        return AlterSource(Kind.STREAM, "", (), at=at)
    word = cursor.match_any("STREAM", "TABLE")
    if word is None:
        raise cursor.unknown_keyword(("STREAM", "TABLE"))
    name = cursor.identifier()
    columns = [_added_column(cursor)]
    while cursor.match(","):
        columns.append(_added_column(cursor))
    return AlterSource(Kind(word), name, tuple(columns), at=at)


def _added_column(cursor: Cursor) -> TableElement:
    cursor.expect("ADD")
    # `ADD COLUMN INT` adds a column of that name; `ADD COLUMN c INT` has the optional keyword.
    has_type = cursor.is_identifier(2) or cursor.peek(2).word == "DECIMAL"
    if cursor.word == "COLUMN" and cursor.is_identifier(1) and has_type:
        cursor.advance()
    at = cursor.at()
    name = cursor.identifier()
    return TableElement(name, parse_type(cursor), at=at)
