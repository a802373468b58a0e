"""Rows of columns as framed Avro, with a Schema Registry: which schema to write, which to read by.

Writing takes the schema derived from the columns; reading follows the schema that each record
names.
"""

import json
from collections.abc import Sequence

from ksql.language.resolved import Column, FormatSpec
from sandbox.formats import avro_generic, avro_reader, avro_schema, avro_types, avro_writer
from sandbox.formats.avro import HEADER, HEADER_BYTES, writer_schema
from sandbox.formats.errors import DeserializationError, SchemaError, SerializationError
from sandbox.formats.rows import Decode, Encode, Row
from sandbox.formats.schemas import RegisteredSchema, SchemaRefused, Schemas


def encoder(
    spec: FormatSpec,
    columns: tuple[Column, ...],
    schemas: Schemas | None,
    subject: str | None,
    *,
    wrapped: bool,
) -> Encode:
    """Return an encoder; its schema is registered when it is first used, unless it is there.

    Raises:
        SchemaError: A column's name is no Avro name.
    """
    schema = schema_of(spec, columns, schemas, wrapped=wrapped)
    if spec.schema_id is not None:
        return avro_generic.writer(schema, spec.schema_id, columns, wrapped=wrapped)
    encode: Encode | None = None
    latest = latest_schema(schemas, subject)
    if latest is not None and same_schema(latest.schema, schema):
        encode = avro_writer.writer(columns, latest.schema_id)
        if wrapped:
            return encode

    def encode_row(row: Row) -> bytes | None:
        nonlocal encode
        if encode is None:
            encode = avro_writer.writer(columns, registered_id(schemas, subject, schema))
        # An anonymous null is no bytes.
        return None if not wrapped and row[0] is None else encode(row)

    return encode_row


def schema_of(
    spec: FormatSpec, columns: Sequence[Column], schemas: Schemas | None, *, wrapped: bool
) -> str:
    """Return the schema that rows are written with: the one whose id is stated, or the derived.

    Raises:
        SchemaError: No schema has that id, or a column's name is no Avro name.
    """
    if spec.schema_id is None:
        return avro_schema.derived(columns, wrapped=wrapped, name=spec.schema_name)
    found = None if schemas is None else schemas.by_id(spec.schema_id)
    if found is None:
        raise SchemaError(f"There is no schema with id {spec.schema_id}")
    return found.schema


def latest_schema(schemas: Schemas | None, subject: str | None) -> RegisteredSchema | None:
    """Return the newest schema of a subject, if there is a registry, a subject and a schema."""
    return None if schemas is None or subject is None else schemas.latest(subject)


def registered_id(schemas: Schemas | None, subject: str | None, schema: str) -> int:
    """Register a schema and return its id.

    Raises:
        SerializationError: There is nowhere to register it, or the registry refuses it.
    """
    if schemas is None or subject is None:
        raise SerializationError("AVRO needs a Schema Registry and a subject to write to")
    try:
        return schemas.register(subject, schema).schema_id
    except SchemaRefused as reason:
        raise SerializationError(f"{subject}: {reason.message}") from None


def same_schema(left: str, right: str) -> bool:
    """Tell whether two texts are one schema: white space and the order of members do not count."""
    try:
        return left == right or bool(json.loads(left) == json.loads(right))
    except ValueError:
        return False


def decoder(
    columns: tuple[Column, ...],
    schemas: Schemas | None,
    subject: str | None,
    *,
    wrapped: bool,
) -> Decode:
    """Return a decoder that compiles a reader for each schema it meets, once.

    The subject's newest schema is taken to be what most records have: for those the decoder is
    one generated function, for others one look-up more.
    """
    readers: dict[bytes, Decode] = {}

    def meet(data: bytes) -> Decode:
        if schemas is None:
            raise DeserializationError("AVRO needs a Schema Registry to read from")
        try:
            reader = _reader(writer_schema(data, schemas), columns, decode, wrapped=wrapped)
        except SchemaError as reason:
            raise DeserializationError(str(reason)) from None
        readers[data[:HEADER_BYTES]] = reader
        return reader

    def decode(data: bytes | None) -> Row | None:
        if data is None:
            return None
        reader = readers.get(data[:HEADER_BYTES]) or meet(data)
        return reader(data)

    latest = latest_schema(schemas, subject)
    if latest is None:
        return decode
    try:
        return _reader(latest, columns, decode, wrapped=wrapped)
    except SchemaError:
        # Then each record says so.
        return decode


def _reader(
    registered: RegisteredSchema, columns: tuple[Column, ...], otherwise: Decode, *, wrapped: bool
) -> Decode:
    parsed = avro_types.parse(registered.schema)
    head = HEADER.pack(0, registered.schema_id)
    if all(avro.is_flat for avro in parsed.fields):
        return avro_reader.reader(parsed, columns, head, otherwise, wrapped=wrapped)
    generic = avro_generic.reader(registered.schema, parsed, columns, wrapped=wrapped)
    return lambda data: (
        generic(data) if data is not None and data.startswith(head) else otherwise(data)
    )
