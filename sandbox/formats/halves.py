"""Halves of characters in JSON: surrogates whose other half is missing.

What the texts hold otherwise belongs to `json_format`.
"""

import re

SURROGATES = re.compile(
    r"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
"""An escaped backslash, both halves of a character, or one half alone."""

HALF = 6
"""Characters of an escape."""


def whole_characters(text: str) -> str:
    """Replace escapes of half a character by `?`.

    Java keeps the half in its strings and writes it as `?`; Python could not write it at all.
    """
    return SURROGATES.sub(lambda match: "?" if len(match[0]) == HALF else match[0], text)
