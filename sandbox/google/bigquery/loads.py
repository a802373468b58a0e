"""Load jobs: newline-delimited JSON and CSV from an upload into a table.

Owns reading the formats, guessing a schema when asked to, and errors that name the line. Avro,
Parquet, ORC and sources in Cloud Storage are refused by name.
"""

import csv
import gzip
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sandbox.api import Caller, Json
from sandbox.google.bigquery.catalog import Catalog, TableReference
from sandbox.google.bigquery.destinations import destination
from sandbox.google.bigquery.fields import Field, FieldType, Mode, Schema, parse_schema
from sandbox.google.bigquery.rows import ParsedRows, append_columns, parse_rows
from sandbox.google.bigquery.values import TIMESTAMP_TEXT, BadValue
from sandbox.google.errors import GoogleError, Invalid, NotEmulated

AUTODETECT_ROWS = 500
INTEGER_TEXT = re.compile(r"[+-]?\d{1,18}")
FLOAT_TEXT = re.compile(r"[+-]?(\d+\.\d*|\.\d+|\d+)([eE][+-]?\d+)?")
DELIMITERS = {"tab": "\t", "\\t": "\t", "": ","}


@dataclass(frozen=True)
class Load:
    """What is to be loaded, and where to."""

    reference: TableReference
    configuration: Json
    content: bytes = field(repr=False)


@dataclass
class LoadResult:
    """What came of it."""

    rows: int
    input_bytes: int
    row_errors: list[Json]


class LoadFailed(GoogleError):
    """More rows were bad than the job tolerates."""

    def __init__(self, message: str, row_errors: list[Json]) -> None:
        self.row_errors = row_errors
        self.all_errors: list[Json] = []
        super().__init__(400, "invalid", message)


def load(catalog: Catalog, caller: Caller, job: Load) -> LoadResult:
    """Load everything or nothing; up to `maxBadRecords` bad rows are left out.

    Raises:
        GoogleError: Settings or table do not fit, or too many rows are bad (`LoadFailed`).
    """
    text = _text(job.content)
    kind = str(job.configuration.get("sourceFormat") or "CSV")
    if kind == "NEWLINE_DELIMITED_JSON":
        rows, bad = _json_rows(text)
    elif kind == "CSV":
        rows, bad = [], {}
    else:
        raise NotEmulated(f"Load jobs from {kind}")
    lines = _csv_lines(text, job.configuration) if kind == "CSV" else []
    schema = _schema(catalog, job, rows, lines)
    if kind == "CSV":
        rows, bad = _csv_rows(schema, _body(lines, job.configuration, schema), job.configuration)
    parsed = parse_rows(
        schema, rows, ignore_unknown=bool(job.configuration.get("ignoreUnknownValues"))
    )
    parsed.errors.update(bad)
    _check(parsed, job.configuration)
    table = destination(catalog, caller, job.reference, schema, job.configuration)
    good = [i for i in parsed.good if i not in bad]
    count = append_columns(catalog, table, schema, parsed.columns(good))
    return LoadResult(count, len(job.content), _row_errors(parsed))


def _text(content: bytes) -> str:
    try:
        raw = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        return raw.decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as problem:
        raise Invalid(f"Error while reading data, error message: {problem}") from None


def _schema(
    catalog: Catalog, job: Load, rows: Sequence[Json], lines: Sequence[Sequence[str]]
) -> Schema:
    wire = job.configuration.get("schema")
    if wire:
        return parse_schema(wire)
    dataset = catalog.find_dataset(job.reference.project, job.reference.dataset)
    table = dataset.tables.get(job.reference.table) if dataset else None
    truncates = job.configuration.get("writeDisposition") == "WRITE_TRUNCATE"
    if table and table.schema and not (truncates and job.configuration.get("autodetect")):
        return table.schema
    if not job.configuration.get("autodetect"):
        raise Invalid(
            f"No schema specified on job or table {job.reference}: give one, or set autodetect"
        )
    return _guessed_from_json(rows) if rows else _guessed_from_csv(lines)


def _check(parsed: ParsedRows, configuration: Json) -> None:
    tolerated = max(int(configuration.get("maxBadRecords") or 0), 0)
    if len(parsed.errors) <= tolerated:
        return
    details = _row_errors(parsed)
    raise LoadFailed(
        f"Error while reading data, error message: too many errors encountered: "
        f"{len(parsed.errors)}, max bad: {tolerated}; the first: {details[0]['message']}",
        details,
    )


def _row_errors(parsed: ParsedRows) -> list[Json]:
    return [
        {
            "reason": "invalid",
            "message": f"Error while reading data, error message: row {i + 1}: {bad.message}",
            "location": bad.path or f"row {i + 1}",
        }
        for i, bad in sorted(parsed.errors.items())
    ]


# JSON


def _json_rows(text: str) -> tuple[list[Json], dict[int, BadValue]]:
    rows: list[Json] = []
    bad: dict[int, BadValue] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as problem:
            row = problem
        if not isinstance(row, dict):
            bad[len(rows)] = BadValue("", f"JSON parsing error in row: {line:.80}")
            row = {}
        rows.append(row)
    return rows, bad


