"""`pipeline`: the streaming engine, from Avro in the source topic to Avro in the result topics.

All on one pinned core and in one run: our engine in three ways, the hand-fused loop as the floor
(as it stands, and looking up values that come again, which is stricter), Kafka Streams'
TopologyTestDriver as the peer. All of them must come to the same content. Rates are per second of
processor time, which other programs on the machine disturb less than real time. Then how cost
grows with keys, with queries and with the rows that are kept.

The three ways are lazy: nobody reads the derived topics, so none of their bytes is made; eager:
the lazy run, then every derived byte made once, while queries still hand each other rows; and
strict: no lazy encoding at all, topics hold bytes, so that a record is encoded when it is
written and what a query reads is decoded. What lazy encoding brings is lazy against strict; lazy
against eager leaves out that, without it, queries would have to decode what others wrote.
"""

import gc
import statistics
from dataclasses import dataclass, field

from bench import fused, peer
from bench.content import content_of
from bench.cores import PINNED, one_core
from bench.engine import DERIVED, TRADE_ID, USER_ID, Engine, stored
from bench.figures import Figure, stopwatch
from bench.scaling import keys_figures, memory_figures, queries_figures
from bench.trades import Raw, make_trades, make_users
from sandbox.garbage import expect_many_records

TRADES = 20_000
ROCKSDB_TRADES = 6_000
ROUNDS = 5
UNIT = "trades/s"


class Differs(Exception):
    """Two implementations came to different content: their speeds cannot be compared."""

    def __init__(self, one: str, other: str, part: str) -> None:
        super().__init__(f"{part} of {one} differs from that of {other}")


@dataclass
class Rates:
    """Trades per second of each way, a sample per round."""

    eager: list[float] = field(default_factory=list)
    lazy: list[float] = field(default_factory=list)
    strict: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    remembering: list[float] = field(default_factory=list)
    floor_lazy: list[float] = field(default_factory=list)

    def median(self, way: str) -> float:
        """Return the median of one of the ways."""
        samples: list[float] = getattr(self, way)
        return statistics.median(samples)


def measure() -> dict[str, Figure]:
    """Return the figures of the engine."""
    users, trades = make_users(USER_ID), make_trades(TRADES, TRADE_ID)
    expect_many_records()
    with one_core():
        rates = Rates()
        for _ in range(ROUNDS):
            _round(users, trades, rates)
        figures = _against_floor(rates) | _laziness(rates) | _against_peer(users, trades, rates)
        return figures | keys_figures(users) | queries_figures(users) | memory_figures(users)


def _round(users: list[Raw], trades: list[Raw], rates: Rates) -> None:
    engine = _fed(users, trades, lazy=True)
    with stopwatch() as lazy:
        engine.settle()
    with stopwatch() as encoding:
        engine.encode_all()
    bytes_only = _fed(users, trades, lazy=False)
    with stopwatch() as strict:
        bytes_only.settle()
    gc.collect()
    with stopwatch() as floor:
        outcome = fused.run(trades, users, encode=True)
    with stopwatch() as remembering:
        fused.run(trades, users, encode=True, remember=True)
    with stopwatch() as floor_lazy:
        fused.run(trades, users, encode=False)
    reference = _fused_content(outcome)
    _check_equal("the engine", _engine_content(engine), "the fused loop", reference)
    _check_equal("the strict engine", _engine_content(bytes_only), "the fused loop", reference)
    rates.strict.append(len(trades) / strict.cpu_seconds)
    rates.lazy.append(len(trades) / lazy.cpu_seconds)
    rates.eager.append(len(trades) / (lazy.cpu_seconds + encoding.cpu_seconds))
    rates.floor.append(len(trades) / floor.cpu_seconds)
    rates.remembering.append(len(trades) / remembering.cpu_seconds)
    rates.floor_lazy.append(len(trades) / floor_lazy.cpu_seconds)


def _fed(users: list[Raw], trades: list[Raw], *, lazy: bool) -> Engine:
    """Return an engine that has the trades still before it."""
    engine = Engine(users, lazy=lazy)
    engine.execute_all_seven()
    engine.settle()
    engine.append("stocks_topic", stored(trades))
    gc.collect()
    return engine


def _against_floor(rates: Rates) -> dict[str, Figure]:
    eager = rates.median("eager")
    plain, remembering = rates.median("floor"), rates.median("remembering")
    pinned = "one pinned core" if PINNED else "not pinned: this system cannot"
    return {
        "pipeline": Figure(
            eager,
            UNIT,
            floor=plain,
            ratio=eager / plain,
            limit="ratio >= 0.6 (aim 0.8)",
            note=f"floor: hand-fused loop; {pinned}, per second of processor time",
        ),
        "pipeline_remembering_loop": Figure(
            eager,
            UNIT,
            floor=remembering,
            ratio=eager / remembering,
            note="floor: the same loop looking up the texts, numbers and instants that come "
            "again, as our codecs do",
        ),
    }


def _laziness(rates: Rates) -> dict[str, Figure]:
    """Return what lazy encoding brings, by both definitions."""
    lazy, strict, eager = rates.median("lazy"), rates.median("strict"), rates.median("eager")
    return {
        "pipeline_lazy": Figure(
            lazy,
            UNIT,
            peer=strict,
            ratio=lazy / strict,
            limit="ratio >= 2",
            note="nobody reads the derived topics; peer: ours without lazy encoding, its topics "
            "hold bytes: encoded at each write, decoded once for all queries that read a topic; "
            f"the fused loop without encoding makes {rates.median('floor_lazy'):,.0f}",
        ),
        "pipeline_lazy_to_encoded": Figure(
            lazy,
            UNIT,
            peer=eager,
            ratio=lazy / eager,
            limit="ratio >= 2",
            note="peer: the figure `pipeline`, the lazy run and then every derived byte once, "
            "while queries hand each other rows: leaves out what decoding would cost them",
        ),
    }


def _against_peer(users: list[Raw], trades: list[Raw], rates: Rates) -> dict[str, Figure]:
    eager = rates.median("eager")
    try:
        memory = peer.run(users, trades)
        rocksdb = peer.run(users, trades[:ROCKSDB_TRADES], stores="rocksdb")
    except peer.NoPeer as absent:
        return {"pipeline_kafka_streams": Figure(eager, UNIT, note=f"no peer: {absent}")}
    outcome = fused.run(trades, users, encode=True)
    _check_equal("Kafka Streams", memory.content, "the fused loop", _fused_content(outcome))
    return {
        "pipeline_kafka_streams": Figure(
            eager,
            UNIT,
            peer=memory.rate,
            ratio=eager / memory.rate,
            limit="ratio >= 4",
            note="peer: TopologyTestDriver, in-memory stores, "
            f"{memory.rate_warm:,.0f} in its second half",
        ),
        "pipeline_kafka_streams_rocksdb": Figure(
            eager, UNIT, peer=rocksdb.rate, ratio=eager / rocksdb.rate
        ),
    }


def _engine_content(engine: Engine) -> dict[str, object]:
    return content_of(
        {
            name: [
                (record.key, record.value)
                for partition in engine.topic(name).partitions
                for record in partition.read(0)
            ]
            for name in DERIVED
        }
    )


def _fused_content(outcome: fused.Outcome) -> dict[str, object]:
    return content_of(
        {name: [(key, value) for key, value, _ in sink] for name, sink in outcome.written.items()}
    )


def _check_equal(
    one: str, content: dict[str, object], other: str, reference: dict[str, object]
) -> None:
    for part, expected in reference.items():
        if content.get(part) != expected:
            raise Differs(one, other, part)
