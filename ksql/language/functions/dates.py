"""Dates, times and timestamps, with Java's patterns."""

from __future__ import annotations

from ksql.language.signatures import UNIT, Function, Parameter, Signature
from ksql.language.types import BIGINT, DATE, INTEGER, STRING, TIME, TIMESTAMP, Base, SqlType

_CATEGORY = "DATE / TIME"
_S, _I = Base.STRING, Base.INTEGER


def _function(name: str, description: str, *signatures: Signature) -> Function:
    return Function(name, description, signatures, category=_CATEGORY)


def _of(returns: SqlType, *parameters: Parameter) -> Signature:
    return Signature(parameters, returns)


def _shifted(name: str, verb: str, of: SqlType) -> Function:
    description = f"A {of.base} with an interval {verb}: unit, how many, from when."
    return _function(name, description, _of(of, UNIT, _I, of.base))


def _with_zone(name: str, description: str, returns: SqlType, first: Base) -> Function:
    """Pattern second; a time zone may follow it."""
    return _function(name, description, _of(returns, first, _S), _of(returns, first, _S, _S))


FUNCTIONS = (
    _function(
        "CONVERT_TZ",
        "A TIMESTAMP moved from one time zone to another.",
        _of(TIMESTAMP, Base.TIMESTAMP, _S, _S),
    ),
    _shifted("DATEADD", "added", DATE),
    _shifted("DATESUB", "taken off", DATE),
    _function("DATETOSTRING", "Days since 1970-01-01 by a pattern.", _of(STRING, _I, _S)),
    _function("FORMAT_DATE", "A DATE by a pattern.", _of(STRING, Base.DATE, _S)),
    _function("FORMAT_TIME", "A TIME by a pattern.", _of(STRING, Base.TIME, _S)),
    _with_zone(
        "FORMAT_TIMESTAMP", "A TIMESTAMP by a pattern, in a time zone.", STRING, Base.TIMESTAMP
    ),
    _function("FROM_DAYS", "Days since 1970-01-01 as a DATE.", _of(DATE, _I)),
    _function(
        "FROM_UNIXTIME",
        "Milliseconds since 1970-01-01 as a TIMESTAMP.",
        _of(TIMESTAMP, Base.BIGINT),
    ),
    _function("PARSE_DATE", "Text, by a pattern, as a DATE.", _of(DATE, _S, _S)),
    _function("PARSE_TIME", "Text, by a pattern, as a TIME.", _of(TIME, _S, _S)),
    _with_zone("PARSE_TIMESTAMP", "Text, by a pattern, as a TIMESTAMP.", TIMESTAMP, _S),
    _function(
        "STRINGTODATE", "Text, by a pattern, as days since 1970-01-01.", _of(INTEGER, _S, _S)
    ),
    _with_zone(
        "STRINGTOTIMESTAMP", "Text, by a pattern, as milliseconds since 1970-01-01.", BIGINT, _S
    ),
    _shifted("TIMEADD", "added", TIME),
    _shifted("TIMESTAMPADD", "added", TIMESTAMP),
    _shifted("TIMESTAMPSUB", "taken off", TIMESTAMP),
    _with_zone(
        "TIMESTAMPTOSTRING",
        "Milliseconds since 1970-01-01 by a pattern, in a time zone.",
        STRING,
        Base.BIGINT,
    ),
    _shifted("TIMESUB", "taken off", TIME),
    _function(
        "UNIX_DATE",
        "Days since 1970-01-01 of a DATE, or of today.",
        _of(INTEGER),
        _of(INTEGER, Base.DATE),
    ),
    _function(
        "UNIX_TIMESTAMP",
        "Milliseconds since 1970-01-01 of a TIMESTAMP, or of now.",
        _of(BIGINT),
        _of(BIGINT, Base.TIMESTAMP),
    ),
)
"""The family, by name."""
