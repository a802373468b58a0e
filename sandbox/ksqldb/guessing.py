"""What format bytes are in, guessed from all of them that have been seen: for PRINT.

As on the server a side starts with every format and keeps those that could read each record so
far; the first of them shows it. Windowed keys, which the server also guesses from any text of more
than eight bytes, are left out.
"""

import json
import struct
from collections.abc import Callable

from sandbox.formats.avro import Decoder
from sandbox.formats.errors import FormatError
from sandbox.formats.numbers import double_text
from sandbox.formats.schemas import Schemas

Reader = Callable[[bytes], str | None]
"""Bytes as text; None if they are not in the format."""

NOTHING_YET = "¯\\_(ツ)_/¯ - no data processed"


class Guess:
    """The formats of one side, key or value, of the records of one topic."""

    def __init__(self, schemas: Schemas) -> None:
        decoder = Decoder(schemas)
        self._readers: dict[str, Reader] = {
            "AVRO": lambda data: _avro(decoder, data),
            "JSON": _json,
            "KAFKA_INT": lambda data: _number(data, ">i"),
            "KAFKA_BIGINT": lambda data: _number(data, ">q"),
            "KAFKA_DOUBLE": lambda data: _number(data, ">d"),
            "KAFKA_STRING": _string,
            "UNRECOGNISED_BYTES": lambda data: data.hex(" "),
        }
        self._left: list[str] = []

    @property
    def formats(self) -> str:
        """The formats that could read all records so far."""
        return " or ".join(self._left) or NOTHING_YET

    def text(self, data: bytes | None) -> str:
        """Return one side of a record as text, in the likeliest format."""
        if data is None:
            return "<null>"
        texts = {name: read(data) for name, read in self._readers.items()}
        able = [name for name, text in texts.items() if text is not None]
        able = [name for name in able if name != "UNRECOGNISED_BYTES"] or able
        # What no format could read throughout is read record by record.
        self._left = [name for name in self._left if name in able] or able
        return texts[self._left[0]] or ""


def _avro(decoder: Decoder, data: bytes) -> str | None:
    try:
        return json.dumps(decoder.decode(data), default=str, ensure_ascii=False)
    except (FormatError, ValueError):
        return None


def _json(data: bytes) -> str | None:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return data.decode(errors="replace") if isinstance(found, dict | list) else None


def _number(data: bytes, form: str) -> str | None:
    if len(data) != struct.calcsize(form):
        return None
    [found] = struct.unpack(form, data)
    return double_text(found) if isinstance(found, float) else str(found)


def _string(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
