"""Values, rows and answers as JSON: the forms that `/query` and `/query-stream` send.

DECIMALs keep their digits, BYTES are Base64, DATE, TIME and TIMESTAMP are ISO texts - as the
server's own JSON writes them.
"""

import base64
import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from math import isfinite
from typing import Any

from ksql.language.types import Base, SqlType
from sandbox.formats.numbers import double_text, plain_text
from sandbox.ksqldb.selects import Ending, Header, Row

EPOCH = date(1970, 1, 1)
EPOCH_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)


class Form(StrEnum):
    """The wire forms, by the media type that asks for them."""

    ROWS = "application/vnd.ksql.v1+json"
    """`header`, `row`, `finalMessage` objects in one array; also what `/query` always sends."""
    DELIMITED = "application/vnd.ksqlapi.delimited.v1"
    """A line of metadata, then a line with an array per row."""
    JSON = "application/json"
    """The elements of DELIMITED in one array."""


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _double(value: float) -> str:
    return double_text(value) if isfinite(value) else f'"{double_text(value)}"'


def _date(value: int) -> str:
    return f'"{(EPOCH + timedelta(days=value)).isoformat()}"'


def _time(value: int) -> str:
    # Java's LocalTime shows no more than it must: seconds only where there are some.
    instant = EPOCH_INSTANT + timedelta(milliseconds=value)
    millis = value % 1000
    seconds = f":{instant:%S}" if instant.second or millis else ""
    return f'"{instant:%H:%M}{seconds}{f".{millis:03d}" if millis else ""}"'


def _timestamp(value: int) -> str:
    instant = EPOCH_INSTANT + timedelta(milliseconds=value)
    return f'"{instant.strftime("%Y-%m-%dT%H:%M:%S")}.{value % 1000:03d}"'


def _boolean(value: bool) -> str:
    return "true" if value else "false"


WRITERS: dict[Base, Callable[[Any], str]] = {
    Base.BOOLEAN: _boolean,
    Base.INTEGER: str,
    Base.BIGINT: str,
    Base.DOUBLE: _double,
    Base.DECIMAL: lambda value: plain_text(Decimal(value)),
    Base.STRING: _text,
    Base.BYTES: lambda value: f'"{base64.b64encode(value).decode()}"',
    Base.DATE: _date,
    Base.TIME: _time,
    Base.TIMESTAMP: _timestamp,
}


def value_text(value: Any, sql_type: SqlType | None) -> str:
    """Return a value as JSON."""
    if value is None or sql_type is None:
        return "null"
    try:
        return WRITERS[sql_type.base](value)
    except OverflowError:
        # Dates beyond Python's calendar: the number says more than an error would.
        return str(value)


class AnswerWriter:
    """Writes one answer in one form: `head`, then `rows` any number of times, then `tail`."""

    def __init__(self, form: Form, header: Header) -> None:
        self._form, self._header = form, header
        self._writers = [
            WRITERS[column.type.base] if column.type else (lambda _: "null")
            for column in header.columns
        ]

    def head(self) -> str:
        """What comes first."""
        columns = self._header.columns
        if self._form is Form.ROWS:
            header = {"queryId": self._header.query_id, "schema": self._header.schema}
            return f"[{json.dumps({'header': header}, separators=(',', ':'))}"
        meta = json.dumps(
            {
                "queryId": self._header.query_id,
                "columnNames": [column.name for column in columns],
                "columnTypes": [str(column.type) for column in columns],
            },
            separators=(",", ":"),
        )
        return f"[{meta}" if self._form is Form.JSON else f"{meta}\n"

    def rows(self, rows: Sequence[Row]) -> str:
        """A slice of rows; tombstones only in the form that has them."""
        if self._form is Form.ROWS:
            return "".join(f",\n{self._row(*row)}" for row in rows)
        arrays = [self._array(columns) for columns, gone in rows if not gone]
        if self._form is Form.JSON:
            return "".join(f",\n{array}" for array in arrays)
        return "".join(f"{array}\n" for array in arrays)

    def _row(self, columns: tuple[Any, ...], gone: bool) -> str:
        tombstone = ',"tombstone":true' if gone else ""
        return f'{{"row":{{"columns":{self._array(columns)}{tombstone}}}}}'

    def _array(self, columns: tuple[Any, ...]) -> str:
        try:
            texts = [
                "null" if value is None else write(value)
                for value, write in zip(columns, self._writers, strict=True)
            ]
        except OverflowError:
            types = [column.type for column in self._header.columns]
            texts = [value_text(*pair) for pair in zip(columns, types, strict=True)]
        return f"[{','.join(texts)}]"

    def tail(self, ending: Ending | None) -> str:
        """What comes last; `ending` is None where the server says nothing."""
        if self._form is Form.DELIMITED:
            return ""
        final = ""
        if ending is not None and self._form is Form.ROWS:
            final = f",\n{json.dumps({'finalMessage': str(ending)}, separators=(',', ':'))}"
        return f"{final}]\n"

    def failure(self, body: dict[str, Any]) -> str:
        """An error after the head has been sent."""
        text = json.dumps(body)
        if self._form is Form.ROWS:
            return f',\n{{"errorMessage":{text}}}]\n'
        return f",\n{text}]\n" if self._form is Form.JSON else f"{text}\n"
