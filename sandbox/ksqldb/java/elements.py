"""The parts that a `DateTimeFormatter` pattern consists of: each prints itself and reads itself.

Rules are those of Java's `DateTimeFormatterBuilder` (JDK 17) in strict parsing, which is what a
pattern means there; whether case matters is the formatter's setting. Reading returns the position
after the part, or -1 where the text does not fit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Protocol

from sandbox.ksqldb.java.fields import TEXTS, Moment
from sandbox.ksqldb.java.zones import Zone, offset_text, zone, zone_at

NO_FIT = -1

SIXTIETHS = re.compile("[0-5][0-9]", re.ASCII)
"""Hours, minutes and seconds of an offset."""

NORMAL, NOT_NEGATIVE, EXCEEDS_PAD = "NORMAL", "NOT_NEGATIVE", "EXCEEDS_PAD"
"""How a number treats its sign: Java's `SignStyle`."""


class CannotPrint(ValueError):
    """A value that a pattern cannot show; worded as Java."""


@dataclass
class Parsed:
    """What reading has found so far."""

    ignore_case: bool
    fields: dict[str, int] = field(default_factory=dict)
    zone: Zone | None = None
    conflict: bool = False

    def put(self, name: str, value: int) -> bool:
        """Note a field; False where the text says something else elsewhere."""
        return self.fields.setdefault(name, value) == value

    def copy(self) -> Parsed:
        """Return a copy that may be filled on trial."""
        return replace(self, fields=dict(self.fields))

    def same(self, left: str, right: str) -> bool:
        """Compare texts as the formatter does."""
        return left == right or (self.ignore_case and left.lower() == right.lower())


class Element(Protocol):
    """A part of a pattern."""

    def show(self, moment: Moment) -> str:
        """Return the part's text for a moment."""

    def read(self, text: str, at: int, parsed: Parsed) -> int:
        """Read the part at a position; return where it ends, or -1."""


@dataclass(frozen=True)
class Literal:
    """Characters that stand for themselves."""

    text: str

    def show(self, moment: Moment) -> str:
        """Return the characters."""
        return self.text

    def read(self, text: str, at: int, parsed: Parsed) -> int:
        """Expect the characters."""
        end = at + len(self.text)
        return end if parsed.same(text[at:end], self.text) and end <= len(text) else NO_FIT


@dataclass(frozen=True)
class Number:
    """A field as a number.

    `reserved` digits belong to the numbers of fixed width that follow without a gap; -1 makes
    this number itself one of fixed width.
    """

    name: str
    least: int = 1
    most: int = 19
    sign: str = NORMAL
    reserved: int = 0

    @property
    def is_fixed(self) -> bool:
        """Whether it has always the same number of digits."""
        return self.least == self.most and self.sign == NOT_NEGATIVE

    def show(self, moment: Moment) -> str:
        """Return the number, padded with zeros."""
        value = moment.get(self.name)
        digits = str(abs(value))
        if len(digits) > self.most:
            raise CannotPrint(
                f"Field {self.name} cannot be printed as the value {value} exceeds the maximum "
                f"print width of {self.most}"
            )
        if value < 0:
            if self.sign == NOT_NEGATIVE:
                raise CannotPrint(
                    f"Field {self.name} cannot be printed as the value {value} cannot be negative "
                    "according to the SignStyle"
                )
            return "-" + digits.zfill(self.least)
        exceeds = self.sign == EXCEEDS_PAD and self.least < 19 and len(digits) > self.least  # noqa: PLR2004 - Java's widest number
        return ("+" if exceeds else "") + digits.zfill(self.least)

    def read(self, text: str, at: int, parsed: Parsed) -> int:
        """Read as many digits as belong to this number."""
        sign = text[at : at + 1] if text[at : at + 1] in ("+", "-") else ""
        if sign and not self._takes(sign):
            return NO_FIT
        begin = at + len(sign)
        end = self._end(text, begin)
        if end < begin + self.least:
            return NO_FIT
        value = int(text[begin:end])
        if sign == "-":
            if value == 0:
                return NO_FIT
            value = -value
        elif self.sign == EXCEEDS_PAD and (sign == "+") != (end - begin > self.least):
            return NO_FIT
        return end if parsed.put(self.name, value) else NO_FIT

    def _takes(self, sign: str) -> bool:
        return self.sign == EXCEEDS_PAD or (self.sign == NORMAL and sign == "-")

    def _end(self, text: str, begin: int) -> int:
        end = digits_end(text, begin, self.most + max(self.reserved, 0))
        if self.reserved > 0:
            return min(end, begin + max(self.least, end - begin - self.reserved))
        return end


