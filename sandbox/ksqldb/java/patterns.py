"""`DateTimeFormatter` patterns: compiled once, then printing and reading dates and times.

Grammar and meaning of the letters are those of `DateTimeFormatterBuilder.appendPattern` (JDK 17)
with English texts and US weeks. Letter `B` (periods of the day) and `v` (generic zone names) are
refused.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from sandbox.ksqldb.java.elements import (
    EXCEEDS_PAD,
    NO_FIT,
    NORMAL,
    NOT_NEGATIVE,
    Element,
    Fraction,
    GmtOffset,
    Literal,
    Named,
    Number,
    Offset,
    Optional,
    Padded,
    Parsed,
    TwoDigitYear,
    ZoneName,
    read_all,
)
from sandbox.ksqldb.java.fields import FULL, NARROW, SHORT, Moment

PATTERNS_KEPT = 1000
"""As many compiled patterns are remembered; ksqlDB keeps as many."""


class BadPattern(ValueError):
    """A pattern that Java refuses, too."""


class CannotRead(ValueError):
    """A text that does not follow its pattern; worded as `DateTimeParseException`."""


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern."""

    elements: tuple[Element, ...]

    def show(self, moment: Moment) -> str:
        """Return the text of a moment.

        Raises:
            ValueError: The moment has not what the pattern asks for.
        """
        return "".join([element.show(moment) for element in self.elements])

    def read(self, text: str, *, ignore_case: bool) -> Parsed:
        """Return the fields that a text states.

        Raises:
            CannotRead: The text does not follow the pattern.
        """
        parsed = Parsed(ignore_case)
        end = read_all(self.elements, text, 0, parsed)
        if end == NO_FIT:
            raise CannotRead(f"Text '{text}' could not be parsed at index 0")
        if end < len(text):
            raise CannotRead(
                f"Text '{text}' could not be parsed, unparsed text found at index {end}"
            )
        return parsed


@lru_cache(maxsize=PATTERNS_KEPT)
def pattern(text: str) -> Pattern:
    """Compile a pattern.

    Raises:
        BadPattern: An unknown or repeated letter, an open quote or bracket.
    """
    compiler = _Compiler(text)
    compiler.run()
    return Pattern(tuple(compiler.finish()))


