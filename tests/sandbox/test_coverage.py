"""The coverage page says what the sandbox serves."""

from pathlib import Path

from sandbox.coverage import coverage_page

PAGE = Path(__file__).parents[2] / "docs" / "sandbox-coverage.md"


def test_the_page_is_what_the_command_prints() -> None:
    assert PAGE.read_text() == coverage_page(), (
        "run: python -m sandbox coverage > docs/sandbox-coverage.md"
    )
