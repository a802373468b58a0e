"""Case files: read exactly, expanded into one case per format and config.

Numbers keep their digits (`Decimal`), because a DECIMAL's trailing zeros are part of the claim.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

Json = Any


@dataclass(frozen=True)
class Case:
    """One case, its placeholders filled in. `index` is its place in the file, from 0."""

    file: str
    index: int
    name: str
    level: int | None
    body: Mapping[str, Json]

    @property
    def statements(self) -> list[str]:
        """The statements, in order."""
        return list(self.body["statements"])

    @property
    def properties(self) -> dict[str, Json]:
        """Settings of the server."""
        return dict(self.body.get("properties") or {})

    @property
    def is_rest(self) -> bool:
        """Whether the case is about answers of REST rather than about records alone."""
        return "responses" in self.body or "expectedError" in self.body or "rest" in self.file


class BadCaseFile(Exception):
    """A file that holds no cases; the message says which and why."""


def read_json(path: Path) -> Json:
    """Return a file's JSON with exact numbers.

    Raises:
        BadCaseFile: It cannot be read, or is no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, ValueError) as reason:
        raise BadCaseFile(f"{path}: {reason}") from None


def read_cases(path: Path) -> Iterator[Case]:
    """Yield the cases of a file.

    Raises:
        BadCaseFile: It has no `tests`.
    """
    content = read_json(path)
    if not isinstance(content, dict) or not isinstance(content.get("tests"), list):
        raise BadCaseFile(f'{path}: expected an object with a list "tests"')
    folder = path.parent.name
    for index, body in enumerate(content["tests"]):
        for name, filled in _expanded(body):
            yield Case(f"{folder}/{path.name}", index, name, body.get("level"), filled)


def _expanded(body: Mapping[str, Json]) -> Iterator[tuple[str, Mapping[str, Json]]]:
    formats = body.get("format") or [None]
    configs = body.get("config") or [None]
    for format_name, config in product(formats, configs):
        marks = {"{FORMAT}": format_name, "{CONFIG}": config}
        filled = _filled(body, {mark: text for mark, text in marks.items() if text is not None})
        chosen = [str(each) for each in (format_name, config) if each is not None]
        yield " - ".join([body["name"], *chosen]), filled


def _filled(value: Json, marks: Mapping[str, str]) -> Json:
    if isinstance(value, str):
        for mark, text in marks.items():
            value = value.replace(mark, text)
        return value
    if isinstance(value, list):
        return [_filled(each, marks) for each in value]
    if isinstance(value, dict):
        return {name: _filled(each, marks) for name, each in value.items()}
    return value
