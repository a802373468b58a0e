import pytest

from ksql.description import (
    Described,
    WritingQuery,
    describe,
    described_source,
    is_own,
    names,
    query_errors,
)
from ksql.errors import StatementRejected, UnexpectedAnswer
from tests.ksql.scripted import Says, ScriptedServer, client_of, description, refusal

LEAST = {"name": "T", "type": "STREAM", "topic": "t"}


def test_columns_are_shown_as_a_plan_shows_them() -> None:
    price = {"type": "DECIMAL", "parameters": {"precision": 4, "scale": 2}}
    fields = [
        {"name": "K`EY", "type": "KEY", "schema": {"type": "STRING", "parameters": None}},
        {"name": "PRICE", "schema": price},
        {"name": "H", "type": "HEADER", "schema": {"type": "BYTES"}},
    ]

    found = described_source({"sourceDescription": {**LEAST, "fields": fields}})

    assert found.key_schema == ("`K``EY` STRING",)
    assert found.value_schema == ("`PRICE` DECIMAL(4, 2)",)


def test_what_a_server_leaves_out_is_empty() -> None:
    queries = [{"id": "CSAS_T_1"}, {"id": "INSERTQUERY_2", "state": None}]

    found = described_source({"sourceDescription": {**LEAST, "writeQueries": queries}})

    assert found == Described("T", "STREAM", "t", "", "", (), (), "", found.queries, ())
    assert [(each.id, each.state) for each in found.queries] == [
        ("CSAS_T_1", ""),
        ("INSERTQUERY_2", ""),
    ]
    assert found.inserts == ("INSERTQUERY_2",)


@pytest.mark.parametrize(
    "reason",
    ["Could not find STREAM/TABLE 'T' in the Metastore", "Stream or table T does not exist."],
)
def test_what_is_not_there_is_none(reason: str) -> None:
    assert describe(client_of(ScriptedServer(refusal(40001, reason))), "T") is None


def test_any_other_refusal_is_raised() -> None:
    server = ScriptedServer(refusal(40001, "Syntax error"))

    with pytest.raises(StatementRejected, match="Syntax error"):
        describe(client_of(server), "T")


@pytest.mark.parametrize("answer", [[], [{}], [{"sourceDescription": {}}]])
def test_what_is_no_description_is_said(answer: list[object]) -> None:
    with pytest.raises(UnexpectedAnswer, match="DESCRIBE is not answered with a description"):
        describe(client_of(ScriptedServer(Says(answer))), "T")


def test_a_name_with_a_quote_is_asked_for_as_it_is() -> None:
    server = ScriptedServer(description("a`b"))

    describe(client_of(server), "a`b")

    assert server.sent == ["DESCRIBE `a``b`;"]


def test_names_are_those_of_streams_and_of_tables() -> None:
    answer = Says([{"streams": [{"name": "S"}]}, {"tables": [{"name": "T"}, {"name": "u"}]}])

    assert names(client_of(ScriptedServer(answer))) == {"S", "T", "u"}


def test_the_errors_of_a_query_are_told_once_each() -> None:
    errors = [{"errorMessage": each} for each in ("denied", "denied", "late")]
    answer = Says([{"queryDescription": {"queryErrors": errors}}])

    assert query_errors(client_of(ScriptedServer(answer)), "CSAS_T_1") == ("denied", "late")


@pytest.mark.parametrize(
    "answer",
    [
        Says([]),
        Says([{}]),
        Says([{"queryDescription": {"queryErrors": None}}]),
        refusal(40001, "Unknown queryId"),
    ],
)
def test_a_server_that_does_not_tell_a_querys_errors_hides_nothing_else(answer: Says) -> None:
    assert query_errors(client_of(ScriptedServer(answer)), "CSAS_T_1") == ()


@pytest.mark.parametrize("query_id", ["CSAS_MINE_3", "CTAS_MINE_3"])
def test_a_query_is_known_as_an_objects_own_whatever_case_its_name_is_in(query_id: str) -> None:
    query = WritingQuery(query_id, "RUNNING")

    assert is_own(query, "mine")
    assert is_own(query, "MINE")
    assert not is_own(query, "min")
    assert not is_own(WritingQuery("INSERTQUERY_3", "RUNNING"), "mine")
