"""What a query remembers: rows of tables, states of groups, windows, sessions.

Owns structure, expiry and reading by key or range. What a group's state means is the
compiler's: a list `[time of last change, whether HAVING let it pass, one slot per aggregate, key]`.
Compiled code works on the dictionaries directly, which is why they are public. Windows are kept
window first: a window past its retention goes in one step, whatever its number of keys.
"""

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

Key: TypeAlias = tuple[Any, ...]
State: TypeAlias = list[Any]
Window: TypeAlias = tuple[int, int]
Entry: TypeAlias = tuple[Key, Window | None, State]
"""A group with its window, if any."""


class GroupStore:
    """States of groups without windows, by group key."""

    def __init__(self) -> None:
        self.groups: dict[Key, State] = {}

    def __len__(self) -> int:
        return len(self.groups)

    def find(self, keys: Iterable[Key]) -> Iterator[Entry]:
        """Yield the entries of these keys that exist."""
        for key in keys:
            state = self.groups.get(key)
            if state is not None:
                yield key, None, state

    def scan(self) -> Iterator[Entry]:
        """Yield all entries, as of now."""
        for key, state in list(self.groups.items()):
            yield key, None, state


class WindowStore:
    """States of groups in time windows: per partition, by window start, by group key.

    `clocks` holds each partition's stream time and `due` the stream time at which its oldest
    window's retention ends; compiled code calls `expire` once stream time has reached that.
    """

    def __init__(self, partitions: int, size_ms: int, retention_ms: int) -> None:
        self.size_ms, self.retention_ms = size_ms, retention_ms
        self.windows: list[dict[int, dict[Key, State]]] = [{} for _ in range(partitions)]
        self.clocks = [-1] * partitions
        self.due: list[float] = [float("inf")] * partitions

    def __len__(self) -> int:
        return sum(len(groups) for windows in self.windows for groups in windows.values())

    def open(self, partition: int, start_ms: int) -> dict[Key, State]:
        """Return the groups of a window that is new, or was empty until now."""
        groups: dict[Key, State] = {}
        self.windows[partition][start_ms] = groups
        self.due[partition] = min(self.due[partition], start_ms + self.retention_ms)
        return groups

    def expire(self, partition: int) -> None:
        """Drop the windows whose retention has ended."""
        windows, now_ms = self.windows[partition], self.clocks[partition]
        for start_ms in [s for s in windows if s + self.retention_ms <= now_ms]:
            del windows[start_ms]
        self.due[partition] = min((s + self.retention_ms for s in windows), default=float("inf"))

    def find(self, keys: Iterable[Key]) -> Iterator[Entry]:
        """Yield the entries of these keys, per key in window order."""
        for key in keys:
            for windows in self.windows:
                for start_ms in sorted(windows):
                    state = windows[start_ms].get(key)
                    if state is not None:
                        yield key, (start_ms, start_ms + self.size_ms), state

    def scan(self) -> Iterator[Entry]:
        """Yield all entries, as of now, in window order."""
        for windows in self.windows:
            for start_ms in sorted(windows):
                for key, state in list(windows[start_ms].items()):
                    yield key, (start_ms, start_ms + self.size_ms), state


class SessionStore:
    """States of sessions: per partition, by group key, `[start, end, state]` in time order."""

    def __init__(self, partitions: int, gap_ms: int, retention_ms: int) -> None:
        self.gap_ms, self.retention_ms = gap_ms, retention_ms
        self.sessions: list[dict[Key, list[State]]] = [{} for _ in range(partitions)]
        self.clocks = [-1] * partitions
        self.due = [0] * partitions

    def __len__(self) -> int:
        return sum(len(found) for by_key in self.sessions for found in by_key.values())

    def overlapping(self, partition: int, key: Key, at_ms: int) -> list[State]:
        """Take out and return the sessions that a row at that time belongs to or joins."""
        sessions = self.sessions[partition].get(key)
        if not sessions:
            return []
        gap_ms = self.gap_ms
        found = [s for s in sessions if s[0] - gap_ms <= at_ms <= s[1] + gap_ms]
        if found:
            self.sessions[partition][key] = [s for s in sessions if s not in found]
        return found

    def put(self, partition: int, key: Key, session: State) -> None:
        """Store a session in its place in time."""
        sessions = self.sessions[partition].setdefault(key, [])
        sessions.append(session)
        if len(sessions) > 1:
            sessions.sort(key=_session_start)

    def expire(self, partition: int) -> None:
        """Drop the sessions whose retention has ended; look again a tenth of it later."""
        now_ms = self.clocks[partition]
        oldest_ms = now_ms - self.retention_ms
        by_key = self.sessions[partition]
        for key in list(by_key):
            by_key[key] = [s for s in by_key[key] if s[1] >= oldest_ms]
            if not by_key[key]:
                del by_key[key]
        self.due[partition] = now_ms + max(self.retention_ms // 10, 1)

    def find(self, keys: Iterable[Key]) -> Iterator[Entry]:
        """Yield the sessions of these keys in time order."""
        for key in keys:
            for by_key in self.sessions:
                for start, end, state in by_key.get(key, ()):
                    yield key, (start, end), state

    def scan(self) -> Iterator[Entry]:
        """Yield all sessions, as of now."""
        for by_key in self.sessions:
            for key, sessions in list(by_key.items()):
                for start, end, state in sessions:
                    yield key, (start, end), state


def _session_start(session: State) -> int:
    start: int = session[0]
    return start


class RowStore:
    """Rows of a table by primary key: `(value row, time of last change)`.

    A key of a windowed table is `(key row, (start_ms, end_ms))`.
    """

    def __init__(self) -> None:
        self.rows: dict[Any, tuple[tuple[Any, ...], int]] = {}

    def __len__(self) -> int:
        return len(self.rows)
