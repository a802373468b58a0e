from decimal import Decimal
from typing import Any

import pytest

from ksql.language.resolved import Column
from ksql.language.types import BIGINT, BOOLEAN, BYTES, DOUBLE, INTEGER, STRING, SqlType, decimal
from sandbox.formats.errors import DeserializationError
from sandbox.formats.json_format import decoder, encoder


def read(type_: SqlType, data: str) -> Any:
    row = decoder([Column("A", type_)], wrapped=True)(f'{{"A":{data}}}'.encode())
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("type_", "data", "value"),
    [
        (INTEGER, "7", 7),
        (INTEGER, '"7"', 7),
        (INTEGER, "10.9", 10),
        (INTEGER, "-10.9", -10),
        (INTEGER, "2147483648", -2147483648),
        (BIGINT, "1e3", 1000),
        (BIGINT, "9223372036854775808", -9223372036854775808),
        (DOUBLE, "3", 3.0),
        (DOUBLE, '"1.5"', 1.5),
        (DOUBLE, '"NaN"', pytest.approx(float("nan"), nan_ok=True)),
        (BOOLEAN, "true", True),
        (decimal(4, 2), "1.5", Decimal("1.50")),
        (decimal(4, 2), '"1.5"', Decimal("1.50")),
        (decimal(4, 2), "7", Decimal("7.00")),
        (STRING, '"a"', "a"),
        (STRING, "1.50", "1.50"),
        (STRING, "true", "true"),
        (STRING, '{"b":1,"a":[1.50,"x"]}', '{"a":[1.50,"x"],"b":1}'),
        (STRING, '[1,{"a":null},"x"]', '[1, {"a":null}, x]'),
        (BYTES, '"AP8="', b"\0\xff"),
        (INTEGER, "null", None),
    ],
)
def test_values_are_converted_as_ksqldb_converts_them(
    type_: SqlType, data: str, value: object
) -> None:
    assert read(type_, data) == value


@pytest.mark.parametrize(
    ("type_", "data", "message"),
    [
        (INTEGER, "true", "sourceType: BooleanNode, requiredType: INTEGER, path: $.A"),
        (INTEGER, '"x"', "sourceType: TextNode, requiredType: INTEGER, path: $.A"),
        (BOOLEAN, "1", "sourceType: IntNode, requiredType: BOOLEAN, path: $.A"),
        (BIGINT, "[]", "sourceType: ArrayNode, requiredType: BIGINT, path: $.A"),
        (decimal(4, 2), "{}", "sourceType: ObjectNode, requiredType: DECIMAL(4, 2), path: $.A"),
    ],
)
def test_values_that_cannot_be_converted_are_named(type_: SqlType, data: str, message: str) -> None:
    with pytest.raises(DeserializationError) as refusal:
        read(type_, data)

    assert str(refusal.value) == f"Can't convert type. {message}"


def test_decimal_that_needs_rounding_is_refused() -> None:
    with pytest.raises(DeserializationError) as refusal:
        read(decimal(4, 2), "1.234")

    assert str(refusal.value) == (
        "Cannot fit decimal '1.234' into DECIMAL(4, 2) without rounding. (Requires 4,3)"
    )


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[1", b'{"A":NaN}', b"{} {}", b"\xff", b"[" * 100_000]
)
def test_what_is_no_json_is_refused(data: bytes) -> None:
    with pytest.raises(DeserializationError) as refusal:
        decoder([Column("A", DOUBLE)], wrapped=True)(data)

    assert str(refusal.value).startswith("Not JSON")


def test_members_match_exactly_or_in_another_case_of_an_unquoted_name() -> None:
    decode = decoder([Column("FOO", INTEGER), Column("bar", INTEGER)], wrapped=True)

    assert decode(b'{"foo":1,"bar":2}') == (1, 2)
    assert decode(b'{"Foo":1,"FOO":3,"BAR":2}') == (3, None)
    assert decode(b'{"other":1}') == (None, None)


def test_null_is_no_row_and_an_array_is_refused() -> None:
    decode = decoder([Column("A", INTEGER)], wrapped=True)

    assert decode(b"null") is None
    with pytest.raises(DeserializationError) as refusal:
        decode(b"[1]")
    assert "sourceType: ArrayNode, requiredType: STRUCT, path: $" in str(refusal.value)


def test_written_members_keep_names_and_order_and_javas_numbers() -> None:
    columns = [
        Column('Q"uote', STRING),
        Column("D", DOUBLE),
        Column("N", decimal(10, 8)),
        Column("B", BOOLEAN),
        Column("Y", BYTES),
    ]
    encode = encoder(columns, wrapped=True)

    row = ('a"\n', 1e10, Decimal("0.00000001"), False, b"\xff")
    assert encode(row) == (b'{"Q\\"uote":"a\\"\\n","D":1.0E10,"N":0.00000001,"B":false,"Y":"/w=="}')
    assert encode((None,) * 5) == b'{"Q\\"uote":null,"D":null,"N":null,"B":null,"Y":null}'


def test_infinite_doubles_are_written_as_texts() -> None:
    assert encoder([Column("D", DOUBLE)], wrapped=True)((float("-inf"),)) == b'{"D":"-Infinity"}'


def test_no_columns_are_an_empty_object() -> None:
    assert encoder([], wrapped=True)(()) == b"{}"
