"""Every format: rows come back from their bytes, and broken bytes are one typed error."""

import contextlib
import math
import string
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksql.language.resolved import Column, FormatSpec
from ksql.language.types import (
    BIGINT,
    BOOLEAN,
    BYTES,
    DATE,
    DOUBLE,
    INTEGER,
    STRING,
    TIME,
    TIMESTAMP,
    SqlType,
    decimal,
)
from sandbox.formats.errors import DeserializationError, SchemaError, SerializationError
from sandbox.formats.serde import Serde, is_wrapped, serde
from tests.sandbox.formats.registry import ListedSchemas

LONGS = st.integers(-(2**63), 2**63 - 1)
VALUES: dict[SqlType, st.SearchStrategy[Any]] = {
    BOOLEAN: st.booleans(),
    INTEGER: st.integers(-(2**31), 2**31 - 1),
    BIGINT: LONGS,
    DOUBLE: st.floats(allow_nan=False),
    decimal(12, 4): st.decimals(-99999999, 99999999, places=4),
    STRING: st.text(st.characters(codec="utf-8")),
    BYTES: st.binary(),
    DATE: st.integers(-(2**31), 2**31 - 1),
    TIME: st.integers(0, 86_399_999),
    TIMESTAMP: LONGS,
}
COLUMNS = tuple(Column(f"C{at}", type_) for at, type_ in enumerate(VALUES))
ROWS = st.tuples(*(st.none() | values for values in VALUES.values()))
SCHEMAS = ListedSchemas()


def made(name: str, *columns: Column, is_key: bool = False, **settings: Any) -> Serde:
    return serde(
        FormatSpec(name, **settings),
        columns or COLUMNS,
        is_key=is_key,
        schemas=SCHEMAS,
        subject="orders-value",
    )


@pytest.mark.parametrize("name", ["AVRO", "JSON"])
@given(row=ROWS)
def test_rows_of_all_types_come_back_from_avro_and_json(name: str, row: tuple[Any, ...]) -> None:
    both = made(name)

    assert both.decode(both.encode(row)) == row


@given(row=ROWS)
def test_rows_come_back_from_delimited_but_for_empty_texts(row: tuple[Any, ...]) -> None:
    both = made("DELIMITED")

    expected = tuple(None if value in ("", b"") else value for value in row)
    assert both.decode(both.encode(row)) == expected


@pytest.mark.parametrize("delimiter", [";", "TAB", "SPACE", "|"])
@given(texts=st.lists(st.text(string.printable, min_size=1), min_size=2, max_size=4))
def test_delimited_quotes_whatever_its_delimiter(delimiter: str, texts: list[str]) -> None:
    columns = [Column(f"C{at}", STRING) for at in range(len(texts))]
    both = made("DELIMITED", *columns, delimiter=delimiter)

    assert both.decode(both.encode(tuple(texts))) == tuple(texts)


@pytest.mark.parametrize("type_", [INTEGER, BIGINT, DOUBLE, STRING, BYTES])
def test_kafka_carries_one_value_and_null(type_: SqlType) -> None:
    both = made("KAFKA", Column("K", type_), is_key=True)

    @given(value=VALUES[type_])
    def comes_back(value: Any) -> None:
        assert both.decode(both.encode((value,))) == (value,)

    comes_back()
    assert both.encode((None,)) is None
    assert both.decode(None) is None


@pytest.mark.parametrize(
    ("type_", "value", "data"),
    [
        (INTEGER, -2, b"\xff\xff\xff\xfe"),
        (BIGINT, 1, b"\0\0\0\0\0\0\0\1"),
        (DOUBLE, 1.5, b"\x3f\xf8\0\0\0\0\0\0"),
        (STRING, "é", b"\xc3\xa9"),
    ],
)
def test_kafka_bytes_are_those_of_kafkas_serializers(
    type_: SqlType, value: Any, data: bytes
) -> None:
    assert made("KAFKA", Column("K", type_)).encode((value,)) == data


def test_kafka_refuses_data_of_another_length() -> None:
    with pytest.raises(DeserializationError) as refusal:
        made("KAFKA", Column("K", INTEGER)).decode(b"\0\0")

    assert str(refusal.value) == "Size of data received by IntegerDeserializer is not 4"


def test_kafka_refuses_types_and_several_columns() -> None:
    with pytest.raises(SchemaError) as of_type:
        made("KAFKA", Column("K", BOOLEAN))
    with pytest.raises(SchemaError) as of_count:
        made("KAFKA", Column("A", STRING), Column("B", INTEGER))

    assert str(of_type.value) == "The 'KAFKA' format does not support type 'BOOLEAN'"
    assert str(of_count.value) == (
        "The 'KAFKA' format only supports a single field. Got: [`A` STRING, `B` INTEGER]"
    )


