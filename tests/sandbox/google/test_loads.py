"""Load jobs through Google's own client, and through the upload protocol itself."""

import io
import json

import pytest
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import bigquery

from tests.sandbox.google.conftest import PROJECT, Served

TABLE = f"{PROJECT}.lab.t"
SCHEMA = [bigquery.SchemaField("name", "STRING"), bigquery.SchemaField("n", "INT64")]


def load(lab: Served, content: bytes, **settings: object) -> bigquery.LoadJob:
    config = bigquery.LoadJobConfig(**{"schema": SCHEMA, **settings})
    return lab.client().load_table_from_file(io.BytesIO(content), TABLE, job_config=config)


def stored(lab: Served) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in lab.client().list_rows(TABLE)]


def test_csv_is_loaded_with_its_header_skipped(lab: Served) -> None:
    job = load(lab, b'name,n\n"a, b",1\nc,\n', skip_leading_rows=1)

    assert job.result().output_rows == 2
    assert stored(lab) == [("a, b", 1), ("c", None)]


def test_csv_with_another_delimiter_and_null_marker(lab: Served) -> None:
    load(lab, b"a\t1\n\\N\t2\n", field_delimiter="\t", null_marker="\\N").result()

    assert stored(lab) == [("a", 1), (None, 2)]


def test_schema_of_a_csv_is_guessed(lab: Served) -> None:
    content = b"name,n,price,on day,at,ok\nx,1,1.5,2024-01-01,2024-01-01 10:00:00 UTC,true\n"

    load(lab, content, schema=None, autodetect=True).result()

    table = lab.client().get_table(TABLE)
    assert [(field.name, field.field_type) for field in table.schema] == [
        ("name", "STRING"),
        ("n", "INTEGER"),
        ("price", "FLOAT"),
        ("on_day", "DATE"),
        ("at", "TIMESTAMP"),
        ("ok", "BOOLEAN"),
    ]
    assert len(stored(lab)) == 1


def test_json_lines_are_loaded_and_their_schema_guessed(lab: Served) -> None:
    rows = [{"name": "a", "tags": ["x"]}, {"name": "b", "tags": [], "deep": {"n": 1}}]

    lab.client().load_table_from_json(rows, TABLE).result()

    assert stored(lab) == [("a", ["x"], None), ("b", [], {"n": 1})]


def test_bad_rows_fail_the_job_and_name_their_line(lab: Served) -> None:
    with pytest.raises(GoogleAPICallError) as refused:
        load(lab, b"a,1\nb,x\nc,3,4\n").result()

    job = lab.client().get_job(next(iter(lab.client().list_jobs())).job_id)
    assert "too many errors encountered: 2, max bad: 0" in str(refused.value)
    assert [error["message"] for error in job.errors[1:]] == [
        "Error while reading data, error message: row 2: "
        "Cannot convert value to integer (bad value): x",
        "Error while reading data, error message: row 3: Too many values in row: 3",
    ]
    with pytest.raises(GoogleAPICallError, match="Not found: Table"):
        stored(lab)


def test_tolerated_bad_rows_are_left_out_and_reported(lab: Served) -> None:
    job = load(lab, b"a,1\nb,x\n", max_bad_records=1)

    assert job.result().output_rows == 1
    assert len(job.errors) == 1
    assert stored(lab) == [("a", 1)]


@pytest.mark.parametrize(
    ("disposition", "expected"),
    [("WRITE_APPEND", [("a", 1), ("b", 2)]), ("WRITE_TRUNCATE", [("b", 2)])],
)
def test_second_load_appends_or_replaces(
    lab: Served, disposition: str, expected: list[tuple[object, ...]]
) -> None:
    load(lab, b"a,1\n").result()

    load(lab, b"b,2\n", write_disposition=disposition).result()

    assert stored(lab) == expected


def test_load_into_a_table_that_must_be_empty_is_a_duplicate(lab: Served) -> None:
    load(lab, b"a,1\n").result()

    with pytest.raises(GoogleAPICallError, match=f"Already Exists: Table {PROJECT}:lab.t"):
        load(lab, b"b,2\n", write_disposition="WRITE_EMPTY").result()


def test_new_column_needs_permission_to_grow_the_table(lab: Served) -> None:
    load(lab, b"a,1\n").result()
    wider = [*SCHEMA, bigquery.SchemaField("note", "STRING")]

    with pytest.raises(GoogleAPICallError, match=r"Cannot add fields \(field: note\)"):
        load(lab, b"b,2,x\n", schema=wider).result()
    load(lab, b"b,2,x\n", schema=wider, schema_update_options=["ALLOW_FIELD_ADDITION"]).result()

    assert stored(lab) == [("a", 1, None), ("b", 2, "x")]


def test_upload_in_one_request_is_the_same_load(lab: Served) -> None:
    config = bigquery.LoadJobConfig(schema=SCHEMA)
    content = b"a,1\n"

    job = lab.client().load_table_from_file(
        io.BytesIO(content), TABLE, size=len(content), job_config=config
    )

    assert job.result().output_rows == 1


def test_resumable_upload_goes_on_where_it_was(lab: Served) -> None:
    path = f"/upload/bigquery/v2/projects/{PROJECT}/jobs?uploadType=resumable"
    reference = {"datasetId": "lab", "tableId": "t", "projectId": PROJECT}
    fields = [field.to_api_repr() for field in SCHEMA]
    job = {"configuration": {"load": {"destinationTable": reference, "schema": {"fields": fields}}}}

    opened = lab.call("POST", path, data=json.dumps(job))
    target = opened.headers["Location"].removeprefix(lab.url)
    first = lab.call("PUT", target, data=b"a,1\n", headers={"Content-Range": "bytes 0-3/*"})
    asked = lab.call("PUT", target, headers={"Content-Range": "bytes */*"})
    wrong = lab.call("PUT", target, data=b"c,3\n", headers={"Content-Range": "bytes 9-12/13"})
    last = lab.call("PUT", target, data=b"b,2\n", headers={"Content-Range": "bytes 4-7/8"})

    assert (first.status_code, first.headers["Range"]) == (308, "bytes=0-3")
    assert (asked.status_code, asked.headers["Range"]) == (308, "bytes=0-3")
    assert wrong.status_code == 400
    assert last.json()["status"] == {"state": "DONE"}
    assert stored(lab) == [("a", 1), ("b", 2)]


def test_other_sources_and_formats_are_refused_by_name(lab: Served) -> None:
    with pytest.raises(GoogleAPICallError, match="Load jobs from PARQUET: not emulated"):
        load(lab, b"PAR1", source_format="PARQUET").result()
    with pytest.raises(GoogleAPICallError, match=r"Load jobs from Cloud Storage \(sourceUris\)"):
        lab.client().load_table_from_uri("gs://bucket/x.csv", TABLE)
