"""The rules of `expressions`: a method per kind of expression.

Each returns `Text`: Python source and whether it can be null. Sub-expressions that are needed
twice are assigned to a variable where they are first needed.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ksql.language.resolved import (
    AggregateResult,
    And,
    Arithmetic,
    Between,
    Call,
    Case,
    Cast,
    ColumnRef,
    Compare,
    Expr,
    GroupKey,
    In,
    IntervalUnit,
    IsDistinct,
    IsNull,
    Like,
    Literal,
    Negate,
    Not,
    Or,
)
from ksql.language.types import Base, SqlType
from ksql.language.values import SqlValue
from sandbox.clock import SystemClock
from sandbox.ksqldb import operators
from sandbox.ksqldb.casts import cast_rule
from sandbox.ksqldb.codegen import Code
from sandbox.ksqldb.functions import SCALARS
from sandbox.ksqldb.functions.registry import Environment
from sandbox.ksqldb.pieces import Piece, cuts, reads_of


@dataclass(frozen=True)
class Text:
    """Python source of an expression."""

    text: str
    nullable: bool = True
    literal: bool = False

    @property
    def is_simple(self) -> bool:
        """Whether reading it twice costs no more than a variable."""
        return self.literal or self.text.isidentifier()


class Builder:
    """Builds the source of one expression."""

    def __init__(self, locate: Callable[..., str], constants: dict[str, Any]) -> None:
        self._locate, self._constants = locate, constants
        self._variables = 0
        self._pieces: dict[int, Piece] = {}

    def build_all(self, expr: Expr) -> Text:
        """Return the source of a whole expression, cut into pieces if it is too high."""
        for part in cuts(expr):
            self._pieces[id(part)] = self._piece(part)
        return self.build(expr)

    def build(self, expr: Expr) -> Text:
        """Return the source of a part of an expression."""
        piece = self._pieces.get(id(expr)) if self._pieces else None
        if piece is None:
            return RULES[type(expr)](self, expr)
        values = ", ".join(self._locate(read) for read in piece.reads)
        return Text(f"{piece.name}({values})", nullable=piece.nullable)

    def _piece(self, part: Expr) -> Piece:
        reads = reads_of(part, self._pieces)
        parameters = {read: f"p{index}" for index, read in enumerate(reads)}
        inner = Builder(parameters.__getitem__, self._constants)
        inner._pieces = self._pieces
        made = inner.build(part)
        name = self.bind("piece", None)
        code = Code(self._constants)
        with code.block(f"def {name}({', '.join(parameters.values())}):"):
            code.line(f"return {made.text}")
        code.function(name)
        return Piece(name, reads, made.nullable)

    # -- names ----------------------------------------------------------------------------------

    def bind(self, stem: str, value: object) -> str:
        """Make an object known in the namespace; return its name. The same object keeps it."""
        name = f"_{stem}_{len(self._constants)}"
        self._constants[name] = value
        return name

    def bound(self, function: Callable[..., Any]) -> str:
        """Make one of our functions known under its own name, underlined."""
        name = f"_{function.__name__}"
        self._constants[name] = function
        return name

    def variable(self) -> str:
        """Return a variable that this expression does not use yet."""
        self._variables += 1
        return f"_{self._variables}"

    def twice(self, operand: Text) -> tuple[str, str]:
        """Return how to compute an operand where it is first needed, and how to read it again."""
        if operand.is_simple:
            return operand.text, operand.text
        name = self.variable()
        return f"({name} := {operand.text})", name

    # -- leaves ---------------------------------------------------------------------------------

    def literal(self, expr: Literal) -> Text:
        """A constant, in the text where Python can write it."""
        return self.constant(expr.value)

    def constant(self, value: SqlValue) -> Text:
        """A constant value."""
        unwritten = isinstance(value, Decimal) or (
            isinstance(value, float) and not math.isfinite(value)
        )
        text = self.bind("constant", value) if unwritten else repr(value)
        if text.startswith("-"):
            text = f"({text})"
        return Text(text, nullable=value is None, literal=True)

    def reference(self, expr: ColumnRef | GroupKey | AggregateResult) -> Text:
        """A value that the row holds."""
        return Text(self._locate(expr))

    # -- operators --------------------------------------------------------------------------------

    def unless_null(
        self, operands: list[Text], compute: Callable[..., str], null: str = "None"
    ) -> Text:
        """The computed value, or `null` if an operand is null."""
        tests, names = [], []
        for operand in operands:
            if operand.text == "None":
                return Text(null, nullable=null == "None", literal=True)
            if not operand.nullable:
                names.append(operand.text)
                continue
            first, again = self.twice(operand)
            tests.append(f"{first} is None")
            names.append(again)
        computed = compute(*names)
        if not tests:
            return Text(computed, nullable=False)
        return Text(f"({null} if {' or '.join(tests)} else {computed})", nullable=null == "None")

    def arithmetic(self, expr: Arithmetic) -> Text:
        """`+ - * / %`, wrapping, rounding and failing as Java."""
        left, right = self.build(expr.left), self.build(expr.right)
        if expr.type.base is Base.STRING:
            return Text(f"({self.shown(left)} + {self.shown(right)})", nullable=False)
        return self.unless_null(
            [left, right], lambda a, b: self._operation(expr.op, expr.type, a, b)
        )

    def shown(self, operand: Text) -> str:
        """A text as Java's `+` takes it: null is the word."""
        return self.unless_null([operand], lambda value: value, "'null'").text

    def _operation(self, op: str, of: SqlType, left: str, right: str) -> str:
        if of.base in (Base.INTEGER, Base.BIGINT):
            return self._integer_operation(op, of.base, left, right)
        if of.base is Base.DECIMAL:
            function = operators.decimal_operation(op, of.precision or 0, of.scale or 0)
            return f"{self.bind('decimal', function)}({left}, {right})"
        if of.base is Base.DOUBLE and op in "/%":
            return f"{self.bound(operators.DOUBLE_OPERATIONS[op])}({left}, {right})"
        return f"({left} {op} {right})"

    def _integer_operation(self, op: str, base: Base, left: str, right: str) -> str:
        if op in "/%":
            function = operators.INTEGER_OPERATIONS[op]
            return f"{self.bound(function)}({left}, {right})"
        low, high, wrap = operators.RANGES[base]
        result = self.variable()
        return (
            f"({result} if {low} <= ({result} := {left} {op} {right}) <= {high} "
            f"else {self.bound(wrap)}({result}))"
        )

    def negate(self, expr: Negate) -> Text:
        """`-x`; the least integer stays what it is, as in Java."""
        operand = self.build(expr.operand)
        base = expr.type.base
        if base in operators.RANGES:
            wrap = self.bound(operators.RANGES[base][2])
            return self.unless_null([operand], lambda value: f"{wrap}(-{value})")
        if base is Base.DECIMAL:
            minus = self.bound(operators.negate_decimal)
            return self.unless_null([operand], lambda value: f"{minus}({value})")
        return self.unless_null([operand], lambda value: f"(-{value})")

    def compare(self, expr: Compare) -> Text:
        """`= <> < <= > >=`: false where a side is null."""
        left, right = self._ordered(expr.left), self._ordered(expr.right)
        op = operators.COMPARISONS[expr.op]
        if op == "==" and not (left.text == "None" or right.text == "None"):
            # None equals nothing but None, so one test tells all.
            tested, other = (left, right) if left.nullable else (right, left)
            if not (tested.nullable and other.nullable):
                return Text(f"({left.text} == {right.text})", nullable=False)
            first, again = self.twice(tested)
            return Text(f"({first} is not None and {again} == {other.text})", nullable=False)
        return self.unless_null([left, right], lambda a, b: f"({a} {op} {b})", "False")

    def _ordered(self, expr: Expr) -> Text:
        """An operand in a form that Python orders as Java does."""
        operand = self.build(expr)
        if expr.type is None or expr.type.base is not Base.BYTES:
            return operand
        signed = self.bound(operators.signed_bytes)
        return self.unless_null([operand], lambda value: f"{signed}({value})")

    def is_distinct(self, expr: IsDistinct) -> Text:
        """`IS [NOT] DISTINCT FROM`: Python's None equals None."""
        op = "==" if expr.negated else "!="
        left, right = self.build(expr.left), self.build(expr.right)
        return Text(f"({left.text} {op} {right.text})", nullable=False)

    def truth(self, expr: Expr) -> str:
        """A condition as Java needs it: null is an error there, not false."""
        condition = self.build(expr)
        if not condition.nullable:
            return condition.text
        return f"{self.bound(operators.truth)}({condition.text})"

    def conjunction(self, expr: And) -> Text:
        """`AND`: the right side is computed only if the left one is true."""
        return Text(f"({self.truth(expr.left)} and {self.truth(expr.right)})", nullable=False)

    def disjunction(self, expr: Or) -> Text:
        """`OR`: the right side is computed only if the left one is false."""
        return Text(f"({self.truth(expr.left)} or {self.truth(expr.right)})", nullable=False)

    def negation(self, expr: Not) -> Text:
        """`NOT`."""
        return Text(f"(not {self.truth(expr.operand)})", nullable=False)

    def is_null(self, expr: IsNull) -> Text:
        """`IS [NOT] NULL`."""
        op = "is not" if expr.negated else "is"
        operand = self.build(expr.operand)
        if operand.literal:
            return Text(str((operand.text == "None") != expr.negated), nullable=False, literal=True)
        return Text(f"({operand.text} {op} None)", nullable=False)

    def negatable(self, text: Text, negated: bool) -> Text:
        """The condition, or its opposite: of null the condition is false, so that is true."""
        return Text(f"(not {text.text})", nullable=False) if negated else text

    def like(self, expr: Like) -> Text:
        """`[NOT] LIKE`: false where a side is null."""
        value, pattern = self.build(expr.value), self.build(expr.pattern)
        if isinstance(expr.pattern, Literal) and isinstance(expr.pattern.value, str):
            matches = self.bind("like", operators.like(expr.pattern.value, expr.escape))
            found = self.unless_null([value], lambda text: f"{matches}({text})", "False")
        else:
            matches = self.bind("like", operators.like_any(expr.escape))
            found = self.unless_null(
                [value, pattern], lambda *both: f"{matches}({', '.join(both)})", "False"
            )
        return self.negatable(found, expr.negated)

    def membership(self, expr: In) -> Text:
        """`[NOT] IN`: null is in no list, and nothing equals a null in it."""
        value = self.build(expr.value)
        constants = {item.value for item in expr.items if isinstance(item, Literal)} - {None}
        others = [self.build(item) for item in expr.items if not isinstance(item, Literal)]
        first, again = self.twice(value)
        tests = []
        if constants:
            tests.append(f"{again} in {self.bind('items', frozenset(constants))}")
        tests += [f"{again} == {item.text}" for item in others]
        if not tests:
            return self.negatable(Text("False", nullable=False), expr.negated)
        found = f"({first} is not None and ({' or '.join(tests)}))"
        return self.negatable(Text(found, nullable=False), expr.negated)

    def between(self, expr: Between) -> Text:
        """`[NOT] BETWEEN`, bounds included: false where anything is null."""
        operands = [self._ordered(each) for each in (expr.low, expr.value, expr.high)]
        found = self.unless_null(
            operands, lambda low, value, high: f"({low} <= {value} <= {high})", "False"
        )
        return self.negatable(found, expr.negated)

    def case(self, expr: Case) -> Text:
        """`CASE WHEN`: only the chosen result is computed."""
        default = Text("None") if expr.default is None else self.build(expr.default)
        nullable, parts = default.nullable, []
        for condition, result in expr.whens:
            chosen = self.build(result)
            nullable = nullable or chosen.nullable
            parts.append(f"{chosen.text} if {self.truth(condition)} else ")
        return Text(f"({''.join(parts)}{default.text})", nullable)

    def cast(self, expr: Cast) -> Text:
        """`CAST`; raises where the value cannot become the type."""
        operand = self.build(expr.operand)
        if expr.operand.type is None or operand.text == "None":
            return Text("None", literal=True)
        rule = cast_rule(expr.operand.type, expr.type)
        if rule is None:
            return operand
        if isinstance(expr.operand, Literal):
            return self._constant_cast(rule, expr.operand)
        convert = self.bind("cast", rule)
        found = self.unless_null([operand], lambda value: f"{convert}({value})")
        word = self._constants.get("null_text")
        if word is None or expr.implicit or expr.type.base is not Base.STRING:
            return found
        variable = self.variable()
        return Text(f"({word!r} if ({variable} := {found.text}) is None else {variable})")

    def _constant_cast(self, rule: Callable[[Any], Any], operand: Literal) -> Text:
        try:
            return self.constant(rule(operand.value))
        except (ValueError, ArithmeticError):
            # It fails for every row then, and each time in the processing log.
            return Text(f"{self.bind('cast', rule)}({self.literal(operand).text})")

    def call(self, expr: Call) -> Text:
        """A scalar function."""
        scalar = SCALARS[expr.function]
        function = scalar.make(expr, self._environment())
        if scalar.may_fail:
            failed = self._constants.get("function_failed")
            function = operators.guarded(function, expr.function, failed)
        if scalar.repeats and len(expr.args) > 1 and all(map(is_constant, expr.args[1:])):
            return self._remembered_call(expr, function)
        name = self.bind(expr.function.lower(), function)
        arguments = [self.argument(arg) for arg in expr.args]
        if scalar.takes_nulls:
            return Text(f"{name}({', '.join(each.text for each in arguments)})")
        made = self.unless_null(arguments, lambda *values: f"{name}({', '.join(values)})")
        return Text(made.text, literal=made.literal)

    def _remembered_call(self, expr: Call, function: Callable[..., Any]) -> Text:
        rest = [each.value for each in expr.args[1:] if isinstance(each, Literal)]
        results = operators.Remembered(lambda value: function(value, *rest))
        name = self.bind(expr.function.lower(), results)
        return self.unless_null([self.build(expr.args[0])], lambda value: f"{name}[{value}]")

    def _environment(self) -> Environment:
        now_ms = self._constants.get("now_ms")
        return Environment(SystemClock().now_ms if now_ms is None else now_ms)

    def argument(self, expr: Expr) -> Text:
        """An argument; a unit of time is its name."""
        return self.constant(expr.unit) if isinstance(expr, IntervalUnit) else self.build(expr)


def is_constant(expr: Expr) -> bool:
    """Tell whether an argument is a constant other than null."""
    return isinstance(expr, Literal) and expr.value is not None


RULES: dict[type, Callable[[Builder, Any], Text]] = {
    Literal: Builder.literal,
    ColumnRef: Builder.reference,
    GroupKey: Builder.reference,
    AggregateResult: Builder.reference,
    Arithmetic: Builder.arithmetic,
    Negate: Builder.negate,
    Compare: Builder.compare,
    IsDistinct: Builder.is_distinct,
    And: Builder.conjunction,
    Or: Builder.disjunction,
    Not: Builder.negation,
    IsNull: Builder.is_null,
    Like: Builder.like,
    In: Builder.membership,
    Between: Builder.between,
    Case: Builder.case,
    Cast: Builder.cast,
    Call: Builder.call,
}
