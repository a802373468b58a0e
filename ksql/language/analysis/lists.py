"""IN: the one type that a value and the items of its list are compared as.

Literals bend to what they stand beside: text to numbers where it is one, numbers to text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ksql.language import resolved, tree
from ksql.language.analysis.conversions import (
    coerced_string,
    common_number,
    converted,
    number_type,
    text_of,
)
from ksql.language.errors import SemanticError
from ksql.language.types import STRING, Base, SqlType

Pair = tuple[tree.Expression, resolved.Expr]
"""An expression as written and as resolved."""

_HINT = "Hint: You might need to add explicit type casts."


Shown = Callable[[tree.Expression], str]
"""An expression as messages show it."""


def common_list(pairs: Sequence[Pair], shown: Shown) -> tuple[resolved.Expr, ...]:
    """All expressions converted to their common type, which the first one starts.

    Raises:
        SemanticError: there is none; worded `Invalid Predicate: …`.
    """
    common: SqlType | None = None
    try:
        for written, found in pairs:
            common = _wider(common, written, found, shown)
        if common is None:
            return tuple(found for _, found in pairs)
        return tuple(_as(common, written, found) for written, found in pairs)
    except SemanticError as problem:
        raise SemanticError(f"Invalid Predicate: {problem.message}", at=problem.at) from None


def _wider(
    common: SqlType | None, written: tree.Expression, found: resolved.Expr, shown: Shown
) -> SqlType | None:
    source = found.type
    if common is None or source is None:
        return common or source
    literal = isinstance(written, tree.Literal)
    if literal and source == STRING and common != STRING:
        return _wider_by_text(common, written)
    if common == STRING and source != STRING and literal:
        return common
    if common.is_numeric and source.is_numeric:
        return common_number(common, source)
    if common.base is source.base:
        return common
    raise SemanticError(
        f"operator does not exist: {common} = {source} ({shown(written)})\n{_HINT}",
        at=written.at,
    )


def _wider_by_text(common: SqlType, written: tree.Expression) -> SqlType:
    assert isinstance(written, tree.Literal)
    text = str(written.value)
    if not common.is_numeric:
        coerced_string(text, common)
        return common
    try:
        return common_number(common, number_type(text))
    except ValueError:
        message = f'invalid input syntax for type {common.base}: "{text}".'
        raise SemanticError(message, at=written.at) from None


def _as(common: SqlType, written: tree.Expression, found: resolved.Expr) -> resolved.Expr:
    if isinstance(written, tree.Literal) and found.type is not None:
        if common == STRING:
            return resolved.Literal(text_of(written), STRING)
        if found.type == STRING:
            return resolved.Literal(coerced_string(str(written.value), common), common)
    if common.base is Base.DECIMAL and found.type is not None:
        return converted(found, common)
    return converted(found, common)
