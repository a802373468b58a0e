"""Types: a qualified expression becomes one whose every part has a type.

The rules and messages are those of ksqlDB's type checker.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ksql.language import resolved, tree
from ksql.language.analysis.calls import resolve_call
from ksql.language.analysis.casts import can_cast
from ksql.language.analysis.conversions import (
    common_number,
    comparable,
    converted,
    exactly,
)
from ksql.language.analysis.instants import parse_timestamp
from ksql.language.analysis.lists import common_list
from ksql.language.analysis.scope import Scope
from ksql.language.errors import LanguageError, SemanticError
from ksql.language.expression_text import expression_text
from ksql.language.numbers import arithmetic_type, as_decimal
from ksql.language.resolved import WINDOW_BOUNDS, Expr
from ksql.language.types import BIGINT, BOOLEAN, STRING, Base, SqlType

OPERATOR_NAMES = {
    "=": "EQUAL",
    "<>": "NOT_EQUAL",
    "<": "LESS_THAN",
    "<=": "LESS_THAN_OR_EQUAL",
    ">": "GREATER_THAN",
    ">=": "GREATER_THAN_OR_EQUAL",
    "IS DISTINCT FROM": "IS_DISTINCT_FROM",
    "IS NOT DISTINCT FROM": "IS_NOT_DISTINCT_FROM",
}
"""What messages call the comparisons."""

_EQUALITY = ("=", "<>", "IS DISTINCT FROM", "IS NOT DISTINCT FROM")

_TIMES = ("ROWTIME", "WINDOWSTART", "WINDOWEND")

Substitute = Callable[[tree.Expression], Expr | None]
"""What stands for an expression after an aggregation: a group key or an aggregate's result."""


