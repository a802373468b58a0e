"""The three files of Confluent's ksql-test-runner: statements, inputs, expected outputs."""

from pathlib import Path
from typing import Any

from ksql.language.errors import LanguageError
from ksql.language.parser import parse_script
from sandbox.ksqldb.testing.cases import BadCaseFile, Case, read_json
from sandbox.ksqldb.testing.running import CaseResult, run_one


def run_three_files(statements: Path, inputs: Path, outputs: Path) -> CaseResult:
    """Run one test of three files.

    Raises:
        BadCaseFile: One of them cannot be read.
    """
    try:
        text = statements.read_text(encoding="utf-8")
        texts = [parsed.text for parsed in parse_script(text)]
    except OSError as reason:
        raise BadCaseFile(f"{statements}: {reason}") from None
    except LanguageError as reason:
        raise BadCaseFile(reason.located(str(statements))) from None
    body = {
        "statements": texts,
        "inputs": _records(inputs, "inputs"),
        "outputs": _records(outputs, "outputs"),
    }
    return run_one(Case(statements.name, 0, statements.stem, None, body))


def _records(path: Path, member: str) -> list[Any]:
    content = read_json(path)
    if not isinstance(content, dict) or not isinstance(content.get(member), list):
        raise BadCaseFile(f'{path}: expected an object with a list "{member}"')
    found: list[Any] = content[member]
    return found
