"""Types as a statement writes them: `INT`, `VARCHAR(STRING)`, `DECIMAL(4, 2)`."""

from __future__ import annotations

from ksql.language.errors import SemanticError
from ksql.language.features import Feature
from ksql.language.grammar.cursor import Cursor
from ksql.language.tokens import Token, TokenKind
from ksql.language.types import (
    BIGINT,
    BOOLEAN,
    BYTES,
    DATE,
    DOUBLE,
    INTEGER,
    STRING,
    TIME,
    TIMESTAMP,
    SqlType,
    decimal,
)

TYPE_NAMES = {
    "BOOLEAN": BOOLEAN,
    "INT": INTEGER,
    "INTEGER": INTEGER,
    "BIGINT": BIGINT,
    "DOUBLE": DOUBLE,
    "VARCHAR": STRING,
    "STRING": STRING,
    "BYTES": BYTES,
    "DATE": DATE,
    "TIME": TIME,
    "TIMESTAMP": TIMESTAMP,
}
"""Type names as written, and what they mean. DECIMAL, which has parameters, is apart."""


def parse_type(cursor: Cursor) -> SqlType:
    """Take a type. A structured one is noted as unsupported and stands as STRING."""
    token = cursor.token
    found = _one_type(cursor, token)
    while cursor.word == "ARRAY":
        cursor.unsupported(Feature.ARRAY_TYPE, cursor.advance())
    return found


def _one_type(cursor: Cursor, token: Token) -> SqlType:
    if token.word in ("ARRAY", "MAP", "STRUCT") and cursor.peek().word in ("<", "<>"):
        return _structured(cursor)
    if cursor.match("DECIMAL"):
        return _decimal(cursor, token)
    name = cursor.identifier()
    _parameters(cursor)
    if name.upper() not in TYPE_NAMES:
        raise SemanticError(
            f"Cannot resolve unknown type: {name}", at=cursor.at(token), text=cursor.text
        )
    return TYPE_NAMES[name.upper()]


def _decimal(cursor: Cursor, token: Token) -> SqlType:
    cursor.expect("(")
    precision = cursor.whole_number()
    cursor.expect(",")
    scale = cursor.whole_number()
    cursor.expect(")")
    at = cursor.at(token)
    if precision < 1:
        message = f"DECIMAL precision must be >= 1: DECIMAL({precision},{scale})"
        raise SemanticError(message, at=at, text=cursor.text)
    if precision < scale:
        message = f"DECIMAL precision must be >= scale: DECIMAL({precision},{scale})"
        raise SemanticError(message, at=at, text=cursor.text)
    return decimal(precision, scale)


def _parameters(cursor: Cursor) -> None:
    if not cursor.match("("):
        return
    while cursor.token.kind is TokenKind.INTEGER or cursor.word == "STRING":
        cursor.advance()
        if not cursor.match(","):
            break
    cursor.expect(")")


def _structured(cursor: Cursor) -> SqlType:
    cursor.enter()
    token = cursor.advance()
    cursor.unsupported(Feature[f"{token.word}_TYPE"], token)
    if not cursor.match("<>"):
        cursor.expect("<")
        _members(cursor, token.word)
        cursor.expect(">")
    cursor.leave()
    return STRING


def _members(cursor: Cursor, kind: str) -> None:
    while True:
        if kind == "STRUCT":
            cursor.identifier()
        parse_type(cursor)
        if not cursor.match(","):
            return
