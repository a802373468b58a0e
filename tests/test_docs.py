"""The documents stay true: commands exist, links lead somewhere, generated pages are current."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = sorted([README, *(ROOT / "docs").rglob("*.md")])
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def console_commands(page: Path) -> list[str]:
    """Return the commands of a page's console blocks, without their prompt."""
    return [
        line.removeprefix("$ ")
        for block in CONSOLE.findall(page.read_text())
        for line in block.splitlines()
        if line.startswith("$ ")
    ]


def commands_starting(prefix: str) -> list[str]:
    found = {command for page in PAGES for command in console_commands(page)}
    return sorted(command for command in found if command.startswith(prefix))


@pytest.mark.parametrize("command", commands_starting("make"))
def test_a_make_target_shown_in_the_docs_exists(command: str) -> None:
    target = shlex.split(command)[1]

    dry = subprocess.run(
        ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert dry.returncode == 0, dry.stderr


@pytest.mark.parametrize("command", commands_starting("python -m"))
def test_a_python_command_shown_in_the_docs_exists(command: str) -> None:
    module, *arguments = shlex.split(command)[2:]
    subcommand = [word for word in arguments[:1] if not word.startswith("-")]

    shown = subprocess.run(
        [sys.executable, "-m", module, *subcommand, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert shown.returncode == 0, shown.stderr
    options = [word.split("=")[0] for word in arguments if word.startswith("--")]
    assert [option for option in options if option not in shown.stdout] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    broken = [
        target for target in LINK.findall(page.read_text()) if not (page.parent / target).exists()
    ]

    assert broken == []


def test_the_sandbox_coverage_page_is_current() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "sandbox", "coverage"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert (ROOT / "docs" / "sandbox-coverage.md").read_text() == printed, (
        "run: python -m sandbox coverage > docs/sandbox-coverage.md"
    )
