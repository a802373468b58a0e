"""Statements other than CREATE and ALTER, and the table of what starts which."""

from __future__ import annotations

from collections.abc import Callable

from ksql.language.errors import SemanticError
from ksql.language.features import Feature
from ksql.language.grammar.cursor import Cursor
from ksql.language.grammar.definitions import alter, create, properties
from ksql.language.grammar.expressions import value_expression
from ksql.language.grammar.queries import query
from ksql.language.tokens import TokenKind
from ksql.language.tree import (
    ControlQuery,
    CreateAsSelect,
    Define,
    Describe,
    DescribeAll,
    DescribeFunction,
    Drop,
    Explain,
    InsertInto,
    InsertValues,
    Kind,
    ListAll,
    Listing,
    Print,
    Query,
    QueryAction,
    SetProperty,
    Statement,
    Undefine,
    UnsetProperty,
)


def statement(cursor: Cursor) -> Statement:
    """One statement, without its semicolon."""
    rule = _RULES.get(cursor.word)
    if rule is None:
        raise cursor.unknown_keyword(tuple(_RULES))
    return rule(cursor)


def _insert(cursor: Cursor) -> Statement:
    at = cursor.at()
    cursor.expect("INSERT", "INTO")
    target = cursor.identifier()
    if cursor.word in ("(", "VALUES"):
        columns = _column_names(cursor) if cursor.word == "(" else ()
        cursor.expect("VALUES", "(")
        values = []
        while cursor.word != ")":
            values.append(value_expression(cursor))
            if not cursor.match(","):
                break
        cursor.expect(")")
        return InsertValues(target, columns, tuple(values), at=at)
    settings = properties(cursor) if cursor.match("WITH") else ()
    return InsertInto(target, query(cursor), settings, at=at)


def _column_names(cursor: Cursor) -> tuple[str, ...]:
    cursor.expect("(")
    names = [cursor.identifier()]
    while cursor.match(","):
        names.append(cursor.identifier())
    cursor.expect(")")
    return tuple(names)


def _drop(cursor: Cursor) -> Statement:
    at = cursor.at()
    cursor.expect("DROP")
    token = cursor.token
    word = cursor.match_any("STREAM", "TABLE", "CONNECTOR", "TYPE")
    if word is None:
        raise cursor.unknown_keyword(("STREAM", "TABLE"))
    if_exists = cursor.match("IF", "EXISTS")
    name = cursor.identifier()
    if word in ("CONNECTOR", "TYPE"):
        is_type = word == "TYPE"
        cursor.unsupported(Feature.CUSTOM_TYPES if is_type else Feature.CONNECTORS, token)
        return Drop(Kind.STREAM, name, if_exists, at=at)
    return Drop(Kind(word), name, if_exists, cursor.match("DELETE", "TOPIC"), at=at)


def _control(cursor: Cursor) -> Statement:
    at = cursor.at()
    action = QueryAction(cursor.advance().word)
    return ControlQuery(action, None if cursor.match("ALL") else cursor.identifier(), at=at)


def _list(cursor: Cursor) -> Statement:
    at = cursor.at()
    cursor.advance()
    show_all = cursor.looks_like("ALL", "TOPICS") and cursor.match("ALL")
    word = cursor.match_any(*Listing.__members__)
    if word is None:
        return _list_out_of_scope(cursor)
    can_extend = word in ("STREAMS", "TABLES", "QUERIES", "TOPICS")
    extended = can_extend and cursor.match("EXTENDED")
    return ListAll(Listing(word), extended, show_all, at=at)


def _list_out_of_scope(cursor: Cursor) -> Statement:
    at, token = cursor.at(), cursor.token
    if cursor.match("TYPES"):
        cursor.unsupported(Feature.CUSTOM_TYPES, token)
    elif cursor.match("CONNECTOR", "PLUGINS") or cursor.match("CONNECTORS"):
        cursor.unsupported(Feature.CONNECTORS, token)
    elif cursor.match_any("SOURCE", "SINK"):
        cursor.expect("CONNECTORS")
        cursor.unsupported(Feature.CONNECTORS, token)
    else:
        raise cursor.unknown_keyword(tuple(Listing.__members__))
    return ListAll(Listing.STREAMS, at=at)


