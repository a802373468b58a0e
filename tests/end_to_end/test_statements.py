"""Statements as managed objects: the class of a change, its order, drift and its repair."""

import re
from collections.abc import Iterator

import pytest
import requests

from tests.end_to_end.conftest import REQUEST_TIMEOUT_S, Workshop
from tests.end_to_end.test_bad_input import edit

BOUGHT = "ksql/statements/40_number_of_times_stock_bought.sql"
ENRICHED = "ksql/statements/30_stocks_enriched.sql"
MONITORED = "ksql/statements/70_accounts_to_monitor.sql"
READERS = {"total_stock_purchased", "stocks_purchased_5min_window_tumbling", "accounts_to_monitor"}


@pytest.fixture
def edited(workshop: Workshop) -> Iterator[Workshop]:
    """The workshop; afterwards its statements are as before, on disk and on the server."""
    yield workshop
    workshop.checkout.check("git checkout --quiet -- ksql")
    back = workshop.checkout.pulumi("up --stack dev --yes --skip-preview")
    assert back.exit_code == 0, back.output


def ksql(workshop: Workshop, sql: str) -> list[dict[str, object]]:
    out = workshop.outputs
    answer = requests.post(
        f"{out['ksqldb_endpoint']}/ksql",
        json={"ksql": sql, "streamsProperties": {}},
        auth=(out["ksqldb_api_key"], out["ksqldb_api_secret"]),
        timeout=REQUEST_TIMEOUT_S,
    )
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()
    return found


def up(workshop: Workshop) -> str:
    result = workshop.checkout.pulumi("up --stack dev --yes --skip-preview")
    settled = workshop.checkout.pulumi("preview --stack dev --expect-no-changes")
    assert result.exit_code == 0, result.output
    assert settled.exit_code == 0, settled.output
    return result.output


def done(output: str, what: str) -> list[str]:
    """Return the statements that something was done to, in the order it ended."""
    return re.findall(rf"ksql:Statement (\w+) {what}", output)


def test_another_layout_is_no_change(edited: Workshop) -> None:
    edit(edited.checkout, MONITORED, "SELECT", "SELECT -- why\n")
    edit(edited.checkout, MONITORED, "GROUP BY account", "group by ACCOUNT")

    output = up(edited)

    assert done(output, "(?:created|updated|deleted|replaced)") == []


def test_a_filter_is_replaced_in_place(edited: Workshop) -> None:
    edit(edited.checkout, BOUGHT, "side = 'BUY'", "side = 'SELL'")

    output = up(edited)

    assert done(output, "updated") == ["number_of_times_stock_bought"]
    assert done(output, "(?:created|deleted)") == []
    assert "NUMBER_OF_TIMES_STOCK_BOUGHT is updated in place: offsets are kept" in output


def test_a_join_is_re_created_with_its_readers_in_data_flow_order(edited: Workshop) -> None:
    edit(edited.checkout, ENRICHED, "  gender,\n", "")

    output = up(edited)

    deleted, created = done(output, "deleted original"), done(output, "created replacement")
    assert (set(deleted[:3]), deleted[3:]) == (READERS, ["stocks_enriched"])
    assert (created[:1], set(created[1:])) == (["stocks_enriched"], READERS)
    assert done(output, "updated") == []
    assert "STOCKS_ENRICHED is re-created: the projection differs, and a join cannot be" in output
    verified = edited.checkout.run("source .workshop/env && python -m workshop verify")
    assert verified.exit_code == 0, verified.output


def test_a_preview_asks_the_server_about_a_changed_plan(edited: Workshop) -> None:
    # Only the server knows that the topic is there with another number of partitions.
    edit(
        edited.checkout,
        BOUGHT,
        "'number_of_times_stock_bought'",
        "'users_topic', PARTITIONS = 3",
    )

    preview = edited.checkout.pulumi("preview --stack dev")

    assert preview.exit_code != 0
    assert "the server would refuse the plan" in preview.output
    assert "Traceback" not in preview.output


def test_a_query_paused_by_hand_shows_in_a_refresh_and_is_resumed(workshop: Workshop) -> None:
    [shown] = ksql(workshop, "DESCRIBE TOTAL_STOCK_PURCHASED;")
    [query] = shown["sourceDescription"]["writeQueries"]  # type: ignore[index]  # wire JSON
    ksql(workshop, f"PAUSE {query['id']};")

    refresh = workshop.checkout.pulumi("refresh --stack dev --yes")
    output = up(workshop)

    assert done(refresh.output, "updated") == ["total_stock_purchased"]
    assert "its query is paused and will be resumed" in output
    [after] = ksql(workshop, "DESCRIBE TOTAL_STOCK_PURCHASED;")
    [running] = after["sourceDescription"]["writeQueries"]  # type: ignore[index]  # wire JSON
    assert (running["id"], running["state"]) == (query["id"], "RUNNING")


def test_a_statement_replaced_by_hand_shows_in_a_refresh_and_is_put_back(
    workshop: Workshop,
) -> None:
    text = (workshop.checkout.path / BOUGHT).read_text()
    sql = text[text.index("CREATE") :].replace("BUY", "SELL")
    ksql(workshop, sql.replace("CREATE", "CREATE OR REPLACE", 1))

    refresh = workshop.checkout.pulumi("refresh --stack dev --yes")
    up(workshop)

    assert done(refresh.output, "updated") == ["number_of_times_stock_bought"]
    [after] = ksql(workshop, "DESCRIBE NUMBER_OF_TIMES_STOCK_BOUGHT;")
    assert "'BUY'" in str(after["sourceDescription"])
