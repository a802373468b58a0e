"""A test cannot silently disappear."""

from pathlib import Path

TESTS = Path(__file__).parent


def test_every_file_with_tests_is_collected() -> None:
    strays = [
        str(path.relative_to(TESTS))
        for path in TESTS.rglob("*.py")
        if "\ndef test_" in path.read_text() and not path.name.startswith("test_")
    ]

    assert strays == [], "rename to test_*.py"
