"""How an implementation of a scalar function is declared.

An implementation makes, for one call, the Python function of its argument values. Most need no
more than the values; those that differ by type look at the call.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ksql.language.resolved import Call

Function = Callable[..., Any]


@dataclass(frozen=True)
class Environment:
    """What functions may know beside their arguments."""

    now_ms: Callable[[], int]
    """The time, in milliseconds since the Unix epoch."""


Maker = Callable[[Call, Environment], Function]


@dataclass(frozen=True)
class Scalar:
    """The implementation of one scalar function, all its signatures.

    `make` is called once per call in a statement. With `takes_nulls` the function gets null
    arguments as None; else it is not called and the result is null. One that `may_fail` raises
    on values it cannot take: then the call is null and the failure is reported. One that
    `repeats` is dear and depends on its arguments only: results for the first argument are
    remembered where the others are constants.
    """

    make: Maker
    takes_nulls: bool = False
    may_fail: bool = False
    repeats: bool = False


Scalars = Mapping[str, Scalar]
"""Implementations by upper-case name."""


def plain(function: Function, *, takes_nulls: bool = False, may_fail: bool = False) -> Scalar:
    """Return the implementation of a function that looks at values only."""
    return Scalar(lambda _call, _environment: function, takes_nulls=takes_nulls, may_fail=may_fail)
