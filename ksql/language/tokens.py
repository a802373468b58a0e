"""Text to tokens: ksqlDB's lexical rules.

Keywords are not told apart here: a word becomes a keyword where the grammar expects one.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum

from ksql.language.errors import Position


class TokenKind(StrEnum):
    """What a token is."""

    WORD = "word"
    QUOTED = "quoted identifier"
    STRING = "string"
    INTEGER = "integer"
    DECIMAL = "decimal number"
    DOUBLE = "floating point number"
    VARIABLE = "variable"
    DIGIT_WORD = "identifier that starts with a digit"
    SYMBOL = "symbol"
    UNRECOGNIZED = "unrecognized text"
    END = "<EOF>"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text.

    `text` is as written. `word` is its upper-case form when it is a WORD, or the symbol itself;
    empty for everything else, so that comparing it never mistakes a string for a keyword.
    """

    kind: TokenKind
    text: str
    offset: int
    word: str = ""

    @property
    def end(self) -> int:
        """The offset after the last character."""
        return self.offset + len(self.text)

    def shown(self) -> str:
        """The token as an error message shows it."""
        return self.text if self.kind is not TokenKind.END else "<EOF>"


_PATTERN = re.compile(
    r"""
      (?P<SKIP>\s+ | --[^\r\n]* | /\*.*?\*/)
    | (?P<DOUBLE>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][+-]?[0-9]+(?![A-Za-z0-9_]))
    | (?P<DECIMAL>[0-9]+\.[0-9]*|\.[0-9]+)
    | (?P<DIGIT_WORD>[0-9]+[A-Za-z_][A-Za-z0-9_]*)
    | (?P<INTEGER>[0-9]+)
    | (?P<WORD>[A-Za-z_][A-Za-z0-9_@]*)
    | (?P<STRING>'(?:[^']|'')*')
    | (?P<QUOTED>`(?:[^`]|``)*`|"(?:[^"]|"")*")
    | (?P<VARIABLE>\$\{[A-Za-z_][A-Za-z0-9_]*\})
    | (?P<SYMBOL><>|!=|<=|>=|=>|->|\|\||[-+*/%=<>()\[\],;.:@?{}])
    | (?P<UNRECOGNIZED>.)
    """,
    re.VERBOSE | re.DOTALL,
)


def tokenize(text: str) -> list[Token]:
    """All tokens of the text, ended by one of kind END. Never fails.

    What no rule matches, an unclosed quote included, becomes UNRECOGNIZED tokens, which no
    grammar rule accepts.
    """
    tokens = []
    for match in _PATTERN.finditer(text):
        kind = match.lastgroup
        if kind == "SKIP":
            continue
        found = match.group()
        token_kind = TokenKind[kind or "UNRECOGNIZED"]
        tokens.append(Token(token_kind, found, match.start(), _comparable(token_kind, found)))
    tokens.append(Token(TokenKind.END, "", len(text)))
    return tokens


def _comparable(kind: TokenKind, text: str) -> str:
    if kind is TokenKind.WORD:
        return text.upper()
    if kind is TokenKind.SYMBOL:
        return "<>" if text == "!=" else text
    return ""


class Places:
    """Turns offsets into lines and columns, for one text."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def at(self, offset: int) -> Position:
        """The position of that offset."""
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1, offset)


def unquote(text: str) -> str:
    """The content of a quoted token: quotes off, doubled quotes single."""
    quote = text[0]
    return text[1:-1].replace(quote * 2, quote)
