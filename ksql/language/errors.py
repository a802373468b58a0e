"""What can be wrong with a statement.

```
LanguageError
├── SyntaxFault    the text is no statement: worded `line 1:5: Syntax Error …` as the server does
├── SemanticError  a statement that ksqlDB refuses, in the server's words
├── SchemaOpen     a statement that cannot be judged: only Schema Registry knows the columns
└── Unsupported    a feature of ksqlDB that is outside this project's scope, named
```

Every error knows where it is in the text and can point at it. Nothing else leaves this package:
a traceback of another class is a defect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Position:
    """A place in a text. `line` and `column` count from 1, `offset` from 0."""

    line: int
    column: int
    offset: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"

    def after(self, start: Position) -> Position:
        """The same place, counted in a text in which this one's text begins at `start`."""
        column = self.column + start.column - 1 if self.line == 1 else self.column
        return Position(start.line + self.line - 1, column, start.offset + self.offset)


START = Position(1, 1, 0)


class LanguageError(Exception):
    """Any refusal of a statement.

    Attributes:
        message: what the server says, without our position.
        at: the place the error is about; None when it is about the whole statement.
        text: the text `at` counts in; None until a parser or analysis that knows it has set it.
        start: where that text begins in its file; the beginning, unless a script was split.
        suggestions: the closest legal names, best first.
    """

    def __init__(
        self,
        message: str,
        *,
        at: Position | None = None,
        text: str | None = None,
        suggestions: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.text = text
        self.start = START
        self.suggestions = tuple(suggestions)

    def __str__(self) -> str:
        return self.message

    @property
    def place(self) -> Position | None:
        """Where in its file the error is; None when it is about the whole statement."""
        return None if self.at is None else self.at.after(self.start)

    def located(self, file: str | None = None) -> str:
        """The message with place, source line, caret and closest names, over several lines.

        Args:
            file: the name to print before line and column, as in `70_sink.sql:3:8`.
        """
        return "\n".join([self._headline(file), *self._excerpt(), *self._hint()])

    def _headline(self, file: str | None) -> str:
        place = ":".join(str(part) for part in (file, self.place) if part)
        message = self.message.removeprefix(f"line {self.place}: ")
        return f"{place}: {message}" if place else message

    def _excerpt(self) -> list[str]:
        if self.at is None or self.text is None:
            return []
        lines = self.text.split("\n")
        if self.at.line > len(lines):
            return []
        line = lines[self.at.line - 1].rstrip("\r")
        margin = "".join("\t" if char == "\t" else " " for char in line[: self.at.column - 1])
        return [f"  {line}", f"  {margin}^"]

    def _hint(self) -> list[str]:
        return [f"Did you mean {' or '.join(self.suggestions)}?"] if self.suggestions else []


class SyntaxFault(LanguageError):
    """The text does not follow the grammar. `message` starts with `line L:C: Syntax Error`."""


class SemanticError(LanguageError):
    """ksqlDB refuses the statement; `message` is worded as the server words it."""


class SchemaOpen(LanguageError):
    """The statement reads a source whose columns only Schema Registry knows, and it is not here.

    The statement may be right: whoever has no registry may let the server judge it.
    """


class Unsupported(LanguageError):
    """A feature that ksqlDB has and this project refuses.

    Attributes:
        feature: the feature in ksqlDB's words, for example `stream-stream joins`.
    """

    def __init__(self, feature: str, *, at: Position | None = None, text: str | None = None):
        super().__init__(f"Not supported here: {feature}.", at=at, text=text)
        self.feature = feature
