"""Resolved expressions as Python source, compiled once and then run per row.

The text is an expression over whatever variables `locate` names; functions and constants that it
needs are bound by name in a namespace. ksqlDB's rules on nulls are in the text: arithmetic with
null is null, a comparison with null is false. A cast or an arithmetic operation that cannot be
computed raises; a function call that cannot be is null, and its failure is reported.
"""

from collections.abc import Callable
from typing import Any

from ksql.language.resolved import AggregateResult, ColumnRef, Expr, GroupKey
from sandbox.ksqldb.nodes import Builder

Locate = Callable[[ColumnRef | GroupKey | AggregateResult], str]
"""Returns the Python text that reads a value."""

FUNCTION_FAILED = "function_failed"
"""The name in the namespace of what is told of failed function calls:
`function_failed(name, error)`. Without it failures are silently null."""

NOW_MS = "now_ms"
"""The name in the namespace of what tells the time, in ms since the epoch; real time without it."""

NULL_TEXT = "null_text"
"""The name in the namespace of what a CAST to STRING makes of null; null without it."""


def expression_source(expr: Expr, locate: Locate, constants: dict[str, Any]) -> str:
    """Return the Python text of an expression.

    `constants` is the namespace that the text will run in; what it needs is added there. The text
    assigns to variables named `_1`, `_2`, … of the function it stands in.
    """
    return Builder(locate, constants).build_all(expr).text


def compile_expression(
    expr: Expr,
    locate: Locate,
    args: str = "r",
    *,
    failed: Callable[[str, Exception], None] | None = None,
) -> Callable[..., Any]:
    """Return a function of `args` that computes the expression.

    It raises whatever makes a value impossible: the caller decides what becomes of the row.
    """
    constants: dict[str, Any] = {}
    if failed is not None:
        constants[FUNCTION_FAILED] = failed
    text = f"def compute({args}):\n    return {expression_source(expr, locate, constants)}\n"
    exec(compile(text, "<expression>", "exec"), constants)  # noqa: S102 - our own text: what users wrote enters it as bound constants
    compute: Callable[..., Any] = constants["compute"]
    return compute
