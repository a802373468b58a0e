"""Function calls: the signature chosen, the arguments converted to its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from ksql.language import resolved, tree
from ksql.language.analysis.conversions import converted, exactly
from ksql.language.errors import SemanticError
from ksql.language.functions import FUNCTIONS, find_function
from ksql.language.numbers import as_decimal, widest
from ksql.language.overloads import Argument, UnitType, choose, expanded
from ksql.language.resolved import Expr
from ksql.language.signatures import Function, Parameter, Signature
from ksql.language.types import Base, SqlType


def is_aggregate(expression: object) -> bool:
    """True for the call of an aggregate function."""
    if not isinstance(expression, tree.Call):
        return False
    function = find_function(expression.name)
    return function is not None and function.aggregate


def resolve_call(expression: tree.Call, arguments: Sequence[Expr]) -> Expr:
    """A scalar call with its arguments resolved.

    Raises:
        SemanticError: no such function, or none that takes these arguments.
    """
    function = known_function(expression)
    if function.aggregate:
        raise unknown_function(expression)
    signature = choose(function, [argument_type(each) for each in arguments])
    converted_arguments = convert_arguments(signature, arguments)
    result = signature.return_type([each.type for each in converted_arguments])
    return resolved.Call(function.name, signature, converted_arguments, result)


def known_function(expression: tree.Call) -> Function:
    """The function a call names."""
    function = find_function(expression.name)
    if function is None:
        raise unknown_function(expression)
    return function


def unknown_function(expression: tree.Call) -> SemanticError:
    """The refusal of a name that is no function here."""
    return SemanticError(
        f"Can't find any functions with the name '{expression.name}'",
        at=expression.at,
        suggestions=get_close_matches(expression.name, list(FUNCTIONS), 3),
    )


def argument_type(argument: Expr) -> Argument:
    """The type by which an argument chooses a signature."""
    return UnitType() if isinstance(argument, resolved.IntervalUnit) else argument.type


def convert_arguments(signature: Signature, arguments: Sequence[Expr]) -> tuple[Expr, ...]:
    """The arguments as values of the signature's parameters."""
    parameters = expanded(signature, len(arguments))
    assert parameters is not None
    shared = _shared_types(parameters, arguments)
    return tuple(
        _converted(parameter, argument, shared)
        for parameter, argument in zip(parameters, arguments, strict=True)
    )


def _shared_types(
    parameters: Sequence[Parameter], arguments: Sequence[Expr]
) -> dict[Parameter, SqlType]:
    """The type that all arguments of a parameter or type variable become.

    That is the type of the first one; of DECIMALs the one with room for all of them.
    """
    shared: dict[Parameter, SqlType] = {}
    for parameter, argument in zip(parameters, arguments, strict=True):
        if argument.type is not None:
            first = shared.setdefault(parameter, argument.type)
            shared[parameter] = _room_for_both(first, argument.type)
    return shared


def _room_for_both(first: SqlType, other: SqlType) -> SqlType:
    left, right = as_decimal(first), as_decimal(other)
    if Base.DECIMAL not in (first.base, other.base) or left is None or right is None:
        return first
    return widest(left, right)


def _converted(parameter: Parameter, argument: Expr, shared: dict[Parameter, SqlType]) -> Expr:
    if isinstance(argument, resolved.IntervalUnit):
        return argument
    if not isinstance(parameter, Base):
        target = shared.get(parameter)
    elif parameter is Base.DECIMAL:
        target = _decimal_of(shared.get(parameter))
    else:
        target = SqlType(parameter)
    if target is None or argument.type == target:
        return argument
    exact = target.base is Base.DECIMAL
    return exactly(argument, target) if exact else converted(argument, target)


def _decimal_of(shared: SqlType | None) -> SqlType | None:
    return None if shared is None else as_decimal(shared)
