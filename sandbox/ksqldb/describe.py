"""What the server says about what it has: lists and descriptions, as JSON objects.

Only reads. Field names and nesting are those of ksqlDB's entities (reference: its REST API).
"""

from collections.abc import Iterable
from typing import Any

from ksql.language.functions import FUNCTIONS
from ksql.language.resolved import Column, Source
from ksql.language.signatures import Function
from ksql.language.tree import Kind
from ksql.language.types import Base, SqlType
from sandbox.ksqldb.errors import StatementError
from sandbox.ksqldb.metastore import Entry, Metastore, PersistentQuery
from sandbox.ksqldb.properties import SETTINGS, Properties, shown
from sandbox.ksqldb.runner import RunState
from sandbox.topics import Cluster

Entity = dict[str, Any]


def entity(kind: str, text: str, **fields: Any) -> Entity:
    """Return an entity with the members that all have."""
    return {"@type": kind, "statementText": text, **fields, "warnings": []}


def type_wire(sql_type: SqlType) -> Entity:
    """Return a type as descriptions show it."""
    wire: Entity = {"type": sql_type.base.value, "fields": None, "memberSchema": None}
    if sql_type.base is Base.DECIMAL:
        wire["parameters"] = {"precision": sql_type.precision, "scale": sql_type.scale}
    return wire


def field_wire(column: Column, *, key: bool) -> Entity:
    """Return a column as descriptions show it."""
    wire: Entity = {"name": column.name, "schema": type_wire(column.type)}
    return {**wire, "type": "KEY"} if key else wire


def fields_wire(source: Source) -> list[Entity]:
    """Return the columns of a source."""
    return [
        *(field_wire(column, key=True) for column in source.schema.key),
        *(field_wire(column, key=False) for column in source.schema.value),
    ]


def sources(metastore: Metastore, kind: Kind, text: str) -> Entity:
    """LIST STREAMS or TABLES."""
    found = [
        {
            "type": str(kind),
            "name": name,
            "topic": entry.source.topic,
            "keyFormat": entry.source.key_format.name,
            "valueFormat": entry.source.value_format.name,
            "isWindowed": entry.source.window is not None,
        }
        for name, entry in sorted(metastore.entries.items())
        if entry.source.kind is kind
    ]
    label = "streams" if kind is Kind.STREAM else "tables"
    return entity(label, text, **{label: found})


def running_query(query: PersistentQuery) -> Entity:
    """Return a query as LIST QUERIES shows it."""
    return {
        "queryString": query.statement,
        "sinks": [query.sink],
        "sinkKafkaTopics": [query.sink_topic],
        "id": query.query_id,
        "statusCount": {str(query.state): 1},
        "queryType": "PERSISTENT",
        "state": str(query.state),
    }


def queries(metastore: Metastore, pushes: Iterable[Any], text: str) -> Entity:
    """LIST QUERIES."""
    listed = [running_query(query) for query in metastore.queries.values()]
    for push in pushes:
        listed.append(
            {
                "queryString": push.text,
                "sinks": [],
                "sinkKafkaTopics": [],
                "id": push.query_id,
                "statusCount": {"RUNNING": 1},
                "queryType": "PUSH",
                "state": "RUNNING",
            }
        )
    return entity("queries", text, queries=listed)


def source_description(
    metastore: Metastore, name: str, cluster: Cluster, text: str, *, extended: bool
) -> Entity:
    """DESCRIBE: one source.

    Raises:
        StatementError: There is none of that name.
    """
    entry = metastore.entries.get(name)
    if entry is None:
        raise StatementError(f"Could not find STREAM/TABLE '{name}' in the Metastore", text)
    return entity(
        "sourceDescription",
        text,
        sourceDescription=_source(metastore, entry, cluster, extended=extended),
    )


def source_descriptions(
    metastore: Metastore, kind: Kind, cluster: Cluster, text: str, *, extended: bool
) -> Entity:
    """DESCRIBE STREAMS or TABLES."""
    found = [
        _source(metastore, entry, cluster, extended=extended)
        for _, entry in sorted(metastore.entries.items())
        if entry.source.kind is kind
    ]
    return entity("source_descriptions", text, sourceDescriptions=found)


def _source(metastore: Metastore, entry: Entry, cluster: Cluster, *, extended: bool) -> Entity:
    source = entry.source
    topic = cluster.find(source.topic)
    window = source.window
    writers = metastore.writers(source.name)
    consumed = sum(query.run.records_in for query in writers if query.run)
    return {
        "name": source.name,
        "windowType": str(window.kind) if window else None,
        "readQueries": [running_query(query) for query in metastore.readers(source.name)],
        "writeQueries": [running_query(query) for query in writers],
        "fields": fields_wire(source),
        "type": str(source.kind),
        "timestamp": source.timestamp.column if source.timestamp else "",
        "statistics": f"messages-consumed: {consumed}" if extended else "",
        "errorStats": "",
        "extended": extended,
        "keyFormat": source.key_format.name,
        "valueFormat": source.value_format.name,
        "topic": source.topic,
        "partitions": len(topic.partitions) if topic and extended else 0,
        "replication": topic.replication if topic and extended else 0,
        "statement": entry.statement,
        "queryOffsetSummaries": _offsets(metastore, writers) if extended else [],
        "sourceConstraints": metastore.dependants(source.name),
        "clusterStatistics": [],
        "clusterErrorStats": [],
    }