@pytest.mark.parametrize("name", ["AVRO", "JSON", "DELIMITED", "KAFKA", "NONE"])
def test_no_bytes_are_no_row(name: str) -> None:
    assert made(name, Column("V", STRING)).decode(None) is None


@pytest.mark.parametrize("name", ["AVRO", "JSON", "DELIMITED"])
@given(data=st.binary())
def test_any_bytes_are_a_row_or_a_deserialization_error(name: str, data: bytes) -> None:
    row: Any = None
    with contextlib.suppress(DeserializationError):
        row = made(name).decode(data)

    assert row is None or len(row) == len(COLUMNS)


@given(data=st.binary())
def test_any_bytes_behind_a_known_avro_header_are_a_row_or_an_error(data: bytes) -> None:
    both = made("AVRO")
    head = both.encode((None,) * len(COLUMNS))
    assert head is not None

    row: Any = ()
    with contextlib.suppress(DeserializationError):
        row = both.decode(head[:5] + data)

    assert len(row) in (0, len(COLUMNS))


def test_unknown_format_is_refused() -> None:
    with pytest.raises(SchemaError) as refusal:
        made("FOO")

    assert str(refusal.value) == "Unknown format: FOO"


def test_none_writes_nothing_and_reads_nothing() -> None:
    nothing = serde(FormatSpec("NONE"), (), is_key=True)

    assert nothing.encode(()) is None
    assert nothing.decode(b"whatever") == ()


@pytest.mark.parametrize("name", ["AVRO", "JSON"])
def test_single_key_column_is_anonymous_and_its_null_is_no_bytes(name: str) -> None:
    key = made(name, Column("K", INTEGER), is_key=True)

    assert key.encode((None,)) is None
    assert key.decode(key.encode((33,))) == (33,)
    if name == "JSON":
        assert key.encode((33,)) == b"33"


def test_wrapping_follows_the_setting_for_single_value_columns_only() -> None:
    one, two = (Column("A", STRING),), (Column("A", STRING), Column("B", STRING))

    assert is_wrapped(FormatSpec("JSON"), one, is_key=False)
    assert not is_wrapped(FormatSpec("JSON", wrap_single_value=False), one, is_key=False)
    assert is_wrapped(FormatSpec("JSON", wrap_single_value=False), two, is_key=False)
    assert not is_wrapped(FormatSpec("JSON"), one, is_key=True)
    assert is_wrapped(FormatSpec("JSON"), two, is_key=True)


def test_serdes_are_equal_when_format_and_columns_are() -> None:
    assert made("AVRO") == made("AVRO")
    assert made("AVRO") != made("JSON")
    assert made("JSON", COLUMNS[0]) != made("JSON", COLUMNS[1])


def test_avro_registers_its_schema_with_the_first_row_and_once() -> None:
    schemas = ListedSchemas()
    both = serde(FormatSpec("AVRO"), COLUMNS[:2], schemas=schemas, subject="t-value")
    assert schemas.schemas == []

    both.encode((True, 1))
    both.encode((False, 2))

    assert [known.subject for known in schemas.schemas] == ["t-value"]


def test_avro_names_the_registrys_refusal() -> None:
    both = serde(
        FormatSpec("AVRO"), COLUMNS[:1], schemas=ListedSchemas("t-value"), subject="t-value"
    )

    with pytest.raises(SerializationError) as refusal:
        both.encode((True,))

    assert str(refusal.value) == "t-value: Schema being registered is incompatible"


@pytest.mark.parametrize("name", ["AVRO", "JSON", "DELIMITED"])
def test_a_row_that_does_not_fit_is_a_serialization_error(name: str) -> None:
    both = made(name, Column("A", decimal(4, 2)), Column("B", DOUBLE))

    with pytest.raises(SerializationError):
        both.encode((Decimal("1.00"),))
    with pytest.raises(SerializationError):
        both.encode(("text", "text"))


def test_nan_comes_back_from_json_and_avro() -> None:
    for name in ("AVRO", "JSON"):
        both = made(name, Column("A", DOUBLE), Column("B", DOUBLE))
        row = both.decode(both.encode((math.nan, -math.inf)))
        assert row is not None
        assert math.isnan(row[0])  # type: ignore[arg-type]  # a DOUBLE column holds a float
        assert row[1] == -math.inf
