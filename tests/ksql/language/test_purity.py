"""The language is pure: it reads and writes nothing, and stands on the standard library alone."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3] / "ksql" / "language"
MODULES = sorted(ROOT.rglob("*.py"))
EFFECTS = {"io", "os", "pathlib", "random", "socket", "subprocess", "time", "urllib", "threading"}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_itself_and_pure_standard_modules(path: Path) -> None:
    outside = {name for name in imported(path) if not name.startswith("ksql.language")}

    assert {name for name in outside if name.split(".")[0] not in sys.stdlib_module_names} == set()
    assert {name for name in outside if name.split(".")[0] in EFFECTS} == set()
