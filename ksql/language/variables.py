"""Variables: `${name}` in a statement's text, filled in before it is parsed.

As on the server a variable may stand for a name, a literal, or a part of what is in quotes, and
never for more than that: a value cannot smuggle in further SQL.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from ksql.language.errors import Position, SemanticError
from ksql.language.tokens import Places, Token, TokenKind, tokenize

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

_ONE_TOKEN = (
    TokenKind.WORD,
    TokenKind.QUOTED,
    TokenKind.STRING,
    TokenKind.INTEGER,
    TokenKind.DECIMAL,
    TokenKind.DOUBLE,
)


def references(text: str) -> tuple[str, ...]:
    """The names of the variables that a text refers to, each once, in order."""
    found = (name for token in tokenize(text) for name in _names_in(token))
    return tuple(dict.fromkeys(found))


def substitute(text: str, variables: Mapping[str, str]) -> str:
    """The text with every reference replaced.

    Raises:
        SemanticError: a variable is not defined, or its value is neither a name nor a literal
            where it stands outside quotes.
    """
    if "${" not in text:
        return text
    parts, done = [], 0
    for token in tokenize(text):
        names = _names_in(token)
        if names:
            at = Places(text).at(token.offset)
            for name in names:
                _require(name, variables, at, text)
            parts += [text[done : token.offset], _filled(token, variables, at, text)]
            done = token.end
    return "".join([*parts, text[done:]])


def _names_in(token: Token) -> list[str]:
    if token.kind in (TokenKind.VARIABLE, TokenKind.STRING, TokenKind.QUOTED):
        return _REFERENCE.findall(token.text)
    return []


def _require(name: str, variables: Mapping[str, str], at: Position, text: str) -> None:
    if name not in variables:
        raise SemanticError(
            f"Undefined variable: {name}",
            at=at,
            text=text,
            suggestions=get_close_matches(name, list(variables), 3),
        )


def _filled(token: Token, variables: Mapping[str, str], at: Position, text: str) -> str:
    if token.kind is TokenKind.VARIABLE:
        value = variables[token.text[2:-1]]
        if not _is_one_token(value):
            raise SemanticError(
                f"Illegal argument at {at}. Identifier names and literals only may stand for a "
                f"variable outside quotes. Got: {value!r}",
                at=at,
                text=text,
            )
        return value
    quote = token.text[0]
    return _REFERENCE.sub(
        lambda match: variables[match.group(1)].replace(quote, quote * 2), token.text
    )


def _is_one_token(value: str) -> bool:
    tokens = tokenize(value)
    if tokens[0].word == "-":
        tokens = tokens[1:]
    expected = 2
    return len(tokens) == expected and tokens[0].kind in _ONE_TOKEN and tokens[0].text in value
