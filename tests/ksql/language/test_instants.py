import pytest

from ksql.language.analysis.instants import parse_date, parse_time, parse_timestamp
from sandbox.ksqldb.java import timestamps

HOUR = 3_600_000


@pytest.mark.parametrize(
    ("text", "days"),
    [("1970-01-01", 0), ("1970-01-11", 10), ("1971", 365), ("2000-03", 11017), ("1969-12-31", -1)],
)
def test_a_date_counts_days_from_1970(text: str, days: int) -> None:
    assert parse_date(text) == days


@pytest.mark.parametrize("text", ["", "1970-1-1", "1970-02-30", "1970-01-01T00:00", "today"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a date|day is out of range"):
        parse_date(text)


@pytest.mark.parametrize(
    ("text", "millis"),
    [
        ("00:00:00.010", 10),
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
        ("1970-01-01T12:00+01", 11 * HOUR),
        ("1970-01-01T24:00", 24 * HOUR),
        ("1970-02-30", 58 * 24 * HOUR),
        ("2020-02-10T08:31:44.001+0000", 1581323504001),
    ],
)
def test_a_timestamp_counts_milliseconds_from_1970_in_utc(text: str, millis: int) -> None:
    assert parse_timestamp(text) == millis


NO_TIMESTAMPS = """noon 2020-13-01 2020-01-32 2020-1-1 2020-01-01T25:00 2020-01-01T24:01
2020-01-01T10:00:00.1234 2020-01-01T10:00+0160 2020-01-01T10:00+x 2020-01-01T10:60"""


@pytest.mark.parametrize("text", ["", "2020-01-01 10:00", *NO_TIMESTAMPS.split()])
def test_what_is_no_timestamp_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a|month must be|bad month|day is out of range"):
        parse_timestamp(text)


@pytest.mark.parametrize("text", ["", "10", "1:00", "24:00", "10:60", "10:00Z"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a time"):
        parse_time(text)


@pytest.mark.parametrize(
    "text",
    [
        "2020",
        "2020-02",
        "2020-02-31",
        "2020-01-01T10",
        "2020-01-01T10:0",
        "2020-01-01T10:30:05.5",
        "2020-01-01T10:30-0530",
        "2020-01-01T10:30+01",
        "2020-01-01T24:00:00.000Z",
    ],
)
def test_a_timestamp_in_a_condition_is_the_one_that_cast_makes(text: str) -> None:
    assert parse_timestamp(text) == timestamps.parse_timestamp(text)
