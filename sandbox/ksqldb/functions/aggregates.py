"""Aggregates: one value from the rows of a group.

A state is a plain value that `add` replaces; nulls among the arguments are left out unless it
says otherwise. `remove` takes a row back out, for grouped tables; `merge` joins two sessions.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any, Protocol

from ksql.language.resolved import AggregateCall
from ksql.language.types import Base, SqlType
from sandbox.formats.numbers import EXACT, DecimalOverflow, check_range
from sandbox.ksqldb.errors import QueryFailed
from sandbox.ksqldb.java.arithmetic import total_order, wrap_int, wrap_long
from sandbox.ksqldb.operators import signed_bytes

State = Any


class Aggregate(Protocol):
    """The implementation of an aggregate, for one call."""

    def initial(self) -> State:
        """The state of a group without rows."""

    def add(self, state: State, *args: Any) -> State:
        """The state with a row taken in."""

    def remove(self, state: State, *args: Any) -> State:
        """The state with a row taken back out."""

    def merge(self, state: State, other: State) -> State:
        """The state of both groups' rows; `other` is the later one."""

    def result(self, state: State) -> Any:
        """The aggregate's value."""


class NoUndo:
    """An aggregate that cannot give a row back: analysis refuses it over tables."""

    def remove(self, state: State, *args: Any) -> State:
        """Refuse: a row cannot be taken out."""
        raise NotImplementedError("this aggregate cannot take a row back out")


class Count:
    """COUNT: rows, or values that are not null."""

    def initial(self) -> State:
        """Zero."""
        return 0

    def add(self, state: State, *args: Any) -> State:
        """One more, unless the argument is null."""
        return state if args and args[0] is None else state + 1

    def remove(self, state: State, *args: Any) -> State:
        """One less, unless the argument is null."""
        return state if args and args[0] is None else state - 1

    def merge(self, state: State, other: State) -> State:
        """The sum of both."""
        return state + other

    def result(self, state: State) -> Any:
        """The number."""
        return state


@dataclass(frozen=True)
class Sum:
    """SUM in one type: `plus` and `minus` wrap, round or refuse as that type does."""

    zero: Any
    plus: Callable[[Any, Any], Any]
    minus: Callable[[Any, Any], Any]

    def initial(self) -> State:
        """Zero."""
        return self.zero

    def add(self, state: State, *args: Any) -> State:
        """Add the value."""
        return state if args[0] is None else self.plus(state, args[0])

    def remove(self, state: State, *args: Any) -> State:
        """Subtract the value."""
        return state if args[0] is None else self.minus(state, args[0])

    def merge(self, state: State, other: State) -> State:
        """Add both sums."""
        return self.plus(state, other)

    def result(self, state: State) -> Any:
        """The sum."""
        return state


def sum_of(of: SqlType) -> Sum:
    """Return the sum in a type.

    Raises, when it runs:
        QueryFailed: A DECIMAL sum leaves its precision: that ends the query.
    """
    if of.base is Base.DOUBLE:
        return Sum(0.0, lambda a, b: a + b, lambda a, b: a - b)
    if of.base is Base.DECIMAL:
        precision, scale = of.precision or 0, of.scale or 0

        def checked(number: Decimal) -> Decimal:
            try:
                check_range(number, precision, scale)
            except DecimalOverflow as reason:
                raise QueryFailed(str(reason)) from None
            return number

        zero = Decimal((0, (0,), -scale))
        return Sum(
            zero,
            lambda a, b: checked(EXACT.add(a, b)),
            lambda a, b: checked(EXACT.subtract(a, b)),
        )
    wrap = wrap_int if of.base is Base.INTEGER else wrap_long
    return Sum(0, lambda a, b: wrap(a + b), lambda a, b: wrap(a - b))


class Average:
    """AVG: a sum in the argument's type, and a count; 0 of no values."""

    def __init__(self, of: SqlType) -> None:
        self._sum = sum_of(of)

    def initial(self) -> State:
        """No sum and no count."""
        return self._sum.initial(), 0

    def add(self, state: State, *args: Any) -> State:
        """Take the value in."""
        return state if args[0] is None else (self._sum.plus(state[0], args[0]), state[1] + 1)

    def remove(self, state: State, *args: Any) -> State:
        """Take the value out."""
        return state if args[0] is None else (self._sum.minus(state[0], args[0]), state[1] - 1)

    def merge(self, state: State, other: State) -> State:
        """Add sums and counts."""
        return self._sum.plus(state[0], other[0]), state[1] + other[1]

    def result(self, state: State) -> Any:
        """Sum divided by count."""
        return float(state[0]) / state[1] if state[1] else 0.0


class Extreme(NoUndo):
    """MIN and MAX; null of no values."""

    def __init__(self, choose: Callable[..., Any], of: SqlType) -> None:
        self._choose = choose
        self._key = {Base.DOUBLE: total_order, Base.BYTES: signed_bytes}.get(of.base)

    def initial(self) -> State:
        """No value."""
        return None

    def add(self, state: State, *args: Any) -> State:
        """Keep the better of both."""
        if state is None or args[0] is None:
            return args[0] if state is None else state
        return self._choose(state, args[0], key=self._key)

    def merge(self, state: State, other: State) -> State:
        """Keep the better of both."""
        return self.add(state, other)

    def result(self, state: State) -> Any:
        """The value."""
        return state


class CountDistinct(NoUndo):
    """COUNT_DISTINCT, exact (ksqlDB estimates, and is exact for small groups)."""

    def initial(self) -> State:
        """Nothing seen."""
        return set()

    def add(self, state: State, *args: Any) -> State:
        """Note the value, in place: a copy per row would cost the square of their number."""
        if args[0] is not None:
            state.add(args[0])
        return state

    def merge(self, state: State, other: State) -> State:
        """Everything seen."""
        return state | other

    def result(self, state: State) -> Any:
        """How many."""
        return len(state)


