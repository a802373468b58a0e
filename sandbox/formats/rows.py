"""What a row is, and what turns it into bytes and back."""

from collections.abc import Callable
from typing import TypeAlias

from ksql.language.values import SqlValue

Row: TypeAlias = tuple[SqlValue, ...]
"""SQL values in column order."""

Encode: TypeAlias = Callable[[Row], bytes | None]
Decode: TypeAlias = Callable[[bytes | None], Row | None]
