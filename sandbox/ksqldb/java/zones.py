"""Time zones by the ids and names that Java knows.

A zone is an offset from UTC, or a region of the time zone database. Leaves out names in other
languages than English.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.ksqldb.java.calendar import MS_PER_DAY, from_days

OFFSET = re.compile(r"([+-])(?:(\d\d)(?::(\d\d)(?::(\d\d))?|(\d\d)(\d\d)?)?|(\d))", re.ASCII)
PREFIXED = re.compile(r"(UTC|GMT|UT)([+-].*)?", re.DOTALL)

MAX_OFFSET_SECONDS = 18 * 3600
SAFE_YEARS = range(2, 9999)
"""Years whose instants Python's datetime can hold in every zone."""


class UnknownZone(ValueError):
    """No such zone; worded as Java's exceptions."""


@dataclass(frozen=True)
class Zone:
    """A zone: its id and, unless it is a region, its fixed offset."""

    zone_id: str
    fixed_seconds: int | None = None

    def offset_seconds(self, epoch_ms: int) -> int:
        """Return the offset from UTC at an instant."""
        if self.fixed_seconds is not None:
            return self.fixed_seconds
        moment = EPOCH + timedelta(milliseconds=_within(epoch_ms))
        return _seconds(moment.astimezone(_region(self.zone_id)))

    def offset_at_local(self, local_ms: int) -> int:
        """Return the offset at a local time (milliseconds as if it were UTC).

        Of a time that occurs twice the first counts, and a time that a clock change skips moves
        on by the gap, both as in Java.
        """
        if self.fixed_seconds is not None:
            return self.fixed_seconds
        wall = EPOCH + timedelta(milliseconds=_within(local_ms))
        return _seconds(wall.replace(tzinfo=_region(self.zone_id)))

    def short_name(self, epoch_ms: int) -> str:
        """Return the abbreviation in use at an instant, such as `PDT`; an offset's id."""
        if self.fixed_seconds is not None:
            return self.zone_id
        region = _region(self.zone_id)
        moment = (EPOCH + timedelta(milliseconds=_within(epoch_ms))).astimezone(region)
        # Java names a zone's standard and summer time as they are named today.
        for today in (WINTER.astimezone(region), SUMMER.astimezone(region)):
            if bool(today.dst()) == bool(moment.dst()):
                moment = today
        name = moment.tzname() or self.zone_id
        return name if name[0].isalpha() else f"GMT{offset_text(self.offset_seconds(epoch_ms))}"

    def full_name(self, epoch_ms: int) -> str:
        """Return the name in use at an instant, such as `Pacific Daylight Time`."""
        short = self.short_name(epoch_ms)
        return FULL_NAMES.get(short, short)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WINTER, SUMMER = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 7, 1, tzinfo=UTC)
UTC_ZONE = Zone("UTC", 0)
GMT_ZONE = Zone("GMT", 0)


