"""What the server shows of a statement means what was sent: on every statement of others' cases.

DESCRIBE, SHOW QUERIES, EXPLAIN and a command's answer each show a text; `ksql.meaning` compares it,
as a refresh and an adoption do.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ksql.description import described_source
from ksql.errors import PlanInvalid
from ksql.graph import Script, make_plan
from ksql.language import LanguageError, parse_script, parse_statement, statement_text
from ksql.language.tree import CreateAsSelect, CreateSource, InsertInto, Statement
from ksql.language.tree_queries import Query
from ksql.meaning import difference
from sandbox.ksqldb.errors import KsqlError
from sandbox.ksqldb.testing.cases import Case, read_cases
from sandbox.ksqldb.testing.stage import Stage

CASES = Path(__file__).parents[3] / "../shared/ksqldb-cases"
FILES = sorted(CASES.glob("*-tests/*.json"))

pytestmark = pytest.mark.skipif(not FILES, reason="needs ../shared/ksqldb-cases, which is not ours")


def cases() -> Iterator[Case]:
    for file in FILES:
        yield from read_cases(file)


def parsed(text: str) -> list[Statement]:
    """Return the statements of a text, none if it is outside the language."""
    try:
        return [each.statement for each in parse_script(text)]
    except LanguageError:
        return []


def test_every_statement_is_printed_as_a_text_of_the_same_meaning() -> None:
    statements = [
        statement for case in cases() for text in case.statements for statement in parsed(text)
    ]

    changed = [
        (each, shown)
        for each in statements
        if (shown := statement_text(each)) and parse_statement(shown) != each
    ]
    assert changed == []
    assert len(statements) > 900


def shown_texts(stage: Stage, text: str) -> Iterator[tuple[Statement, str, str]]:
    """Carry out a text; yield each creation in it, where a text of it is shown, and that text."""
    before = set(stage.server.metastore.queries)
    answers = stage.execute(text)
    for statement in parsed(text):
        if isinstance(statement, CreateSource | CreateAsSelect):
            described = stage.execute(f"DESCRIBE `{statement.name}`;")[0]["sourceDescription"]
            yield statement, "DESCRIBE", described["statement"]
        if isinstance(statement, CreateAsSelect | InsertInto):
            [made] = set(stage.server.metastore.queries) - before or {""}
            if not made:
                continue
            [listed] = [
                each for each in stage.execute("SHOW QUERIES;")[0]["queries"] if each["id"] == made
            ]
            yield statement, "SHOW QUERIES", listed["queryString"]
            explained = stage.execute(f"EXPLAIN {made};")[0]["queryDescription"]
            yield statement, "EXPLAIN", explained["statementText"]
            yield statement, "the answer", answers[-1]["statementText"]


@pytest.fixture(scope="module")
def shown() -> list[tuple[str, Statement, str, str]]:
    """Case, statement, where its text is shown, and that text."""
    found: list[tuple[str, Statement, str, str]] = []
    for case in cases():
        stage = Stage(case, one_partition=True)
        try:
            for text in case.statements:
                found += [(case.name, *each) for each in shown_texts(stage, text)]
        except (KsqlError, LanguageError):
            # The case is about this refusal, or about what is outside the language.
            pass
        finally:
            stage.stop()
    return found


def test_what_the_server_shows_of_a_statement_means_what_was_sent(
    shown: list[tuple[str, Statement, str, str]],
) -> None:
    differing = [
        (name, where, statement_text(sent), text, part)
        for name, sent, where, text in shown
        if (part := difference(sent, parse_statement(text), rewritten=True))
    ]

    assert differing == []
    assert len(shown) > 900
    assert {where for _, _, where, _ in shown} == {
        "DESCRIBE",
        "SHOW QUERIES",
        "EXPLAIN",
        "the answer",
    }


def without_clause(query: Query, clause: str) -> Query:
    nothing: dict[str, Any] = {clause: None}
    return replace(query, **nothing)


def test_what_is_left_out_of_a_query_shows(
    shown: list[tuple[str, Statement, str, str]],
) -> None:
    clauses = ("where", "having", "group_by", "partition_by", "window")
    without = [
        (replace(sent, query=without_clause(sent.query, clause)), text, clause)
        for _, sent, _, text in shown
        if isinstance(sent, CreateAsSelect)
        for clause in clauses
        if getattr(sent.query, clause) is not None
    ]

    missed = [
        each
        for each in without
        if not difference(each[0], parse_statement(each[1]), rewritten=True)
    ]
    assert missed == []
    assert {clause for *_, clause in without} == set(clauses)


def test_a_plan_foretells_the_columns_and_formats_that_the_server_describes() -> None:
    told, described = [], []
    for case in cases():
        scripts = [Script(f"{index}.sql", text) for index, text in enumerate(case.statements)]
        stage = Stage(case, one_partition=True)
        try:
            plan = make_plan(scripts, {})
            for text in case.statements:
                stage.execute(text)
        except (KsqlError, PlanInvalid):
            continue
        finally:
            stage.stop()
        for each in plan.statements:
            there = described_source(stage.execute(f"DESCRIBE `{each.name}`;")[0])
            if each.columns is not None and not case.properties:
                told.append((case.name, each.columns, each.formats))
                keys = (f"{column} KEY" for column in there.key_schema)
                formats = {"key_format": there.key_format, "value_format": there.value_format}
                described.append((case.name, (*keys, *there.value_schema), formats))

    assert told == described
    assert len(told) > 400
