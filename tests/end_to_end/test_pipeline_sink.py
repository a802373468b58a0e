"""What is written to BigQuery while the statement behind it is re-created.

A sink connector delivers `accounts_to_monitor`; its rows are compared with the topic's records.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.account import PROJECT
from bench.history import DATASET, TABLE, prepare_sink, start_sink
from bench.waiting import wait_until
from tests.end_to_end.pipeline import Pipeline, running, trade
from tests.end_to_end.test_pipeline_kills import OBJECTS

GUIDE = Path(__file__).parents[2] / "docs" / "ksql-statements.md"
[EMPTYING] = re.findall(r'python -m workshop bigquery "(DELETE [^"]+)"', GUIDE.read_text())
COLUMNS = ("ACCOUNT_NAME", "QUANTITY", "WINDOW_START", "WINDOW_END")
ARRIVAL_S = 60
READERS = {"total_stock_purchased", "stocks_purchased_5min_window_tumbling", "accounts_to_monitor"}

Rows = Counter[tuple[str, ...]]


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    """All statements running, and a sink that has delivered what they made of the trades."""
    with running() as pipeline:
        key_file = prepare_sink(pipeline.account)
        pipeline.up()
        start_sink(pipeline.account, key_file)
        assert_delivered(pipeline, topic_rows(pipeline))
        yield pipeline
        pipeline.destroy()


def bigquery(pipeline: Pipeline, sql: str) -> Any:
    body = {
        "query": sql,
        "useLegacySql": False,
        "defaultDataset": {"projectId": PROJECT, "datasetId": DATASET},
    }
    return pipeline.account.bigquery.call("POST", f"/bigquery/v2/projects/{PROJECT}/queries", body)


def table_rows(pipeline: Pipeline) -> Rows:
    """Return what BigQuery's table holds; nothing before the sink has made it."""
    path = f"/bigquery/v2/projects/{PROJECT}/datasets/{DATASET}/tables"
    listed = pipeline.account.bigquery.call("GET", path).get("tables", [])
    if not listed:
        return Counter()
    sql = f"SELECT {', '.join(COLUMNS)} FROM {TABLE}"
    rows = bigquery(pipeline, sql).get("rows", [])
    return Counter(tuple(cell["v"] for cell in row["f"]) for row in rows)


def topic_rows(pipeline: Pipeline) -> Rows:
    """Return what the topic has for the table: every change of a window, deletions left out."""
    values = [each["value"] for each in pipeline.records(TABLE)]
    return Counter(tuple(str(value[name]) for name in COLUMNS) for value in values if value)


def assert_delivered(pipeline: Pipeline, expected: Rows) -> None:
    """Fail unless the table comes to hold at least that many rows, and then exactly these."""
    wait_until(
        lambda: table_rows(pipeline).total() >= expected.total(),
        limit_s=ARRIVAL_S,
        every_s=0.1,
        what=f"{expected.total()} rows in BigQuery",
    )
    assert table_rows(pipeline) == expected


def test_a_re_created_stream_leaves_others_and_delivered_rows_alone_and_the_sink_goes_on(
    pipeline: Pipeline,
) -> None:
    delivered, untouched = table_rows(pipeline), set(OBJECTS) - {"STOCKS_ENRICHED"}
    untouched -= {name.upper() for name in READERS}
    before = {name: pipeline.ksql(f"DESCRIBE {name};") for name in untouched}
    queries = {each["id"] for each in pipeline.ksql("SHOW QUERIES;")[0]["queries"]}

    pipeline.edit("30_stocks_enriched.sql", "  gender,\n", "")
    up = pipeline.up()
    pipeline.add_trades([trade(640_000 + i, "BUY", "ZVV", "ABC123") for i in range(3)])

    # In data-flow order: readers first when dropping, last when creating.
    deleted, created = up.done("deleted original"), up.done("created replacement")
    assert (set(deleted[:3]), deleted[3:]) == (READERS, ["stocks_enriched"])
    assert (created[:1], set(created[1:])) == (["stocks_enriched"], READERS)
    assert up.touched() == {"stocks_enriched", *READERS}
    kept = queries & {each["id"] for each in pipeline.ksql("SHOW QUERIES;")[0]["queries"]}
    assert {each.rpartition("_")[0] for each in kept} == {"CTAS_NUMBER_OF_TIMES_STOCK_BOUGHT"}
    for name in untouched:
        [now], [then] = pipeline.ksql(f"DESCRIBE {name};"), before[name]
        assert now["sourceDescription"]["statement"] == then["sourceDescription"]["statement"]
    # The new topic is delivered from its beginning: rows of before are there twice.
    assert delivered.total() > 0
    assert topic_rows(pipeline).total() > delivered.total()
    assert_delivered(pipeline, delivered + topic_rows(pipeline))


def test_the_guide_empties_the_table_before_a_statement_is_re_created(pipeline: Pipeline) -> None:
    assert table_rows(pipeline).total() > 0

    bigquery(pipeline, EMPTYING)
    emptied = table_rows(pipeline)
    pipeline.edit("70_accounts_to_monitor.sql", "${alert_threshold}", "1 + ${alert_threshold}")
    pipeline.up()

    assert emptied == Counter()
    assert_delivered(pipeline, topic_rows(pipeline))
