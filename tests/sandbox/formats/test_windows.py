import pytest

from sandbox.formats.errors import DeserializationError
from sandbox.formats.windows import session_key, split_session_key, split_time_key, time_key


def test_time_window_key_ends_in_its_start() -> None:
    data = time_key(b"AB", 300_000)

    assert data == b"AB\0\0\0\0\0\4\x93\xe0"
    assert split_time_key(data) == (b"AB", 300_000)


def test_session_key_ends_in_end_and_start() -> None:
    data = session_key(b"A", 1, 2)

    assert data == b"A" + b"\0" * 7 + b"\2" + b"\0" * 7 + b"\1"
    assert split_session_key(data) == (b"A", 1, 2)


def test_short_keys_are_refused() -> None:
    with pytest.raises(DeserializationError, match="at least 8 bytes, not 3"):
        split_time_key(b"abc")
    with pytest.raises(DeserializationError, match="at least 16 bytes, not 8"):
        split_session_key(b"abcdefgh")
