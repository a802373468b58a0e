"""Rows and Avro bytes by any schema: slower than generated code, through fastavro.

Read this way are topics with nested fields beside those that columns read; written this way are
those whose statement names the schema to use (KEY_SCHEMA_ID, VALUE_SCHEMA_ID).
"""

import io
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import fastavro

from ksql.language.resolved import Column
from ksql.language.types import Base
from sandbox.formats.avro import HEADER_BYTES, encoder
from sandbox.formats.avro_reader import broken, check_readable, decimal_reader, match
from sandbox.formats.avro_types import AvroField, AvroSchema, AvroType, parse
from sandbox.formats.avro_writer import unscaled_bytes
from sandbox.formats.errors import SchemaError
from sandbox.formats.numbers import DecimalOverflow, double_text
from sandbox.formats.rows import Encode, Row

TO_TEXT: dict[str, Callable[[Any], str]] = {
    "int": str,
    "long": str,
    "boolean": lambda value: "true" if value else "false",
    "float": double_text,
    "double": double_text,
}


def reader(
    schema: str, parsed: AvroSchema, columns: Sequence[Column], *, wrapped: bool
) -> Callable[[bytes], Row]:
    """Return what `avro_reader.reader` would, for any schema of a record.

    Raises:
        SchemaError: A field cannot become its column, or the schema is no record.
    """
    if not (wrapped and parsed.is_record):
        raise SchemaError(f"Cannot deserialize type struct as type {columns[0].type}")
    sources: list[tuple[str, Callable[[Any], Any]] | None] = [None] * len(columns)
    for index, positions in match(parsed, columns).items():
        avro = parsed.fields[index]
        for at in positions:
            check_readable(avro.type, columns[at])
            sources[at] = avro.name, conversion(avro.type, columns[at])
    writer = fastavro.parse_schema(without_logical_types(json.loads(schema)))

    def decode(data: bytes) -> Row:
        try:
            record: Any = fastavro.schemaless_reader(io.BytesIO(data[HEADER_BYTES:]), writer, None)
            return tuple(
                None
                if source is None or record[source[0]] is None
                else source[1](record[source[0]])
                for source in sources
            )
        except DecimalOverflow as reason:
            broken(reason)
        except Exception as reason:  # noqa: BLE001 - broken bytes raise anything in fastavro
            broken(type(reason).__name__)

    return decode


def writer(schema: str, schema_id: int, columns: Sequence[Column], *, wrapped: bool) -> Encode:
    """Return the encoder of rows under a schema that is not derived from the columns.

    A field that no column fills gets its default.

    Raises:
        SchemaError: A column has no field, or one of another type.
    """
    parsed = parse(schema)
    if parsed.is_record != wrapped:
        raise SchemaError(f"Schema {schema_id} and the columns differ in having fields")
    targets = [(_field_of(parsed, column) if wrapped else parsed.fields[0]) for column in columns]
    for avro, column in zip(targets, columns, strict=True):
        check_readable(avro.type, column)
    encode = encoder(json.dumps(without_logical_types(json.loads(schema))), schema_id)
    names = [avro.name for avro in targets]

    def encode_row(row: Row) -> bytes | None:
        values = [_unscaled(value) if isinstance(value, Decimal) else value for value in row]
        return encode(dict(zip(names, values, strict=True)) if wrapped else values[0])

    return encode_row


def _field_of(parsed: AvroSchema, column: Column) -> AvroField:
    named = {avro.name.upper(): avro for avro in parsed.fields}
    named |= {avro.name: avro for avro in parsed.fields}
    found = named.get(column.name) or named.get(column.name.upper())
    if found is None:
        raise SchemaError(f"The schema has no field for column {column}")
    return found


def _unscaled(number: Decimal) -> bytes:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return unscaled_bytes(number, -exponent)


def conversion(avro: AvroType, column: Column) -> Callable[[Any], Any]:
    """Return the function from a value that fastavro read to the column's."""
    if column.type.base is Base.DECIMAL:
        return decimal_reader(avro, column.type)
    if column.type.base is Base.STRING:
        return TO_TEXT.get(avro.kind, str)
    return lambda value: value


def without_logical_types(schema: Any) -> Any:
    """Return a schema whose values stay numbers and bytes."""
    if isinstance(schema, list):
        return [without_logical_types(part) for part in schema]
    if isinstance(schema, dict):
        return {
            name: without_logical_types(part)
            for name, part in schema.items()
            if name != "logicalType"
        }
    return schema
