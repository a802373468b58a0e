"""What the seven statements should hold, computed a second time and differently.

Plain Python over the decoded records of `stocks_topic` and `users_topic`, in event time, with
no word of the engine's. Timestamps are milliseconds since the Unix epoch; records are the
JSON objects of `GET /sandbox/v1/clusters/{lkc}/topics/{topic}/records`.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Record = Mapping[str, Any]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Expected:
    """Final content of the five derived objects."""

    stocks_enriched: list[Row]
    """One row per trade, in the trades' order; key under `USERID`."""
    number_of_times_stock_bought: dict[str, int]
    total_stock_purchased: dict[str, int]
    stocks_purchased_5min_window_tumbling: dict[tuple[str, int], int]
    """By (symbol, window start)."""
    accounts_to_monitor: dict[tuple[str, int], Row]
    """By (account, window start)."""


class UserHistory:
    """Each user's rows over event time."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._times: dict[str, list[int]] = defaultdict(list)
        self._rows: dict[str, list[Row]] = defaultdict(list)
        for record in sorted(records, key=lambda record: record["timestamp"]):
            self._times[record["key"]].append(record["timestamp"])
            self._rows[record["key"]].append(record["value"])

    def at(self, userid: str, timestamp_ms: int) -> Row | None:
        """Return the row that was in force, or None."""
        known = bisect_right(self._times[userid], timestamp_ms)
        return self._rows[userid][known - 1] if known else None


def wrapped(total: int) -> int:
    """Return an INTEGER as Java holds it: 32 bits, wrapping round."""
    return (total + 2**31) % 2**32 - 2**31


def lab_time(at_ms: int) -> str:
    """Return `yyyy-MM-dd HH:mm:ss Z` in UTC."""
    return datetime.fromtimestamp(at_ms / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M:%S +0000")


def enrich(trade: Record, users: UserHistory) -> Row:
    """Return the trade's row of `stocks_enriched`."""
    value = trade["value"]
    user = users.at(value["userid"], trade["timestamp"]) or {}
    return {
        "USERID": value["userid"],
        "REGIONID": user.get("regionid"),
        "GENDER": user.get("gender"),
        "SIDE": value["side"],
        "QUANTITY": value["quantity"],
        "SYMBOL": value["symbol"],
        "PRICE": value["price"],
        "ACCOUNT": value["account"],
    }


def expected(
    trades: Sequence[Record],
    users: Sequence[Record],
    *,
    window_ms: int = 300_000,
    threshold: int = 10,
) -> Expected:
    """Compute all five derived objects."""
    history = UserHistory(users)
    bought: Counter[str] = Counter()
    total: Counter[str] = Counter()
    by_symbol: Counter[tuple[str, int]] = Counter()
    by_account: Counter[tuple[str, int]] = Counter()
    for trade in trades:
        value = trade["value"]
        start = trade["timestamp"] // window_ms * window_ms
        by_symbol[value["symbol"], start] += 1
        by_account[value["account"], start] += 1
        if value["side"] == "BUY":
            bought[value["symbol"]] += 1
            total[value["symbol"]] += value["quantity"]
    return Expected(
        [enrich(trade, history) for trade in trades],
        dict(bought),
        {symbol: wrapped(quantity) for symbol, quantity in total.items()},
        dict(by_symbol),
        {
            (account, start): {
                "ACCOUNT_NAME": account,
                "QUANTITY": count,
                "WINDOW_START": lab_time(start),
                "WINDOW_END": lab_time(start + window_ms),
            }
            for (account, start), count in by_account.items()
            if count > threshold
        },
    )
