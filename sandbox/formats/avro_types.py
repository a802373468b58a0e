"""Avro schemas as columns see them: flat fields of primitive and logical types.

Parses the JSON of a schema into `AvroSchema`; nested types survive as a kind that nothing can
read, so that whoever needs the field can refuse it by name. How types map follows Kafka
Connect's `AvroData`, through which ksqlDB reads and writes Avro.
"""

import json
from dataclasses import dataclass
from typing import Any

from sandbox.formats.errors import SchemaError

PRIMITIVES = frozenset(("null", "boolean", "int", "long", "float", "double", "bytes", "string"))
NESTED = frozenset(("record", "error", "array", "map"))

CONNECT_LOGICAL = {
    "org.apache.kafka.connect.data.Date": "date",
    "org.apache.kafka.connect.data.Time": "time-millis",
    "org.apache.kafka.connect.data.Timestamp": "timestamp-millis",
    "org.apache.kafka.connect.data.Decimal": "decimal",
}
LOGICAL_OF = {
    "date": ("int",),
    "time-millis": ("int",),
    "timestamp-millis": ("long",),
    "decimal": ("bytes", "fixed"),
}
"""The logical types that Connect knows, with what they stand on; others are ignored."""

DEFAULT_PRECISION = 64
"""Connect's precision of a decimal whose schema states none."""


@dataclass(frozen=True)
class AvroType:
    """One type. `kind` is Avro's name, `logical` one of `LOGICAL_OF` or None."""

    kind: str
    logical: str | None = None
    precision: int = DEFAULT_PRECISION
    scale: int = 0
    size: int = 0
    """Bytes of a fixed."""
    symbols: tuple[str, ...] = ()
    """Names of an enum."""

    @property
    def is_nested(self) -> bool:
        """Whether it holds other types."""
        return self.kind in NESTED or self.kind == "union"


@dataclass(frozen=True)
class AvroField:
    """A field: its branches in order (one, unless it is a union)."""

    name: str
    branches: tuple[AvroType, ...]
    is_union: bool

    @property
    def type(self) -> AvroType:
        """The one branch that is not null; a union of several is a nested type."""
        concrete = [branch for branch in self.branches if branch.kind != "null"]
        if len(concrete) == 1:
            return concrete[0]
        return AvroType("union") if concrete else AvroType("null")

    @property
    def is_flat(self) -> bool:
        """Whether no branch holds other types."""
        return not any(branch.is_nested for branch in self.branches)


@dataclass(frozen=True)
class AvroSchema:
    """A schema: the fields of a record, or one anonymous field of another type."""

    fields: tuple[AvroField, ...]
    is_record: bool
    name: str = ""
    """Full name of the record."""


def parse(schema: str) -> AvroSchema:
    """Read the text of a schema.

    Raises:
        SchemaError: It is no Avro schema.
    """
    try:
        return _schema(json.loads(schema))
    except (ValueError, KeyError, TypeError, AttributeError) as reason:
        raise SchemaError(f"Not an Avro schema: {reason}") from None


def _schema(root: Any) -> AvroSchema:
    named: dict[str, AvroType] = {}
    if isinstance(root, dict) and root["type"] in ("record", "error"):
        fields = tuple(_field(field["name"], field["type"], named) for field in root["fields"])
        namespace = root.get("namespace")
        name = root["name"]
        return AvroSchema(fields, True, f"{namespace}.{name}" if namespace else name)
    return AvroSchema((_field("", root, named),), False)


def _field(name: str, declared: Any, named: dict[str, AvroType]) -> AvroField:
    if isinstance(declared, list):
        return AvroField(name, tuple(_type(branch, named) for branch in declared), True)
    return AvroField(name, (_type(declared, named),), False)


def _type(declared: Any, named: dict[str, AvroType]) -> AvroType:
    if isinstance(declared, list):
        return AvroType("union")
    if isinstance(declared, str):
        return AvroType(declared) if declared in PRIMITIVES else _reference(declared, named)
    kind = declared["type"]
    if not isinstance(kind, str):
        return _type(kind, named)
    if kind in NESTED:
        made = AvroType(kind)
    elif kind in PRIMITIVES or kind in ("fixed", "enum"):
        made = _annotated(kind, declared)
    else:
        made = _reference(kind, named)
    if "name" in declared:
        named[declared["name"].rpartition(".")[2]] = made
    return made


def _reference(name: str, named: dict[str, AvroType]) -> AvroType:
    # A name that is not known here was declared inside a nested type, or is the record itself.
    return named.get(name.rpartition(".")[2], AvroType("record"))


def _annotated(kind: str, declared: dict[str, Any]) -> AvroType:
    logical = declared.get("logicalType") or CONNECT_LOGICAL.get(declared.get("connect.name", ""))
    precision, scale = declared.get("precision"), declared.get("scale")
    return AvroType(
        kind,
        logical if logical in LOGICAL_OF and kind in LOGICAL_OF[logical] else None,
        DEFAULT_PRECISION if precision is None else int(precision),
        0 if scale is None else int(scale),
        int(declared.get("size", 0)),
        tuple(declared.get("symbols", ())),
    )
