"""Whatever the text, the answer is a result or one of the language's own errors."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ksql.language import LanguageError, analyze, parse_script, statement_text
from tests.ksql.language.given import GIVEN

VOCABULARY = """
    SELECT FROM WHERE GROUP PARTITION BY HAVING WINDOW TUMBLING HOPPING SESSION SIZE ADVANCE EMIT
    CHANGES LIMIT CREATE OR REPLACE STREAM TABLE AS WITH INSERT INTO VALUES JOIN LEFT ON AND NOT IN
    IS NULL LIKE BETWEEN CASE WHEN THEN ELSE END CAST INT STRING DECIMAL KEY PRIMARY EXPLAIN
    DESCRIBE S U W NOKEY TWO TOTALS PERIODS K I L D M T B TS DT TM ID NAME N ROWTIME WINDOWSTART
    COUNT SUM MIN ABS CONCAT GREATEST COALESCE ROUND TIMESTAMPTOSTRING AS_VALUE LATEST_BY_OFFSET
    ( ( ( ) ) ) , , . * + - / % = <> < >= || [ ] -> => ; 1 2 1.5 1E3 'a' '2020-01-01' `x` "y"
    ${v} -- /* */ ' " ` $ { } \\ \x00 é 99999999999999999999 5 MINUTES DAYS TRUE kafka_topic
"""
WORDS = st.sampled_from(VOCABULARY.split())
PIECES = st.lists(WORDS, max_size=25).map(" ".join)
STARTED = st.builds(
    "{} {} FROM S {};".format,
    st.sampled_from(["SELECT", "CREATE STREAM O AS SELECT", "CREATE TABLE O AS SELECT"]),
    PIECES,
    PIECES,
)
EXPRESSIONS = st.builds("SELECT K, {} FROM S EMIT CHANGES;".format, PIECES)


def _deep(opening: str, middle: str, closing: str) -> str:
    return " ".join(["SELECT", opening * 2000, middle, closing * 2000, "FROM S EMIT CHANGES;"])


def _refusal(text: str) -> LanguageError | None:
    try:
        for parsed in parse_script(text):
            statement_text(parsed.statement)
            analyze(parsed.statement, GIVEN, text=parsed.text)
    except LanguageError as problem:
        return problem
    return None


# No deadline: how long an example takes depends on what else the machine does.
@settings(deadline=None)
@given(st.text() | PIECES | STARTED | EXPRESSIONS)
@example(_deep("(", "1", ")"))
@example(_deep("1 + ", "1", ""))
@example(_deep("NOT ", "B", ""))
@example(_deep("- ", "I", ""))
@example(_deep("ABS(", "I", ")"))
@example(_deep("CASE WHEN B THEN ", "1", " END"))
@example(_deep("I IN (", "1", ")"))
@example(_deep("", "I", " AND I"))
@example(_deep("x -> ", "I", ""))
@example("EXPLAIN " * 2000 + "SELECT * FROM S;")
@example("CREATE STREAM X (A " + "ARRAY<" * 2000 + "INT" + ">" * 2000 + ");")
@example("${" * 2000)
def test_any_text_gives_a_result_or_one_of_our_errors(text: str) -> None:
    problem = _refusal(text)

    assert problem is None or (problem.message and problem.located("file.sql"))


@settings(deadline=None)
@given(STARTED | EXPRESSIONS)
def test_an_error_points_into_the_text(text: str) -> None:
    problem = _refusal(text)

    if problem is not None and problem.at is not None and problem.text is not None:
        assert 0 <= problem.at.offset <= len(problem.text)
        assert problem.at.line == problem.text[: problem.at.offset].count("\n") + 1
