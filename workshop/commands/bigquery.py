"""`python -m workshop bigquery "SELECT …"`."""

import os
from contextlib import closing

import click

from workshop.bigquery import BigQuery, BigQueryFailed
from workshop.outputs import StackUnreadable, read_outputs
from workshop.showing import print_json, show_table


@click.command()
@click.argument("sql")
@click.option("--stack", help="Whose dataset; the selected stack's by default.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per row.")
def command(sql: str, stack: str | None, as_json: bool) -> None:
    """Run SQL in BigQuery; a table without a dataset is the workshop's."""
    try:
        with closing(BigQuery(read_outputs(stack), os.environ)) as bigquery:
            result = bigquery.query(sql)
    except (StackUnreadable, BigQueryFailed) as failed:
        raise click.ClickException(str(failed)) from None
    if as_json:
        print_json(result.columns, result.rows)
    elif not result.columns:
        click.echo("done")
    else:
        show_table("", result.columns, result.rows)
