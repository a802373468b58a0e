"""Dates and times written as text where ksqlDB reads them without a pattern.

`2020-02-10T08:31:44.001+0000` and any shorter form of it: what is left out is the beginning (the
first of January, midnight) and UTC. In a timestamp a day that its month has not, up to the 31st,
is the month's last, and 24:00 is the next day's midnight: as Java resolves them.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_CLOCK = re.compile(r"(\d{2}):([0-5]\d):([0-5]\d)\.(\d{3})", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?", re.ASCII)
_ZONE = re.compile(r"([+-])(\d{1,2})(?::?([0-5]\d))?", re.ASCII)

_FIRST_OF_JANUARY = "-01-01"
_MIDNIGHT = "00:00:00.000"
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_LAST_DAY = 31
_MILLIS_PER_MINUTE = 60_000
_MILLIS_PER_DAY = 86_400_000


def parse_date(text: str) -> int:
    """Days since 1970-01-01.

    Raises:
        ValueError: the text is no date.
    """
    return date(*_parts(text)).toordinal() - _EPOCH_DAY


def _parts(text: str) -> tuple[int, int, int]:
    missing = {0: _FIRST_OF_JANUARY, 1: _FIRST_OF_JANUARY[3:]}.get(text.count("-"), "")
    match = _DATE.fullmatch(text + missing)
    if match is None:
        raise ValueError(f"not a date: {text}")
    year, month, day = map(int, match.groups())
    return year, month, day


def _clamped_day(text: str) -> int:
    year, month, day = _parts(text)
    last = monthrange(year, month)[1]
    return date(year, month, last if last < day <= _LAST_DAY else day).toordinal() - _EPOCH_DAY


def parse_time(text: str) -> int:
    """Milliseconds of the day.

    Raises:
        ValueError: the text is no time.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"not a time: {text}")
    hour, minute, second, fraction = match.groups()
    return _millis(int(hour), int(minute), int(second or 0), int(((fraction or "") + "000")[:3]))


def parse_timestamp(text: str) -> int:
    """Milliseconds since 1970-01-01 UTC.

    Raises:
        ValueError: the text is no timestamp.
    """
    day, _, rest = text.partition("T")
    sign = re.search(r"[+-]", rest)
    at = sign.start() if sign else len(rest)
    clock = rest[:at].removesuffix("Z")
    return _clamped_day(day) * _MILLIS_PER_DAY + _of_day(clock, text) - _offset(rest[at:], text)


def _of_day(clock: str, text: str) -> int:
    match = _CLOCK.fullmatch(clock + _MIDNIGHT[len(clock) :])
    found = _millis(*map(int, match.groups())) if match else _MILLIS_PER_DAY + 1
    if found > _MILLIS_PER_DAY:
        raise ValueError(f"not a timestamp: {text}")
    return found


def _millis(hour: int, minute: int, second: int, millis: int) -> int:
    return ((hour * 60 + minute) * 60 + second) * 1000 + millis


def _offset(zone: str, text: str) -> int:
    """Milliseconds that a zone is ahead of UTC; nothing is UTC."""
    if not zone:
        return 0
    match = _ZONE.fullmatch(zone.strip())
    if match is None:
        raise ValueError(f"not a timestamp: {text}")
    sign, hours, minutes = match.groups()
    shift = (int(hours) * 60 + int(minutes or 0)) * _MILLIS_PER_MINUTE
    return -shift if sign == "-" else shift
