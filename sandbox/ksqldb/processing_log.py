"""The processing log: what could not be read or computed, as records of a topic of its own.

The topic is `<topic prefix>-processing-log`, JSON in the shape of ksqlDB's own log, made with the
first entry. Row data stays out of it, as with `use_detailed_processing_log = false`.
"""

import json
from decimal import DivisionByZero, Inexact, InvalidOperation
from enum import IntEnum
from typing import Any

from sandbox.clock import Clock
from sandbox.ksqldb.decoding import Failure
from sandbox.topics import Cluster, StoredRecord, Topic


class MessageType(IntEnum):
    """ksqlDB's numbers for the kinds of entries."""

    DESERIALIZATION_ERROR = 0
    RECORD_PROCESSING_ERROR = 1
    PRODUCTION_ERROR = 2
    SERIALIZATION_ERROR = 3
    KAFKA_STREAMS_THREAD_ERROR = 4


FIELDS = {
    MessageType.DESERIALIZATION_ERROR: "deserializationError",
    MessageType.RECORD_PROCESSING_ERROR: "recordProcessingError",
    MessageType.PRODUCTION_ERROR: "productionError",
    MessageType.SERIALIZATION_ERROR: "serializationError",
    MessageType.KAFKA_STREAMS_THREAD_ERROR: "kafkaStreamsThreadError",
}


class ProcessingLog:
    """Writes the log of one ksqlDB server."""

    def __init__(self, cluster: Cluster, service_id: str, clock: Clock) -> None:
        self._cluster, self._clock = cluster, clock
        self.topic_name = f"{service_id}-processing-log"

    def undecodable(self, query_id: str, failure: Failure) -> None:
        """Note a record that could not be read."""
        self._write(
            query_id,
            MessageType.DESERIALIZATION_ERROR,
            {
                "target": "value",
                "errorMessage": f"Error deserializing message from topic: {failure.topic}",
                "recordB64": None,
                "cause": [str(failure.error) or type(failure.error).__name__],
                "topic": failure.topic,
                "partition": failure.partition,
                "offset": failure.offset,
            },
        )

    def uncomputable(self, query_id: str, what: str, error: Exception | None) -> None:
        """Note an expression that could not be computed, or a row that was left out."""
        reason = what if error is None else f"Error computing {what}: {_reason(error)}"
        self._write(
            query_id,
            MessageType.RECORD_PROCESSING_ERROR,
            {"errorMessage": reason, "record": None, "cause": []},
        )

    def failed(self, query_id: str, message: str) -> None:
        """Note what ended a query."""
        self._write(
            query_id,
            MessageType.KAFKA_STREAMS_THREAD_ERROR,
            {"errorMessage": message, "threadName": query_id, "cause": []},
        )

    def _write(self, query_id: str, kind: MessageType, fields: dict[str, Any]) -> None:
        now_ms = self._clock.now_ms()
        entry = {
            "level": "ERROR",
            "logger": f"processing.{query_id}",
            "time": now_ms,
            "message": {"type": int(kind), FIELDS[kind]: fields},
        }
        value = json.dumps(entry, separators=(",", ":")).encode()
        self._topic().append(StoredRecord(None, value, now_ms))

    def _topic(self) -> Topic:
        found = self._cluster.find(self.topic_name)
        return found or self._cluster.create(self.topic_name, partitions=1)


JAVA_WORDS: dict[type[Exception], str] = {
    Inexact: "Rounding necessary",
    DivisionByZero: "Division by zero",
    InvalidOperation: "Division undefined",
}
"""What `BigDecimal` says where Python's decimals name a signal only."""


def _reason(error: Exception) -> str:
    return JAVA_WORDS.get(type(error)) or str(error) or type(error).__name__
