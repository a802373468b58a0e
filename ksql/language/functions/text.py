"""Text and bytes: cutting, joining, searching, masking, hashing, encoding."""

from __future__ import annotations

from ksql.language.signatures import Function, Parameter, Signature
from ksql.language.types import BIGINT, BYTES, DOUBLE, INTEGER, STRING, Base, SqlType

_CATEGORY = "STRING"
_S, _B, _I = Base.STRING, Base.BYTES, Base.INTEGER


def _function(name: str, description: str, *signatures: Signature) -> Function:
    return Function(name, description, signatures, category=_CATEGORY)


def _of(returns: SqlType, *parameters: Parameter) -> Signature:
    return Signature(parameters, returns)


def _text(name: str, description: str, arguments: int = 1) -> Function:
    return _function(name, description, _of(STRING, *(_S,) * arguments))


def _text_or_bytes(name: str, description: str, *after: Parameter) -> Function:
    """The first argument, and each `after` that is STRING, may be BYTES throughout."""
    of_bytes = (_B if parameter is _S else parameter for parameter in after)
    return _function(name, description, _of(STRING, _S, *after), _of(BYTES, _B, *of_bytes))


def _mask_side(name: str, description: str) -> Function:
    return _function(name, description, _of(STRING, _S, _I), _of(STRING, _S, _I, _S, _S, _S, _S))


def _from_bytes(name: str, returns: SqlType) -> Function:
    description = "The number that the bytes hold; the order is BIG_ENDIAN unless given."
    return _function(name, description, _of(returns, _B), _of(returns, _B, _S))


FUNCTIONS = (
    _function("ASCII", "The code of the first character.", _of(INTEGER, _S)),
    _from_bytes("BIGINT_FROM_BYTES", BIGINT),
    _function(
        "CHR",
        "The character of a code point, or of a \\uXXXX escape.",
        _of(STRING, _I),
        _of(STRING, _S),
    ),
    _function(
        "CONCAT",
        "The values one after the other; nulls are left out.",
        Signature((_S,), STRING, variadic=0),
        Signature((_B,), BYTES, variadic=0),
    ),
    _function(
        "CONCAT_WS",
        "The values after the first, joined by the first; nulls are left out.",
        Signature((_S, _S), STRING, variadic=1),
        Signature((_B, _B), BYTES, variadic=1),
    ),
    _from_bytes("DOUBLE_FROM_BYTES", DOUBLE),
    _function(
        "ELT",
        "The n-th of the values after the first, counted from 1; null past their end.",
        Signature((_I, _S), STRING, variadic=1),
    ),
    _text(
        "ENCODE", "Text written in one encoding, written in another: hex, utf8, ascii, base64.", 3
    ),
    _function(
        "FIELD",
        "The place, from 1, of the first value among those after it; 0 when it is not there.",
        Signature((_S, _S), INTEGER, variadic=1),
    ),
    _function(
        "FROM_BYTES",
        "Bytes as text in an encoding: hex, utf8, ascii or base64.",
        _of(STRING, _B, _S),
    ),
    _text("INITCAP", "Every word with a capital first letter and the rest in lower case."),
    _function(
        "INSTR",
        "The place, from 1, of a part of a text: from a place on, and its n-th occurrence.",
        _of(INTEGER, _S, _S),
        _of(INTEGER, _S, _S, _I),
        _of(INTEGER, _S, _S, _I, _I),
    ),
    _from_bytes("INT_FROM_BYTES", INTEGER),
    _text("LCASE", "The text in lower case."),
    _function("LEN", "How many characters or bytes it has.", _of(INTEGER, _S), _of(INTEGER, _B)),
    _text_or_bytes("LPAD", "Padded on the left, or cut, to a length.", _I, _S),
    _function(
        "MASK",
        "Text with letters and digits replaced: upper case, lower case, digits, others.",
        _of(STRING, _S),
        _of(STRING, _S, _S, _S, _S, _S),
    ),
    _mask_side("MASK_KEEP_LEFT", "Masked but for the first characters."),
    _mask_side("MASK_KEEP_RIGHT", "Masked but for the last characters."),
    _mask_side("MASK_LEFT", "Masked in its first characters."),
    _mask_side("MASK_RIGHT", "Masked in its last characters."),
    _function("MD5", "The MD5 digest, in hexadecimal.", _of(STRING, _S)),
    _function(
        "REGEXP_EXTRACT",
        "What a pattern (first) finds in a text, or its n-th group.",
        _of(STRING, _S, _S),
        _of(STRING, _S, _S, _I),
    ),
    _text("REGEXP_REPLACE", "The text with everything that a pattern finds replaced.", 3),
    _text("REPLACE", "The text with every occurrence of a part replaced.", 3),
    _text("REVERSE", "The text backwards."),
    _text_or_bytes("RPAD", "Padded on the right, or cut, to a length.", _I, _S),
    _function(
        "SUBSTRING",
        "The part from a place (from 1, or from the end if negative), at most so long.",
        _of(STRING, _S, _I),
        _of(STRING, _S, _I, _I),
        _of(BYTES, _B, _I),
        _of(BYTES, _B, _I, _I),
    ),
    _function("TO_BYTES", "Text in an encoding as bytes.", _of(BYTES, _S, _S)),
    _text("TRIM", "The text without spaces at its ends."),
    _text("UCASE", "The text in upper case."),
    _function(
        "UUID",
        "A random UUID, or the one that 16 bytes hold.",
        _of(STRING),
        _of(STRING, _B),
    ),
)
"""The family, by name."""
