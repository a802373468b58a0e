"""THE table of functions: every scalar and aggregate function with all its signatures.

A module per family. The analysis chooses signatures from it, the engine has one implementation
for each entry, DESCRIBE FUNCTION and SHOW FUNCTIONS read it. Functions whose arguments or results
are structured are listed by name only, to be refused by name.
"""

from __future__ import annotations

from ksql.language.functions import (
    aggregates,
    conditional,
    dates,
    documents,
    numeric,
    text,
    urls,
)
from ksql.language.functions.structured import ARRAY_WITH_COUNT, OUT_OF_SCOPE
from ksql.language.signatures import Function

_FAMILIES = (
    numeric.FUNCTIONS,
    text.FUNCTIONS,
    conditional.FUNCTIONS,
    dates.FUNCTIONS,
    documents.FUNCTIONS,
    urls.FUNCTIONS,
    aggregates.FUNCTIONS,
)

FUNCTIONS: dict[str, Function] = {
    function.name: function for family in _FAMILIES for function in family
}
"""All functions, by upper-case name."""

__all__ = ["ARRAY_WITH_COUNT", "FUNCTIONS", "OUT_OF_SCOPE", "find_function"]


def find_function(name: str) -> Function | None:
    """The function of that name, in any case; None when there is none."""
    return FUNCTIONS.get(name.upper())
