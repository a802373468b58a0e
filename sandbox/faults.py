"""Faults that a test or a curious person asks for: how calls go wrong, which and how often.

A `Fault` says what happens to the calls that its method and path pattern match. Faults are
asked in the order they were added; the first that has its turn decides. Leaves out doing
it to a connection, which is the server's part.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

ACTIONS = ("status", "reset", "lose_answer", "delay_ms", "stop_after")
FIELDS = ("method", "path", *ACTIONS, "error_code", "retry_after", "skip", "times")


class FaultRefused(ValueError):
    """A fault's description makes no sense."""


@dataclass
class Fault:
    """One fault and how often it has seen its calls."""

    id: int
    method: str = "*"
    path: str = "*"
    """A shell-style pattern such as `/kafka/v3/*`, a regular expression for the whole path such
    as `/ksqldb/[^/]+/ksql`, or an operation's name such as `createKafkaTopic`."""
    status: int | None = None
    """Answer this status in the API's own body shape, without doing anything."""
    reset: bool = False
    """Do nothing and reset the connection."""
    lose_answer: bool = False
    """Do what was asked for and reset the connection in place of the answer."""
    delay_ms: int | None = None
    """Wait so many real milliseconds, then go on."""
    stop_after: int | None = None
    """Answer so many calls, then let every further one wait unanswered until the fault is
    deleted, which resets them: the caller sees a server that has stopped."""
    error_code: int | None = None
    """The API's own code, such as ksqlDB's 50301, along with `status`."""
    retry_after: int | None = None
    """`Retry-After` in seconds, along with `status`."""
    skip: int = 0
    """Leave the first calls alone."""
    times: int | None = None
    """Strike so often; None is always."""
    calls: int = 0
    """How many calls have matched."""
    struck: int = 0
    """How many of them it struck."""

    def matches(self, method: str, path: str, operation: str | None) -> bool:
        """Tell whether a call is one of its."""
        if self.method not in ("*", method):
            return False
        if self.path == operation or fnmatchcase(path, self.path):
            return True
        try:
            return re.fullmatch(self.path, path) is not None
        except re.error:
            return False

    def takes_turn(self) -> bool:
        """Count a matching call; tell whether the fault strikes it."""
        self.calls += 1
        if self.calls <= self.skip:
            return False
        if self.stop_after is not None and self.calls - self.skip <= self.stop_after:
            return False
        if self.times is not None and self.struck >= self.times:
            return False
        self.struck += 1
        return True

    def to_wire(self) -> dict[str, Any]:
        """Return the fault as JSON, its counts included, unset fields left out."""
        given = {name: getattr(self, name) for name in FIELDS}
        return {
            "id": self.id,
            **{name: value for name, value in given.items() if _is_given(value)},
            "calls": self.calls,
            "struck": self.struck,
        }


class Faults:
    """The faults in force."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._next_id = 1

    def add(self, description: Mapping[str, Any]) -> Fault:
        """Put a fault in force.

        Raises:
            FaultRefused: An unknown field, a wrong type, or not exactly one thing to do.
        """
        unknown = sorted(set(description) - set(FIELDS))
        if unknown:
            raise FaultRefused(f"unknown field {unknown[0]!r}: a fault has {', '.join(FIELDS)}")
        actions = [name for name in ACTIONS if _is_given(description.get(name))]
        if len(actions) != 1:
            raise FaultRefused(f"give exactly one of {', '.join(ACTIONS)}, not {actions or 'none'}")
        for name, value in description.items():
            _check_type(name, value)
        fault = Fault(self._next_id, **description)
        fault.method = fault.method.upper()
        self._next_id += 1
        self._faults.append(fault)
        return fault

    def all(self) -> list[Fault]:
        """Return the faults in force, oldest first."""
        return list(self._faults)

    def get(self, fault_id: int) -> Fault | None:
        """Return a fault; None if there is none of that id."""
        return next((fault for fault in self._faults if fault.id == fault_id), None)

    def clear(self, fault_id: int | None = None) -> list[Fault]:
        """Take back one fault, or all; return what was taken back."""
        gone = [fault for fault in self._faults if fault_id in (None, fault.id)]
        self._faults = [fault for fault in self._faults if fault not in gone]
        return gone

    def strike(self, method: str, path: str, operation: str | None) -> Fault | None:
        """Count a call against every fault that it matches; return the first that strikes."""
        striking = [
            fault
            for fault in self._faults
            if fault.matches(method, path, operation) and fault.takes_turn()
        ]
        return striking[0] if striking else None


def _is_given(value: object) -> bool:
    # By identity: the number 0 equals False, and is a number of calls or milliseconds.
    return value is not None and value is not False


def _check_type(name: str, value: object) -> None:
    expected: type = {"method": str, "path": str, "reset": bool, "lose_answer": bool}.get(name, int)
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        raise FaultRefused(f"{name} must be {expected.__name__}, not {value!r}")
    if isinstance(value, int) and value < 0:
        raise FaultRefused(f"{name} must not be negative: {value}")
    if name == "status" and isinstance(value, int) and not 400 <= value <= 599:  # noqa: PLR2004 - HTTP's error range
        raise FaultRefused(f"status must be 400 to 599, not {value}")
