"""Avro schemas as the registry reads them: parsed, checked, and printed in one form.

`parse` turns a schema's JSON into `Node`s with names resolved, refusing what Avro's own
parser refuses, defaults of the wrong type included; `canonical_text` prints the JSON as
Avro's Java library does, so that equal schemas have equal texts. Leaves out data, and the
comparison of two schemas (`compatibility`).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Any
PRIMITIVES = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")
NAMED = ("record", "error", "enum", "fixed")
ELEMENT = {"array": "items", "map": "values"}
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
INT_BITS, LONG_BITS = 31, 63

_ORDER = ("type", "name", "namespace", "doc", "fields", "symbols", "size", "items", "values")
_FIELD_ORDER = ("name", "type", "doc", "default", "order", "aliases")


class AvroProblem(ValueError):
    """The JSON is not an Avro schema; says where and why."""


@dataclass(eq=False)
class Node:
    """One type. Nodes may refer to each other in a circle."""

    kind: str
    """A primitive's name, or record, enum, fixed, array, map, union."""
    name: str = ""
    """Full name of a record, enum or fixed."""
    aliases: tuple[str, ...] = ()
    fields: list["Field"] = field(default_factory=list)
    symbols: tuple[str, ...] = ()
    default_symbol: str | None = None
    size: int = 0
    branches: tuple["Node", ...] = ()
    """Of a union; the one element of an array or a map."""

    @property
    def short_name(self) -> str:
        """The name without its namespace."""
        return self.name.rsplit(".", 1)[-1]


@dataclass(frozen=True)
class Field:
    """One field of a record."""

    name: str
    node: Node
    aliases: tuple[str, ...]
    has_default: bool


