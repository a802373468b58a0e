"""Service accounts, keys, tokens, and what they may do."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from google.api_core.exceptions import Forbidden
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.cloud import bigquery

from tests.sandbox.google.conftest import PROJECT, Identity, Served
from tests.sandbox.google.test_tables import create

ACCOUNTS = f"/google/iam/v1/projects/{PROJECT}/serviceAccounts"
MANAGER = f"/google/cloudresourcemanager/v1/projects/{PROJECT}"
EMAIL = f"sink-sa@{PROJECT}.iam.gserviceaccount.com"


def grant_in_project(cloud: Served, role: str, email: str) -> dict[str, Any]:
    policy = cloud.call("POST", f"{MANAGER}:getIamPolicy").json()
    policy["bindings"].append({"role": role, "members": [f"serviceAccount:{email}"]})
    answer = cloud.call("POST", f"{MANAGER}:setIamPolicy", json={"policy": policy})
    answer.raise_for_status()
    changed: dict[str, Any] = answer.json()
    return changed


def grant_on_dataset(cloud: Served, role: str, email: str) -> None:
    client = cloud.client()
    dataset = client.get_dataset("lab")
    entry = bigquery.AccessEntry(role, "userByEmail", email)
    dataset.access_entries = [*dataset.access_entries, entry]
    client.update_dataset(dataset, ["access_entries"])


def test_account_is_made_read_changed_and_deleted(cloud: Served) -> None:
    body = {"accountId": "sink-sa", "serviceAccount": {"displayName": "Sink"}}
    made = cloud.call("POST", ACCOUNTS, json=body).json()
    again = cloud.call("POST", ACCOUNTS, json=body)
    change = {"serviceAccount": {"displayName": "Other"}, "updateMask": "displayName"}
    patched = cloud.call("PATCH", f"{ACCOUNTS}/{EMAIL}", json=change).json()
    deleted = cloud.call("DELETE", f"{ACCOUNTS}/{EMAIL}")

    assert made["email"] == EMAIL
    assert made["name"] == f"projects/{PROJECT}/serviceAccounts/{EMAIL}"
    assert again.status_code == 409
    assert patched["displayName"] == "Other"
    assert deleted.json() == {}
    assert cloud.call("GET", f"{ACCOUNTS}/{EMAIL}").status_code == 404


def test_account_id_must_be_one(cloud: Served) -> None:
    answer = cloud.call("POST", ACCOUNTS, json={"accountId": "x"})

    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("The account ID 'x' does not have a length")


def test_key_file_is_what_googles_library_reads(cloud: Served, sink_identity: Identity) -> None:
    key = sink_identity.key_file

    assert key["type"] == "service_account"
    assert key["client_email"] == EMAIL
    assert key["token_uri"] == f"{cloud.url}/google/token"


def test_public_half_of_a_key_can_be_read_again(cloud: Served, sink_identity: Identity) -> None:
    key_id = sink_identity.key_file["private_key_id"]
    path = f"{ACCOUNTS}/{EMAIL}/keys/{key_id}?publicKeyType=TYPE_RAW_PUBLIC_KEY"

    read = cloud.call("GET", path).json()

    private = serialization.load_pem_private_key(
        sink_identity.key_file["private_key"].encode(), password=None
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert base64.b64decode(read["publicKeyData"]) == public
    assert "privateKeyData" not in read


def test_deleted_key_gives_no_token(cloud: Served, sink_identity: Identity) -> None:
    credentials = sink_identity.credentials()
    credentials.refresh(Request())
    key_id = sink_identity.key_file["private_key_id"]
    cloud.call("DELETE", f"{ACCOUNTS}/{EMAIL}/keys/{key_id}").raise_for_status()

    with pytest.raises(RefreshError, match=r"invalid_grant: Invalid JWT Signature\."):
        credentials.refresh(Request())


def test_key_of_another_pair_gives_no_token(cloud: Served, sink_identity: Identity) -> None:
    other = cloud.call("POST", f"{ACCOUNTS}/{EMAIL}/keys", json={}).json()
    file = json.loads(base64.b64decode(other["privateKeyData"]))
    mixed = Identity(EMAIL, {**sink_identity.key_file, "private_key": file["private_key"]})

    with pytest.raises(RefreshError, match=r"invalid_grant: Invalid JWT Signature\."):
        mixed.credentials().refresh(Request())


def test_deleted_account_gives_no_token(cloud: Served, sink_identity: Identity) -> None:
    cloud.call("DELETE", f"{ACCOUNTS}/{EMAIL}").raise_for_status()

    with pytest.raises(RefreshError, match="invalid_grant: Invalid grant: account not found"):
        sink_identity.credentials().refresh(Request())


@pytest.mark.parametrize("header", ["Bearer made-up", "Basic eDp5"])
def test_token_that_was_not_issued_here_is_refused(cloud: Served, header: str) -> None:
    path = f"/bigquery/v2/projects/{PROJECT}/datasets"

    answer = cloud.call("GET", path, headers={"Authorization": header})

    assert answer.status_code == 401
    assert answer.json()["error"]["status"] == "UNAUTHENTICATED"
    assert "made-up" not in answer.text


def test_documented_owner_token_is_the_owner(cloud: Served) -> None:
    headers = {"Authorization": "Bearer sandbox-owner"}

    answer = cloud.call("GET", f"/bigquery/v2/projects/{PROJECT}/datasets", headers=headers)

    assert answer.status_code == 200


def test_account_without_rights_sees_nothing(lab: Served, sink_identity: Identity) -> None:
    create(lab, "t", schema={"fields": [{"name": "a", "type": "STRING"}]})
    client = lab.client(sink_identity.credentials())

    assert list(client.list_datasets()) == []
    with pytest.raises(Forbidden, match=r"Permission bigquery.tables.get denied on table"):
        client.get_table("lab.t")
    with pytest.raises(Forbidden, match=r"User does not have bigquery.jobs.create permission"):
        client.query("SELECT 1")
    headers = {"Authorization": f"Bearer {token_of(sink_identity)}"}
    refused = lab.call("GET", ACCOUNTS, headers=headers)
    assert refused.status_code == 403
    assert "does not have iam.serviceAccounts permission" in refused.text


def token_of(identity: Identity) -> str:
    credentials = identity.credentials()
    credentials.refresh(Request())
    return str(credentials.token)


def test_dataset_editor_writes_and_reads_but_runs_no_jobs(
    lab: Served, sink_identity: Identity
) -> None:
    create(lab, "t", schema={"fields": [{"name": "a", "type": "STRING"}]})
    grant_on_dataset(lab, "roles/bigquery.dataEditor", EMAIL)
    client = lab.client(sink_identity.credentials())

    assert client.insert_rows_json(f"{PROJECT}.lab.t", [{"a": "x"}]) == []
    assert [row.a for row in client.list_rows(f"{PROJECT}.lab.t")] == ["x"]
    with pytest.raises(Forbidden, match=r"bigquery.jobs.create"):
        client.query("SELECT 1")
    with pytest.raises(Forbidden, match=r"Permission bigquery.datasets.delete denied"):
        client.delete_dataset("lab", delete_contents=True)


def test_reader_with_job_rights_queries_but_does_not_write(
    lab: Served, sink_identity: Identity
) -> None:
    create(lab, "t", schema={"fields": [{"name": "a", "type": "STRING"}]})
    grant_on_dataset(lab, "READER", EMAIL)
    grant_in_project(lab, "roles/bigquery.jobUser", EMAIL)
    client = lab.client(sink_identity.credentials())

    [row] = client.query_and_wait("SELECT COUNT(*) AS n FROM lab.t")

    assert row.n == 0
    with pytest.raises(Forbidden, match=r"bigquery.tables.updateData denied"):
        client.insert_rows_json(f"{PROJECT}.lab.t", [{"a": "x"}])


def test_policy_is_changed_with_its_etag_only(cloud: Served, sink_identity: Identity) -> None:
    before = cloud.call("POST", f"{MANAGER}:getIamPolicy").json()
    grant_in_project(cloud, "roles/bigquery.jobUser", sink_identity.email)

    stale = cloud.call("POST", f"{MANAGER}:setIamPolicy", json={"policy": before})

    assert stale.status_code == 409
    assert stale.json()["error"]["message"].startswith("There were concurrent policy changes.")


def test_policy_names_only_accounts_that_exist(cloud: Served) -> None:
    member = f"serviceAccount:gone@{PROJECT}.iam.gserviceaccount.com"
    policy = {"bindings": [{"role": "roles/viewer", "members": [member]}]}

    answer = cloud.call("POST", f"{MANAGER}:setIamPolicy", json={"policy": policy})

    text = f"Service account gone@{PROJECT}.iam.gserviceaccount.com does not exist."
    assert answer.json()["error"]["message"] == text


def test_services_are_enabled_and_listed(cloud: Served) -> None:
    services = f"/google/serviceusage/v1beta1/projects/{PROJECT}/services"

    done = cloud.call("POST", f"{services}/iam.googleapis.com:enable").json()
    listed = cloud.call("GET", services).json()["services"]
    refused = cloud.call("POST", f"{services}/nonsense:enable")

    assert done["done"] is True
    assert [each["config"]["name"] for each in listed] == [
        "bigquery.googleapis.com",
        "iam.googleapis.com",
    ]
    assert refused.status_code == 400


def test_project_has_the_same_number_every_time(cloud: Served) -> None:
    first = cloud.call("GET", MANAGER).json()

    assert first["projectId"] == PROJECT
    assert first["projectNumber"] == cloud.call("GET", MANAGER).json()["projectNumber"]
