"""Service accounts, role bindings and API keys, as iam/v2 has them."""

import pytest

from tests.sandbox.organization import Sandbox, Workshop

ACCOUNTS = "/iam/v2/service-accounts"
BINDINGS = "/iam/v2/role-bindings"
KEYS = "/iam/v2/api-keys"


def test_a_service_account_reads_back_and_changes_in_place(sandbox: Sandbox) -> None:
    body = {"display_name": "sink", "description": "delivers"}
    created = sandbox.ok("POST", ACCOUNTS, body)

    changed = sandbox.ok("PATCH", f"{ACCOUNTS}/{created['id']}", {"description": ""})

    assert created["id"].startswith("sa-")
    assert (created["api_version"], created["kind"]) == ("iam/v2", "ServiceAccount")
    assert (changed["display_name"], changed["description"]) == ("sink", "")


def test_account_names_are_unique_in_the_organization(workshop: Workshop) -> None:
    assert workshop.sandbox.refusal("POST", ACCOUNTS, {"display_name": "admin"}) == (
        409,
        "Service name 'admin' is already in use",
    )


def test_a_deleted_account_takes_its_keys_and_roles(workshop: Workshop) -> None:
    sandbox = workshop.sandbox

    sandbox.ok("DELETE", f"{ACCOUNTS}/{workshop.admin}")

    inventory = sandbox.ok("GET", "/sandbox/v1/inventory")
    assert (inventory["api_keys"], inventory["role_bindings"]) == ([], [])
    assert sandbox.call("GET", f"{workshop.kafka}/topics", workshop.kafka_key).status_code == 401


def test_a_role_binding_echoes_what_was_asked(workshop: Workshop) -> None:
    account = workshop.account("reader")
    body = {
        "principal": f"User:{account}",
        "role_name": "DeveloperRead",
        "crn_pattern": f"{workshop.registry_crn}/subject=*",
    }
    created = workshop.sandbox.ok("POST", BINDINGS, body)

    read = workshop.sandbox.ok("GET", f"{BINDINGS}/{created['id']}")

    assert read == created
    assert {name: read[name] for name in body} == body
    assert workshop.sandbox.ok("DELETE", f"{BINDINGS}/{created['id']}") == created
    assert workshop.sandbox.refusal("GET", f"{BINDINGS}/{created['id']}")[0] == 404


@pytest.mark.parametrize(
    ("principal", "role", "resource", "message"),
    [
        ("User:sa-none", "CloudClusterAdmin", "", "principal User:sa-none does not exist"),
        (
            "sa-none",
            "CloudClusterAdmin",
            "",
            "principal 'sa-none' must be User: and the id of a user or service account",
        ),
        ("User:{admin}", "Boss", "", "Role 'Boss' does not exist"),
        (
            "User:{admin}",
            "DeveloperRead",
            "/kafka={kafka}/topic=stocks",
            "Role DeveloperRead on topic=stocks is not offered on the Basic cluster {kafka}: "
            "use ACLs",
        ),
        (
            "User:{admin}",
            "ResourceOwner",
            "",
            "Role ResourceOwner needs a crn_pattern that ends in a resource",
        ),
    ],
)
def test_a_binding_that_the_service_does_not_offer_is_refused(
    workshop: Workshop, principal: str, role: str, resource: str, message: str
) -> None:
    names = {"admin": workshop.admin, "kafka": workshop.kafka_id}
    body = {
        "principal": principal.format(**names),
        "role_name": role,
        "crn_pattern": workshop.rbac_crn + resource.format(**names),
    }

    assert workshop.sandbox.refusal("POST", BINDINGS, body) == (400, message.format(**names))


def test_the_same_binding_twice_is_a_conflict(workshop: Workshop) -> None:
    body = {
        "principal": f"User:{workshop.admin}",
        "role_name": "CloudClusterAdmin",
        "crn_pattern": workshop.rbac_crn,
    }

    assert workshop.sandbox.refusal("POST", BINDINGS, body)[0] == 409


@pytest.mark.parametrize(
    ("attribute", "resource"),
    [
        ("kafka_id", {"kind": "Cluster", "api_version": "cmk/v2"}),
        ("registry_id", {"kind": "Cluster", "api_version": "srcm/v3"}),
    ],
)
def test_a_key_s_resource_kind_follows_from_its_id(
    workshop: Workshop, attribute: str, resource: dict[str, str]
) -> None:
    resource_id = getattr(workshop, attribute)
    key_id, _ = workshop.key(workshop.admin, resource_id)

    spec = workshop.sandbox.ok("GET", f"{KEYS}/{key_id}")["spec"]

    assert spec["resource"] == {"id": resource_id, **resource}
    assert spec["owner"] == {
        "id": workshop.admin,
        "kind": "ServiceAccount",
        "api_version": "iam/v2",
    }


def test_a_key_without_a_resource_is_a_cloud_key(workshop: Workshop) -> None:
    key_id, _ = workshop.key(workshop.admin, None)

    spec = workshop.sandbox.ok("GET", f"{KEYS}/{key_id}")["spec"]

    assert spec["resource"] == {"id": "cloud", "kind": "Cloud", "api_version": "iam/v2"}


def test_a_secret_is_shown_once_and_kept_nowhere(workshop: Workshop) -> None:
    key_id, secret = workshop.key(workshop.admin, workshop.kafka_id)

    shown = workshop.sandbox.call("GET", f"{KEYS}/{key_id}").text
    listed = workshop.sandbox.call("GET", f"{KEYS}?page_size=100").text

    assert len(secret) == 64
    assert secret not in shown + listed
    assert secret not in repr(workshop.sandbox.runtime.cloud.store)


@pytest.mark.parametrize(
    ("owner", "resource", "message"),
    [
        ("sa-none", None, "Owner 'sa-none' does not exist"),
        ("{admin}", "lkc-none", "Resource lkc-none does not exist"),
    ],
)
def test_a_key_for_nobody_or_nothing_is_refused(
    workshop: Workshop, owner: str, resource: str | None, message: str
) -> None:
    spec = {"owner": {"id": owner.format(admin=workshop.admin)}, "resource": {"id": resource}}

    assert workshop.sandbox.refusal("POST", KEYS, {"spec": spec}) == (400, message)


def test_a_cluster_admin_cannot_make_accounts(workshop: Workshop) -> None:
    key = workshop.key(workshop.admin, None)

    assert workshop.sandbox.refusal("POST", ACCOUNTS, {"display_name": "x"}, auth=key)[0] == 403
