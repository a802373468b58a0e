"""Texts to dates, times and timestamps and back, as ksqlDB's own parsers do it.

`StringToTimestampParser` (a pattern, with 1970-01-01T00:00 where the text is silent),
`PartialStringToTimestampParser` (ISO, cut off anywhere) and `SqlTimeTypes` (casts). All zones
default to UTC, which is what the service runs in.
"""

import re
from functools import lru_cache

from sandbox.formats.caches import ENTRIES
from sandbox.ksqldb.java import calendar
from sandbox.ksqldb.java.calendar import MS_PER_DAY, NANOS_PER_DAY, NANOS_PER_MS, NANOS_PER_SECOND
from sandbox.ksqldb.java.fields import (
    HALF_DAY_HOURS,
    NANOS_PER_HOUR,
    NANOS_PER_MINUTE,
    Moment,
)
from sandbox.ksqldb.java.patterns import pattern
from sandbox.ksqldb.java.resolving import Resolved, resolve
from sandbox.ksqldb.java.zones import UTC_ZONE, Zone, zone

ISO_TIMESTAMP = "yyyy-MM-dd'T'HH:mm:ss.SSS"

ISO_TIME = re.compile(
    r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:\.([0-9]{1,9}))?)?", re.ASCII
)

HELP = (
    "Required format is: \"yyyy-MM-dd'T'HH:mm:ss.SSS\", with an optional numeric 4-digit timezone, "
    "for example: '2020-05-26T23.59.58.000' with tz: '2020-05-26T23.59.58.000+0100'"
)

MIDNIGHT = "00:00:00.000"


class CannotParse(ValueError):
    """A text that is no date or time; worded as ksqlDB."""


# -- patterns -------------------------------------------------------------------------------------


def parse_with_pattern(text: str, form: str, default: Zone = UTC_ZONE) -> int:
    """Return the milliseconds since the epoch that a text states by a pattern.

    What the text leaves out is taken from 1970-01-01T00:00 in `default`, or in the text's zone.

    Raises:
        ValueError: A bad pattern, or a text that does not follow it.
    """
    resolved = resolve(pattern(form).read(text, ignore_case=True))
    days = _date_with_defaults(resolved, text)
    nanos = _time_with_defaults(resolved)
    local_ms = days * MS_PER_DAY + nanos // NANOS_PER_MS
    offset = (resolved.zone or default).offset_at_local(local_ms)
    return local_ms - offset * 1000


def _date_with_defaults(resolved: Resolved, text: str) -> int:
    if resolved.days is not None:
        return resolved.days
    # Java sets one field after the other, in the order of ChronoField, each on what came before.
    left, days = resolved.left, 0
    if "DayOfWeek" in left:
        days += left["DayOfWeek"] - calendar.day_of_week(days)
    date = calendar.from_days(days)
    if "AlignedDayOfWeekInMonth" in left:
        days += left["AlignedDayOfWeekInMonth"] - ((date.day - 1) % 7 + 1)
        date = calendar.from_days(days)
    if "DayOfMonth" in left:
        if left["DayOfMonth"] > calendar.month_length(date.year, date.month):
            raise CannotParse(f"Invalid date in '{text}'")
        date = date._replace(day=left["DayOfMonth"])
    if "DayOfYear" in left:
        date = _day_of_year(date.year, left["DayOfYear"])
    date = calendar.clamped(date.year, left.get("MonthOfYear", date.month), date.day)
    year = left.get("Year", date.year)
    if left.get("Era") == 0 and year > 0:
        year = 1 - year
    return calendar.to_days(*calendar.clamped(year, date.month, date.day))


def _day_of_year(year: int, number: int) -> calendar.Date:
    if number == 366:  # noqa: PLR2004 - the day that only leap years have
        raise CannotParse("Leap day cannot be parsed without supplying the year field")
    return calendar.from_days(calendar.to_days(year, 1, 1) + number - 1)


