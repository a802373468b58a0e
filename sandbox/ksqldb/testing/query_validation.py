"""Query-validation cases: records in, records out, as under Kafka's topology test driver.

One partition and one stream time. Statements run in order; then all inputs, in the order listed,
go through the first query, each fully processed, then through the second, and so on.
"""

import re
from collections.abc import Mapping

from sandbox.formats.errors import FormatError
from sandbox.ksqldb.errors import KsqlError
from sandbox.ksqldb.runner import RunState
from sandbox.ksqldb.testing.cases import Case, Json
from sandbox.ksqldb.testing.outcome import Failed, refused_feature
from sandbox.ksqldb.testing.records import (
    key_side,
    readable,
    same,
    value_side,
    window_of,
)
from sandbox.ksqldb.testing.sources import check_sources
from sandbox.ksqldb.testing.stage import Stage, alike
from sandbox.topics import Record, Topic

Journal = list[tuple[Topic, Record]]


def run_case(case: Case) -> str:
    """Run a case; return a note (how alike the messages were), empty if there is none.

    Raises:
        Failed: It does not hold.
        Refused: A statement uses a feature that is out of scope.
    """
    stage = Stage(case, one_partition=True)
    try:
        expected = case.body.get("expectedException")
        refusal = _execute(stage, expected)
        if refusal is not None:
            return _judge_refusal(expected, refusal)
        journal = _play(stage)
        if expected:
            _check_ended_in_error(stage, expected)
            return ""
        _compare(stage, journal)
        check_sources(stage.server, (case.body.get("post") or {}).get("sources") or ())
        _check_topics(stage)
        return ""
    finally:
        stage.stop()


def _execute(stage: Stage, expected: Mapping[str, Json] | None) -> KsqlError | None:
    statements = stage.case.statements
    for index, text in enumerate(statements):
        try:
            stage.execute(text)
        except KsqlError as refusal:
            refused_feature(refusal, text)
            if expected and index == len(statements) - 1:
                return refusal
            raise Failed(f"statement {index + 1} was refused: {refusal.message}") from refusal
    return None


def _judge_refusal(expected: Mapping[str, Json] | None, refusal: KsqlError) -> str:
    assert expected is not None
    kind = str(expected.get("type", ""))
    if kind.endswith("StreamsException"):
        raise Failed(f"expected the query to fail while running, but: {refusal.message}")
    message = expected.get("message")
    return f"message {alike(str(message), refusal.message)}" if message is not None else ""


def _check_ended_in_error(stage: Stage, expected: Mapping[str, Json]) -> None:
    queries = stage.server.metastore.queries.values()
    if any(query.state is RunState.ERROR for query in queries):
        return
    raise Failed(f"expected a refusal: {expected.get('message') or expected.get('type')}")


def _play(stage: Stage) -> Journal:
    """Run everything through the queries; return what was written, in order."""
    # What INSERT VALUES has written counts as written, and is there before the inputs.
    inserted: Journal = [
        (topic, record)
        for topic in stage.cluster.topics()
        for partition in topic.partitions
        for record in partition.read(0)
    ]
    inputs = [stage.record(each) for each in stage.case.body.get("inputs") or ()]
    journal: Journal = [*inserted, *inputs]
    written_first = len(inserted)
    for query in list(stage.server.metastore.queries.values()):
        assert query.run is not None
        sink = stage.cluster.topic(query.sink_topic)
        written: Journal = []
        for topic, record in journal:
            for out in query.run.process(topic, record):
                written.append((sink, out))
        journal += written
    return [*inserted, *journal[written_first + len(inputs) :]]


def _compare(stage: Stage, journal: Journal) -> None:
    wanted: dict[str, list[Mapping[str, Json]]] = {}
    for each in stage.case.body.get("outputs") or ():
        wanted.setdefault(each["topic"], []).append(each)
    for name, expected in wanted.items():
        actual = [record for topic, record in journal if topic.name == name]
        shown = [_shown(stage, name, record) for record in actual]
        for index, one in enumerate(expected):
            if index >= len(shown):
                raise Failed(f"{name}: record {index + 1} is missing: {one}")
            problem = _difference(one, shown[index])
            if problem:
                raise Failed(f"{name}: record {index + 1}: {problem}")
        if len(shown) > len(expected):
            raise Failed(
                f"{name}: {len(shown)} records instead of {len(expected)}, the first too many: "
                f"{shown[len(expected)]}"
            )


def _shown(stage: Stage, topic: str, record: Record) -> dict[str, Json]:
    source = stage.source_on(topic)
    key, window = record.key, None
    if source is None:
        return {
            "key": key.decode() if key else None,
            "value": record.value.decode() if record.value else None,
            "timestamp": record.timestamp_ms,
        }
    try:
        if source.window is not None and key is not None:
            key, window = window_of(key, str(source.window.kind), source.window.size_ms)
        return {
            "key": readable(key, key_side(source), stage.schemas),
            "value": readable(record.value, value_side(source), stage.schemas),
            "timestamp": record.timestamp_ms,
            "window": window,
        }
    except (FormatError, ValueError) as reason:
        raise Failed(f"{topic}: a record that its own format cannot read: {reason}") from reason


def _difference(expected: Mapping[str, Json], actual: Mapping[str, Json]) -> str | None:
    for part in ("key", "value"):
        if not same(expected.get(part), actual[part]):
            return f"{part} is {actual[part]!r}, expected {expected.get(part)!r}"
    if expected.get("timestamp") is not None and expected["timestamp"] != actual["timestamp"]:
        return f"timestamp is {actual['timestamp']}, expected {expected['timestamp']}"
    window = expected.get("window")
    if window is not None and not same(
        {**window, "type": str(window.get("type", "time")).lower()}, actual.get("window")
    ):
        return f"window is {actual.get('window')}, expected {window}"
    return None


def _check_topics(stage: Stage) -> None:
    topics = (stage.case.body.get("post") or {}).get("topics") or {}
    patterns = topics.get("blacklist") or ()
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        for topic in stage.cluster.topics():
            if re.fullmatch(pattern, topic.name):
                raise Failed(f"topic {topic.name} must not exist (pattern {pattern})")
