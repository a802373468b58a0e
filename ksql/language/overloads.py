"""Which signature a call means.

The rule is ksqlDB's: all signatures that take the argument types as they are; if there are none,
all that take them after widening. Of several the one that names most concrete types, and does not
repeat a parameter, wins; a tie is refused as ambiguous.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ksql.language.errors import SemanticError
from ksql.language.signatures import ANY, UNIT, Function, Parameter, Signature
from ksql.language.types import NUMERIC, TEMPORAL, Base, SqlType


@dataclass(frozen=True)
class UnitType:
    """The type of an argument that is a unit of time."""

    def __str__(self) -> str:
        return "INTERVALUNIT"


Argument = SqlType | UnitType | None
"""The type of an argument; None is a bare NULL, which fits every parameter."""


def choose(function: Function, arguments: Sequence[Argument]) -> Signature:
    """The signature for arguments of these types.

    Raises:
        SemanticError: no signature fits, or several fit equally well.
    """
    if all(argument is None for argument in arguments):
        _refuse_untyped(function, arguments)
    for casting in (False, True):
        found = [each for each in function.signatures if _fits(each, arguments, casting)]
        if found:
            return _best(function, found, arguments)
    raise SemanticError(_no_match(function, arguments))


def _refuse_untyped(function: Function, arguments: Sequence[Argument]) -> None:
    """Refuse a call with no argument but NULLs where the result's type would be theirs."""
    fitting = [each for each in function.signatures if _fits(each, arguments, casting=False)]
    if fitting and all(_follows_arguments(each) for each in fitting):
        refusal = _ambiguous if arguments else _no_match
        raise SemanticError(refusal(function, arguments))


def _follows_arguments(signature: Signature) -> bool:
    is_open = not any(isinstance(parameter, Base) for parameter in signature.parameters)
    return is_open and not isinstance(signature.returns, SqlType)


def expanded(signature: Signature, count: int) -> tuple[Parameter, ...] | None:
    """The parameters for a call with that many arguments; None when the count cannot be."""
    variadic = signature.variadic
    parameters = signature.parameters
    if variadic is None:
        return parameters if len(parameters) == count else None
    repeats = count - len(parameters) + 1
    if repeats < 0:
        return None
    before, after = parameters[:variadic], parameters[variadic + 1 :]
    return (*before, *(parameters[variadic],) * repeats, *after)


def _fits(signature: Signature, arguments: Sequence[Argument], casting: bool) -> bool:
    parameters = expanded(signature, len(arguments))
    if parameters is None:
        return False
    bound: dict[str, SqlType] = {}
    pairs = zip(parameters, arguments, strict=True)
    return all(_takes(parameter, argument, casting, bound) for parameter, argument in pairs)


def _takes(
    parameter: Parameter, argument: Argument, casting: bool, bound: dict[str, SqlType]
) -> bool:
    if argument is None:
        return True
    if isinstance(argument, UnitType) or parameter == UNIT:
        return isinstance(argument, UnitType) and parameter == UNIT
    if isinstance(parameter, Base):
        return argument.base is parameter or (casting and widens(argument.base, parameter))
    if parameter == ANY:
        return True
    first = bound.setdefault(str(parameter), argument)
    return first.base is argument.base or (casting and widens(argument.base, first.base))


def widens(source: Base, target: Base) -> bool:
    """True where ksqlDB converts without being told: to a wider number, from text to a time."""
    if source in NUMERIC and target in NUMERIC:
        return NUMERIC.index(source) <= NUMERIC.index(target)
    return source is Base.STRING and target in TEMPORAL


def _best(function: Function, found: list[Signature], arguments: Sequence[Argument]) -> Signature:
    ranked = sorted(found, key=_rank)
    if len(ranked) > 1 and _rank(ranked[0]) == _rank(ranked[1]):
        raise SemanticError(_ambiguous(function, arguments))
    return ranked[0]


def _rank(signature: Signature) -> tuple[bool, int]:
    generic = sum(not isinstance(parameter, Base) for parameter in signature.parameters)
    return (signature.variadic is not None, generic)


def _ambiguous(function: Function, arguments: Sequence[Argument]) -> str:
    return (
        f"Function '{function.name.lower()}' cannot be resolved due to ambiguous method "
        f"parameters {_listed(arguments)}.\n{_alternatives(function)}"
    )


def _no_match(function: Function, arguments: Sequence[Argument]) -> str:
    return (
        f"Function '{function.name.lower()}' does not accept parameters {_listed(arguments)}.\n"
        f"{_alternatives(function)}"
    )


def _alternatives(function: Function) -> str:
    name = function.name.lower()
    lines = "\n".join(f"{name}({signature})" for signature in function.signatures)
    return (
        f"Valid alternatives are:\n{lines}\n"
        "For detailed information on a function run: DESCRIBE FUNCTION <Function-Name>;"
    )


def _listed(arguments: Sequence[Argument]) -> str:
    return f"({', '.join('null' if each is None else str(each) for each in arguments)})"
