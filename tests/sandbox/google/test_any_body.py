"""No request to Google's APIs, however wrong, makes the sandbox fail."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.google.conftest import PROJECT, Served

BIGQUERY = f"/bigquery/v2/projects/{PROJECT}"
ACCOUNTS = f"/google/iam/v1/projects/{PROJECT}/serviceAccounts"
POLICY = f"/google/cloudresourcemanager/v1/projects/{PROJECT}:setIamPolicy"
UPLOAD = f"/upload{BIGQUERY}/jobs?uploadType=resumable"
WRONG: tuple[Any, ...] = (
    *(None, True, -1, 10**30, 1.5, "", "é\u2028", "x" * 2000, "\ud800", "NaN"),
    *([], [None], {}, {"a": 1}, [[1]], [{"name": 5}]),
)

COLUMN = {"name": "a", "type": "RECORD", "fields": [{"name": "b", "type": "INT64"}]}
TARGET = {"projectId": PROJECT, "datasetId": "lab", "tableId": "target"}
PARAMETER = {
    "name": "a",
    "parameterType": {"type": "ARRAY", "arrayType": {"type": "INT64"}},
    "parameterValue": {"arrayValues": [{"value": "1"}]},
}
CALLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "insert dataset": (
        "POST",
        f"{BIGQUERY}/datasets",
        {
            "datasetReference": {"datasetId": "other"},
            "labels": {"a": "b"},
            "access": [{"role": "READER", "userByEmail": "a@example.com"}],
            "defaultTableExpirationMs": "3600000",
        },
    ),
    "patch dataset": ("PATCH", f"{BIGQUERY}/datasets/lab", {"labels": {"a": "b"}, "access": []}),
    "insert table": (
        "POST",
        f"{BIGQUERY}/datasets/lab/tables",
        {
            "tableReference": TARGET,
            "schema": {"fields": [COLUMN]},
            "timePartitioning": {"type": "DAY"},
            "clustering": {"fields": ["a"]},
            "labels": {"a": "b"},
        },
    ),
    "insert rows": (
        "POST",
        f"{BIGQUERY}/datasets/lab/tables/t/insertAll",
        {"rows": [{"insertId": "1", "json": {"n": "1"}}], "skipInvalidRows": True},
    ),
    "query": (
        "POST",
        f"{BIGQUERY}/queries",
        {
            "query": "SELECT @a",
            "useLegacySql": False,
            "queryParameters": [PARAMETER],
            "maxResults": 10,
            "defaultDataset": {"datasetId": "lab"},
            "formatOptions": {"useInt64Timestamp": True},
            "requestId": "x",
        },
    ),
    "insert job": (
        "POST",
        f"{BIGQUERY}/jobs",
        {
            "jobReference": {"location": "US"},
            "configuration": {
                "dryRun": False,
                "query": {"query": "SELECT 1", "useLegacySql": False, "destinationTable": TARGET},
            },
        },
    ),
    "create account": (
        "POST",
        ACCOUNTS,
        {"accountId": "another", "serviceAccount": {"displayName": "x"}},
    ),
    "set policy": (
        "POST",
        POLICY,
        {"policy": {"bindings": [{"role": "roles/viewer", "members": ["user:a@example.com"]}]}},
    ),
}
LOAD: dict[str, Any] = {
    "configuration": {
        "load": {
            "destinationTable": TARGET,
            "sourceFormat": "CSV",
            "schema": {"fields": [{"name": "a", "type": "STRING"}]},
            "skipLeadingRows": 1,
            "fieldDelimiter": ",",
            "maxBadRecords": 1,
            "quote": "'",
            "nullMarker": "x",
            "writeDisposition": "WRITE_APPEND",
        }
    }
}


def variants(value: Any) -> Iterator[Any]:
    """Yield the body once for each of its places and each wrong value."""
    yield from WRONG
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, old in list(inner):
        nested = variants(old) if isinstance(old, dict | list) else WRONG
        for new in nested:
            copy = value.copy()
            copy[key] = new
            yield copy


@pytest.fixture
def table(lab: Served) -> Served:
    body = {
        "tableReference": {"tableId": "t"},
        "schema": {"fields": [{"name": "n", "type": "INTEGER"}]},
    }
    lab.call("POST", f"{BIGQUERY}/datasets/lab/tables", json=body).raise_for_status()
    return lab


@pytest.mark.parametrize("name", CALLS)
def test_one_wrong_value_in_a_good_body_gets_an_answer(table: Served, name: str) -> None:
    method, path, good = CALLS[name]

    for body in variants(good):
        content = json.dumps(body)
        answer = table.call(method, path, data=content)

        assert answer.status_code != 500, f"{content}: {answer.text}"


def test_one_wrong_value_in_a_load_job_gets_an_answer(table: Served) -> None:
    for body in variants(LOAD):
        content = json.dumps(body)
        opened = table.call("POST", UPLOAD, data=content)
        if opened.status_code == 200:
            path = opened.headers["Location"].removeprefix(table.url)
            opened = table.call("PUT", path, data=b"a\n'b'\n")

        assert opened.status_code != 500, f"{content}: {opened.text}"


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        (
            "/queries",
            {"query": ["SELECT 1"], "useLegacySql": False},
            "Invalid value at 'query' (TYPE_STRING), ['SELECT 1']",
        ),
        (
            "/jobs",
            {"configuration": {"load": {"skipLeadingRows": "one"}}},
            "Invalid value at 'configuration.load.skipLeadingRows' (TYPE_INT64), 'one'",
        ),
        (
            "/datasets",
            {"datasetReference": {"datasetId": "d"}, "access": [{"role": 5}]},
            "Invalid value at 'access[0].role' (TYPE_STRING), 5",
        ),
        (
            "/datasets",
            {"datasetReference": "d"},
            "Invalid value at 'datasetReference': must be an object, not 'd'",
        ),
    ],
)
def test_a_field_of_the_wrong_kind_is_named(
    cloud: Served, path: str, body: dict[str, Any], message: str
) -> None:
    answer = cloud.call("POST", BIGQUERY + path, json=body)

    assert (answer.status_code, answer.json()["error"]["message"]) == (400, message)


@pytest.mark.parametrize("name", ["maxResults", "startIndex", "pageToken"])
@pytest.mark.parametrize("value", ["-1", "abc", "9" * 40, "²"])
def test_a_page_that_is_no_number_is_refused(table: Served, name: str, value: str) -> None:
    answer = table.call("GET", f"{BIGQUERY}/datasets/lab/tables/t/data", params={name: value})

    assert answer.status_code == 400
    assert answer.json()["error"]["errors"][0]["location"] == name


def test_a_role_that_could_not_exist_is_refused(lab: Served) -> None:
    path = f"{BIGQUERY}/datasets/lab"
    before = lab.call("GET", path).json()["access"]

    answer = lab.call("PATCH", path, json={"access": [{"role": "X", "userByEmail": "a@b.c"}]})

    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "Invalid value for access.role: X"
    assert lab.call("GET", path).json()["access"] == before


@pytest.mark.parametrize(
    ("binding", "message"),
    [
        (
            {"role": "viewer", "members": ["user:a@b.c"]},
            "Role viewer is not supported for this resource.",
        ),
        (
            {"role": "roles/viewer", "members": ["a@b.c"]},
            "Invalid member a@b.c: must begin with its type, such as user: or serviceAccount:",
        ),
    ],
)
def test_a_binding_that_could_not_exist_is_refused(
    cloud: Served, binding: dict[str, Any], message: str
) -> None:
    answer = cloud.call("POST", POLICY, json={"policy": {"bindings": [binding]}})

    assert (answer.status_code, answer.json()["error"]["message"]) == (400, message)


def test_members_of_a_record_are_selected_by_nobody_yet(table: Served) -> None:
    answer = table.call("GET", f"{BIGQUERY}/datasets/lab/tables/t/data?selectedFields=n.x")

    assert answer.status_code == 501
    assert answer.json()["error"]["message"] == (
        "selectedFields of a RECORD's members (n.x): not emulated by this sandbox"
    )
