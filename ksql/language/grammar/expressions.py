"""Expressions: from OR, the loosest, to literals, calls and parentheses."""

from __future__ import annotations

from decimal import Decimal
from math import isinf

from ksql.language.errors import Position
from ksql.language.grammar.cursor import Cursor
from ksql.language.grammar.types import parse_type
from ksql.language.numbers import literal_decimal_type
from ksql.language.tokens import Token, TokenKind, unquote
from ksql.language.tree import (
    Arithmetic,
    Between,
    Call,
    Case,
    Cast,
    ColumnRef,
    Comparison,
    Expression,
    In,
    IntervalUnit,
    IsNull,
    Like,
    Literal,
    Logical,
    Not,
    Signed,
    When,
)
from ksql.language.types import BIGINT, BOOLEAN, DOUBLE, INTEGER, STRING

_COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")

UNITS = ("YEAR", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND")
"""Units of time in the singular; the plural is a synonym."""

_NUMBERS = (TokenKind.INTEGER, TokenKind.DECIMAL, TokenKind.DOUBLE)

_COLLECTIONS = {"ARRAY": "[", "MAP": "(", "STRUCT": "("}


def expression(cursor: Cursor) -> Expression:
    """Any expression."""
    cursor.enter()
    left = _conjunction(cursor)
    while cursor.word == "OR":
        at = cursor.at(cursor.advance())
        left = Logical("OR", left, _conjunction(cursor), at=at)
    cursor.leave()
    return left


def _conjunction(cursor: Cursor) -> Expression:
    left = _negation(cursor)
    while cursor.word == "AND":
        at = cursor.at(cursor.advance())
        left = Logical("AND", left, _negation(cursor), at=at)
    return left


def _negation(cursor: Cursor) -> Expression:
    if cursor.word != "NOT":
        return _predicate(cursor)
    at = cursor.at(cursor.advance())
    cursor.enter()
    operand = _negation(cursor)
    cursor.leave()
    return Not(operand, at=at)


def _predicate(cursor: Cursor) -> Expression:
    value = value_expression(cursor)
    at = cursor.at()
    operator = cursor.match_any(*_COMPARISONS)
    if operator:
        return Comparison(operator, value, value_expression(cursor), at=at)
    if cursor.match("IS"):
        return _is(cursor, value, at)
    negated = cursor.word == "NOT" and cursor.peek().word in ("BETWEEN", "IN", "LIKE")
    if negated:
        cursor.advance()
    found = _test(cursor, value, at)
    return Not(found, at=at) if negated else found


def _is(cursor: Cursor, value: Expression, at: Position) -> Expression:
    negated = cursor.match("NOT")
    if cursor.match("NULL"):
        return IsNull(value, negated, at=at)
    cursor.expect("DISTINCT", "FROM")
    operator = "IS NOT DISTINCT FROM" if negated else "IS DISTINCT FROM"
    return Comparison(operator, value, value_expression(cursor), at=at)


def _test(cursor: Cursor, value: Expression, at: Position) -> Expression:
    if cursor.match("BETWEEN"):
        low = value_expression(cursor)
        cursor.expect("AND")
        return Between(value, low, value_expression(cursor), at=at)
    if cursor.match("IN"):
        cursor.expect("(")
        items = _comma_separated(cursor)
        cursor.expect(")")
        return In(value, items, at=at)
    if cursor.match("LIKE"):
        pattern = value_expression(cursor)
        return Like(value, pattern, _escape(cursor), at=at)
    return value


def _escape(cursor: Cursor) -> str | None:
    if not (cursor.word == "ESCAPE" and cursor.peek().kind is TokenKind.STRING):
        return None
    cursor.advance()
    token = cursor.token
    escape = cursor.string()
    if len(escape) != 1:
        raise cursor.fault(
            f"Expected escape character to be a single character. Got: {escape}", token
        )
    return escape


def _comma_separated(cursor: Cursor) -> tuple[Expression, ...]:
    items = [expression(cursor)]
    while cursor.match(","):
        items.append(expression(cursor))
    return tuple(items)


def value_expression(cursor: Cursor) -> Expression:
    """An expression without comparison and logic: what GROUP BY and VALUES take."""
    cursor.enter()
    left = _sum(cursor)
    while cursor.word == "||":
        at = cursor.at(cursor.advance())
        left = Call("CONCAT", (left, _sum(cursor)), at=at)
    cursor.leave()
    return left


def _sum(cursor: Cursor) -> Expression:
    left = _product(cursor)
    while (operator := cursor.word) in ("+", "-"):
        at = cursor.at(cursor.advance())
        left = Arithmetic(operator, left, _product(cursor), at=at)
    return left


def _product(cursor: Cursor) -> Expression:
    left = _signed(cursor)
    while (operator := cursor.word) in ("*", "/", "%"):
        at = cursor.at(cursor.advance())
        left = Arithmetic(operator, left, _signed(cursor), at=at)
    return left


def _signed(cursor: Cursor) -> Expression:
    sign = cursor.word
    if sign not in ("-", "+"):
        return _postfix(cursor)
    if sign == "-" and cursor.peek().kind in _NUMBERS:
        return _with_postfix(cursor, number(cursor))
    at = cursor.at(cursor.advance())
    cursor.enter()
    operand = _signed(cursor)
    cursor.leave()
    return Signed(sign, operand, at=at)


def _postfix(cursor: Cursor) -> Expression:
    return _with_postfix(cursor, _primary(cursor))


def _with_postfix(cursor: Cursor, value: Expression) -> Expression:
    """Subscripts, struct fields and AT TIME ZONE: grammar that is out of scope, named."""
    while True:
        token = cursor.token
        if cursor.match("["):
            cursor.unsupported("subscripts of ARRAY and MAP", token)
            value_expression(cursor)
            cursor.expect("]")
        elif cursor.match("->"):
            cursor.unsupported("STRUCT fields", token)
            if not cursor.match("*"):
                cursor.identifier()
        elif cursor.match("AT", "TIME", "ZONE"):
            cursor.unsupported("AT TIME ZONE", token)
            cursor.string()
        else:
            return value


def _primary(cursor: Cursor) -> Expression:
    token = cursor.token
    if token.kind in _NUMBERS:
        return number(cursor)
    if token.kind is TokenKind.STRING:
        return Literal(cursor.string(), STRING, at=cursor.at(token))
    if token.word in _KEYWORD_PRIMARIES:
        return _KEYWORD_PRIMARIES[token.word](cursor)
    if cursor.match("("):
        return _parenthesized(cursor)
    if token.word in _COLLECTIONS and cursor.peek().word == _COLLECTIONS[token.word]:
        return _collection(cursor)
    return _named(cursor)


def _parenthesized(cursor: Cursor) -> Expression:
    inside = expression(cursor)
    if cursor.word == "," and _is_lambda(cursor):
        while cursor.match(","):
            cursor.identifier()
        cursor.expect(")", "=>")
        return _lambda_body(cursor)
    cursor.expect(")")
    return _lambda_body(cursor) if cursor.match("=>") else inside


def _is_lambda(cursor: Cursor) -> bool:
    ahead = 0
    while cursor.peek(ahead).word == "," and cursor.is_identifier(ahead + 1):
        ahead += 2
    return cursor.peek(ahead).word == ")" and cursor.peek(ahead + 1).word == "=>"


def _lambda_body(cursor: Cursor) -> Expression:
    cursor.unsupported("lambda functions")
    return expression(cursor)


def _collection(cursor: Cursor) -> Expression:
    token = cursor.advance()
    cursor.unsupported(token.word, token)
    closing = "]" if cursor.advance().word == "[" else ")"
    while cursor.word != closing:
        expression(cursor)
        if cursor.match(":", "="):
            expression(cursor)
        if not cursor.match(","):
            break
    cursor.expect(closing)
    return Literal(None, None, at=cursor.at(token))


def _constant(cursor: Cursor) -> Expression:
    token = cursor.advance()
    at = cursor.at(token)
    if token.word == "NULL":
        return Literal(None, None, at=at)
    return Literal(token.word == "TRUE", BOOLEAN, at=at)


def _case(cursor: Cursor) -> Expression:
    at = cursor.at(cursor.advance())
    operand = None if cursor.word == "WHEN" else value_expression(cursor)
    whens = []
    while cursor.word == "WHEN":
        place = cursor.at(cursor.advance())
        condition = expression(cursor)
        cursor.expect("THEN")
        whens.append(When(condition, expression(cursor), at=place))
    if not whens:
        raise cursor.missing("WHEN")
    default = expression(cursor) if cursor.match("ELSE") else None
    cursor.expect("END")
    return Case(operand, tuple(whens), default, at=at)


def _cast(cursor: Cursor) -> Expression:
    at = cursor.at(cursor.advance())
    cursor.expect("(")
    operand = expression(cursor)
    cursor.expect("AS")
    target = parse_type(cursor)
    cursor.expect(")")
    return Cast(operand, target, at=at)


_KEYWORD_PRIMARIES = {
    "NULL": _constant,
    "TRUE": _constant,
    "FALSE": _constant,
    "CASE": _case,
    "CAST": _cast,
}


def _named(cursor: Cursor) -> Expression:
    token = cursor.token
    at = cursor.at(token)
    name = cursor.identifier()
    if cursor.match("("):
        return _call(cursor, name, at)
    if cursor.word == "." and cursor.is_identifier(1):
        cursor.advance()
        return ColumnRef(cursor.identifier(), name, at=at)
    if cursor.match("=>"):
        return _lambda_body(cursor)
    return ColumnRef(name, at=at)


def _call(cursor: Cursor, name: str, at: Position) -> Expression:
    if cursor.match("*"):
        cursor.expect(")")
        return Call(name.upper(), (), at=at)
    args: list[Expression] = []
    if cursor.word != ")":
        args.append(_argument(cursor))
        while cursor.match(","):
            args.append(_argument(cursor))
    cursor.expect(")")
    return Call(name.upper(), tuple(args), at=at)


def _argument(cursor: Cursor) -> Expression:
    token = cursor.token
    unit = singular(token.word)
    if unit and cursor.peek().word in (",", ")"):
        cursor.advance()
        return IntervalUnit(unit + "S", at=cursor.at(token))
    return expression(cursor)


def singular(word: str) -> str | None:
    """The unit of time that the word names, in the singular; None when it names none."""
    bare = word.removesuffix("S")
    return bare if bare in UNITS else None


def number(cursor: Cursor) -> Literal:
    """A number with an optional minus sign."""
    first = cursor.token
    sign = "-" if cursor.match("-") else ""
    token = cursor.token
    if token.kind not in _NUMBERS:
        raise cursor.unexpected("a number")
    cursor.advance()
    return _number_literal(cursor, sign + token.text, first, token.kind)


def _number_literal(cursor: Cursor, text: str, token: Token, kind: TokenKind) -> Literal:
    at = cursor.at(token)
    if kind is TokenKind.DECIMAL:
        exact = Decimal(text)
        return Literal(exact, literal_decimal_type(exact), at=at)
    if kind is TokenKind.DOUBLE:
        value = float(text)
        if isinf(value):
            raise cursor.fault(f"Number overflows DOUBLE: {text}", token)
        return Literal(value, DOUBLE, at=at)
    longest = 20
    whole = int(text) if len(text.lstrip("-0")) <= longest else 1 << 64
    if not -(1 << 63) <= whole < 1 << 63:
        raise cursor.fault(f"Invalid numeric literal: {text}", token)
    fits = -(1 << 31) <= whole < 1 << 31
    return Literal(whole, INTEGER if fits else BIGINT, at=at)


def literal(cursor: Cursor) -> Literal:
    """A constant, as a WITH clause takes it."""
    token = cursor.token
    if token.kind is TokenKind.STRING:
        return Literal(unquote(cursor.advance().text), STRING, at=cursor.at(token))
    if token.word in ("NULL", "TRUE", "FALSE"):
        found = _constant(cursor)
        assert isinstance(found, Literal)
        return found
    return number(cursor)
