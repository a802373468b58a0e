"""Function calls: the signature chosen, the arguments converted to its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from ksql.language import resolved, tree
from ksql.language.analysis.conversions import converted, exactly
from ksql.language.errors import SemanticError, Unsupported
from ksql.language.functions import FUNCTIONS, OUT_OF_SCOPE, find_function
from ksql.language.numbers import as_decimal
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
        Unsupported: the function is out of scope.
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
    if expression.name in OUT_OF_SCOPE:
        raise Unsupported(OUT_OF_SCOPE[expression.name], at=expression.at)
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
    """The first known type among the arguments of each parameter or type variable."""
    shared: dict[Parameter, SqlType] = {}
    for parameter, argument in zip(parameters, arguments, strict=True):
        if argument.type is not None:
            shared.setdefault(parameter, argument.type)
    return shared


def _converted(parameter: Parameter, argument: Expr, shared: dict[Parameter, SqlType]) -> Expr:
    if isinstance(argument, resolved.IntervalUnit):
        return argument
    if not isinstance(parameter, Base):
        target = shared.get(parameter)
        return argument if target is None else converted(argument, target)
    if argument.type is not None and argument.type.base is parameter:
        return argument
    if parameter is Base.DECIMAL:
        return _as_decimal(argument, shared)
    return converted(argument, SqlType(parameter))


def _as_decimal(argument: Expr, shared: dict[Parameter, SqlType]) -> Expr:
    own = as_decimal(argument.type) if argument.type else None
    target = own or shared.get(Base.DECIMAL)
    return argument if target is None else exactly(argument, target)
