import math
from decimal import Decimal

import pytest

from ksql.language.types import DOUBLE
from ksql.language.values import SqlValue
from tests.sandbox.ksqldb.functions.calling import call


@pytest.mark.parametrize(
    ("name", "args", "result"),
    [
        ("ABS", (-7,), 7),
        ("ABS", (-(2**31),), 2**31),
        ("ABS", (-1.5,), 1.5),
        ("ABS", (Decimal("-1.50"),), Decimal("1.50")),
        ("CEIL", (1.2,), 2.0),
        ("CEIL", (7,), 7),
        ("CEIL", (Decimal("1.21"),), Decimal("2.00")),
        ("CEIL", (Decimal("-1.21"),), Decimal("-1.00")),
        ("FLOOR", (-1.2,), -2.0),
        ("FLOOR", (Decimal("-1.21"),), Decimal("-2.00")),
        ("FLOOR", (math.inf,), math.inf),
        ("ROUND", (1.5,), 2),
        ("ROUND", (-1.5,), -1),
        ("ROUND", (0.49999999999999994,), 0),
        ("ROUND", (1e300,), 2**63 - 1),
        ("ROUND", (7,), 7),
        ("ROUND", (1.005, 2), 1.01),
        ("ROUND", (-1.005, 2), -1.0),
        ("ROUND", (1234.5, -2), 1200.0),
        ("ROUND", (Decimal("2.5"),), Decimal("3")),
        ("ROUND", (Decimal("-2.5"),), Decimal("-2")),
        ("ROUND", (Decimal("12.345"), 2), Decimal("12.350")),
        ("ROUND", (Decimal("12.345"), -1), Decimal("10.000")),
        ("ROUND", (Decimal("12.345"), 5), Decimal("12.345")),
        ("TRUNC", (-1.9,), -1),
        ("TRUNC", (1.29, 1), 1.2),
        ("TRUNC", (Decimal("-12345.678"), 1), Decimal("-12345.600")),
        ("SIGN", (-5,), -1),
        ("SIGN", (0.0,), 0),
        ("SQRT", (16,), 4.0),
        ("CBRT", (-8,), -2.0),
        ("EXP", (0,), 1.0),
        ("EXP", (1000,), math.inf),
        ("LN", (1,), 0.0),
        ("LN", (0,), -math.inf),
        ("LOG", (1.0,), 0.0),
        ("LOG", (2, 8), 3.0),
        ("POWER", (2, 10), 1024.0),
        ("POWER", (0, -1), math.inf),
        ("POWER", (-2.0, 3.0), -8.0),
        ("POWER", (1e300, 2.0), math.inf),
        ("COT", (0.0,), math.inf),
        ("DEGREES", (math.pi,), 180.0),
        ("RADIANS", (180,), math.pi),
        ("ATAN2", (1.0, 1.0), math.pi / 4),
        ("SINH", (-1000,), -math.inf),
        ("COSH", (1000,), math.inf),
        ("TANH", (1000,), 1.0),
        ("PI", (), math.pi),
    ],
)
def test_results_are_javas(name: str, args: tuple[SqlValue, ...], result: SqlValue) -> None:
    found = call(name, *args)

    assert found == result
    assert type(found) is type(result)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("SQRT", (-1,)),
        ("LN", (-1,)),
        ("ASIN", (2,)),
        ("ACOS", (-1.1,)),
        ("LOG", (0, 13)),
        ("LOG", (1, 13)),
        ("POWER", (-8.0, 0.5)),
    ],
)
def test_what_has_no_result_is_nan(name: str, args: tuple[SqlValue, ...]) -> None:
    found = call(name, *args)

    assert isinstance(found, float)
    assert math.isnan(found)


@pytest.mark.parametrize("name", ["ABS", "SQRT", "ROUND", "SIGN"])
def test_null_gives_null(name: str) -> None:
    assert call(name, (None, DOUBLE)) is None


def test_geo_distance_takes_units_and_refuses_other_planets() -> None:
    failures: list[str] = []
    kilometres = call("GEO_DISTANCE", 37.4439, -122.1663, 51.5257, -0.1122)
    miles = call("GEO_DISTANCE", 37.4439, -122.1663, 51.5257, -0.1122, "MILES")
    nowhere = call(
        "GEO_DISTANCE", 97.0, 0.0, 0.0, 0.0, failed=lambda _, why: failures.append(str(why))
    )

    assert kilometres == pytest.approx(8634.6, abs=0.1)
    assert miles == pytest.approx(5365.7, abs=0.1)
    assert nowhere is None
    assert failures == ["valid values for latitude are from -90.0 to 90.0: 97.0"]
