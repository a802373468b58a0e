"""From the fields that a text states to a date and a time, as Java resolves them (SMART).

Days past a month's end, up to 31, become its last; 24:00 is midnight of the next day; a two-part
hour needs AM or PM to become an hour of the day. Fields that contradict each other are refused.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.ksqldb.java import calendar
from sandbox.ksqldb.java.calendar import NANOS_PER_DAY, NANOS_PER_MS, NANOS_PER_SECOND
from sandbox.ksqldb.java.elements import Parsed, offset_zone
from sandbox.ksqldb.java.fields import (
    DATE_FIELDS,
    HALF_DAY_HOURS,
    NANOS_PER_HOUR,
    NANOS_PER_MINUTE,
    RANGES,
    TIME_FIELDS,
)
from sandbox.ksqldb.java.zones import Zone


class CannotResolve(ValueError):
    """Fields that make no date or time; worded as Java's `DateTimeException`."""


@dataclass
class Resolved:
    """What a text comes to: a whole date and a whole time where it states them.

    `left` holds the fields that did not become part of either.
    """

    days: int | None = None
    nano_of_day: int | None = None
    zone: Zone | None = None
    left: dict[str, int] = field(default_factory=dict)


def resolve(parsed: Parsed) -> Resolved:
    """Resolve the fields of a parsed text.

    Raises:
        CannotResolve: A field is out of its range, or fields contradict each other.
    """
    fields = dict(parsed.fields)
    for name, value in fields.items():
        low, high = RANGES.get(name, (value, value))
        if not low <= value <= high and (name, value) != ("HourOfDay", 24):
            raise CannotResolve(f"Invalid value for {name} (valid values {low} - {high}): {value}")
    offset = fields.pop("OffsetSeconds", None)
    zone = parsed.zone or (None if offset is None else offset_zone(offset))
    if "LocalizedDayOfWeek" in fields:
        _put(fields, "DayOfWeek", (fields.pop("LocalizedDayOfWeek") + 5) % 7 + 1)
    days = _date(fields)
    nanos, extra_days = _time(fields)
    if days is not None:
        days += extra_days
        _check(fields, DATE_FIELDS, days)
    if nanos is not None:
        _check(fields, TIME_FIELDS, nanos)
    return Resolved(days, nanos, zone, fields)


def _check(fields: dict[str, int], known: dict[str, Callable[[int], int]], whole: int) -> None:
    """Take out the fields that the whole already states; refuse those that differ."""
    for name in [name for name in fields if name in known]:
        derived = known[name](whole)
        if derived != fields[name]:
            raise CannotResolve(
                f"Conflict found: {name} {fields[name]} differs from {name} {derived}"
            )
        del fields[name]


# -- dates ----------------------------------------------------------------------------------------


def _date(fields: dict[str, int]) -> int | None:
    _year_from_era(fields)
    if "ModifiedJulianDay" in fields:
        return fields["ModifiedJulianDay"] - 40_587
    if "Year" not in fields:
        return _from_week(fields)
    year = fields["Year"]
    if "MonthOfYear" in fields and "DayOfMonth" in fields:
        del fields["Year"]
        date = calendar.clamped(year, fields.pop("MonthOfYear"), fields.pop("DayOfMonth"))
        return calendar.to_days(*date)
    if "DayOfYear" in fields:
        length = 366 if calendar.is_leap(year) else 365
        if fields["DayOfYear"] > length:
            raise CannotResolve(f"Invalid date 'DayOfYear 366' as '{year}' is not a leap year")
        return calendar.to_days(year, 1, 1) + fields["DayOfYear"] - 1
    return None


def _year_from_era(fields: dict[str, int]) -> None:
    year_of_era = fields.pop("YearOfEra", None)
    if year_of_era is None:
        return
    era = fields.pop("Era", 1)
    year = year_of_era if era else 1 - year_of_era
    if fields.setdefault("Year", year) != year:
        raise CannotResolve(f"Conflict found: Year {fields['Year']} differs from Year {year}")


def _from_week(fields: dict[str, int]) -> int | None:
    if "WeekBasedYear" not in fields or "WeekOfWeekBasedYear" not in fields:
        return None
    if "DayOfWeek" not in fields:
        return None
    start = calendar.week_start(fields["WeekBasedYear"])
    return start + (fields["WeekOfWeekBasedYear"] - 1) * 7 + fields["DayOfWeek"] % 7


# -- times ----------------------------------------------------------------------------------------


def _time(fields: dict[str, int]) -> tuple[int | None, int]:
    """Return (nanosecond of the day, days to add)."""
    _hours(fields)
    if "NanoOfDay" in fields:
        return fields["NanoOfDay"], 0
    if "MilliOfDay" in fields:
        return fields.pop("MilliOfDay") * NANOS_PER_MS + fields.pop(
            "NanoOfSecond", 0
        ) % NANOS_PER_MS, 0
    if "HourOfDay" not in fields or not _is_complete(fields):
        return None, 0
    nanos = (
        fields.pop("HourOfDay") * NANOS_PER_HOUR
        + fields.pop("MinuteOfHour", 0) * NANOS_PER_MINUTE
        + fields.pop("SecondOfMinute", 0) * NANOS_PER_SECOND
        + fields.pop("NanoOfSecond", 0)
    )
    if nanos > NANOS_PER_DAY:
        raise CannotResolve("Invalid value for HourOfDay (valid values 0 - 23): 24")
    return (0, 1) if nanos == NANOS_PER_DAY else (nanos, 0)


def _is_complete(fields: dict[str, int]) -> bool:
    """Whether no smaller field stands without the next greater one."""
    minutes, seconds = "MinuteOfHour" in fields, "SecondOfMinute" in fields
    nanos = "NanoOfSecond" in fields
    return (minutes or not (seconds or nanos)) and (seconds or not (minutes and nanos))


def _hours(fields: dict[str, int]) -> None:
    if "ClockHourOfDay" in fields:
        _put(fields, "HourOfDay", fields.pop("ClockHourOfDay") % 24)
    if "ClockHourOfAmPm" in fields:
        _put(fields, "HourOfAmPm", fields.pop("ClockHourOfAmPm") % HALF_DAY_HOURS)
    if "AmPmOfDay" in fields and "HourOfAmPm" in fields:
        half = fields.pop("AmPmOfDay")
        _put(fields, "HourOfDay", half * HALF_DAY_HOURS + fields.pop("HourOfAmPm"))


def _put(fields: dict[str, int], name: str, value: int) -> None:
    if fields.setdefault(name, value) != value:
        raise CannotResolve(f"Conflict found: {name} {fields[name]} differs from {name} {value}")
