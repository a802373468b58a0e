"""Dictionaries that remember what a codec made of a value.

Columns repeat themselves: a symbol, a status, a small count. Looking the value up is several
times cheaper than encoding it again, and a hit returns the same object, whose hash Python
already knows. Bounded: a full cache starts over.
"""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

ENTRIES = 1024
"""Per column; more distinct values than that repeat too rarely to be worth the memory."""
LENGTH = 64
"""Longer texts are made anew each time."""


class SizedCache(dict[K, V], Generic[K, V]):
    """`cache[value]` is `make(value)`; keys have a length."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[K], V]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: K) -> V:
        made = self._make(key)
        if len(key) <= LENGTH:  # type: ignore[arg-type]  # str and bytes only: see the class
            if len(self) >= ENTRIES:
                self.clear()
            self[key] = made
        return made
