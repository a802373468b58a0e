"""Whether data of one Avro schema can be read with another, and what stands in the way.

The rules are those of schema resolution in Avro's specification, as its Java class
`SchemaCompatibility` applies them: promotion of numbers, string and bytes interchangeable,
unions branch by branch, names by their last part or by the reader's aliases, defaults for
fields that the writer lacks, an enum's default for symbols that the reader lacks. The
descriptions are worded as Schema Registry words them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sandbox.registry.avro import ELEMENT, Field, Node

PROMOTIONS = {
    "long": ("int",),
    "float": ("int", "long"),
    "double": ("int", "long", "float"),
    "bytes": ("string",),
    "string": ("bytes",),
}
"""Writer's types that a reader's type takes besides its own."""


class Level(StrEnum):
    """A compatibility level."""

    NONE = "NONE"
    BACKWARD = "BACKWARD"
    BACKWARD_TRANSITIVE = "BACKWARD_TRANSITIVE"
    FORWARD = "FORWARD"
    FORWARD_TRANSITIVE = "FORWARD_TRANSITIVE"
    FULL = "FULL"
    FULL_TRANSITIVE = "FULL_TRANSITIVE"

    @property
    def is_transitive(self) -> bool:
        """Whether all earlier versions count, not only the latest."""
        return self.endswith("_TRANSITIVE")

    @property
    def reads_old(self) -> bool:
        """Whether the new schema must read old data."""
        return self.startswith(("BACKWARD", "FULL"))

    @property
    def is_read_by_old(self) -> bool:
        """Whether old schemas must read new data."""
        return self.startswith(("FORWARD", "FULL"))


@dataclass(frozen=True)
class Difference:
    """One thing in the way."""

    kind: str
    """Such as READER_FIELD_MISSING_DEFAULT_VALUE."""
    path: str
    """JSON pointer into the schema, such as `/fields/1`."""
    detail: str

    def describe(self, reader: str, writer: str) -> str:
        """Return the registry's sentence; `reader` and `writer` are `new` and `old`."""
        texts = {
            "TYPE_MISMATCH": (
                f"The type (path '{self.path}') of a field in the {reader} schema does not match "
                f"with the {writer} schema"
            ),
            "NAME_MISMATCH": f"The name of the schema has changed (path '{self.path}')",
            "FIXED_SIZE_MISMATCH": (
                f"The size of FIXED type field at path '{self.path}' in the {reader} schema does "
                f"not match with the {writer} schema"
            ),
            "MISSING_ENUM_SYMBOLS": (
                f"The {reader} schema is missing enum symbols '{self.detail}' at path "
                f"'{self.path}' in the {writer} schema"
            ),
            "MISSING_UNION_BRANCH": (
                f"The {reader} schema is missing a type inside a union field at path "
                f"'{self.path}' in the {writer} schema"
            ),
            "READER_FIELD_MISSING_DEFAULT_VALUE": (
                f"The field '{self.detail}' at path '{self.path}' in the {reader} schema has no "
                f"default value and is missing in the {writer} schema"
            ),
        }
        return (
            f"{{errorType:'{self.kind}', description:'{texts[self.kind]}', "
            f"additionalInfo:'{self.detail}'}}"
        )


def differences(reader: Node, writer: Node) -> list[Difference]:
    """Return what keeps `reader` from reading data of `writer`; empty when nothing does."""
    return list(_compare(reader, writer, "", set()))


def problems(new: Node, earlier: Sequence[Node], level: Level) -> list[str]:
    """Return how a new schema breaks a level; empty when it does not.

    Args:
        new: The schema to be registered.
        earlier: The subject's versions, newest first.
        level: The level in force.
    """
    found: list[str] = []
    for old in earlier if level.is_transitive else earlier[:1]:
        if level.reads_old:
            found += [d.describe("new", "old") for d in differences(new, old)]
        if level.is_read_by_old:
            found += [d.describe("old", "new") for d in differences(old, new)]
    return found