def digits_end(text: str, begin: int, most: int) -> int:
    """Return where the digits from `begin` on end, at most `most` of them."""
    end = begin
    while end < len(text) and end - begin < most and "0" <= text[end] <= "9":
        end += 1
    return end


@dataclass(frozen=True)
class TwoDigitYear(Number):
    """A year by its last two digits, from 2000 to 2099."""

    least: int = 2
    most: int = 2
    sign: str = NOT_NEGATIVE

    def show(self, moment: Moment) -> str:
        """Return the last two digits."""
        return f"{abs(moment.get(self.name)) % 100:02}"

    def read(self, text: str, at: int, parsed: Parsed) -> int:
        """Read two digits."""
        end = digits_end(text, at, 2)
        if end != at + 2:
            return NO_FIT
        return end if parsed.put(self.name, 2000 + int(text[at:end])) else NO_FIT


@dataclass(frozen=True)
class Fraction(Number):
    """The first digits of the fraction of a second."""

    def show(self, moment: Moment) -> str:
        """Return the digits, the rest cut off."""
        return f"{moment.get(self.name):09}"[: self.most]

    def read(self, text: str, at: int, parsed: Parsed) -> int:
        """Read exactly the digits."""
        end = digits_end(text, at, self.most)
        if end != at + self.most:
            return NO_FIT
        nanos = int(text[at:end].ljust(9, "0"))
        return end if parsed.put(self.name, nanos) else NO_FIT


@dataclass(frozen=True)
class Named:
    """A field by its English text."""

    name: str
    style: str

    def show(self, moment: Moment) -> str:
        """Return the text."""
        return TEXTS[self.name][self.style][moment.get(self.name)]

    def read(self, text: str, at: int, parsed: Parsed) -> int:
        """Read the longest text that fits; of values with the same text the last."""
        choices = TEXTS[self.name][self.style].items()
        for value, word in sorted(choices, key=lambda choice: (-len(choice[1]), -choice[0])):
            end = at + len(word)
            if parsed.same(text[at:end], word):
                return end if parsed.put(self.name, value) else NO_FIT
        return NO_FIT


@dataclass(frozen=True)
class Offset:
    """An offset from UTC. `form` is Java's, such as `+HH:MM`; `zero` the text of no offset."""

    form: str
    zero: str

    def show(self, moment: Moment) -> str:
        """Return the offset."""
        total = moment.offset_seconds
        if total == 0:
            return self.zero
        sign, rest = ("-", -total) if total < 0 else ("+", total)
        hours, minutes, seconds = rest // 3600, rest // 60 % 60, rest % 60
        colon = ":" if ":" in self.form else ""
        text = f"{sign}{hours:02}"
        if "MM" in self.form or minutes:
            text += f"{colon}{minutes:02}"
        if "SS" in self.form or ("ss" in self.form and seconds):
            text += f"{colon}{seconds:02}"
        # An offset of less than the form shows is none.
        return text if text.strip("+-0:") else self.zero

    def read(self, text: str, at: int, parsed: Parsed) -> int:
        """Read a sign and as many parts as the form has, or the text of no offset."""
        if self.zero and parsed.same(text[at : at + len(self.zero)], self.zero):
            return self._put(parsed, 0, at + len(self.zero))
        sign = text[at : at + 1]
        if sign not in ("+", "-") or not sign:
            return NO_FIT
        parts, end = self._parts(text, at + 1)
        if parts is None:
            return NO_FIT
        total = sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))
        return self._put(parsed, -total if sign == "-" else total, end)

    def _parts(self, text: str, at: int) -> tuple[list[int] | None, int]:
        parts: list[int] = []
        colon = ":" if ":" in self.form else ""
        forms = ["HH", *(each for each in ("MM", "mm", "SS", "ss") if each in self.form)]
        for form in forms:
            begin = at + len(colon) if parts else at
            part = text[begin : begin + 2]
            fits = not parts or text[at:begin] == colon
            if not (fits and SIXTIETHS.fullmatch(part)):
                return (parts, at) if form.islower() else (None, at)
            parts.append(int(part))
            at = begin + 2
        return parts, at

    def _put(self, parsed: Parsed, seconds: int, end: int) -> int:
        if abs(seconds) > 18 * 3600 or not parsed.put("OffsetSeconds", seconds):
            return NO_FIT
        return end


