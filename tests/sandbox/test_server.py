"""What all APIs share: credentials, errors in the API's own shape, limits, routes."""

from collections.abc import AsyncIterator

import pytest

from sandbox.api import BODY_LIMIT
from tests.sandbox.organization import CLOUD, Sandbox, Workshop, make_environment

ENVIRONMENTS = "/org/v2/environments"


@pytest.mark.parametrize("auth", [None, ("nobody", "nothing"), (CLOUD[0], "wrong")])
def test_wrong_credentials_answer_401(sandbox: Sandbox, auth: tuple[str, str] | None) -> None:
    status, text = sandbox.refusal("GET", ENVIRONMENTS, auth=auth)

    assert status == 401
    assert text == "invalid API key: the key or its secret is wrong, or was revoked"


def test_broken_basic_header_answers_401(sandbox: Sandbox) -> None:
    answer = sandbox.call(
        "GET", ENVIRONMENTS, None, headers={"Authorization": "Basic ÿ%%%".encode("latin-1")}
    )

    assert answer.status_code == 401


def test_a_revoked_key_answers_401_at_once(workshop: Workshop) -> None:
    key = workshop.key(workshop.admin, None)
    workshop.grant(workshop.admin, "EnvironmentAdmin", workshop.rbac_crn.split("/cloud-")[0])
    sandbox = workshop.sandbox
    sandbox.ok("GET", ENVIRONMENTS, auth=key)

    sandbox.ok("DELETE", f"/iam/v2/api-keys/{key[0]}")

    assert sandbox.refusal("GET", ENVIRONMENTS, auth=key)[0] == 401


def test_a_key_opens_only_its_own_resource(workshop: Workshop) -> None:
    sandbox = workshop.sandbox

    assert sandbox.call("GET", f"{workshop.kafka}/topics", CLOUD).status_code == 401
    assert sandbox.call("GET", f"{workshop.kafka}/topics", workshop.registry_key).status_code == 401
    assert sandbox.call("GET", ENVIRONMENTS, workshop.kafka_key).status_code == 401


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/kafka/v3/clusters/lkc-1/nothing", {"error_code": 404}),
        ("/schema-registry/lsrc-1/nothing", {"error_code": 404}),
        ("/connect/v1/nothing", {"error_code": 404}),
        ("/ksqldb/lksqlc-1/nothing", {"@type": "generic_error", "error_code": 40400}),
    ],
)
def test_an_unknown_path_answers_404_in_its_api_s_shape(
    sandbox: Sandbox, path: str, body: dict[str, object]
) -> None:
    answer = sandbox.call("GET", path)

    assert answer.status_code == 404
    assert answer.json() == {**body, "message": f"GET {path}: this sandbox knows no such operation"}


def test_an_unknown_management_path_answers_404(sandbox: Sandbox) -> None:
    assert sandbox.refusal("GET", "/no/such/thing") == (
        404,
        "GET /no/such/thing: this sandbox knows no such operation",
    )


def test_a_wrong_method_answers_405_and_names_the_right_ones(sandbox: Sandbox) -> None:
    answer = sandbox.call("PUT", ENVIRONMENTS)

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"
    assert answer.json()["errors"][0]["detail"] == f"PUT {ENVIRONMENTS}: use GET, POST"


def test_an_operation_that_is_not_emulated_answers_501_and_its_name(sandbox: Sandbox) -> None:
    assert sandbox.refusal("GET", "/billing/v1/costs") == (
        501,
        "listBillingV1Costs: not emulated by this sandbox",
    )


def test_malformed_json_answers_400_and_creates_nothing(sandbox: Sandbox) -> None:
    before = sandbox.ok("GET", "/sandbox/v1/inventory")

    answer = sandbox.call("POST", ENVIRONMENTS, content=b'{"display_name": ')

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["detail"].startswith("The request body is not valid JSON: ")
    assert sandbox.ok("GET", "/sandbox/v1/inventory") == before


def test_a_body_that_is_no_object_answers_400(sandbox: Sandbox) -> None:
    assert sandbox.refusal("POST", ENVIRONMENTS, ["x"]) == (
        400,
        "The request body must be a JSON object, not ['x']",
    )


def test_a_huge_body_answers_413(sandbox: Sandbox) -> None:
    answer = sandbox.call("POST", ENVIRONMENTS, content=b" " * (BODY_LIMIT + 1))

    assert answer.status_code == 413
    assert str(BODY_LIMIT) in answer.text


