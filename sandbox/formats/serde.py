"""One value for both ways between rows and bytes: what a `FormatSpec` and columns come to.

Built once per source and side (key or value), then called per record. The functions are plain
attributes, so that whoever compiles a pipeline can bind them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ksql.language.resolved import Column, FormatSpec
from sandbox.formats import avro_rows, delimited, json_format, kafka
from sandbox.formats.errors import SchemaError
from sandbox.formats.rows import Decode, Encode
from sandbox.formats.schemas import Schemas

FORMATS = ("AVRO", "DELIMITED", "JSON", "KAFKA", "NONE")
"""The formats that exist here."""


@dataclass(frozen=True)
class Serde:
    """How rows of these columns are written and read. Equal when format and columns are.

    `encode` raises `SerializationError`, `decode` raises `DeserializationError`. A row is never
    None for `encode`; the result is None where the format writes null so (an anonymous null).
    `decode` returns None where there is no row (no bytes, JSON's null).
    """

    spec: FormatSpec
    columns: tuple[Column, ...]
    is_key: bool
    encode: Encode = field(compare=False, repr=False)
    decode: Decode = field(compare=False, repr=False)


def is_wrapped(spec: FormatSpec, columns: Sequence[Column], *, is_key: bool) -> bool:
    """Tell whether the columns are members of a record, not one anonymous value.

    A single key column is always anonymous; a single value column if WRAP_SINGLE_VALUE is false.
    """
    if len(columns) != 1:
        return True
    return not is_key and spec.wrap_single_value is not False


def serde(
    spec: FormatSpec,
    columns: Sequence[Column],
    *,
    is_key: bool = False,
    schemas: Schemas | None = None,
    subject: str | None = None,
) -> Serde:
    """Return the serde of a topic's keys or values.

    For AVRO, `schemas` is where ids are looked up, and `subject` where the derived schema is
    registered when the first row is written (or found: registering again changes nothing).

    Raises:
        SchemaError: The format cannot carry the columns, or is unknown.
    """
    columns = tuple(columns)
    wrapped = is_wrapped(spec, columns, is_key=is_key)
    encode, decode = _codec(spec, columns, wrapped, schemas, subject)
    return Serde(spec, columns, is_key, encode, decode)


def _codec(
    spec: FormatSpec,
    columns: tuple[Column, ...],
    wrapped: bool,
    schemas: Schemas | None,
    subject: str | None,
) -> tuple[Encode, Decode]:
    if spec.name == "NONE" or not columns:
        return lambda _: None, lambda data: None if data is None else ()
    if spec.name == "KAFKA":
        return kafka.encoder(columns), kafka.decoder(columns)
    if spec.name == "JSON":
        return (
            json_format.encoder(columns, wrapped=wrapped),
            json_format.decoder(columns, wrapped=wrapped),
        )
    if spec.name == "DELIMITED":
        delimiter = delimited.delimiter_of(spec.delimiter)
        return delimited.encoder(columns, delimiter), delimited.decoder(columns, delimiter)
    if spec.name == "AVRO":
        return (
            avro_rows.encoder(spec, columns, schemas, subject, wrapped=wrapped),
            avro_rows.decoder(columns, schemas, subject, wrapped=wrapped),
        )
    raise SchemaError(f"Unknown format: {spec.name}")
