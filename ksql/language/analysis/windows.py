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
    _check_size(window, size)
    grace = window.grace.millis if window.grace else max(_DEFAULT_RETENTION_MS - size, 0)
    retention = window.retention.millis if window.retention else size + grace
    if window.retention and window.grace and retention < size + grace:
        raise SemanticError(
            "The retention period of the window store must be no smaller than its window size "
            f"plus the grace period. Got size=[{size}], grace=[{grace}], retention=[{retention}]",
            at=window.at,
        )
    if window.kind is WindowKind.SESSION:
        return WindowSpec(window.kind, None, None, size, grace, retention)
    advance = window.advance.millis if window.advance else size
    return WindowSpec(window.kind, size, advance, None, grace, retention)


def _check_size(window: Window, size: int) -> None:
    if size < 1:
        what = "Gap time" if window.kind is WindowKind.SESSION else "Window size (sizeMs)"
        raise SemanticError(f"{what} must be larger than zero.", at=window.at)
    if window.advance is not None and not 0 < window.advance.millis <= size:
        raise SemanticError(
            "Window advancement interval should be more than zero and less than window duration "
            f"which is {size} ms, but given advancement interval is: {window.advance.millis} ms",
            at=window.at,
        )
