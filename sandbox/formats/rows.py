"""What a row is: a tuple of SQL values in column order."""

from typing import TypeAlias

from ksql.language.values import SqlValue

Row: TypeAlias = tuple[SqlValue, ...]
