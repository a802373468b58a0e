"""Java's date patterns: values worked out from the Javadoc of DateTimeFormatter and a JDK 17."""

import pytest

from sandbox.ksqldb.java import timestamps
from sandbox.ksqldb.java.patterns import BadPattern, pattern
from sandbox.ksqldb.java.simple_date_format import parse_timestamp as parse_leniently
from sandbox.ksqldb.java.timestamps import (
    parse_date,
    parse_date_with_pattern,
    parse_time,
    parse_time_with_pattern,
    parse_timestamp,
    parse_with_pattern,
    timestamp_printer,
)
from sandbox.ksqldb.java.zones import UnknownZone, zone

MOMENT = 1526075913123
"""2018-05-11T21:58:33.123Z, a Friday."""
WINTER = 1672531200000
"""2023-01-01T00:00:00Z, a Sunday."""
DAY_MS = 86_400_000


@pytest.mark.parametrize(
    ("form", "zone_id", "text"),
    [
        ("yyyy-MM-dd HH:mm:ss Z", "UTC", "2018-05-11 21:58:33 +0000"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSS", "UTC", "2018-05-11T21:58:33.123"),
        ("yyyy-MM-dd'T'HH:mm:ssX", "UTC", "2018-05-11T21:58:33Z"),
        ("HH:mm X XX XXX", "Asia/Kolkata", "03:28 +0530 +0530 +05:30"),
        ("HH X x xxx Z ZZZZ ZZZZZ", "+02:00", "23 +02 +02 +02:00 +0200 GMT+02:00 +02:00"),
        ("HH O OOOO", "America/Los_Angeles", "14 GMT-7 GMT-07:00"),
        ("VV z zzzz", "America/Los_Angeles", "America/Los_Angeles PDT Pacific Daylight Time"),
        ("z", "UTC", "UTC"),
        ("yy y yyy u", "UTC", "18 2018 2018 2018"),
        ("M MM MMM MMMM MMMMM", "UTC", "5 05 May May M"),
        ("E EEEE EEEEE e c", "UTC", "Fri Friday F 6 6"),
        ("d D DDD F", "UTC", "11 131 131 4"),
        ("h hh K k a", "UTC", "9 09 9 21 PM"),
        ("S SS SSSSSS A n N", "UTC", "1 12 123000 79113123 123000000 79113123000000"),
        ("Q QQQ QQQQ G GGGG", "UTC", "2 Q2 2nd quarter AD Anno Domini"),
        ("'it''s' ''", "UTC", "it's '"),
        ("ppppd[ HH]", "UTC", "  11 21"),
    ],
)
def test_timestamps_print_as_java_prints_them(form: str, zone_id: str, text: str) -> None:
    assert timestamp_printer(form, zone_id)[MOMENT] == text


def test_week_based_year_differs_from_the_year() -> None:
    last_of_2022 = WINTER - DAY_MS

    assert timestamp_printer("yyyy YYYY w", "UTC")[WINTER] == "2023 2023 1"
    assert timestamp_printer("yyyy YYYY ww W", "UTC")[last_of_2022] == "2022 2022 53 5"
    assert timestamp_printer("yyyy YYYY", "UTC")[1735516800000] == "2024 2025"


def test_years_past_9999_show_a_sign_with_four_letters() -> None:
    in_10000 = 253402300800000

    assert timestamp_printer("yyyy|y", "UTC")[in_10000] == "+10000|10000"


@pytest.mark.parametrize(
    ("text", "form", "epoch_ms"),
    [
        ("2018-05-11T21:58:33.123", "yyyy-MM-dd'T'HH:mm:ss.SSS", MOMENT),
        ("20180511215833123", "yyyyMMddHHmmssSSS", MOMENT),
        ("2018-05-11T21:58:33 PST", "yyyy-MM-dd'T'HH:mm:ss zzz", 1526101113000),
        ("2018-05-11 23:58:33 +0200", "yyyy-MM-dd HH:mm:ss Z", 1526075913000),
        ("10-04-19 12:00:17Z", "yy-MM-dd HH:mm:ssX", 1271678417000),
        ("11-may-2018 09:58 pm", "dd-MMM-yyyy hh:mm a", 1526075880000),
        ("2018-05-11", "yyyy-MM-dd[ HH:mm]", 1525996800000),
        ("2018-05-11 01:00", "yyyy-MM-dd[ HH:mm]", 1526000400000),
        ("2018", "yyyy", 1514764800000),
        ("JAN-2022", "MMM-yyyy", 1640995200000),
        ("07:30", "HH:mm", 27_000_000),
        ("24:00", "HH:mm", 0),
        ("2018-131", "yyyy-DDD", 1525996800000),
        ("31-02-2019", "dd-MM-yyyy", 1551312000000),
        ("Europe/Paris 2018-05-11 02:00", "VV yyyy-MM-dd HH:mm", 1525996800000),
    ],
)
def test_texts_become_timestamps(text: str, form: str, epoch_ms: int) -> None:
    assert parse_with_pattern(text, form) == epoch_ms


def test_a_zone_given_counts_where_the_text_names_none() -> None:
    assert parse_with_pattern("2018-05-11 02", "yyyy-MM-dd HH", zone("Europe/Paris")) == (
        1525996800000
    )


def test_times_that_a_clock_change_doubles_or_skips() -> None:
    paris = zone("Europe/Paris")

    assert parse_with_pattern("2023-10-29 02:30", "yyyy-MM-dd HH:mm", paris) == 1698539400000
    assert parse_with_pattern("2023-03-26 02:30", "yyyy-MM-dd HH:mm", paris) == 1679794200000


@pytest.mark.parametrize(
    ("text", "form", "message"),
    [
        ("2018-5-11", "yyyy-MM-dd", "Text '2018-5-11' could not be parsed at index 0"),
        (
            "2018-05-11x",
            "yyyy-MM-dd",
            "Text '2018-05-11x' could not be parsed, unparsed text found at index 10",
        ),
        ("13", "MM", "Invalid value for MonthOfYear (valid values 1 - 12): 13"),
        ("366", "DDD", "Leap day cannot be parsed without supplying the year field"),
        (
            "2018-05-11 Mon",
            "yyyy-MM-dd EEE",
            "Conflict found: DayOfWeek 1 differs from DayOfWeek 5",
        ),
    ],
)
def test_texts_that_do_not_follow_are_refused(text: str, form: str, message: str) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - the message is compared below
        parse_with_pattern(text, form)

    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("yyyy-bb", "Unknown pattern letter: b"),
        ("'open", "Pattern ends with an incomplete string literal: 'open"),
        ("ddd", "Too many pattern letters: d"),
        ("{", "Pattern includes reserved character: '{'"),
        ("]", "Pattern invalid as it contains ] without previous ["),
    ],
)
def test_bad_patterns_are_refused(form: str, message: str) -> None:
    with pytest.raises(BadPattern) as refusal:
        pattern(form)

    assert str(refusal.value) == message


