"""The requests of Google's resource types, those of the published provider."""

from typing import Any

import pytest

from sandbox.plugins.errors import NotConfigurable
from sandbox.plugins.gcp.datasets import DATASET, DATASET_ACCESS, DATASET_IAM_MEMBER
from sandbox.plugins.gcp.identity import ACCOUNT, KEY
from sandbox.plugins.gcp.projects import IAM_MEMBER, SERVICE
from sandbox.plugins.gcp.session import GoogleSession, connect
from sandbox.plugins.gcp.tables import TABLE
from tests.sandbox.plugins.scripted import NoPause, ScriptedTransport

APIS = {
    "bigquery": "http://127.0.0.1:8900/bigquery/v2",
    "iam": "http://127.0.0.1:8900/google/iam/v1",
    "projects": "http://127.0.0.1:8900/google/cloudresourcemanager/v1",
    "services": "http://127.0.0.1:8900/google/serviceusage/v1beta1",
}
BIGQUERY = "/bigquery/v2/projects/p"
ATTRIBUTION = {"goog-pulumi-provisioned": "true"}


@pytest.fixture
def transport() -> ScriptedTransport:
    return ScriptedTransport()


@pytest.fixture
def session(transport: ScriptedTransport) -> GoogleSession:
    return GoogleSession(APIS, {"Authorization": "Bearer t"}, "p", transport, NoPause())


def dataset(**more: Any) -> dict[str, Any]:
    return {
        "datasetReference": {"projectId": "p", "datasetId": "d"},
        "location": "australia-southeast1",
        "labels": {"team": "a", **ATTRIBUTION},
        "access": [{"role": "OWNER", "specialGroup": "projectOwners"}],
        "creationTime": "1700000000000",
        "etag": "e1",
        **more,
    }


# Datasets


def test_a_dataset_is_created_with_the_attribution_label(
    session: GoogleSession, transport: ScriptedTransport
) -> None:
    transport.answer(f"POST {BIGQUERY}/datasets", dataset())

    created = DATASET.create(
        session,
        {
            "datasetId": "d",
            "location": "australia-southeast1",
            "labels": {"team": "a"},
            "defaultTableExpirationMs": 3600000,
        },
    )

    assert created.id == "projects/p/datasets/d"
    assert transport.sent[0].path == f"{BIGQUERY}/datasets?accessPolicyVersion=3"
    assert transport.sent[0].authorization == "Bearer t"
    assert transport.sent[0].body == {
        "datasetReference": {"projectId": "p", "datasetId": "d"},
        "location": "australia-southeast1",
        "labels": {"team": "a", **ATTRIBUTION},
        "defaultTableExpirationMs": "3600000",
    }


def test_of_a_datasets_labels_only_the_programs_own_count_as_inputs(
    session: GoogleSession, transport: ScriptedTransport
) -> None:
    transport.answer(f"GET {BIGQUERY}/datasets/d", dataset(labels={"team": "b", "x": "y"}))

    found = DATASET.read(session, "id", {"datasetId": "d", "labels": {"team": "a"}})

    assert found is not None
    assert found["labels"] == {"team": "b"}
    assert found["effectiveLabels"] == {"team": "b", "x": "y"}
    assert found["creationTime"] == 1700000000000


def test_updating_a_dataset_keeps_access_that_the_program_does_not_manage(
    session: GoogleSession, transport: ScriptedTransport
) -> None:
    transport.answer(f"GET {BIGQUERY}/datasets/d", dataset())
    transport.answer(f"PUT {BIGQUERY}/datasets/d", dataset())
    assert DATASET.update is not None

    DATASET.update(session, "id", {}, {"datasetId": "d", "description": "new"})

    assert transport.sent[1].body["access"] == [{"role": "OWNER", "specialGroup": "projectOwners"}]
    assert transport.sent[1].body["description"] == "new"


@pytest.mark.parametrize(("contents", "query"), [(True, "true"), (False, "false")])
def test_a_dataset_goes_with_its_contents_if_the_program_says_so(
    session: GoogleSession, transport: ScriptedTransport, contents: bool, query: str
) -> None:
    transport.answer(f"GET {BIGQUERY}/datasets/d", dataset())
    transport.answer(f"DELETE {BIGQUERY}/datasets/d", None, status=204)

    DATASET.delete(session, "id", {"datasetId": "d", "deleteContentsOnDestroy": contents})

    assert transport.sent[1].path == f"{BIGQUERY}/datasets/d?deleteContents={query}"


