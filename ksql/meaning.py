"""Whether two statements mean the same, however they are written.

Made for comparing a file's statement with what the server shows of it, rewritten: names qualified,
aliases added, settings added that were left to the server. Without a catalogue an unqualified
column is taken to be the qualified one of the same name. Leaves out whether a difference can be
deployed (`ksql.changes`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from itertools import count
from typing import Any, TypeAlias

from ksql.language.tree import (
    ColumnRef,
    Constraint,
    CreateAsSelect,
    CreateSource,
    InsertInto,
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


def difference(ours: Statement, theirs: Statement, *, rewritten: bool = False) -> str | None:
    """Return the first part in which two statements differ in meaning, or None.

    Args:
        ours: As written.
        theirs: As written before, or as the server shows it.
        rewritten: Whether `theirs` is in the server's words: only then may settings and columns
            have been added, and a star been written out.
    """
    if isinstance(ours, CreateSource) and isinstance(theirs, CreateSource):
        return (
            _head(ours, theirs)
            or _read_only(ours, theirs)
            or _elements(ours, theirs, rewritten=rewritten)
            or _settings(ours, theirs, rewritten=rewritten)
        )
    if isinstance(ours, CreateAsSelect) and isinstance(theirs, CreateAsSelect):
        return (
            _head(ours, theirs)
            or _settings(ours, theirs, rewritten=rewritten)
            or _query(ours.query, theirs.query, rewritten=rewritten)
        )
    if isinstance(ours, InsertInto) and isinstance(theirs, InsertInto):
        same = (ours.target, ours.properties) == (theirs.target, theirs.properties)
        return _query(ours.query, theirs.query, rewritten=rewritten) if same else "INSERT INTO"
    return None if ours == theirs else "the kind of statement"


def _read_only(ours: CreateSource, theirs: CreateSource) -> str | None:
    return "SOURCE" if ours.read_only != theirs.read_only else None


def _elements(ours: CreateSource, theirs: CreateSource, *, rewritten: bool) -> str | None:
    """Compare columns. What a statement leaves to Schema Registry, the server writes out."""
    mine, shown = by_kind(ours), by_kind(theirs)
    same = all(
        (rewritten and not written) or written == found
        for written, found in zip(mine, shown, strict=True)
    )
    return None if same else "the columns"


def by_kind(source: CreateSource) -> tuple[tuple[object, ...], tuple[object, ...]]:
    """Return key columns and value columns."""
    keys = (Constraint.KEY, Constraint.PRIMARY_KEY)
    return (
        tuple(each for each in source.elements if each.constraint in keys),
        tuple(each for each in source.elements if each.constraint not in keys),
    )


def _head(ours: CreateSource | CreateAsSelect, theirs: CreateSource | CreateAsSelect) -> str | None:
    if ours.kind != theirs.kind:
        return f"the kind: {ours.kind} against {theirs.kind}"
    if ours.name != theirs.name:
        return f"the name: {ours.name} against {theirs.name}"
    return None


def topic_of(statement: CreateSource | CreateAsSelect) -> str:
    """Return the topic that is behind a stream or table."""
    return settings_of(statement.properties).get("KAFKA_TOPIC", statement.name)


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


OF_THE_TOPIC = frozenset({"PARTITIONS", "REPLICAS", "RETENTION_MS"})
"""Settings of a source's topic, which is there already: one that is left out changes nothing."""

KEY_DEFAULT = {"KEY_FORMAT": "KAFKA"}


def differing_settings(
    ours: CreateSource | CreateAsSelect, theirs: CreateSource | CreateAsSelect, *, rewritten: bool
) -> list[tuple[str, str | None, str | None]]:
    """Return name, our value and their value of each WITH setting that makes a difference."""
    mine, shown = settings_of(ours.properties), settings_of(theirs.properties)
    ignored = ADDED_BY_SERVER if rewritten else frozenset[str]()
    if isinstance(ours, CreateSource):
        ignored |= OF_THE_TOPIC
        if not rewritten:
            mine, shown = {**KEY_DEFAULT, **mine}, {**KEY_DEFAULT, **shown}
    return [
        (name, mine.get(name), shown.get(name))
        for name in sorted(mine.keys() | shown.keys())
        if mine.get(name) != shown.get(name) and (name in mine or name not in ignored)
    ]


