import gc
from collections.abc import Callable

import pytest

from sandbox.ksqldb.collections import Collections


def test_the_collector_comes_back_with_the_last_release() -> None:
    collections = Collections()
    states = []

    steps: tuple[Callable[[], None], ...] = (
        lambda: collections.hold("a"),
        lambda: collections.hold("b"),
        lambda: collections.hold("a"),
        lambda: collections.release("a"),
        lambda: collections.release("a"),
        lambda: collections.release("b"),
    )
    for step in steps:
        step()
        states.append(gc.isenabled())

    assert states == [False, False, False, False, False, True]


def test_a_collector_that_was_off_stays_off() -> None:
    collections = Collections()
    gc.disable()
    try:
        with collections.held():
            pass

        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_failure_inside_gives_the_collector_back() -> None:
    with pytest.raises(ValueError, match="x"), Collections().held():
        raise ValueError("x")

    assert gc.isenabled()
