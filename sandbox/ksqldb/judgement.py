"""Statements judged: the analysis of `ksql.language`, given what this server knows.

Owns the settings and the registry's columns that the analysis asks for. All methods raise
`LanguageError`s, which the caller turns into the server's error objects.
"""

from collections.abc import Sequence
from typing import Any

from ksql.language.analysis.properties import Settings
from ksql.language.analysis.statements import analyze
from ksql.language.errors import SemanticError
from ksql.language.resolved import (
    AnalyzedCreate,
    AnalyzedCreateAs,
    AnalyzedInsertInto,
    AnalyzedInsertValues,
    AnalyzedSelect,
    Column,
    FormatSpec,
    Source,
)
from ksql.language.tree import (
    CreateAsSelect,
    CreateSource,
    InsertInto,
    InsertValues,
    Query,
    Statement,
)
from sandbox.formats.avro_schema import inferred_columns
from sandbox.formats.errors import SchemaError
from sandbox.formats.schemas import RegisteredSchema, Schemas
from sandbox.ksqldb import properties as names
from sandbox.ksqldb.java.patterns import pattern
from sandbox.ksqldb.metastore import Metastore, PersistentQuery
from sandbox.ksqldb.properties import Properties


class RegistryInference:
    """What Schema Registry knows of a topic; the analysis' `Inference`."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas

    def key_columns(self, topic: str, key_format: FormatSpec) -> Sequence[Column] | None:
        """The key columns that the topic's key schema makes."""
        found = self._schema(f"{topic}-key", key_format)
        return None if found is None else self._columns(found, is_key=True, wrapped=False)

    def value_columns(self, topic: str, value_format: FormatSpec) -> Sequence[Column] | None:
        """The value columns that the topic's value schema makes."""
        found = self._schema(f"{topic}-value", value_format)
        wrapped = value_format.wrap_single_value is not False
        return None if found is None else self._columns(found, is_key=False, wrapped=wrapped)

    def _schema(self, subject: str, spec: FormatSpec) -> RegisteredSchema | None:
        if spec.schema_id is None:
            return self._schemas.latest(subject)
        found = self._schemas.by_id(spec.schema_id)
        if found is None:
            raise SemanticError(
                f"Schema for subject '{subject}' with id {spec.schema_id} does not exist."
            )
        return found

    @staticmethod
    def _columns(found: RegisteredSchema, *, is_key: bool, wrapped: bool) -> tuple[Column, ...]:
        try:
            return inferred_columns(found.schema, is_key=is_key, wrapped=wrapped)
        except SchemaError as reason:
            raise SemanticError(
                f"Unable to verify if the schema for subject: {found.subject} is compatible with "
                f"ksqlDB. Reason: {reason}"
            ) from reason


class Judgement:
    """Judges one statement.

    Args:
        metastore: The sources that exist: the server's or a trial's.
        schemas: The registry.
        properties: The settings in force.
        text: The statement's text, for errors to point into.
    """

    def __init__(
        self, metastore: Metastore, schemas: Schemas, properties: Properties, text: str
    ) -> None:
        self._metastore, self._text = metastore, text
        self._inference = RegistryInference(schemas)
        self._settings = settings_of(properties)

    def create(self, statement: CreateSource) -> AnalyzedCreate:
        """Judge CREATE STREAM or TABLE with columns."""
        found: AnalyzedCreate = self._analyze(statement)
        _check_pattern(found.source)
        return found

    def create_as(self, statement: CreateAsSelect) -> AnalyzedCreateAs:
        """Judge CREATE … AS SELECT."""
        found: AnalyzedCreateAs = self._analyze(statement)
        _check_pattern(found.source)
        return found

    def insert_into(self, statement: InsertInto) -> AnalyzedInsertInto:
        """Judge INSERT INTO … SELECT."""
        found: AnalyzedInsertInto = self._analyze(statement)
        return found

    def insert_values(self, statement: InsertValues) -> AnalyzedInsertValues:
        """Judge INSERT VALUES."""
        found: AnalyzedInsertValues = self._analyze(statement)
        return found

    def select(self, statement: Query) -> AnalyzedSelect:
        """Judge a pull or push query."""
        found: AnalyzedSelect = self._analyze(statement)
        return found

    def explained(
        self, statement: Query | CreateAsSelect | InsertInto, number: int
    ) -> PersistentQuery:
        """Return the query that EXPLAIN asks about, as it would be."""
        if isinstance(statement, CreateAsSelect):
            made = self.create_as(statement)
            name = made.source.name
            query_id = f"C{statement.kind[0]}AS_{name}_{number}"
            return PersistentQuery(
                query_id, made.rewritten, made.query, name, made.source.topic, True
            )
        if isinstance(statement, InsertInto):
            into = self.insert_into(statement)
            target = into.target
            query_id = into.query_id or f"INSERTQUERY_{number}"
            return PersistentQuery(
                query_id, into.rewritten, into.query, target.name, target.topic, False
            )
        query = self.select(statement).query
        query_id = f"transient_{query.sources[0].source.name}_{number}"
        return PersistentQuery(query_id, self._text, query, "", "", False)

    def _analyze(self, statement: Statement) -> Any:
        return analyze(statement, self._metastore, self._settings, self._inference, text=self._text)


def _check_pattern(source: Source) -> None:
    if source.timestamp is None or source.timestamp.format is None:
        return
    try:
        pattern(source.timestamp.format)
    except ValueError as reason:
        raise SemanticError(
            f"Invalid datetime format for config:TIMESTAMP_FORMAT, reason:{reason}"
        ) from None


def settings_of(properties: Properties) -> Settings:
    """Return what the analysis wants to know of the settings."""
    partitions, replicas = (
        properties.get(names.SINK_PARTITIONS),
        properties.get(names.SINK_REPLICAS),
    )
    return Settings(
        default_key_format=str(properties.get(names.KEY_FORMAT)),
        default_value_format=properties.get(names.VALUE_FORMAT),
        wrap_single_values=properties.get(names.WRAP_SINGLES),
        topic_prefix=str(properties.get(names.TOPIC_PREFIX)),
        sink_partitions=None if partitions is None else int(partitions),
        sink_replicas=None if replicas is None else int(replicas),
    )
