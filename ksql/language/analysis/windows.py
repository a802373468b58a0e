"""WINDOW: sizes in milliseconds, with ksqlDB's defaults."""

from __future__ import annotations

from ksql.language.errors import SemanticError
from ksql.language.resolved import WindowSpec
from ksql.language.tree import Window, WindowKind

_DEFAULT_RETENTION_MS = 24 * 60 * 60 * 1000


def window_spec(window: Window) -> WindowSpec:
    """The window of an aggregation.

    Raises:
        SemanticError: a size is zero, or the window is kept for less than its size and grace.
    """
    size = window.size.millis
    if size < 1 or (window.advance is not None and not 0 < window.advance.millis <= size):
        raise SemanticError(
            f"Window {window.kind} needs a size above zero, and an advance above zero and not "
            "above its size",
            at=window.at,
        )
    grace = window.grace.millis if window.grace else max(_DEFAULT_RETENTION_MS - size, 0)
    retention = window.retention.millis if window.retention else size + grace
    if window.retention and window.grace and retention < size + grace:
        raise SemanticError(
            f"The retention period {retention} ms is smaller than window size plus grace "
            f"period, {size + grace} ms",
            at=window.at,
        )
    if window.kind is WindowKind.SESSION:
        return WindowSpec(window.kind, None, None, size, grace, retention)
    advance = window.advance.millis if window.advance else size
    return WindowSpec(window.kind, size, advance, None, grace, retention)
