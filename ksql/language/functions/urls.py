"""URLs: encoding and parts."""

from __future__ import annotations

from ksql.language.signatures import Function, Signature
from ksql.language.types import INTEGER, STRING, Base, SqlType


def _function(
    name: str, description: str, arguments: int = 1, returns: SqlType = STRING
) -> Function:
    signature = Signature((Base.STRING,) * arguments, returns)
    return Function(name, description, (signature,), category="URL")


FUNCTIONS = (
    _function("URL_DECODE_PARAM", "The text with its percent encoding undone."),
    _function("URL_ENCODE_PARAM", "The text in percent encoding."),
    _function("URL_EXTRACT_FRAGMENT", "What follows the # of a URL."),
    _function("URL_EXTRACT_HOST", "The host of a URL."),
    _function("URL_EXTRACT_PARAMETER", "A parameter of a URL's query.", 2),
    _function("URL_EXTRACT_PATH", "The path of a URL."),
    _function("URL_EXTRACT_PORT", "The port of a URL.", returns=INTEGER),
    _function("URL_EXTRACT_PROTOCOL", "The protocol of a URL."),
    _function("URL_EXTRACT_QUERY", "The query of a URL."),
)
"""The family, by name."""
