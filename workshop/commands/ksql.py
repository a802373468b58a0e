"""`python -m workshop ksql "SELECT …"`."""

import json
from itertools import islice

import click

from ksql.client import KsqlClient
from ksql.errors import KsqlError
from workshop.ksqldb import PROPERTIES, connect, entity_rows, is_query, rows_of, terminated
from workshop.outputs import StackUnreadable, read_outputs
from workshop.showing import print_json, show_table, shown


@click.command()
@click.argument("sql")
@click.option("--stack", help="Whose application; the selected stack's by default.")
@click.option("--limit", type=click.IntRange(min=1), help="End after so many rows.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per row or result.")
def command(sql: str, stack: str | None, limit: int | None, as_json: bool) -> None:
    """Send SQL to the ksqlDB application.

    A SELECT with EMIT CHANGES goes on until Ctrl-C. Reads from the beginning and may scan tables,
    as the lab sets it.
    """
    text = terminated(sql)
    try:
        with connect(read_outputs(stack)) as client:
            if is_query(text):
                _show_rows(client, text, limit, as_json=as_json)
            else:
                _show_results(client, text, as_json=as_json)
    except (StackUnreadable, KsqlError) as failed:
        raise click.ClickException(str(failed)) from None
    except KeyboardInterrupt:
        click.echo("", err=True)


def _show_rows(client: KsqlClient, sql: str, limit: int | None, *, as_json: bool) -> None:
    columns, found = rows_of(client, sql)
    rows = (row.columns for row in islice(found, limit) if not row.is_tombstone)
    if as_json:
        print_json(columns, rows)
    elif "EMIT CHANGES" in sql.upper():
        # Rows have to show as they come, so no column can wait for its widest value.
        click.echo("  ".join(columns))
        for row in rows:
            click.echo("  ".join(shown(value) for value in row))
    else:
        show_table("", columns, rows)


def _show_results(client: KsqlClient, sql: str, *, as_json: bool) -> None:
    for entity in client.change(sql, PROPERTIES):
        if as_json:
            click.echo(json.dumps(entity))
        else:
            show_table("", *entity_rows(entity))
