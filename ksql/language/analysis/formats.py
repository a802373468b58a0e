"""Formats: which there are, their settings, and the columns each can hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ksql.language.analysis.properties import Properties, Settings
from ksql.language.errors import Position, SemanticError, Unsupported
from ksql.language.features import Feature
from ksql.language.resolved import Column, FormatSpec, Schema
from ksql.language.types import Base

FORMATS = ("AVRO", "DELIMITED", "JSON", "KAFKA", "NONE")
"""The formats of the supported language."""

_OUT_OF_SCOPE = ("PROTOBUF", "PROTOBUF_NOSR", "JSON_SR")

INFERRING = frozenset({"AVRO"})
"""Formats whose columns Schema Registry can tell."""

_KAFKA_TYPES = (Base.INTEGER, Base.BIGINT, Base.DOUBLE, Base.STRING, Base.BYTES)

_NAMED_DELIMITERS = ("TAB", "SPACE")

_AVRO_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_AVRO_START = re.compile(r"[A-Za-z_]")


@dataclass(frozen=True)
class _Side:
    """Key or value: how its settings and columns are spoken of."""

    name: str
    """KEY or VALUE."""
    suffix: str
    """What follows each column in a message."""


KEY = _Side("KEY", " KEY")
VALUE = _Side("VALUE", "")


def source_formats(found: Properties, settings: Settings) -> tuple[FormatSpec, FormatSpec]:
    """Key and value format of a source.

    Raises:
        SemanticError: a format is missing, unknown, or has settings that do not fit.
    """
    key = _named(found, KEY) or _existing(settings.default_key_format)
    default = settings.default_value_format
    value = _named(found, VALUE) or (default and _existing(default))
    if value is None:
        raise SemanticError(
            "Statement is missing the 'VALUE_FORMAT' property from the WITH clause. Either "
            "provide one or set a default via the 'ksql.persistence.default.format.value' config."
        )
    return _spec(found, KEY, key), _spec(found, VALUE, value)


def sink_formats(
    found: Properties, settings: Settings, inherited: tuple[FormatSpec, FormatSpec], has_key: bool
) -> tuple[FormatSpec, FormatSpec]:
    """Key and value format of a query's result: as stated, else as the left-most source's."""
    key_name = _named(found, KEY)
    if key_name is None and inherited[0].name == "NONE":
        inherited = (FormatSpec(_existing(settings.default_key_format)), inherited[1])
    key = _inherit(found, KEY, key_name, inherited[0])
    value = _inherit(found, VALUE, _named(found, VALUE), inherited[1])
    return (FormatSpec("NONE") if key_name is None and not has_key else key), value


def _inherit(found: Properties, side: _Side, name: str | None, inherited: FormatSpec) -> FormatSpec:
    if name is not None and name != inherited.name:
        return _spec(found, side, name)
    own = _spec(found, side, inherited.name)
    return own if own.delimiter else replace(own, delimiter=inherited.delimiter)


def _named(found: Properties, side: _Side) -> str | None:
    own, both = found.text(f"{side.name}_FORMAT"), found.text("FORMAT")
    if own is not None and both is not None:
        raise SemanticError(
            f"Cannot supply both '{side.name}_FORMAT' and 'FORMAT' properties, as 'FORMAT' sets "
            "both key and value formats.\n"
            "Either use just 'FORMAT', or use 'KEY_FORMAT' and 'VALUE_FORMAT'.",
            at=found.given["FORMAT"].at,
        )
    written = own if own is not None else both
    if written is None:
        return None
    return _existing(written, found.given["FORMAT" if own is None else f"{side.name}_FORMAT"].at)


def _existing(written: str, at: Position | None = None) -> str:
    name = written.upper()
    if name in _OUT_OF_SCOPE:
        raise Unsupported(Feature[name], at=at)
    if name not in FORMATS:
        raise SemanticError(f"Unknown format: {name}", at=at, suggestions=_close(name))
    return name


def _close(name: str) -> list[str]:
    return [each for each in FORMATS if each.startswith(name[:1])]


def _spec(found: Properties, side: _Side, name: str) -> FormatSpec:
    delimiter = _delimiter(found, side)
    if delimiter is not None and name != "DELIMITED":
        raise SemanticError(
            f"{name} does not support the following configs: [delimiter]",
            at=found.given[f"{side.name}_DELIMITER"].at,
        )
    schema_name, at = _schema_name(found, side)
    if schema_name is not None and name != "AVRO":
        raise SemanticError(
            f"{name} does not support the following configs: [fullSchemaName]", at=at
        )
    if schema_name is not None and not schema_name.strip():
        raise SemanticError(
            "fullSchemaName cannot be empty. Format configuration: "
            f"{{fullSchemaName={schema_name}}}",
            at=at,
        )
    return FormatSpec(
        name,
        delimiter,
        schema_name=schema_name,
        schema_id=found.count(f"{side.name}_SCHEMA_ID"),
    )


def _schema_name(found: Properties, side: _Side) -> tuple[str | None, Position | None]:
    older = ("VALUE_AVRO_SCHEMA_FULL_NAME",) if side is VALUE else ()
    for name in (f"{side.name}_SCHEMA_FULL_NAME", *older):
        if found.text(name) is not None:
            return found.text(name), found.given[name].at
    return None, None


def _delimiter(found: Properties, side: _Side) -> str | None:
    name = f"{side.name}_DELIMITER"
    written = found.text(name)
    if written is None:
        return None
    if written.upper() in _NAMED_DELIMITERS:
        return {"TAB": "\t", "SPACE": " "}[written.upper()]
    if not written.strip():
        raise SemanticError(
            f"Configuration {name} is invalid: Delimiter cannot be empty, if you meant to have a "
            "tab or space for delimiter, please use the special values 'TAB' or 'SPACE'\n"
            "Example valid value: ';'",
            at=found.given[name].at,
        )
    if len(written) != 1:
        raise SemanticError(
            f"Configuration {name} is invalid: Invalid delimiter value: '{written}'. "
            "Delimiter must be a single character or TAB,SPACE\nExample valid value: ';'",
            at=found.given[name].at,
        )
    return written


def with_wrapping(
    value: FormatSpec, found: Properties, settings: Settings, schema: Schema
) -> FormatSpec:
    """The value format with WRAP_SINGLE_VALUE settled.

    Raises:
        SemanticError: it is set for several columns, or for a format without that choice.
    """
    written = found.flag("WRAP_SINGLE_VALUE")
    single = len(schema.value) == 1
    if written is None:
        wraps = settings.wrap_single_values
        chosen = wraps if single and wraps is not None and _can_wrap(value.name, wraps) else None
        return replace(value, wrap_single_value=chosen)
    at = found.given["WRAP_SINGLE_VALUE"].at
    if not _can_wrap(value.name, written):
        raise SemanticError(
            f"Format '{value.name}' does not support 'WRAP_SINGLE_VALUE' set to "
            f"'{str(written).lower()}'.",
            at=at,
        )
    if not single:
        raise SemanticError(
            "'WRAP_SINGLE_VALUE' is only valid for single-field value schemas", at=at
        )
    return replace(value, wrap_single_value=written)


def _can_wrap(name: str, wraps: bool) -> bool:
    return name in ("JSON", "AVRO") or (name in ("KAFKA", "DELIMITED") and not wraps)


def check_schema_ids(key: FormatSpec, value: FormatSpec, at: Position) -> None:
    """Refuse ids of schemas beside formats whose schemas Schema Registry does not know."""
    for side, spec in ((KEY, key), (VALUE, value)):
        if spec.schema_id is not None and spec.name not in INFERRING:
            raise SemanticError(
                f"{side.name}_FORMAT should support schema inference when {side.name}_SCHEMA_ID "
                f"is provided. Current format is {spec.name}.",
                at=at,
            )


def check_columns(schema: Schema, key: FormatSpec, value: FormatSpec, at: Position) -> None:
    """Refuse columns that their format cannot hold."""
    for side, spec, columns in ((KEY, key, schema.key), (VALUE, value, schema.value)):
        reason = _unfit(spec.name, columns, side)
        if reason is not None:
            listed = ", ".join(f"{column}{side.suffix}" for column in columns)
            raise SemanticError(
                f"{side.name.capitalize()} format does not support schema.\nformat: {spec.name}\n"
                f"schema: Persistence{{columns=[{listed}], features=[]}}\nreason: {reason}",
                at=at,
            )
        if spec.name == "AVRO":
            _check_avro_names(columns, at)


def _unfit(name: str, columns: Sequence[Column], side: _Side) -> str | None:
    if name == "NONE" and columns:
        listed = ", ".join(f"{column}{side.suffix}" for column in columns)
        return f"The 'NONE' format can only be used when no columns are defined. Got: [{listed}]"
    if name != "KAFKA":
        return None
    if len(columns) > 1:
        listed = ", ".join(f"{column}{side.suffix}" for column in columns)
        return f"The 'KAFKA' format only supports a single field. Got: [{listed}]"
    if columns and columns[0].type.base not in _KAFKA_TYPES:
        return f"The 'KAFKA' format does not support type '{columns[0].type.base}'"
    return None


def _check_avro_names(columns: Sequence[Column], at: Position) -> None:
    for column in columns:
        if not _AVRO_NAME.fullmatch(column.name):
            initial = _AVRO_START.match(column.name) is None
            problem = "Illegal initial character" if initial else "Illegal character in"
            raise SemanticError(
                f"Schema is not compatible with Avro: {problem}: {column.name}", at=at
            )
