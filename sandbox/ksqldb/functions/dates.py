"""Dates, times and timestamps, with Java's patterns."""

from collections.abc import Callable

from ksql.language.resolved import Call
from sandbox.ksqldb.functions.registry import Environment, Function, Scalar, plain
from sandbox.ksqldb.java import calendar, timestamps
from sandbox.ksqldb.java.arithmetic import wrap_int
from sandbox.ksqldb.java.calendar import MS_PER_DAY
from sandbox.ksqldb.java.simple_date_format import parse_timestamp
from sandbox.ksqldb.java.zones import zone

UNIT_MS = {
    "MILLISECONDS": 1,
    "SECONDS": 1000,
    "MINUTES": 60_000,
    "HOURS": 3_600_000,
    "DAYS": MS_PER_DAY,
    "WEEKS": 7 * MS_PER_DAY,
}
UNIT_MONTHS = {"MONTHS": 1, "QUARTERS": 3, "YEARS": 12}


def unit_name(unit: str) -> str:
    """Return a unit in the plural, as the tables here name it."""
    name = unit.upper()
    return name if name.endswith("S") else f"{name}S"


def add_to_timestamp(unit: str, interval: int, epoch_ms: int) -> int:
    """Return the timestamp so many units later."""
    name = unit_name(unit)
    if name in UNIT_MONTHS:
        days, ms_of_day = divmod(epoch_ms, MS_PER_DAY)
        return calendar.plus_months(days, interval * UNIT_MONTHS[name]) * MS_PER_DAY + ms_of_day
    return epoch_ms + interval * UNIT_MS[name]


def add_to_date(unit: str, interval: int, days: int) -> int:
    """Return the date so many units later; parts of a day are cut off towards 1970."""
    epoch_ms = add_to_timestamp(unit, interval, days * MS_PER_DAY)
    return epoch_ms // MS_PER_DAY if epoch_ms >= 0 else -(-epoch_ms // MS_PER_DAY)


def add_to_time(unit: str, interval: int, ms_of_day: int) -> int:
    """Return the time of day so many units later, midnights passed left out.

    Raises:
        ValueError: Months or years, which have no fixed length.
    """
    if unit_name(unit) in UNIT_MONTHS:
        raise ValueError(f"a TIME has no {unit_name(unit)}")
    return (ms_of_day + interval * UNIT_MS[unit_name(unit)]) % MS_PER_DAY


def subtract(add: Callable[[str, int, int], int]) -> Scalar:
    """Return the function that goes back instead."""
    return plain(lambda unit, interval, value: add(unit, -interval, value), may_fail=True)


def by_pattern(function: Function) -> Scalar:
    """Return a function of a value and a pattern: dear, and asked for the same again and again."""
    return Scalar(lambda _call, _environment: function, may_fail=True, repeats=True)


def format_timestamp(default_zone: str) -> Scalar:
    """Return a function from timestamp, pattern and perhaps a zone to text."""

    def compute(epoch_ms: int, form: str, zone_id: str = default_zone) -> str:
        return timestamps.timestamp_printer(form, zone_id)[epoch_ms]

    return by_pattern(compute)


def read_timestamp(text: str, form: str, zone_id: str = "UTC") -> int:
    """Return the timestamp of a text by a pattern."""
    return timestamps.parse_with_pattern(text, form, zone(zone_id))


def convert_tz(epoch_ms: int, source: str, target: str) -> int:
    """Return the timestamp that shows in UTC what `target` shows when `source` shows this one."""
    shift = zone(target).offset_seconds(epoch_ms) - zone(source).offset_seconds(epoch_ms)
    return epoch_ms + shift * 1000


def parse_date(call: Call, environment: Environment) -> Function:
    """Return PARSE_DATE: lenient, by Java's older date format; two-digit years lie near today."""

    def compute(text: str, form: str) -> int:
        epoch_ms = parse_timestamp(text, form, environment.now_ms)
        if epoch_ms % MS_PER_DAY:
            raise ValueError(
                f"Failed to parse date '{text}' with formatter '{form}': "
                "Date format contains time field."
            )
        return epoch_ms // MS_PER_DAY

    return compute


def or_now(per_ms: int) -> Scalar:
    """Return UNIX_TIMESTAMP or UNIX_DATE: the argument's number, or that of the present."""

    def make(call: Call, environment: Environment) -> Function:
        if call.args:
            # A TIMESTAMP reaches further than an INTEGER of days; Java's cast wraps around.
            return wrap_int if per_ms == MS_PER_DAY else lambda value: value
        return lambda: environment.now_ms() // per_ms

    return Scalar(make)


SCALARS: dict[str, Scalar] = {
    "CONVERT_TZ": plain(convert_tz, may_fail=True),
    "DATEADD": plain(add_to_date, may_fail=True),
    "DATESUB": subtract(add_to_date),
    "DATETOSTRING": by_pattern(timestamps.show_date),
    "FORMAT_DATE": by_pattern(timestamps.show_date),
    "FORMAT_TIME": by_pattern(timestamps.show_time),
    "FORMAT_TIMESTAMP": format_timestamp("GMT"),
    "FROM_DAYS": plain(lambda days: days),
    "FROM_UNIXTIME": plain(lambda epoch_ms: epoch_ms),
    "PARSE_DATE": Scalar(parse_date, may_fail=True, repeats=True),
    "PARSE_TIME": by_pattern(timestamps.parse_time_with_pattern),
    "PARSE_TIMESTAMP": by_pattern(read_timestamp),
    "STRINGTODATE": by_pattern(timestamps.parse_date_with_pattern),
    "STRINGTOTIMESTAMP": by_pattern(read_timestamp),
    "TIMEADD": plain(add_to_time, may_fail=True),
    "TIMESTAMPADD": plain(add_to_timestamp, may_fail=True),
    "TIMESTAMPSUB": subtract(add_to_timestamp),
    "TIMESTAMPTOSTRING": format_timestamp("UTC"),
    "TIMESUB": subtract(add_to_time),
    "UNIX_DATE": or_now(MS_PER_DAY),
    "UNIX_TIMESTAMP": or_now(1),
}
"""The family, by name."""
