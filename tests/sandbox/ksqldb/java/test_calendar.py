from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.ksqldb.java import calendar

EPOCH = date(1970, 1, 1)


@given(st.dates())
def test_days_and_dates_agree_with_pythons_calendar(day: date) -> None:
    days = (day - EPOCH).days

    assert calendar.to_days(day.year, day.month, day.day) == days
    assert calendar.from_days(days) == (day.year, day.month, day.day)
    assert calendar.day_of_week(days) == day.isoweekday()
    assert calendar.day_of_year(days) == day.timetuple().tm_yday


@given(st.integers(-400_000_000, 400_000_000))
def test_days_of_any_year_come_back(days: int) -> None:
    assert calendar.to_days(*calendar.from_days(days)) == days


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ((2024, 1, 31), 1, (2024, 2, 29)),
        ((2023, 1, 31), 1, (2023, 2, 28)),
        ((2024, 3, 31), -1, (2024, 2, 29)),
        ((2024, 11, 30), 3, (2025, 2, 28)),
    ],
)
def test_plus_months_cuts_to_the_months_last_day(
    start: tuple[int, int, int], months: int, end: tuple[int, int, int]
) -> None:
    moved = calendar.plus_months(calendar.to_days(*start), months)

    assert calendar.from_days(moved) == end


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_us_weeks_start_on_sunday_and_hold_new_years_day(day: date) -> None:
    week = calendar.us_week((day - EPOCH).days)

    sunday = day - timedelta(days=week.day - 1)
    assert sunday.isoweekday() == 7
    saturday = sunday + timedelta(days=6)
    assert week.year == saturday.year
    assert week.week == (saturday.timetuple().tm_yday - 1) // 7 + 1
