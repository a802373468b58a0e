from datetime import timedelta

from ksql.waiting import Attempts, every
from tests.ksql.scripted import Clock


def test_pauses_double_up_to_ten_seconds() -> None:
    clock = Clock()
    attempts = Attempts(clock)

    while attempts.pause(timedelta(seconds=40)):
        pass

    assert clock.pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]


def test_what_the_server_asks_for_wins_over_our_own_pause() -> None:
    clock = Clock()
    attempts = Attempts(clock)

    assert attempts.pause(timedelta(seconds=10), 4)
    assert clock.pauses == [4]


def test_no_pause_that_would_end_after_the_deadline_is_begun() -> None:
    clock = Clock()

    assert not Attempts(clock).pause(timedelta(seconds=10), 11)
    assert clock.pauses == []


def test_every_looks_at_once_and_until_time_is_up() -> None:
    assert list(every(2, timedelta(seconds=5), Clock())) == [0, 2, 4]
