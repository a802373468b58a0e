from decimal import Decimal

import pytest

from ksql.language.resolved import Column
from ksql.language.types import BIGINT, BOOLEAN, DOUBLE, INTEGER, STRING, SqlType, decimal
from sandbox.formats.delimited import decoder, delimiter_of, encoder
from sandbox.formats.errors import DeserializationError, SchemaError
from sandbox.formats.rows import Row


def columns(*types: SqlType) -> list[Column]:
    return [Column(f"C{at}", type_) for at, type_ in enumerate(types)]


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (("a", "b"), "a,b"),
        (("-5", "-5"), '"-5",-5'),
        (("_a", "_a"), '"_a",_a'),
        (("é", "é"), '"é",é'),
        (("a b", "a,b"), 'a b,"a,b"'),
        (("a ", "b "), '"a ","b "'),
        (('a"b', 'a"b'), '"a""b","a""b"'),
        (("#", "#x"), '"#","#x"'),
        (("a\nb", "c"), '"a\nb",c'),
        (("", ""), '"",'),
        ((None, None), ","),
    ],
)
def test_first_field_is_quoted_sooner_than_the_others(row: Row, line: str) -> None:
    assert encoder(columns(STRING, STRING), ",")(row).decode() == line


@pytest.mark.parametrize(
    ("type_", "value", "text"),
    [
        (INTEGER, 7, "7"),
        (INTEGER, -7, '"-7"'),
        (BOOLEAN, False, "false"),
        (DOUBLE, 1e7, "1.0E7"),
        (decimal(20, 16), Decimal("0.1200000000000000"), "0.1200000000000000"),
        (decimal(7, 2), Decimal("-1.50"), '"-1.50"'),
        (BIGINT, None, ""),
    ],
)
def test_a_single_value_is_written_as_the_first_field(
    type_: SqlType, value: object, text: str
) -> None:
    assert encoder(columns(type_), ",")((value,)).decode() == text  # type: ignore[arg-type]  # any SqlValue


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("1,a", (1, "a")),
        ('"1","a ""b"""', (1, 'a "b"')),
        (",", (None, None)),
        ('"",""', (None, None)),
        ("\r\n1,a\r\n2,b", (1, "a")),
        ('1,"a\nb"', (1, "a\nb")),
        ("1, a ", (1, " a ")),
        ('1,"a" ', (1, "a")),
        ('1,a"b', (1, 'a"b')),
    ],
)
def test_records_are_read_as_commons_csv_reads_them(line: str, row: Row) -> None:
    assert decoder(columns(INTEGER, STRING), ",")(line.encode()) == row


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1", "Column count mismatch on deserialization. expected: 2, got: 1"),
        ("1,a,b", "Column count mismatch on deserialization. expected: 2, got: 3"),
        ("", "No fields in record"),
        ("x,a", 'For input string: "x"'),
        (" 1,a", 'For input string: " 1"'),
        ('1,"a', "EOF reached before encapsulated token finished"),
        ('1,"a"b', "invalid char between encapsulated token and delimiter"),
    ],
)
def test_broken_records_are_refused(line: str, message: str) -> None:
    with pytest.raises(DeserializationError) as refusal:
        decoder(columns(INTEGER, STRING), ",")(line.encode())

    assert str(refusal.value) == message


def test_decimal_must_fit_without_rounding() -> None:
    decode = decoder(columns(decimal(4, 2)), ",")

    assert decode(b".5") == (Decimal("0.50"),)
    with pytest.raises(DeserializationError, match=r"Cannot fit decimal '0.555'"):
        decode(b"0.555")


def test_delimiter_is_a_character_or_a_known_name() -> None:
    assert [delimiter_of(each) for each in (None, ";", "TAB", "space")] == [",", ";", "\t", " "]
    with pytest.raises(SchemaError) as refusal:
        delimiter_of("<~>")
    assert str(refusal.value) == (
        "Invalid delimiter value: '<~>'. Delimiter must be a single character or TAB,SPACE"
    )
