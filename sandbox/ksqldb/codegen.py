"""Python source under construction: lines, indentation, and the objects they refer to.

Owns names and blocks only. What the lines mean is `compiler`'s; expressions come as text from
`expressions`.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Code:
    """Lines of one function in the making.

    `constants` is the namespace that the function will run in. It is shared with the expression
    compiler, which binds its own helpers there.
    """

    def __init__(self, constants: dict[str, Any]) -> None:
        self.constants = constants
        self._lines: list[str] = []
        self._depth = 0

    def line(self, *texts: str) -> None:
        """Append lines at the current depth."""
        self._lines.extend("    " * self._depth + text for text in texts)

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        """Append `header` (`if x:`) and indent what follows inside the `with`."""
        self.line(header)
        self._depth += 1
        before = len(self._lines)
        yield
        if len(self._lines) == before:
            self.line("pass")
        self._depth -= 1

    def bind(self, prefix: str, value: object) -> str:
        """Make `value` reachable from the code; return the name it got."""
        name = f"_{prefix}_{len(self.constants)}"
        self.constants[name] = value
        return name

    @property
    def text(self) -> str:
        """The source so far."""
        return "\n".join(self._lines) + "\n"

    def function(self, name: str) -> Callable[..., Any]:
        """Compile the lines, which define a function `name`, and return it."""
        # The text is made of our own templates; user text enters only as bound constants.
        with warnings.catch_warnings():
            # Literals end up beside `is`: odd in a person's code, right in this.
            warnings.simplefilter("ignore", SyntaxWarning)
            exec(compile(self.text, f"<ksqldb {name}>", "exec"), self.constants)  # noqa: S102 - see above
        made: Callable[..., Any] = self.constants[name]
        return made


def tuple_text(items: list[str]) -> str:
    """Return the text of a tuple display of these expressions."""
    return f"({', '.join(items)}{',' if len(items) == 1 else ''})"
