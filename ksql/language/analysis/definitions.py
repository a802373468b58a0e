"""CREATE STREAM and TABLE: a source from its columns and its WITH clause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ksql.language.analysis.formats import (
    INFERRING,
    check_columns,
    check_schema_ids,
    source_formats,
    with_wrapping,
)
from ksql.language.analysis.properties import (
    Properties,
    Settings,
    source_properties,
    source_window,
    timestamp_column,
)
from ksql.language.analysis.scope import SYSTEM_COLUMNS
from ksql.language.errors import Position, SemanticError
from ksql.language.resolved import (
    AnalyzedCreate,
    Catalog,
    Column,
    FormatSpec,
    Schema,
    Source,
)
from ksql.language.tree import Constraint, CreateAsSelect, CreateSource, Kind, TableElement


class Inference(Protocol):
    """What Schema Registry knows about a topic. Both give None when it knows nothing."""

    def key_columns(self, topic: str, key_format: FormatSpec) -> Sequence[Column] | None:
        """The key columns that the topic's key schema makes; a primitive one is `ROWKEY`."""
        ...

    def value_columns(self, topic: str, value_format: FormatSpec) -> Sequence[Column] | None:
        """The value columns that the topic's value schema makes; an unwrapped one is `ROWVAL`."""
        ...


@dataclass(frozen=True)
class _Inferred:
    schema: Schema
    key: bool = False
    value: bool = False


def analyze_create(
    statement: CreateSource,
    catalog: Catalog,
    settings: Settings,
    inference: Inference | None,
) -> AnalyzedCreate:
    """The source that the statement makes.

    Without `inference` a schema that only Schema Registry knows stays open: the result says so,
    and its schema holds the columns that are written.

    Raises:
        SemanticError: ksqlDB refuses the statement.
    """
    exists = refuse_existing(statement, catalog)
    found = source_properties(statement.properties)
    _check_elements(statement)
    topic = found.text("KAFKA_TOPIC")
    if topic is None:
        raise SemanticError(
            'Missing required property "KAFKA_TOPIC" which has no default value.',
            at=statement.at,
        )
    key_format, value_format = source_formats(found, settings)
    stated = replace(value_format, wrap_single_value=found.flag("WRAP_SINGLE_VALUE"))
    inferred = _infer(statement, topic, (key_format, stated), inference)
    schema = inferred.schema
    _check_inferred(schema, statement)
    _check_schema(statement, schema, found, inferred)
    value_format = with_wrapping(value_format, found, settings, schema)
    check_columns(schema, key_format, value_format, statement.at)
    source = Source(
        name=statement.name,
        kind=statement.kind,
        schema=schema,
        topic=topic,
        key_format=key_format,
        value_format=value_format,
        window=source_window(found),
        timestamp=timestamp_column(found, schema) if not inferred.value else None,
        partitions=found.count("PARTITIONS"),
        replicas=found.count("REPLICAS"),
        retention_ms=found.count("RETENTION_MS"),
        read_only=statement.read_only,
        materialized=statement.read_only and statement.kind is Kind.TABLE,
        open_schema=inferred.key or inferred.value,
    )
    return AnalyzedCreate(
        source,
        statement.or_replace,
        statement.if_not_exists,
        exists,
        inferred.key,
        inferred.value,
    )


def refuse_existing(statement: CreateSource | CreateAsSelect, catalog: Catalog) -> bool:
    """True when the name exists and the statement may meet that; else refuse it."""
    existing = catalog.source(statement.name)
    if existing is None:
        return False
    if not (statement.or_replace or statement.if_not_exists):
        kind = existing.kind.lower()
        raise SemanticError(
            f"Cannot add {statement.kind.lower()} '{statement.name}': A {kind} with the same name "
            "already exists",
            at=statement.at,
        )
    return True


