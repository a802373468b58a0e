"""`history`: one hour of trades through all seven statements into BigQuery.

On a sandbox whose clock stands still Datagen back-fills its hour and then waits, so the end is
known: the sink has delivered when the table has as many rows as it had in a run before with
the same seed. The floor is the hand-fused loop over as many trades, with one insert into DuckDB.
"""

import base64
from dataclasses import dataclass
from pathlib import Path

import duckdb

from bench import fused
from bench.account import PROJECT, Account, open_account
from bench.figures import Figure, stopwatch
from bench.sandbox_process import running_sandbox
from bench.trades import make_trades, make_users
from bench.waiting import Quiet, wait_until

TRADES = 7200
DATASET = "bench"
TABLE = "accounts_to_monitor"
SOURCES = ("users_topic", "stocks_topic")
STATEMENTS = Path(__file__).parents[1] / "ksql" / "statements"
VARIABLES = {"window_minutes": "5", "alert_threshold": "10"}
LIMIT_S = 60.0
QUIET_S = 1.5
"""After so long without a new row the first run counts as done."""


@dataclass(frozen=True)
class Run:
    """What one run came to."""

    trades: int
    rows: int
    seconds: float


def measure() -> dict[str, Figure]:
    """Return the figure `history`."""
    rehearsal = _run(None)
    run = _run(rehearsal.rows)
    floor = _floor(run.trades)
    note = f"{run.trades} trades, {run.rows} rows in BigQuery"
    return {
        "history": Figure(
            run.seconds, "s", floor=floor, ratio=run.seconds / floor, limit="<= 2 s", note=note
        )
    }


def _run(rows_expected: int | None) -> Run:
    with running_sandbox("--clock", "manual", "--history", "1h", "--seed", "7") as sandbox:
        account = open_account(sandbox.port)
        key_file = prepare(account)
        with stopwatch() as watch:
            start_pipeline(account, key_file)
            if rows_expected is None:
                rows = _rows_when_quiet(account)
            else:
                rows = _rows_when(account, rows_expected)
        trades = _count(account, "stocks_topic")
        account.close()
    return Run(trades, rows, watch.seconds)


def prepare(account: Account) -> str:
    """Make topics and dataset, and an identity for the sink; return its key file."""
    for topic in SOURCES:
        account.create_topic(topic, partitions=6)
    return prepare_sink(account)


def prepare_sink(account: Account) -> str:
    """Make the dataset, and an identity for the sink; return its key file."""
    reference = {"projectId": PROJECT, "datasetId": DATASET}
    path = f"/bigquery/v2/projects/{PROJECT}/datasets"
    account.bigquery.call("POST", path, {"datasetReference": reference})
    return _key_file(account)


def start_pipeline(account: Account, key_file: str) -> None:
    """Start sources, statements and sink, each as soon as what it needs is there."""
    start_datagen(account, "users", "USERS", "users_topic")
    start_datagen(account, "trades", "STOCK_TRADES", "stocks_topic")
    # ksqlDB registers a schema of its own under a subject that is empty; Datagen's would then be
    # refused as incompatible, on the service as here.
    wait_until(
        lambda: _subjects(account) >= {f"{topic}-value" for topic in SOURCES},
        limit_s=LIMIT_S,
        every_s=0.005,
        what="the source topics' schemas",
    )
    for file in sorted(STATEMENTS.glob("*.sql")):
        account.run_statements(file.read_text(), VARIABLES)
    start_sink(account, key_file)


def start_sink(account: Account, key_file: str) -> None:
    """Start the sink connector."""
    account.create_connector(
        "bigquery",
        {
            "connector.class": "BigQueryStorageSink",
            "topics": TABLE,
            "input.data.format": "AVRO",
            "keyfile": key_file,
            "project": PROJECT,
            "datasets": DATASET,
            "ingestion.mode": "STREAMING",
            "auto.create.tables": "NON-PARTITIONED",
            "sanitize.topics": "true",
            "sanitize.field.names": "true",
        },
    )


def start_datagen(account: Account, name: str, quickstart: str, topic: str) -> None:
    """Start a source connector as the lab sets it up."""
    account.create_connector(
        name,
        {
            "connector.class": "DatagenSource",
            "kafka.topic": topic,
            "quickstart": quickstart,
            "output.data.format": "AVRO",
            "max.interval": "1000",
        },
    )


def _key_file(account: Account) -> str:
    """Return the JSON key of a new service account that owns the project."""
    accounts = f"/google/iam/v1/projects/{PROJECT}/serviceAccounts"
    email = account.bigquery.call("POST", accounts, {"accountId": "bench-sink"})["email"]
    policy = {"bindings": [{"role": "roles/owner", "members": [f"serviceAccount:{email}"]}]}
    account.bigquery.call(
        "POST",
        f"/google/cloudresourcemanager/v1/projects/{PROJECT}:setIamPolicy",
        {"policy": policy},
    )
    key = account.bigquery.call("POST", f"{accounts}/{email}/keys", {})
    return base64.b64decode(key["privateKeyData"]).decode()


def _subjects(account: Account) -> set[str]:
    return set(account.registry.call("GET", f"{account.registry_path}/subjects"))


def _rows(account: Account) -> int:
    path = f"/bigquery/v2/projects/{PROJECT}/datasets/{DATASET}/tables"
    listed = account.bigquery.call("GET", path).get("tables", [])
    if not listed:
        return 0
    found = account.bigquery.call("GET", f"{path}/{TABLE}")
    return int(found["numRows"])


def _rows_when(account: Account, expected: int) -> int:
    wait_until(
        lambda: _rows(account) >= expected,
        limit_s=LIMIT_S,
        every_s=0.02,
        what=f"{expected} rows in BigQuery",
    )
    return _rows(account)


def _rows_when_quiet(account: Account) -> int:
    quiet = Quiet(QUIET_S)
    wait_until(
        lambda: quiet.settled(_rows(account)),
        limit_s=LIMIT_S,
        every_s=0.1,
        what="a number of rows in BigQuery that no longer changes",
    )
    return quiet.value


def _count(account: Account, topic: str) -> int:
    path = f"/sandbox/v1/clusters/{account.kafka_id}/topics/{topic}/records?from=0&limit=1000000"
    return len(account.bigquery.call("GET", path)["records"])


def _floor(trades: int) -> float:
    raw, users = make_trades(trades, 1), make_users(1)
    with stopwatch() as watch, duckdb.connect(":memory:") as database:
        outcome = fused.run(raw, users, encode=True)
        rows = [
            (account, count, fused.instant(start), fused.instant(start + fused.WINDOW_MS))
            for (account, start), total in outcome.by_account.items()
            for count in range(fused.THRESHOLD + 1, total + 1)
        ]
        database.execute("CREATE TABLE t (a VARCHAR, q BIGINT, s VARCHAR, e VARCHAR)")
        _insert(database, rows)
    return watch.seconds


def _insert(database: "duckdb.DuckDBPyConnection", rows: list[tuple[str, int, str, str]]) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)]
    database.execute("INSERT INTO t SELECT unnest(?), unnest(?), unnest(?), unnest(?)", columns)