def test_deleting_what_is_gone_is_no_error(
    session: GoogleSession, transport: ScriptedTransport
) -> None:
    transport.answer(f"GET {BIGQUERY}/datasets/d", {}, status=404)

    DATASET.delete(session, "id", {"datasetId": "d"})

    assert [each.method for each in transport.sent] == ["GET"]


def test_access_in_another_order_or_by_an_older_name_is_no_change() -> None:
    canonical = DATASET.same["accesses"]
    a = [{"role": "roles/bigquery.dataEditor", "userByEmail": "x"}, {"domain": "d"}]
    b = [{"domain": "d"}, {"userByEmail": "x", "role": "WRITER"}]

    assert canonical(a) == canonical(b)


MEMBER = {
    "datasetId": "d",
    "role": "roles/bigquery.dataEditor",
    "member": "serviceAccount:s@p.iam.gserviceaccount.com",
}
ENTRY = {"role": "roles/bigquery.dataEditor", "userByEmail": "s@p.iam.gserviceaccount.com"}


def test_a_member_is_added_to_the_access_list_and_others_stay(
    session: GoogleSession, transport: ScriptedTransport
) -> None:
    transport.answer(f"GET {BIGQUERY}/datasets/d", dataset())
    transport.answer(f"PATCH {BIGQUERY}/datasets/d", dataset())

    created = DATASET_IAM_MEMBER.create(session, MEMBER)

    assert created.id == f"projects/p/datasets/d/{MEMBER['role']}/{MEMBER['member']}"
    assert transport.sent[1].body == {
        "access": [{"role": "OWNER", "specialGroup": "projectOwners"}, ENTRY]
    }


@pytest.mark.parametrize("role", ["roles/bigquery.dataEditor", "WRITER"])
def test_a_member_is_found_under_either_name_of_its_role(
    session: GoogleSession, transport: ScriptedTransport, role: str
) -> None:
    transport.answer(f"GET {BIGQUERY}/datasets/d", dataset(access=[{**ENTRY, "role": role}]))

    found = DATASET_IAM_MEMBER.read(session, "id", MEMBER)

    assert found == {"project": "p", "etag": "e1"}


def test_a_member_that_lost_its_role_reads_as_gone(
    session: GoogleSession, transport: ScriptedTransport
) -> None:
    transport.answer(f"GET {BIGQUERY}/datasets/d", dataset())

    assert DATASET_IAM_MEMBER.read(session, "id", MEMBER) is None


def test_removing_a_member_leaves_the_others(
    session: GoogleSession, transport: ScriptedTransport
) -> None:
    owners = {"role": "OWNER", "specialGroup": "projectOwners"}
    transport.answer(f"GET {BIGQUERY}/datasets/d", dataset(access=[owners, ENTRY]))
    transport.answer(f"PATCH {BIGQUERY}/datasets/d", dataset())

    DATASET_IAM_MEMBER.delete(session, "id", MEMBER)

    assert transport.sent[-1].body == {"access": [owners]}


def test_a_member_of_an_unknown_kind_is_refused(session: GoogleSession) -> None:
    with pytest.raises(NotConfigurable, match="member 'robot:x' is not of a kind"):
        DATASET_IAM_MEMBER.create(session, {**MEMBER, "member": "robot:x"})


def test_an_authorized_view_is_an_entry_without_a_role(
    session: GoogleSession, transport: ScriptedTransport
) -> None:
    transport.answer(f"GET {BIGQUERY}/datasets/d", dataset(access=[]))
    transport.answer(f"PATCH {BIGQUERY}/datasets/d", dataset())
    view = {"projectId": "p", "datasetId": "d2", "tableId": "v"}

    DATASET_ACCESS.create(session, {"datasetId": "d", "view": view})

    assert transport.sent[1].body == {"access": [{"view": view}]}


# Tables

SCHEMA = '[{"name": "QUANTITY", "type": "INTEGER"}]'


def test_a_table_is_created_with_its_schema_and_partitioning(
    session: GoogleSession, transport: ScriptedTransport
) -> None:
    transport.answer(f"POST {BIGQUERY}/datasets/d/tables", {})

    created = TABLE.create(
        session,
        {
            "datasetId": "d",
            "tableId": "t",
            "schema": SCHEMA,
            "timePartitioning": {"type": "DAY", "expirationMs": 1000},
            "clusterings": ["A"],
            "deletionProtection": False,
        },
    )

    assert created.id == "projects/p/datasets/d/tables/t"
    assert transport.sent[0].body == {
        "tableReference": {"projectId": "p", "datasetId": "d", "tableId": "t"},
        "labels": ATTRIBUTION,
        "schema": {"fields": [{"name": "QUANTITY", "type": "INTEGER"}]},
        "timePartitioning": {"type": "DAY", "expirationMs": "1000"},
        "clustering": {"fields": ["A"]},
    }