def _check_elements(statement: CreateSource) -> None:
    for element in statement.elements:
        if element.name in SYSTEM_COLUMNS:
            raise SemanticError(f"'{element.name}' is a reserved column name.", at=element.at)
        _check_constraint(statement.kind, element)
    places = {element.name: element.at for element in statement.elements}
    _check_repeats([element.name for element in statement.elements], places, statement)


def _check_repeats(
    names: Sequence[str], places: Mapping[str, Position], statement: CreateSource
) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        listed = ", ".join(f"`{name}`" for name in repeated)
        at = places.get(repeated[0], statement.at)
        raise SemanticError(f"Duplicate column names: {listed}", at=at)


def _check_inferred(schema: Schema, statement: CreateSource) -> None:
    """Judge columns that Schema Registry gave as if they had been written."""
    names = [column.name for column in (*schema.key, *schema.value)]
    for name in names:
        if name in SYSTEM_COLUMNS:
            raise SemanticError(f"'{name}' is a reserved column name.", at=statement.at)
    _check_repeats(names, {}, statement)


def _check_constraint(kind: Kind, element: TableElement) -> None:
    wanted = Constraint.KEY if kind is Kind.STREAM else Constraint.PRIMARY_KEY
    if element.constraint in (None, wanted):
        return
    raise SemanticError(
        f"Line: {element.at.line}, Col: {element.at.column}: Column `{element.name}` is a "
        f"'{element.constraint}' column: please use '{wanted}' for {kind.lower()}s.\n"
        "Tables have PRIMARY KEYs, which are unique and NON NULL.\n"
        "Streams have KEYs, which have no uniqueness or NON NULL constraints.",
        at=element.at,
    )


def _infer(
    statement: CreateSource,
    topic: str,
    formats: tuple[FormatSpec, FormatSpec],
    inference: Inference | None,
) -> _Inferred:
    elements = statement.elements
    key = tuple(Column(each.name, each.type) for each in elements if each.constraint)
    value = tuple(Column(each.name, each.type) for each in elements if not each.constraint)
    check_schema_ids(*formats, statement.at)
    for side, spec, columns in zip(("KEY", "VALUE"), formats, (key, value), strict=True):
        if spec.schema_id is not None and columns:
            raise SemanticError(
                f"Table elements and {side}_SCHEMA_ID cannot both exist for create statement.",
                at=statement.at,
            )
    infers_key = not key and formats[0].name in INFERRING
    infers_value = not value and formats[1].name in INFERRING
    if inference is None:
        return _Inferred(Schema(key, value), infers_key, infers_value)
    if infers_key:
        key = _known(inference.key_columns(topic, formats[0]), topic, "key", statement)
    if infers_value:
        value = _known(inference.value_columns(topic, formats[1]), topic, "value", statement)
    return _Inferred(Schema(key, value))


def _known(
    columns: Sequence[Column] | None, topic: str, side: str, statement: CreateSource
) -> tuple[Column, ...]:
    if columns is None:
        raise SemanticError(
            f"Schema for message {side}s on topic '{topic}' does not exist in the Schema "
            f"Registry.\nSubject: {topic}-{side}\nPossible causes include:\n"
            "- The topic itself does not exist\n-> Use SHOW TOPICS; to check\n"
            "- Messages on the topic are not serialized using a format Schema Registry supports",
            at=statement.at,
        )
    return tuple(columns)


def _check_schema(
    statement: CreateSource, schema: Schema, found: Properties, inferred: _Inferred
) -> None:
    if not (schema.key or schema.value or inferred.key or inferred.value):
        raise SemanticError("No columns supplied.", at=statement.at)
    if statement.kind is Kind.TABLE and not schema.key and not inferred.key:
        raise SemanticError(
            "Tables require a PRIMARY KEY. Please define the PRIMARY KEY.", at=statement.at
        )
    if source_window(found) is not None and not schema.key and not inferred.key:
        raise SemanticError("Windowed sources require a key column.", at=statement.at)