def _offsets(metastore: Metastore, writers: list[PersistentQuery]) -> list[Entity]:
    return [
        {
            "groupId": metastore.group_of(query.query_id),
            "topicSummaries": [
                {
                    "kafkaTopic": each.decoder.topic.name,
                    "offsets": [
                        {
                            "partition": index,
                            "logStartOffset": log.start_offset,
                            "logEndOffset": log.end_offset,
                            "consumerOffset": each.offsets[index],
                        }
                        for index, log in enumerate(each.decoder.topic.partitions)
                    ],
                }
                for each in query.run.consumer.inputs
            ],
        }
        for query in writers
        if query.run is not None
    ]


def _query_type(query: PersistentQuery) -> str:
    if query.sink:
        return "PERSISTENT"
    return "PUSH" if query.query.emit_changes else "PULL"


def query_description(query: PersistentQuery, metastore: Metastore) -> Entity:
    """EXPLAIN of a running query, without the outer entity."""
    resolved = query.query
    error = query.run.error if query.run else None
    return {
        "id": query.query_id,
        "statementText": query.statement,
        "windowType": str(resolved.result_window.kind) if resolved.result_window else None,
        "fields": [
            *(field_wire(column, key=True) for column in resolved.schema.key),
            *(field_wire(column, key=False) for column in resolved.schema.value),
        ],
        "sources": list(query.reads),
        "sinks": [query.sink] if query.sink else [],
        "topology": _topology(query),
        "executionPlan": _plan(query),
        "overriddenProperties": query.properties,
        "ksqlHostQueryStatus": {"localhost:8088": str(query.state)},
        "queryType": _query_type(query),
        "queryErrors": []
        if error is None
        else [{"timestamp": 0, "errorMessage": error.message, "type": error.kind}],
        "tasksMetadata": [],
        "consumerGroupId": metastore.group_of(query.query_id),
        "state": str(query.state if query.run else RunState.RUNNING),
    }


def _steps(query: PersistentQuery) -> list[str]:
    resolved = query.query
    steps = [f"SOURCE {each.source.name}" for each in resolved.sources]
    for there, label in (
        (resolved.join, "JOIN"),
        (resolved.where, "FILTER"),
        (resolved.partition_by is not None or None, "PARTITION BY"),
        (resolved.group_by is not None or None, "AGGREGATE"),
        (resolved.having, "HAVING"),
    ):
        if there is not None:
            steps.append(label)
    return [*steps, "PROJECT", *([f"SINK {query.sink}"] if query.sink else [])]


def _topology(query: PersistentQuery) -> str:
    lines = [f"   {index}: {step}" for index, step in enumerate(_steps(query))]
    return "Topologies:\n" + "\n".join(lines) + "\n"


def _plan(query: PersistentQuery) -> str:
    steps = reversed(_steps(query))
    return "\n".join(f"{'  ' * depth} > [ {step} ]" for depth, step in enumerate(steps)) + "\n"


def topics(cluster: Cluster, text: str, *, extended: bool, show_all: bool) -> Entity:
    """LIST TOPICS."""
    found = []
    for topic in cluster.topics():
        if topic.name.startswith("_") and not show_all:
            continue
        found.append(
            {
                "name": topic.name,
                "replicaInfo": [topic.replication] * len(topic.partitions),
                **({"consumerCount": 0, "consumerGroupCount": 0} if extended else {}),
            }
        )
    return entity("kafka_topics_extended" if extended else "kafka_topics", text, topics=found)


def properties(current: Properties, text: str) -> Entity:
    """LIST PROPERTIES."""
    listed = [
        {
            "name": name,
            "scope": "KSQL" if name.startswith("ksql.") else "EMBEDDED CONSUMER",
            "value": None if current.get(name) is None else shown(current.get(name)),
            "editable": not name.startswith("ksql.service"),
            "level": "SERVER",
        }
        for name in sorted({*SETTINGS, *current.overrides})
    ]
    return entity(
        "properties",
        text,
        properties=listed,
        overwrittenProperties=sorted(current.overrides),
        defaultProperties=sorted(set(SETTINGS) - set(current.overrides)),
    )


def functions(text: str) -> Entity:
    """LIST FUNCTIONS."""
    listed = [
        {
            "name": function.name,
            "type": "AGGREGATE" if function.aggregate else "SCALAR",
            "category": function.category,
        }
        for function in _functions()
        if not function.hidden
    ]
    return entity("function_names", text, functions=listed)


def function(name: str, text: str) -> Entity:
    """DESCRIBE FUNCTION.

    Raises:
        StatementError: There is none of that name.
    """
    found = next((each for each in _functions() if each.name == name.upper()), None)
    if found is None:
        raise StatementError(f"Can't find any functions with the name '{name}'", text)
    return entity(
        "describe_function",
        text,
        name=found.name,
        description=found.description,
        author="Confluent",
        version="",
        path="internal",
        type="AGGREGATE" if found.aggregate else "SCALAR",
        functions=[
            {
                "arguments": [
                    {
                        "name": "",
                        "type": str(parameter),
                        "description": "",
                        "isVariadic": index == each.variadic,
                    }
                    for index, parameter in enumerate(each.parameters)
                ],
                "returnType": str(each.returns) if isinstance(each.returns, SqlType) else "ANY",
                "description": each.description or found.description,
            }
            for each in found.signatures
        ],
    )


def _functions() -> list[Function]:
    return sorted(FUNCTIONS.values(), key=lambda each: each.name)
