"""Rows of one topic as bytes, and when a reader may take the rows instead of the bytes.

Owns windowed keys (the plain key, then window start; for sessions window end and start, 8 bytes
big-endian each, as Kafka Streams writes them) and the layout test. The formats themselves are
`sandbox.formats`.
"""

import struct
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from ksql.language.resolved import Column, FormatSpec, Source, WindowSpec
from ksql.language.tree import WindowKind

Row: TypeAlias = tuple[Any, ...]

TIME_SUFFIX = struct.Struct(">q")
SESSION_SUFFIX = struct.Struct(">qq")

LOSSLESS_KEYS = {"KAFKA", "JSON", "AVRO", "NONE"}
LOSSLESS_VALUES = {"JSON", "AVRO"}
"""Formats in which reading gives back exactly what was written. DELIMITED does not tell null from
empty text, and a value that is not wrapped does not tell a null column from no value."""


class Serde(Protocol):
    """Rows of some columns in some format."""

    def encode(self, row: Row) -> bytes | None:
        """Return the bytes of a row.

        Raises:
            SerializationError: The format cannot carry it.
        """

    def decode(self, data: bytes | None) -> Row | None:
        """Return the row that bytes hold; None for None.

        Raises:
            DeserializationError: They hold none.
        """


@dataclass(frozen=True)
class Layout:
    """What rows of a topic look like: equal layouts have interchangeable rows."""

    key_format: FormatSpec
    value_format: FormatSpec
    key: tuple[Column, ...]
    value: tuple[Column, ...]
    window: WindowKind | None


_LAYOUTS: dict[Layout, Layout] = {}


def layout_of(source: Source) -> Layout | None:
    """Return the layout of a source, one object per layout; None if its formats lose something."""
    if source.key_format.name not in LOSSLESS_KEYS:
        return None
    if source.value_format.name not in LOSSLESS_VALUES:
        return None
    if source.value_format.wrap_single_value is False:
        return None
    layout = Layout(
        source.key_format,
        source.value_format,
        source.schema.key,
        source.schema.value,
        source.window.kind if source.window else None,
    )
    return _LAYOUTS.setdefault(layout, layout)


class SinkEncoder:
    """The `RowEncoder` of a source's topic."""

    __slots__ = ("key_serde", "layout", "session", "value_bytes", "value_serde")

    def __init__(self, source: Source, key: Serde, value: Serde) -> None:
        self.key_serde, self.value_serde = key, value
        self.layout = layout_of(source)
        self.session = is_session(source.window)
        self.value_bytes = value.encode

    def key_bytes(self, key_row: Row, window: tuple[int, int] | None) -> bytes | None:
        """Return the record key, with the window's bounds behind it if there is one."""
        plain = self.key_serde.encode(key_row)
        if window is None or plain is None:
            return plain
        if self.session:
            return plain + SESSION_SUFFIX.pack(window[1], window[0])
        return plain + TIME_SUFFIX.pack(window[0])


def is_session(window: WindowSpec | None) -> bool:
    """Tell whether keys carry session bounds."""
    return window is not None and window.kind is WindowKind.SESSION


def split_windowed_key(data: bytes, window: WindowSpec) -> tuple[bytes, int, int]:
    """Return (plain key, window start, window end).

    Raises:
        ValueError: Too short to end in a window.
    """
    suffix = SESSION_SUFFIX if is_session(window) else TIME_SUFFIX
    if len(data) < suffix.size:
        raise ValueError(f"{len(data)} bytes cannot end in a window's bounds")
    plain, bounds = data[: -suffix.size], suffix.unpack(data[-suffix.size :])
    if suffix is SESSION_SUFFIX:
        return plain, bounds[1], bounds[0]
    return plain, bounds[0], bounds[0] + (window.size_ms or 0)
