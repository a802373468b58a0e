"""JSON documents held as text."""

import json
import re
from decimal import Decimal
from typing import Any

from ksql.language.resolved import Call
from ksql.language.types import Base
from sandbox.formats.json_format import BOOLEANS, WRITERS, nested_text
from sandbox.ksqldb.functions.registry import Environment, Function, Scalar, plain
from sandbox.ksqldb.java import timestamps

STEP = re.compile(r"\.([A-Za-z0-9_@:-]+)|\[(\d+)\]|\[\"((?:[^\"\\]|\\.)*)\"\]")

MISSING = object()
"""What a path leads to where there is nothing."""


def parsed(document: str) -> Any:
    """Return the value of a document; numbers keep their digits.

    Raises:
        ValueError: It is none.
    """
    return json.loads(document, parse_float=Decimal, parse_constant=_refuse)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def steps_of(path: str) -> list[str | int]:
    """Return the members and elements that a path such as `$.a[0]` goes through.

    Raises:
        ValueError: It is no path.
    """
    if not path.startswith("$"):
        raise ValueError(f"Invalid JSON path: {path}")
    steps: list[str | int] = []
    at = 1
    while at < len(path):
        match = STEP.match(path, at)
        if match is None:
            raise ValueError(f"Invalid JSON path: {path}")
        member, index, quoted = match.groups()
        steps.append(int(index) if index is not None else member or quoted or "")
        at = match.end()
    return steps


def at_path(value: Any, path: str) -> Any:
    """Return what a path leads to, `MISSING` where that is nothing."""
    for step in steps_of(path):
        fits = isinstance(value, list if isinstance(step, int) else dict)
        parts: Any = value if fits else {}
        try:
            value = parts[step]
        except (KeyError, IndexError):
            return MISSING
    return value


def extract(document: str, path: str) -> str | None:
    """Return the value at a path as text; null where there is none."""
    value = at_path(parsed(document), path)
    if value is MISSING or value is None:
        return None
    return value if isinstance(value, str) else nested_text(value, sort=False)


def is_document(text: str | None) -> bool:
    """Tell whether a text is a JSON document."""
    if not text:
        return False
    try:
        parsed(text)
    except (ValueError, RecursionError):
        return False
    return True


def array_length(document: str) -> int | None:
    """Return how many elements an array has; null if it is none."""
    value = parsed(document)
    return len(value) if isinstance(value, list) else None


def array_contains(document: str | None, wanted: Any) -> bool | None:
    """Tell whether an array holds a value of the same kind."""
    if document is None:
        return None
    try:
        value = parsed(document)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, list) and any(_equal(item, wanted) for item in value)


def _equal(item: Any, wanted: Any) -> bool:
    if isinstance(item, bool) or isinstance(wanted, bool) or item is None or wanted is None:
        return item is wanted
    if isinstance(item, Decimal) and isinstance(wanted, float):
        return float(item) == wanted
    return bool(item == wanted)


def merge(*documents: str | None) -> str | None:
    """Return documents in one: objects merged, arrays joined, other values as elements."""
    merged: Any = MISSING
    for document in documents:
        if document is None:
            return None
        value = parsed(document)
        if merged is MISSING:
            merged = value
        elif isinstance(merged, dict) and isinstance(value, dict):
            merged = merged | value
        else:
            merged = _elements(merged) + _elements(value)
    return None if merged is MISSING else nested_text(merged, sort=False)


def _elements(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def to_document(call: Call, _: Environment) -> Function:
    """Return TO_JSON_STRING for the argument's type."""
    of = call.args[0].type
    base = Base.STRING if of is None else of.base
    shown = {
        Base.DATE: timestamps.date_text,
        Base.TIME: timestamps.time_text,
        Base.TIMESTAMP: timestamps.timestamp_text,
    }

    def compute(value: Any) -> str:
        if value is None or base is Base.BOOLEAN:
            return BOOLEANS[value]
        if base in shown:
            return json.dumps(shown[base](value))
        return WRITERS.get(base, str)(value)

    return compute


SCALARS: dict[str, Scalar] = {
    "EXTRACTJSONFIELD": plain(extract, may_fail=True),
    "IS_JSON_STRING": plain(is_document, takes_nulls=True),
    "JSON_ARRAY_CONTAINS": plain(array_contains, takes_nulls=True, may_fail=True),
    "JSON_ARRAY_LENGTH": plain(array_length, may_fail=True),
    "JSON_CONCAT": plain(merge, takes_nulls=True, may_fail=True),
    "TO_JSON_STRING": Scalar(to_document, takes_nulls=True),
}
"""The family, by name."""
