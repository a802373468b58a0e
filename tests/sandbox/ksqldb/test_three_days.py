"""Three days of event time: after the first, nothing grows any more."""

import json
from typing import Any

from sandbox.topics import StoredRecord
from tests.sandbox.ksqldb.engine import Engine

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
EVERY_MS = 4_000
STATEMENTS = """
CREATE STREAM trades (symbol VARCHAR, account VARCHAR, side VARCHAR, n INT)
  WITH (kafka_topic='trades', value_format='JSON');
CREATE TABLE users (id VARCHAR PRIMARY KEY, region VARCHAR)
  WITH (kafka_topic='users', value_format='JSON');
CREATE STREAM enriched AS
  SELECT users.id AS account, symbol, side, n, region FROM trades
  LEFT JOIN users ON trades.account = users.id;
CREATE TABLE bought AS
  SELECT symbol, SUM(n) AS total FROM enriched WHERE side = 'BUY' GROUP BY symbol;
CREATE TABLE busy AS
  SELECT account, COUNT(*) AS c FROM enriched WINDOW TUMBLING (SIZE 5 MINUTES)
  GROUP BY account HAVING COUNT(*) > 10;
CREATE TABLE bursts AS
  SELECT symbol, COUNT(*) AS c FROM enriched WINDOW SESSION (1 MINUTE, GRACE PERIOD 1 HOUR)
  GROUP BY symbol;
"""


def sizes(engine: Engine) -> dict[str, int]:
    found = {
        topic.name: sum(p.end_offset - p.start_offset for p in topic.partitions)
        for topic in engine.cluster.topics()
    }
    for query in engine.server.metastore.queries.values():
        store: Any = query.run.chain.store if query.run else None
        if store is not None:
            found[query.query_id] = len(store)
    return found


def hour_of_trades(hour: int) -> list[StoredRecord]:
    records = []
    for at_ms in range(hour * HOUR_MS, (hour + 1) * HOUR_MS, EVERY_MS):
        number = at_ms // EVERY_MS
        row = {
            "symbol": f"S{number % 7}",
            "account": f"A{number % 3}",
            "side": "BUY" if number % 2 else "SELL",
            "n": number % 11,
        }
        records.append(StoredRecord(None, json.dumps(row).encode(), at_ms))
    return records


def test_logs_and_states_stay_flat_after_the_first_day() -> None:
    engine = Engine()
    a_day = {"retention.ms": str(DAY_MS)}
    engine.cluster.create("trades", partitions=1, replication=1, configs=a_day)
    engine.topic("users")
    engine.execute(STATEMENTS)
    daily = []

    for hour in range(72):
        engine.cluster.topic("trades").partitions[0].extend(hour_of_trades(hour))
        engine.server.settle()
        for topic in engine.cluster.topics():
            topic.apply_retention((hour + 1) * HOUR_MS)
        if hour % 24 == 23:
            daily.append(sizes(engine))

    first, _, third = daily
    trades_a_day = DAY_MS // EVERY_MS
    assert first["ENRICHED"] == trades_a_day
    for name, size in third.items():
        assert size <= max(first[name] * 1.1, 20_000), f"{name} grew from {first[name]} to {size}"
    assert engine.pull("SELECT symbol, total FROM bought WHERE symbol = 'S1';") != []
