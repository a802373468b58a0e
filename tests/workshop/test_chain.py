"""Each link broken in turn: the first broken one is named, with its reason."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.workshop.stack_on_a_port import Apis, apis
from workshop import chain
from workshop.bigquery import BigQuery
from workshop.chain import IN_ORDER, PAUSED, Chain

CONNECTORS = "GET /connect/v1/environments/env-1/clusters/lkc-1/connectors"
TOPICS = "GET /kafka/v3/clusters/lkc-1/topics"
USERS = f"{CONNECTORS}/DatagenSourceConnector_users/status"
SINK = f"{CONNECTORS}/BigQueryStorageSinkConnector_accounts_to_monitor/status"
TABLE = "GET /bigquery/v2/projects/p/datasets/d/tables/accounts_to_monitor"
QUERIES = (
    "STOCKS_ENRICHED",
    "NUMBER_OF_TIMES_STOCK_BOUGHT",
    "TOTAL_STOCK_PURCHASED",
    "STOCKS_PURCHASED_5MIN_WINDOW_TUMBLING",
    "ACCOUNTS_TO_MONITOR",
)


def running(state: str = "RUNNING", task: str = "RUNNING", trace: str = "") -> tuple[int, Any]:
    return 200, {
        "connector": {"state": state, "trace": trace},
        "tasks": [{"id": 0, "state": task, "trace": trace}],
    }


def described(name: str, state: str | None) -> tuple[int, Any]:
    queries = [{"id": f"CTAS_{name}_1", "state": state}] if state else []
    found = {
        "name": name,
        "type": "TABLE",
        "topic": name.lower(),
        "fields": [],
        "statement": "",
        "writeQueries": queries,
        "readQueries": [],
    }
    return 200, [{"@type": "sourceDescription", "sourceDescription": found}]


@pytest.fixture
def served() -> Iterator[Apis]:
    """A stack whose every link holds."""
    with apis() as state:
        for name in ("DatagenSourceConnector_users", "DatagenSourceConnector_stocks"):
            state.answers[f"{CONNECTORS}/{name}/status"] = running()
        state.answers[SINK] = running()
        for topic in ("users_topic", "stocks_topic"):
            state.answers[f"{TOPICS}/{topic}"] = (200, {})
        for name in ("USERS", "STOCKS_STREAM"):
            state.statements[f"DESCRIBE `{name}`;"] = described(name, None)
        for name in QUERIES:
            state.statements[f"DESCRIBE `{name}`;"] = described(name, "RUNNING")
        state.answers[TABLE] = (200, {"numRows": "0"})
        yield state


def first_broken(served: Apis, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(chain, "cloud_key", lambda _outputs: ("CLOUD", "secret"))
    bigquery = BigQuery(served.outputs, {})
    broken = Chain(served.outputs, bigquery).first_broken()
    bigquery.close()
    return str(broken)


def test_a_chain_that_holds_has_no_broken_link(
    served: Apis, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert first_broken(served, monkeypatch) == "None"


@pytest.mark.parametrize(
    ("answers", "link"),
    [
        (
            {USERS: (404, {})},
            "connector DatagenSourceConnector_users: there is none of this name",
        ),
        (
            {USERS: running("FAILED", trace="not authorized")},
            "connector DatagenSourceConnector_users: it is FAILED. not authorized",
        ),
        (
            {USERS: running(task="FAILED", trace="no registry")},
            "connector DatagenSourceConnector_users: its task 0 is FAILED. no registry",
        ),
        ({f"{TOPICS}/stocks_topic": (404, {})}, "topic stocks_topic: it does not exist"),
        (
            {SINK: running("PAUSED")},
            "sink BigQueryStorageSinkConnector_accounts_to_monitor: it is PAUSED.",
        ),
        ({TABLE: (404, {})}, "table accounts_to_monitor: it does not exist"),
    ],
    ids=["no-source", "failed-source", "failed-task", "topic", "sink", "table"],
)
def test_a_broken_link_is_named(
    served: Apis, monkeypatch: pytest.MonkeyPatch, answers: dict[str, Any], link: str
) -> None:
    served.answers.update(answers)

    assert first_broken(served, monkeypatch) == link


def test_a_query_that_does_not_run_is_named(served: Apis, monkeypatch: pytest.MonkeyPatch) -> None:
    served.statements["DESCRIBE `STOCKS_ENRICHED`;"] = described("STOCKS_ENRICHED", "ERROR")

    assert first_broken(served, monkeypatch) == (
        "statement STOCKS_ENRICHED: its query CTAS_STOCKS_ENRICHED_1 is ERROR"
    )


def test_what_is_paused_can_count_as_in_order(
    served: Apis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "cloud_key", lambda _outputs: ("CLOUD", "secret"))
    served.answers[USERS] = running("PAUSED", task="PAUSED")
    served.statements["DESCRIBE `STOCKS_ENRICHED`;"] = described("STOCKS_ENRICHED", "PAUSED")
    bigquery = BigQuery(served.outputs, {})

    broken = Chain(served.outputs, bigquery, IN_ORDER | {PAUSED}).first_broken()
    bigquery.close()

    assert broken is None


def test_a_statement_that_is_missing_is_named(
    served: Apis, monkeypatch: pytest.MonkeyPatch
) -> None:
    del served.statements["DESCRIBE `USERS`;"]

    assert first_broken(served, monkeypatch) == (
        "statement USERS: the application has no stream or table of this name"
    )


def test_the_first_of_several_broken_links_is_named(
    served: Apis, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.answers[SINK] = running("FAILED")
    served.answers[USERS] = running("FAILED")

    assert first_broken(served, monkeypatch).startswith("connector DatagenSourceConnector_users")
