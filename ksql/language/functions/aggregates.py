"""Aggregates: one value from the rows of a group."""

from __future__ import annotations

from collections.abc import Sequence

from ksql.language.signatures import Function, Parameter, Signature
from ksql.language.types import BIGINT, DOUBLE, INTEGER, Base, SqlType

_NUMBERS = ((Base.INTEGER, INTEGER), (Base.BIGINT, BIGINT), (Base.DOUBLE, DOUBLE))

_ORDERED: tuple[Parameter, ...] = (
    Base.INTEGER,
    Base.BIGINT,
    Base.DOUBLE,
    Base.DECIMAL,
    Base.DATE,
    Base.TIME,
    Base.TIMESTAMP,
    Base.STRING,
    Base.BYTES,
)


def _same(arguments: Sequence[SqlType | None]) -> SqlType:
    return arguments[0] or BIGINT


def _aggregate(name: str, description: str, *signatures: Signature, undo: bool = False) -> Function:
    return Function(
        name, description, signatures, aggregate=True, category="AGGREGATE", table_aggregate=undo
    )


def _deviation(name: str) -> Function:
    signatures = (Signature((base,), DOUBLE) for base, _ in _NUMBERS)
    return _aggregate(name, "The standard deviation of a sample.", *signatures, undo=True)


def _by_offset(name: str, which: str) -> Function:
    return Function(
        name,
        f"The {which} value by offset; with `false` nulls count too.",
        (Signature(("T",), _same), Signature(("T", Base.BOOLEAN), _same)),
        aggregate=True,
        category="AGGREGATE",
        initial_args=1,
    )


FUNCTIONS = (
    _aggregate(
        "AVG",
        "The mean of the values.",
        *(Signature((base,), DOUBLE) for base, _ in _NUMBERS),
        undo=True,
    ),
    _aggregate(
        "CORRELATION",
        "The Pearson correlation of two columns.",
        *(Signature((base, base), DOUBLE) for base, _ in _NUMBERS),
        undo=True,
    ),
    _aggregate(
        "COUNT",
        "How many rows, or how many values that are not null.",
        Signature((), BIGINT),
        Signature(("T",), BIGINT),
        undo=True,
    ),
    _aggregate(
        "COUNT_DISTINCT", "How many different values, estimated.", Signature(("T",), BIGINT)
    ),
    _by_offset("EARLIEST_BY_OFFSET", "first"),
    _by_offset("LATEST_BY_OFFSET", "last"),
    _aggregate("MAX", "The greatest value.", *(Signature((base,), _same) for base in _ORDERED)),
    _aggregate("MIN", "The least value.", *(Signature((base,), _same) for base in _ORDERED)),
    _deviation("STDDEV_SAMP"),
    _deviation("STDDEV_SAMPLE"),
    _aggregate(
        "SUM",
        "The sum of the values.",
        *(Signature((base,), type_) for base, type_ in _NUMBERS),
        Signature((Base.DECIMAL,), _same),
        undo=True,
    ),
    Function(
        "TEST_UDAF",
        "The sum of numbers; what ksqlDB's functional tests register.",
        (
            Signature((Base.INTEGER,), BIGINT),
            Signature((Base.BIGINT,), BIGINT),
            Signature((Base.DOUBLE,), DOUBLE),
        ),
        aggregate=True,
        category="AGGREGATE",
        table_aggregate=True,
        hidden=True,
    ),
)
"""The family, by name."""