class _Compiler:
    """Goes over a pattern's letters; keeps track of numbers that follow each other closely."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._levels: list[list[Element]] = [[]]
        # Per level, the index of the number whose width depends on those that follow it.
        self._active: list[int] = [-1]
        self._pad = 0

    def finish(self) -> list[Element]:
        """Close what Java leaves open: optional parts may end with the pattern."""
        while len(self._levels) > 1:
            self._close()
        return self._levels[0]

    def run(self) -> None:
        """Compile all of the text."""
        at = 0
        while at < len(self._text):
            letter = self._text[at]
            if letter.isascii() and letter.isalpha():
                at = self._letters(letter, at)
            elif letter == "'":
                at = self._quoted(at)
            else:
                self._mark(letter)
                at += 1

    def _mark(self, letter: str) -> None:
        if letter == "[":
            self._levels.append([])
            self._active[-1] = -1
            self._active.append(-1)
        elif letter == "]":
            if len(self._levels) == 1:
                raise BadPattern("Pattern invalid as it contains ] without previous [")
            self._close()
        elif letter in "{}#":
            raise BadPattern(f"Pattern includes reserved character: '{letter}'")
        else:
            self._append(Literal(letter))

    def _close(self) -> None:
        inner = self._levels.pop()
        self._active.pop()
        if inner:
            self._append(Optional(tuple(inner)))

    def _quoted(self, at: int) -> int:
        parts = []
        begin = at + 1
        while True:
            end = self._text.find("'", begin)
            if end < 0:
                raise BadPattern(f"Pattern ends with an incomplete string literal: {self._text}")
            parts.append(self._text[begin:end])
            if self._text[end + 1 : end + 2] != "'":
                break
            parts.append("'")
            begin = end + 2
        literal = "".join(parts)
        self._append(Literal(literal or "'"))
        return end + 1

    def _letters(self, letter: str, at: int) -> int:
        end = at
        while self._text[end : end + 1] == letter:
            end += 1
        count = end - at
        if letter == "p":
            follows = self._text[end : end + 1]
            if not (follows.isascii() and follows.isalpha()):
                raise BadPattern(
                    f"Pad letter 'p' must be followed by valid pad pattern: {self._text}"
                )
            self._pad, self._active[-1] = count, -1
            return end
        if letter not in LETTERS:
            raise BadPattern(f"Unknown pattern letter: {letter}")
        made = LETTERS[letter](letter, count)
        if isinstance(made, Number):
            self._append_number(made)
        else:
            self._append(made)
        return end

    def _append(self, element: Element) -> None:
        if self._pad:
            element, self._pad = Padded(element, self._pad), 0
        self._levels[-1].append(element)
        self._active[-1] = -1

    def _append_number(self, number: Number) -> None:
        level, active = self._levels[-1], self._active[-1]
        if self._pad or active < 0:
            self._append(number)
            self._active[-1] = len(level) - 1
            return
        base = level[active]
        if not isinstance(base, Number):
            raise BadPattern("Java cannot join a padded number and one that follows it closely")
        if number.is_fixed:
            level[active] = replace(base, reserved=base.reserved + number.most)
            level.append(replace(number, reserved=-1))
        else:
            level[active] = replace(base, reserved=-1)
            level.append(number)
            self._active[-1] = len(level) - 1


def _too_many(letter: str) -> BadPattern:
    return BadPattern(f"Too many pattern letters: {letter}")


Make = Callable[[str, int], Element]


def _year(name: str) -> Make:
    def make(letter: str, count: int) -> Element:
        if count == 2:  # noqa: PLR2004 - two letters mean two digits
            return TwoDigitYear(name)
        return Number(name, count, 19, NORMAL if count < 4 else EXCEEDS_PAD)  # noqa: PLR2004 - from four letters on, longer years show a sign

    return make


def _short_number(name: str, most: int = 2) -> Make:
    def make(letter: str, count: int) -> Element:
        if count > most:
            raise _too_many(letter)
        return Number(name) if count == 1 else Number(name, count, count, NOT_NEGATIVE)

    return make


def _any_width(name: str) -> Make:
    return lambda _, count: Number(name, count, 19, NOT_NEGATIVE)


def _named(name: str, styles: dict[int, str]) -> Make:
    def make(letter: str, count: int) -> Element:
        if count not in styles:
            raise _too_many(letter)
        return Named(name, styles[count])

    return make


def _week_number(name: str, most: int) -> Make:
    def make(letter: str, count: int) -> Element:
        if count > most:
            raise _too_many(letter)
        return Number(name, count, most, NOT_NEGATIVE)

    return make


def _day_of_week_number(letter: str, count: int) -> Element:
    if count > 2 or letter + str(count) == "c2":  # noqa: PLR2004 - up to two letters a number
        return _named("LocalizedDayOfWeek", {3: SHORT, 4: FULL, 5: NARROW})(letter, count)
    return Number("LocalizedDayOfWeek", count, count, NOT_NEGATIVE)


def _number_or_named(name: str) -> Make:
    named = _named(name, {3: SHORT, 4: FULL, 5: NARROW})

    def make(letter: str, count: int) -> Element:
        if count > 2:  # noqa: PLR2004 - up to two letters a number
            return named(letter, count)
        return Number(name) if count == 1 else Number(name, 2, 2, NOT_NEGATIVE)

    return make


def _day_of_year(letter: str, count: int) -> Element:
    if count > 3:  # noqa: PLR2004 - 366 has three digits
        raise _too_many(letter)
    return Number("DayOfYear") if count == 1 else Number("DayOfYear", count, 3, NOT_NEGATIVE)


def _fraction(letter: str, count: int) -> Element:
    if count > 9:  # noqa: PLR2004 - nanoseconds have nine digits
        raise BadPattern(f"Maximum width must be from 1 to 9 inclusive but was {count}")
    return Fraction("NanoOfSecond", count, count, NOT_NEGATIVE)


def _day_of_week(letter: str, count: int) -> Element:
    styles = {1: SHORT, 2: SHORT, 3: SHORT, 4: FULL, 5: NARROW}
    return _named("DayOfWeek", styles)(letter, count)


def _offset_x(letter: str, count: int) -> Element:
    forms = ("+HHmm", "+HHMM", "+HH:MM", "+HHMMss", "+HH:MM:ss")
    if count > len(forms):
        raise _too_many(letter)
    if letter == "X":
        return Offset(forms[count - 1], "Z")
    return Offset(forms[count - 1], "+00" if count == 1 else ("+0000", "+00:00")[count % 2])


def _offset_z(letter: str, count: int) -> Element:
    if count > 5:  # noqa: PLR2004 - the longest form
        raise _too_many(letter)
    if count == 4:  # noqa: PLR2004 - Java's own order of forms
        return GmtOffset(full=True)
    return Offset("+HHMM", "+0000") if count < 4 else Offset("+HH:MM:ss", "Z")  # noqa: PLR2004 - as above


def _gmt_offset(letter: str, count: int) -> Element:
    if count not in (1, 4):
        raise BadPattern(f"Pattern letter count must be 1 or 4: {letter}")
    return GmtOffset(full=count == 4)  # noqa: PLR2004 - four letters mean full


def _zone_id(letter: str, count: int) -> Element:
    if count != 2:  # noqa: PLR2004 - the only width Java takes
        raise BadPattern(f"Pattern letter count must be 2: {letter}")
    return ZoneName()


def _zone_name(letter: str, count: int) -> Element:
    if count > 4:  # noqa: PLR2004 - four letters mean full
        raise _too_many(letter)
    return ZoneName(FULL if count == 4 else SHORT)  # noqa: PLR2004 - as above


LETTERS: dict[str, Make] = {
    "G": _named("Era", {1: SHORT, 2: SHORT, 3: SHORT, 4: FULL, 5: NARROW}),
    "u": _year("Year"),
    "y": _year("YearOfEra"),
    "Y": _year("WeekBasedYear"),
    "D": _day_of_year,
    "M": _number_or_named("MonthOfYear"),
    "L": _number_or_named("MonthOfYear"),
    "d": _short_number("DayOfMonth"),
    "Q": _number_or_named("QuarterOfYear"),
    "q": _number_or_named("QuarterOfYear"),
    "w": _week_number("WeekOfWeekBasedYear", 2),
    "W": _week_number("WeekOfMonth", 1),
    "E": _day_of_week,
    "e": _day_of_week_number,
    "c": _day_of_week_number,
    "F": _short_number("AlignedDayOfWeekInMonth", 1),
    "g": lambda _, count: Number("ModifiedJulianDay", count, 19, NORMAL),
    "a": _named("AmPmOfDay", {1: SHORT}),
    "h": _short_number("ClockHourOfAmPm"),
    "K": _short_number("HourOfAmPm"),
    "k": _short_number("ClockHourOfDay"),
    "H": _short_number("HourOfDay"),
    "m": _short_number("MinuteOfHour"),
    "s": _short_number("SecondOfMinute"),
    "S": _fraction,
    "A": _any_width("MilliOfDay"),
    "n": _any_width("NanoOfSecond"),
    "N": _any_width("NanoOfDay"),
    "V": _zone_id,
    "z": _zone_name,
    "O": _gmt_offset,
    "X": _offset_x,
    "x": _offset_x,
    "Z": _offset_z,
}
"""What each letter stands for, by how often it is repeated."""
