"""Avro in Schema Registry framing: a zero byte, the schema's id in four bytes, the data.

Owns framing and the generic codec (a value is what fastavro makes of it): for connectors and
readers that want whole records whatever their schema. ksqlDB's rows take `avro_rows`.
"""

import io
import json
import struct
from collections.abc import Callable
from typing import Any

import fastavro
from fastavro.types import Schema

from sandbox.formats.errors import DeserializationError, SerializationError
from sandbox.formats.schemas import RegisteredSchema, Schemas

MAGIC = b"\0"
HEADER_BYTES = 5

HEADER = struct.Struct(">bI")


def frame(schema_id: int, payload: bytes) -> bytes:
    """Put the registry header in front of encoded data."""
    return HEADER.pack(0, schema_id) + payload


def schema_id_of(data: bytes) -> int:
    """Return the schema id that framed data names.

    Raises:
        DeserializationError: Too short, or not framed (worded as Confluent's deserializer).
    """
    if len(data) < HEADER_BYTES or data[:1] != MAGIC:
        raise DeserializationError("Unknown magic byte!")
    schema_id: int = HEADER.unpack_from(data)[1]
    return schema_id


def writer_schema(data: bytes, schemas: Schemas) -> RegisteredSchema:
    """Return the registered schema that framed data was written with.

    Raises:
        DeserializationError: Not framed, or no such schema.
    """
    schema_id = schema_id_of(data)
    registered = schemas.by_id(schema_id)
    if registered is None:
        raise DeserializationError(f"Error retrieving Avro unknown schema for id {schema_id}")
    return registered


def parsed(schema: str) -> Schema:
    """Return a schema as fastavro wants it.

    Raises:
        SerializationError: The text is no Avro schema.
    """
    try:
        return fastavro.parse_schema(json.loads(schema))
    except (ValueError, fastavro.schema.SchemaParseException) as reason:
        raise SerializationError(f"Not an Avro schema: {reason}") from None


def encoder(schema: str, schema_id: int) -> Callable[[Any], bytes]:
    """Return a function from a value (a dict for a record) to framed bytes.

    Raises:
        SerializationError: The schema is none, or, from the function, a value does not fit it.
    """
    writer, head = parsed(schema), HEADER.pack(0, schema_id)

    def encode(value: Any) -> bytes:
        out = io.BytesIO()
        out.write(head)
        try:
            fastavro.schemaless_writer(out, writer, value, strict_allow_default=True)
        except (ValueError, TypeError, KeyError, AttributeError, struct.error) as reason:
            raise SerializationError(f"Value does not fit its Avro schema: {reason}") from None
        return out.getvalue()

    return encode


class Decoder:
    """Decodes framed data of any registered schema; parses each schema once.

    Records become dicts in field order; logical types become Python's (`date`, `datetime`,
    `Decimal`). With `numbers` days and milliseconds stay what they are on the wire: Python's own
    types end at the years 1 and 9999, those of Avro do not.
    """

    def __init__(self, schemas: Schemas, *, numbers: bool = False) -> None:
        self._schemas = schemas
        self._numbers = numbers
        self._parsed: dict[int, tuple[RegisteredSchema, Schema]] = {}

    def schema(self, data: bytes) -> RegisteredSchema:
        """Return the schema that `data` was written with.

        Raises:
            DeserializationError: Not framed, or no such schema.
        """
        return self._writer(data)[0]

    def decode(self, data: bytes) -> Any:
        """Return the value.

        Raises:
            DeserializationError: Not framed, no such schema, or broken data.
        """
        _, writer = self._writer(data)
        try:
            return fastavro.schemaless_reader(io.BytesIO(data[HEADER_BYTES:]), writer, None)
        except Exception as reason:  # noqa: BLE001 - broken bytes raise anything in fastavro
            raise DeserializationError(f"Error deserializing Avro message: {reason}") from None

    def _writer(self, data: bytes) -> tuple[RegisteredSchema, Schema]:
        known = self._parsed.get(schema_id_of(data))
        if known is None:
            registered = writer_schema(data, self._schemas)
            text = _without_instants(registered.schema) if self._numbers else registered.schema
            try:
                known = registered, parsed(text)
            except SerializationError as reason:
                raise DeserializationError(str(reason)) from None
            self._parsed[registered.schema_id] = known
        return known


def _without_instants(schema: str) -> str:
    def plain(members: dict[str, Any]) -> dict[str, Any]:
        if members.get("logicalType") == "decimal":
            return members
        return {name: value for name, value in members.items() if name != "logicalType"}

    try:
        return json.dumps(json.loads(schema, object_hook=plain))
    except ValueError:
        return schema