@dataclass(frozen=True)
class GmtOffset:
    """An offset as `GMT+8` (short) or `GMT+08:00` (full)."""

    full: bool

    def show(self, moment: Moment) -> str:
        """Return the offset."""
        total = moment.offset_seconds
        if total == 0:
            return "GMT"
        sign, rest = ("-", -total) if total < 0 else ("+", total)
        hours, minutes, seconds = rest // 3600, rest // 60 % 60, rest % 60
        text = f"GMT{sign}{hours:02}" if self.full else f"GMT{sign}{hours}"
        if self.full or minutes or seconds:
            text += f":{minutes:02}"
        return text + (f":{seconds:02}" if seconds else "")

    def read(self, text: str, at: int, parsed: Parsed) -> int:
        """Read `GMT` and an offset."""
        if not parsed.same(text[at : at + 3], "GMT"):
            return NO_FIT
        at += 3
        if text[at : at + 1] not in ("+", "-") or at >= len(text):
            return at if parsed.put("OffsetSeconds", 0) else NO_FIT
        begin = at + 1
        end = digits_end(text, begin, 2)
        if end == begin or (self.full and end != begin + 2):
            return NO_FIT
        seconds = int(text[begin:end]) * 3600
        if text[end : end + 1] == ":" and digits_end(text, end + 1, 2) == end + 3:
            seconds += int(text[end + 1 : end + 3]) * 60
            end += 3
        elif self.full:
            return NO_FIT
        return (
            end if parsed.put("OffsetSeconds", -seconds if text[at] == "-" else seconds) else NO_FIT
        )


@dataclass(frozen=True)
class ZoneName:
    """A zone: its id, or with a `style` its name."""

    style: str | None = None

    def show(self, moment: Moment) -> str:
        """Return id or name."""
        if moment.zone is None:
            raise CannotPrint("Unable to extract ZoneId from temporal")
        if self.style is None:
            return moment.zone.zone_id
        if self.style == "full":
            return moment.zone.full_name(moment.epoch_ms)
        return moment.zone.short_name(moment.epoch_ms)

    def read(self, text: str, at: int, parsed: Parsed) -> int:
        """Read an id, or also a name."""
        found = zone_at(text, at, names=self.style is not None)
        if found is None:
            return NO_FIT
        parsed.zone, end = found
        return end


@dataclass(frozen=True)
class Optional:
    """Elements in square brackets: printed if the moment has them, read if they are there."""

    elements: tuple[Element, ...]

    def show(self, moment: Moment) -> str:
        """Return all of them, or nothing."""
        try:
            return "".join(element.show(moment) for element in self.elements)
        except ValueError:
            return ""

    def read(self, text: str, at: int, parsed: Parsed) -> int:
        """Read all of them, or nothing."""
        trial = parsed.copy()
        end = read_all(self.elements, text, at, trial)
        if end == NO_FIT:
            return at
        parsed.fields, parsed.zone = trial.fields, trial.zone
        return end


@dataclass(frozen=True)
class Padded:
    """An element with spaces in front, up to a width."""

    element: Element
    width: int

    def show(self, moment: Moment) -> str:
        """Return the padded text."""
        text = self.element.show(moment)
        if len(text) > self.width:
            raise CannotPrint(
                f"Cannot print as output of {len(text)} characters exceeds pad width of "
                f"{self.width}"
            )
        return text.rjust(self.width)

    def read(self, text: str, at: int, parsed: Parsed) -> int:
        """Read exactly the width."""
        end = at + self.width
        if end > len(text):
            return NO_FIT
        begin = at
        while begin < end and text[begin] == " ":
            begin += 1
        return end if self.element.read(text[:end], begin, parsed) == end else NO_FIT


def read_all(elements: tuple[Element, ...], text: str, at: int, parsed: Parsed) -> int:
    """Read elements one after the other."""
    for element in elements:
        at = element.read(text, at, parsed)
        if at == NO_FIT:
            return NO_FIT
    return at


def offset_zone(seconds: int) -> Zone:
    """Return the zone of an offset."""
    return zone(offset_text(seconds))
