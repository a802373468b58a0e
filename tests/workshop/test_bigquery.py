from collections.abc import Iterator

import pytest

from tests.workshop.stack_on_a_port import Apis, apis
from workshop.bigquery import BigQuery, BigQueryFailed, Result

QUERIES = "/bigquery/v2/projects/p/queries"
JOB = {"jobId": "j1"}
SCHEMA = {"fields": [{"name": "A"}, {"name": "B"}]}


def row(*values: str | None) -> dict[str, list[dict[str, str | None]]]:
    return {"f": [{"v": value} for value in values]}


@pytest.fixture
def served() -> Iterator[Apis]:
    with apis() as state:
        yield state


@pytest.fixture
def bigquery(served: Apis) -> Iterator[BigQuery]:
    client = BigQuery(served.outputs, {})
    yield client
    client.close()


def test_a_query_reads_the_workshops_dataset_by_default(served: Apis, bigquery: BigQuery) -> None:
    served.answers[f"POST {QUERIES}"] = (
        200,
        {"jobReference": JOB, "jobComplete": True, "schema": SCHEMA, "rows": [row("1", None)]},
    )

    assert bigquery.query("SELECT 1") == Result(("A", "B"), (("1", None),))
    [(_, body)] = served.asked
    assert body["defaultDataset"] == {"projectId": "p", "datasetId": "d"}
    assert body["useLegacySql"] is False


def test_a_job_that_takes_longer_is_asked_again_and_its_pages_are_joined(
    served: Apis, bigquery: BigQuery
) -> None:
    served.answers[f"POST {QUERIES}"] = (200, {"jobReference": JOB, "jobComplete": False})
    served.answers[f"GET {QUERIES}/j1?timeoutMs=10000"] = (
        200,
        {
            "jobReference": JOB,
            "jobComplete": True,
            "schema": SCHEMA,
            "rows": [row("1", "x")],
            "pageToken": "t",
        },
    )
    served.answers[f"GET {QUERIES}/j1?pageToken=t"] = (200, {"rows": [row("2", "y")]})

    assert bigquery.query("SELECT 1").rows == (("1", "x"), ("2", "y"))


def test_a_refusal_is_in_bigquerys_own_words(served: Apis, bigquery: BigQuery) -> None:
    served.answers[f"POST {QUERIES}"] = (400, {"error": {"message": "Syntax error at [1:8]"}})

    with pytest.raises(BigQueryFailed, match=r"^Syntax error at \[1:8\] \(BigQuery, 400\)$"):
        bigquery.query("SELECT")


def test_a_missing_table_has_no_number_of_rows(served: Apis, bigquery: BigQuery) -> None:
    path = "GET /bigquery/v2/projects/p/datasets/d/tables"
    served.answers[f"{path}/there"] = (200, {"numRows": "7"})

    assert bigquery.table_rows("there") == 7
    assert bigquery.table_rows("missing") is None


def test_an_address_without_a_server_is_said(served: Apis) -> None:
    served.address = "http://127.0.0.1:1"
    client = BigQuery(served.outputs, {})

    with pytest.raises(BigQueryFailed, match=r"127\.0\.0\.1:1/bigquery/v2/projects/p does not"):
        client.query("SELECT 1")
    client.close()
