"""Columns: BigQuery's types and modes, as the wire has them and as DuckDB stores them.

Owns the type table. Leaves out values (`values`). GEOGRAPHY, RANGE and INTERVAL columns are
refused by name.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sandbox.api import Json
from sandbox.google.errors import Invalid, NotEmulated

FIELD_NAME = re.compile(r"[A-Za-z_\u0080-\uffff][\w\u0080-\uffff-]{0,299}")
DEPTH_LIMIT = 15


class FieldType(StrEnum):
    """Types under the names in which the REST API answers."""

    STRING = "STRING"
    BYTES = "BYTES"
    INTEGER = "INTEGER"
    FLOAT = "FLOAT"
    NUMERIC = "NUMERIC"
    BIGNUMERIC = "BIGNUMERIC"
    BOOLEAN = "BOOLEAN"
    DATE = "DATE"
    TIME = "TIME"
    DATETIME = "DATETIME"
    TIMESTAMP = "TIMESTAMP"
    JSON = "JSON"
    RECORD = "RECORD"


class Mode(StrEnum):
    """Whether a column may be empty, or holds a list."""

    NULLABLE = "NULLABLE"
    REQUIRED = "REQUIRED"
    REPEATED = "REPEATED"


SQL_NAMES = {
    "INT64": FieldType.INTEGER,
    "INT": FieldType.INTEGER,
    "BIGINT": FieldType.INTEGER,
    "FLOAT64": FieldType.FLOAT,
    "BOOL": FieldType.BOOLEAN,
    "STRUCT": FieldType.RECORD,
    "DECIMAL": FieldType.NUMERIC,
    "BIGDECIMAL": FieldType.BIGNUMERIC,
}
"""GoogleSQL's names of types that the REST API calls otherwise."""

NOT_EMULATED = {"GEOGRAPHY", "RANGE", "INTERVAL", "FOREIGN"}

STORED_AS = {
    FieldType.STRING: "VARCHAR",
    FieldType.BYTES: "BLOB",
    FieldType.INTEGER: "BIGINT",
    FieldType.FLOAT: "DOUBLE",
    FieldType.NUMERIC: "DECIMAL(38,9)",
    # DuckDB's decimals end at 38 digits, BigQuery's at 76: longer ones are refused on insert.
    FieldType.BIGNUMERIC: "DECIMAL(38,18)",
    FieldType.BOOLEAN: "BOOLEAN",
    FieldType.DATE: "DATE",
    FieldType.TIME: "TIME",
    FieldType.DATETIME: "TIMESTAMP",
    FieldType.TIMESTAMP: "TIMESTAMP WITH TIME ZONE",
    FieldType.JSON: "JSON",
}

STORED_FIXED = {
    "VARCHAR": FieldType.STRING,
    "BLOB": FieldType.BYTES,
    "DOUBLE": FieldType.FLOAT,
    "FLOAT": FieldType.FLOAT,
    "BOOLEAN": FieldType.BOOLEAN,
    "DATE": FieldType.DATE,
    "TIME": FieldType.TIME,
    "TIMESTAMP": FieldType.DATETIME,
    "TIMESTAMP WITH TIME ZONE": FieldType.TIMESTAMP,
    "JSON": FieldType.JSON,
    '"NULL"': FieldType.INTEGER,
    "NULL": FieldType.INTEGER,
    "UUID": FieldType.STRING,
    "DECIMAL(38,18)": FieldType.BIGNUMERIC,
}

INTEGERS = re.compile(r"U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)")


@dataclass(frozen=True)
class Field:
    """One column, or one member of a RECORD."""

    name: str
    type: FieldType
    mode: Mode = Mode.NULLABLE
    fields: tuple["Field", ...] = ()
    """A RECORD's members."""
    extras: dict[str, Json] = field(default_factory=dict, compare=False)
    """Description, policy tags and the like: kept and given back, never looked at."""

    @property
    def is_repeated(self) -> bool:
        """Whether it holds a list."""
        return self.mode is Mode.REPEATED

    def to_wire(self) -> Json:
        """Return the `TableFieldSchema`."""
        wire: dict[str, Json] = {
            "name": self.name,
            "type": self.type.value,
            "mode": self.mode.value,
        }
        if self.fields:
            wire["fields"] = [each.to_wire() for each in self.fields]
        return wire | self.extras

    @property
    def stored_type(self) -> str:
        """DuckDB's type of the column."""
        return self._type_with(STORED_AS)

    @property
    def parsed_type(self) -> str:
        """The same with bytes still as text: DuckDB does not unescape them inside JSON."""
        return self._type_with({**STORED_AS, FieldType.BYTES: "VARCHAR"})

    def _type_with(self, names: Mapping[FieldType, str]) -> str:
        if self.type is FieldType.RECORD:
            members = (f"{quoted(each.name)} {each._type_with(names)}" for each in self.fields)
            element = f"STRUCT({', '.join(members)})"
        else:
            element = names[self.type]
        return f"{element}[]" if self.is_repeated else element


Schema = tuple[Field, ...]


def quoted(identifier: str) -> str:
    """Return an identifier as DuckDB reads it, whatever it holds."""
    return '"' + identifier.replace('"', '""') + '"'


def schema_to_wire(schema: Schema) -> Json:
    """Return a `TableSchema`."""
    return {"fields": [each.to_wire() for each in schema]}


