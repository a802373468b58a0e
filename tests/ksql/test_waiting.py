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


class Ticking(Clock):
    """Even looking at it takes time, as on any real machine."""

    def elapsed_s(self) -> float:
        self.now_s += 0.001
        return self.now_s


def test_the_first_look_of_every_is_at_nought_however_slow_the_machine() -> None:
    # Callers ask the server once more at any later look.
    assert next(every(2, timedelta(seconds=5), Ticking())) == 0


def test_whoever_waits_is_told_after_two_seconds_and_then_ten_or_more_apart() -> None:
    clock, told = Clock(), list[str]()
    attempts = Attempts(clock, told.append)

    while attempts.pause(timedelta(seconds=30), why="not ready"):
        pass

    assert told == [
        "not ready; trying for 3 s of 30 s",
        "not ready; trying for 23 s of 30 s",
    ]


def test_who_looks_again_and_again_is_told_too() -> None:
    told: list[str] = []

    list(every(1, timedelta(seconds=13), Clock(), told.append, "still QUEUED"))

    assert told == ["still QUEUED; trying for 2 s of 13 s", "still QUEUED; trying for 12 s of 13 s"]


def test_a_short_wait_is_not_worth_a_word() -> None:
    told: list[str] = []
    attempts = Attempts(Clock(), told.append)

    assert attempts.pause(timedelta(seconds=30), why="not ready")
    assert attempts.pause(timedelta(seconds=30), why="not ready")
    assert told == []
