"""Text to trees: the entry points of the grammar.

Statements end with a semicolon. Variables (`${name}`) are filled in before a statement is parsed,
DEFINE and UNDEFINE take effect on the statements after them, as on the server.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass

from ksql.language.errors import START, LanguageError, Position
from ksql.language.grammar.cursor import Cursor
from ksql.language.grammar.expressions import expression
from ksql.language.grammar.statements import statement
from ksql.language.tokens import Places, Token, TokenKind, tokenize
from ksql.language.tree import Define, Expression, Statement, Undefine
from ksql.language.variables import substitute

MAX_HEIGHT = 240
"""How high an expression's tree may be, long chains of operators included. A little less than what
may nest: the server's form of a statement has parentheses around every operation."""

_DEPTH = 3000
"""Calls within each other that the highest tree may need, about six for each level. Python's own
limit of 1,000 would refuse what the server takes."""

sys.setrecursionlimit(max(sys.getrecursionlimit(), _DEPTH))


@dataclass(frozen=True)
class ParsedStatement:
    """A statement with the text it was parsed from.

    `text` runs from its first token to its semicolon, variables filled in. `at` is where it starts
    in the script; positions inside `statement` count in `text`.
    """

    statement: Statement
    text: str
    at: Position


def parse_script(
    text: str, variables: Mapping[str, str] | None = None
) -> tuple[ParsedStatement, ...]:
    """All statements of a text, in order.

    Args:
        text: statements, each ended by a semicolon; comments anywhere.
        variables: what `${name}` stands for, by name.

    Raises:
        SyntaxFault: one of them does not follow the grammar.
        SemanticError: a variable or a type is unknown.
        Unsupported: one of them uses a feature that is out of scope.
    """
    known = dict(variables or {})
    parsed = []
    for piece, at in split(text):
        try:
            filled = substitute(piece, known)
            found = _parse_one(filled, at)
        except LanguageError as problem:
            problem.start = at
            raise
        if isinstance(found, Define):
            known[found.name] = found.value
        elif isinstance(found, Undefine):
            known.pop(found.name, None)
        parsed.append(ParsedStatement(found, filled, at))
    return tuple(parsed)


def parse_statement(text: str, variables: Mapping[str, str] | None = None) -> Statement:
    """The one statement of a text; errors as for `parse_script`.

    Raises:
        SyntaxFault: also when there is none, or more than one.
    """
    return _parse_one(substitute(text, variables or {}))


def parse_expression(text: str) -> Expression:
    """An expression that is the whole text, for example a condition."""
    cursor = Cursor(text, tokenize(text))
    found = expression(cursor)
    if cursor.token.kind is not TokenKind.END:
        raise cursor.unexpected("the end of the expression")
    _finish(cursor, found)
    return found


def split(text: str) -> list[tuple[str, Position]]:
    """The text of each statement, semicolon included, and where it starts.

    The last one may lack its semicolon: parsing it then says so.
    """
    places = Places(text)
    pieces = []
    start: Token | None = None
    tokens = tokenize(text)
    for token in tokens:
        if token.kind is TokenKind.END:
            break
        start = start or token
        if token.word == ";":
            pieces.append((text[start.offset : token.end], places.at(start.offset)))
            start = None
    if start is not None:
        pieces.append((text[start.offset :], places.at(start.offset)))
    return pieces


def _parse_one(text: str, start: Position = START) -> Statement:
    cursor = Cursor(text, tokenize(text), start)
    found = statement(cursor)
    cursor.expect(";")
    if cursor.token.kind is not TokenKind.END:
        raise cursor.unexpected("the end of the statement")
    _finish(cursor, found)
    return found


def _finish(cursor: Cursor, found: Statement | Expression) -> None:
    cursor.finish()
    if len(cursor.tokens) > MAX_HEIGHT and _height(found) > MAX_HEIGHT:
        fault = cursor.fault(
            f"Syntax Error\nexpression nested deeper than {MAX_HEIGHT} levels", cursor.tokens[0]
        )
        raise fault


def _height(root: object) -> int:
    """Levels of the tree; a loop, because its purpose is to protect recursive readers."""
    highest, waiting = 0, [(root, 1)]
    while waiting:
        node, level = waiting.pop()
        highest = max(highest, level)
        if isinstance(node, tuple):
            waiting.extend((item, level) for item in node)
        elif is_dataclass(node):
            waiting.extend((getattr(node, field.name), level + 1) for field in fields(node))
    return highest