class ByOffset(NoUndo):
    """EARLIEST_BY_OFFSET and LATEST_BY_OFFSET: states are (place in the input, value)."""

    def __init__(self, *, latest: bool, ignore_nulls: bool) -> None:
        self._latest, self._ignore_nulls = latest, ignore_nulls
        self._places = count()

    def initial(self) -> State:
        """No value."""
        return None

    def add(self, state: State, *args: Any) -> State:
        """Keep the first, or take the newest."""
        if (self._ignore_nulls and args[0] is None) or (state is not None and not self._latest):
            return state
        return next(self._places), args[0]

    def merge(self, state: State, other: State) -> State:
        """Keep the one that came first, or last."""
        known = [each for each in (state, other) if each is not None]
        choose = max if self._latest else min
        return choose(known, key=lambda each: each[0]) if known else None

    def result(self, state: State) -> Any:
        """The value."""
        return None if state is None else state[1]


class Deviation:
    """STDDEV_SAMP: count, sum and squared distances from the mean, kept up to date."""

    @staticmethod
    def _square(distance: float) -> float:
        # Not `** 2`, which raises where a product goes to infinity, as it does in Java.
        return distance * distance

    def initial(self) -> State:
        """No values."""
        return 0, 0.0, 0.0

    def add(self, state: State, *args: Any) -> State:
        """Take the value in."""
        if args[0] is None:
            return state
        size, total, squares = state
        size, total = size + 1, total + args[0]
        if size > 1:
            squares += self._square(size * args[0] - total) / (size * (size - 1))
        return size, total, squares

    def remove(self, state: State, *args: Any) -> State:
        """Take the value out."""
        if args[0] is None:
            return state
        size, total, squares = state
        if size > 1:
            squares -= self._square(size * args[0] - total) / (size * (size - 1))
        return size - 1, total - args[0], squares

    def merge(self, state: State, other: State) -> State:
        """All values of both."""
        if not state[0] or not other[0]:
            return other if not state[0] else state
        size = state[0] + other[0]
        distance = state[1] / state[0] - other[1] / other[0]
        between = self._square(distance) * state[0] * other[0] / size
        return size, state[1] + other[1], state[2] + other[2] + between

    def result(self, state: State) -> Any:
        """The root of squares by one less than the count; 0 of fewer than two values."""
        size, _, squares = state
        return math.sqrt(max(squares, 0.0) / (size - 1)) if size > 1 else 0.0


class Variance(Deviation):
    """STDDEV_SAMPLE: ksqlDB leaves out the root; STDDEV_SAMP was added because of that."""

    def result(self, state: State) -> Any:
        """Squares by one less than the count; 0 of fewer than two values."""
        size, _, squares = state
        return max(squares, 0.0) / (size - 1) if size > 1 else 0.0


class Correlation:
    """CORRELATION: sums of both columns, of their squares and products."""

    def initial(self) -> State:
        """No pairs."""
        return (0, 0.0, 0.0, 0.0, 0.0, 0.0)

    def add(self, state: State, *args: Any) -> State:
        """Take a pair in, unless a part is null."""
        return self._step(state, args, 1)

    def remove(self, state: State, *args: Any) -> State:
        """Take a pair out."""
        return self._step(state, args, -1)

    @staticmethod
    def _step(state: State, args: tuple[Any, ...], sign: int) -> State:
        left, right = args
        if left is None or right is None:
            return state
        terms = (1, left, right, left * left, right * right, left * right)
        return tuple(old + sign * term for old, term in zip(state, terms, strict=True))

    def merge(self, state: State, other: State) -> State:
        """All pairs of both."""
        return tuple(a + b for a, b in zip(state, other, strict=True))

    def result(self, state: State) -> Any:
        """Pearson's coefficient; NaN where a column does not vary."""
        size, left, right, left_squares, right_squares, products = state
        spread = (size * left_squares - left * left) * (size * right_squares - right * right)
        if spread <= 0:
            return math.nan
        return (size * products - left * right) / math.sqrt(spread)


def _argument(call: AggregateCall) -> SqlType:
    of = call.args[0].type
    return call.type if of is None else of


def _by_offset(call: AggregateCall, *, latest: bool) -> ByOffset:
    ignore_nulls = bool(call.initial[0]) if call.initial else True
    return ByOffset(latest=latest, ignore_nulls=ignore_nulls)


AGGREGATES: dict[str, Callable[[AggregateCall], Aggregate]] = {
    "AVG": lambda call: Average(_argument(call)),
    "CORRELATION": lambda _: Correlation(),
    "COUNT": lambda _: Count(),
    "COUNT_DISTINCT": lambda _: CountDistinct(),
    "EARLIEST_BY_OFFSET": lambda call: _by_offset(call, latest=False),
    "LATEST_BY_OFFSET": lambda call: _by_offset(call, latest=True),
    "MAX": lambda call: Extreme(max, _argument(call)),
    "MIN": lambda call: Extreme(min, _argument(call)),
    "STDDEV_SAMP": lambda _: Deviation(),
    "STDDEV_SAMPLE": lambda _: Variance(),
    "SUM": lambda call: sum_of(call.type),
    "TEST_UDAF": lambda call: sum_of(call.type),
}
"""All aggregates, by upper-case name."""


def aggregate(call: AggregateCall) -> Aggregate:
    """Return the implementation of a call."""
    return AGGREGATES[call.function](call)
