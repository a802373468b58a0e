r"""`java.util.regex` patterns and replacements as Python's, where both write them differently.

Character classes by name (`\p{Alpha}`), quoting (`\Q…\E`), ends (`\z`, `\Z`), line breaks (`\R`),
named groups; `\d`, `\w` and `\s` are ASCII in Java. Leaves out classes in classes and `&&`, which
Python has not: they are refused.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

PATTERNS_KEPT = 256

VERTICAL = r"\n\x0b\f\r\x85\u2028\u2029"
HORIZONTAL = r" \t\xa0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000"

NAMED = {
    "Lower": "a-z",
    "Upper": "A-Z",
    "ASCII": r"\x00-\x7f",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Punct": r"!-/:-@\[-`{-~",
    "Graph": "!-~",
    "Print": " -~",
    "Blank": r" \t",
    "Cntrl": r"\x00-\x1f\x7f",
    "XDigit": "0-9a-fA-F",
    "Space": r" \t\n\x0b\f\r",
}
"""The POSIX classes, as the inside of a Python class."""

OUTSIDE = {
    "z": r"\Z",
    "Z": r"(?=(?:\r\n|[\n\r\x85\u2028\u2029])?\Z)",
    "R": rf"(?:\r\n|[{VERTICAL}])",
    "v": f"[{VERTICAL}]",
    "V": f"[^{VERTICAL}]",
    "h": f"[{HORIZONTAL}]",
    "H": f"[^{HORIZONTAL}]",
    "e": r"\x1b",
}
INSIDE = {"h": HORIZONTAL, "v": VERTICAL, "e": r"\x1b"}
OUTSIDE_CLASS = re.compile(r"\[\^?\]?|\(\?<(?=[A-Za-z])|.", re.DOTALL)
"""A part of a pattern: the start of a class, where a closing bracket is a character; the start of
a named group; or any character."""
INSIDE_CLASS = re.compile("&&|.", re.DOTALL)

ESCAPED = re.compile(
    r"(?P<quote>Q(?P<quoted>.*?)(?:\\E|\Z))|(?P<negated>[pP])(?:\{(?P<name>\w+)\}|(?P<one>\w))"
    r"|x\{(?P<code>[0-9A-Fa-f]+)\}|k<(?P<group>\w+)>|(?P<letter>.)",
    re.DOTALL,
)


@lru_cache(maxsize=PATTERNS_KEPT)
def compiled(pattern: str) -> re.Pattern[str]:
    """Return a Java pattern compiled.

    Raises:
        ValueError: A bad pattern, or one that is not emulated.
    """
    try:
        return re.compile(translated(pattern), re.ASCII)
    except re.error as reason:
        raise ValueError(f"{reason}: {pattern}") from None


def translated(pattern: str) -> str:
    """Return the pattern in Python's words.

    Raises:
        ValueError: It has a class that is not emulated.
    """
    made: list[str] = []
    at, inside = 0, False
    while at < len(pattern):
        if pattern[at] == "\\" and at + 1 < len(pattern):
            text, at = _escape(pattern, at + 1, inside=inside)
        else:
            match = (INSIDE_CLASS if inside else OUTSIDE_CLASS).match(pattern, at)
            assert match is not None, "any character matches"
            text, at = match[0], match.end()
            inside = _is_inside(text, pattern, inside=inside)
        made.append("(?P<" if text == "(?<" else text)
    return "".join(made)


def _is_inside(text: str, pattern: str, *, inside: bool) -> bool:
    """Tell whether what follows this part of a pattern is inside of a character class."""
    if not inside:
        return text.startswith("[")
    if text in ("[", "&&"):
        raise ValueError(f"character classes in classes are not emulated: {pattern}")
    return text != "]"


def _escape(pattern: str, at: int, *, inside: bool) -> tuple[str, int]:
    match = ESCAPED.match(pattern, at)
    assert match is not None, "any character matches"
    if match["quote"]:
        return re.escape(match["quoted"]), match.end()
    if match["negated"]:
        return _class(match, pattern, inside=inside), match.end()
    if match["code"]:
        return re.escape(chr(int(match["code"], 16))), match.end()
    if match["group"]:
        return f"(?P={match['group']})", match.end()
    letter = match["letter"]
    known = INSIDE if inside else OUTSIDE
    return known.get(letter, f"\\{letter}"), match.end()


def _class(match: re.Match[str], pattern: str, *, inside: bool) -> str:
    name = match["name"] or match["one"]
    content = NAMED.get(name)
    negated = match["negated"] == "P"
    if content is None or (inside and negated):
        raise ValueError(f"\\{match[0]} is not emulated: {pattern}")
    return content if inside else f"[{'^' if negated else ''}{content}]"


PIECE = re.compile(
    r"\\(?P<escaped>.)|\$(?P<number>\d+)|\$\{(?P<name>\w+)\}|(?P<plain>[^\\$]+)", re.DOTALL
)
"""A part of a replacement: `$1` and `${name}` are groups, a backslash quotes."""


def expansion(replacement: str, pattern: re.Pattern[str]) -> Callable[[re.Match[str]], str]:
    """Return the function from a match to what `Matcher.replaceAll` puts in its place.

    Raises:
        ValueError: The replacement is none, or names a group that the pattern has not.
    """
    pieces: list[str | Group] = []
    at = 0
    while at < len(replacement):
        match = PIECE.match(replacement, at)
        if match is None:
            raise ValueError(f"Illegal group reference or escape: {replacement}")
        at = match.end()
        if match["number"]:
            number, rest = _group_number(match["number"], pattern)
            pieces += [Group(number), rest]
        elif match["name"]:
            if match["name"] not in pattern.groupindex:
                raise ValueError(f"No group with name {{{match['name']}}}")
            pieces.append(Group(match["name"]))
        else:
            pieces.append(match["escaped"] or match["plain"])
    return lambda found: "".join(
        (found[piece.key] or "") if isinstance(piece, Group) else piece for piece in pieces
    )


@dataclass(frozen=True)
class Group:
    """A group of a match, by number or name."""

    key: int | str


def _group_number(digits: str, pattern: re.Pattern[str]) -> tuple[int, str]:
    """As many digits as make a group that there is, one at least; the others are text."""
    size = len(digits)
    while size > 1 and int(digits[:size]) > pattern.groups:
        size -= 1
    if int(digits[:size]) > pattern.groups:
        raise ValueError(f"No group {digits[:size]}")
    return int(digits[:size]), digits[size:]
