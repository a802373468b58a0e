"""`python -m workshop verify`: wait until the workshop delivers, and show what it delivers."""

import os
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import click

from ksql.errors import KsqlError
from ksql.waiting import RealClock, every
from toolchain.progress import Step
from workshop.bigquery import BigQuery, BigQueryFailed, Result
from workshop.chain import IN_ORDER, PAUSED, Broken, Chain
from workshop.ksqldb import connect, rows_of
from workshop.lifecycle import STACK
from workshop.outputs import StackOutputs, StackUnreadable, read_outputs, selected_stack
from workshop.running import CHECKOUT
from workshop.showing import print_json, show_chart, show_pairs, show_table

LOOK_S = 0.5
DIAGNOSE_S = 5.0
"""How long rows may be missing before each link is asked what is wrong."""
SHOWN_ROWS = 15
SHOWN_BARS = 20

TRADES = "SELECT * FROM STOCKS_ENRICHED WHERE ACCOUNT = 'ABC123' EMIT CHANGES;"
LOOK_FOR_TRADES = "`python -m workshop ksql 'SELECT * FROM STOCKS_ENRICHED EMIT CHANGES LIMIT 3;'`"

ADDRESSES = {
    "Kafka bootstrap servers": "bootstrap_servers",
    "Kafka REST": "rest_endpoint",
    "Schema Registry": "schema_registry_endpoint",
    "ksqlDB": "ksqldb_endpoint",
    "BigQuery console": "bigquery_console_url",
    "Looker Studio": "looker_studio_url",
}


class NothingDelivered(Exception):
    """No rows arrive, or no more will; the message names the first broken link."""


@click.command()
@click.option("--stack", help="Which stack; the selected one by default.")
@click.option(
    "--timeout", "timeout_s", type=click.IntRange(min=1), help="Seconds to wait for rows."
)
@click.option("--json", "as_json", is_flag=True, help="The view's rows, one JSON object per line.")
def command(stack: str | None, timeout_s: int | None, as_json: bool) -> None:
    """Wait until rows of accounts_to_monitor are in BigQuery, and show them.

    Exits 1 if none arrive, or none will any more, naming the first broken link: connector, topic,
    statement, sink, table. What somebody paused does no harm to rows that are there.
    """
    try:
        outputs = read_outputs(stack or selected_stack())
        patience = timedelta(seconds=timeout_s or (60 if outputs.is_sandbox else 900))
        with closing(BigQuery(outputs, os.environ)) as bigquery:
            found = wait_for_rows(outputs, bigquery, patience)
        if as_json:
            print_json(found.columns, found.rows)
        else:
            show(outputs, found)
    except (StackUnreadable, BigQueryFailed, KsqlError, NothingDelivered) as failed:
        raise click.ClickException(str(failed)) from None


def wait_for_rows(outputs: StackOutputs, bigquery: BigQuery, patience: timedelta) -> Result:
    """Return the view's rows, latest windows first, once there are some and no more rush in.

    Raises:
        NothingDelivered: A link is broken, even though earlier rows may be there, or time is up.
        BigQueryFailed: The view cannot be read.
    """
    chain = Chain(outputs, bigquery)
    sql = (
        f"SELECT * FROM `{outputs['bigquery_view']}`"  # noqa: S608 - our own view's name
        " ORDER BY WINDOW_END DESC, ACCOUNT_NAME"
    )
    asked_at_s, before = 0.0, -1
    with Step("waiting for rows of accounts_to_monitor in BigQuery") as step:
        for waited_s in every(LOOK_S, patience, RealClock()):
            found = _rows(bigquery, sql)
            if found is not None and 0 < len(found.rows) == before:
                step.outcome(f"{len(found.rows)} accounts and windows")
                _require_whole(replace(chain, in_order=IN_ORDER | {PAUSED}).first_broken())
                return found
            before = len(found.rows) if found else 0
            if before == 0 and waited_s - asked_at_s >= DIAGNOSE_S:
                asked_at_s = waited_s
                _require_whole(chain.first_broken())
    _require_whole(chain.first_broken())
    raise NothingDelivered(
        f"no row has arrived within {patience.total_seconds():.0f} s, although every connector and"
        f" every query runs. Is the alert threshold too high for the data? {LOOK_FOR_TRADES} shows"
        " whether trades arrive"
    )


def _rows(bigquery: BigQuery, sql: str) -> Result | None:
    try:
        return bigquery.query(sql)
    except BigQueryFailed as failed:
        # A view or table that is missing is a broken link, which the chain names.
        if "Not found" in str(failed):
            return None
        raise


def _require_whole(broken: Broken | None) -> None:
    if broken is not None:
        raise NothingDelivered(f"the workshop does not deliver. First broken link: {broken}")


def show(outputs: StackOutputs, found: Result) -> None:
    """Print rows, the lab's chart, the lab's pull query, addresses, and what to try next."""
    view = f"{outputs['bigquery_dataset']}.{outputs['bigquery_view']}"
    show_table(
        f"{view}: the latest {min(len(found.rows), SHOWN_ROWS)} of {len(found.rows)} rows",
        found.columns,
        found.rows[:SHOWN_ROWS],
    )
    show_chart("QUANTITY by WINDOW_END (all accounts)", _by_window_end(found))
    _show_pull_query(outputs)
    show_pairs("Addresses", {shown: outputs[name] for shown, name in ADDRESSES.items()})
    show_pairs("Next", _next_steps(outputs))


def _by_window_end(found: Result) -> dict[str, int]:
    end, quantity = found.columns.index("WINDOW_END"), found.columns.index("QUANTITY")
    totals: dict[str, int] = {}
    for row in reversed(found.rows):
        totals[row[end]] = totals.get(row[end], 0) + int(row[quantity])
    return dict(list(totals.items())[-SHOWN_BARS:])


def _show_pull_query(outputs: StackOutputs) -> None:
    file = CHECKOUT / "ksql" / "queries" / "accounts_over_100.sql"
    text = "\n".join(line for line in file.read_text().splitlines() if not line.startswith("--"))
    with connect(outputs) as client:
        columns, rows = rows_of(client, text)
        answer = [row.columns for row in rows]
    sys.stdout.write("\n")
    show_table(
        f"{text.strip()}  ({len(answer)} rows, the first {SHOWN_ROWS})",
        columns,
        answer[:SHOWN_ROWS],
    )


def _next_steps(outputs: StackOutputs) -> dict[str, str]:
    query = f"SELECT * FROM {outputs['bigquery_view']}"  # noqa: S608 - shown, not run
    # `make up` selects stack dev, and `make down` is about that one alone.
    is_others = outputs.stack != STACK
    which = f" --stack {outputs.stack}" if is_others else ""
    ksql = f"python -m workshop ksql{which}"
    steps = {
        "ask ksqlDB": f'{ksql} "SELECT * FROM ACCOUNTS_TO_MONITOR;"',  # noqa: S608 - shown, not run
        "watch trades": f'{ksql} "{TRADES}"',
        "ask BigQuery": f'python -m workshop bigquery{which} "{query} LIMIT 5"',
        "change it": f"pulumi config set{which} alert_threshold 20 && pulumi up{which}",
    }
    if not outputs.is_sandbox:
        return {**steps, "take it down": f"pulumi destroy{which}"}
    end = f"pulumi destroy{which}" if is_others else "make down"
    return {"first": "source .workshop/env", **steps, "take it down": end}
