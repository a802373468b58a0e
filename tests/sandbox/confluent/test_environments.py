"""Environments are created, changed and deleted as org/v2 does it."""

import pytest

from tests.sandbox.organization import Sandbox, Workshop, cluster_spec, make_environment

ENVIRONMENTS = "/org/v2/environments"


def test_a_new_organization_has_a_default_environment(sandbox: Sandbox) -> None:
    [environment] = sandbox.ok("GET", ENVIRONMENTS)["data"]

    assert environment["display_name"] == "default"
    assert "/environment=" in environment["metadata"]["resource_name"]
    assert "stream_governance_config" not in environment


def test_an_environment_reads_back_as_created(sandbox: Sandbox) -> None:
    environment_id = make_environment(sandbox, "demo")

    environment = sandbox.ok("GET", f"{ENVIRONMENTS}/{environment_id}")

    organization = sandbox.runtime.cloud.store.organization_id
    crn = f"crn://confluent.cloud/organization={organization}/environment={environment_id}"
    assert environment == {
        "api_version": "org/v2",
        "kind": "Environment",
        "id": environment_id,
        "display_name": "demo",
        "metadata": {
            "self": f"http://127.0.0.1:8900{ENVIRONMENTS}/{environment_id}",
            "resource_name": crn,
        },
        "stream_governance_config": {"package": "ESSENTIALS"},
    }


def test_a_patch_changes_only_what_it_names(sandbox: Sandbox) -> None:
    environment_id = make_environment(sandbox, "before")

    changed = sandbox.ok("PATCH", f"{ENVIRONMENTS}/{environment_id}", {"display_name": "after"})

    assert changed["display_name"] == "after"
    assert changed["stream_governance_config"] == {"package": "ESSENTIALS"}


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({}, 400, "display_name is required"),
        ({"display_name": " "}, 400, "display_name must not be empty"),
        ({"display_name": "default"}, 409, "An environment named 'default' already exists"),
        (
            {"display_name": "x", "stream_governance_config": {"package": "FREE"}},
            400,
            "stream_governance_config.package 'FREE' is not one of ESSENTIALS, ADVANCED",
        ),
    ],
)
def test_a_bad_environment_is_refused(
    sandbox: Sandbox, body: object, status: int, message: str
) -> None:
    assert sandbox.refusal("POST", ENVIRONMENTS, body) == (status, message)
    assert len(sandbox.ok("GET", ENVIRONMENTS)["data"]) == 1


def test_a_package_cannot_be_downgraded(sandbox: Sandbox) -> None:
    environment_id = make_environment(sandbox, "demo", "ADVANCED")
    body = {"stream_governance_config": {"package": "ESSENTIALS"}}

    status, message = sandbox.refusal("PATCH", f"{ENVIRONMENTS}/{environment_id}", body)

    assert status == 400
    assert message == "The governance package cannot be downgraded from ADVANCED to ESSENTIALS"


def test_a_26th_environment_exceeds_the_quota(sandbox: Sandbox) -> None:
    for number in range(24):
        make_environment(sandbox, f"environment-{number}")

    assert sandbox.refusal("POST", ENVIRONMENTS, {"display_name": "one more"}) == (
        402,
        "Service quota exceeded: iam.max_environments.per_org is 25",
    )


def test_an_environment_with_a_cluster_cannot_be_deleted(workshop: Workshop) -> None:
    path = f"{ENVIRONMENTS}/{workshop.environment_id}"

    assert workshop.sandbox.refusal("DELETE", path) == (
        409,
        f"Environment {workshop.environment_id} is not empty: delete {workshop.kafka_id} first",
    )


def test_an_empty_environment_goes_with_its_registry_and_is_not_found_again(
    workshop: Workshop,
) -> None:
    sandbox, path = workshop.sandbox, f"{ENVIRONMENTS}/{workshop.environment_id}"
    sandbox.ok("DELETE", f"/cmk/v2/clusters/{workshop.kafka_id}")

    answer = sandbox.call("DELETE", path)

    assert (answer.status_code, answer.content) == (204, b"")
    assert sandbox.refusal("GET", path) == (404, f"Environment {workshop.environment_id} not found")
    assert sandbox.runtime.planes.registries == {}
    assert sandbox.ok("GET", "/sandbox/v1/inventory")["api_keys"] == []


def test_who_administers_one_environment_sees_only_that(workshop: Workshop) -> None:
    sandbox = workshop.sandbox
    account = workshop.account("team lead")
    crn = workshop.rbac_crn.split("/cloud-cluster=")[0]
    workshop.grant(account, "EnvironmentAdmin", crn)
    key = workshop.key(account, None)
    other = make_environment(sandbox, "other")

    listed = sandbox.ok("GET", ENVIRONMENTS, auth=key)["data"]

    assert [item["id"] for item in listed] == [workshop.environment_id]
    status, message = sandbox.refusal("GET", f"{ENVIRONMENTS}/{other}", auth=key)
    assert status == 403
    assert f"User:{account} is not authorized on crn://" in message
    assert sandbox.refusal("POST", ENVIRONMENTS, {"display_name": "y"}, auth=key)[0] == 403
    sandbox.ok("POST", "/cmk/v2/clusters", cluster_spec(workshop.environment_id, "two"), key)