def _time_with_defaults(resolved: Resolved) -> int:
    if resolved.nano_of_day is not None:
        return resolved.nano_of_day
    left = resolved.left
    hour = left.get("HourOfDay", left.get("HourOfAmPm", 0))
    if "AmPmOfDay" in left:
        # AM or PM alone means the middle of that half.
        alone = CLOCK_PARTS.isdisjoint(left)
        hour += HALF_DAY_HOURS * left["AmPmOfDay"] + (HALF_DAY_HOURS // 2 if alone else 0)
    return (
        hour * NANOS_PER_HOUR
        + left.get("MinuteOfHour", 0) * NANOS_PER_MINUTE
        + left.get("SecondOfMinute", 0) * NANOS_PER_SECOND
        + left.get("NanoOfSecond", 0)
    )


def parse_date_with_pattern(text: str, form: str) -> int:
    """Return the day that a text states in full by a pattern: `LocalDate.parse`.

    Raises:
        ValueError: A bad pattern, a text that does not follow it, or no whole date in it.
    """
    days = resolve(pattern(form).read(text, ignore_case=False)).days
    if days is None:
        raise CannotParse(f"Text '{text}' could not be parsed: Unable to obtain LocalDate")
    return days


def parse_time_with_pattern(text: str, form: str) -> int:
    """Return the millisecond of the day that a text states by a pattern.

    Raises:
        ValueError: A bad pattern, a text that does not follow it, no whole time, or a date.
    """
    parsed = pattern(form).read(text, ignore_case=False)
    resolved = resolve(parsed)
    if resolved.days is not None or not DATE_PARTS.isdisjoint(resolved.left):
        raise CannotParse("Time format contains date field.")
    if resolved.nano_of_day is None:
        raise CannotParse(f"Text '{text}' could not be parsed: Unable to obtain LocalTime")
    return resolved.nano_of_day // NANOS_PER_MS


DATE_PARTS = frozenset(
    (
        "Era",
        "Year",
        "MonthOfYear",
        "DayOfMonth",
        "DayOfYear",
        "DayOfWeek",
        "AlignedDayOfWeekInMonth",
    )
)


CLOCK_PARTS = frozenset(
    ("HourOfDay", "HourOfAmPm", "MinuteOfHour", "SecondOfMinute", "NanoOfSecond")
)


class TimestampPrinter(dict[int, str]):
    """`printer[epoch_ms]` is a timestamp's text by one pattern in one zone.

    Remembers texts: window bounds and the like are printed many times.
    """

    def __init__(self, form: str, zone_: Zone) -> None:
        super().__init__()
        self._pattern, self._zone = pattern(form), zone_

    def __missing__(self, epoch_ms: int) -> str:
        text = self._pattern.show(Moment.at(epoch_ms, self._zone))
        if len(self) >= ENTRIES:
            self.clear()
        self[epoch_ms] = text
        return text


@lru_cache(maxsize=128)
def timestamp_printer(form: str, zone_id: str = "UTC") -> TimestampPrinter:
    """Return what prints timestamps by a pattern in a zone.

    Raises:
        ValueError: A bad pattern, or an unknown zone.
    """
    return TimestampPrinter(form, zone(zone_id))


def show_date(days: int, form: str) -> str:
    """Return a day's text by a pattern.

    Raises:
        ValueError: A bad pattern, or one that asks for a time.
    """
    return pattern(form).show(Moment(days=days))


def show_time(ms_of_day: int, form: str) -> str:
    """Return a time's text by a pattern.

    Raises:
        ValueError: A bad pattern, or one that asks for a date.
    """
    return pattern(form).show(Moment(nano_of_day=ms_of_day * NANOS_PER_MS % NANOS_PER_DAY))


# -- casts ----------------------------------------------------------------------------------------


def parse_timestamp(text: str) -> int:
    """Return the milliseconds of an ISO timestamp, which may stop after any of its parts.

    Raises:
        CannotParse: It is none.
    """
    date, _, rest = text.partition("T")
    offset_at = next((at for at, character in enumerate(rest) if character in "+-"), len(rest))
    clock, offset = rest[:offset_at].removesuffix("Z"), rest[offset_at:]
    try:
        zone_ = zone(offset.strip()) if offset.strip() else UTC_ZONE
        complete = f"{_complete_date(date)}T{clock}{MIDNIGHT[len(clock) :]}"
        return parse_with_pattern(complete, ISO_TIMESTAMP, zone_)
    except ValueError as reason:
        raise CannotParse(f"Failed to parse timestamp '{text}': {reason}\n{HELP}") from None


def _complete_date(date: str) -> str:
    return date + ("-01-01", "-01", "")[min(date.count("-"), 2)]


def parse_date(text: str) -> int:
    """Return the day of an ISO date, which may stop after the year or the month.

    Raises:
        CannotParse: It is none, or a day that its month has not.
    """
    complete = _complete_date(text)
    try:
        days = parse_date_with_pattern(complete, "uuuu-MM-dd")
    except ValueError as reason:
        raise CannotParse(f"Failed to parse date '{text}': {reason}") from None
    if date_text(days) != complete:
        raise CannotParse(f"Failed to parse date '{text}': Invalid date '{complete}'")
    return days


def parse_time(text: str) -> int:
    """Return the millisecond of the day of an ISO time; seconds and fraction may be left out.

    Raises:
        CannotParse: It is none.
    """
    match = ISO_TIME.fullmatch(text)
    if match is None:
        raise CannotParse(f"Failed to parse time '{text}': required format is HH:mm:ss.SSS")
    hours, minutes, seconds, fraction = match.groups()
    milliseconds = int((fraction or "").ljust(9, "0")) // NANOS_PER_MS
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds or 0)) * 1000 + milliseconds


def timestamp_text(epoch_ms: int) -> str:
    """Return an ISO timestamp in UTC, to the millisecond."""
    return timestamp_printer(ISO_TIMESTAMP)[epoch_ms]


def date_text(days: int) -> str:
    """Return an ISO date."""
    return pattern("uuuu-MM-dd").show(Moment(days=days))


def time_text(ms_of_day: int) -> str:
    """Return an ISO time, to the second; whole minutes show none."""
    seconds = ms_of_day // 1000
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
    return f"{text}:{seconds % 60:02}" if seconds % 60 else text


def date_to_timestamp(days: int) -> int:
    """Return the day's midnight in UTC."""
    return days * MS_PER_DAY


def timestamp_to_date(epoch_ms: int) -> int:
    """Return the day, in UTC."""
    return epoch_ms // MS_PER_DAY


def timestamp_to_time(epoch_ms: int) -> int:
    """Return the millisecond of the day, in UTC."""
    return epoch_ms % MS_PER_DAY
