"""What a function signature is: parameters, what may repeat, what comes back.

The signatures themselves are in `ksql.language.functions`, a module per family; how arguments
choose one is in `ksql.language.overloads`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ksql.language.types import Base, SqlType

ANY = "ANY"
"""A parameter that takes every type."""

UNIT = "INTERVALUNIT"
"""A parameter that takes a unit of time, such as DAYS."""

Parameter: TypeAlias = Base | str
"""A base type (DECIMAL takes every precision), `ANY`, `UNIT`, or the name of a type variable
(`T`): all parameters with the same variable have one type."""

ReturnRule: TypeAlias = Callable[[Sequence[SqlType | None]], SqlType]
"""The result type from the argument types, where it depends on them."""


@dataclass(frozen=True)
class Signature:
    """One way to call a function.

    `variadic` is the index of the parameter that may occur any number of times (none included);
    None when every parameter occurs once. `returns` is a type, or a rule over argument types.
    Comparison is by parameters only.
    """

    parameters: tuple[Parameter, ...]
    returns: SqlType | ReturnRule = field(compare=False)
    variadic: int | None = None
    description: str = field(default="", compare=False)

    def return_type(self, arguments: Sequence[SqlType | None]) -> SqlType:
        """The type of a call with arguments of these types (None: a bare NULL)."""
        return self.returns if isinstance(self.returns, SqlType) else self.returns(arguments)

    def __str__(self) -> str:
        return ", ".join(
            f"{parameter}..." if index == self.variadic else str(parameter)
            for index, parameter in enumerate(self.parameters)
        )


@dataclass(frozen=True)
class Function:
    """A function: name, what it is for, all ways to call it.

    `initial_args` counts the trailing literal arguments that configure an aggregate (the 3 of
    `TOPK(x, 3)`); it is 0 for every scalar function.
    """

    name: str
    description: str
    signatures: tuple[Signature, ...]
    aggregate: bool = False
    category: str = "OTHERS"
    initial_args: int = 0
    table_aggregate: bool = False
    """True when a row can be taken back out: usable when grouping a table."""
    hidden: bool = False
    """True for what SHOW FUNCTIONS leaves out."""
