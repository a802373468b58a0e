"""The statements of Confluent's functional tests: accepted, with the schemas they should have."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ksql.language import (
    LanguageError,
    MemoryCatalog,
    Settings,
    analyze,
    parse_script,
    parse_statement,
)
from ksql.language.resolved import Column, Schema
from ksql.language.tree import CreateSource

FOLDER = Path(__file__).parents[4] / "shared" / "ksqldb-cases" / "query-validation-tests"
CASES = sorted(FOLDER.glob("*.json"))

pytestmark = pytest.mark.skipif(not CASES, reason="the folder ../shared/ksqldb-cases is absent")


@dataclass(frozen=True)
class Case:
    name: str
    body: Mapping[str, Any]
    value_format: str

    @property
    def statements(self) -> list[str]:
        return [text.replace("{FORMAT}", self.value_format) for text in self.body["statements"]]

    @property
    def expected(self) -> str | None:
        """The first line of the refusal that is expected, without its place."""
        message = self.body.get("expectedException", {}).get("message")
        return None if message is None else str(message).split("\n")[0].rsplit(": ", 1)[-1]

    @property
    def settings(self) -> Settings:
        given = self.body.get("properties") or {}
        wrap = given.get("ksql.persistence.wrap.single.values")
        return Settings(
            default_key_format=given.get("ksql.persistence.default.format.key", "KAFKA"),
            default_value_format=given.get("ksql.persistence.default.format.value"),
            wrap_single_values=None if wrap is None else wrap == "true",
        )


def cases(path: Path) -> Iterator[Case]:
    for index, body in enumerate(json.loads(path.read_text())["tests"]):
        # What the registry knows is not this package's business: see the engine's own run.
        if body.get("topics"):
            continue
        for value_format in body.get("format", ["JSON"]):
            yield Case(f"{index} {body['name']} {value_format}", body, value_format)


def run(case: Case) -> MemoryCatalog:
    made = MemoryCatalog()
    for text in case.statements:
        for parsed in parse_script(text):
            made.apply(analyze(parsed.statement, made, case.settings, text=parsed.text))
    return made


def schema(text: str) -> Schema:
    columns = text.replace("PRIMARY ", "")
    made = parse_statement(f"CREATE STREAM X ({columns});")
    assert isinstance(made, CreateSource)
    key = [Column(each.name, each.type) for each in made.elements if each.constraint]
    value = [Column(each.name, each.type) for each in made.elements if not each.constraint]
    return Schema(tuple(key), tuple(value))


def wrong(case: Case) -> str | None:
    """What is wrong with the answer to a case; None when it is right."""
    try:
        made = run(case)
    except LanguageError as problem:
        right = case.expected is not None and case.expected in problem.message
        return None if right else f"refused: {problem.message}"
    if case.expected is not None and "StreamsException" not in case.body["expectedException"].get(
        "type", ""
    ):
        return f"accepted, but expected: {case.expected}"
    for source in case.body.get("post", {}).get("sources", []):
        found = made.source(source["name"])
        if found is None:
            return f"no source {source['name']}"
        if "schema" in source and found.schema != schema(source["schema"]):
            return f"schema is {found.schema}"
    return None


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_statements_are_judged_as_confluents_tests_expect(path: Path) -> None:
    answers = {case.name: wrong(case) for case in cases(path)}

    assert {name: answer for name, answer in answers.items() if answer} == {}
