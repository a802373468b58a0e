"""Answers as the server's JSON writes them."""

import json
from decimal import Decimal

import pytest

from ksql.language.resolved import HeaderColumn
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
from sandbox.ksqldb.selects import Ending, Header
from sandbox.ksqldb.wire import AnswerWriter, Form, value_text

HEADER = Header("q_1", (HeaderColumn("K", STRING, key=True), HeaderColumn("N", INTEGER)))


@pytest.mark.parametrize(
    ("sql_type", "value", "text"),
    [
        (BOOLEAN, True, "true"),
        (INTEGER, -5, "-5"),
        (BIGINT, 2**62, "4611686018427387904"),
        (DOUBLE, 10.0, "10.0"),
        (DOUBLE, 1e10, "1.0E10"),
        (DOUBLE, float("nan"), '"NaN"'),
        (decimal(6, 2), Decimal("1.50"), "1.50"),
        (decimal(30, 20), Decimal("1E-20"), "0.00000000000000000001"),
        (STRING, 'a"ü\n', '"a\\"ü\\n"'),
        (BYTES, b"\x00\xff", '"AP8="'),
        (DATE, 0, '"1970-01-01"'),
        (DATE, -1, '"1969-12-31"'),
        (DATE, 10**9, "1000000000"),
        (TIME, 0, '"00:00"'),
        (TIME, 61_001, '"00:01:01.001"'),
        (TIMESTAMP, 1, '"1970-01-01T00:00:00.001"'),
        (TIMESTAMP, None, "null"),
    ],
)
def test_values(sql_type: SqlType, value: object, text: str) -> None:
    assert value_text(value, sql_type) == text


def test_rows_form_is_one_array_with_tombstones_and_an_end() -> None:
    writer = AnswerWriter(Form.ROWS, HEADER)

    rows = writer.rows([(("a", 1), False), (("a", None), True)])

    assert json.loads(writer.head() + rows + writer.tail(Ending.LIMIT)) == [
        {"header": {"queryId": "q_1", "schema": "`K` STRING KEY, `N` INTEGER"}},
        {"row": {"columns": ["a", 1]}},
        {"row": {"columns": ["a", None], "tombstone": True}},
        {"finalMessage": "Limit Reached"},
    ]


def test_delimited_form_is_lines_without_tombstones_or_end() -> None:
    writer = AnswerWriter(Form.DELIMITED, HEADER)

    text = writer.head() + writer.rows([(("a", 1), False), (("a", None), True)])

    assert (text + writer.tail(Ending.LIMIT)).splitlines() == [
        '{"queryId":"q_1","columnNames":["K","N"],"columnTypes":["STRING","INTEGER"]}',
        '["a",1]',
    ]


def test_a_failure_ends_the_array() -> None:
    writer = AnswerWriter(Form.ROWS, HEADER)

    text = writer.head() + writer.failure({"error_code": 50000})

    assert json.loads(text)[1] == {"errorMessage": {"error_code": 50000}}
