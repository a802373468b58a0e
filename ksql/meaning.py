"""Whether two statements mean the same, however they are written.

Made for comparing a file's statement with what the server shows of it, rewritten: names qualified,
aliases added, settings added that were left to the server. Without a catalogue an unqualified
column is taken to be the qualified one of the same name. Leaves out whether a difference can be
deployed (`ksql.changes`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from itertools import count
from typing import Any

from ksql.language.tree import (
    ColumnRef,
    CreateAsSelect,
    CreateSource,
    Literal,
    Property,
    Query,
    SelectAll,
    SelectItem,
    Statement,
    Window,
)

ADDED_BY_SERVER = frozenset(
    {
        "CLEANUP_POLICY",
        "KAFKA_TOPIC",
        "KEY_FORMAT",
        "PARTITIONS",
        "REPLICAS",
        "RETENTION_MS",
        "VALUE_FORMAT",
    }
)
"""Settings that the server fills in where a statement leaves them out."""

FORMATS = frozenset({"FORMAT", "KEY_FORMAT", "VALUE_FORMAT"})
"""Settings whose values are names, in any case."""


def difference(ours: Statement, theirs: Statement) -> str | None:
    """Return the first part in which two statements differ in meaning, or None.

    Args:
        ours: As written.
        theirs: As the server shows it; only here may settings have been added.
    """
    if isinstance(ours, CreateSource) and isinstance(theirs, CreateSource):
        return (
            _head(ours, theirs)
            or ("the columns" if ours.elements != theirs.elements else None)
            or _settings(ours.properties, theirs.properties)
        )
    if isinstance(ours, CreateAsSelect) and isinstance(theirs, CreateAsSelect):
        return (
            _head(ours, theirs)
            or _settings(ours.properties, theirs.properties)
            or _query(ours.query, theirs.query)
        )
    return None if ours == theirs else "the kind of statement"


def _head(ours: CreateSource | CreateAsSelect, theirs: CreateSource | CreateAsSelect) -> str | None:
    if ours.kind != theirs.kind:
        return f"the kind: {ours.kind} against {theirs.kind}"
    if ours.name != theirs.name:
        return f"the name: {ours.name} against {theirs.name}"
    return None


def settings_of(properties: Sequence[Property]) -> dict[str, str]:
    """Return WITH settings by name, values in a comparable form, FORMAT as the two it sets."""
    found = {
        each.name: str(each.value.value).upper() if each.name in FORMATS else str(each.value.value)
        for each in properties
    }
    if "FORMAT" in found:
        both = found.pop("FORMAT")
        found |= {"KEY_FORMAT": both, "VALUE_FORMAT": both}
    return found


def _settings(ours: Sequence[Property], theirs: Sequence[Property]) -> str | None:
    mine, shown = settings_of(ours), settings_of(theirs)
    for name in sorted(mine.keys() | shown.keys()):
        if name not in mine and name in ADDED_BY_SERVER:
            continue
        if mine.get(name) != shown.get(name):
            return f"the setting {name}: {mine.get(name)} against {shown.get(name)}"
    return None


def _query(ours: Query, theirs: Query) -> str | None:
    aliases = _aliases(ours), _aliases(theirs)
    parts: tuple[tuple[str, Any, Any], ...] = (
        ("FROM", ours.source.name, theirs.source.name),
        ("the number of joins", len(ours.joins), len(theirs.joins)),
        ("WINDOW", _window(ours.window), _window(theirs.window)),
        ("LIMIT", ours.limit, theirs.limit),
    )
    for part, mine, shown in parts:
        if mine != shown:
            return part
    if (in_joins := _joins(ours, theirs, *aliases)) is not None:
        return in_joins
    if not _same_projection(ours.select, theirs.select, *aliases):
        return "the projection"
    clauses = {"where": "WHERE", "group_by": "GROUP BY", "partition_by": "PARTITION BY"}
    for name, shown_name in {**clauses, "having": "HAVING"}.items():
        if not _same(getattr(ours, name), getattr(theirs, name), *aliases):
            return shown_name
    return None


def _joins(
    ours: Query, theirs: Query, my_aliases: Mapping[str, str], their_aliases: Mapping[str, str]
) -> str | None:
    for mine, shown in zip(ours.joins, theirs.joins, strict=True):
        if (mine.kind, mine.right.name) != (shown.kind, shown.right.name):
            return "JOIN"
        if not _same(mine.condition, shown.condition, my_aliases, their_aliases):
            return "the condition of JOIN"
    return None


def _aliases(query: Query) -> dict[str, str]:
    relations = (query.source, *(join.right for join in query.joins))
    return {relation.alias: relation.name for relation in relations}


def _window(window: Window | None) -> tuple[Any, ...] | None:
    if window is None:
        return None
    durations = (window.size, window.advance, window.retention, window.grace)
    return (window.kind, *(each.millis if each else None for each in durations))


def _same_projection(
    ours: Sequence[SelectAll | SelectItem],
    theirs: Sequence[SelectAll | SelectItem],
    my_aliases: Mapping[str, str],
    their_aliases: Mapping[str, str],
) -> bool:
    if any(isinstance(item, SelectAll) for item in ours):
        # The server writes a star out; which columns it stood for, only its catalogue knows.
        return all(
            isinstance(item, SelectAll) or isinstance(item.expression, ColumnRef) for item in theirs
        )
    if len(ours) != len(theirs):
        return False
    names = zip(ours, column_names(ours), column_names(theirs), strict=True)
    return all(_is_named(item, name, shown) for item, name, shown in names) and all(
        isinstance(mine, SelectItem)
        and isinstance(shown, SelectItem)
        and _same(mine.expression, shown.expression, my_aliases, their_aliases)
        for mine, shown in zip(ours, theirs, strict=True)
    )


def column_names(items: Sequence[SelectAll | SelectItem]) -> list[str]:
    """Return the names of the columns that a projection makes, stars left out.

    An expression without a name is numbered as the server does: among the unnamed ones alone, and
    past names that are taken.
    """
    named = [item for item in items if isinstance(item, SelectItem)]
    taken = {item.alias for item in named}
    numbers = (each for each in count() if f"KSQL_COL_{each}" not in taken)
    return [_written_name(item) or f"KSQL_COL_{next(numbers)}" for item in named]


def _is_named(item: SelectAll | SelectItem, name: str, shown: str) -> bool:
    if name == shown:
        return True
    # A column that both sides of a join have gets its source's name in front.
    column = item.expression if isinstance(item, SelectItem) and not item.alias else None
    return isinstance(column, ColumnRef) and shown == f"{column.source}_{column.name}"


def _written_name(item: SelectItem) -> str | None:
    expression = item.expression
    return item.alias or (expression.name if isinstance(expression, ColumnRef) else None)


def _same(
    mine: object, shown: object, my_aliases: Mapping[str, str], their_aliases: Mapping[str, str]
) -> bool:
    if isinstance(mine, ColumnRef) and isinstance(shown, ColumnRef):
        my_source = my_aliases.get(mine.source or "", mine.source)
        their_source = their_aliases.get(shown.source or "", shown.source)
        unknown = my_source is None or their_source is None
        return mine.name == shown.name and (unknown or my_source == their_source)
    if isinstance(mine, Literal) and isinstance(shown, Literal):
        return (mine.value, mine.type) == (shown.value, shown.type)
    if isinstance(mine, tuple) and isinstance(shown, tuple):
        return len(mine) == len(shown) and all(
            _same(one, other, my_aliases, their_aliases)
            for one, other in zip(mine, shown, strict=True)
        )
    if is_dataclass(mine) and type(mine) is type(shown):
        return all(
            _same(getattr(mine, each.name), getattr(shown, each.name), my_aliases, their_aliases)
            for each in fields(mine)
            if each.compare
        )
    return mine == shown
