from typing import Any

import pytest

from tests.sandbox.google.conftest import PROJECT, Served

DATASETS = f"/bigquery/v2/projects/{PROJECT}/datasets"


def create(cloud: Served, name: str, **more: Any) -> dict[str, Any]:
    body = {"datasetReference": {"datasetId": name}, **more}
    created: dict[str, Any] = cloud.call("POST", DATASETS, json=body).json()
    return created


def message(cloud: Served, method: str, path: str, **arguments: Any) -> tuple[int, str, str]:
    answer = cloud.call(method, path, **arguments)
    error = answer.json()["error"]
    return answer.status_code, error["errors"][0]["reason"], error["message"]


def test_new_dataset_has_the_services_default_access(cloud: Served) -> None:
    created = create(cloud, "lab", location="Australia-Southeast1", labels={"team": "a"})

    assert created["id"] == f"{PROJECT}:lab"
    assert created["location"] == "australia-southeast1"
    assert created["labels"] == {"team": "a"}
    assert created["access"] == [
        {"role": "WRITER", "specialGroup": "projectWriters"},
        {"role": "OWNER", "specialGroup": "projectOwners"},
        {"role": "OWNER", "userByEmail": "owner@sandbox.invalid"},
        {"role": "READER", "specialGroup": "projectReaders"},
    ]


def test_second_dataset_of_the_same_name_is_a_duplicate(cloud: Served) -> None:
    create(cloud, "lab")

    refused = message(cloud, "POST", DATASETS, json={"datasetReference": {"datasetId": "lab"}})

    assert refused == (409, "duplicate", f"Already Exists: Dataset {PROJECT}:lab")


def test_unknown_dataset_is_not_found_in_googles_error_body(cloud: Served) -> None:
    answer = cloud.call("GET", f"{DATASETS}/nope")

    text = f"Not found: Dataset {PROJECT}:nope"
    assert answer.status_code == 404
    assert answer.json() == {
        "error": {
            "code": 404,
            "message": text,
            "errors": [{"message": text, "domain": "global", "reason": "notFound"}],
            "status": "NOT_FOUND",
        }
    }


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "Required parameter is missing: datasetId"),
        ({"datasetReference": {"datasetId": "a-b"}}, 'Invalid dataset ID "a-b".'),
        (
            {"datasetReference": {"datasetId": "a"}, "labels": {"Team": "a"}},
            'Invalid value for labels: "Team": "a" must be lower-case text',
        ),
        (
            {"datasetReference": {"datasetId": "a"}, "access": [{"role": "READER"}]},
            "An access entry needs exactly one member",
        ),
    ],
)
def test_bad_dataset_is_refused_and_not_made(
    cloud: Served, body: dict[str, Any], text: str
) -> None:
    status, _, refused = message(cloud, "POST", DATASETS, json=body)

    assert status == 400
    assert refused.startswith(text)
    assert "datasets" not in cloud.call("GET", DATASETS).json()


def test_patch_of_access_keeps_predefined_roles_under_their_older_names(cloud: Served) -> None:
    access = create(cloud, "lab")["access"]
    member = {"userByEmail": "sink@sandbox-project.iam.gserviceaccount.com"}
    added = {"role": "roles/bigquery.dataEditor", **member}

    patched = cloud.call("PATCH", f"{DATASETS}/lab", json={"access": [*access, added]}).json()

    assert patched["access"] == [*access, {"role": "WRITER", **member}]


def test_patch_merges_labels_and_removes_what_is_null(cloud: Served) -> None:
    create(cloud, "lab", labels={"team": "a", "old": "x"}, description="first")

    body = {"labels": {"team": "b", "old": None}, "description": None}
    patched = cloud.call("PATCH", f"{DATASETS}/lab", json=body).json()

    assert patched["labels"] == {"team": "b"}
    assert "description" not in patched


def test_update_replaces_settings_and_keeps_access(cloud: Served) -> None:
    created = create(cloud, "lab", labels={"team": "a"})

    updated = cloud.call("PUT", f"{DATASETS}/lab", json={"friendlyName": "Lab"}).json()

    assert updated["friendlyName"] == "Lab"
    assert "labels" not in updated
    assert updated["access"] == created["access"]


def test_change_with_a_stale_etag_is_refused(cloud: Served) -> None:
    etag = create(cloud, "lab")["etag"]
    cloud.call("PATCH", f"{DATASETS}/lab", json={"description": "other"})

    headers = {"If-Match": etag}
    refused = message(
        cloud, "PATCH", f"{DATASETS}/lab", json={"description": "mine"}, headers=headers
    )

    assert refused == (412, "conditionNotMet", "Precondition Failed")
    assert cloud.call("GET", f"{DATASETS}/lab").json()["description"] == "other"


def test_dataset_with_tables_goes_only_with_its_contents(lab: Served) -> None:
    table = {"tableReference": {"tableId": "t"}, "schema": {"fields": []}}
    lab.call("POST", f"{DATASETS}/lab/tables", json=table).raise_for_status()

    refused = message(lab, "DELETE", f"{DATASETS}/lab")
    deleted = lab.call("DELETE", f"{DATASETS}/lab?deleteContents=true")

    assert refused == (400, "resourceInUse", f"Dataset {PROJECT}:lab is still in use")
    assert deleted.status_code == 204
    assert lab.google.inventory()["bigquery_tables"] == []


def test_list_is_paged_and_filtered_by_label(cloud: Served) -> None:
    for name in ("b", "a", "c"):
        create(cloud, name, labels={"kind": "odd" if name == "b" else "even"})

    first = cloud.call("GET", f"{DATASETS}?maxResults=2").json()
    second = cloud.call("GET", f"{DATASETS}?pageToken={first['nextPageToken']}").json()
    even = cloud.call("GET", f"{DATASETS}?filter=labels.kind:even").json()

    def names(page: dict[str, Any]) -> list[str]:
        return [each["datasetReference"]["datasetId"] for each in page["datasets"]]

    assert names(first) == ["a", "b"]
    assert names(second) == ["c"]
    assert "nextPageToken" not in second
    assert names(even) == ["a", "c"]


def test_operation_that_is_not_emulated_says_so(lab: Served) -> None:
    refused = message(lab, "GET", f"{DATASETS}/lab/routines")

    text = "bigquery.routines.list: not emulated by this sandbox"
    assert refused == (501, "notImplemented", text)


def test_body_that_is_not_json_is_a_parse_error(cloud: Served) -> None:
    refused = message(cloud, "POST", DATASETS, data="{")

    assert refused == (400, "parseError", "Parse Error: the body is not valid JSON")
