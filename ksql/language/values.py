"""The Python values that stand for SQL values, in literals as in rows.

BOOLEAN bool; INTEGER and BIGINT int; DOUBLE float; DECIMAL `decimal.Decimal` with exactly the
scale of its type; STRING str; BYTES bytes; DATE int (days since 1970-01-01); TIME int
(milliseconds of the day); TIMESTAMP int (milliseconds since 1970-01-01 UTC); null None.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

SqlValue: TypeAlias = bool | int | float | Decimal | str | bytes | None