def load_json(text: str) -> Json:
    """Return a schema's JSON; a bare word such as `string` is the JSON string of it.

    Raises:
        AvroProblem: The text is neither.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as problem:
        if text.strip() in PRIMITIVES:
            return text.strip()
        raise AvroProblem(f"not valid JSON: {problem}") from None


def parse(text: str, known: Mapping[str, Node] | None = None) -> tuple[Node, dict[str, Node]]:
    """Return a schema's type and every name it defines.

    Args:
        text: The schema's JSON.
        known: Types by full name that it may refer to, from referenced schemas.

    Raises:
        AvroProblem: It is not an Avro schema.
    """
    parser = _Parser(dict(known or {}))
    try:
        node = parser.node(load_json(text), "")
    except RecursionError:
        raise AvroProblem("nested too deeply") from None
    return node, parser.defined


def canonical_text(text: str) -> str:
    """Return a schema's JSON without white space, in the order of Avro's Java library."""
    return json.dumps(_ordered(load_json(text)), separators=(",", ":"), ensure_ascii=False)


class _Parser:
    def __init__(self, known: dict[str, Node]) -> None:
        self._names = known
        self.defined: dict[str, Node] = {}

    def node(self, schema: Json, namespace: str) -> Node:
        if isinstance(schema, str):
            return self._named(schema, namespace)
        if isinstance(schema, list):
            return self._union(schema, namespace)
        if not isinstance(schema, dict):
            raise AvroProblem(f"{schema!r:.60} is not a type")
        return self._complex(schema, namespace)

    def _complex(self, schema: dict[str, Json], namespace: str) -> Node:
        kind = schema.get("type")
        if kind is None:
            raise AvroProblem(f"no type: {json.dumps(schema):.120}")
        if isinstance(kind, dict | list) or kind in PRIMITIVES:
            return self.node(kind, namespace)
        if kind in NAMED:
            return self._definition(schema, str(kind), namespace)
        if kind in ELEMENT:
            return Node(str(kind), branches=(self._element(schema, namespace),))
        return self._named(str(kind), namespace)

    def _named(self, name: str, namespace: str) -> Node:
        if name in PRIMITIVES:
            return Node(name)
        for full in (_full_name(name, namespace), name):
            if full in self._names:
                return self._names[full]
        raise AvroProblem(f'undefined name: "{_full_name(name, namespace)}"')

    def _union(self, schema: list[Json], namespace: str) -> Node:
        branches = tuple(self.node(branch, namespace) for branch in schema)
        seen: set[str] = set()
        for branch in branches:
            if branch.kind == "union":
                raise AvroProblem("nested union")
            if (branch.name or branch.kind) in seen:
                raise AvroProblem(f"duplicate in union: {branch.name or branch.kind}")
            seen.add(branch.name or branch.kind)
        return Node("union", branches=branches)

    def _element(self, schema: dict[str, Json], namespace: str) -> Node:
        key = ELEMENT[schema["type"]]
        if key not in schema:
            raise AvroProblem(f"{schema['type']} has no {key}")
        return self.node(schema[key], namespace)

    def _definition(self, schema: dict[str, Json], kind: str, namespace: str) -> Node:
        name, namespace = _definition_name(schema, namespace)
        if name in self._names:
            raise AvroProblem(f"can't redefine: {name}")
        aliases = tuple(_full_name(alias, namespace) for alias in _aliases(schema))
        node = Node("record" if kind == "error" else kind, name, aliases)
        self._names[name] = self.defined[name] = node
        if node.kind == "enum":
            _read_symbols(node, schema)
        elif node.kind == "fixed":
            _read_size(node, schema)
        else:
            self._read_fields(node, schema, namespace)
        return node

    def _read_fields(self, node: Node, schema: dict[str, Json], namespace: str) -> None:
        fields = schema.get("fields")
        if not isinstance(fields, list):
            raise AvroProblem(f"record {node.name} has no fields")
        for described in fields:
            if not isinstance(described, dict) or "type" not in described:
                raise AvroProblem(f"field of {node.name} without a type: {described!r:.80}")
            name = _checked_name(described.get("name"))
            if any(present.name == name for present in node.fields):
                raise AvroProblem(f"duplicate field {name} in record {node.name}")
            kind = self.node(described["type"], namespace)
            has_default = "default" in described
            if has_default and not _fits(described["default"], kind):
                raise AvroProblem(
                    f"invalid default for field {name}: {json.dumps(described['default'])} not a "
                    f"{kind.name or kind.kind}"
                )
            node.fields.append(Field(name, kind, _aliases(described), has_default))


def _aliases(schema: dict[str, Json]) -> tuple[str, ...]:
    aliases = schema.get("aliases") or []
    if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
        raise AvroProblem(f"aliases not an array of names: {aliases!r:.60}")
    return tuple(aliases)


def _read_symbols(node: Node, schema: dict[str, Json]) -> None:
    symbols = schema.get("symbols")
    if not isinstance(symbols, list):
        raise AvroProblem(f"enum {node.name} has no symbols")
    node.symbols = tuple(_checked_name(symbol) for symbol in symbols)
    if len(set(node.symbols)) < len(node.symbols):
        raise AvroProblem(f"duplicate symbol in enum {node.name}")
    node.default_symbol = schema.get("default")
    if node.default_symbol is not None and node.default_symbol not in node.symbols:
        raise AvroProblem(f"default {node.default_symbol!r} of enum {node.name} is not a symbol")


def _read_size(node: Node, schema: dict[str, Json]) -> None:
    size = schema.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise AvroProblem(f"fixed {node.name} has no valid size")
    node.size = size


def _definition_name(schema: dict[str, Json], namespace: str) -> tuple[str, str]:
    name = schema.get("name")
    if not isinstance(name, str) or not name:
        raise AvroProblem(f"no name in {schema.get('type')}")
    if "." not in name:
        given = schema.get("namespace", namespace)
        name = f"{given}.{name}" if given else name
    for part in name.split("."):
        _checked_name(part)
    return name, name.rpartition(".")[0]


def _checked_name(name: Json) -> str:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise AvroProblem(f"illegal name: {name!r}")
    return name


def _full_name(name: str, namespace: str) -> str:
    return f"{namespace}.{name}" if namespace and "." not in name else name


def _fits(value: Json, node: Node) -> bool:
    if node.kind == "union":
        # Avro 1.12 takes a default of any branch, older ones of the first only.
        return any(_fits(value, branch) for branch in node.branches)
    if node.kind == "record":
        return isinstance(value, dict) and all(
            _fits(value[f.name], f.node) if f.name in value else f.has_default for f in node.fields
        )
    if node.kind == "array":
        return isinstance(value, list) and all(_fits(item, node.branches[0]) for item in value)
    if node.kind == "map":
        return isinstance(value, dict) and all(
            _fits(item, node.branches[0]) for item in value.values()
        )
    if node.kind == "enum":
        return value in node.symbols
    return _fits_primitive(value, node.kind)


def _fits_primitive(value: Json, kind: str) -> bool:
    if kind == "null":
        return value is None
    if kind == "boolean":
        return isinstance(value, bool)
    if kind in ("int", "long"):
        bits = INT_BITS if kind == "int" else LONG_BITS
        is_number = isinstance(value, int) and not isinstance(value, bool)
        return is_number and -(2**bits) <= value < 2**bits
    if kind in ("float", "double"):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)


def _ordered(schema: Json) -> Json:
    if isinstance(schema, list):
        return [_ordered(branch) for branch in schema]
    if not isinstance(schema, dict):
        return schema
    kind = schema.get("type")
    if set(schema) == {"type"}:
        return _ordered(kind)
    ordered = {name: schema[name] for name in _ORDER if name in schema}
    ordered.update((name, value) for name, value in schema.items() if name not in ordered)
    if "type" in ordered:
        ordered["type"] = _ordered(kind)
    if isinstance(ordered.get("fields"), list):
        ordered["fields"] = [_ordered_field(described) for described in ordered["fields"]]
    for element in ("items", "values"):
        if element in ordered:
            ordered[element] = _ordered(ordered[element])
    return ordered


def _ordered_field(described: Json) -> Json:
    if not isinstance(described, dict):
        return described
    ordered = {name: described[name] for name in _FIELD_ORDER if name in described}
    ordered.update((name, value) for name, value in described.items() if name not in ordered)
    if "type" in ordered:
        ordered["type"] = _ordered(ordered["type"])
    return ordered
