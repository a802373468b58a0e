"""The proleptic ISO calendar on whole numbers, for any year.

A day is an `int` since 1970-01-01, a time of day an `int` of nanoseconds. Python's `date` ends
at the years 1 and 9999; Java's does not.
"""

from typing import NamedTuple

MS_PER_DAY = 86_400_000
NANOS_PER_SECOND = 1_000_000_000
NANOS_PER_MS = 1_000_000
NANOS_PER_DAY = 86_400 * NANOS_PER_SECOND

DAYS_PER_ERA = 146_097
"""Days of 400 years, after which the calendar repeats."""
EPOCH_SHIFT = 719_468
"""Days from 0000-03-01 to 1970-01-01."""
LONG_MONTHS_SHORT = (4, 6, 9, 11)
FEBRUARY = 2


class Date(NamedTuple):
    """A day as year, month (1-12) and day of the month."""

    year: int
    month: int
    day: int


def is_leap(year: int) -> bool:
    """Tell whether the year has a 29th of February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_length(year: int, month: int) -> int:
    """Return how many days the month has."""
    if month == FEBRUARY:
        return 29 if is_leap(year) else 28
    return 30 if month in LONG_MONTHS_SHORT else 31


def to_days(year: int, month: int, day: int) -> int:
    """Return the day's number. `day` may lie outside of the month: it just counts on."""
    shifted = year - (month <= FEBRUARY)
    era, year_of_era = divmod(shifted, 400)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * DAYS_PER_ERA + day_of_era - EPOCH_SHIFT


def from_days(days: int) -> Date:
    """Return the date of a day's number."""
    era, day_of_era = divmod(days + EPOCH_SHIFT, DAYS_PER_ERA)
    year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted_month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted_month + 2) // 5 + 1
    month = shifted_month + 3 if shifted_month < 10 else shifted_month - 9  # noqa: PLR2004 - March is month 0 here
    return Date(year_of_era + era * 400 + (month <= FEBRUARY), month, day)


def day_of_week(days: int) -> int:
    """Return 1 for Monday … 7 for Sunday."""
    return (days + 3) % 7 + 1


def day_of_year(days: int) -> int:
    """Return 1 for the first of January."""
    return days - to_days(from_days(days).year, 1, 1) + 1


def clamped(year: int, month: int, day: int) -> Date:
    """Return the date, the day cut to the month's last."""
    return Date(year, month, min(day, month_length(year, month)))


def plus_months(days: int, months: int) -> int:
    """Return the same day of another month, or that month's last."""
    date = from_days(days)
    year, month0 = divmod(date.year * 12 + date.month - 1 + months, 12)
    return to_days(*clamped(year, month0 + 1, date.day))


class Week(NamedTuple):
    """A week of the US calendar: weeks start on Sunday, the first holds the first of January."""

    year: int
    week: int
    day: int
    """1 for Sunday … 7 for Saturday."""


def us_week(days: int) -> Week:
    """Return the week a day lies in, by Java's `WeekFields` of the US."""
    weekday = day_of_week(days) % 7 + 1
    year = from_days(days).year
    next_start = week_start(year + 1)
    if days >= next_start:
        return Week(year + 1, (days - next_start) // 7 + 1, weekday)
    return Week(year, (days - week_start(year)) // 7 + 1, weekday)


def week_start(year: int) -> int:
    """Return the Sunday on which the US week-based year begins."""
    first = to_days(year, 1, 1)
    return first - day_of_week(first) % 7


def us_week_of_month(days: int) -> int:
    """Return the week of the month, weeks starting on Sunday, the first week 1."""
    date = from_days(days)
    first_weekday = day_of_week(days - date.day + 1) % 7
    return (date.day - 1 + first_weekday) // 7 + 1
