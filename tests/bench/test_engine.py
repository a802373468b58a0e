import pytest

from bench import fused
from bench.content import content_of
from bench.engine import DERIVED, TRADE_ID, USER_ID, Engine, WrittenRecord, stored
from bench.trades import make_trades, make_users


@pytest.mark.parametrize("lazy", [True, False])
@pytest.mark.parametrize("symbols", [0, 300])
def test_engine_and_fused_loop_come_to_the_same_content(symbols: int, *, lazy: bool) -> None:
    users, trades = make_users(USER_ID), make_trades(2000, TRADE_ID, symbols=symbols)
    engine = Engine(users, lazy=lazy)
    engine.execute_all_seven()
    engine.append("stocks_topic", stored(trades))

    engine.settle()

    found = content_of(
        {
            name: [
                (record.key, record.value) for record in engine.topic(name).partitions[0].read(0)
            ]
            for name in DERIVED
        }
    )
    written = fused.run(trades, users, encode=True).written
    expected = content_of(
        {name: [(key, value) for key, value, _ in sink] for name, sink in written.items()}
    )
    assert found == expected


def test_without_lazy_encoding_topics_hold_bytes_and_nothing_else() -> None:
    users, trades = make_users(USER_ID), make_trades(50, TRADE_ID)
    engine = Engine(users, lazy=False)
    engine.execute_all_seven()
    engine.append("stocks_topic", stored(trades))

    engine.settle()

    held = {
        record.__class__ for name in DERIVED for record in engine.topic(name).partitions[0].read(0)
    }
    assert held == {WrittenRecord}
