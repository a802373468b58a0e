"""Handler of Kafka REST v3's produce: records in, offsets out, several in one request.

Data types BINARY, JSON and STRING, for key and value each. Types that need a schema (AVRO,
JSONSCHEMA, PROTOBUF) are refused by name, record by record, as the API answers errors.
"""

import base64
import binascii
import json
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.api import ApiError, Caller, Json, Operation, Realm
from sandbox.confluent.kafka.errors import InvalidRequest, kafka_error_body
from sandbox.confluent.kafka.settings import SETTINGS
from sandbox.confluent.kafka.topics import TOPIC, KafkaCall
from sandbox.confluent.state.cloud import Cloud
from sandbox.topics import AclOperation, StoredRecord, Topic
from sandbox.topics.partitioner import partition_for

LAST_MS = 253402300799999
"""The last millisecond that RFC 3339 can write."""

OK = 200
HTTP_MAX = 599
"""Longer codes are an HTTP status and two digits of Kafka REST's own."""


class Records:
    """The group's handler."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def operations(self) -> tuple[Operation, ...]:
        """Return the group's operations."""
        path = TOPIC + "/records"
        return (
            Operation("POST", path, "produceRecord", Realm.KAFKA, self.produce),
            Operation("POST", path + ":batch", "produceRecordsBatch", Realm.KAFKA),
        )

    async def produce(self, request: Request, caller: Caller) -> Response:
        """Append the records of the body, JSON objects one after another; answer in kind."""
        call = KafkaCall.of(self._cloud, request, caller)
        topic = call.topic(request.path_params["topic_name"], AclOperation.WRITE)
        reports = [self._report(call, topic, record) for record in _values(await request.body())]
        text = "\r\n".join(json.dumps(report) for report in reports)
        return Response(text, _status(reports), media_type="application/json")

    def _report(self, call: KafkaCall, topic: Topic, record: Json) -> dict[str, Json]:
        try:
            return {"error_code": OK, **self._append(call, topic, record)}
        except ApiError as refusal:
            body: dict[str, Json] = kafka_error_body(refusal)
            return body

    def _append(self, call: KafkaCall, topic: Topic, record: Json) -> dict[str, Json]:
        if not isinstance(record, dict):
            raise InvalidRequest(f"A record must be a JSON object, not {record!r:.80}")
        key, key_report = _data(record, "key")
        value, value_report = _data(record, "value")
        size = len(key or b"") + len(value or b"")
        limit = int(topic.configs.get("max.message.bytes", SETTINGS["max.message.bytes"].default))
        if size > limit:
            raise ApiError(413, f"The record has {size} bytes; the topic takes {limit}")
        now_ms = self._cloud.store.clock.now_ms()
        number = _partition(record, topic, key)
        stored = StoredRecord(key, value, _timestamp_ms(record, topic, now_ms), _headers(record))
        offset = topic.append(stored, number)
        return {
            "cluster_id": call.cluster.id,
            "topic_name": topic.name,
            "partition_id": number,
            "offset": offset,
            "timestamp": _rfc3339(stored.timestamp_ms),
            "key": key_report,
            "value": value_report,
        }


def _values(body: bytes) -> Iterator[Json]:
    """Yield the JSON values of a body that holds one after another."""
    decoder = json.JSONDecoder()
    try:
        text = body.decode()
    except UnicodeDecodeError as problem:
        raise ApiError(400, f"The request body is not UTF-8: {problem}", code=400) from None
    position, found = 0, False
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as problem:
            raise ApiError(400, f"Unable to parse the record: {problem}", code=400) from None
        found = True
        yield value
    if not found:
        raise ApiError(400, "The request body holds no record", code=400)


def _binary(data: Json) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise InvalidRequest("BINARY data must be a Base64 string") from None


def _string(data: Json) -> bytes:
    if not isinstance(data, str):
        raise InvalidRequest(f"STRING data must be a string, not {data!r:.80}")
    return data.encode()


def _json(data: Json) -> bytes:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()


ENCODERS: dict[str, Callable[[Json], bytes]] = {
    "BINARY": _binary,
    "JSON": _json,
    "STRING": _string,
}


def _data(record: dict[str, Json], part: str) -> tuple[bytes | None, Json]:
    spec = record.get(part)
    if spec is None:
        return None, None
    if not isinstance(spec, dict):
        raise InvalidRequest(f"{part} must be an object with type and data")
    kind = spec.get("type") or ("JSON" if "data" in spec else "")
    if not isinstance(kind, str) or kind not in ENCODERS:
        if "schema" in spec or "schema_id" in spec or kind in ("AVRO", "JSONSCHEMA", "PROTOBUF"):
            raise ApiError(501, f"{part}.type {kind or 'by schema'}: not emulated by this sandbox")
        raise InvalidRequest(f"{part}.type {kind!r} is not one of {', '.join(ENCODERS)}")
    if spec.get("data") is None:
        return None, None
    encoded = ENCODERS[kind](spec["data"])
    return encoded, {"type": kind, "size": len(encoded)}


def _partition(record: dict[str, Json], topic: Topic, key: bytes | None) -> int:
    number = record.get("partition_id")
    if number is None:
        return partition_for(key, len(topic.partitions))
    if (
        isinstance(number, bool)
        or not isinstance(number, int)
        or not 0 <= number < len(topic.partitions)
    ):
        raise InvalidRequest(f"Topic {topic.name} has no partition {number!r}")
    return number


def _headers(record: dict[str, Json]) -> tuple[tuple[str, bytes], ...]:
    headers: Any = record.get("headers") or []
    if not isinstance(headers, list) or not all(
        isinstance(h, dict) and isinstance(h.get("name"), str) for h in headers
    ):
        raise InvalidRequest("headers must be a list of objects with name and value")
    return tuple((h["name"], _binary(h.get("value") or "")) for h in headers)


def _timestamp_ms(record: dict[str, Json], topic: Topic, now_ms: int) -> int:
    given = record.get("timestamp")
    if given is None or topic.configs.get("message.timestamp.type") == "LogAppendTime":
        return now_ms
    is_number = isinstance(given, int) and not isinstance(given, bool)
    at_ms = given if is_number else _instant_ms(given)
    if not 0 <= at_ms <= LAST_MS:
        raise InvalidRequest(f"timestamp {given!r} lies outside 1970 to 9999")
    return at_ms


def _instant_ms(text: Json) -> int:
    try:
        instant = datetime.fromisoformat(str(text))
        aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
        return math.floor(aware.timestamp() * 1000)
    except (ValueError, OverflowError):
        raise InvalidRequest(f"timestamp {text!r} is not RFC 3339") from None


def _rfc3339(at_ms: int) -> str:
    instant = datetime.fromtimestamp(at_ms / 1000, tz=UTC)
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _status(reports: list[dict[str, Json]]) -> int:
    """Return 200, as records may differ; a single record's own status when it is refused."""
    code: int = reports[0]["error_code"]
    if len(reports) > 1 or code == OK:
        return OK
    return code // 100 if code > HTTP_MAX else code
