"""Case files beside the statements: filled in, so that `ksql-test` can run them.

A case file is in the format of ksqlDB's own functional tests, with one addition: an entry of
`statements` that ends in `.sql` stands for that file of the same folder, and `variables` of a
case override the settings' defaults. So a case tests the statement that is deployed, not a
copy. Leaves out running them (`python -m sandbox ksql-test`).
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class CaseFileError(Exception):
    """A case file cannot be used; the message names file, case and mend."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path, self.problem = path, problem
        super().__init__(f"{path}: {problem}")


def case_files(folder: Path) -> list[Path]:
    """Return the folder's case files, by name.

    Raises:
        CaseFileError: There is none.
    """
    files = sorted(folder.glob("*.json"))
    if not files:
        raise CaseFileError(folder, "no case file (*.json) lies beside the statements")
    return files


def filled_in(path: Path, variables: Mapping[str, str]) -> dict[str, Any]:
    """Return a case file's content with statement files and variables put in.

    Args:
        path: The case file; its statements lie in the same folder.
        variables: Default values of the statements' `${…}`.

    Raises:
        CaseFileError: Not JSON, not a case file, or it names a statement that is not there.
    """
    try:
        content = json.loads(path.read_text())
        tests = content["tests"]
        expanded = [_case(path, test, variables) for test in tests]
    except json.JSONDecodeError as error:
        raise CaseFileError(path, f"not JSON: {error}") from None
    except (KeyError, TypeError):
        raise CaseFileError(
            path, 'must be {"tests": [{"name", "statements", "inputs", "outputs"}, …]}'
        ) from None
    return {"tests": expanded}


def _case(path: Path, case: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    known = {**variables, **case.get("variables", {})}
    statements = [_statement(path, case["name"], entry, known) for entry in case["statements"]]
    kept = {name: value for name, value in case.items() if name != "variables"}
    return {**kept, "statements": statements}


def _statement(path: Path, case: str, entry: str, variables: Mapping[str, str]) -> str:
    if not entry.endswith(".sql"):
        return entry
    try:
        text = (path.parent / entry).read_text()
    except FileNotFoundError:
        raise CaseFileError(path, f"case {case!r} names {entry}, which is not there") from None
    for name, value in variables.items():
        text = text.replace("${" + name + "}", value)
    return text
