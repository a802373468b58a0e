"""Queries through Google's own client."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import bigquery

from tests.sandbox.google.conftest import NOW_MS, PROJECT, Served
from tests.sandbox.google.test_tables import create, view

NOW = datetime.fromtimestamp(NOW_MS / 1000, tz=UTC)
TRADES = [
    {"account": "ABC123", "side": "BUY", "quantity": 10, "at": "2024-01-01 10:00:00+00"},
    {"account": "ABC123", "side": "SELL", "quantity": 5, "at": "2024-01-01 10:04:59+00"},
    {"account": "LMN456", "side": "BUY", "quantity": 7, "at": "2024-01-01 10:05:00+00"},
]


@pytest.fixture
def client(lab: Served) -> bigquery.Client:
    fields = [
        {"name": "account", "type": "STRING"},
        {"name": "side", "type": "STRING"},
        {"name": "quantity", "type": "INTEGER"},
        {"name": "at", "type": "TIMESTAMP"},
    ]
    create(lab, "trades", schema={"fields": fields})
    client = lab.client()
    assert client.insert_rows_json(f"{PROJECT}.lab.trades", TRADES) == []
    return client


def rows(client: bigquery.Client, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    config = bigquery.QueryJobConfig(query_parameters=parameters)
    return [tuple(row.values()) for row in client.query_and_wait(sql, job_config=config)]


def test_group_by_with_named_parameters(client: bigquery.Client) -> None:
    found = rows(
        client,
        "SELECT account, SUM(quantity) AS total FROM lab.trades "
        "WHERE quantity >= @least AND account IN UNNEST(@accounts) GROUP BY 1 ORDER BY 1",
        bigquery.ScalarQueryParameter("least", "INT64", 6),
        bigquery.ArrayQueryParameter("accounts", "STRING", ["ABC123", "LMN456"]),
    )

    assert found == [("ABC123", 10), ("LMN456", 7)]


def test_positional_parameters_count_in_the_order_of_the_text(client: bigquery.Client) -> None:
    found = rows(
        client,
        "WITH big AS (SELECT * FROM lab.trades WHERE quantity > ?) SELECT ?, COUNT(*) FROM big",
        bigquery.ScalarQueryParameter(None, "INT64", 6),
        bigquery.ScalarQueryParameter(None, "STRING", "big ones"),
    )

    assert found == [("big ones", 2)]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("STRING", "it's; DROP TABLE x -- "),
        ("INT64", -(2**63)),
        ("FLOAT64", 1.5),
        ("BOOL", False),
        ("BYTES", b"\x00\xff"),
        ("NUMERIC", Decimal("12.5")),
        ("DATE", date(2024, 2, 29)),
        ("TIME", time(1, 2, 3, 4)),
        ("DATETIME", datetime(2024, 2, 29, 1, 2, 3)),  # noqa: DTZ001 - DATETIME has no zone
        ("TIMESTAMP", datetime(2024, 2, 29, 1, 2, 3, 456, tzinfo=UTC)),
        ("STRING", None),
    ],
)
def test_parameter_of_every_type_comes_back_as_it_went(
    client: bigquery.Client, kind: str, value: object
) -> None:
    assert rows(client, "SELECT @x", bigquery.ScalarQueryParameter("x", kind, value)) == [(value,)]


def test_struct_parameter_has_its_members(client: bigquery.Client) -> None:
    struct = bigquery.StructQueryParameter(
        "s",
        bigquery.ScalarQueryParameter("a", "INT64", 1),
        bigquery.ArrayQueryParameter("b", "STRING", ["x"]),
    )

    assert rows(client, "SELECT @s.a, @s", struct) == [(1, {"a": 1, "b": ["x"]})]


def test_query_reads_a_view(lab: Served, client: bigquery.Client) -> None:
    create(
        lab, "latest", **view("SELECT account, MAX(quantity) AS most FROM lab.trades GROUP BY 1")
    )

    found = rows(client, f"SELECT * FROM `{PROJECT}.lab.latest` ORDER BY most")

    assert found == [("LMN456", 7), ("ABC123", 10)]


def test_default_dataset_completes_names(client: bigquery.Client) -> None:
    config = bigquery.QueryJobConfig(default_dataset=f"{PROJECT}.lab")

    [row] = client.query_and_wait("SELECT COUNT(*) FROM trades", job_config=config)

    assert tuple(row.items()) == (("f0_", 3),)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("5 / 2", 2.5),
        ("DIV(5, 2)", 2),
        ("CURRENT_TIMESTAMP()", NOW),
        ("DATE_TRUNC(CURRENT_DATE(), MONTH)", date(2023, 11, 1)),
        ("TIMESTAMP_TRUNC(TIMESTAMP '2024-02-03 04:05:06+00', HOUR)",
         datetime(2024, 2, 3, 4, tzinfo=UTC)),
        ("TIMESTAMP_DIFF(TIMESTAMP '2024-01-01 10:01:01', TIMESTAMP '2024-01-01 10:00:59', MINUTE)",
         0),
        ("PARSE_TIMESTAMP('%Y-%m-%d %H:%M:%S %z', '2024-01-01 10:00:00 +0200')",
         datetime(2024, 1, 1, 8, tzinfo=UTC)),
        ("TIMESTAMP_MILLIS(1500)", datetime(1970, 1, 1, 0, 0, 1, 500000, tzinfo=UTC)),
        ("EXTRACT(DAYOFWEEK FROM DATE '2024-01-07')", 1),
        ("FORMAT('%05d', 42)", "00042"),
        ("CAST('1.5' AS NUMERIC)", Decimal("1.5")),
        ("SAFE_DIVIDE(1, 0)", None),
        ("STRUCT(1 AS a, [TIMESTAMP '1970-01-01 00:00:00+00'] AS t)",
         {"a": 1, "t": [datetime(1970, 1, 1, tzinfo=UTC)]}),
        ("JSON_VALUE(JSON '{\"a\": {\"b\": 3}}', '$.a.b')", "3"),
        ("b'abc'", b"abc"),
    ],
)  # fmt: skip
def test_expression_has_bigquerys_value_and_type(
    client: bigquery.Client, expression: str, value: object
) -> None:
    [(found,)] = rows(client, f"SELECT {expression}")

    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("sql", "code", "text"),
    [
        ("SELEC 1", 400, 'Syntax error: Unexpected identifier "SELEC" at [1:1]'),
        ("SELECT\nFROM WHERE", 400, "Syntax error: Unexpected keyword WHERE at [2:6]"),
        ("SELECT (1", 400, 'Syntax error: Expected ")" but got end of script at [1:10]'),
        ("SELECT\n  nope FROM lab.trades", 400, "Unrecognized name: nope at [2:3]"),
        ("SELECT t.nope FROM lab.trades t", 400, "Name nope not found inside t"),
        ("SELECT nofunc(1)", 400, "Function not found: nofunc at [1:8]"),
        ("SELECT account FROM lab.trades GROUP BY side", 400,
         "SELECT list expression references column account which is neither grouped nor "
         "aggregated at [1:8]"),
        ("SELECT quantity / 0 FROM lab.trades", 400, "division by zero"),
        ("SELECT 1 AS a, 2 AS a", 400, "Duplicate column names in the result are not supported"),
        ("SELECT * FROM trades", 400,
         'Table "trades" must be qualified with a dataset (e.g. dataset.table).'),
        ("SELECT * FROM lab.nope", 404,
         f"Not found: Table {PROJECT}:lab.nope was not found in location australia-southeast1"),
        ("SELECT * FROM nope.x", 404,
         f"Not found: Dataset {PROJECT}:nope was not found in location US"),
        ("UPDATE lab.trades SET quantity = 1", 400, "UPDATE must have a WHERE clause at [1:1]"),
        ("SELECT @x", 400, "Query parameter 'x' not found"),
        ("SELECT * FROM read_csv('/etc/passwd')", 400,
         "Table-valued function not found: READ_CSV"),
        ("SELECT 1; SELECT 2", 501, "A script of 2 statements: send them one by one"),
        ("SELECT * FROM `lab.tr*`", 501, "Wildcard tables (tr*)"),
        ("DECLARE x INT64", 501, "Scripting (DECLARE)"),
        ("SELECT @@project_id", 501, "System variables (@@project_id)"),
        ("SELECT", 400, "Syntax error: SELECT list must not be empty"),
        ("SELECT 1 FROM (SELECT FROM lab.trades)", 400, "SELECT list must not be empty"),
        ("SELECT * FROM lab.trades TABLESAMPLE SYSTEM (10 PERCENT)", 501, "TABLESAMPLE"),
        ("SELECT x FROM UNNEST([1]) AS x WITH OFFSET", 501, "UNNEST … WITH OFFSET"),
    ],
)  # fmt: skip
def test_wrong_query_is_refused_in_bigquerys_words(
    client: bigquery.Client, sql: str, code: int, text: str
) -> None:
    with pytest.raises(GoogleAPICallError) as refused:
        client.query_and_wait(sql)

    assert refused.value.code == code
    assert text in str(refused.value)


def test_dml_changes_rows_and_counts_them(client: bigquery.Client) -> None:
    inserted = client.query("INSERT lab.trades (account, quantity) VALUES ('N', 1), ('N', 2)")
    updated = client.query("UPDATE lab.trades SET quantity = quantity + 1 WHERE account = 'N'")
    deleted = client.query("DELETE lab.trades t WHERE t.quantity = 2")
    merged = client.query(
        "MERGE lab.trades t USING (SELECT 'N' AS account) s ON t.account = s.account "
        "WHEN MATCHED THEN UPDATE SET side = 'BUY'"
    )

    jobs = (inserted, updated, deleted, merged)
    assert [job.result().num_dml_affected_rows for job in jobs] == [2, 2, 1, 1]
    assert rows(client, "SELECT side, quantity FROM lab.trades WHERE account = 'N'") == [("BUY", 3)]


def test_ddl_makes_and_drops_tables(client: bigquery.Client) -> None:
    made = client.query(
        "CREATE TABLE lab.made (a INT64 NOT NULL, b ARRAY<STRUCT<x STRING>>, at TIMESTAMP) "
        "PARTITION BY TIMESTAMP_TRUNC(at, HOUR) CLUSTER BY a"
    )
    made.result()
    table = client.get_table("lab.made")
    again = client.query("CREATE TABLE IF NOT EXISTS lab.made (a INT64)")
    again.result()
    replaced = client.query("CREATE OR REPLACE TABLE lab.made AS SELECT 1 AS one")
    replaced.result()

    assert made.ddl_operation_performed == "CREATE"
    assert [(f.name, f.field_type, f.mode) for f in table.schema] == [
        ("a", "INTEGER", "REQUIRED"),
        ("b", "RECORD", "REPEATED"),
        ("at", "TIMESTAMP", "NULLABLE"),
    ]
    assert (table.time_partitioning.type_, table.time_partitioning.field) == ("HOUR", "at")
    assert table.clustering_fields == ["a"]
    assert again.ddl_operation_performed == "SKIP"
    assert rows(client, "SELECT * FROM lab.made") == [(1,)]
    client.query("DROP TABLE lab.made").result()
    with pytest.raises(GoogleAPICallError, match="Not found: Table"):
        client.get_table("lab.made")


def test_rows_of_ingestion_time_tables_know_their_partition(client: bigquery.Client) -> None:
    client.query("CREATE TABLE lab.p (a INT64) PARTITION BY _PARTITIONDATE").result()
    client.insert_rows_json(f"{PROJECT}.lab.p", [{"a": 1}])
    client.query("INSERT INTO lab.p VALUES (2)").result()

    day = NOW.replace(hour=0, minute=0, second=0)
    found = rows(client, "SELECT a, _PARTITIONTIME, _PARTITIONDATE FROM lab.p ORDER BY a")
    assert found == [(1, day, day.date()), (2, day, day.date())]
    assert rows(client, "SELECT * FROM lab.p WHERE _PARTITIONTIME IS NOT NULL ORDER BY a") == [
        (1,),
        (2,),
    ]


def test_result_goes_to_its_destination_table(client: bigquery.Client) -> None:
    config = bigquery.QueryJobConfig(destination=f"{PROJECT}.lab.kept")
    sql = "SELECT account, at, [quantity] AS list FROM lab.trades WHERE quantity = 7"

    client.query(sql, job_config=config).result()

    [row] = client.list_rows(f"{PROJECT}.lab.kept")
    assert tuple(row.values()) == ("LMN456", datetime(2024, 1, 1, 10, 5, tzinfo=UTC), [7])
    with pytest.raises(GoogleAPICallError, match=r"Already Exists: Table sandbox-project:lab.kept"):
        client.query(sql, job_config=config).result()


def test_dry_run_tells_columns_and_bytes_and_changes_nothing(client: bigquery.Client) -> None:
    config = bigquery.QueryJobConfig(dry_run=True)

    job = client.query("SELECT account FROM lab.trades", job_config=config)
    client.query("DELETE FROM lab.trades WHERE true", job_config=config)

    assert job.schema == [bigquery.SchemaField("account", "STRING")]
    assert job.total_bytes_processed == 3 * 4 * 8
    assert rows(client, "SELECT COUNT(*) FROM lab.trades") == [(3,)]


def test_dry_run_of_a_wrong_query_fails_at_once(client: bigquery.Client) -> None:
    with pytest.raises(GoogleAPICallError, match=r"Unrecognized name: nope at \[1:8\]"):
        client.query("SELECT nope", job_config=bigquery.QueryJobConfig(dry_run=True))


def test_information_schema_describes_the_dataset(lab: Served, client: bigquery.Client) -> None:
    create(lab, "v", **view("SELECT 1 AS one"))

    tables = rows(
        client, "SELECT table_name, table_type FROM lab.INFORMATION_SCHEMA.TABLES ORDER BY 1"
    )
    columns = rows(
        client,
        "SELECT column_name, data_type FROM lab.INFORMATION_SCHEMA.COLUMNS "
        "WHERE table_name = 'trades' ORDER BY ordinal_position",
    )
    schemata = rows(client, "SELECT schema_name, location FROM INFORMATION_SCHEMA.SCHEMATA")

    assert tables == [("trades", "BASE TABLE"), ("v", "VIEW")]
    assert columns == [
        ("account", "STRING"),
        ("side", "STRING"),
        ("quantity", "INT64"),
        ("at", "TIMESTAMP"),
    ]
    assert schemata == [("lab", "australia-southeast1")]


def test_long_results_come_in_pages(client: bigquery.Client) -> None:
    job = client.query("SELECT x FROM UNNEST(GENERATE_ARRAY(1, 25)) AS x ORDER BY x")

    found = job.result(page_size=10)

    assert [row.x for row in found] == list(range(1, 26))
    assert found.total_rows == 25


def test_job_is_found_by_its_id_and_listed(client: bigquery.Client) -> None:
    client.query("SELECT 1", job_id="mine", job_retry=None).result()

    assert client.get_job("mine").state == "DONE"
    assert [job.job_id for job in client.list_jobs()] == ["mine"]
    with pytest.raises(GoogleAPICallError, match="Already Exists: Job sandbox-project:"):
        client.query("SELECT 1", job_id="mine", location="US", job_retry=None)


def test_failed_job_is_an_answer_and_its_results_are_an_error(lab: Served) -> None:
    jobs, queries = (f"/bigquery/v2/projects/{PROJECT}/{each}" for each in ("jobs", "queries"))
    configuration = {"query": {"query": "SELECT nope", "useLegacySql": False}}
    body = {"jobReference": {"jobId": "bad"}, "configuration": configuration}

    job = lab.call("POST", jobs, json=body)
    results = lab.call("GET", f"{queries}/bad")

    assert job.status_code == 200
    assert job.json()["status"] == {
        "state": "DONE",
        "errorResult": {
            "reason": "invalidQuery",
            "message": "Unrecognized name: nope at [1:8]",
            "location": "query",
        },
        "errors": [
            {
                "reason": "invalidQuery",
                "message": "Unrecognized name: nope at [1:8]",
                "location": "query",
            }
        ],
    }
    assert results.status_code == 400
    assert results.json()["error"]["message"] == "Unrecognized name: nope at [1:8]"


def test_request_sent_again_runs_once(lab: Served, client: bigquery.Client) -> None:
    path = f"/bigquery/v2/projects/{PROJECT}/queries"
    sql = "INSERT INTO lab.trades (account) VALUES ('once')"
    for _ in range(2):
        body = {"query": sql, "useLegacySql": False, "requestId": "r1"}
        lab.call("POST", path, json=body).raise_for_status()

    assert rows(client, "SELECT COUNT(*) FROM lab.trades WHERE account = 'once'") == [(1,)]


def test_legacy_sql_is_refused_by_name(lab: Served) -> None:
    answer = lab.call(
        "POST", f"/bigquery/v2/projects/{PROJECT}/queries", json={"query": "SELECT 1"}
    )

    assert answer.status_code == 501
    assert answer.json()["error"]["message"].startswith("Legacy SQL (useLegacySql must be false)")
