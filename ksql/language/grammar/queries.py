"""SELECT: projection, sources and joins, windows, grouping, limits."""

from __future__ import annotations

from ksql.language.errors import Position
from ksql.language.features import Feature
from ksql.language.grammar.cursor import Cursor
from ksql.language.grammar.expressions import expression, singular, value_expression
from ksql.language.tree import (
    UNIT_MILLIS,
    Duration,
    Expression,
    Join,
    JoinKind,
    Query,
    Relation,
    SelectAll,
    SelectItem,
    Window,
    WindowKind,
    Within,
)

_JOIN_STARTS = ("JOIN", "INNER", "LEFT", "RIGHT", "FULL")


def query(cursor: Cursor) -> Query:
    """A SELECT, from its keyword on."""
    at = cursor.at()
    cursor.expect("SELECT")
    select = [_select_item(cursor)]
    while cursor.match(","):
        select.append(_select_item(cursor))
    cursor.expect("FROM")
    source = _relation(cursor)
    joins = tuple(_joins(cursor))
    window = _window(cursor) if cursor.match("WINDOW") else None
    where = expression(cursor) if cursor.match("WHERE") else None
    group_by = _grouping(cursor) if cursor.match("GROUP", "BY") else None
    partition_by = _grouping(cursor) if cursor.match("PARTITION", "BY") else None
    having = expression(cursor) if cursor.match("HAVING") else None
    return Query(
        tuple(select),
        source,
        joins,
        window,
        where,
        group_by,
        partition_by,
        having,
        _emit(cursor),
        cursor.whole_number() if cursor.match("LIMIT") else None,
        at=at,
    )


def _select_item(cursor: Cursor) -> SelectAll | SelectItem:
    at = cursor.at()
    if cursor.match("*"):
        return SelectAll(at=at)
    if cursor.is_identifier() and cursor.peek(1).word == "." and cursor.peek(2).word == "*":
        source = cursor.identifier()
        cursor.expect(".", "*")
        return SelectAll(source, at=at)
    found = expression(cursor)
    if cursor.match("AS"):
        return SelectItem(found, cursor.identifier(), at=at)
    return SelectItem(found, cursor.identifier() if _has_alias(cursor) else None, at=at)


def _has_alias(cursor: Cursor) -> bool:
    return cursor.is_identifier() and not cursor.looks_like("FROM")


def _relation(cursor: Cursor) -> Relation:
    at = cursor.at()
    name = cursor.identifier()
    if cursor.match("AS"):
        return Relation(name, cursor.identifier(), at=at)
    if cursor.is_identifier() and not _starts_clause(cursor):
        return Relation(name, cursor.identifier(), at=at)
    return Relation(name, name, at=at)


def _starts_clause(cursor: Cursor) -> bool:
    """True where a word that may be a name starts the next clause instead."""
    return cursor.looks_like("PARTITION", "BY") or (
        cursor.word == "EMIT" and cursor.peek().word in ("CHANGES", "FINAL")
    )


def _joins(cursor: Cursor) -> list[Join]:
    joins = []
    while cursor.word in _JOIN_STARTS:
        joins.append(_join(cursor))
    return joins


def _join(cursor: Cursor) -> Join:
    at = cursor.at()
    kind = JoinKind(cursor.match_any(*JoinKind) or JoinKind.INNER)
    if kind is not JoinKind.INNER:
        cursor.match("OUTER")
    cursor.expect("JOIN")
    right = _relation(cursor)
    within = _within(cursor) if cursor.word == "WITHIN" else None
    cursor.expect("ON")
    condition = expression(cursor)
    return Join(kind, right, condition, within, at=at)


def _within(cursor: Cursor) -> Within:
    at = cursor.at(cursor.advance())
    after = None
    if cursor.match("("):
        before = _duration(cursor)
        cursor.expect(",")
        after = _duration(cursor)
        cursor.expect(")")
    else:
        before = _duration(cursor)
    grace = _duration(cursor) if cursor.match("GRACE", "PERIOD") else None
    return Within(before, after, grace, at=at)


def _window(cursor: Cursor) -> Window:
    at = cursor.at()
    if cursor.is_identifier() and cursor.peek().word in WindowKind.__members__:
        cursor.identifier()
    word = cursor.match_any(*WindowKind.__members__)
    if word is None:
        raise cursor.unknown_keyword(tuple(WindowKind.__members__))
    cursor.expect("(")
    kind = WindowKind(word)
    if kind is not WindowKind.SESSION:
        cursor.expect("SIZE")
    size = _duration(cursor)
    advance = None
    if kind is WindowKind.HOPPING:
        cursor.expect(",", "ADVANCE", "BY")
        advance = _duration(cursor)
    return _window_limits(cursor, kind, size, advance, at)


def _window_limits(
    cursor: Cursor, kind: WindowKind, size: Duration, advance: Duration | None, at: Position
) -> Window:
    retention = _duration(cursor) if cursor.match(",", "RETENTION") else None
    grace = _duration(cursor) if cursor.match(",", "GRACE", "PERIOD") else None
    cursor.expect(")")
    return Window(kind, size, advance, retention, grace, at=at)


def _duration(cursor: Cursor) -> Duration:
    at = cursor.at()
    value = cursor.whole_number()
    unit = singular(cursor.word)
    plural = f"{unit}S"
    if unit is None or plural not in UNIT_MILLIS:
        raise cursor.unexpected("a unit of time: " + ", ".join(UNIT_MILLIS))
    cursor.advance()
    return Duration(value, plural, at=at)


def _grouping(cursor: Cursor) -> tuple[Expression, ...]:
    """The list after GROUP BY and PARTITION BY: bare, or all of it in parentheses."""
    if cursor.word == "(" and _parenthesized_list(cursor):
        cursor.advance()
        items = () if cursor.word == ")" else _value_expressions(cursor)
        cursor.expect(")")
        return items
    return _value_expressions(cursor)


def _parenthesized_list(cursor: Cursor) -> bool:
    """True when the parenthesis that comes next holds a whole list, not the start of one item."""
    if cursor.peek().word == ")":
        return True
    depth, ahead, commas = 0, 0, 0
    while True:
        word = cursor.peek(ahead).word
        if cursor.index + ahead >= len(cursor.tokens) - 1:
            return False
        depth += (word == "(") - (word == ")")
        commas += word == "," and depth == 1
        ahead += 1
        if depth == 0:
            return commas > 0


def _value_expressions(cursor: Cursor) -> tuple[Expression, ...]:
    items = [value_expression(cursor)]
    while cursor.match(","):
        items.append(value_expression(cursor))
    return tuple(items)


def _emit(cursor: Cursor) -> bool:
    if not cursor.match("EMIT"):
        return False
    token = cursor.token
    if cursor.match("FINAL"):
        cursor.unsupported(Feature.EMIT_FINAL, token)
        return True
    cursor.expect("CHANGES")
    return True
