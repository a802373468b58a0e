"""Records of a topic, decoded for people and tests: `GET /sandbox/v1/…/records`.

What a record says by itself decides how it is shown: Avro in registry framing becomes JSON,
other text is shown as text (a value that is JSON as JSON), anything else as Base64. Whether a
topic's keys carry windows only ksqlDB knows; the caller passes that in. Reads with the rights
of the sandbox itself.
"""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.formats.avro import Decoder
from sandbox.formats.errors import DeserializationError
from sandbox.formats.schemas import Schemas
from sandbox.formats.windows import split_session_key, split_time_key
from sandbox.topics import Record, Topic

Json = Any


@dataclass(frozen=True)
class KeyWindow:
    """The windows in a topic's keys."""

    size_ms: int | None
    """None: session windows, which carry both bounds."""


class RecordView:
    """Shows the records of topics whose schemas are in one registry."""

    def __init__(self, schemas: Schemas) -> None:
        self._avro = Decoder(schemas)

    def records(
        self, topic: Topic, window: KeyWindow | None, start: int, limit: int
    ) -> Iterable[Json]:
        """Yield up to `limit` records per partition, from offset `start` on, as JSON objects."""
        for number, partition in enumerate(topic.partitions):
            first = max(start, partition.start_offset)
            for index, record in enumerate(partition.read(first, limit)):
                yield {
                    "partition": number,
                    "offset": first + index,
                    "timestamp": record.timestamp_ms,
                    **self._keyed(record, window),
                    "value": self._shown(record.value, is_value=True),
                }

    def _keyed(self, record: Record, window: KeyWindow | None) -> dict[str, Json]:
        key = record.key
        if window is None or key is None:
            return {"key": self._shown(key), "window": None}
        try:
            if window.size_ms is None:
                plain, start, end = split_session_key(key)
            else:
                plain, start = split_time_key(key)
                end = start + window.size_ms
        except DeserializationError:
            return {"key": self._shown(key), "window": None}
        return {"key": self._shown(plain), "window": {"start": start, "end": end}}

    def _shown(self, data: bytes | None, *, is_value: bool = False) -> Json:
        if data is None:
            return None
        if data[:1] == b"\0":
            try:
                return jsonable(self._avro.decode(data))
            except DeserializationError:
                return _base64(data)
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return _base64(data)
        if not text.isprintable() and not is_value:
            return _base64(data)
        return _parsed(text) if is_value else text


def jsonable(value: Any) -> Json:
    """Return a decoded Avro value as JSON: bytes in Base64, dates and decimals as text."""
    if isinstance(value, dict):
        return {name: jsonable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [jsonable(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if value is None or isinstance(value, str | int | float):
        return value
    return str(value)


def _parsed(text: str) -> Json:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _base64(data: bytes) -> Json:
    return {"base64": base64.b64encode(data).decode()}
