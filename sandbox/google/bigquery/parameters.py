"""Query parameters: from the REST API's typed JSON into constants in the tree.

Owns types and values of parameters. They are put in as literals, each cast to its type; nothing
of their text is ever read as SQL.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.api import Json
from sandbox.google.bigquery.fields import Field, FieldType, Mode, field_type
from sandbox.google.bigquery.sql import POSITIONAL
from sandbox.google.bigquery.values import BadValue, stored_cell
from sandbox.google.errors import Invalid, InvalidQuery, NotEmulated

if TYPE_CHECKING:
    from sqlglot.expressions import Expr


@dataclass(frozen=True)
class Parameter:
    """One value with its type."""

    column: Field
    value: Json
    """As JSON: scalars as text, lists for arrays, objects for structs."""


@dataclass(frozen=True)
class Parameters:
    """What a query is given: by name (lower case), or in order, never both."""

    named: Mapping[str, Parameter] = field(default_factory=dict)
    positional: Sequence[Parameter] = ()


def parse_parameters(config: Json) -> Parameters:
    """Read `queryParameters` of a query's configuration.

    Raises:
        GoogleError: 400, a type is unknown or a value does not fit its type.
    """
    wires = config.get("queryParameters") or []
    if not isinstance(wires, list) or not all(isinstance(wire, dict) for wire in wires):
        raise Invalid("Invalid value for queryParameters: must be a list of objects")
    mode = str(config.get("parameterMode") or "").upper()
    names = [wire.get("name") for wire in wires]
    if mode not in ("", "NAMED", "POSITIONAL"):
        raise Invalid(f"Invalid value for parameterMode: {mode}")
    if mode != "POSITIONAL" and all(names):
        pairs = zip(names, wires, strict=True)
        return Parameters({str(name).lower(): _parameter(str(name), wire) for name, wire in pairs})
    if any(names):
        raise Invalid("Parameters must be all named or all positional")
    return Parameters(
        positional=[_parameter(f"#{i}", wire) for i, wire in enumerate(wires, start=1)]
    )


def _parameter(name: str, wire: Json) -> Parameter:
    column = _column(name, wire.get("parameterType") or {})
    parameter = Parameter(column, _value(column, wire.get("parameterValue") or {}))
    try:
        if parameter.value is not None:
            stored_cell(column, parameter.value)
    except BadValue as bad:
        raise Invalid(f"Invalid query parameter {name}: {bad.message}") from None
    return parameter


def _column(name: str, wire: Json) -> Field:
    kind = str(wire.get("type") or "")
    if kind == "ARRAY":
        element = _column(name, wire.get("arrayType") or {})
        return Field(element.name, element.type, Mode.REPEATED, element.fields)
    if kind == "STRUCT":
        members = tuple(
            _column(str(each.get("name") or f"_field_{i}"), each.get("type") or {})
            for i, each in enumerate(wire.get("structTypes") or (), start=1)
        )
        return Field(name, FieldType.RECORD, fields=members)
    return Field(name, field_type(kind, name))


def _value(column: Field, wire: Json) -> Json:
    if column.is_repeated:
        element = Field(column.name, column.type, fields=column.fields)
        return [_value(element, each) for each in wire.get("arrayValues") or ()]
    if column.type is FieldType.RECORD:
        values = wire.get("structValues") or {}
        return {each.name: _value(each, values.get(each.name) or {}) for each in column.fields}
    return wire.get("value")


def put_in(tree: "Expr", parameters: Parameters) -> "Expr":
    """Return the tree with its parameters replaced by constants.

    Raises:
        InvalidQuery: It asks for one that is not given.
        NotEmulated: It asks for a system variable.
    """
    from sqlglot import exp  # noqa: PLC0415 - imported on first use, see `sql`

    def constant(node: "Expr") -> "Expr":
        if not isinstance(node, exp.Parameter):
            return node
        if isinstance(node.this, exp.Parameter):
            raise NotEmulated(f"System variables (@@{node.this.name})")
        name = node.this.name
        if name.startswith(POSITIONAL):
            return _constant(_positional(parameters, int(name.removeprefix(POSITIONAL))))
        given = parameters.named.get(name.lower())
        if given is None:
            raise InvalidQuery(f"Query parameter '{name}' not found")
        return _constant(given)

    return tree.transform(constant, copy=False)


def _positional(parameters: Parameters, number: int) -> Parameter:
    if number > len(parameters.positional):
        raise InvalidQuery(
            f"Query parameter number {number} is not defined ({len(parameters.positional)} given)"
        )
    return parameters.positional[number - 1]


def _constant(parameter: Parameter) -> "Expr":
    from sqlglot import exp  # noqa: PLC0415 - see `put_in`

    column = parameter.column
    kind = exp.DataType.build(column.stored_type, dialect="duckdb")
    text = None if parameter.value is None else stored_cell(column, parameter.value)
    if text is None:
        return exp.Cast(this=exp.Null(), to=kind)
    literal: Expr = exp.Literal.string(text)
    if column.is_repeated or column.type is FieldType.RECORD:
        literal = exp.Cast(this=literal, to=exp.DataType.build("JSON"))
        parsed = exp.DataType.build(column.parsed_type, dialect="duckdb")
        literal = exp.Cast(this=literal, to=parsed)
    return exp.Cast(this=literal, to=kind)
