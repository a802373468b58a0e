"""The floor of the pipeline: the seven statements as one hand-written Python loop.

Decodes each trade's Avro once, joins, counts and sums in dictionaries, and encodes every
output row. With `remember`, texts, numbers and instants that come again are looked up instead
of made: what no general engine in Python can undercut by much. Knows nothing of topics,
late records or partitions. Used only to be measured against.
"""

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from bench.trades import Raw

WINDOW_MS = 300_000
THRESHOLD = 10

User = tuple[str, str]
"""(regionid, gender)"""
Sink = list[tuple[bytes, bytes | None, int]]
"""Key, value, timestamp of each record written."""


@dataclass
class Outcome:
    """Final content of the four tables, and what was written."""

    bought: dict[str, int] = field(default_factory=dict)
    total: dict[str, int] = field(default_factory=dict)
    by_symbol: dict[tuple[str, int], int] = field(default_factory=dict)
    by_account: dict[tuple[str, int], int] = field(default_factory=dict)
    written: dict[str, Sink] = field(default_factory=dict)


def read_long(data: bytes, at: int) -> tuple[int, int]:
    """Return (number, next position) of a zig-zag varint."""
    byte = data[at]
    at += 1
    if byte < 0x80:
        return (byte >> 1) ^ -(byte & 1), at
    number, shift = byte & 0x7F, 7
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (number >> 1) ^ -(number & 1), at
        shift += 7


def read_text(data: bytes, at: int) -> tuple[str, int]:
    """Return (text, next position)."""
    length, at = read_long(data, at)
    end = at + length
    return data[at:end].decode(), end


def long_bytes(number: int) -> bytes:
    """Return the varint of a number that is not negative."""
    number <<= 1
    if number < 0x80:
        return bytes((number,))
    out = bytearray()
    while number > 0x7F:
        out.append((number & 0x7F) | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field_text(value: str | None) -> bytes:
    """Return a nullable string."""
    if value is None:
        return b"\0"
    encoded = value.encode()
    return b"\2" + long_bytes(len(encoded)) + encoded


def instant(at_ms: int) -> str:
    """Return the lab's `yyyy-MM-dd HH:mm:ss Z`."""
    return datetime.fromtimestamp(at_ms / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M:%S +0000")


REMEMBERED = 4096
"""Of each kind of value; the lab's columns hold fewer distinct ones."""


class Codec(NamedTuple):
    """The functions that the loop calls for each field."""

    text_of: Callable[[bytes], str]
    long_bytes: Callable[[int], bytes]
    field_text: Callable[[str | None], bytes]
    instant: Callable[[int], str]


PLAIN = Codec(bytes.decode, long_bytes, field_text, instant)
REMEMBERING = Codec(
    lru_cache(REMEMBERED)(bytes.decode),
    lru_cache(REMEMBERED)(long_bytes),
    lru_cache(REMEMBERED)(field_text),
    lru_cache(REMEMBERED)(instant),
)


def read_users(users: Iterable[Raw]) -> dict[str, User]:
    """Return (regionid, gender) by user id."""
    table = {}
    for record in users:
        _, at = read_long(record.value, 5)
        userid, at = read_text(record.value, at)
        regionid, at = read_text(record.value, at)
        gender, _ = read_text(record.value, at)
        table[userid] = (regionid, gender)
    return table


def run(  # noqa: PLR0915 - fused on purpose: one loop without calls is what makes it the floor
    trades: Iterable[Raw], users: Iterable[Raw], *, encode: bool, remember: bool = False
) -> Outcome:
    """Run the seven statements over the trades; with `encode`, make every output's bytes."""
    text_of, long_bytes, field_text, instant = REMEMBERING if remember else PLAIN
    table = read_users(users)
    head = b"\0" + struct.pack(">I", 1)
    out = Outcome()
    enriched: Sink = []
    bought_sink: Sink = []
    total_sink: Sink = []
    symbol_sink: Sink = []
    account_sink: Sink = []
    for trade in trades:
        data, now = trade.value, trade.timestamp_ms
        n, at = read_long(data, 5)
        side = text_of(data[at : at + n])
        at += n
        quantity, at = read_long(data, at)
        n, at = read_long(data, at)
        symbol = text_of(data[at : at + n])
        at += n
        price, at = read_long(data, at)
        n, at = read_long(data, at)
        account = text_of(data[at : at + n])
        at += n
        n, at = read_long(data, at)
        userid = text_of(data[at : at + n])
        regionid, gender = table.get(userid, (None, None))
        start = now - now % WINDOW_MS
        is_buy = side == "BUY"
        if is_buy:
            out.bought[symbol] = out.bought.get(symbol, 0) + 1
            out.total[symbol] = out.total.get(symbol, 0) + quantity
        in_window = (symbol, start)
        out.by_symbol[in_window] = n = out.by_symbol.get(in_window, 0) + 1
        watched = (account, start)
        out.by_account[watched] = m = out.by_account.get(watched, 0) + 1
        if not encode:
            continue
        value = b"".join(
            (
                head,
                field_text(regionid),
                field_text(gender),
                field_text(side),
                b"\2",
                long_bytes(quantity),
                field_text(symbol),
                b"\2",
                long_bytes(price),
                field_text(account),
            )
        )
        enriched.append((userid.encode(), value, now))
        key = symbol.encode()
        if is_buy:
            value = head + b"\2" + long_bytes(out.bought[symbol])
            bought_sink.append((key, value, now))
            value = head + b"\2" + long_bytes(out.total[symbol])
            total_sink.append((key, value, now))
        window = struct.pack(">q", start)
        symbol_sink.append((key + window, head + b"\2" + long_bytes(n), now))
        if m > THRESHOLD:
            value = b"".join(
                (
                    head,
                    field_text(account),
                    b"\2",
                    long_bytes(m),
                    field_text(instant(start)),
                    field_text(instant(start + WINDOW_MS)),
                )
            )
            account_sink.append((account.encode() + window, value, now))
    out.written = {
        "stocks_enriched": enriched,
        "number_of_times_stock_bought": bought_sink,
        "total_stock_purchased": total_sink,
        "stocks_purchased_5min_window_tumbling": symbol_sink,
        "accounts_to_monitor": account_sink,
    }
    return out