_Seen = set[tuple[int, int]]


def _compare(reader: Node, writer: Node, path: str, seen: _Seen) -> Iterator[Difference]:
    pair = (id(reader), id(writer))
    if pair in seen:
        return
    if reader.name:
        seen = seen | {pair}
    if reader.kind == writer.kind:
        yield from _SAME_KIND.get(reader.kind, _nothing)(reader, writer, path, seen)
    else:
        yield from _other_kind(reader, writer, path, seen)


def _other_kind(reader: Node, writer: Node, path: str, seen: _Seen) -> Iterator[Difference]:
    if writer.kind == "union":
        for branch in writer.branches:
            yield from _compare(reader, branch, path, seen)
    elif reader.kind == "union":
        if all(any(_compare(branch, writer, path, seen)) for branch in reader.branches):
            text = f"reader union lacking writer type: {writer.kind.upper()}"
            yield Difference("MISSING_UNION_BRANCH", path or "/", text)
    elif writer.kind not in PROMOTIONS.get(reader.kind, ()):
        text = f"reader type: {reader.kind.upper()} not compatible with writer type: "
        yield Difference("TYPE_MISMATCH", path or "/", text + writer.kind.upper())


def _nothing(reader: Node, writer: Node, path: str, seen: _Seen) -> Iterator[Difference]:
    yield from ()


def _names(reader: Node, writer: Node, path: str) -> Iterator[Difference]:
    if reader.short_name != writer.short_name and writer.name not in reader.aliases:
        yield Difference("NAME_MISMATCH", f"{path}/name", f"expected: {writer.name}")


def _records(reader: Node, writer: Node, path: str, seen: _Seen) -> Iterator[Difference]:
    yield from _names(reader, writer, path)
    for number, field in enumerate(reader.fields):
        where = f"{path}/fields/{number}"
        source = _source(field, writer)
        if source is not None:
            yield from _compare(field.node, source.node, f"{where}/type", seen)
        elif not field.has_default and field.node.default_symbol is None:
            yield Difference("READER_FIELD_MISSING_DEFAULT_VALUE", where, field.name)


def _enums(reader: Node, writer: Node, path: str, seen: _Seen) -> Iterator[Difference]:
    yield from _names(reader, writer, path)
    missing = [symbol for symbol in writer.symbols if symbol not in reader.symbols]
    if missing and reader.default_symbol is None:
        yield Difference("MISSING_ENUM_SYMBOLS", f"{path}/symbols", f"[{', '.join(missing)}]")


def _fixeds(reader: Node, writer: Node, path: str, seen: _Seen) -> Iterator[Difference]:
    yield from _names(reader, writer, path)
    if reader.size != writer.size:
        text = f"expected: {writer.size}, found: {reader.size}"
        yield Difference("FIXED_SIZE_MISMATCH", f"{path}/size", text)


def _unions(reader: Node, writer: Node, path: str, seen: _Seen) -> Iterator[Difference]:
    for number, branch in enumerate(writer.branches):
        if any(_compare(reader, branch, f"{path}/{number}", seen)):
            text = f"reader union lacking writer type: {branch.kind.upper()}"
            yield Difference("MISSING_UNION_BRANCH", f"{path}/{number}", text)


def _elements(reader: Node, writer: Node, path: str, seen: _Seen) -> Iterator[Difference]:
    step = ELEMENT[reader.kind]
    yield from _compare(reader.branches[0], writer.branches[0], f"{path}/{step}", seen)


_SAME_KIND = {
    "record": _records,
    "enum": _enums,
    "fixed": _fixeds,
    "union": _unions,
    "array": _elements,
    "map": _elements,
}
"""How to compare two types of one kind; primitives are equal."""


def _source(field: Field, writer: Node) -> Field | None:
    by_name = {candidate.name: candidate for candidate in writer.fields}
    return next((by_name[name] for name in (field.name, *field.aliases) if name in by_name), None)
