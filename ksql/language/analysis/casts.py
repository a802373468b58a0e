"""Which types CAST converts into which."""

from __future__ import annotations

from ksql.language.types import NUMERIC, Base, SqlType

_TARGETS: dict[Base, frozenset[Base]] = {
    Base.BOOLEAN: frozenset({Base.STRING}),
    Base.STRING: frozenset({Base.BOOLEAN, *NUMERIC, Base.DATE, Base.TIME, Base.TIMESTAMP}),
    Base.BYTES: frozenset(),
    Base.DATE: frozenset({Base.STRING, Base.TIMESTAMP}),
    Base.TIME: frozenset({Base.STRING}),
    Base.TIMESTAMP: frozenset({Base.STRING, Base.DATE, Base.TIME}),
    **{base: frozenset({*NUMERIC, Base.STRING}) for base in NUMERIC},
}


def can_cast(source: SqlType | None, target: SqlType) -> bool:
    """True when `CAST(source AS target)` is legal; a bare NULL casts to everything."""
    return source is None or source.base is target.base or target.base in _TARGETS[source.base]
