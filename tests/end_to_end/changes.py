"""Each kind of change of each derived statement: its class, and what the tables hold then.

Written by hand from what ksqlDB documents about upgrades. Where a kind does not apply to a
statement, the nearest change that somebody could make stands for it: a window's size where there
is no window is a window where there was none; the only value column of an aggregate, removed,
leaves a statement that no server takes. What tables should hold is computed in plain Python from
all trades before and after the change.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.end_to_end.oracle import Record, lab_time
from tests.end_to_end.pipeline import trade

ENRICHED = "30_stocks_enriched"
BOUGHT = "40_number_of_times_stock_bought"
TOTAL = "50_total_stock_purchased"
WINDOWED = "60_stocks_purchased_5min_window_tumbling"
MONITORED = "70_accounts_to_monitor"
READERS = (TOTAL, WINDOWED, MONITORED)

SAME, UPDATED, RECREATED = "same", "updated in place", "re-created"
MINUTE = 60_000
LATEST = {"auto.offset.reset": "latest"}

Rows: TypeAlias = list[list[Any]]
Trades: TypeAlias = Sequence[Record]
Holds: TypeAlias = Callable[[Trades, Trades], Rows]
"""A table's rows, from the trades before a change and those after it."""

MORE: Trades = [
    trade(650_000, "BUY", "ZVV", "ABC123"),
    trade(660_000, "SELL", "ZVV", "ABC123", "User_2"),
    trade(670_000, "BUY", "ZJZZT", "XYZ789"),
]
"""What comes in after each change."""


def buys(trades: Trades) -> Trades:
    return [each for each in trades if each["value"]["side"] == "BUY"]


def sells(trades: Trades) -> Trades:
    return [each for each in trades if each["value"]["side"] == "SELL"]


def counted(trades: Trades, by: str, each: int = 1) -> Rows:
    found = Counter(trade["value"][by] for trade in trades)
    return [[key, count * each] for key, count in found.items()]


def bought(old: Trades, new: Trades) -> Rows:
    return counted(buys([*old, *new]), "symbol")


def total(old: Trades, new: Trades) -> Rows:
    return counted(buys([*old, *new]), "symbol", each=7)


