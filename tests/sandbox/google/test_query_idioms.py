"""What people write over the workshop's table: the latest row per key, and views on views."""

from typing import Any

import pytest
from google.api_core.exceptions import Forbidden, GoogleAPICallError
from google.cloud import bigquery

from tests.sandbox.google.conftest import PROJECT, Identity, Served
from tests.sandbox.google.test_identity import EMAIL, grant_in_project, grant_on_dataset
from tests.sandbox.google.test_queries import rows
from tests.sandbox.google.test_tables import create, view

COUNTS = [("a", 11, "10:00"), ("a", 12, "10:00"), ("b", 15, "10:00"), ("a", 13, "10:05")]
LATEST = [("a", 12, "10:00"), ("a", 13, "10:05"), ("b", 15, "10:00")]


@pytest.fixture
def client(lab: Served) -> bigquery.Client:
    fields = [
        {"name": "ACCOUNT_NAME", "type": "STRING"},
        {"name": "QUANTITY", "type": "INTEGER"},
        {"name": "WINDOW_START", "type": "STRING"},
    ]
    create(lab, "m", schema={"fields": fields}, timePartitioning={"type": "DAY"})
    client = lab.client()
    names = [field["name"] for field in fields]
    appended = [dict(zip(names, row, strict=True)) for row in COUNTS]
    assert client.insert_rows_json(f"{PROJECT}.lab.m", appended) == []
    return client


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT ACCOUNT_NAME, MAX(QUANTITY), WINDOW_START FROM lab.m GROUP BY 1, 3",
        "SELECT * EXCEPT(n) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY ACCOUNT_NAME, "
        "WINDOW_START ORDER BY QUANTITY DESC) AS n FROM lab.m) WHERE n = 1",
        "SELECT ACCOUNT_NAME, QUANTITY, WINDOW_START FROM lab.m WHERE true QUALIFY ROW_NUMBER() "
        "OVER (PARTITION BY ACCOUNT_NAME, WINDOW_START ORDER BY _PARTITIONTIME DESC, QUANTITY "
        "DESC) = 1",
        "SELECT ARRAY_AGG(t ORDER BY QUANTITY DESC LIMIT 1)[OFFSET(0)].* FROM lab.m AS t "
        "GROUP BY ACCOUNT_NAME, WINDOW_START",
        "SELECT ACCOUNT_NAME, ANY_VALUE(QUANTITY HAVING MAX QUANTITY), WINDOW_START FROM lab.m "
        "GROUP BY ACCOUNT_NAME, WINDOW_START",
    ],
)
def test_latest_count_per_account_and_window(client: bigquery.Client, sql: str) -> None:
    assert sorted(rows(client, sql)) == LATEST


def test_lab_chart_sums_a_view_by_window(lab: Served, client: bigquery.Client) -> None:
    create(lab, "latest", **view(
        f"SELECT ACCOUNT_NAME, MAX(QUANTITY) AS QUANTITY, WINDOW_START FROM `{PROJECT}.lab.m` "
        "GROUP BY ACCOUNT_NAME, WINDOW_START"
    ))  # fmt: skip
    create(lab, "chart", **view(
        "SELECT WINDOW_START, SUM(QUANTITY) AS QUANTITY FROM lab.latest GROUP BY WINDOW_START"
    ))  # fmt: skip

    found = rows(client, "SELECT * FROM lab.chart ORDER BY WINDOW_START")

    assert found == [("10:00", 27), ("10:05", 13)]


def test_view_of_a_table_that_went_says_so(lab: Served, client: bigquery.Client) -> None:
    create(lab, "v", **view("SELECT * FROM lab.m"))
    client.delete_table("lab.m")

    with pytest.raises(GoogleAPICallError, match=r"Not found: Table sandbox-project:lab\.m was"):
        client.query_and_wait("SELECT * FROM lab.v")


def test_view_made_by_sql_is_a_view(client: bigquery.Client) -> None:
    client.query("CREATE VIEW lab.v AS SELECT COUNT(*) AS n FROM lab.m").result()

    assert client.get_table("lab.v").table_type == "VIEW"
    assert rows(client, "SELECT n FROM lab.v") == [(4,)]


def test_reader_of_one_dataset_sees_another_only_through_its_authorized_view(
    lab: Served, client: bigquery.Client, sink_identity: Identity
) -> None:
    private: Any = bigquery.Dataset(f"{PROJECT}.private")
    client.create_dataset(private)
    client.query("CREATE TABLE private.t AS SELECT 7 AS x").result()
    create(lab, "shown", **view("SELECT x FROM private.t"))
    grant_on_dataset(lab, "READER", EMAIL)
    grant_in_project(lab, "roles/bigquery.jobUser", EMAIL)
    reader = lab.client(sink_identity.credentials())

    with pytest.raises(Forbidden, match=r"bigquery.tables.getData denied on table"):
        reader.query_and_wait("SELECT * FROM lab.shown")
    private = client.get_dataset("private")
    reference = {"projectId": PROJECT, "datasetId": "lab", "tableId": "shown"}
    entry = bigquery.AccessEntry(None, "view", reference)
    private.access_entries = [*private.access_entries, entry]
    client.update_dataset(private, ["access_entries"])

    assert rows(reader, "SELECT * FROM lab.shown") == [(7,)]
    with pytest.raises(Forbidden, match=r"bigquery.tables.getData denied on table"):
        reader.query_and_wait("SELECT * FROM private.t")
