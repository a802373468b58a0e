import pytest

from ksql.language.functions import FUNCTIONS
from ksql.language.resolved import Call
from ksql.language.types import BIGINT, DATE, INTEGER, TIME, TIMESTAMP, SqlType
from ksql.language.values import SqlValue
from sandbox.ksqldb.expressions import NOW_MS, expression_source
from tests.sandbox.ksqldb.functions.calling import Typed, call

DAY_MS = 86_400_000


@pytest.mark.parametrize(
    ("name", "unit", "interval", "type_", "value", "result"),
    [
        ("DATEADD", "DAYS", 5, DATE, -3, 2),
        ("DATEADD", "HOURS", 23, DATE, 1, 1),
        ("DATESUB", "HOURS", 25, DATE, 1, 0),
        ("DATEADD", "MONTHS", 1, DATE, 30, 58),
        ("TIMEADD", "MILLISECONDS", 10, TIME, 86_399_995, 5),
        ("TIMESUB", "HOURS", 1, TIME, 0, 82_800_000),
        ("TIMESTAMPADD", "DAYS", 1, TIMESTAMP, -1, DAY_MS - 1),
        ("TIMESTAMPSUB", "MILLISECONDS", -5, TIMESTAMP, 5, 10),
        ("TIMESTAMPADD", "YEARS", 1, TIMESTAMP, 7, 365 * DAY_MS + 7),
    ],
)
def test_intervals_are_added(
    name: str, unit: str, interval: int, type_: SqlType, value: int, result: int
) -> None:
    assert call(name, interval, (value, type_), unit=unit) == result


def test_a_time_of_day_has_no_months() -> None:
    failures: list[str] = []
    found = call(
        "TIMEADD", 1, (0, TIME), unit="MONTHS", failed=lambda _, e: failures.append(str(e))
    )

    assert (found, failures) == (None, ["a TIME has no MONTHS"])


def test_null_intervals_and_values_give_null() -> None:
    assert call("TIMESTAMPADD", (None, INTEGER), (5, TIMESTAMP), unit="DAYS") is None
    assert call("TIMESTAMPADD", 5, (None, TIMESTAMP), unit="DAYS") is None


@pytest.mark.parametrize(
    ("name", "args", "result"),
    [
        ("DATETOSTRING", (18993, "dd-MMM-yyyy"), "01-Jan-2022"),
        ("FORMAT_DATE", ((-1, DATE), "dd-MM-yyyy'Sophia'"), "31-12-1969Sophia"),
        ("FORMAT_TIME", ((1234567, TIME), "HHmmss'AAAAA'"), "002034AAAAA"),
        ("FORMAT_TIMESTAMP", ((0, TIMESTAMP), "yyyy-MM-dd HH:mm z"), "1970-01-01 00:00 GMT"),
        ("FORMAT_TIMESTAMP", ((0, TIMESTAMP), "HH:mm", "Asia/Tokyo"), "09:00"),
        ("TIMESTAMPTOSTRING", ((0, BIGINT), "yyyy-MM-dd HH:mm:ss Z"), "1970-01-01 00:00:00 +0000"),
        ("STRINGTODATE", ("01-Jan-2022", "dd-MMM-yyyy"), 18993),
        ("PARSE_DATE", ("JAN-2022", "MMM-yyyy"), 18993),
        ("PARSE_TIME", ("00:01", "HH:mm"), 60_000),
        ("PARSE_TIMESTAMP", ("1970-01-02", "yyyy-MM-dd"), DAY_MS),
        ("PARSE_TIMESTAMP", ("1970-01-02", "yyyy-MM-dd", "+01:00"), DAY_MS - 3_600_000),
        ("STRINGTOTIMESTAMP", ("1970-01-02", "yyyy-MM-dd"), DAY_MS),
        ("FROM_DAYS", (-10,), -10),
        ("FROM_UNIXTIME", ((100, BIGINT),), 100),
        ("UNIX_DATE", ((5, DATE),), 5),
        ("UNIX_DATE", ((2**31, DATE),), -(2**31)),
        ("UNIX_TIMESTAMP", ((100, TIMESTAMP),), 100),
        ("CONVERT_TZ", ((100, TIMESTAMP), "+0200", "+0500"), 10_800_100),
    ],
)
def test_results(name: str, args: tuple[SqlValue | Typed, ...], result: SqlValue) -> None:
    assert call(name, *args) == result


@pytest.mark.parametrize(
    ("name", "args", "message"),
    [
        ("PARSE_DATE", ("2022-01-01 12", "yyyy-MM-dd HH"), "Date format contains time field."),
        ("FORMAT_DATE", ((0, DATE), "HH"), "Unsupported field: HourOfDay"),
        ("FORMAT_TIME", ((0, TIME), "yyyy"), "Unsupported field: YearOfEra"),
        ("PARSE_TIMESTAMP", ("x", "yyyy"), "Text 'x' could not be parsed at index 0"),
        ("CONVERT_TZ", ((0, TIMESTAMP), "UTC", "Mars"), "Unknown time-zone ID: Mars"),
    ],
)
def test_a_call_that_fails_is_null_and_reported(
    name: str, args: tuple[SqlValue | Typed, ...], message: str
) -> None:
    failures: list[str] = []

    assert call(name, *args, failed=lambda _, why: failures.append(str(why))) is None

    [why] = failures
    assert why.endswith(message)


def test_the_present_comes_from_the_clock_given() -> None:
    def computed(name: str, type_: SqlType) -> int:
        constants = {NOW_MS: lambda: 3 * DAY_MS + 5}
        signature = FUNCTIONS[name].signatures[0]
        text = expression_source(Call(name, signature, (), type_), lambda _: "", constants)
        result: int = eval(text, constants)  # noqa: S307 - the text under test
        return result

    assert computed("UNIX_TIMESTAMP", BIGINT) == 3 * DAY_MS + 5
    assert computed("UNIX_DATE", INTEGER) == 3
