"""WITH clauses: which settings exist, and their values.

Formats and their settings are read in `ksql.language.analysis.formats`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from ksql.language.errors import SemanticError, Unsupported
from ksql.language.features import Feature
from ksql.language.resolved import Schema, TimestampColumn, WindowSpec
from ksql.language.tree import UNIT_MILLIS, Property, WindowKind
from ksql.language.types import Base

_FOR_SINKS = """
    KAFKA_TOPIC FORMAT KEY_FORMAT VALUE_FORMAT KEY_DELIMITER VALUE_DELIMITER PARTITIONS REPLICAS
    RETENTION_MS TIMESTAMP TIMESTAMP_FORMAT WRAP_SINGLE_VALUE KEY_SCHEMA_ID VALUE_SCHEMA_ID
    KEY_SCHEMA_FULL_NAME VALUE_SCHEMA_FULL_NAME VALUE_AVRO_SCHEMA_FULL_NAME CLEANUP_POLICY
    KEY_PROTOBUF_NULLABLE_REPRESENTATION VALUE_PROTOBUF_NULLABLE_REPRESENTATION
"""

_SINK_NAMES = frozenset(_FOR_SINKS.split())

_SOURCE_NAMES = _SINK_NAMES | {"WINDOW_TYPE", "WINDOW_SIZE", "SOURCED_BY_CONNECTOR"}

_INSERT_NAMES = frozenset({"QUERY_ID"})

_WHOLE = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True)
class Settings:
    """What the server, or SET, says about statements that leave it open.

    Each is a property of ksqlDB; the names are in the field docstrings.
    """

    default_key_format: str = "KAFKA"
    """`ksql.persistence.default.format.key`."""
    default_value_format: str | None = None
    """`ksql.persistence.default.format.value`; None: every source must say it."""
    wrap_single_values: bool | None = None
    """`ksql.persistence.wrap.single.values`."""
    topic_prefix: str = ""
    """`ksql.output.topic.name.prefix`."""
    sink_partitions: int | None = None
    """`ksql.sink.partitions`."""
    sink_replicas: int | None = None
    """`ksql.sink.replicas`."""


@dataclass(frozen=True)
class Properties:
    """The settings of one WITH clause, names checked. Later ones win, as on the server."""

    given: Mapping[str, Property]

    def text(self, name: str) -> str | None:
        """A setting as text; None when it is not given."""
        found = self.given.get(name)
        return None if found is None or found.value.value is None else str(found.value.value)

    def count(self, name: str) -> int | None:
        """A setting that is a whole number."""
        text = self.text(name)
        if text is None:
            return None
        if not re.fullmatch(r"-?[0-9]{1,18}", text):
            raise self.invalid(name, "Expected a whole number")
        return int(text)

    def flag(self, name: str) -> bool | None:
        """A setting that is true or false."""
        text = self.text(name)
        if text is None:
            return None
        if text.lower() not in ("true", "false"):
            raise self.invalid(name, "Expected true or false")
        return text.lower() == "true"

    def invalid(self, name: str, why: str) -> SemanticError:
        """The refusal of a setting's value."""
        return SemanticError(
            f"Configuration {name} is invalid: Invalid value {self.text(name)} for configuration "
            f"{name}: {why}",
            at=self.given[name].at,
        )


def source_properties(given: tuple[Property, ...]) -> Properties:
    """The WITH clause of CREATE STREAM or TABLE."""
    return _checked(given, _SOURCE_NAMES)


def sink_properties(given: tuple[Property, ...]) -> Properties:
    """The WITH clause of CREATE … AS SELECT."""
    return _checked(given, _SINK_NAMES)


def insert_properties(given: tuple[Property, ...]) -> Properties:
    """The WITH clause of INSERT INTO."""
    return _checked(given, _INSERT_NAMES)


def _refuse_inferred(given: tuple[Property, ...]) -> None:
    for each in given:
        if each.name == "CLEANUP_POLICY":
            raise SemanticError(
                "Invalid config variable in the WITH clause: CLEANUP_POLICY.\nThe CLEANUP_POLICY "
                "config is automatically inferred based on the type of source (STREAM or TABLE).\n"
                "Users can't set the CLEANUP_POLICY config manually.",
                at=each.at,
            )


