from typing import Any

import pytest

from tests.sandbox.google.conftest import NOW_MS, PROJECT, Served
from tests.sandbox.google.test_datasets import message

TABLES = f"/bigquery/v2/projects/{PROJECT}/datasets/lab/tables"
FIELDS = [
    {"name": "ACCOUNT_NAME", "type": "STRING"},
    {"name": "QUANTITY", "type": "INT64", "mode": "REQUIRED"},
]


def body(name: str, **more: Any) -> dict[str, Any]:
    return {"tableReference": {"tableId": name}, **more}


def create(lab: Served, name: str, **more: Any) -> dict[str, Any]:
    answer = lab.call("POST", TABLES, json=body(name, **more))
    answer.raise_for_status()
    created: dict[str, Any] = answer.json()
    return created


def view(sql: str) -> dict[str, Any]:
    return {"view": {"query": sql, "useLegacySql": False}}


def test_table_is_shown_as_the_service_shows_it(lab: Served) -> None:
    created = create(
        lab, "t", schema={"fields": FIELDS}, timePartitioning={"type": "DAY"}, labels={"a": "b"}
    )

    assert created.pop("etag")
    assert created == {
        "kind": "bigquery#table",
        "id": f"{PROJECT}:lab.t",
        "selfLink": f"{lab.url}{TABLES}/t",
        "tableReference": {"projectId": PROJECT, "datasetId": "lab", "tableId": "t"},
        "schema": {
            "fields": [
                {"name": "ACCOUNT_NAME", "type": "STRING", "mode": "NULLABLE"},
                {"name": "QUANTITY", "type": "INTEGER", "mode": "REQUIRED"},
            ]
        },
        "creationTime": str(NOW_MS),
        "lastModifiedTime": str(NOW_MS),
        "type": "TABLE",
        "location": "australia-southeast1",
        "numBytes": "0",
        "numLongTermBytes": "0",
        "numRows": "0",
        "timePartitioning": {"type": "DAY"},
        "labels": {"a": "b"},
    }


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"schema": {"fields": [{"name": "a b", "type": "STRING"}]}}, 'Invalid field name "a b".'),
        (
            {"schema": {"fields": [{"name": "a", "type": "TEXT"}]}},
            "Invalid value for type: TEXT is not a valid value (field a)",
        ),
        (
            {"schema": {"fields": [{"name": "a", "type": "STRING"}] * 2}},
            "Field a already exists in schema",
        ),
        (
            {"schema": {"fields": [{"name": "a", "type": "RECORD"}]}},
            "Field a is type RECORD but has no schema",
        ),
        (
            {
                "schema": {"fields": FIELDS},
                "timePartitioning": {"type": "DAY", "field": "QUANTITY"},
            },
            "The field specified for partitioning cannot be found in the schema",
        ),
        (
            {"schema": {"fields": FIELDS}, "timePartitioning": {"type": "WEEK"}},
            "Unknown partitioning type WEEK",
        ),
        (
            {"schema": {"fields": FIELDS}, "clustering": {"fields": ["nope"]}},
            "The field specified for clustering cannot be found in the schema: nope",
        ),
    ],
)
def test_bad_table_is_refused_and_not_made(
    lab: Served, more: dict[str, Any], expected: str
) -> None:
    status, reason, text = message(lab, "POST", TABLES, json=body("t", **more))

    assert (status, reason) == (400, "invalid")
    assert text.startswith(expected)
    assert lab.call("GET", TABLES).json()["totalItems"] == 0


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"materializedView": {"query": "SELECT 1"}}, "Materialized views"),
        ({"schema": {"fields": [{"name": "a", "type": "GEOGRAPHY"}]}}, "Type GEOGRAPHY (field a)"),
        (
            {"view": {"query": "SELECT 1"}},
            "Legacy SQL (view.useLegacySql must be false)",
        ),
    ],
)
def test_what_tables_cannot_be_here_is_refused_by_name(
    lab: Served, more: dict[str, Any], what: str
) -> None:
    refused = message(lab, "POST", TABLES, json=body("t", **more))

    assert refused == (501, "notImplemented", f"{what}: not emulated by this sandbox")


