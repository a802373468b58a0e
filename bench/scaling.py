"""How the engine's cost grows: with keys, with queries on a stream, with rows and windows kept.

Part of `pipeline`. Memory is counted by `tracemalloc`, which sees what Python allocates: the
records, rows and state, without the allocator's own reserve.
"""

import gc
import statistics
import tracemalloc
from collections.abc import Callable
from functools import partial

from bench import fused
from bench.engine import TRADE_ID, Engine, stored
from bench.figures import Figure, stopwatch
from bench.trades import Raw, make_trades

TRADES = 20_000
ROUNDS = 3
KEYS = (10, 100, 1000, 10_000)
QUERIES = (1, 5, 10, 20, 40)
MEMORY_TRADES = 20_000

STREAM = """
CREATE STREAM trades (side VARCHAR, quantity INT, symbol VARCHAR, price INT, account VARCHAR,
  userid VARCHAR) WITH (KAFKA_TOPIC='stocks_topic', VALUE_FORMAT='AVRO');
CREATE STREAM others (side VARCHAR, quantity INT, symbol VARCHAR)
  WITH (KAFKA_TOPIC='others', VALUE_FORMAT='AVRO', PARTITIONS=1);
"""


def keys_figures(users: list[Raw]) -> dict[str, Figure]:
    """Return the throughput of all seven statements with few and with many symbols."""
    rates: dict[int, float] = {}
    for count in KEYS:
        trades = make_trades(TRADES, TRADE_ID, symbols=count)
        rates[count] = TRADES / _seconds(partial(_seven, users, trades))
    base = rates[KEYS[0]]
    return {
        f"pipeline_{count}_keys": Figure(
            rate, "trades/s", peer=base, ratio=rate / base, note=f"peer: {KEYS[0]} keys"
        )
        for count, rate in rates.items()
    }


def _seven(users: list[Raw], trades: list[Raw]) -> float:
    engine = Engine(users)
    engine.execute_all_seven()
    engine.settle()
    engine.append("stocks_topic", stored(trades))
    with stopwatch() as watch:
        engine.settle()
        engine.encode_all()
    return watch.cpu_seconds


def queries_figures(users: list[Raw]) -> dict[str, Figure]:
    """Return the cost of a record with few and many queries that read it, and that do not."""
    trades = make_trades(TRADES, TRADE_ID)
    cost = {
        count: _seconds(partial(_aggregates, users, trades, count, 0)) / TRADES * 1e6
        for count in QUERIES
    }
    idle = _seconds(lambda: _aggregates(users, trades, 1, QUERIES[-1] - 1)) / TRADES * 1e6
    figures = {
        f"pipeline_{count}_queries": Figure(
            micros,
            "us/record",
            peer=cost[1] * count,
            ratio=micros / (cost[1] * count),
            note="peer: as many times the cost of one query",
        )
        for count, micros in cost.items()
    }
    figures["pipeline_1_of_40_queries"] = Figure(
        idle,
        "us/record",
        peer=cost[1],
        ratio=idle / cost[1],
        note="39 of 40 queries read another stream; peer: one query alone",
    )
    return figures


def _aggregates(users: list[Raw], trades: list[Raw], reading: int, idle: int) -> float:
    engine = Engine(users)
    engine.execute(STREAM)
    for number in range(reading + idle):
        source = "trades" if number < reading else "others"
        engine.execute(
            f"CREATE TABLE t{number} AS SELECT symbol, COUNT(*) AS n, SUM(quantity) AS total "  # noqa: S608 - our own names
            f"FROM {source} WHERE side = 'BUY' GROUP BY symbol;"
        )
    engine.append("stocks_topic", stored(trades))
    with stopwatch() as watch:
        engine.settle()
    return watch.cpu_seconds


def memory_figures(users: list[Raw]) -> dict[str, Figure]:
    """Return what a million trades and an open window take."""
    plain, lazy, read = (
        _fused_mb(users),
        _rows_mb(users, encode=False),
        _rows_mb(users, encode=True),
    )
    window, entry = _window_bytes(users), _entry_bytes()
    return {
        "memory_million_trades": Figure(
            lazy,
            "MB",
            floor=plain,
            ratio=lazy / plain,
            note="in stocks_topic and all result topics, nobody reading these; floor: the same "
            "records as plain tuples of bytes",
        ),
        "memory_million_trades_read": Figure(
            read, "MB", floor=plain, ratio=read / plain, note="the same with every byte made"
        ),
        "memory_open_window": Figure(
            window,
            "bytes",
            floor=entry,
            ratio=window / entry,
            note="state of one key in one window, the topics' records left out; floor: an entry "
            "of a dictionary from key to [count]",
        ),
    }


def _rows_mb(users: list[Raw], *, encode: bool) -> float:
    """Return bytes per trade: megabytes per million."""
    trades = make_trades(MEMORY_TRADES, TRADE_ID)
    engine = Engine(users)
    engine.execute_all_seven()
    engine.settle()

    def grow() -> None:
        engine.append("stocks_topic", stored(trades))
        engine.settle()
        if encode:
            engine.encode_all()

    # The bytes of the input itself were allocated before; they are counted by their length.
    given = sum(len(trade.key) + len(trade.value) for trade in trades)
    return (_growth(grow) + given) / MEMORY_TRADES


def _fused_mb(users: list[Raw]) -> float:
    trades = make_trades(MEMORY_TRADES, TRADE_ID)
    kept: list[object] = []

    def grow() -> None:
        outcome = fused.run(trades, users, encode=True)
        kept.extend((outcome.written, [(t.key, t.value, t.timestamp_ms) for t in trades]))

    given = sum(len(trade.key) + len(trade.value) for trade in trades)
    return (_growth(grow) + given) / MEMORY_TRADES


def _entry_bytes() -> float:
    names = [f"SYM{number}" for number in range(MEMORY_TRADES)]
    kept: dict[str, list[int]] = {}
    return _growth(lambda: kept.update((name, [1]) for name in names)) / MEMORY_TRADES


def _window_bytes(users: list[Raw]) -> float:
    symbols = MEMORY_TRADES
    trades = make_trades(symbols, TRADE_ID, symbols=symbols * 20, step_ms=0)
    windows = len({trade.key for trade in trades})
    engine = Engine(users)
    engine.execute(STREAM)
    engine.execute(
        "CREATE TABLE windowed AS SELECT symbol, COUNT(*) AS n FROM trades "
        "WINDOW TUMBLING (SIZE 5 MINUTES) GROUP BY symbol;"
    )

    def grow() -> None:
        engine.append("stocks_topic", stored(trades))
        engine.settle()
        for topic in engine.cluster.topics():
            for partition in topic.partitions:
                partition.expire(2**62)

    return _growth(grow) / windows


def _growth(action: Callable[[], None]) -> float:
    """Return the bytes that an action leaves allocated."""
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        action()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return after - before


def _seconds(run: Callable[[], float]) -> float:
    samples = []
    for _ in range(ROUNDS):
        gc.collect()
        samples.append(run())
    return statistics.median(samples)
