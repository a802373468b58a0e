"""The topics behind sources: made where they are missing, judged where they exist.

ksqlDB's rules: CREATE STREAM or TABLE on a missing topic needs PARTITIONS; a sink takes
partitions, replicas and retention from its left-most source unless stated; an existing topic must
have equal partitions, at least as many replicas, and for streams and windowed tables equal
retention.
"""

from dataclasses import replace

from ksql.language.resolved import ResolvedQuery, Source
from ksql.language.tree import Kind
from sandbox.ksqldb.errors import StatementError
from sandbox.ksqldb.properties import SINK_PARTITIONS, SINK_REPLICAS, Properties
from sandbox.ksqldb.world import World, cleanup_policy
from sandbox.topics import Topic

REPLICAS = 3
"""What Confluent Cloud gives a topic."""

PARTITIONS_MAX = 4096
"""How many partitions a cluster may have; a single topic with more is surely a slip."""


def ensure_source_topic(world: World, source: Source, text: str) -> Source:
    """Make or check the topic of a CREATE with columns; return the source with its partitions.

    Raises:
        StatementError: The topic is missing and PARTITIONS not given, or differs from them.
    """
    topic = world.topic(source.topic)
    if topic is None:
        if source.partitions is None:
            raise StatementError(
                f"Topic '{source.topic}' does not exist. If you want to create a new topic for the "
                "stream/table please re-run the statement providing the required 'PARTITIONS' "
                "configuration in the WITH clause (and optionally 'REPLICAS'). For example: "
                "CREATE STREAM FOO (ID INT) WITH (KAFKA_TOPIC='FOO', PARTITIONS=1);",
                text,
            )
        _check_count(source.topic, source.partitions, text)
        topic = world.create_topic(
            source.topic, source.partitions, source.replicas or REPLICAS, _configs(source)
        )
    else:
        world.access.may_read(source.topic)
        if source.partitions is not None:
            _check(topic, source, source.partitions, source.replicas, text)
    return replace(source, partitions=len(topic.partitions), replicas=topic.replication)


def ensure_sink_topic(
    world: World, source: Source, query: ResolvedQuery, properties: Properties, text: str
) -> Source:
    """Make or check the topic of a CREATE … AS SELECT; return the source with what it got.

    Raises:
        StatementError: The topic exists and differs.
    """
    left = existing_topic(world, query.sources[0].source, text)
    partitions = source.partitions or properties.get(SINK_PARTITIONS) or len(left.partitions)
    replicas = source.replicas or properties.get(SINK_REPLICAS) or left.replication
    partitions, replicas = int(partitions), int(replicas)
    retention_ms = source.retention_ms
    if retention_ms is None and cleanup_policy(source) != "compact":
        retention_ms = left.retention_ms
    wanted = replace(source, partitions=partitions, replicas=replicas, retention_ms=retention_ms)
    topic = world.topic(source.topic)
    if topic is None:
        _check_count(source.topic, partitions, text)
        world.create_topic(source.topic, partitions, replicas, _configs(wanted))
    else:
        _check(topic, wanted, partitions, replicas, text)
    return wanted


def check_copartitioned(world: World, query: ResolvedQuery, text: str) -> None:
    """Check that both sides of a join have equally many partitions.

    Raises:
        StatementError: They have not.
    """
    if query.join is None:
        return
    counts = []
    for each in query.sources:
        topic = existing_topic(world, each.source, text)
        counts.append((each.source.name, len(topic.partitions)))
    (left, left_count), (right, right_count) = counts
    if left_count != right_count:
        raise StatementError(
            f"Can't join `{left}` with `{right}` since the number of partitions don't match. "
            f"`{left}` partitions = {left_count}; `{right}` partitions = {right_count}. Please "
            "repartition either one so that the number of partitions match.",
            text,
        )


def existing_topic(world: World, source: Source, text: str) -> Topic:
    """Return the topic of a source.

    Raises:
        StatementError: Somebody has deleted it since the source was made.
    """
    topic = world.topic(source.topic)
    if topic is None:
        raise StatementError(
            f"Source topic '{source.topic}' of {source.name} does not exist. Drop the source, or "
            "make the topic again.",
            text,
        )
    return topic


def _check_count(topic: str, partitions: int, text: str) -> None:
    if partitions > PARTITIONS_MAX:
        raise StatementError(
            f"Topic '{topic}' cannot have {partitions} partitions: a cluster may have "
            f"{PARTITIONS_MAX} at most.",
            text,
        )


def _configs(source: Source) -> dict[str, str]:
    configs = {"cleanup.policy": cleanup_policy(source)}
    if source.retention_ms is not None:
        configs["retention.ms"] = str(source.retention_ms)
    return configs


def _check(topic: Topic, source: Source, partitions: int, replicas: int | None, text: str) -> None:
    retention_matters = source.kind is Kind.STREAM or source.window is not None
    wanted_ms = source.retention_ms if retention_matters else None
    wrong = (
        len(topic.partitions) != partitions
        or (replicas is not None and topic.replication < replicas)
        or (wanted_ms is not None and topic.retention_ms != wanted_ms)
    )
    if wrong:
        # What the statement leaves open is wanted as it is.
        replicas = topic.replication if replicas is None else replicas
        wanted_ms = topic.retention_ms if wanted_ms is None else wanted_ms
        raise StatementError(
            f"A Kafka topic with the name '{topic.name}' already exists, with different "
            "partition/replica configuration than required. KSQL expects "
            f"{partitions} partitions (topic has {len(topic.partitions)}), {replicas} replication "
            f"factor (topic has {topic.replication}), and {wanted_ms} retention (topic has "
            f"{topic.retention_ms}).",
            text,
        )
