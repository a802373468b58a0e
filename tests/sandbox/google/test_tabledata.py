import gzip
import json
from typing import Any

import pytest

from tests.sandbox.google.conftest import Served
from tests.sandbox.google.test_datasets import message
from tests.sandbox.google.test_tables import TABLES, create, view

FIELDS = [{"name": "name", "type": "STRING"}, {"name": "n", "type": "INTEGER"}]
ROWS = f"{TABLES}/t/data"


@pytest.fixture
def table(lab: Served) -> Served:
    create(lab, "t", schema={"fields": FIELDS})
    return lab


def insert(table: Served, rows: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    body = {"rows": [{"json": row} for row in rows], **more}
    answer: dict[str, Any] = table.call("POST", f"{TABLES}/t/insertAll", json=body).json()
    return answer


def stored(table: Served, query: str = "") -> list[list[Any]]:
    rows = table.call("GET", ROWS + query).json().get("rows", [])
    return [[cell["v"] for cell in row["f"]] for row in rows]


def test_one_bad_row_stops_the_others_and_each_says_why(table: Served) -> None:
    answer = insert(table, [{"name": "a", "n": "x"}, {"nope": 1}, {"name": "c"}])

    errors = {each["index"]: each["errors"][0] for each in answer["insertErrors"]}
    assert {i: (e["reason"], e["location"], e["message"]) for i, e in errors.items()} == {
        0: ("invalid", "n", "Cannot convert value to integer (bad value): x"),
        1: ("invalid", "nope", "no such field: nope."),
        2: ("stopped", "", ""),
    }
    assert stored(table) == []


def test_bad_rows_are_left_out_if_the_request_says_so(table: Served) -> None:
    answer = insert(table, [{"n": "x"}, {"name": "b"}], skipInvalidRows=True)

    assert [each["index"] for each in answer["insertErrors"]] == [0]
    assert stored(table) == [["b", None]]


def test_unknown_values_are_ignored_if_the_request_says_so(table: Served) -> None:
    answer = insert(table, [{"NAME": "a", "nope": 1}], ignoreUnknownValues=True)

    assert "insertErrors" not in answer
    assert stored(table) == [["a", None]]


def test_row_sent_again_under_its_insert_id_is_stored_once(table: Served) -> None:
    body = {"rows": [{"insertId": "1", "json": {"name": "a"}}]}
    for _ in range(2):
        table.call("POST", f"{TABLES}/t/insertAll", json=body).raise_for_status()

    assert stored(table) == [["a", None]]


def test_rows_are_paged_in_the_order_they_came(table: Served) -> None:
    insert(table, [{"name": str(i), "n": i} for i in range(5)])

    first = table.call("GET", f"{ROWS}?maxResults=2").json()
    second = table.call("GET", f"{ROWS}?maxResults=2&pageToken={first['pageToken']}").json()
    last = table.call("GET", f"{ROWS}?startIndex=4").json()

    assert first["totalRows"] == "5"
    assert [row["f"][0]["v"] for row in first["rows"] + second["rows"]] == ["0", "1", "2", "3"]
    assert last["rows"] == [{"f": [{"v": "4"}, {"v": "4"}]}]
    assert "pageToken" not in last


def test_selected_fields_come_in_the_tables_order(table: Served) -> None:
    insert(table, [{"name": "a", "n": 1}])

    assert stored(table, "?selectedFields=n") == [["1"]]
    assert stored(table, "?selectedFields=n,name") == [["a", "1"]]
    refused = message(table, "GET", f"{ROWS}?selectedFields=zz")
    assert refused == (404, "notFound", "Not found: Field zz")


def test_rows_of_a_view_cannot_be_listed(lab: Served) -> None:
    create(lab, "v", **view("SELECT 1 AS one"))

    refused = message(lab, "GET", f"{TABLES}/v/data")

    assert refused == (400, "invalid", "Cannot list a table of type VIEW.")


@pytest.mark.parametrize(
    ("kind", "given", "wire"),
    [
        ("STRING", "ü", "ü"),
        ("INTEGER", "9223372036854775807", "9223372036854775807"),
        ("FLOAT", 1, "1.0"),
        ("FLOAT", "NaN", "NaN"),
        ("FLOAT", "-inf", "-Infinity"),
        ("NUMERIC", "1.50", "1.5"),
        ("NUMERIC", 12, "12"),
        ("BIGNUMERIC", "0.000000000000000001", "0.000000000000000001"),
        ("BOOLEAN", True, "true"),
        ("BOOLEAN", "F", "false"),
        ("BYTES", "qgA=", "qgA="),
        ("DATE", "2024-02-29", "2024-02-29"),
        ("TIME", "10:00:01.5", "10:00:01.500000"),
        ("DATETIME", "2024-02-29 10:00:00", "2024-02-29T10:00:00"),
        ("TIMESTAMP", "2024-01-01 02:00:00+02:00", "1.704067200E9"),
        ("TIMESTAMP", 1.5, "1.5E0"),
        ("JSON", {"a": [1]}, '{"a": [1]}'),
        ("STRING", None, None),
    ],
)
def test_value_of_every_type_has_the_services_wire_form(
    lab: Served, kind: str, given: Any, wire: str | None
) -> None:
    create(lab, "t", schema={"fields": [{"name": "x", "type": kind}]})

    assert "insertErrors" not in insert(lab, [{"x": given}])

    [[value]] = stored(lab)
    if kind == "TIMESTAMP":
        assert float(value) == float(str(wire))
        assert "E" in value
    else:
        assert value == wire


@pytest.mark.parametrize(
    ("kind", "given", "problem"),
    [
        ("INTEGER", 1.5, "Cannot convert value to integer (bad value): 1.5"),
        ("INTEGER", str(2**63), f"Cannot convert value to integer (bad value): {2**63}"),
        ("BOOLEAN", "maybe", "Cannot convert value to boolean (bad value): maybe"),
        ("BYTES", "*", "Could not decode base64 string to bytes. Field: x"),
        ("DATE", "2024-02-30", "Invalid date: '2024-02-30' Field: x; Value: 2024-02-30"),
        ("NUMERIC", "1e30", "Invalid NUMERIC value: 1e30 Field: x; Value: 1e30"),
        ("STRING", ["a"], "Array specified for non-repeated field: x."),
        ("STRING", {"a": 1}, "This field: x is not a record."),
    ],
)
def test_value_that_does_not_fit_is_refused_with_its_field(
    lab: Served, kind: str, given: Any, problem: str
) -> None:
    create(lab, "t", schema={"fields": [{"name": "x", "type": kind}]})

    answer = insert(lab, [{"x": given}])

    error = answer["insertErrors"][0]["errors"][0]
    assert (error["location"], error["message"]) == ("x", problem)


def test_records_and_lists_nest_and_keep_timestamps(lab: Served) -> None:
    members = [{"name": "at", "type": "TIMESTAMP"}, {"name": "raw", "type": "BYTES"}]
    field = {"name": "r", "type": "RECORD", "mode": "REPEATED", "fields": members}
    create(
        lab, "t", schema={"fields": [field, {"name": "tags", "type": "STRING", "mode": "REPEATED"}]}
    )

    insert(lab, [{"r": [{"at": "1970-01-01T00:00:01Z", "raw": "qgA="}], "tags": ["a", "b"]}, {}])

    rows = lab.call("GET", f"{ROWS}?formatOptions.useInt64Timestamp=true").json()["rows"]
    assert rows == [
        {
            "f": [
                {"v": [{"v": {"f": [{"v": "1000000"}, {"v": "qgA="}]}}]},
                {"v": [{"v": "a"}, {"v": "b"}]},
            ]
        },
        {"f": [{"v": []}, {"v": []}]},
    ]


def test_required_field_must_be_there(lab: Served) -> None:
    create(lab, "t", schema={"fields": [{"name": "x", "type": "STRING", "mode": "REQUIRED"}]})

    error = insert(lab, [{}])["insertErrors"][0]["errors"][0]

    assert error["message"] == "Missing required field: x."


def test_compressed_bodies_are_unpacked(table: Served) -> None:
    body = gzip.compress(json.dumps({"rows": [{"json": {"name": "z"}}]}).encode())
    table.call(
        "POST", f"{TABLES}/t/insertAll", data=body, headers={"Content-Encoding": "gzip"}
    ).raise_for_status()

    assert stored(table) == [["z", None]]