def test_a_view_with_a_schema_takes_two_requests(
    session: GoogleSession, transport: ScriptedTransport
) -> None:
    transport.answer(f"POST {BIGQUERY}/datasets/d/tables", {})
    transport.answer(f"PUT {BIGQUERY}/datasets/d/tables/v", {})
    view = {"query": "SELECT 1", "useLegacySql": False}

    TABLE.create(session, {"datasetId": "d", "tableId": "v", "view": view, "schema": SCHEMA})

    assert "schema" not in transport.sent[0].body
    assert transport.sent[1].body["schema"] == {"fields": [{"name": "QUANTITY", "type": "INTEGER"}]}
    assert transport.sent[1].body["view"] == view


def test_a_protected_table_is_not_deleted(
    session: GoogleSession, transport: ScriptedTransport
) -> None:
    with pytest.raises(NotConfigurable, match="table t is protected: set deletionProtection"):
        TABLE.delete(session, "id", {"datasetId": "d", "tableId": "t"})

    assert transport.sent == []


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        ('[{"mode": "NULLABLE", "name": "QUANTITY", "type": "INT64"}]', True),
        ('[{"name": "QUANTITY", "type": "integer", "description": ""}]', True),
        ('[{"name": "QUANTITY", "type": "INTEGER", "mode": "REQUIRED"}]', False),
        ('[{"name": "OTHER", "type": "INTEGER"}]', False),
    ],
)
def test_a_schema_is_compared_by_meaning(other: str, is_same: bool) -> None:
    canonical = TABLE.same["schema"]

    assert (canonical(SCHEMA) == canonical(other)) is is_same


def test_a_table_is_read_with_its_numbers_as_numbers(
    session: GoogleSession, transport: ScriptedTransport
) -> None:
    answer = {
        "tableReference": {"projectId": "p", "datasetId": "d", "tableId": "t"},
        "schema": {"fields": [{"name": "QUANTITY", "type": "INTEGER"}]},
        "timePartitioning": {"type": "DAY", "expirationMs": "1000"},
        "numRows": "12",
        "type": "TABLE",
    }
    transport.answer(f"GET {BIGQUERY}/datasets/d/tables/t", answer)

    found = TABLE.read(session, "id", {"datasetId": "d", "tableId": "t"})

    assert found is not None
    assert (found["numRows"], found["type"], found["schema"]) == (12, "TABLE", SCHEMA)
    assert found["timePartitioning"] == {"type": "DAY", "expirationMs": 1000}


# Identities

ACCOUNT_NAME = "projects/p/serviceAccounts/sink@p.iam.gserviceaccount.com"


def test_a_service_account_is_created_and_read_by_its_name(
    session: GoogleSession, transport: ScriptedTransport
) -> None:
    answer = {
        "name": ACCOUNT_NAME,
        "email": "sink@p.iam.gserviceaccount.com",
        "projectId": "p",
        "uniqueId": "1",
        "displayName": "Sink",
    }
    transport.answer("POST /google/iam/v1/projects/p/serviceAccounts", answer)
    transport.answer(f"GET /google/iam/v1/{ACCOUNT_NAME}", answer)

    created = ACCOUNT.create(session, {"accountId": "sink", "displayName": "Sink"})
    found = ACCOUNT.read(session, created.id, {})

    assert transport.sent[0].body == {
        "accountId": "sink",
        "serviceAccount": {"displayName": "Sink"},
    }
    assert found is not None
    assert (found["accountId"], found["member"]) == (
        "sink",
        "serviceAccount:sink@p.iam.gserviceaccount.com",
    )


