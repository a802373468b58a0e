import pytest

from ksql.language import LanguageError, SemanticError, analyze, parse_script
from ksql.language.errors import Position
from tests.ksql.language.given import GIVEN


def judge(script: str) -> None:
    for parsed in parse_script(script):
        analyze(parsed.statement, GIVEN, text=parsed.text, start=parsed.at)


def located(script: str) -> list[str]:
    """The lines that say what is wrong with a script, and where."""
    with pytest.raises(LanguageError) as caught:
        judge(script)
    return caught.value.located("plan.sql").split("\n")


def test_a_syntax_error_shows_file_line_column_and_caret() -> None:
    assert located("-- first\nSHOW STREAMS;\n  SELECT a FROM s ORDER BY a;") == [
        "plan.sql:3:25: Syntax Error",
        "missing ';' at 'BY'",
        "  SELECT a FROM s ORDER BY a;",
        "                        ^",
    ]


def test_an_error_of_analysis_counts_in_the_file_too() -> None:
    assert located("SHOW STREAMS; SELECT\n\tNAM FROM u EMIT CHANGES;") == [
        "plan.sql:2:2: SELECT column 'NAM' cannot be resolved.",
        "  \tNAM FROM u EMIT CHANGES;",
        "  \t^",
        "Did you mean NAME?",
    ]


def test_an_error_on_the_line_where_its_statement_starts_counts_from_the_lines_start() -> None:
    assert located("SHOW STREAMS; SELECT X FROM U EMIT CHANGES;")[0].startswith("plan.sql:1:22: ")


def test_an_error_about_the_whole_statement_has_no_place() -> None:
    problem = SemanticError("It is wrong.")

    assert problem.located("plan.sql") == "plan.sql: It is wrong."
    assert problem.located() == "It is wrong."


def test_a_place_moves_with_the_text_it_counts_in() -> None:
    start = Position(3, 5, 40)

    assert Position(1, 2, 1).after(start) == Position(3, 6, 41)
    assert Position(2, 2, 9).after(start) == Position(4, 2, 49)
