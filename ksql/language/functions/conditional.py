"""Nulls and choices, and the function that copies a key into the value."""

from __future__ import annotations

from collections.abc import Sequence

from ksql.language.numbers import widest
from ksql.language.signatures import Function, Parameter, Signature
from ksql.language.types import Base, SqlType

_CATEGORY = "CONDITIONAL"


def _common(arguments: Sequence[SqlType | None]) -> SqlType:
    """The type all known arguments share; the widest, of DECIMALs."""
    known = [argument for argument in arguments if argument is not None]
    result = known[0]
    for argument in known[1:]:
        if result.base is Base.DECIMAL and argument.base is Base.DECIMAL:
            result = widest(result, argument)
    return result


def _function(name: str, description: str, *signatures: Signature) -> Function:
    return Function(name, description, signatures, category=_CATEGORY)


_COMPARABLE: tuple[Parameter, ...] = (
    Base.INTEGER,
    Base.BIGINT,
    Base.DOUBLE,
    Base.STRING,
    Base.BYTES,
    Base.DECIMAL,
    Base.DATE,
    Base.TIME,
    Base.TIMESTAMP,
)


def _of_all(name: str, description: str) -> Function:
    signatures = (Signature((base, base), _common, variadic=1) for base in _COMPARABLE)
    return _function(name, description, *signatures)


FUNCTIONS = (
    Function(
        "AS_VALUE",
        "The argument itself: copies a key column into the value.",
        (Signature(("T",), _common),),
    ),
    _function(
        "COALESCE", "The first argument that is not null.", Signature(("T",), _common, variadic=0)
    ),
    _of_all("GREATEST", "The greatest of the arguments that are not null."),
    _function(
        "IFNULL",
        "The first argument, or the second when it is null.",
        Signature(("T", "T"), _common),
    ),
    _of_all("LEAST", "The least of the arguments that are not null."),
    _function(
        "NULLIF",
        "Null when both are equal, else the first argument.",
        Signature(("T", "T"), _common),
    ),
)
"""The family, by name."""
