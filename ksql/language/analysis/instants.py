"""Dates and times written as text where ksqlDB reads them without a pattern.

`2020-02-10T08:31:44.001+0000` and any shorter form of it: what is left out is the beginning (the
first of January, midnight) and UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_TIME = re.compile(r"(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?)?")
_ZONE = re.compile(r"(?P<rest>.*?)(?:Z|(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2}))")

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MILLIS_PER_DAY = 86_400_000


def parse_date(text: str) -> int:
    """Days since 1970-01-01.

    Raises:
        ValueError: the text is no date.
    """
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(f"not a date: {text}")
    year, month, day = match.groups()
    return date(int(year), int(month or 1), int(day or 1)).toordinal() - _EPOCH_DAY


def parse_time(text: str) -> int:
    """Milliseconds of the day.

    Raises:
        ValueError: the text is no time.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"not a time: {text}")
    hour, minute, second, fraction = match.groups()
    moment = datetime(1970, 1, 1, int(hour), int(minute or 0), int(second or 0), tzinfo=UTC)
    return int(moment.timestamp()) * 1000 + int(((fraction or "") + "000")[:3])


def parse_timestamp(text: str) -> int:
    """Milliseconds since 1970-01-01 UTC.

    Raises:
        ValueError: the text is no timestamp.
    """
    day, separator, rest = text.partition("T")
    offset = timedelta()
    if separator:
        zoned = _ZONE.fullmatch(rest)
        if zoned:
            rest = zoned["rest"]
            if zoned["sign"]:
                offset = timedelta(hours=int(zoned["hours"]), minutes=int(zoned["minutes"]))
                offset = -offset if zoned["sign"] == "-" else offset
    millis = parse_time(rest) if rest else 0
    shift = int(offset.total_seconds() * 1000)
    return parse_date(day) * _MILLIS_PER_DAY + millis - shift