def _settings(
    ours: CreateSource | CreateAsSelect, theirs: CreateSource | CreateAsSelect, *, rewritten: bool
) -> str | None:
    for name, mine, shown in differing_settings(ours, theirs, rewritten=rewritten):
        return f"the setting {name}: {mine} against {shown}"
    return None


def _query(ours: Query, theirs: Query, *, rewritten: bool) -> str | None:
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
    same = _stands_for if rewritten and _has_star(ours) else _same_projection
    if not same(ours.select, theirs.select, *aliases):
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


Items: TypeAlias = Sequence[SelectAll | SelectItem]


def _has_star(query: Query) -> bool:
    return any(isinstance(item, SelectAll) for item in query.select)


def _stands_for(
    ours: Items, theirs: Items, my_aliases: Mapping[str, str], their_aliases: Mapping[str, str]
) -> bool:
    """Compare a projection with stars to one whose stars the server has written out.

    Which columns a star stood for, only the server's catalogue knows: what takes its place has to
    be columns.
    """
    stars = [index for index, item in enumerate(ours) if isinstance(item, SelectAll)]
    before, after = stars[0], len(ours) - stars[-1] - 1
    if len(theirs) < before + after:
        return False
    end = len(theirs) - after
    between = [item for item in ours[before : stars[-1]] if isinstance(item, SelectItem)]
    return (
        _same_projection(ours[:before], theirs[:before], my_aliases, their_aliases)
        and _same_projection(ours[stars[-1] + 1 :], theirs[end:], my_aliases, their_aliases)
        and all(
            isinstance(shown, SelectAll)
            or isinstance(shown.expression, ColumnRef)
            or any(
                _same(each.expression, shown.expression, my_aliases, their_aliases)
                for each in between
            )
            for shown in theirs[before:end]
        )
    )


def _same_projection(
    ours: Items, theirs: Items, my_aliases: Mapping[str, str], their_aliases: Mapping[str, str]
) -> bool:
    if len(ours) != len(theirs):
        return False
    return all(
        _same_item(*pair, my_aliases, their_aliases)
        for pair in zip(
            zip(ours, _names(ours), strict=True),
            zip(theirs, _names(theirs), strict=True),
            strict=True,
        )
    )


def _same_item(
    ours: tuple[SelectAll | SelectItem, str],
    theirs: tuple[SelectAll | SelectItem, str],
    my_aliases: Mapping[str, str],
    their_aliases: Mapping[str, str],
) -> bool:
    (mine, name), (shown, shown_name) = ours, theirs
    if isinstance(mine, SelectAll) or isinstance(shown, SelectAll):
        if not (isinstance(mine, SelectAll) and isinstance(shown, SelectAll)):
            return False
        my_source = my_aliases.get(mine.source or "", mine.source)
        return my_source == their_aliases.get(shown.source or "", shown.source)
    return _is_named(mine, name, shown_name) and _same(
        mine.expression, shown.expression, my_aliases, their_aliases
    )


def _names(items: Items) -> list[str]:
    """Return a name per item, `*` for a star."""
    names = iter(column_names(items))
    return ["*" if isinstance(item, SelectAll) else next(names) for item in items]


def column_names(items: Items) -> list[str]:
    """Return the names of the columns that a projection makes, stars left out.

    An expression without a name is numbered as the server does: among the unnamed ones alone, and
    past names that are taken.
    """
    named = [item for item in items if isinstance(item, SelectItem)]
    taken = {item.alias for item in named}
    numbers = (each for each in count() if f"KSQL_COL_{each}" not in taken)
    return [_written_name(item) or f"KSQL_COL_{next(numbers)}" for item in named]


GENERATED = re.compile(r"KSQL_COL_\d+")


def _is_named(item: SelectItem, name: str, shown: str) -> bool:
    if name == shown:
        return True
    if _written_name(item) is None:
        # Numbers that columns of the sources have are left out, and those are not known here.
        return GENERATED.fullmatch(shown) is not None
    # A column that both sides of a join have gets its source's name in front.
    column = None if item.alias else item.expression
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