def parse_schema(wire: Json) -> Schema:
    """Read a `TableSchema`.

    Raises:
        GoogleError: 400 naming the field, for unknown types or modes, empty or doubled names.
    """
    if not isinstance(wire, dict) or not isinstance(wire.get("fields", []), list):
        raise Invalid("Invalid value for schema: must be an object with a list of fields")
    return _parse_fields(wire.get("fields") or [], "schema.fields", 1)


def _parse_fields(wires: Sequence[Json], where: str, depth: int) -> Schema:
    if depth > DEPTH_LIMIT:
        raise Invalid(f"Schema is nested more than {DEPTH_LIMIT} levels deep")
    parsed = tuple(_parse_field(wire, f"{where}[{i}]", depth) for i, wire in enumerate(wires))
    check_unique(parsed)
    return parsed


def check_unique(schema: Iterable[Field]) -> None:
    """Raise `GoogleError` 400 if two columns differ in nothing but case."""
    seen: set[str] = set()
    for each in schema:
        if each.name.lower() in seen:
            raise Invalid(f"Field {each.name} already exists in schema")
        seen.add(each.name.lower())


def _parse_field(wire: Json, where: str, depth: int) -> Field:
    if not isinstance(wire, dict):
        raise Invalid(f"Invalid value at {where}: must be an object")
    name = str(wire.get("name") or "")
    if not FIELD_NAME.fullmatch(name):
        raise Invalid(
            f'Invalid field name "{name}". Fields must contain the allowed characters, and be at '
            "most 300 characters long."
        )
    kind = field_type(str(wire.get("type") or ""), name)
    mode = str(wire.get("mode") or "NULLABLE").upper()
    if mode not in Mode.__members__:
        raise Invalid(f"Invalid value for mode: {mode} is not a valid value (field {name})")
    if kind is FieldType.RECORD and not wire.get("fields"):
        raise Invalid(f"Field {name} is type RECORD but has no schema")
    members = _parse_fields(wire.get("fields") or [], f"{where}.fields", depth + 1)
    known = {"name", "type", "mode", "fields"}
    extras = {key: value for key, value in wire.items() if key not in known}
    return Field(name, kind, Mode(mode), members if kind is FieldType.RECORD else (), extras)


def field_type(name: str, where: str) -> FieldType:
    """Return the type of that name, in either spelling.

    Raises:
        GoogleError: 400 if there is none, 501 if it is not emulated.
    """
    upper = name.upper()
    if upper in SQL_NAMES:
        return SQL_NAMES[upper]
    if upper in NOT_EMULATED:
        raise NotEmulated(f"Type {upper} (field {where})")
    if upper not in FieldType.__members__:
        raise Invalid(f"Invalid value for type: {name} is not a valid value (field {where})")
    return FieldType(upper)


def field_of_stored(name: str, stored: Any) -> Field:
    """Return the column that DuckDB describes with a name and a type.

    Args:
        name: The column's name.
        stored: A `DuckDBPyType`.

    Raises:
        GoogleError: 501, the query computes a type that BigQuery does not have.
    """
    if str(stored).endswith("[]"):
        [(_, child)] = stored.children
        if str(child).endswith("[]"):
            raise Invalid("Cannot construct array with element type ARRAY")
        return replace(field_of_stored(name, child), mode=Mode.REPEATED)
    if stored.id == "struct":
        members = tuple(field_of_stored(child, of_type) for child, of_type in stored.children)
        return Field(name, FieldType.RECORD, fields=members)
    text = str(stored)
    if text in STORED_FIXED:
        return Field(name, STORED_FIXED[text])
    if INTEGERS.fullmatch(text):
        return Field(name, FieldType.INTEGER)
    if text.startswith("DECIMAL"):
        return Field(name, FieldType.NUMERIC)
    raise NotEmulated(f"A result of type {text} (column {name})")


def merged_schema(old: Schema, new: Schema, table: str) -> Schema:
    """Return `new` if a table with schema `old` may take it: columns added, REQUIRED relaxed.

    Raises:
        GoogleError: 400, worded as BigQuery words it.
    """
    by_name = {each.name.lower(): each for each in new}
    for each in old:
        successor = by_name.get(each.name.lower())
        problem = _successor_problem(each, successor)
        if problem:
            raise Invalid(f"Provided Schema does not match Table {table}. {problem}")
    known = {each.name.lower() for each in old}
    for each in new:
        if each.name.lower() not in known and each.mode is Mode.REQUIRED:
            raise Invalid(
                f"Provided Schema does not match Table {table}. Cannot add required fields to an "
                f"existing schema. (field: {each.name})"
            )
    order = [by_name[each.name.lower()] for each in old]
    return (*order, *(each for each in new if each.name.lower() not in known))


def _successor_problem(old: Field, new: Field | None) -> str | None:
    if new is None:
        return f"Field {old.name} is missing in new schema"
    if new.type is not old.type:
        return f"Field {old.name} has changed type from {old.type} to {new.type}"
    relaxed = old.mode is Mode.REQUIRED and new.mode is Mode.NULLABLE
    if new.mode is not old.mode and not relaxed:
        return f"Field {old.name} has changed mode from {old.mode} to {new.mode}"
    if new.fields != old.fields:
        return f"Field {old.name} changes its members, which this sandbox does not emulate"
    return None
