"""GROUP BY: what may stand beside an aggregate, and what the groups give the projection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields

from ksql.language import resolved, tree
from ksql.language.analysis.calls import (
    argument_type,
    convert_arguments,
    is_aggregate,
    known_function,
)
from ksql.language.analysis.expressions import Resolver
from ksql.language.analysis.scope import Scope
from ksql.language.errors import SemanticError, Unsupported
from ksql.language.expression_text import expression_text
from ksql.language.functions import ARRAY_WITH_COUNT
from ksql.language.overloads import choose
from ksql.language.resolved import WINDOW_BOUNDS, AggregateCall, Expr
from ksql.language.signatures import Function
from ksql.language.tree import Kind
from ksql.language.types import BIGINT, INTEGER
from ksql.language.values import SqlValue


def parts(node: object) -> Iterator[tree.Node]:
    """The nodes directly inside a node."""
    if isinstance(node, tree.Node):
        for each in fields(node):
            value = getattr(node, each.name)
            yield from (item for item in _members(value) if isinstance(item, tree.Node))


def _members(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def aggregate_calls(node: tree.Node) -> Iterator[tree.Call]:
    """The aggregate calls inside an expression, outermost only."""
    if isinstance(node, tree.Call) and is_aggregate(node):
        yield node
        return
    for part in parts(node):
        yield from aggregate_calls(part)


def columns_outside(node: tree.Node) -> Iterator[tree.ColumnRef]:
    """The columns of an expression that stand outside its aggregate calls."""
    if isinstance(node, tree.ColumnRef):
        yield node
    if not is_aggregate(node):
        for part in parts(node):
            yield from columns_outside(part)


def columns_inside(node: tree.Node) -> Iterator[tree.ColumnRef]:
    """All columns of an expression."""
    if isinstance(node, tree.ColumnRef):
        yield node
    for part in parts(node):
        yield from columns_inside(part)


@dataclass
class Grouping:
    """A grouped query while it is analysed: its keys, and the aggregates met so far."""

    scope: Scope
    keys: tuple[tree.Expression, ...]
    """Qualified; empty when all rows are one group."""
    resolved_keys: tuple[Expr, ...]
    calls: list[tree.Call] = field(default_factory=list)
    aggregates: list[AggregateCall] = field(default_factory=list)

    def substitute(self, expression: tree.Expression) -> Expr | None:
        """What stands for an expression after grouping; None to look inside it."""
        for index, key in enumerate(self.keys):
            if key == expression:
                found = self.resolved_keys[index].type
                assert found is not None
                return resolved.GroupKey(index, found)
        if isinstance(expression, tree.ColumnRef):
            return self._bound(expression)
        if isinstance(expression, tree.Call) and is_aggregate(expression):
            return self._aggregate(expression)
        return None

    def _bound(self, column: tree.ColumnRef) -> Expr | None:
        if self.scope.windowed and column.name in WINDOW_BOUNDS:
            return resolved.ColumnRef(0, column.name, BIGINT)
        return None

    def _aggregate(self, call: tree.Call) -> Expr:
        if call not in self.calls:
            self.aggregates.append(self._resolve(call))
            self.calls.append(call)
        index = self.calls.index(call)
        return resolved.AggregateResult(index, self.aggregates[index].type)

    def _resolve(self, call: tree.Call) -> AggregateCall:
        function = known_function(call)
        self._check_aggregate(call, function)
        resolver = Resolver(self.scope)
        arguments = [resolver.resolve(argument) for argument in call.args]
        _refuse_array_result(call, arguments)
        signature = choose(function, [argument_type(each) for each in arguments])
        given = convert_arguments(signature, arguments)
        result = signature.return_type([each.type for each in given])
        data = len(signature.parameters)
        if function.initial_args and data > 1:
            data -= function.initial_args
        initial = tuple(self._constant(call, index, given) for index in range(data, len(given)))
        return AggregateCall(function.name, signature, given[:data], result, initial)

    def _constant(self, call: tree.Call, index: int, given: Sequence[Expr]) -> SqlValue:
        found = given[index]
        if not isinstance(found, resolved.Literal):
            raise SemanticError(
                f"Parameter {index + 1} passed to function {call.name} must be a literal constant, "
                f"but was expression: '{expression_text(self.scope.shown(call.args[index]))}'",
                at=call.args[index].at,
            )
        return found.value

    def _check_aggregate(self, call: tree.Call, function: Function) -> None:
        nested = next((each for part in parts(call) for each in aggregate_calls(part)), None)
        if nested is not None:
            raise SemanticError(
                f"Aggregate functions can not be nested: {function.name}({nested.name}())",
                at=call.at,
            )
        if self.scope.windowed:
            refuse_bounds(columns_inside(call))
        if self.scope.sources[0].source.kind is Kind.TABLE and not function.table_aggregate:
            raise SemanticError(
                f"The aggregation function(s) ({function.name}) cannot be applied to a table "
                "source, only to a stream source.",
                at=call.at,
            )


def _refuse_array_result(call: tree.Call, arguments: Sequence[Expr]) -> None:
    """Refuse by name the forms that give the n first, last, least or greatest values."""
    counted = len(arguments) > 1 and arguments[1].type == INTEGER
    if counted and call.name in ARRAY_WITH_COUNT:
        raise Unsupported(f"{call.name} with a count, which gives an ARRAY", at=call.at)


def refuse_bounds(columns: Iterable[tree.ColumnRef]) -> None:
    """Refuse window bounds where a windowed aggregation cannot give them."""
    for column in columns:
        if column.name in WINDOW_BOUNDS:
            raise SemanticError(
                f"Window bounds column {column.name} can only be used in the SELECT clause of "
                "windowed aggregations and can not be passed to aggregate functions\n"
                "See https://github.com/confluentinc/ksql/issues/4397",
                at=column.at,
            )


def check_group_by(keys: Sequence[tree.Expression], scope: Scope) -> None:
    """Refuse aggregates and window bounds among the grouping expressions."""
    for index, key in enumerate(keys):
        if key in keys[:index]:
            shown = expression_text(scope.shown(key))
            raise SemanticError(f"Duplicate GROUP BY expression: {shown}", at=key.at)
        for call in aggregate_calls(key):
            raise SemanticError(
                "GROUP BY does not support aggregate functions: "
                f"{call.name} is an aggregate function.",
                at=call.at,
            )
        if scope.windowed:
            refuse_bounds(columns_inside(key))


def check_projection(
    select: Sequence[tree.Expression],
    having: tree.Expression | None,
    grouping: Grouping,
) -> None:
    """Refuse what is neither grouped by nor aggregated, in the projection and in HAVING."""
    everything = [*select, *([having] if having else [])]
    if not any(True for each in everything for _ in aggregate_calls(each)):
        raise SemanticError(
            "GROUP BY requires aggregate functions in either the SELECT or HAVING clause."
        )
    plain = [each for each in select if not any(aggregate_calls(each))]
    _refuse_plain([each for each in plain if _ungrouped(each, grouping)], grouping)
    mixed = [column for each in select for column in _ungrouped(each, grouping)]
    _refuse_columns(
        mixed,
        grouping,
        "Column used in aggregate SELECT expression(s) outside of aggregate functions not part "
        "of GROUP BY: ",
    )
    if having:
        if grouping.scope.windowed:
            refuse_bounds(columns_inside(having))
        _refuse_columns(
            list(_ungrouped(having, grouping)),
            grouping,
            "Non-aggregate HAVING expression not part of GROUP BY: ",
        )


def _refuse_plain(found: Sequence[tree.Expression], grouping: Grouping) -> None:
    if found:
        listed = ", ".join(expression_text(grouping.scope.shown(each)) for each in found)
        raise SemanticError(
            f"Non-aggregate SELECT expression(s) not part of GROUP BY: {listed}", at=found[0].at
        )


def _refuse_columns(found: Sequence[tree.ColumnRef], grouping: Grouping, message: str) -> None:
    if found:
        names = dict.fromkeys(expression_text(grouping.scope.shown(each)) for each in found)
        raise SemanticError(f"{message}[{', '.join(names)}]", at=found[0].at)


def _ungrouped(node: tree.Node, grouping: Grouping) -> list[tree.ColumnRef]:
    """The columns outside aggregates that no grouping expression gives."""
    if node in grouping.keys or is_aggregate(node):
        return []
    if isinstance(node, tree.ColumnRef):
        is_bound = grouping.scope.windowed and node.name in WINDOW_BOUNDS
        return [] if is_bound else [node]
    return [column for part in parts(node) for column in _ungrouped(part, grouping)]
