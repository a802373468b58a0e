"""What result topics hold in the end, in one form for every implementation, to be compared.

Read from the topics' bytes: the latest value per key of the four tables, and a checksum over
all of `stocks_enriched`. Leaves out schema ids, which each implementation gives by itself.
"""

import struct
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from bench.fused import read_long, read_text

Written = Iterable[tuple[bytes | None, bytes | None]]
"""Key and value of each record of a topic, in order."""

FRAMING = 5
"""Bytes of magic and schema id in front of an Avro value."""


def content_of(topics: Mapping[str, Written]) -> dict[str, Any]:
    """Return the final content; of the same form as the peer's report."""
    return {
        "bought": _latest(topics["number_of_times_stock_bought"], windowed=False),
        "total": _latest(topics["total_stock_purchased"], windowed=False),
        "by_symbol": _latest(topics["stocks_purchased_5min_window_tumbling"], windowed=True),
        "by_account": _latest(topics["accounts_to_monitor"], windowed=True, skips_text=True),
        "enriched": _checksum(topics["stocks_enriched"]),
    }


def _latest(records: Written, *, windowed: bool, skips_text: bool = False) -> dict[str, int]:
    latest: dict[str, int] = {}
    for key, value in records:
        assert key is not None
        name = _windowed_name(key) if windowed else key.decode()
        if value is None:
            latest.pop(name, None)
        else:
            latest[name] = _number(value, skips_text=skips_text)
    return latest


def _windowed_name(key: bytes) -> str:
    [start] = struct.unpack(">q", key[-8:])
    return f"{key[:-8].decode()}@{start}"


def _number(value: bytes, *, skips_text: bool) -> int:
    at = FRAMING
    if skips_text:
        _, at = read_text(value, at + 1)
    number, _ = read_long(value, at + 1)
    return number


def _checksum(records: Written) -> dict[str, int]:
    count = checksum = 0
    for key, value in records:
        assert key is not None
        assert value is not None
        count += 1
        checksum = zlib.crc32(value[FRAMING:], zlib.crc32(key, checksum))
    return {"count": count, "crc32": checksum}