def test_local_dates_need_a_whole_date_and_mind_case() -> None:
    assert parse_date_with_pattern("01-Jan-2022", "dd-MMM-yyyy") == 18993
    with pytest.raises(ValueError, match="could not be parsed"):
        parse_date_with_pattern("01-JAN-2022", "dd-MMM-yyyy")
    with pytest.raises(ValueError, match="Unable to obtain LocalDate"):
        parse_date_with_pattern("Jan-2022", "MMM-yyyy")


def test_local_times_refuse_dates() -> None:
    assert parse_time_with_pattern("000105", "HHmmss") == 65_000
    with pytest.raises(ValueError, match=r"^Time format contains date field\.$"):
        parse_time_with_pattern("2022-01-01 00:00", "yyyy-MM-dd HH:mm")


# -- the ISO forms of casts -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "epoch_ms"),
    [
        ("1970-01-01T00:00:00.010", 10),
        ("1970-01-01T00:00:01", 1000),
        ("1970-01-01T01:00", 3_600_000),
        ("1970-01-01T01", 3_600_000),
        ("1970-01-02", DAY_MS),
        ("1970-02", 31 * DAY_MS),
        ("1971", 365 * DAY_MS),
        ("2022-04-28T21:44:47.943Z", 1651182287943),
        ("2019-01-01T00:00:00+0445", 1546283700000),
        ("1969-12-31T23:59:59.999", -1),
    ],
)
def test_timestamps_may_stop_after_any_part(text: str, epoch_ms: int) -> None:
    assert parse_timestamp(text) == epoch_ms


