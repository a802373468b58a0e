"""`verify`, `ksql` and `bigquery` as commands, against a stack on a port of this machine."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from tests.workshop.stack_on_a_port import Apis, apis
from workshop import chain
from workshop.bigquery import BigQuery
from workshop.chain import Broken, Chain
from workshop.commands import bigquery as bigquery_command
from workshop.commands import ksql as ksql_command
from workshop.commands import verify
from workshop.commands.verify import NothingDelivered, wait_for_rows
from workshop.outputs import StackOutputs

QUERIES = "POST /bigquery/v2/projects/p/queries"
COLUMNS = ("ACCOUNT_NAME", "QUANTITY", "WINDOW_START", "WINDOW_END")


def view(*rows: tuple[str, ...]) -> tuple[int, Any]:
    return 200, {
        "jobReference": {"jobId": "j"},
        "jobComplete": True,
        "schema": {"fields": [{"name": name} for name in COLUMNS]},
        "rows": [{"f": [{"v": value} for value in row]} for row in rows],
    }


ROW = ("ABC123", "12", "2026-01-01 00:00:00 +0000", "2026-01-01 00:05:00 +0000")


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Apis]:
    with apis() as state:
        for command in (verify, ksql_command, bigquery_command):
            monkeypatch.setattr(command, "read_outputs", lambda _stack: state.outputs)
        monkeypatch.setattr(verify, "selected_stack", lambda: "team-b")
        monkeypatch.setattr(chain, "cloud_key", lambda _outputs: None)
        yield state


def run(command: click.Command, *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def test_rows_are_returned_once_no_more_rush_in(
    served: Apis, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.answers[QUERIES] = view(ROW)
    monkeypatch.setattr(Chain, "first_broken", lambda _chain: None)
    bigquery = BigQuery(served.outputs, {})

    found = wait_for_rows(served.outputs, bigquery, timedelta(seconds=5))
    bigquery.close()

    assert found.rows == (ROW,)
    assert len(served.asked) == 2


def test_a_broken_link_fails_with_its_name(served: Apis, monkeypatch: pytest.MonkeyPatch) -> None:
    served.answers[QUERIES] = (404, {"error": {"message": "Not found: Table p:d.view"}})
    monkeypatch.setattr(Chain, "first_broken", lambda _chain: Broken("topic t", "it is gone"))

    result = run(verify.command, "--timeout", "1")

    assert result.exit_code == 1
    assert "Error: the workshop does not deliver. First broken link: topic t: it is gone" in (
        result.output
    )


def test_no_rows_although_all_is_well_says_what_to_look_at(
    served: Apis, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.answers[QUERIES] = view()
    monkeypatch.setattr(Chain, "first_broken", lambda _chain: None)
    bigquery = BigQuery(served.outputs, {})

    with pytest.raises(NothingDelivered, match=r"within 1 s, .*Is the alert threshold too high"):
        wait_for_rows(served.outputs, bigquery, timedelta(seconds=1))
    bigquery.close()


def test_rows_of_before_do_not_hide_a_broken_link(
    served: Apis, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.answers[QUERIES] = view(ROW)
    monkeypatch.setattr(Chain, "first_broken", lambda _chain: Broken("sink s", "it is FAILED"))

    result = run(verify.command, "--json")

    assert result.exit_code == 1
    assert "First broken link: sink s: it is FAILED" in result.output


def test_what_is_paused_does_no_harm_to_rows_that_are_there(
    served: Apis, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.answers[QUERIES] = view(ROW)
    judged = []
    monkeypatch.setattr(Chain, "first_broken", lambda asked: judged.append(asked.in_order))

    result = run(verify.command, "--json")

    assert result.exit_code == 0
    assert judged == [{"RUNNING", "PROVISIONING", "PAUSED"}]


@pytest.mark.parametrize(
    ("stack", "ask", "end"),
    [
        ("dev", 'python -m workshop bigquery "SELECT', "make down"),
        (
            "team-x",
            'python -m workshop bigquery --stack team-x "SELECT',
            "pulumi destroy --stack team-x",
        ),
    ],
)
def test_the_next_steps_are_about_the_stack_that_was_verified(
    served: Apis, stack: str, ask: str, end: str
) -> None:
    steps = verify._next_steps(replace(served.outputs, stack=stack))

    assert steps["ask BigQuery"].startswith(ask)
    assert steps["take it down"] == end


def test_without_a_stack_the_selected_one_is_verified(
    served: Apis, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.answers[QUERIES] = view(ROW)
    monkeypatch.setattr(Chain, "first_broken", lambda _chain: None)
    asked: list[str | None] = []
    outputs = served.outputs

    def read(stack: str | None) -> StackOutputs:
        asked.append(stack)
        return outputs

    monkeypatch.setattr(verify, "read_outputs", read)

    run(verify.command, "--json")
    run(verify.command, "--json", "--stack", "dev")

    assert asked == ["team-b", "dev"]


def test_rows_can_be_had_as_json(served: Apis, monkeypatch: pytest.MonkeyPatch) -> None:
    served.answers[QUERIES] = view(ROW)
    monkeypatch.setattr(Chain, "first_broken", lambda _chain: None)

    result = run(verify.command, "--json")

    assert result.exit_code == 0
    [line] = [each for each in result.output.splitlines() if each.startswith("{")]
    assert json.loads(line) == dict(zip(COLUMNS, ROW, strict=True))


def test_bigquery_shows_its_own_error_on_one_line(served: Apis) -> None:
    served.answers[QUERIES] = (400, {"error": {"message": "Unrecognized name: x"}})

    result = run(bigquery_command.command, "SELECT x")

    assert result.exit_code == 1
    assert result.output == "Error: Unrecognized name: x (BigQuery, 400)\n"


def test_a_statement_without_rows_is_done(served: Apis) -> None:
    served.answers[QUERIES] = (200, {"jobReference": {"jobId": "j"}, "jobComplete": True})

    assert run(bigquery_command.command, "DELETE FROM t WHERE TRUE").output == "done\n"


def test_ksql_shows_the_servers_error_and_no_secret(served: Apis) -> None:
    result = run(ksql_command.command, "SELECT * FROM nobody")

    assert result.exit_code == 1
    assert "Could not find STREAM/TABLE in the Metastore (ksqlDB error 40001)" in result.output
    assert "the-secret" not in result.output
    assert served.asked[0][1]["streamsProperties"] == {
        "auto.offset.reset": "earliest",
        "ksql.query.pull.table.scan.enabled": True,
    }


def test_ksql_shows_results_of_other_statements(served: Apis) -> None:
    served.statements["SHOW STREAMS;"] = (
        200,
        [{"@type": "streams", "streams": [{"name": "S", "topic": "s"}], "warnings": []}],
    )

    result = run(ksql_command.command, "SHOW STREAMS", "--json")

    assert json.loads(result.output)["streams"] == [{"name": "S", "topic": "s"}]
