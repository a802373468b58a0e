import struct

from bench import fused
from bench.content import content_of
from bench.trades import START_MS, Raw, framing, make_trades, make_users, text, varint

USERS = make_users(2)


def trade(side: str, quantity: int, symbol: str, account: str, at_ms: int = START_MS) -> Raw:
    fields = (text(side), varint(quantity), text(symbol), varint(7), text(account), text("User_1"))
    return Raw(symbol.encode(), framing(1) + b"".join(fields), at_ms)


def test_counts_and_sums_only_what_was_bought() -> None:
    trades = [
        trade("BUY", 100, "ZVV", "ABC123"),
        trade("SELL", 50, "ZVV", "ABC123"),
        trade("BUY", 5000, "ZVV", "XYZ789"),
        trade("BUY", 1, "ZBZX", "ABC123"),
    ]

    outcome = fused.run(trades, USERS, encode=False)

    assert outcome.bought == {"ZVV": 2, "ZBZX": 1}
    assert outcome.total == {"ZVV": 5100, "ZBZX": 1}


def test_windows_are_five_minutes_from_the_epoch_on() -> None:
    start = START_MS - START_MS % 300_000
    trades = [trade("SELL", 1, "ZVV", "ABC123", start + offset) for offset in (0, 299_999, 300_000)]

    outcome = fused.run(trades, USERS, encode=False)

    assert outcome.by_symbol == {("ZVV", start): 2, ("ZVV", start + 300_000): 1}


def test_an_account_is_written_from_its_eleventh_trade_on() -> None:
    trades = [trade("SELL", 1, "ZVV", "ABC123") for _ in range(13)]

    written = fused.run(trades, USERS, encode=True).written["accounts_to_monitor"]

    start = START_MS - START_MS % 300_000
    assert [key for key, _, _ in written] == [b"ABC123" + struct.pack(">q", start)] * 3
    # 1 700 000 000 s lie in the window that begins at 22:10 UTC.
    assert written[-1][1] == (
        framing(1) + b"\2" + text("ABC123") + b"\2" + varint(13)
        + b"\2" + text("2023-11-14 22:10:00 +0000") + b"\2" + text("2023-11-14 22:15:00 +0000")
    )  # fmt: skip


def test_what_it_writes_decodes_to_what_it_counted() -> None:
    outcome = fused.run(make_trades(500, 1), USERS, encode=True)

    content = content_of(
        {name: [(key, value) for key, value, _ in sink] for name, sink in outcome.written.items()}
    )

    assert content["bought"] == outcome.bought
    assert content["total"] == outcome.total
    assert content["by_symbol"] == {f"{s}@{w}": n for (s, w), n in outcome.by_symbol.items()}
    assert content["by_account"] == {
        f"{a}@{w}": n for (a, w), n in outcome.by_account.items() if n > 10
    }
    assert content["enriched"]["count"] == 500


def test_content_forgets_what_a_tombstone_deletes() -> None:
    count = framing(1) + b"\2" + varint(3)
    empty: dict[str, list[tuple[bytes | None, bytes | None]]] = {
        name: []
        for name in (
            "stocks_enriched",
            "total_stock_purchased",
            "stocks_purchased_5min_window_tumbling",
            "accounts_to_monitor",
        )
    }

    content = content_of(
        empty | {"number_of_times_stock_bought": [(b"A", count), (b"B", count), (b"A", None)]}
    )

    assert content["bought"] == {"B": 3}