class Resolver:
    """Resolves the expressions of one clause.

    Args:
        scope: the sources; columns in the expressions are qualified by its aliases.
        substitute: what replaces whole expressions, asked before anything else.
        reads_times: True where text compared with ROWTIME and window bounds is read as a time:
            in WHERE.
    """

    def __init__(
        self, scope: Scope, substitute: Substitute | None = None, *, reads_times: bool = False
    ) -> None:
        self._scope = scope
        self._substitute = substitute
        self._reads_times = reads_times

    def resolve(self, expression: tree.Expression) -> Expr:
        """The expression with types.

        Raises:
            SemanticError: it has none.
        """
        try:
            found = self._substitute(expression) if self._substitute else None
            return found or _RULES[type(expression)](self, expression)
        except LanguageError as problem:
            problem.at = problem.at or expression.at
            raise

    def condition(self, expression: tree.Expression, clause: str) -> Expr:
        """The expression as the condition of WHERE or HAVING.

        Raises:
            SemanticError: also when it is no BOOLEAN.
        """
        try:
            found = self.resolve(expression)
        except SemanticError as problem:
            if not problem.message.startswith(("Invalid Predicate", "Error in")):
                problem.message = f"Error in {clause} expression: {problem.message}"
                problem.args = (problem.message,)
            raise
        if found.type != BOOLEAN:
            kind = f"({found.type})" if found.type else "(null)"
            raise SemanticError(
                f"Type error in {clause} expression: Should evaluate to boolean but is "
                f"{self.text(expression)} {kind} instead.",
                at=expression.at,
            )
        return found

    def text(self, expression: tree.Expression) -> str:
        """The expression as messages show it."""
        return expression_text(self._scope.shown(expression))

    # -- leaves

    def _literal(self, expression: tree.Literal) -> Expr:
        return resolved.Literal(expression.value, expression.type)

    def _unit(self, expression: tree.IntervalUnit) -> Expr:
        return resolved.IntervalUnit(expression.unit)

    def _column(self, expression: tree.ColumnRef) -> Expr:
        assert expression.source is not None
        index = self._scope.index(expression.source)
        source = self._scope.sources[index]
        found = self._scope.type_of(source, expression.name)
        is_group_bound = expression.name in WINDOW_BOUNDS and self._scope.windowed
        if found is None or is_group_bound:
            raise SemanticError(f"Unknown column {expression.name}.", at=expression.at)
        return resolved.ColumnRef(index, expression.name, found)

    # -- arithmetic

    def _arithmetic(self, expression: tree.Arithmetic) -> Expr:
        left, right = self.resolve(expression.left), self.resolve(expression.right)
        if left.type is None or right.type is None:
            shown = [str(each.type) if each.type else "null" for each in (left, right)]
            raise self._failed(
                expression, f"Arithmetic on types {shown[0]} and {shown[1]} are not supported."
            )
        if left.type == right.type == STRING and expression.op == "+":
            return resolved.Arithmetic("+", left, right, STRING)
        if not (left.type.is_numeric and right.type.is_numeric):
            raise self._failed(
                expression,
                f"Unsupported arithmetic types. {left.type.base} {right.type.base}",
            )
        return self._numeric(expression.op, left, right, left.type, right.type)

    def _numeric(
        self, op: str, left: Expr, right: Expr, left_type: SqlType, right_type: SqlType
    ) -> Expr:
        common = common_number(left_type, right_type)
        if common.base is not Base.DECIMAL:
            return resolved.Arithmetic(
                op, converted(left, common), converted(right, common), common
            )
        left_decimal, right_decimal = as_decimal(left_type), as_decimal(right_type)
        assert left_decimal is not None
        assert right_decimal is not None
        result = arithmetic_type(op, left_decimal, right_decimal)
        return resolved.Arithmetic(
            op, exactly(left, left_decimal), exactly(right, right_decimal), result
        )

    def _failed(self, expression: tree.Expression, why: str) -> SemanticError:
        return SemanticError(
            f"Error processing expression: {self.text(expression)}. {why}", at=expression.at
        )

    def _signed(self, expression: tree.Signed) -> Expr:
        operand = self.resolve(expression.operand)
        if operand.type is None or not operand.type.is_numeric:
            raise self._failed(
                expression, f"Arithmetic on type {operand.type or 'null'} is not supported."
            )
        return resolved.Negate(operand, operand.type) if expression.sign == "-" else operand

    # -- comparison

    def _comparison(self, expression: tree.Comparison) -> Expr:
        left, right = self._as_times(expression.left, expression.right)
        common = self._common(expression, left, right)
        left, right = converted(left, common), converted(right, common)
        if expression.op.startswith("IS"):
            return resolved.IsDistinct(left, right, "NOT" in expression.op)
        return resolved.Compare(expression.op, left, right)

    def _common(self, expression: tree.Comparison, left: Expr, right: Expr) -> SqlType:
        if left.type is None or right.type is None:
            shown = [each.type.base if each.type else "NULL" for each in (left, right)]
            raise SemanticError(
                f"Comparison with NULL not supported: {shown[0]} {expression.op} {shown[1]}",
                at=expression.at,
            )
        common = comparable(left.type, right.type)
        orderly = common is None or common.base is not Base.BOOLEAN or expression.op in _EQUALITY
        if common is None or not orderly:
            raise SemanticError(
                f"Cannot compare {self.text(expression.left)} ({left.type}) to "
                f"{self.text(expression.right)} ({right.type}) with "
                f"{OPERATOR_NAMES[expression.op]}.",
                at=expression.at,
            )
        return common

    def _as_times(self, left: tree.Expression, right: tree.Expression) -> tuple[Expr, Expr]:
        """Both resolved, a text beside a time column read as a time."""
        return self._beside_time(left, right), self._beside_time(right, left)

    def _beside_time(self, expression: tree.Expression, other: tree.Expression) -> Expr:
        is_time = isinstance(other, tree.ColumnRef) and other.name in _TIMES
        is_text = isinstance(expression, tree.Literal) and expression.type == STRING
        if not (self._reads_times and is_time and is_text):
            return self.resolve(expression)
        assert isinstance(expression, tree.Literal)
        try:
            return resolved.Literal(parse_timestamp(str(expression.value)), BIGINT)
        except ValueError:
            raise SemanticError(
                f"Failed to parse timestamp '{expression.value!s}': Required format is: "
                "\"yyyy-MM-dd'T'HH:mm:ss.SSS\", with an optional numeric 4-digit timezone, "
                "for example: '2020-05-26T23.59.58.000' or with tz: "
                "'2020-05-26T23.59.58.000+0200'. Partials are also supported, for example "
                '"2020-05-26"',
                at=expression.at,
            ) from None

    def _between(self, expression: tree.Between, negated: bool = False) -> Expr:
        value = self.resolve(expression.value)
        low = self._beside_time(expression.low, expression.value)
        high = self._beside_time(expression.high, expression.value)
        common = value.type
        for op, bound, written in ((">=", low, expression.low), ("<=", high, expression.high)):
            test = tree.Comparison(op, expression.value, written, at=expression.at)
            found = self._common(test, value, bound)
            common = comparable(common or found, found)
        assert common is not None
        value, low, high = (converted(each, common) for each in (value, low, high))
        return resolved.Between(value, low, high, negated)

    def _in_list(self, expression: tree.In, negated: bool = False) -> Expr:
        written = (expression.value, *expression.items)
        value, *items = common_list([(each, self.resolve(each)) for each in written], self.text)
        return resolved.In(value, tuple(items), negated)

    def _like(self, expression: tree.Like, negated: bool = False) -> Expr:
        value, pattern = self.resolve(expression.value), self.resolve(expression.pattern)
        for each, written in ((value, expression.value), (pattern, expression.pattern)):
            if each.type not in (None, STRING):
                raise SemanticError(
                    f"LIKE compares STRING only, but {self.text(written)} is {each.type}.",
                    at=written.at,
                )
        return resolved.Like(value, pattern, expression.escape, negated)

    # -- logic

    def _logical(self, expression: tree.Logical) -> Expr:
        left, right = self._boolean(expression.left), self._boolean(expression.right)
        node = resolved.And if expression.op == "AND" else resolved.Or
        return node(left, right)

    def _negation(self, expression: tree.Not) -> Expr:
        operand = expression.operand
        if isinstance(operand, tree.Between):
            return self._between(operand, negated=True)
        if isinstance(operand, tree.In):
            return self._in_list(operand, negated=True)
        if isinstance(operand, tree.Like):
            return self._like(operand, negated=True)
        return resolved.Not(self._boolean(operand))

    def _boolean(self, expression: tree.Expression) -> Expr:
        found = self.resolve(expression)
        if found.type not in (None, BOOLEAN):
            raise SemanticError(
                f"AND, OR and NOT take BOOLEAN, but {self.text(expression)} is {found.type}.",
                at=expression.at,
            )
        return converted(found, BOOLEAN)

    def _is_null(self, expression: tree.IsNull) -> Expr:
        return resolved.IsNull(self.resolve(expression.operand), expression.negated)

    # -- CASE, CAST, calls

    def _case(self, expression: tree.Case) -> Expr:
        conditions = [self._when(expression, when) for when in expression.whens]
        results = [(when.result, self.resolve(when.result)) for when in expression.whens]
        common: SqlType | None = None
        for written, found in results:
            common = self._branch(common, found.type, written)
        default = None if expression.default is None else self.resolve(expression.default)
        if default is not None and default.type is not None:
            common = self._default(common, default.type)
        if common is None:
            raise SemanticError(
                "Invalid Case expression. All case branches have a NULL type", at=expression.at
            )
        whens = tuple(
            (condition, exactly(found, common))
            for condition, (_, found) in zip(conditions, results, strict=True)
        )
        return resolved.Case(whens, default and exactly(default, common), common)

    def _when(self, expression: tree.Case, when: tree.When) -> Expr:
        if expression.operand is not None:
            return self.resolve(
                tree.Comparison("=", expression.operand, when.condition, at=when.at)
            )
        found = self.resolve(when.condition)
        if found.type != BOOLEAN:
            raise SemanticError(
                "WHEN operand type should be boolean.\n"
                f"Type for '{self.text(when.condition)}' is {found.type}",
                at=when.at,
            )
        return found

    def _branch(
        self, common: SqlType | None, found: SqlType | None, written: tree.Expression
    ) -> SqlType | None:
        if common is None or found is None:
            return common or found
        merged = _merged(common, found)
        if merged is None:
            raise SemanticError(
                "Invalid Case expression. Type for all 'THEN' clauses should be the same.\n"
                f"THEN expression '{self.text(written)}' has type: {found}.\n"
                f"Previous THEN expression(s) type: {common}.",
                at=written.at,
            )
        return merged

    def _default(self, common: SqlType | None, found: SqlType) -> SqlType:
        merged = found if common is None else _merged(common, found)
        if merged is None:
            raise SemanticError(
                "Invalid Case expression. Type for the default clause should be the same as for "
                f"'THEN' clauses.\nTHEN type: {common}.\nDEFAULT type: {found}."
            )
        return merged

    def _cast(self, expression: tree.Cast) -> Expr:
        operand = self.resolve(expression.operand)
        if not can_cast(operand.type, expression.type):
            raise SemanticError(
                f"Cast of {operand.type} to {expression.type} is not supported",
                at=expression.at,
            )
        return resolved.Cast(operand, expression.type)

    def _call(self, expression: tree.Call) -> Expr:
        return resolve_call(expression, [self.resolve(each) for each in expression.args])


def _merged(common: SqlType, found: SqlType) -> SqlType | None:
    if common == found:
        return common
    both_decimal = common.base is Base.DECIMAL and found.base is Base.DECIMAL
    return common_number(common, found) if both_decimal else None


# Any: each rule takes the one node type it stands beside, which a mapping cannot say.
_RULES: dict[type, Callable[[Resolver, Any], Expr]] = {
    tree.Literal: Resolver._literal,
    tree.IntervalUnit: Resolver._unit,
    tree.ColumnRef: Resolver._column,
    tree.Arithmetic: Resolver._arithmetic,
    tree.Signed: Resolver._signed,
    tree.Comparison: Resolver._comparison,
    tree.Logical: Resolver._logical,
    tree.Not: Resolver._negation,
    tree.IsNull: Resolver._is_null,
    tree.Like: Resolver._like,
    tree.In: Resolver._in_list,
    tree.Between: Resolver._between,
    tree.Case: Resolver._case,
    tree.Cast: Resolver._cast,
    tree.Call: Resolver._call,
}