def _checked(given: tuple[Property, ...], known: frozenset[str]) -> Properties:
    _refuse_inferred(given)
    unknown = [each for each in given if each.name not in known]
    if unknown:
        names = ", ".join(each.name for each in unknown)
        raise SemanticError(
            f"Invalid config variable(s) in the WITH clause: {names}",
            at=unknown[0].at,
            suggestions=get_close_matches(unknown[0].name, sorted(known), 3),
        )
    found = Properties({each.name: each for each in given})
    for name in ("PARTITIONS", "REPLICAS"):
        count = found.count(name)
        if count is not None and count < 1:
            raise found.invalid(name, "Value must be at least 1")
    if "SOURCED_BY_CONNECTOR" in found.given:
        raise Unsupported(Feature.CONNECTORS, at=found.given["SOURCED_BY_CONNECTOR"].at)
    return found


def timestamp_column(found: Properties, schema: Schema) -> TimestampColumn | None:
    """The property TIMESTAMP with its format.

    Raises:
        SemanticError: no such column, or one of a type that gives no time.
    """
    written = found.text("TIMESTAMP")
    pattern = found.text("TIMESTAMP_FORMAT")
    if written is None:
        return None
    at = found.given["TIMESTAMP"].at
    quoted = written.startswith(("`", '"'))
    name = written.strip('`"') if quoted else written.upper()
    column = schema.find(name)
    if column is None:
        raise SemanticError(
            f"The TIMESTAMP column set in the WITH clause does not exist in the schema: '{name}'",
            at=at,
            suggestions=get_close_matches(name, [each.name for each in schema.value], 3),
        )
    if column.type.base is Base.STRING and pattern is None:
        raise SemanticError(
            "A String timestamp field has been specified without also specifying the "
            "timestamp_format",
            at=at,
        )
    if column.type.base is not Base.STRING and pattern is not None:
        raise SemanticError(
            "'TIMESTAMP_FORMAT' set in the WITH clause can only be used when the timestamp column "
            "is of type STRING.",
            at=found.given["TIMESTAMP_FORMAT"].at,
        )
    if column.type.base not in (Base.STRING, Base.BIGINT, Base.TIMESTAMP):
        raise SemanticError(
            f"Timestamp column, `{name}`, should be LONG(INT64), TIMESTAMP, or a String with a "
            "timestamp_format specified",
            at=at,
        )
    return TimestampColumn(name, pattern)


def source_window(found: Properties) -> WindowSpec | None:
    """The window that a source's keys carry: WINDOW_TYPE and WINDOW_SIZE.

    Raises:
        SemanticError: the type is unknown, or its size is missing, wrong or not wanted.
    """
    written = found.text("WINDOW_TYPE")
    size = found.text("WINDOW_SIZE")
    if written is None:
        return None
    if written.upper() not in WindowKind.__members__:
        known = ", ".join(reversed(WindowKind))
        raise found.invalid("WINDOW_TYPE", f"String must be one of: {known}, null")
    kind = WindowKind(written.upper())
    at = found.given["WINDOW_TYPE"].at
    if kind is WindowKind.SESSION:
        if size is not None:
            raise SemanticError("'WINDOW_SIZE' should not be set for SESSION windows.", at=at)
        return WindowSpec(kind, None)
    if size is None:
        raise SemanticError(
            f"{kind} windows require 'WINDOW_SIZE' to be provided in the WITH clause. "
            "For example: 'WINDOW_SIZE'='10 SECONDS'",
            at=at,
        )
    return WindowSpec(kind, _window_size(found, size))


def _window_size(found: Properties, size: str) -> int:
    words = re.split(r"\s", size.rstrip())
    unit = words[-1].upper().removesuffix("S") + "S"
    if len(words) != 2:  # noqa: PLR2004 - a number and a unit
        why = f"Expected 2 tokens, got: {len(words)}"
    elif not _WHOLE.fullmatch(words[0]):
        why = f"Not numeric: '{words[0]}'"
    elif unit not in UNIT_MILLIS:
        why = f"Unknown time unit: '{words[1].upper()}'"
    else:
        return int(words[0]) * UNIT_MILLIS[unit]
    raise SemanticError(
        f"Error in WITH clause property 'WINDOW_SIZE': Invalid duration: '{size}'. {why}\n"
        "Example valid value: '10 SECONDS'",
        at=found.given["WINDOW_SIZE"].at,
    )
