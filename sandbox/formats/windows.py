"""Keys of windowed records: the plain key's bytes with the window's bounds behind.

Kafka Streams' layouts: tumbling and hopping windows add the start, session windows the end and
then the start, each eight bytes big-endian milliseconds since the Unix epoch.
"""

import struct

from sandbox.formats.errors import DeserializationError

_LONG = struct.Struct(">q")
_LONGS = struct.Struct(">qq")


def time_key(key: bytes, start_ms: int) -> bytes:
    """Return the key of a tumbling or hopping window."""
    return key + _LONG.pack(start_ms)


def session_key(key: bytes, start_ms: int, end_ms: int) -> bytes:
    """Return the key of a session window."""
    return key + _LONGS.pack(end_ms, start_ms)


def split_time_key(data: bytes) -> tuple[bytes, int]:
    """Return (plain key, window start in ms).

    Raises:
        DeserializationError: Shorter than a window's start.
    """
    if len(data) < _LONG.size:
        raise DeserializationError(f"A windowed key has at least 8 bytes, not {len(data)}")
    return data[: -_LONG.size], _LONG.unpack_from(data, len(data) - _LONG.size)[0]


def split_session_key(data: bytes) -> tuple[bytes, int, int]:
    """Return (plain key, window start in ms, window end in ms).

    Raises:
        DeserializationError: Shorter than a window's bounds.
    """
    if len(data) < _LONGS.size:
        raise DeserializationError(f"A session key has at least 16 bytes, not {len(data)}")
    end_ms, start_ms = _LONGS.unpack_from(data, len(data) - _LONGS.size)
    return data[: -_LONGS.size], start_ms, end_ms
