"""The derived objects hold what an independent computation over the source topics gives."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests

from tests.end_to_end.conftest import REQUEST_TIMEOUT_S, Workshop
from tests.end_to_end.oracle import Expected, expected

CONNECTORS = ("DatagenSourceConnector_users", "DatagenSourceConnector_stocks")
CLOUD_KEY = ("SANDBOXCLOUDKEY", "sandbox-cloud-secret")
DERIVED = (
    "stocks_enriched",
    "number_of_times_stock_bought",
    "total_stock_purchased",
    "stocks_purchased_5min_window_tumbling",
    "accounts_to_monitor",
)


def set_connectors(workshop: Workshop, action: str) -> None:
    """Pause or resume both Datagen connectors, through the management API."""
    out = workshop.outputs
    cluster = f"environments/{out['environment_id']}/clusters/{out['kafka_cluster_id']}"
    for name in CONNECTORS:
        answer = requests.put(
            f"{workshop.checkout.base_url}/connect/v1/{cluster}/connectors/{name}/{action}",
            auth=CLOUD_KEY,
            timeout=REQUEST_TIMEOUT_S,
        )
        assert answer.status_code == 202, answer.text


@pytest.fixture(scope="module")
def stopped(workshop: Workshop) -> Iterator[Workshop]:
    """The workshop with its sources paused and every query caught up."""
    set_connectors(workshop, "pause")
    workshop.get("/sandbox/v1/settle")
    yield workshop
    set_connectors(workshop, "resume")


@pytest.fixture(scope="module")
def oracle(stopped: Workshop) -> Expected:
    # A record that is no trade (another test produces one) is in no derived object.
    trades = [r for r in stopped.records("stocks_topic") if "userid" in (r["value"] or ())]
    return expected(trades, stopped.records("users_topic"))


def latest_values(workshop: Workshop, topic: str, *, windowed: bool) -> dict[Any, Any]:
    """Return the last value of each key; a key is (key, window start) where windowed."""
    latest: dict[Any, Mapping[str, Any] | None] = {}
    for record in workshop.records(topic):
        key = (record["key"], record["window"]["start"]) if windowed else record["key"]
        latest[key] = record["value"]
    return {key: value for key, value in latest.items() if value is not None}


def test_every_trade_is_enriched_with_its_user_of_that_time(
    stopped: Workshop, oracle: Expected
) -> None:
    rows = [
        {"USERID": record["key"], **record["value"]}
        for record in stopped.records("stocks_enriched")
    ]

    assert len(rows) > 5000
    assert rows == oracle.stocks_enriched


def test_purchases_are_counted_by_symbol(stopped: Workshop, oracle: Expected) -> None:
    latest = latest_values(stopped, "number_of_times_stock_bought", windowed=False)

    counts = {key: value["TOTAL_TIMES_BOUGHT"] for key, value in latest.items()}
    assert counts == oracle.number_of_times_stock_bought


def test_purchases_are_summed_by_symbol(stopped: Workshop, oracle: Expected) -> None:
    latest = latest_values(stopped, "total_stock_purchased", windowed=False)

    sums = {key: value["TOTAL_QUANTITY"] for key, value in latest.items()}
    assert sums == oracle.total_stock_purchased


def test_trades_are_counted_by_symbol_and_window(stopped: Workshop, oracle: Expected) -> None:
    latest = latest_values(stopped, "stocks_purchased_5min_window_tumbling", windowed=True)

    counts = {key: value["QUANTITY"] for key, value in latest.items()}
    assert counts == oracle.stocks_purchased_5min_window_tumbling


def test_accounts_over_the_threshold_are_listed_by_window(
    stopped: Workshop, oracle: Expected
) -> None:
    latest = latest_values(stopped, "accounts_to_monitor", windowed=True)

    assert latest == oracle.accounts_to_monitor
    assert len(latest) >= 10
