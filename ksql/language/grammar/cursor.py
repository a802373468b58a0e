"""A place in the tokens, and the few moves the grammar makes: look, take, expect, refuse."""

from __future__ import annotations

from difflib import get_close_matches

from ksql.language.errors import START, Position, SyntaxFault, Unsupported
from ksql.language.tokens import Places, Token, TokenKind, unquote
from ksql.language.words import KEYWORDS, RESERVED

MAX_NESTING = 250
"""How deep expressions may nest: keeps any text within the limit that the parser sets Python."""


class Cursor:
    """The state of one parse: tokens, the next one's index, features met that are out of scope.

    A feature out of scope does not stop the parse: a syntax error further on goes first, as it
    would on the server. `finish` raises what was met first.
    """

    def __init__(self, text: str, tokens: list[Token], start: Position = START) -> None:
        self.text = text
        self.tokens = tokens
        self._start = start
        self.index = 0
        self.nesting = 0
        self._places = Places(text)
        self._refused: Unsupported | None = None

    # -- look

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.index]

    @property
    def word(self) -> str:
        """The next token as keyword or symbol; empty when it is neither."""
        return self.tokens[self.index].word

    def peek(self, ahead: int = 1) -> Token:
        """The token that many places further on; END past the end."""
        return self.tokens[min(self.index + ahead, len(self.tokens) - 1)]

    def at(self, token: Token | None = None) -> Position:
        """The position of the token, the next one if none is given."""
        return self._places.at((token or self.token).offset)

    def looks_like(self, *words: str) -> bool:
        """True when the next tokens are these keywords or symbols."""
        return all(self.peek(ahead).word == word for ahead, word in enumerate(words))

    # -- take

    def advance(self) -> Token:
        """Take the next token."""
        token = self.tokens[self.index]
        if token.kind is not TokenKind.END:
            self.index += 1
        return token

    def match(self, *words: str) -> bool:
        """Take these keywords or symbols if they come next, all or none."""
        if not self.looks_like(*words):
            return False
        self.index += len(words)
        return True

    def match_any(self, *words: str) -> str | None:
        """Take the next token if it is one of these; its word, or None."""
        word = self.word
        if word and word in words:
            self.index += 1
            return word
        return None

    def expect(self, *words: str) -> None:
        """Take these keywords or symbols, or fail."""
        for word in words:
            if self.word != word:
                raise self.missing(word)
            self.index += 1

    def identifier(self) -> str:
        """Take a name: upper case unless quoted."""
        token = self.token
        if token.kind is TokenKind.WORD and token.word not in RESERVED:
            self.index += 1
            return token.word
        if token.kind is TokenKind.DIGIT_WORD:
            self.index += 1
            return token.text.upper()
        if token.kind is TokenKind.QUOTED:
            self.index += 1
            return unquote(token.text)
        raise self._no_identifier(token)

    def name_as_written(self) -> str:
        """Take a name and keep its case, quoted or not: how PRINT takes a topic."""
        token = self.token
        name = self.identifier()
        return token.text if token.kind is TokenKind.WORD else name

    def variable_name(self) -> str:
        """Take the name of a variable; its case counts."""
        if self.token.kind is not TokenKind.WORD:
            raise self.unexpected("a variable's name")
        return self.advance().text

    def is_identifier(self, ahead: int = 0) -> bool:
        """True when a name comes next."""
        token = self.peek(ahead)
        return token.kind in (TokenKind.QUOTED, TokenKind.DIGIT_WORD) or (
            token.kind is TokenKind.WORD and token.word not in RESERVED
        )

    def string(self) -> str:
        """Take a string literal; its content."""
        if self.token.kind is not TokenKind.STRING:
            raise self.unexpected("a string in single quotes")
        return unquote(self.advance().text)

    def whole_number(self) -> int:
        """Take a number without sign or point."""
        if self.token.kind is not TokenKind.INTEGER:
            raise self.unexpected("a whole number")
        token = self.advance()
        limit = 19
        if len(token.text.lstrip("0")) > limit or int(token.text) >= 1 << 63:
            raise self.fault(f"Invalid numeric literal: {token.text}", token)
        return int(token.text)

    # -- refuse

    def fault(self, detail: str, token: Token | None = None) -> SyntaxFault:
        """A syntax error at the token (the next one by default), worded by us after the colon."""
        at = self.at(token)
        place = at.after(self._start)
        return SyntaxFault(f"line {place}: {detail}", at=at, text=self.text)

    def missing(self, expected: str) -> SyntaxFault:
        """The error for one keyword or symbol that is not there."""
        found = self.token
        if found.word in RESERVED and found.kind is TokenKind.WORD and expected.isalpha():
            return self.unexpected(expected)
        fault = self.fault(f"Syntax Error\nmissing '{expected}' at '{found.shown()}'")
        if expected.isalpha():
            fault.suggestions = tuple(get_close_matches(found.text.upper(), [expected], 1))
        return fault

    def unexpected(self, expected: str) -> SyntaxFault:
        """The error for a token that none of the rules here takes."""
        found = self.token
        return self.fault(
            f"Syntax Error\nmismatched input '{found.shown()}' expecting {expected}", found
        )

    def unknown_keyword(self, known: tuple[str, ...]) -> SyntaxFault:
        """The error for a statement, or a part of one, that starts with no known keyword."""
        fault = self.unexpected("one of " + ", ".join(known))
        fault.suggestions = tuple(get_close_matches(self.token.text.upper(), known, 3))
        return fault

    def unsupported(self, feature: str, token: Token | None = None) -> None:
        """Note a feature out of scope; the first one noted is raised by `finish`."""
        if self._refused is None:
            self._refused = Unsupported(feature, at=self.at(token), text=self.text)

    def finish(self) -> None:
        """Raise the feature out of scope that was noted first, if any."""
        if self._refused is not None:
            raise self._refused

    def enter(self) -> None:
        """Go one level deeper; `leave` comes back."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise self.fault(f"Syntax Error\nexpression nested deeper than {MAX_NESTING} levels")

    def leave(self) -> None:
        """Come back from `enter`."""
        self.nesting -= 1

    def _no_identifier(self, token: Token) -> SyntaxFault:
        if token.kind is TokenKind.WORD and token.word in KEYWORDS:
            return self.fault(
                f'Syntax Error\n"{token.text}" is a reserved keyword and it can\'t be used as an '
                f"identifier. You can use it as an identifier by escaping it as `{token.word}`",
                token,
            )
        return self.unexpected("a name")
