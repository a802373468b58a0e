"""The SQL types that columns and expressions have.

Owns the ten types of the supported language and how ksqlDB writes them. Structured types (ARRAY,
MAP, STRUCT) are not here: the parser refuses them by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Base(StrEnum):
    """A type without its parameters, by the name ksqlDB prints."""

    BOOLEAN = "BOOLEAN"
    INTEGER = "INTEGER"
    BIGINT = "BIGINT"
    DECIMAL = "DECIMAL"
    DOUBLE = "DOUBLE"
    STRING = "STRING"
    BYTES = "BYTES"
    DATE = "DATE"
    TIME = "TIME"
    TIMESTAMP = "TIMESTAMP"


@dataclass(frozen=True)
class SqlType:
    """One SQL type; `precision` and `scale` are set exactly when `base` is DECIMAL.

    Example:
        >>> str(decimal(4, 2))
        'DECIMAL(4, 2)'
    """

    base: Base
    precision: int | None = None
    scale: int | None = None

    def __str__(self) -> str:
        if self.base is Base.DECIMAL:
            return f"DECIMAL({self.precision}, {self.scale})"
        return self.base.value

    @property
    def is_numeric(self) -> bool:
        """True for INTEGER, BIGINT, DECIMAL and DOUBLE."""
        return self.base in NUMERIC

    @property
    def is_temporal(self) -> bool:
        """True for DATE, TIME and TIMESTAMP."""
        return self.base in TEMPORAL


BOOLEAN = SqlType(Base.BOOLEAN)
INTEGER = SqlType(Base.INTEGER)
BIGINT = SqlType(Base.BIGINT)
DOUBLE = SqlType(Base.DOUBLE)
STRING = SqlType(Base.STRING)
BYTES = SqlType(Base.BYTES)
DATE = SqlType(Base.DATE)
TIME = SqlType(Base.TIME)
TIMESTAMP = SqlType(Base.TIMESTAMP)

NUMERIC = (Base.INTEGER, Base.BIGINT, Base.DECIMAL, Base.DOUBLE)
"""The numeric types, narrowest first: the order in which ksqlDB widens."""

TEMPORAL = (Base.DATE, Base.TIME, Base.TIMESTAMP)


def decimal(precision: int, scale: int) -> SqlType:
    """DECIMAL(precision, scale); ranges are checked where the statement is analysed."""
    return SqlType(Base.DECIMAL, precision, scale)
