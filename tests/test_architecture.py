"""Who may import whom: the import direction is the architecture."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = {"stack", "ksql", "connectors", "workshop", "sandbox", "toolchain", "bench", "tests"}

ALLOWED = {
    "connectors": set[str](),
    "ksql": set[str](),
    "sandbox": {"ksql.language"},
    "stack": {"connectors", "ksql"},
    "toolchain": set[str](),
    "workshop": {"connectors", "ksql", "stack.settings", "toolchain"},
}
"""First-party packages that each package may import, itself left out."""

GROUND_FLOOR = {"topics", "formats", "clock", "api"}
"""What every part of the sandbox may stand on."""

PARTS = ("confluent", "registry", "connectors", "ksqldb", "google")
"""Parts of the sandbox: they never import each other."""


def imports(path: Path) -> Iterator[str]:
    """Yield every module that a file imports, relative imports resolved."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *(node.module or "").split("."))).strip(".")
            yield from (f"{module}.{alias.name}" for alias in node.names)


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def is_within(module: str, packages: set[str]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in packages)


def violations(package: str, allowed: set[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in sources(package)
        for module in imports(path)
        if module.split(".")[0] in OURS - {package} and not is_within(module, allowed)
    ]


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_package_imports_only_what_its_layer_allows(package: str) -> None:
    assert sources(package), f"{package}/ holds no Python file: has it moved?"

    assert violations(package, ALLOWED[package]) == []


def test_language_imports_nothing_of_the_client() -> None:
    strays = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in sources("ksql/language")
        for module in imports(path)
        if is_within(module, OURS) and not is_within(module, {"ksql.language"})
    ]

    assert strays == []


@pytest.mark.parametrize("part", PARTS)
def test_sandbox_parts_never_import_each_other(part: str) -> None:
    allowed = {f"sandbox.{name}" for name in (*GROUND_FLOOR, part)}
    strays = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in sources(f"sandbox/{part}")
        for module in imports(path)
        if is_within(module, {"sandbox"}) and not is_within(module, allowed)
    ]

    assert sources(f"sandbox/{part}")
    assert strays == []


@pytest.mark.parametrize("package", ["connectors", "ksql", "sandbox", "toolchain"])
def test_only_the_program_and_the_plugins_import_pulumi(package: str) -> None:
    allowed_in = {ROOT / "sandbox" / "plugins", ROOT / "toolchain" / "launchers"}
    strays = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in sources(package)
        for module in imports(path)
        if module.split(".")[0].startswith("pulumi")
        and not any(folder in path.parents for folder in allowed_in)
    ]

    assert strays == []


def test_time_is_read_and_waited_for_in_two_modules_only() -> None:
    owners = {ROOT / "sandbox" / "clock.py", ROOT / "ksql" / "waiting.py"}
    forbidden = ("time.time(", "time.sleep(", "datetime.now(", "datetime.utcnow(")
    strays = [
        f"{path.relative_to(ROOT)}: {call}…)"
        for package in ("stack", "ksql", "connectors", "sandbox")
        for path in sources(package)
        if path not in owners
        for call in forbidden
        if call in path.read_text()
    ]

    assert strays == []