def _describe(cursor: Cursor) -> Statement:
    at = cursor.at()
    cursor.advance()
    token = cursor.token
    word = cursor.match_any("STREAMS", "TABLES")
    if word:
        return DescribeAll(Kind(word.removesuffix("S")), cursor.match("EXTENDED"), at=at)
    if cursor.word == "FUNCTION" and cursor.is_identifier(1):
        cursor.advance()
        return DescribeFunction(cursor.identifier(), at=at)
    if cursor.match("CONNECTOR"):
        cursor.unsupported(Feature.CONNECTORS, token)
        return Describe(cursor.identifier(), at=at)
    return Describe(cursor.identifier(), cursor.match("EXTENDED"), at=at)


def _explain(cursor: Cursor) -> Statement:
    at = cursor.at()
    cursor.expect("EXPLAIN")
    if cursor.word not in _RULES or cursor.peek().word == ";":
        return Explain(cursor.identifier(), None, at=at)
    token = cursor.token
    cursor.enter()
    inner = statement(cursor)
    cursor.leave()
    if not isinstance(inner, Query | CreateAsSelect | InsertInto):
        message = "The provided statement does not run a ksql query"
        raise SemanticError(message, at=cursor.at(token), text=cursor.text)
    return Explain(None, inner, at=at)


def _set(cursor: Cursor) -> Statement:
    at = cursor.at()
    cursor.expect("SET")
    name = cursor.string()
    cursor.expect("=")
    return SetProperty(name, cursor.string(), at=at)


def _unset(cursor: Cursor) -> Statement:
    at = cursor.at()
    cursor.expect("UNSET")
    return UnsetProperty(cursor.string(), at=at)


def _define(cursor: Cursor) -> Statement:
    at = cursor.at()
    cursor.expect("DEFINE")
    name = cursor.variable_name()
    cursor.expect("=")
    return Define(name, cursor.string(), at=at)


def _undefine(cursor: Cursor) -> Statement:
    at = cursor.at()
    cursor.expect("UNDEFINE")
    return Undefine(cursor.variable_name(), at=at)


def _print(cursor: Cursor) -> Statement:
    at = cursor.at()
    cursor.expect("PRINT")
    is_text = cursor.token.kind is TokenKind.STRING
    topic = cursor.string() if is_text else cursor.name_as_written()
    from_beginning = cursor.match("FROM", "BEGINNING")
    interval = cursor.whole_number() if cursor.match_any("INTERVAL", "SAMPLE") else None
    limit = cursor.whole_number() if cursor.match("LIMIT") else None
    return Print(topic, from_beginning, interval, limit, at=at)


def _assert(cursor: Cursor) -> Statement:
    cursor.unsupported(Feature.ASSERT)
    return _to_the_end(cursor)


def _run_script(cursor: Cursor) -> Statement:
    cursor.unsupported(Feature.RUN_SCRIPT)
    return _to_the_end(cursor)


def _to_the_end(cursor: Cursor) -> Statement:
    at = cursor.at()
    while cursor.word != ";" and cursor.token.kind is not TokenKind.END:
        cursor.advance()
    return ListAll(Listing.STREAMS, at=at)


_RULES: dict[str, Callable[[Cursor], Statement]] = {
    "SELECT": query,
    "CREATE": create,
    "INSERT": _insert,
    "DROP": _drop,
    "ALTER": alter,
    "TERMINATE": _control,
    "PAUSE": _control,
    "RESUME": _control,
    "LIST": _list,
    "SHOW": _list,
    "DESCRIBE": _describe,
    "EXPLAIN": _explain,
    "PRINT": _print,
    "SET": _set,
    "UNSET": _unset,
    "DEFINE": _define,
    "UNDEFINE": _undefine,
    "ASSERT": _assert,
    "RUN": _run_script,
}
"""The rule by a statement's first word."""
