"""Rest-query-validation cases: what REST answers, with real partitions.

All statements that are no queries in one request, then the inputs, then each query in its turn
once the engine has caught up - or, for a push query that waits for what comes, before the inputs.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal

from ksql.language.errors import LanguageError
from ksql.language.parser import parse_script
from ksql.language.tree import (
    Define,
    InsertValues,
    Query,
    SetProperty,
    Undefine,
    UnsetProperty,
)
from sandbox.formats.errors import FormatError
from sandbox.ksqldb.errors import KsqlError
from sandbox.ksqldb.queries import Answer, PushAnswer, Queries
from sandbox.ksqldb.testing.cases import Case, Json
from sandbox.ksqldb.testing.outcome import Failed, refused_feature
from sandbox.ksqldb.testing.records import key_side, readable, same, value_side
from sandbox.ksqldb.testing.stage import Stage, alike
from sandbox.ksqldb.wire import Form

KINDS = {"KsqlStatementErrorMessage": "statement_error", "KsqlErrorMessage": "generic_error"}
"""`@type` of an error object, by the class that a case names."""


def run_case(case: Case) -> str:
    """Run a case; return a note, empty if there is none.

    Raises:
        Failed: It does not hold.
        Refused: A statement uses a feature that is out of scope.
    """
    stage = Stage(case, one_partition=False)
    expected = case.body.get("expectedError")
    try:
        try:
            answers = _play(stage)
        except KsqlError as refusal:
            refused_feature(refusal, case.statements[-1])
            if expected is None:
                raise Failed(f"refused: {refusal.message}") from refusal
            return _judge_refusal(expected, refusal)
        if expected is not None:
            raise Failed(f"expected a refusal: {expected.get('message')}")
        for index, response in enumerate(case.body.get("responses") or ()):
            _check_response(index, response, answers[index])
        _check_outputs(stage)
        return ""
    finally:
        stage.stop()


def is_query(text: str) -> bool:
    """Whether a statement is a SELECT; one that does not parse counts by its first word."""
    try:
        return any(isinstance(each.statement, Query) for each in parse_script(text))
    except LanguageError:
        return text.lstrip().upper().startswith("SELECT")


def yields_nothing(text: str) -> bool:
    """Whether a statement has no part in the answer to a request."""
    silent = InsertValues | SetProperty | UnsetProperty | Define | Undefine
    return all(isinstance(each.statement, silent) for each in parse_script(text))


def _play(stage: Stage) -> list[list[Json]]:
    statements = stage.case.statements
    queries = [is_query(text) for text in statements]
    admin = [text for text, query in zip(statements, queries, strict=True) if not query]
    entities = iter(stage.execute("\n".join(admin)) if admin else [])
    waits = (stage.case.body.get("inputConditions") or {}).get("waitForActivePushQuery", False)
    if not waits:
        _produce(stage)
    answers: list[list[Json]] = []
    for text, query in zip(statements, queries, strict=True):
        if query:
            answers.append(asyncio.run(_ask(stage, text, produce=waits)))
        elif yields_nothing(text):
            answers.append([])
        else:
            entity = next(entities, None)
            answers.append([] if entity is None else [entity])
    return answers


def _produce(stage: Stage) -> None:
    for described in stage.case.body.get("inputs") or ():
        topic, record = stage.record(described)
        topic.append(record, stage.server.assembly.partition_of(topic, record.key))
    stage.server.settle()


async def _ask(stage: Stage, text: str, *, produce: bool) -> list[Json]:
    """Ask a query; a push query that is caught up without having ended is closed."""
    answer = Queries(stage.server).answer(text, {}, {}, Form.ROWS)
    reading = asyncio.create_task(_read(answer))
    await _idle()
    if produce:
        _produce(stage)
        await _idle()
    if isinstance(answer, PushAnswer) and not reading.done():
        for push in list(stage.server.pushes.values()):
            push.close()
    elements: list[Json] = json.loads(await reading, parse_float=Decimal)
    return elements


async def _idle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def _read(answer: Answer) -> str:
    return "".join([chunk async for chunk in answer.chunks()])


# -- judging --------------------------------------------------------------------------------------


def _judge_refusal(expected: Mapping[str, Json], refusal: KsqlError) -> str:
    body = refusal.body()
    kind = str(expected.get("type", "")).rsplit(".", 1)[-1]
    if kind in KINDS and body["@type"] != KINDS[kind]:
        raise Failed(f"error is a {body['@type']}, expected {KINDS[kind]}: {refusal.message}")
    status = expected.get("status")
    if status is not None and int(status) != refusal.status:
        raise Failed(f"status {refusal.status}, expected {status}: {refusal.message}")
    message = expected.get("message")
    return f"message {alike(str(message), refusal.message)}" if message is not None else ""


def _check_response(index: int, response: Mapping[str, Json], answer: Sequence[Json]) -> None:
    where = f"statement {index + 1}"
    if "admin" in response:
        if not answer or not contains(response["admin"], answer[0]):
            raise Failed(f"{where}: answered {answer}, expected {response['admin']}")
        return
    expected = response.get("query") or []
    if len(expected) != len(answer):
        raise Failed(f"{where}: {len(answer)} elements, expected {len(expected)}: {answer}")
    left = list(answer)
    for one in expected:
        found = next((each for each in left if contains(one, each)), None)
        if found is None:
            raise Failed(f"{where}: no element like {one} in {left}")
        left.remove(found)


def contains(expected: Json, actual: Json) -> bool:
    """Tell whether all that is expected is there; a name may end in `|starts_with`."""
    if isinstance(expected, Mapping):
        return isinstance(actual, Mapping) and all(
            _member(name, value, actual) for name, value in expected.items()
        )
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(expected) == len(actual)
            and all(contains(*pair) for pair in zip(expected, actual, strict=True))
        )
    if isinstance(expected, Decimal) and isinstance(actual, Decimal | int):
        return same(float(expected), float(actual)) or expected == actual
    return same(expected, actual)


def _member(name: str, value: Json, actual: Mapping[str, Json]) -> bool:
    name, _, operator = name.partition("|")
    if name not in actual:
        return False
    if operator == "starts_with":
        return str(actual[name]).startswith(str(value))
    return contains(value, actual[name])


def _check_outputs(stage: Stage) -> None:
    wanted: dict[str, list[Mapping[str, Json]]] = {}
    for each in stage.case.body.get("outputs") or ():
        wanted.setdefault(each["topic"], []).append(each)
    for name, expected in wanted.items():
        source = stage.source_on(name)
        topic = stage.cluster.find(name)
        if source is None or topic is None:
            raise Failed(f"no source on topic {name}")
        try:
            shown = [
                {
                    "key": readable(record.key, key_side(source), stage.schemas),
                    "value": readable(record.value, value_side(source), stage.schemas),
                    "timestamp": record.timestamp_ms,
                }
                for partition in topic.partitions
                for record in partition.read(0)
            ]
        except (FormatError, ValueError) as reason:
            raise Failed(f"{name}: {reason}") from reason
        if len(shown) != len(expected):
            raise Failed(f"{name}: {len(shown)} records, expected {len(expected)}")
        for one in expected:
            if not any(_same_record(one, each) for each in shown):
                raise Failed(f"{name}: no record like {one} in {shown}")


def _same_record(expected: Mapping[str, Json], actual: Mapping[str, Json]) -> bool:
    if expected.get("timestamp") is not None and expected["timestamp"] != actual["timestamp"]:
        return False
    return all(same(expected.get(part), actual[part]) for part in ("key", "value"))