def _guessed_from_json(rows: Sequence[Json]) -> Schema:
    seen: dict[str, list[Any]] = {}
    for row in rows[:AUTODETECT_ROWS]:
        for name, value in row.items():
            seen.setdefault(name, []).append(value)
    return tuple(_guessed(name, values) for name, values in seen.items())


def _guessed(name: str, values: Sequence[Any]) -> Field:
    given = [each for each in values if each is not None]
    if any(isinstance(each, list) for each in given):
        items = [item for each in given if isinstance(each, list) for item in each]
        inner = _guessed(name, items)
        return Field(name, inner.type, Mode.REPEATED, inner.fields)
    if given and all(isinstance(each, dict) for each in given):
        return Field(name, FieldType.RECORD, fields=_guessed_from_json(given))
    if given and all(isinstance(each, bool) for each in given):
        return Field(name, FieldType.BOOLEAN)
    texts = [json.dumps(each) if isinstance(each, int | float) else str(each) for each in given]
    return Field(name, _type_of(texts))


# CSV


def _csv_lines(text: str, configuration: Json) -> list[list[str]]:
    delimiter = str(configuration.get("fieldDelimiter", ","))
    quote = configuration.get("quote", '"')
    if len(quote or "") > 1:
        raise Invalid(f"Invalid value for quote: {quote!r:.80} is more than one character")
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=DELIMITERS.get(delimiter, delimiter)[:1],
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        strict=True,
    )
    try:
        return [line for line in reader if line]
    except csv.Error as problem:
        raise Invalid(
            f"Error while reading data, error message: CSV processing error in line "
            f"{reader.line_num}: {problem}"
        ) from None


def _body(
    lines: Sequence[Sequence[str]], configuration: Json, schema: Schema
) -> Sequence[Sequence[str]]:
    skip = configuration.get("skipLeadingRows")
    if skip is not None:
        return lines[max(int(skip), 0) :]
    names = [each.name.lower() for each in schema]
    is_header = bool(lines) and [_column_name(cell).lower() for cell in lines[0]] == names
    return lines[1:] if is_header and configuration.get("autodetect") else lines


def _csv_rows(
    schema: Schema, lines: Iterable[Sequence[str]], configuration: Json
) -> tuple[list[Json], dict[int, BadValue]]:
    null_marker = configuration.get("nullMarker", "")
    jagged = bool(configuration.get("allowJaggedRows"))
    extra = bool(configuration.get("ignoreUnknownValues"))
    rows: list[Json] = []
    bad: dict[int, BadValue] = {}
    for cells in lines:
        if len(cells) > len(schema) and not extra:
            bad[len(rows)] = BadValue("", f"Too many values in row: {len(cells)}")
        elif len(cells) < len(schema) and not jagged:
            bad[len(rows)] = BadValue("", f"Too few values in row: {len(cells)}")
        pairs = zip(schema, cells, strict=False)
        rows.append({each.name: _csv_value(each, cell, null_marker) for each, cell in pairs})
    return rows, bad


def _csv_value(column: Field, cell: str, null_marker: str) -> Json:
    if cell == null_marker and (null_marker or column.type is not FieldType.STRING):
        return None
    return cell


def _guessed_from_csv(lines: Sequence[Sequence[str]]) -> Schema:
    if not lines:
        raise Invalid("Schema has no fields: the file is empty")
    body = lines[1 : AUTODETECT_ROWS + 1]
    body_types = _column_types(body or lines)
    has_header = bool(body) and (
        _column_types(lines[:1]) != body_types or set(body_types) == {FieldType.STRING}
    )
    if not has_header:
        kinds = _column_types(lines[:AUTODETECT_ROWS])
        return tuple(Field(f"{kind.lower()}_field_{i}", kind) for i, kind in enumerate(kinds))
    names = [_column_name(cell) or f"field_{i}" for i, cell in enumerate(lines[0])]
    return tuple(Field(name, kind) for name, kind in zip(names, body_types, strict=False))


def _column_types(lines: Sequence[Sequence[str]]) -> list[FieldType]:
    width = max(len(line) for line in lines)
    columns = ([line[i] for line in lines if i < len(line) and line[i]] for i in range(width))
    return [_type_of(column) for column in columns]


def _column_name(cell: str) -> str:
    name = re.sub(r"\W", "_", cell.strip())
    return f"_{name}" if name[:1].isdigit() else name


def _type_of(texts: Sequence[str]) -> FieldType:
    for kind, fits in TYPE_TESTS:
        if texts and all(fits(text) for text in texts):
            return kind
    return FieldType.STRING


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2024-01-01")


def _is_local(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is None and "T" in text
    except ValueError:
        return False


TYPE_TESTS = (
    (FieldType.BOOLEAN, lambda text: text.lower() in ("true", "false")),
    (FieldType.INTEGER, lambda text: bool(INTEGER_TEXT.fullmatch(text))),
    (FieldType.FLOAT, lambda text: bool(FLOAT_TEXT.fullmatch(text))),
    (FieldType.DATE, _is_day),
    (FieldType.DATETIME, _is_local),
    (FieldType.TIMESTAMP, lambda text: bool(TIMESTAMP_TEXT.fullmatch(text))),
)
"""What autodetect tries, the narrowest first."""
