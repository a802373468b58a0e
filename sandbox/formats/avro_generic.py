"""Avro bytes to rows where the writer's schema has nested fields: slower, through fastavro.

Columns cannot hold nested values, but a topic may have them beside fields that columns read.
"""

import io
import json
from collections.abc import Callable, Sequence
from typing import Any

import fastavro

from ksql.language.resolved import Column
from ksql.language.types import Base
from sandbox.formats.avro import HEADER_BYTES
from sandbox.formats.avro_reader import broken, check_readable, decimal_reader, match
from sandbox.formats.avro_types import AvroSchema, AvroType
from sandbox.formats.errors import SchemaError
from sandbox.formats.numbers import DecimalOverflow, double_text
from sandbox.formats.rows import Row

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
