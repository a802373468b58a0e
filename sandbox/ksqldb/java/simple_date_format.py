"""`SimpleDateFormat`, the lenient reader behind PARSE_DATE.

Unlike `patterns`: text after the pattern's end is ignored, spaces before numbers are skipped,
numbers may be longer or shorter than their letters, values out of range carry over, and names
match in any case and length. What the text leaves out is 1970-01-01T00:00 UTC.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from sandbox.ksqldb.java import calendar
from sandbox.ksqldb.java.calendar import MS_PER_DAY
from sandbox.ksqldb.java.fields import DAYS, HALF_DAY_HOURS, MONTHS
from sandbox.ksqldb.java.zones import OFFSET, UnknownZone, parse_offset, zone_at

LETTERS = "GyYMLwWDdFEuaHkKhmsSzZX"
NUMBERS = "yYwWDdFuHkKhmsS"
TEXT_MONTH = 3
"""From so many letters on a month is a text."""
CENTURY_BACK = 80
"""A two-digit year means a date at most so many years before the present."""

INTEGER = re.compile("-?[0-9]+", re.ASCII)
MOST_DIGITS = 18
"""A number that abuts no other may be as long as a long."""

TOKEN = re.compile(r"'(?P<quoted>(?:[^']|'')*)'|(?P<letters>([A-Za-z])\3*)|(?P<other>.)", re.DOTALL)


class CannotRead(ValueError):
    """A text that does not follow its pattern; worded as `ParseException`."""


Part = tuple[str, str]
"""("", literal text), or (letter, all its letters)."""


@lru_cache(maxsize=1000)
def parts_of(form: str) -> tuple[Part, ...]:
    """Compile a pattern.

    Raises:
        ValueError: An open quote, or an unknown letter.
    """
    made: list[Part] = []
    for match in TOKEN.finditer(form):
        if match["letters"]:
            letter = match["letters"][0]
            if letter not in LETTERS:
                raise ValueError(f"Illegal pattern character '{letter}'")
            made.append((letter, match["letters"]))
        elif match["other"] == "'":
            raise ValueError("Unterminated quote")
        elif match["other"]:
            made.append(("", match["other"]))
        else:
            made.append(("", match["quoted"].replace("''", "'") or "'"))
    return tuple(made)


def parse_timestamp(text: str, form: str, now_ms: Callable[[], int]) -> int:
    """Return the milliseconds since the epoch that the beginning of a text states.

    Raises:
        ValueError: A bad pattern, or a text that does not follow it.
    """
    parts = parts_of(form)
    fields: dict[str, int] = {}
    at = 0
    for index, (letter, written) in enumerate(parts):
        if not letter:
            if text[at : at + len(written)] != written:
                raise unparseable(text)
            at += len(written)
            continue
        follows = parts[index + 1][0] if index + 1 < len(parts) else ""
        abuts = is_number(*parts[index]) and bool(follows) and is_number(*parts[index + 1])
        at = _field(text, at, letter, len(written) if abuts else 0, written, fields)
        if at < 0:
            raise unparseable(text)
    if "yy" in fields:
        _complete_year(fields, now_ms())
    return _instant(fields)


def unparseable(text: str) -> CannotRead:
    """Return the error of a text that does not fit."""
    return CannotRead(f'Unparseable date: "{text}"')


def is_number(letter: str, written: str) -> bool:
    """Whether a part is read as a number."""
    return letter in NUMBERS or (letter in "ML" and len(written) < TEXT_MONTH)


def _field(
    text: str, at: int, letter: str, width: int, written: str, fields: dict[str, int]
) -> int:
    """Read one field; return where it ends, or -1. `width` limits numbers that abut."""
    while at < len(text) and text[at] in " \t":
        at += 1
    if is_number(letter, written):
        return _number(text, at, letter, width, written, fields)
    if letter in "zZX":
        return _zone(text, at, fields)
    names = {"M": MONTHS, "L": MONTHS, "E": DAYS, "G": ["BC", "AD"], "a": ["AM", "PM"]}[letter]
    for value, name in enumerate(names):
        for word in (name, name[:3]):
            if text[at : at + len(word)].lower() == word.lower():
                fields["M" if letter == "L" else letter] = value + (letter in "ML")
                return at + len(word)
    return -1


def _number(
    text: str, at: int, letter: str, width: int, written: str, fields: dict[str, int]
) -> int:
    match = INTEGER.match(text, at, at + (width or MOST_DIGITS))
    if match is None:
        return -1
    value = int(match[0])
    two_digits = letter == "y" and len(written) <= 2 and re.fullmatch("[0-9]{2}", match[0])  # noqa: PLR2004 - yy
    fields["yy" if two_digits else "M" if letter == "L" else letter] = value
    return match.end()


def _zone(text: str, at: int, fields: dict[str, int]) -> int:
    match = OFFSET.match(text, at)
    if match is not None:
        try:
            fields["offset"] = parse_offset(match[0])
        except UnknownZone:
            return -1
        return match.end()
    found = zone_at(text, at, names=True)
    if found is None:
        return -1
    # The older format reads a name as the standard time of its zone.
    zone, end = found
    fields["offset"] = zone.offset_seconds(0)
    return end


def _complete_year(fields: dict[str, int], now_ms: int) -> None:
    """Turn a two-digit year into the one within the century that began 80 years ago."""
    start = calendar.plus_months(now_ms // MS_PER_DAY, -12 * CENTURY_BACK)
    first = calendar.from_days(start).year
    fields["y"] = first - first % 100 + fields.pop("yy")
    while _instant(fields) < start * MS_PER_DAY:
        fields["y"] += 100


def _instant(fields: dict[str, int]) -> int:
    year = fields.get("y", fields.get("Y", 1970))
    if fields.get("G") == 0:
        year = 1 - year
    if "D" in fields and "M" not in fields:
        days = _days(year, 1, fields["D"])
    else:
        extra_years, month0 = divmod(fields.get("M", 1) - 1, 12)
        days = _days(year + extra_years, month0 + 1, fields.get("d", 1))
    hour = fields.get("H", fields.get("k", 0) % 24)
    if "h" in fields or "K" in fields:
        clock_hour = fields.get("h", 0)
        hour = fields.get("K", 0 if clock_hour == HALF_DAY_HOURS else clock_hour)
        hour += HALF_DAY_HOURS * fields.get("a", 0)
    seconds = (hour * 60 + fields.get("m", 0)) * 60 + fields.get("s", 0) - fields.get("offset", 0)
    return days * MS_PER_DAY + seconds * 1000 + fields.get("S", 0)


GREGORIAN_FROM = calendar.to_days(1582, 10, 15)
"""Before that day Java's older calendar is the Julian one."""


def _days(year: int, month: int, day: int) -> int:
    days = calendar.to_days(year, month, 1) + day - 1
    if days >= GREGORIAN_FROM:
        return days
    shifted = year - (month <= calendar.FEBRUARY)
    days_before_month = (153 * ((month + 9) % 12) + 2) // 5
    # The Julian 0000-03-01 is two days before the Gregorian one.
    first = 365 * shifted + shifted // 4 + days_before_month - calendar.EPOCH_SHIFT - 2
    return first + day - 1
