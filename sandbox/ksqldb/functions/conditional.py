"""Nulls and choices."""

from typing import Any

from ksql.language.resolved import Call
from ksql.language.types import Base
from sandbox.formats.numbers import EXACT, quantum
from sandbox.ksqldb.functions.registry import Environment, Function, Scalar, plain
from sandbox.ksqldb.java.arithmetic import total_order
from sandbox.ksqldb.operators import signed_bytes


def coalesce(*values: Any) -> Any:
    """Return the first value that is not null."""
    for value in values:
        if value is not None:
            return value
    return None


def nullif(value: Any, other: Any) -> Any:
    """Return null if both are equal, else the first."""
    return None if value == other else value


def extreme(choose: Function) -> Scalar:
    """Return GREATEST or LEAST: nulls are left out, DECIMALs come at the result's scale."""

    def make(call: Call, _: Environment) -> Function:
        base = call.type.base
        order = {Base.DOUBLE: total_order, Base.BYTES: signed_bytes}.get(base)
        unit = quantum(call.type.scale or 0) if base is Base.DECIMAL else None

        def compute(*values: Any) -> Any:
            known = [value for value in values if value is not None]
            if not known:
                return None
            found = choose(known, key=order)
            return found if unit is None else found.quantize(unit, None, EXACT)

        return compute

    return Scalar(make, takes_nulls=True)


SCALARS: dict[str, Scalar] = {
    "AS_VALUE": plain(lambda value: value, takes_nulls=True),
    "COALESCE": plain(coalesce, takes_nulls=True),
    "GREATEST": extreme(max),
    "IFNULL": plain(coalesce, takes_nulls=True),
    "LEAST": extreme(min),
    "NULLIF": plain(nullif, takes_nulls=True),
}
"""The family, by name."""
