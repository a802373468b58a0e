"""Statements as the server shows them: with the settings that it filled in.

A CREATE gains CLEANUP_POLICY and KEY_FORMAT (and its columns, if the registry gave them), a CREATE
… AS SELECT its topic, partitions, replicas and retention. Clauses are the analysis' own.
"""

from collections.abc import Mapping
from dataclasses import replace

from ksql.language.parser import parse_statement
from ksql.language.printer import statement_text
from ksql.language.resolved import AnalyzedCreateAs, Source
from ksql.language.tree import (
    Constraint,
    CreateAsSelect,
    CreateSource,
    Kind,
    Literal,
    Property,
    TableElement,
)
from ksql.language.types import BIGINT, INTEGER, STRING
from sandbox.ksqldb.world import cleanup_policy


def rewritten_create(statement: CreateSource, source: Source) -> str:
    """The text of a CREATE with the columns and settings that the server filled in."""
    key = Constraint.KEY if source.kind is Kind.STREAM else Constraint.PRIMARY_KEY
    elements = tuple(
        TableElement(column.name, column.type, key if is_key else None)
        for is_key, columns in ((True, source.schema.key), (False, source.schema.value))
        for column in columns
    )
    filled = {
        "CLEANUP_POLICY": cleanup_policy(source),
        "KEY_FORMAT": source.key_format.name,
    }
    names = {each.name for each in statement.properties}
    if "FORMAT" in names:
        filled.pop("KEY_FORMAT")
    elements = statement.elements or elements
    return statement_text(
        replace(statement, elements=elements, properties=_filled(statement.properties, filled))
    )


def rewritten_create_as(made: AnalyzedCreateAs, source: Source, text: str) -> str:
    """The text of a CREATE … AS SELECT with the topic settings that the server filled in."""
    statement = parse_statement(made.rewritten or text)
    assert isinstance(statement, CreateAsSelect)
    filled: Mapping[str, str | int] = {
        "CLEANUP_POLICY": cleanup_policy(source),
        "KAFKA_TOPIC": source.topic,
        "PARTITIONS": source.partitions or 1,
        "REPLICAS": source.replicas or 1,
        **({"RETENTION_MS": source.retention_ms} if source.retention_ms is not None else {}),
    }
    return statement_text(replace(statement, properties=_filled(statement.properties, filled)))


def _filled(given: tuple[Property, ...], more: Mapping[str, str | int]) -> tuple[Property, ...]:
    settings = {each.name: each for each in given}
    for name, value in more.items():
        kind = STRING if isinstance(value, str) else (INTEGER if value < 1 << 31 else BIGINT)
        settings.setdefault(name, Property(name, Literal(value, kind)))
    return tuple(settings[name] for name in sorted(settings))
