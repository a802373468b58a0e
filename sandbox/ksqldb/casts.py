"""CAST: from one type to another, as ksqlDB's `CastEvaluator` does it.

Also serves the conversions that a statement implies. Times as texts are ISO, numbers as texts are
Java's.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ksql.language.types import Base, SqlType
from sandbox.formats.numbers import (
    JAVA_WHITESPACE,
    decimal_cast,
    double_text,
    parse_decimal,
    parse_double,
    parse_int,
    parse_long,
    plain_text,
    truncate,
)
from sandbox.ksqldb.java import timestamps
from sandbox.ksqldb.java.arithmetic import double_to_int, double_to_long, wrap_int, wrap_long

Convert = Callable[[Any], Any]

TRUE_TEXTS = frozenset(("t", "tr", "tru", "true", "y", "ye", "yes", "on", "1"))
"""Texts that are true, in any case; all others are false."""


class CannotCast(ValueError):
    """No conversion between the types; analysis refuses it before."""


def _trimmed(text: str) -> str:
    return text.strip(JAVA_WHITESPACE)


CASTS: dict[tuple[Base, Base], Convert | None] = {
    (Base.BOOLEAN, Base.STRING): lambda value: "true" if value else "false",
    (Base.INTEGER, Base.BIGINT): None,
    (Base.INTEGER, Base.DOUBLE): float,
    (Base.INTEGER, Base.STRING): str,
    (Base.BIGINT, Base.INTEGER): wrap_int,
    (Base.BIGINT, Base.DOUBLE): float,
    (Base.BIGINT, Base.STRING): str,
    (Base.DOUBLE, Base.INTEGER): double_to_int,
    (Base.DOUBLE, Base.BIGINT): double_to_long,
    (Base.DOUBLE, Base.STRING): double_text,
    (Base.DECIMAL, Base.INTEGER): lambda value: wrap_int(truncate(value)),
    (Base.DECIMAL, Base.BIGINT): lambda value: wrap_long(truncate(value)),
    (Base.DECIMAL, Base.DOUBLE): float,
    (Base.DECIMAL, Base.STRING): plain_text,
    (Base.STRING, Base.BOOLEAN): lambda text: _trimmed(text).lower() in TRUE_TEXTS,
    (Base.STRING, Base.INTEGER): lambda text: parse_int(_trimmed(text)),
    (Base.STRING, Base.BIGINT): lambda text: parse_long(_trimmed(text)),
    (Base.STRING, Base.DOUBLE): parse_double,
    (Base.STRING, Base.DATE): timestamps.parse_date,
    (Base.STRING, Base.TIME): timestamps.parse_time,
    (Base.STRING, Base.TIMESTAMP): timestamps.parse_timestamp,
    (Base.DATE, Base.STRING): timestamps.date_text,
    (Base.DATE, Base.TIMESTAMP): timestamps.date_to_timestamp,
    (Base.TIME, Base.STRING): timestamps.time_text,
    (Base.TIMESTAMP, Base.STRING): timestamps.timestamp_text,
    (Base.TIMESTAMP, Base.DATE): timestamps.timestamp_to_date,
    (Base.TIMESTAMP, Base.TIME): timestamps.timestamp_to_time,
    (Base.TIMESTAMP, Base.BIGINT): None,
    (Base.BIGINT, Base.TIMESTAMP): None,
    (Base.INTEGER, Base.TIMESTAMP): None,
    (Base.INTEGER, Base.DATE): None,
    (Base.DATE, Base.INTEGER): None,
}
"""Conversions that no precision enters; None where the value stays what it is."""


def _to_decimal(source: Base, target: SqlType) -> Convert:
    fit = decimal_cast(target.precision or 0, target.scale or 0)
    if source is Base.STRING:
        return lambda text: fit(parse_decimal(_trimmed(text)))
    if source is Base.DOUBLE:
        # BigDecimal.valueOf goes through the shortest text of the double.
        return lambda number: fit(parse_decimal(double_text(number)))
    if source is Base.DECIMAL:
        return fit
    return lambda number: fit(Decimal(number))


def cast_rule(source: SqlType, target: SqlType) -> Convert | None:
    """Return the conversion; None where values stay what they are.

    The function raises ValueError or ArithmeticError on a value that cannot be converted.

    Raises:
        CannotCast: There is no such conversion.
    """
    if source == target:
        return None
    if target.base is Base.DECIMAL and source.base in (
        Base.INTEGER,
        Base.BIGINT,
        Base.DOUBLE,
        Base.DECIMAL,
        Base.STRING,
    ):
        return _to_decimal(source.base, target)
    if source.base is target.base:
        return None
    try:
        return CASTS[source.base, target.base]
    except KeyError:
        raise CannotCast(f"Cast of {source} to {target} is not supported") from None