def in_windows(trades: Trades, by: str = "symbol", minutes: int = 5) -> Rows:
    size = minutes * MINUTE
    found = Counter((each["value"][by], each["timestamp"] // size * size) for each in trades)
    return [[key, start, start + size, count] for (key, start), count in found.items()]


def windowed(old: Trades, new: Trades) -> Rows:
    return in_windows([*old, *new])


def accounts(trades: Trades, by: str = "account", minutes: int = 5) -> Rows:
    return [
        [key, start, end, key, count, lab_time(start), lab_time(end)]
        for key, start, end, count in in_windows(trades, by, minutes)
        if count > 2
    ]


def monitored(old: Trades, new: Trades) -> Rows:
    return accounts([*old, *new])


TABLES: Mapping[str, Holds] = {
    BOUGHT: bought,
    TOTAL: total,
    WINDOWED: windowed,
    MONITORED: monitored,
}
"""What the tables hold unless a change says otherwise."""

COLUMNS = {"REGIONID", "GENDER", "SIDE", "QUANTITY", "SYMBOL", "PRICE", "ACCOUNT"}
"""Of a record's value in the topic of the stream."""


@dataclass(frozen=True)
class Change:
    """One cell of the table."""

    file: str
    kind: str
    effect: str
    edits: Sequence[tuple[str, str]] = ()
    properties: Mapping[str, str] = field(default_factory=dict)
    holds: Mapping[str, Holds] = field(default_factory=dict)
    """What tables hold afterwards, where that is not the usual."""
    columns: frozenset[str] = frozenset(COLUMNS)
    stream_key: str = "userid"


@dataclass(frozen=True)
class Refusal:
    """A cell whose change no server takes."""

    file: str
    kind: str
    edits: Sequence[tuple[str, str]]
    reason: str


def with_name(holds: Holds) -> Holds:
    """Return rows with their key once more as the last column."""
    return lambda old, new: [[*row, row[0]] for row in holds(old, new)]


def of_buys(holds: Holds) -> Holds:
    return lambda old, new: holds(buys(old), buys(new))


def of_new(holds: Holds) -> Holds:
    return lambda _, new: holds([], new)


LAST = "EMIT CHANGES"
MINUTES = "SIZE ${window_minutes} MINUTES)\n"
TO_SELLS = [("'BUY'", "'SELL'")]
ONLY_BUYS = [(MINUTES, f"{MINUTES}WHERE side = 'BUY'\n")]
JSON = [("WITH (", "WITH (VALUE_FORMAT = 'JSON', ")]
BY_ACCOUNT = [("symbol", "account")]
WINDOW = [("WHERE", "WINDOW TUMBLING (SIZE 5 MINUTES)\nWHERE")]
TEN = [("${window_minutes}", "10")]

CHANGES = [
    *(
        Change(file, "comment", SAME, [("SELECT", "SELECT /* why */ -- so\n")])
        for file in (ENRICHED, *TABLES)
    ),
    *(
        Change(file, "case", SAME, [("SELECT", "select"), ("symbol", "SYMBOL")])
        for file in (ENRICHED, BOUGHT, TOTAL, WINDOWED)
    ),
    Change(MONITORED, "case", SAME, [("GROUP BY account", "group by ACCOUNT")]),
    Change(
        ENRICHED,
        "filter",
        RECREATED,
        [(LAST, f"WHERE side = 'BUY'\n{LAST}")],
        holds={WINDOWED: of_buys(windowed), MONITORED: of_buys(monitored)},
    ),
    # Replaced in place: what was counted stays, and what comes is counted by the new filter.
    Change(
        BOUGHT,
        "filter",
        UPDATED,
        TO_SELLS,
        holds={BOUGHT: lambda old, new: counted([*buys(old), *sells(new)], "symbol")},
    ),
    Change(
        TOTAL,
        "filter",
        UPDATED,
        TO_SELLS,
        holds={TOTAL: lambda old, new: counted([*buys(old), *sells(new)], "symbol", each=7)},
    ),
    Change(WINDOWED, "filter", RECREATED, ONLY_BUYS, holds={WINDOWED: of_buys(windowed)}),
    Change(MONITORED, "filter", RECREATED, ONLY_BUYS, holds={MONITORED: of_buys(monitored)}),
    Change(
        ENRICHED,
        "appended column",
        RECREATED,
        [("  account\n", "  account,\n  price * 2 AS twice\n")],
        columns=frozenset({*COLUMNS, "TWICE"}),
    ),
    # Neither a new aggregate nor a column that the aggregation did not have: only the projection.
    # A pull query applies it to what was counted before, too.
    Change(
        BOUGHT,
        "appended column",
        UPDATED,
        [("bought\nFROM", "bought, AS_VALUE(symbol) AS name\nFROM")],
        holds={BOUGHT: with_name(bought)},
    ),
    Change(
        TOTAL,
        "appended column",
        UPDATED,
        [("quantity\nFROM", "quantity, AS_VALUE(symbol) AS name\nFROM")],
        holds={TOTAL: with_name(total)},
    ),
    Change(
        BOUGHT,
        "appended aggregate",
        RECREATED,
        [("bought\nFROM", "bought, MAX(symbol) AS name\nFROM")],
        holds={BOUGHT: with_name(bought)},
    ),
    Change(
        TOTAL,
        "appended aggregate",
        RECREATED,
        [("quantity\nFROM", "quantity, MAX(symbol) AS name\nFROM")],
        holds={TOTAL: with_name(total)},
    ),
    Change(
        WINDOWED,
        "appended column",
        RECREATED,
        [("quantity\nFROM", "quantity, AS_VALUE(symbol) AS name\nFROM")],
        holds={WINDOWED: with_name(windowed)},
    ),
    Change(
        MONITORED,
        "appended column",
        RECREATED,
        [("window_end\nFROM", "window_end, AS_VALUE(account) AS name\nFROM")],
        holds={MONITORED: with_name(monitored)},
    ),
    Change(
        ENRICHED,
        "removed column",
        RECREATED,
        [("  gender,\n", "")],
        columns=frozenset(COLUMNS - {"GENDER"}),
    ),
    Change(
        MONITORED,
        "removed column",
        RECREATED,
        [("  AS_VALUE(account) AS account_name,\n", "")],
        holds={MONITORED: lambda old, new: [[*r[:3], *r[4:]] for r in monitored(old, new)]},
    ),
    Change(
        BOUGHT,
        "window size",
        RECREATED,
        WINDOW,
        holds={BOUGHT: of_buys(windowed)},
    ),
    Change(
        TOTAL,
        "window size",
        RECREATED,
        WINDOW,
        holds={
            TOTAL: lambda old, new: [[*r[:3], r[3] * 7] for r in windowed(buys(old), buys(new))]
        },
    ),
    Change(
        WINDOWED,
        "window size",
        RECREATED,
        TEN,
        holds={WINDOWED: lambda old, new: in_windows([*old, *new], minutes=10)},
    ),
    Change(
        MONITORED,
        "window size",
        RECREATED,
        TEN,
        holds={MONITORED: lambda old, new: accounts([*old, *new], minutes=10)},
    ),
    Change(
        ENRICHED,
        "key",
        RECREATED,
        [(LAST, f"PARTITION BY account\n{LAST}")],
        columns=frozenset({*COLUMNS, "USERID"} - {"ACCOUNT"}),
        stream_key="account",
    ),
    Change(
        BOUGHT,
        "key",
        RECREATED,
        BY_ACCOUNT,
        holds={BOUGHT: lambda old, new: counted(buys([*old, *new]), "account")},
    ),
    Change(
        TOTAL,
        "key",
        RECREATED,
        BY_ACCOUNT,
        holds={TOTAL: lambda old, new: counted(buys([*old, *new]), "account", each=7)},
    ),
    Change(
        WINDOWED,
        "key",
        RECREATED,
        BY_ACCOUNT,
        holds={WINDOWED: lambda old, new: in_windows([*old, *new], "account")},
    ),
    Change(
        MONITORED,
        "key",
        RECREATED,
        [("  account,", "  symbol,"), ("(account)", "(symbol)"), ("BY account", "BY symbol")],
        holds={MONITORED: lambda old, new: accounts([*old, *new], "symbol")},
    ),
    *(Change(file, "format", RECREATED, JSON) for file in (ENRICHED, *TABLES)),
    Change(
        ENRICHED,
        "offset reset",
        RECREATED,
        properties=LATEST,
        holds={file: of_new(TABLES[file]) for file in READERS},
    ),
    *(
        Change(file, "offset reset", RECREATED, properties=LATEST, holds={file: of_new(holds)})
        for file, holds in TABLES.items()
    ),
]

NO_AGGREGATE = "GROUP BY requires aggregate functions in either the SELECT or HAVING clause."
REFUSALS = [
    Refusal(
        BOUGHT, "removed column", [(", COUNT(quantity) AS total_times_bought", "")], NO_AGGREGATE
    ),
    Refusal(TOTAL, "removed column", [(", SUM(quantity) AS total_quantity", "")], NO_AGGREGATE),
    Refusal(WINDOWED, "removed column", [(", COUNT(*) AS quantity", "")], NO_AGGREGATE),
    Refusal(
        ENRICHED,
        "window size",
        [(LAST, f"WINDOW TUMBLING (SIZE 5 MINUTES)\n{LAST}")],
        "WINDOW clause requires a GROUP BY clause.",
    ),
]

KINDS = {
    "comment",
    "case",
    "filter",
    "appended column",
    "removed column",
    "window size",
    "key",
    "format",
    "offset reset",
}
"""Each of them is tried on each statement; renames have tests of their own."""


def resource(file: str) -> str:
    return file.partition("_")[2]


def cell(given: Change | Refusal) -> str:
    return f"{given.file[:2]}-{given.kind}"
