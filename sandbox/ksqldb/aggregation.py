"""Aggregates as code in a group's state.

COUNT and integer SUM, which most statements use, are written out; the others call the
implementations in `functions`. Each has one slot of the state list.
"""

from typing import Protocol

from ksql.language.resolved import AggregateCall
from ksql.language.types import Base
from sandbox.ksqldb.codegen import Code
from sandbox.ksqldb.functions.aggregates import Aggregate, aggregate


class AggregateCode(Protocol):
    """Writes one aggregate's part of the code; `slot` is the text of its place in the state."""

    def initial(self) -> str:
        """The text of a new state."""

    def add(self, code: Code, slot: str, args: list[str]) -> None:
        """Write what takes a row in."""

    def remove(self, code: Code, slot: str, args: list[str]) -> None:
        """Write what takes a row back out."""

    def merge(self, code: Code, slot: str, other: str) -> None:
        """Write what joins another state in (sessions)."""

    def result(self, slot: str) -> str:
        """The text of the result."""


class CountCode:
    """COUNT(*) and COUNT(x)."""

    def initial(self) -> str:
        """Zero."""
        return "0"

    def add(self, code: Code, slot: str, args: list[str]) -> None:
        """One more, unless the argument is null."""
        self._step(code, f"{slot} += 1", args)

    def remove(self, code: Code, slot: str, args: list[str]) -> None:
        """One less, unless the argument is null."""
        self._step(code, f"{slot} -= 1", args)

    @staticmethod
    def _step(code: Code, step: str, args: list[str]) -> None:
        code.line(f"if {args[0]} is not None: {step}" if args else step)

    def merge(self, code: Code, slot: str, other: str) -> None:
        """The sum of both."""
        code.line(f"{slot} += {other}")

    def result(self, slot: str) -> str:
        """The number itself."""
        return slot


class SumCode:
    """SUM of INTEGER or BIGINT, which wraps around as Java's `+` does."""

    def __init__(self, bits: int) -> None:
        self._half = 1 << (bits - 1)

    def initial(self) -> str:
        """Zero."""
        return "0"

    def add(self, code: Code, slot: str, args: list[str]) -> None:
        """Add the argument, unless it is null."""
        self._step(code, slot, "+", args[0])

    def remove(self, code: Code, slot: str, args: list[str]) -> None:
        """Subtract it."""
        self._step(code, slot, "-", args[0])

    def merge(self, code: Code, slot: str, other: str) -> None:
        """Add the other sum."""
        self._step(code, slot, "+", other)

    def _step(self, code: Code, slot: str, sign: str, arg: str) -> None:
        half = self._half
        with code.block(f"if {arg} is not None:"):
            code.line(f"t = {slot} {sign} {arg}")
            code.line(
                f"{slot} = t if -{half} <= t < {half} else (t + {half}) % {2 * half} - {half}"
            )

    def result(self, slot: str) -> str:
        """The number itself."""
        return slot


class CallCode:
    """Any aggregate of the function table."""

    def __init__(self, name: str) -> None:
        self._name = name

    def initial(self) -> str:
        """What the implementation begins with."""
        return f"{self._name}.initial()"

    def add(self, code: Code, slot: str, args: list[str]) -> None:
        """Call `add`."""
        code.line(f"{slot} = {self._name}.add({', '.join([slot, *args])})")

    def remove(self, code: Code, slot: str, args: list[str]) -> None:
        """Call `remove`."""
        code.line(f"{slot} = {self._name}.remove({', '.join([slot, *args])})")

    def merge(self, code: Code, slot: str, other: str) -> None:
        """Call `merge`."""
        code.line(f"{slot} = {self._name}.merge({slot}, {other})")

    def result(self, slot: str) -> str:
        """Call `result`."""
        return f"{self._name}.result({slot})"


BITS = {Base.INTEGER: 32, Base.BIGINT: 64}


def aggregate_code(call: AggregateCall, code: Code) -> AggregateCode:
    """Return the writer for an aggregate, its implementation bound in `code`."""
    if call.function == "COUNT":
        return CountCode()
    if call.function == "SUM" and call.type.base in BITS:
        return SumCode(BITS[call.type.base])
    implementation: Aggregate = aggregate(call)
    return CallCode(code.bind("aggregate", implementation))