def test_a_huge_body_of_unknown_length_answers_413(sandbox: Sandbox) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(BODY_LIMIT // 65536 + 1):
            yield b" " * 65536

    assert sandbox.call("POST", ENVIRONMENTS, content=chunks()).status_code == 413


def test_a_field_of_the_wrong_type_is_named(sandbox: Sandbox) -> None:
    answer = sandbox.call("POST", ENVIRONMENTS, json={"display_name": 7})

    [error] = answer.json()["errors"]
    assert (error["status"], error["code"]) == ("400", "invalid_request")
    assert error["detail"] == "display_name must be a string, not a number"
    assert error["source"] == {"pointer": "/display_name"}


def test_path_parameters_are_decoded(workshop: Workshop) -> None:
    path = f"{workshop.registry}/subjects/a%2Fb%20c/versions"

    workshop.sandbox.ok("POST", path, {"schema": '"string"'}, workshop.registry_key)

    listed = workshop.sandbox.ok("GET", f"{workshop.registry}/subjects", auth=workshop.registry_key)
    assert listed == ["a/b c"]


def test_pages_follow_each_other_and_the_last_has_no_next(sandbox: Sandbox) -> None:
    made = [make_environment(sandbox, f"page-{number}") for number in range(4)]

    seen, path = [], f"{ENVIRONMENTS}?page_size=2"
    while path:
        answer = sandbox.ok("GET", path)
        seen.append([item["id"] for item in answer["data"]])
        path = answer["metadata"].get("next", "").removeprefix("http://127.0.0.1:8900")

    assert [len(page) for page in seen] == [2, 2, 1]
    assert [one for page in seen for one in page][1:] == made
    assert "next" not in answer["metadata"]


def test_health_names_the_process_and_its_parts(sandbox: Sandbox) -> None:
    health = sandbox.ok("GET", "/sandbox/v1/health", auth=None)

    assert health["instance"] == sandbox.runtime.settings.instance
    assert {"Kafka REST v3", "Schema Registry", "ksqlDB", "Google Cloud"} <= set(health["parts"])


def test_a_manual_clock_moves_when_told_to(sandbox: Sandbox) -> None:
    before = sandbox.ok("GET", "/sandbox/v1/health")["now_ms"]

    after = sandbox.ok("POST", "/sandbox/v1/clock", {"advance_ms": 1500})

    assert after == {"now_ms": before + 1500}
    refused = sandbox.call("POST", "/sandbox/v1/clock", json={"advance_ms": -1})
    assert refused.status_code == 400
    assert refused.json() == {"message": "advance_ms must be a whole number from 0 on, not -1"}


def test_half_a_character_is_refused(sandbox: Sandbox) -> None:
    answer = sandbox.call("POST", ENVIRONMENTS, content=b'{"display_name": "\\ud800"}')

    assert answer.status_code == 400
    assert "surrogates not allowed" in answer.text


@pytest.mark.parametrize("text", ["x", "-1", "1.5", "9" * 5000])
def test_a_number_in_the_query_must_be_one(sandbox: Sandbox, text: str) -> None:
    status, message = sandbox.refusal("GET", f"{ENVIRONMENTS}?page_size={text}")

    assert status == 400
    assert message == f"query parameter page_size must be a whole number, not {text!r}"


def test_the_inventory_tells_stacks_apart_by_environment(workshop: Workshop) -> None:
    inventory = workshop.sandbox.ok("GET", "/sandbox/v1/inventory", auth=None)

    environment = workshop.environment_id
    assert inventory["environments"] == [{"id": environment, "name": "workshop"}]
    assert inventory["kafka_clusters"][0]["environment"] == environment
    assert inventory["service_accounts"] == [
        {"id": workshop.admin, "name": "admin", "environments": [environment]}
    ]
    assert {binding["environment"] for binding in inventory["role_bindings"]} == {environment}
    assert {key["environment"] for key in inventory["api_keys"]} == {environment}


LOCAL_HOSTS = ("127.0.0.1:8900", "localhost", "LOCALHOST:1", "[::1]:8900", "127.9.9.9")


@pytest.mark.parametrize("host", LOCAL_HOSTS)
def test_every_name_of_this_machine_s_loopback_is_answered(sandbox: Sandbox, host: str) -> None:
    headers = {"Host": host, "Origin": f"http://{host}"}

    assert sandbox.call("GET", ENVIRONMENTS, headers=headers).status_code == 200


STRANGE_HOSTS = ("]", "a b", "[::1", "host:port", "evil.example:8900", "127.0.0.1.evil.example")


@pytest.mark.parametrize("host", STRANGE_HOSTS)
@pytest.mark.parametrize("path", [ENVIRONMENTS, "/sandbox/v1/clock", "/bigquery/v2/projects"])
def test_a_name_rebound_to_this_machine_is_refused(sandbox: Sandbox, path: str, host: str) -> None:
    answer = sandbox.call("POST", path, headers={"Host": host})

    assert answer.status_code == 421
    assert f"Host '{host}': this sandbox answers to 127.0.0.1 and localhost only" in answer.text


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://[", "file://"])
def test_a_web_page_changes_nothing(sandbox: Sandbox, origin: str) -> None:
    dataset = '{"datasetReference": {"datasetId": "planted"}}'
    headers = {"Origin": origin, "Content-Type": "text/plain"}
    datasets = "/bigquery/v2/projects/sandbox-project/datasets"

    answer = sandbox.call("POST", datasets, None, content=dataset, headers=headers)

    assert answer.status_code == 403
    assert answer.json()["error"]["message"] == (
        f"Origin '{origin}': web pages may not call this sandbox"
    )
    assert "datasets" not in sandbox.ok("GET", datasets, auth=None)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/fcpm/v2/compute-pools"),
        ("GET", "/fcpm/v2/compute-pools/lfcp-1"),
        ("DELETE", "/networking/v1/networks/n-1"),
    ],
)
def test_nothing_of_an_api_that_is_not_emulated_looks_deleted(
    sandbox: Sandbox, method: str, path: str
) -> None:
    status, text = sandbox.refusal(method, path)

    assert status == 501
    assert text.startswith(f"{method} {path}: ")
    assert text.endswith(" is not emulated by this sandbox")
