"""The input of the measurements: trades and users as the lab's Datagen connectors make them.

Values follow the lab's quickstarts; bytes are Avro in Schema Registry framing. Written apart
from `sandbox.connectors`, so that a measurement never shares code with what it measures.
"""

import random
import struct
from dataclasses import dataclass

SYMBOLS = ("ZBZX", "ZJZZT", "ZTEST", "ZVV", "ZVZZT", "ZWZZT", "ZXZZT")
ACCOUNTS = ("ABC123", "LMN456", "XYZ789")
START_MS = 1_700_000_000_000

TRADE_SCHEMA = (
    '{"type":"record","name":"StockTrade","namespace":"ksql","fields":['
    '{"name":"side","type":"string"},{"name":"quantity","type":"int"},'
    '{"name":"symbol","type":"string"},{"name":"price","type":"int"},'
    '{"name":"account","type":"string"},{"name":"userid","type":"string"}]}'
)
USER_SCHEMA = (
    '{"type":"record","name":"users","namespace":"ksql","fields":['
    '{"name":"registertime","type":"long"},{"name":"userid","type":"string"},'
    '{"name":"regionid","type":"string"},{"name":"gender","type":"string"}]}'
)


@dataclass(frozen=True)
class Raw:
    """One record as bytes."""

    key: bytes
    value: bytes
    timestamp_ms: int


def varint(number: int) -> bytes:
    """Return Avro's zig-zag varint of a number."""
    number = (number << 1) ^ (number >> 63)
    out = bytearray()
    while number & ~0x7F:
        out.append((number & 0x7F) | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def text(value: str) -> bytes:
    """Return Avro's string: length, then UTF-8."""
    encoded = value.encode()
    return varint(len(encoded)) + encoded


def framing(schema_id: int) -> bytes:
    """Return the five bytes that Schema Registry's serializers put in front."""
    return b"\0" + struct.pack(">I", schema_id)


def make_users(schema_id: int, *, seed: int = 7) -> list[Raw]:
    """Return one record for each of the nine users, at the start."""
    rng = random.Random(seed)  # noqa: S311 - test data, repeatable on purpose
    users = []
    for number in range(1, 10):
        userid = f"User_{number}"
        value = framing(schema_id) + varint(rng.randrange(1487715775521, 1519273364600))
        value += text(userid) + text(f"Region_{rng.randint(1, 9)}")
        value += text(rng.choice(("MALE", "FEMALE", "OTHER")))
        users.append(Raw(userid.encode(), value, START_MS))
    return users


def make_trades(
    count: int, schema_id: int, *, seed: int = 7, step_ms: int = 500, symbols: int = 0
) -> list[Raw]:
    """Return `count` trades, `step_ms` of event time apart.

    `symbols` other than 0 draws that many distinct symbols instead of the lab's seven.
    """
    rng = random.Random(seed)  # noqa: S311 - test data, repeatable on purpose
    names = tuple(f"SYM{i}" for i in range(symbols)) if symbols else SYMBOLS
    head = framing(schema_id)
    trades = []
    for i in range(count):
        symbol = rng.choice(names)
        value = b"".join(
            (
                head,
                text(rng.choice(("BUY", "SELL"))),
                varint(rng.randint(1, 5000)),
                text(symbol),
                varint(rng.randint(5, 1000)),
                text(rng.choice(ACCOUNTS)),
                text(f"User_{rng.randint(1, 9)}"),
            )
        )
        trades.append(Raw(symbol.encode(), value, START_MS + i * step_ms))
    return trades
