"""`make up` on a clean checkout, and what Google's own client finds afterwards."""

import io
import re
from collections.abc import Iterator

import pytest
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from tests.end_to_end.conftest import Workshop

LAB_TIME = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} \+0000")


@pytest.fixture(scope="module")
def client(workshop: Workshop) -> Iterator[bigquery.Client]:
    client = bigquery.Client(
        project=workshop.outputs["bigquery_project"],
        credentials=AnonymousCredentials(),
        client_options=ClientOptions(api_endpoint=workshop.checkout.base_url),
    )
    yield client
    client.close()


def view_name(workshop: Workshop) -> str:
    out = workshop.outputs
    return f"{out['bigquery_project']}.{out['bigquery_dataset']}.{out['bigquery_view']}"


def table_name(workshop: Workshop) -> str:
    out = workshop.outputs
    return f"{out['bigquery_project']}.{out['bigquery_dataset']}.{out['bigquery_table']}"


def test_make_up_leaves_git_status_clean(workshop: Workshop) -> None:
    assert workshop.up.exit_code == 0
    assert workshop.checkout.changed_files() == ""


def test_states_are_replaced_in_one_go_so_that_a_killed_engine_leaves_none_unreadable(
    workshop: Workshop,
) -> None:
    stacks = workshop.checkout.path / ".workshop" / "stacks" / ".pulumi" / "stacks"
    written = {each.name for each in stacks.rglob("*.*")}

    assert "dev.json" in written
    assert {name for name in written if name.endswith(".attrs")} == set()


def test_make_up_prints_rows_chart_pull_query_addresses_and_next_steps(workshop: Workshop) -> None:
    output = workshop.up.output

    rows = [
        line
        for line in output.splitlines()
        if len(LAB_TIME.findall(line)) >= 2 and any(a in line for a in ("ABC123", "LMN456", "XYZ"))
    ]
    assert len(rows) >= 10
    assert "WINDOW_END" in output
    assert "█" in output
    assert workshop.outputs["ksqldb_endpoint"] in output
    assert workshop.outputs["rest_endpoint"] in output
    assert "source .workshop/env" in output
    assert "python -m workshop ksql" in output
    assert "python -m workshop bigquery" in output
    assert "make down" in output


def test_the_view_holds_the_latest_value_of_each_account_and_window(
    workshop: Workshop, client: bigquery.Client
) -> None:
    rows = list(client.query(f"SELECT * FROM `{view_name(workshop)}`").result())

    latest = {
        (record["value"]["ACCOUNT_NAME"], record["value"]["WINDOW_START"]): record["value"]
        for record in workshop.records("accounts_to_monitor")
        if record["value"] is not None
    }
    shown = {(row["ACCOUNT_NAME"], row["WINDOW_START"]): row for row in rows}
    assert len(shown) == len(rows) >= 10
    # The newest windows are still counting while this test reads, so only closed ones are equal.
    newest = max(start for _, start in latest)
    closed = {key: value for key, value in latest.items() if key[1] < newest}
    assert {key: shown[key]["QUANTITY"] for key in closed} == {
        key: value["QUANTITY"] for key, value in closed.items()
    }


def test_the_official_client_lists_the_dataset(workshop: Workshop, client: bigquery.Client) -> None:
    datasets = [dataset.dataset_id for dataset in client.list_datasets()]

    assert workshop.outputs["bigquery_dataset"] in datasets


def test_the_official_client_lists_the_table_rows(
    workshop: Workshop, client: bigquery.Client
) -> None:
    rows = list(client.list_rows(table_name(workshop), max_results=20))

    assert len(rows) == 20
    assert {"ACCOUNT_NAME", "QUANTITY", "WINDOW_START", "WINDOW_END"} <= set(rows[0].keys())


def test_the_official_client_runs_a_parametrised_group_by(
    workshop: Workshop, client: bigquery.Client
) -> None:
    sql = f"""
        SELECT ACCOUNT_NAME, COUNT(*) AS windows FROM `{view_name(workshop)}`
        WHERE QUANTITY > @least GROUP BY ACCOUNT_NAME ORDER BY ACCOUNT_NAME
    """
    parameters = [bigquery.ScalarQueryParameter("least", "INT64", 10)]

    rows = list(
        client.query(sql, job_config=bigquery.QueryJobConfig(query_parameters=parameters)).result()
    )

    assert [row["ACCOUNT_NAME"] for row in rows] == ["ABC123", "LMN456", "XYZ789"]
    assert all(isinstance(row["windows"], int) and row["windows"] > 0 for row in rows)


def test_the_official_client_streams_rows_and_loads_a_csv(
    workshop: Workshop, client: bigquery.Client
) -> None:
    dataset = workshop.outputs["bigquery_dataset"]
    table = bigquery.Table(
        f"{client.project}.{dataset}.notes",
        schema=[
            bigquery.SchemaField("ACCOUNT", "STRING"),
            bigquery.SchemaField("SCORE", "INT64"),
        ],
    )
    client.create_table(table)

    errors = client.insert_rows_json(table, [{"ACCOUNT": "ABC123", "SCORE": 7}])
    load = client.load_table_from_file(
        io.BytesIO(b"ACCOUNT,SCORE\nLMN456,8\n"),
        table,
        job_config=bigquery.LoadJobConfig(
            source_format=bigquery.SourceFormat.CSV, skip_leading_rows=1
        ),
    ).result()

    rows = {(row["ACCOUNT"], row["SCORE"]) for row in client.list_rows(table)}
    client.delete_table(table)
    assert errors == []
    assert load.output_rows == 1
    assert rows == {("ABC123", 7), ("LMN456", 8)}