def test_a_key_tells_its_private_half_once(
    session: GoogleSession, transport: ScriptedTransport
) -> None:
    answer = {"name": f"{ACCOUNT_NAME}/keys/k1", "privateKeyData": "c2VjcmV0"}
    transport.answer(f"POST /google/iam/v1/{ACCOUNT_NAME}/keys", answer)

    created = KEY.create(session, {"serviceAccountId": ACCOUNT_NAME, **KEY.defaults})

    assert (created.id, created.outputs) == (f"{ACCOUNT_NAME}/keys/k1", {"privateKey": "c2VjcmV0"})
    assert "c2VjcmV0" not in repr(created)
    assert transport.sent[0].body == {
        "keyAlgorithm": "KEY_ALG_RSA_2048",
        "privateKeyType": "TYPE_GOOGLE_CREDENTIALS_FILE",
    }


def test_a_key_of_an_account_known_by_its_address_goes_to_any_project(
    session: GoogleSession, transport: ScriptedTransport
) -> None:
    path = "/google/iam/v1/projects/-/serviceAccounts/a@b/keys"
    transport.answer(f"POST {path}", {"name": "n", "privateKeyData": "x"})

    KEY.create(session, {"serviceAccountId": "a@b", **KEY.defaults})

    assert transport.requests() == [f"POST {path}"]


# Projects

POLICY = {
    "version": 3,
    "etag": "e",
    "bindings": [
        {"role": "roles/bigquery.jobUser", "members": ["user:a@b"]},
        {"role": "roles/owner", "members": ["user:o@b"]},
    ],
}
ROLE = {"project": "p", "role": "roles/bigquery.jobUser", "member": "serviceAccount:s@p"}
CRM = "/google/cloudresourcemanager/v1/projects/p"


def test_a_role_on_the_project_joins_its_binding(
    session: GoogleSession, transport: ScriptedTransport
) -> None:
    transport.answer(f"POST {CRM}:getIamPolicy", POLICY)
    transport.answer(f"POST {CRM}:setIamPolicy", POLICY)

    IAM_MEMBER.create(session, ROLE)

    assert transport.sent[0].body == {"options": {"requestedPolicyVersion": 3}}
    assert transport.sent[1].body == {
        "policy": {
            "version": 3,
            "etag": "e",
            "bindings": [
                {"role": "roles/owner", "members": ["user:o@b"]},
                {"role": "roles/bigquery.jobUser", "members": ["serviceAccount:s@p", "user:a@b"]},
            ],
        },
        "updateMask": "bindings,etag,auditConfigs",
    }


def test_the_last_member_takes_its_binding_along(
    session: GoogleSession, transport: ScriptedTransport
) -> None:
    transport.answer(f"POST {CRM}:getIamPolicy", POLICY)
    transport.answer(f"POST {CRM}:setIamPolicy", POLICY)

    IAM_MEMBER.delete(session, "id", {**ROLE, "member": "user:a@b"})

    assert transport.sent[1].body["policy"]["bindings"] == [
        {"role": "roles/owner", "members": ["user:o@b"]}
    ]


def test_an_api_is_enabled_and_stays_unless_asked(
    session: GoogleSession, transport: ScriptedTransport
) -> None:
    path = "/google/serviceusage/v1beta1/projects/p/services/bigquery.googleapis.com"
    transport.answer(f"POST {path}:enable", {"name": "operations/1", "done": False})
    transport.answer("GET /google/serviceusage/v1beta1/operations/1", {"done": False})
    transport.answer("GET /google/serviceusage/v1beta1/operations/1", {"done": True})

    created = SERVICE.create(session, {"service": "bigquery.googleapis.com"})
    SERVICE.delete(session, created.id, {"service": "bigquery.googleapis.com"})

    assert created.id == "p/bigquery.googleapis.com"
    assert [each.method for each in transport.sent] == ["POST", "GET", "GET"]


# Settings


def test_credentials_that_only_the_published_plugin_can_use_are_refused(
    transport: ScriptedTransport,
) -> None:
    config = {"bigQueryCustomEndpoint": "http://127.0.0.1:8900/bigquery/v2/", "credentials": "{}"}

    with pytest.raises(NotConfigurable, match="only takes gcp:accessToken"):
        connect(config, transport=transport, pause=NoPause())


def test_an_api_without_an_address_is_never_called_at_google(transport: ScriptedTransport) -> None:
    session = GoogleSession({}, {}, "p", transport, NoPause())

    with pytest.raises(NotConfigurable, match="gcp:iamBetaCustomEndpoint is not set"):
        session.api("iam")


def test_settings_without_any_address_name_them_all(transport: ScriptedTransport) -> None:
    with pytest.raises(NotConfigurable, match="gcp:bigQueryCustomEndpoint, gcp:iamBeta"):
        connect({"project": "p"}, transport=transport, pause=NoPause())
