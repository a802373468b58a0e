import pytest

from ksql.language.analysis.instants import parse_date, parse_time, parse_timestamp

HOUR = 3_600_000


@pytest.mark.parametrize(
    ("text", "days"),
    [("1970-01-01", 0), ("1970-01-11", 10), ("1971", 365), ("2000-03", 11017), ("1969-12-31", -1)],
)
def test_a_date_counts_days_from_1970(text: str, days: int) -> None:
    assert parse_date(text) == days


@pytest.mark.parametrize(
    ("text", "millis"),
    [
        ("00:00:00.010", 10),
        ("10", 10 * HOUR),
        ("10:30", 10 * HOUR + 1_800_000),
        ("23:59:59.999", 24 * HOUR - 1),
        ("01:00:00.5", HOUR + 500),
    ],
)
def test_a_time_counts_milliseconds_of_the_day(text: str, millis: int) -> None:
    assert parse_time(text) == millis


@pytest.mark.parametrize(
    ("text", "millis"),
    [
        ("1970-01-01T00:00:00.010", 10),
        ("1970-01-02", 24 * HOUR),
        ("1970-01-01T01:00:00+0100", 0),
        ("1970-01-01T00:00:00-0530", 5 * HOUR + 1_800_000),
        ("1970-01-01T12:00Z", 12 * HOUR),
        ("2020-02-10T08:31:44.001+0000", 1581323504001),
    ],
)
def test_a_timestamp_counts_milliseconds_from_1970_in_utc(text: str, millis: int) -> None:
    assert parse_timestamp(text) == millis


@pytest.mark.parametrize("text", ["", "noon", "2020-13-01", "2020-01-01T25:00", "2020-01-01 10:00"])
def test_what_is_no_timestamp_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_timestamp(text)