def test_view_has_the_columns_of_its_query(lab: Served) -> None:
    create(lab, "t", schema={"fields": FIELDS})

    made = create(lab, "v", **view("SELECT ACCOUNT_NAME, COUNT(*) AS n FROM lab.t GROUP BY 1"))

    assert made["type"] == "VIEW"
    assert made["schema"]["fields"] == [
        {"name": "ACCOUNT_NAME", "type": "STRING", "mode": "NULLABLE"},
        {"name": "n", "type": "INTEGER", "mode": "NULLABLE"},
    ]


@pytest.mark.parametrize(
    ("sql", "refused"),
    [
        (
            "SELECT * FROM lab.nope",
            (
                404,
                "notFound",
                f"Not found: Table {PROJECT}:lab.nope was not found in location "
                "australia-southeast1",
            ),
        ),
        ("SELECT nope FROM lab.t", (400, "invalidQuery", "Unrecognized name: nope at [1:8]")),
        (
            "DELETE FROM lab.t WHERE true",
            (400, "invalidQuery", "The view's query must be a SELECT"),
        ),
    ],
)
def test_view_that_would_not_work_is_not_made(
    lab: Served, sql: str, refused: tuple[int, str, str]
) -> None:
    create(lab, "t", schema={"fields": FIELDS})

    assert message(lab, "POST", TABLES, json=body("v", **view(sql))) == refused
    assert lab.call("GET", f"{TABLES}/v").status_code == 404


def test_schema_grows_by_nullable_columns_and_rows_keep_their_values(lab: Served) -> None:
    create(lab, "t", schema={"fields": FIELDS})
    rows = [{"json": {"ACCOUNT_NAME": "a", "QUANTITY": 1}}]
    lab.call("POST", f"{TABLES}/t/insertAll", json={"rows": rows})
    grown = [FIELDS[0], {**FIELDS[1], "mode": "NULLABLE"}, {"name": "NOTE", "type": "STRING"}]

    lab.call("PATCH", f"{TABLES}/t", json={"schema": {"fields": grown}}).raise_for_status()

    data = lab.call("GET", f"{TABLES}/t/data").json()
    assert data["rows"] == [{"f": [{"v": "a"}, {"v": "1"}, {"v": None}]}]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (FIELDS[:1], "Field QUANTITY is missing in new schema"),
        (
            [{"name": "ACCOUNT_NAME", "type": "BYTES"}, FIELDS[1]],
            "Field ACCOUNT_NAME has changed type from STRING to BYTES",
        ),
        (
            [{**FIELDS[0], "mode": "REQUIRED"}, FIELDS[1]],
            "Field ACCOUNT_NAME has changed mode from NULLABLE to REQUIRED",
        ),
        (
            [*FIELDS, {"name": "NOTE", "type": "STRING", "mode": "REQUIRED"}],
            "Cannot add required fields to an existing schema. (field: NOTE)",
        ),
    ],
)
def test_other_changes_of_a_schema_are_refused(
    lab: Served, fields: list[dict[str, Any]], problem: str
) -> None:
    create(lab, "t", schema={"fields": FIELDS})

    refused = message(lab, "PATCH", f"{TABLES}/t", json={"schema": {"fields": fields}})

    text = f"Provided Schema does not match Table {PROJECT}:lab.t. {problem}"
    assert refused == (400, "invalid", text)


def test_table_and_view_are_listed_and_deleted(lab: Served) -> None:
    create(lab, "t", schema={"fields": FIELDS})
    create(lab, "v", **view("SELECT 1 AS one"))

    listed = lab.call("GET", TABLES).json()
    deleted = lab.call("DELETE", f"{TABLES}/t")
    gone = message(lab, "GET", f"{TABLES}/t")

    kinds = [(each["tableReference"]["tableId"], each["type"]) for each in listed["tables"]]
    assert kinds == [("t", "TABLE"), ("v", "VIEW")]
    assert deleted.status_code == 204
    assert gone == (404, "notFound", f"Not found: Table {PROJECT}:lab.t")


def test_names_of_tables_are_told_apart_by_case(lab: Served) -> None:
    create(lab, "t", schema={"fields": FIELDS})
    create(lab, "T", schema={"fields": FIELDS[:1]})

    assert len(lab.call("GET", f"{TABLES}/T").json()["schema"]["fields"]) == 1