@pytest.mark.parametrize(
    "text", ["foo", "", "2022-13-01", "2022-01-01T25", "2022-01-01T00:00:00+99"]
)
def test_other_texts_are_no_timestamps(text: str) -> None:
    with pytest.raises(ValueError, match=rf"^Failed to parse timestamp '{text.replace('+', '.')}'"):
        parse_timestamp(text)


def test_dates_and_times_of_casts() -> None:
    assert [parse_date(text) for text in ("1970-01-11", "1970-02", "1971")] == [10, 31, 365]
    assert [parse_time(text) for text in ("00:00", "00:00:05", "00:00:00.010")] == [0, 5000, 10]
    for text in ("1970-1-1", "x"):
        with pytest.raises(ValueError, match=f"^Failed to parse date '{text}'"):
            parse_date(text)
    for text in ("24:00", "1:00", "00:00:00.1234567890", "00:00."):
        with pytest.raises(ValueError, match=f"^Failed to parse time '{text}'"):
            parse_time(text)


def test_casts_to_text_are_iso() -> None:
    assert timestamps.timestamp_text(10) == "1970-01-01T00:00:00.010"
    assert timestamps.timestamp_text(-1) == "1969-12-31T23:59:59.999"
    assert timestamps.date_text(-1) == "1969-12-31"
    assert [timestamps.time_text(ms) for ms in (5000, 60_000, 0)] == ["00:00:05", "00:01", "00:00"]


# -- zones ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone_id", "seconds"),
    [("UTC", 0), ("Z", 0), ("+02:00", 7200), ("-7", -25200), ("+0445", 17100), ("GMT+1", 3600)],
)
def test_zone_ids_that_java_knows(zone_id: str, seconds: int) -> None:
    assert zone(zone_id).offset_seconds(0) == seconds


@pytest.mark.parametrize("zone_id", ["Nowhere/City", "PDT", "+19:00", "../UTC", ""])
def test_unknown_zones_are_refused(zone_id: str) -> None:
    with pytest.raises(UnknownZone):
        zone(zone_id)


# -- SimpleDateFormat -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "form", "days"),
    [
        ("2003-12-24", "yyyy-MM-dd", 12410),
        ("2003-12-24-01-01", "yyyy-MM-dd", 12410),
        ("01-JAN-2022", "dd-MMM-yyyy", 18993),
        ("january 2022", "MMM yyyy", 18993),
        ("2018-05-11Lit", "yyyy-MM-dd'Lit'", 17662),
        ("2022-02-31", "yyyy-MM-dd", 19054),
        ("20220101", "yyyyMMdd", 18993),
        ("22-01-01", "yy-MM-dd", 18993),
        ("60-01-01", "yy-MM-dd", -3653),
        ("10/15/1582", "MM/dd/yyyy", -141427),
        ("10/4/1582", "MM/dd/yyyy", -141428),
    ],
)
def test_lenient_dates(text: str, form: str, days: int) -> None:
    assert parse_leniently(text, form, lambda: WINTER) == days * DAY_MS


@pytest.mark.parametrize(("text", "form"), [("2004", "yyyy-MM-dd"), ("x", "yyyy"), ("", "dd")])
def test_lenient_dates_still_need_all_parts(text: str, form: str) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - the message is compared below
        parse_leniently(text, form, lambda: WINTER)

    assert str(refusal.value) == f'Unparseable date: "{text}"'
