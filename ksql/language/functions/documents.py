"""JSON documents held as text."""

from __future__ import annotations

from ksql.language.signatures import ANY, Function, Parameter, Signature
from ksql.language.types import BOOLEAN, INTEGER, STRING, Base, SqlType

_S = Base.STRING


def _function(
    name: str,
    description: str,
    returns: SqlType,
    *parameters: Parameter,
    variadic: int | None = None,
) -> Function:
    signature = Signature(parameters, returns, variadic)
    return Function(name, description, (signature,), category="JSON")


FUNCTIONS = (
    _function("EXTRACTJSONFIELD", "The value at a path of a document, as text.", STRING, _S, _S),
    _function("IS_JSON_STRING", "Whether the text is a JSON document.", BOOLEAN, _S),
    _function("JSON_ARRAY_CONTAINS", "Whether a JSON array holds a value.", BOOLEAN, _S, ANY),
    _function("JSON_ARRAY_LENGTH", "How many elements a JSON array has.", INTEGER, _S),
    _function("JSON_CONCAT", "The documents merged into one.", STRING, _S, variadic=0),
    _function("TO_JSON_STRING", "A value as a JSON document.", STRING, ANY),
)
"""The family, by name."""
