"""The fields of dates and times that Java's patterns name, read from a moment.

Names are `ChronoField`'s, shortened; those from `IsoFields` and `WeekFields` (of the US) stand
beside them. Also the English texts of months, days and the like.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.ksqldb.java import calendar
from sandbox.ksqldb.java.calendar import NANOS_PER_DAY, NANOS_PER_MS, NANOS_PER_SECOND
from sandbox.ksqldb.java.zones import Zone

NANOS_PER_HOUR = 3600 * NANOS_PER_SECOND
NANOS_PER_MINUTE = 60 * NANOS_PER_SECOND
HALF_DAY_HOURS = 12


class UnsupportedField(ValueError):
    """A pattern asks for what the value does not have; worded as Java."""

    def __init__(self, field: str) -> None:
        super().__init__(f"Unsupported field: {field}")


@dataclass(frozen=True)
class Moment:
    """What is formatted: a date, a time of day, or both in a zone."""

    days: int | None = None
    nano_of_day: int | None = None
    zone: Zone | None = None
    epoch_ms: int = 0

    @classmethod
    def at(cls, epoch_ms: int, zone: Zone) -> "Moment":
        """The moment of an instant in a zone."""
        local_ms = epoch_ms + zone.offset_seconds(epoch_ms) * 1000
        days, ms_of_day = divmod(local_ms, calendar.MS_PER_DAY)
        return cls(days, ms_of_day * NANOS_PER_MS, zone, epoch_ms)

    def get(self, field: str) -> int:
        """Return a field's value.

        Raises:
            UnsupportedField: The moment has no date, or no time.
        """
        if field in DATE_FIELDS:
            if self.days is None:
                raise UnsupportedField(field)
            return DATE_FIELDS[field](self.days)
        if self.nano_of_day is None:
            raise UnsupportedField(field)
        return TIME_FIELDS[field](self.nano_of_day)

    @property
    def offset_seconds(self) -> int:
        """The offset from UTC.

        Raises:
            UnsupportedField: The moment is in no zone.
        """
        if self.zone is None:
            raise UnsupportedField("OffsetSeconds")
        return self.zone.offset_seconds(self.epoch_ms)


def _year_of_era(days: int) -> int:
    year = calendar.from_days(days).year
    return year if year > 0 else 1 - year


def _quarter(days: int) -> int:
    return (calendar.from_days(days).month + 2) // 3


DATE_FIELDS: dict[str, Callable[[int], int]] = {
    "Era": lambda days: int(calendar.from_days(days).year > 0),
    "Year": lambda days: calendar.from_days(days).year,
    "YearOfEra": _year_of_era,
    "DayOfYear": calendar.day_of_year,
    "MonthOfYear": lambda days: calendar.from_days(days).month,
    "DayOfMonth": lambda days: calendar.from_days(days).day,
    "QuarterOfYear": _quarter,
    "WeekBasedYear": lambda days: calendar.us_week(days).year,
    "WeekOfWeekBasedYear": lambda days: calendar.us_week(days).week,
    "WeekOfMonth": calendar.us_week_of_month,
    "DayOfWeek": calendar.day_of_week,
    "LocalizedDayOfWeek": lambda days: calendar.us_week(days).day,
    "AlignedDayOfWeekInMonth": lambda days: (calendar.from_days(days).day - 1) % 7 + 1,
    "ModifiedJulianDay": lambda days: days + 40_587,
}


def _hour(nanos: int) -> int:
    return nanos // NANOS_PER_HOUR


TIME_FIELDS: dict[str, Callable[[int], int]] = {
    "AmPmOfDay": lambda nanos: _hour(nanos) // HALF_DAY_HOURS,
    "ClockHourOfAmPm": lambda nanos: _hour(nanos) % HALF_DAY_HOURS or HALF_DAY_HOURS,
    "HourOfAmPm": lambda nanos: _hour(nanos) % HALF_DAY_HOURS,
    "ClockHourOfDay": lambda nanos: _hour(nanos) or 24,
    "HourOfDay": _hour,
    "MinuteOfHour": lambda nanos: nanos // NANOS_PER_MINUTE % 60,
    "SecondOfMinute": lambda nanos: nanos // NANOS_PER_SECOND % 60,
    "NanoOfSecond": lambda nanos: nanos % NANOS_PER_SECOND,
    "MilliOfDay": lambda nanos: nanos // NANOS_PER_MS,
    "NanoOfDay": lambda nanos: nanos,
}

RANGES = {
    "Era": (0, 1),
    "YearOfEra": (1, 1_000_000_000),
    "Year": (-999_999_999, 999_999_999),
    "DayOfYear": (1, 366),
    "MonthOfYear": (1, 12),
    "DayOfMonth": (1, 31),
    "QuarterOfYear": (1, 4),
    "DayOfWeek": (1, 7),
    "LocalizedDayOfWeek": (1, 7),
    "AlignedDayOfWeekInMonth": (1, 7),
    "AmPmOfDay": (0, 1),
    "ClockHourOfAmPm": (1, 12),
    "HourOfAmPm": (0, 11),
    "ClockHourOfDay": (1, 24),
    "HourOfDay": (0, 23),
    "MinuteOfHour": (0, 59),
    "SecondOfMinute": (0, 59),
    "NanoOfSecond": (0, NANOS_PER_SECOND - 1),
    "MilliOfDay": (0, calendar.MS_PER_DAY - 1),
    "NanoOfDay": (0, NANOS_PER_DAY - 1),
}
"""Least and greatest value of the fields that have them."""

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

SHORT, FULL, NARROW = "short", "full", "narrow"


def _texts(names: list[str], first: int, short: int = 3) -> dict[str, dict[int, str]]:
    return {
        FULL: dict(enumerate(names, first)),
        SHORT: {number: name[:short] for number, name in enumerate(names, first)},
        NARROW: {number: name[0] for number, name in enumerate(names, first)},
    }


QUARTERS = ["1st quarter", "2nd quarter", "3rd quarter", "4th quarter"]

TEXTS: dict[str, dict[str, dict[int, str]]] = {
    "MonthOfYear": _texts(MONTHS, 1),
    "DayOfWeek": _texts(DAYS, 1),
    "LocalizedDayOfWeek": _texts([DAYS[6], *DAYS[:6]], 1),
    "AmPmOfDay": {style: {0: "AM", 1: "PM"} for style in (SHORT, FULL, NARROW)},
    "Era": {
        SHORT: {0: "BC", 1: "AD"},
        FULL: {0: "Before Christ", 1: "Anno Domini"},
        NARROW: {0: "B", 1: "A"},
    },
    "QuarterOfYear": {
        SHORT: {number: f"Q{number}" for number in range(1, 5)},
        FULL: dict(enumerate(QUARTERS, 1)),
        NARROW: {number: str(number) for number in range(1, 5)},
    },
}
"""English texts by field, style and value."""
