"""Expressions: from OR, the loosest, to literals, calls and parentheses."""

from __future__ import annotations

from decimal import Decimal
from math import isinf

from ksql.language.errors import Position
from ksql.language.features import Feature
from ksql.language.functions import FUNCTIONS, OUT_OF_SCOPE
from ksql.language.grammar.cursor import Cursor
from ksql.language.grammar.types import parse_type
from ksql.language.numbers import literal_decimal_type
from ksql.language.signatures import UNIT
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

_TAKING_UNITS = frozenset(
    name
    for name, function in FUNCTIONS.items()
    if any(UNIT in signature.parameters[:1] for signature in function.signatures)
)
"""The functions whose first argument is a unit; elsewhere such a word is a column."""

_NUMBERS = (TokenKind.INTEGER, TokenKind.DECIMAL, TokenKind.DOUBLE)

_COLLECTIONS = {"ARRAY": "[", "MAP": "(", "STRUCT": "("}


_OR, _AND, _NOT, _PREDICATE, _CONCAT, _SUM, _PRODUCT = range(1, 8)

_BINDING = {
    "OR": _OR,
    "AND": _AND,
    **dict.fromkeys((*_COMPARISONS, "IS", "NOT", "BETWEEN", "IN", "LIKE"), _PREDICATE),
    "||": _CONCAT,
    **dict.fromkeys("+-", _SUM),
    **dict.fromkeys("*/%", _PRODUCT),
}
"""How tightly an operator binds, loosest first."""

_SHORT_CHAIN = 64
"""Operands of AND, OR or `||` that are nested from the left. Grouping changes nothing about these
operators, so more of them make a tree that is low, for all who walk it."""


def expression(cursor: Cursor, level: int = _OR) -> Expression:
    """Any expression whose operators bind at least as tightly as `level`."""
    negations = []
    while level <= _NOT and cursor.word == "NOT":
        negations.append(cursor.at(cursor.advance()))
    ceiling = _NOT if negations else _PRODUCT
    left = expression(cursor, _PREDICATE) if negations else _signed(cursor)
    for at in reversed(negations):
        left = Not(left, at=at)
    while level <= (binding := _BINDING.get(cursor.word, 0)) <= ceiling:
        left = _operation(cursor, left, binding)
        ceiling = min(ceiling, binding if binding != _PREDICATE else _AND)
    return left


def value_expression(cursor: Cursor) -> Expression:
    """An expression without comparison and logic: what GROUP BY and VALUES take."""
    return expression(cursor, _CONCAT)


def _operation(cursor: Cursor, left: Expression, binding: int) -> Expression:
    if binding == _PREDICATE:
        return _predicate(cursor, left)
    if binding in (_OR, _AND, _CONCAT):
        return _chain(cursor, left, binding)
    token = cursor.advance()
    right = expression(cursor, binding + 1)
    return Arithmetic(token.word, left, right, at=cursor.at(token))


def _chain(cursor: Cursor, first: Expression, binding: int) -> Expression:
    operator = cursor.word
    operands, places = [first], []
    while cursor.word == operator:
        places.append(cursor.at(cursor.advance()))
        operands.append(expression(cursor, binding + 1))
    return _joined(operator, operands, places)


def _joined(operator: str, operands: list[Expression], places: list[Position]) -> Expression:
    if len(operands) > _SHORT_CHAIN:
        half = len(operands) // 2
        operands = [
            _joined(operator, operands[:half], places[: half - 1]),
            _joined(operator, operands[half:], places[half:]),
        ]
        places = [places[half - 1]]
    left = operands[0]
    for right, at in zip(operands[1:], places, strict=True):
        if operator == "||":
            left = Call("CONCAT", (left, right), at=at)
        else:
            left = Logical(operator, left, right, at=at)
    return left


def _predicate(cursor: Cursor, value: Expression) -> Expression:
    at = cursor.at()
    operator = cursor.match_any(*_COMPARISONS)
    if operator:
        return Comparison(operator, value, value_expression(cursor), at=at)
    if cursor.match("IS"):
        return _is(cursor, value, at)
    negated = cursor.match("NOT")
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
        cursor.enter()
        items = _comma_separated(cursor)
        cursor.leave()
        cursor.expect(")")
        return In(value, items, at=at)
    if cursor.match("LIKE"):
        pattern = value_expression(cursor)
        return Like(value, pattern, _escape(cursor), at=at)
    raise cursor.unexpected("BETWEEN, IN or LIKE")


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


def _signed(cursor: Cursor) -> Expression:
    signs = []
    while cursor.word in ("-", "+"):
        if cursor.word == "-" and cursor.peek().kind in _NUMBERS:
            break
        token = cursor.advance()
        signs.append((token.word, cursor.at(token)))
    operand = number(cursor) if cursor.word == "-" else _primary(cursor)
    operand = _with_postfix(cursor, operand)
    for sign, at in reversed(signs):
        operand = Signed(sign, operand, at=at)
    return operand


def _with_postfix(cursor: Cursor, value: Expression) -> Expression:
    """Subscripts, struct fields and AT TIME ZONE: grammar that is out of scope, named."""
    while True:
        token = cursor.token
        if cursor.match("["):
            cursor.unsupported(Feature.SUBSCRIPT, token)
            value_expression(cursor)
            cursor.expect("]")
        elif cursor.match("->"):
            cursor.unsupported(Feature.STRUCT_FIELD, token)
            if not cursor.match("*"):
                cursor.identifier()
        elif cursor.match("AT", "TIME", "ZONE"):
            cursor.unsupported(Feature.AT_TIME_ZONE, token)
            cursor.string()
        else:
            return value


def _primary(cursor: Cursor) -> Expression:
    token = cursor.token
    if token.kind in _NUMBERS:
        return number(cursor)
    if token.kind is TokenKind.STRING:
        return Literal(cursor.string(), STRING, at=cursor.at(token))
    rule = _KEYWORD_PRIMARIES.get(token.word)
    if rule is None and cursor.peek().word == _COLLECTIONS.get(token.word, ""):
        rule = _collection if token.word in _COLLECTIONS else None
    cursor.enter()
    found = (rule or _named)(cursor)
    cursor.leave()
    return found


def _parenthesized(cursor: Cursor) -> Expression:
    cursor.expect("(")
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
    cursor.unsupported(Feature.LAMBDA)
    return expression(cursor)


def _collection(cursor: Cursor) -> Expression:
    token = cursor.advance()
    cursor.unsupported(Feature[f"{token.word}_VALUE"], token)
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
    "(": _parenthesized,
}


def _named(cursor: Cursor) -> Expression:
    token = cursor.token
    at = cursor.at(token)
    name = cursor.identifier()
    if cursor.match("("):
        if name.upper() in OUT_OF_SCOPE:
            cursor.unsupported(OUT_OF_SCOPE[name.upper()], token)
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
        args.append((_unit_or_expression if name.upper() in _TAKING_UNITS else expression)(cursor))
        while cursor.match(","):
            args.append(expression(cursor))
    cursor.expect(")")
    return Call(name.upper(), tuple(args), at=at)


def _unit_or_expression(cursor: Cursor) -> Expression:
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