def _within(epoch_ms: int) -> int:
    year = from_days(epoch_ms // MS_PER_DAY).year
    if year in SAFE_YEARS:
        return epoch_ms
    # Rules of far years repeat those of the last one that datetime holds.
    return -62_000_000_000_000 if year < SAFE_YEARS.start else 253_000_000_000_000


def _seconds(moment: datetime) -> int:
    offset = moment.utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


@lru_cache(maxsize=64)
def _region(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def offset_text(seconds: int) -> str:
    """Return an offset as Java prints its id: `Z`, `+02:00`, `-00:00:30`."""
    if seconds == 0:
        return "Z"
    sign, rest = ("-", -seconds) if seconds < 0 else ("+", seconds)
    text = f"{sign}{rest // 3600:02}:{rest // 60 % 60:02}"
    return text + (f":{rest % 60:02}" if rest % 60 else "")


def parse_offset(text: str) -> int:
    """Return the seconds of an offset id, such as `+02:00`, `-7`, `+0445`.

    Raises:
        UnknownZone: It is none.
    """
    match = OFFSET.fullmatch(text)
    if match is None:
        raise UnknownZone(f"Invalid ID for ZoneOffset, invalid format: {text}")
    sign, hours, minutes, seconds, minutes2, seconds2, digit = match.groups()
    parts = (int(digit or hours), int(minutes or minutes2 or 0), int(seconds or seconds2 or 0))
    total = parts[0] * 3600 + parts[1] * 60 + parts[2]
    if parts[1] > 59 or parts[2] > 59 or total > MAX_OFFSET_SECONDS:  # noqa: PLR2004 - minutes and seconds
        raise UnknownZone(f"Zone offset not in valid range: {text}")
    return -total if sign == "-" else total


@lru_cache(maxsize=256)
def zone(zone_id: str) -> Zone:
    """Return what `ZoneId.of` gives.

    Raises:
        UnknownZone: There is no such zone.
    """
    if zone_id == "Z":
        return Zone("Z", 0)
    if zone_id[:1] in ("+", "-"):
        seconds = parse_offset(zone_id)
        return Zone(offset_text(seconds), seconds)
    prefixed = PREFIXED.fullmatch(zone_id)
    if prefixed is not None:
        seconds = parse_offset(prefixed[2]) if prefixed[2] else 0
        return Zone(prefixed[1] + (offset_text(seconds) if seconds else ""), seconds)
    try:
        _region(zone_id)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownZone(f"Unknown time-zone ID: {zone_id}") from None
    return Zone(zone_id)


REGION_OF = {
    "EST": "America/New_York",
    "EDT": "America/New_York",
    "CST": "America/Chicago",
    "CDT": "America/Chicago",
    "MST": "America/Denver",
    "MDT": "America/Denver",
    "PST": "America/Los_Angeles",
    "PDT": "America/Los_Angeles",
    "AKST": "America/Juneau",
    "AKDT": "America/Juneau",
    "HST": "Pacific/Honolulu",
    "AST": "America/Halifax",
    "ADT": "America/Halifax",
    "NST": "America/St_Johns",
    "NDT": "America/St_Johns",
    "BRT": "America/Sao_Paulo",
    "ART": "America/Argentina/Buenos_Aires",
    "WET": "Atlantic/Canary",
    "WEST": "Atlantic/Canary",
    "BST": "Europe/London",
    "CET": "Europe/Paris",
    "CEST": "Europe/Paris",
    "EET": "Europe/Bucharest",
    "EEST": "Europe/Bucharest",
    "MSK": "Europe/Moscow",
    "TRT": "Europe/Istanbul",
    "SAST": "Africa/Johannesburg",
    "IST": "Asia/Kolkata",
    "PKT": "Asia/Karachi",
    "ICT": "Asia/Bangkok",
    "HKT": "Asia/Hong_Kong",
    "SGT": "Asia/Singapore",
    "JST": "Asia/Tokyo",
    "KST": "Asia/Seoul",
    "AWST": "Australia/Perth",
    "ACST": "Australia/Darwin",
    "ACDT": "Australia/Adelaide",
    "AEST": "Australia/Sydney",
    "AEDT": "Australia/Sydney",
    "NZST": "Pacific/Auckland",
    "NZDT": "Pacific/Auckland",
}
"""The region that an abbreviation stands for when it is read."""

FULL_NAMES = {
    "UTC": "Coordinated Universal Time",
    "GMT": "Greenwich Mean Time",
    "EST": "Eastern Standard Time",
    "EDT": "Eastern Daylight Time",
    "CST": "Central Standard Time",
    "CDT": "Central Daylight Time",
    "MST": "Mountain Standard Time",
    "MDT": "Mountain Daylight Time",
    "PST": "Pacific Standard Time",
    "PDT": "Pacific Daylight Time",
    "AKST": "Alaska Standard Time",
    "AKDT": "Alaska Daylight Time",
    "HST": "Hawaii-Aleutian Standard Time",
    "BST": "British Summer Time",
    "CET": "Central European Standard Time",
    "CEST": "Central European Summer Time",
    "EET": "Eastern European Standard Time",
    "EEST": "Eastern European Summer Time",
    "WET": "Western European Standard Time",
    "WEST": "Western European Summer Time",
    "MSK": "Moscow Standard Time",
    "IST": "India Standard Time",
    "JST": "Japan Standard Time",
    "KST": "Korean Standard Time",
    "AEST": "Australian Eastern Standard Time",
    "AEDT": "Australian Eastern Daylight Time",
    "NZST": "New Zealand Standard Time",
    "NZDT": "New Zealand Daylight Time",
}
"""Long English names by abbreviation."""

REGION_OF_FULL = {name: REGION_OF.get(short, short) for short, name in FULL_NAMES.items()}


def zone_at(text: str, at: int, *, names: bool) -> tuple[Zone, int] | None:
    """Read a zone's id, or with `names` also a name of it, at a position.

    Returns the zone and where it ends, None if there is none. The longest reading counts, and
    case does not matter.
    """
    offset = OFFSET.match(text, at)
    if offset is not None:
        return _try_zone(offset[0], offset.end())
    prefixed = re.compile(r"(?:UTC|GMT|UT)(?=[+-]\d)", re.IGNORECASE).match(text, at)
    if prefixed is not None:
        offset = OFFSET.match(text, prefixed.end())
        assert offset is not None
        return _try_zone(prefixed[0].upper() + offset[0], offset.end())
    word = WORDS.match(text, at)
    if word is None:
        return None
    if names:
        for name, region in REGION_OF_FULL.items():
            if text[at : at + len(name)].lower() == name.lower():
                return _try_zone(region, at + len(name))
    return _longest(word[0], at, names=names)


WORDS = re.compile(r"[A-Za-z][A-Za-z0-9~/._+-]*", re.ASCII)


def _longest(word: str, at: int, *, names: bool) -> tuple[Zone, int] | None:
    for end in range(len(word), 0, -1):
        candidate = word[:end]
        if candidate.upper() in ("Z", "UTC", "GMT", "UT"):
            return zone(candidate.upper()), at + end
        if names and candidate.upper() in REGION_OF:
            return zone(REGION_OF[candidate.upper()]), at + end
        found = region_ids().get(candidate.lower())
        if found is not None:
            return zone(found), at + end
    return None


def _try_zone(zone_id: str, end: int) -> tuple[Zone, int] | None:
    try:
        return zone(zone_id), end
    except UnknownZone:
        return None


@lru_cache(maxsize=1)
def region_ids() -> dict[str, str]:
    """Return the ids of all regions by their lower-case form."""
    from zoneinfo import available_timezones  # noqa: PLC0415 - reads a folder; rarely needed

    return {name.lower(): name for name in available_timezones()}
