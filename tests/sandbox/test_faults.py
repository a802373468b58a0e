"""Faults strike the calls they were asked to, as often as asked, and no others."""

import http.client
import socket
from urllib.parse import urlsplit

import pytest
import requests

from sandbox.faults import FaultRefused, Faults
from tests.sandbox.organization import CLOUD, Sandbox, make_environment

ENVIRONMENTS = "/org/v2/environments"
FAULTS = "/sandbox/v1/faults"


def test_a_status_fault_answers_in_the_api_s_shape_and_does_nothing(sandbox: Sandbox) -> None:
    sandbox.ok(
        "POST", FAULTS, {"method": "post", "path": ENVIRONMENTS, "status": 429, "retry_after": 0}
    )

    answer = sandbox.call("POST", ENVIRONMENTS, json={"display_name": "x"})

    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "0"
    assert answer.json()["errors"][0]["code"] == "rate_limit_exceeded"
    assert sandbox.ok("GET", "/sandbox/v1/inventory")["environments"] == []


def test_a_fault_skips_and_strikes_as_often_as_asked(sandbox: Sandbox) -> None:
    fault = {"path": "/org/*", "status": 503, "skip": 1, "times": 2}
    sandbox.ok("POST", FAULTS, fault)

    statuses = [sandbox.call("GET", ENVIRONMENTS).status_code for _ in range(4)]

    assert statuses == [200, 503, 503, 200]
    [listed] = sandbox.ok("GET", FAULTS)["faults"]
    assert listed == {"id": 1, "method": "*", **fault, "calls": 4, "struck": 2}


def test_a_lost_answer_is_of_a_call_that_was_carried_out(served: str) -> None:
    path = "/org/v2/environments"
    fault = {"method": "POST", "path": path, "lose_answer": True, "times": 1}
    requests.post(served + FAULTS, json=fault, timeout=10)

    with pytest.raises(requests.ConnectionError):
        requests.post(served + path, json={"display_name": "lost"}, auth=CLOUD, timeout=10)

    requests.delete(served + FAULTS, timeout=10)
    found = requests.get(served + path, auth=CLOUD, timeout=10).json()["data"]
    assert [each["display_name"] for each in found].count("lost") == 1


def test_a_status_may_come_with_a_code_of_the_api(sandbox: Sandbox) -> None:
    fault = {"path": "/ksqldb/*", "status": 503, "error_code": 50301}
    sandbox.ok("POST", FAULTS, fault)

    answer = sandbox.call("POST", "/ksqldb/lksqlc-1/ksql", json={})

    assert (answer.status_code, answer.json()["error_code"]) == (503, 50301)


def test_a_fault_may_name_an_operation(sandbox: Sandbox) -> None:
    sandbox.ok("POST", FAULTS, {"path": "createOrgV2Environment", "status": 500})

    assert sandbox.call("GET", ENVIRONMENTS).status_code == 200
    assert sandbox.call("POST", ENVIRONMENTS, json={}).status_code == 500


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("/org/*", True),
        ("/org/v2/environments", True),
        ("/org/v[0-9]+/[^/]+", True),
        ("listOrgV2Environments", True),
        ("/org/v2", False),
        ("createOrgV2Environment", False),
        ("(", False),
    ],
)
def test_a_path_is_matched_whole(pattern: str, matches: bool) -> None:
    faults = Faults()
    faults.add({"path": pattern, "status": 500})

    struck = faults.strike("GET", ENVIRONMENTS, "listOrgV2Environments")

    assert (struck is not None) is matches


def test_deleted_faults_strike_no_more(sandbox: Sandbox) -> None:
    sandbox.ok("POST", FAULTS, {"status": 500})
    sandbox.ok("DELETE", FAULTS)

    assert sandbox.call("GET", ENVIRONMENTS).status_code == 200
    assert sandbox.ok("GET", FAULTS) == {"faults": []}


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ({}, "give exactly one of status, reset, lose_answer, delay_ms, stop_after, not none"),
        ({"status": 500, "reset": True}, "give exactly one of .* not .'status', 'reset'."),
        ({"status": 200}, "status must be 400 to 599, not 200"),
        ({"status": "500"}, "status must be int, not '500'"),
        ({"status": 500, "skip": -1}, "skip must not be negative: -1"),
        ({"colour": "red"}, "unknown field 'colour': a fault has method, path, "),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(
    description: dict[str, object], message: str
) -> None:
    with pytest.raises(FaultRefused, match=message):
        Faults().add(description)


def test_a_refused_fault_answers_400(sandbox: Sandbox) -> None:
    answer = sandbox.call("POST", FAULTS, json={"status": 1})

    assert (answer.status_code, answer.json()) == (
        400,
        {"message": "status must be 400 to 599, not 1"},
    )


def test_deleting_a_fault_that_is_not_there_answers_404(sandbox: Sandbox) -> None:
    assert sandbox.call("DELETE", f"{FAULTS}/7").json() == {"message": "There is no fault 7"}


def test_a_reset_fault_resets_the_connection(served: str) -> None:
    requests.post(
        served + FAULTS, json={"path": ENVIRONMENTS, "reset": True, "times": 1}, timeout=10
    )

    with pytest.raises(requests.ConnectionError, match="reset"):
        requests.get(served + ENVIRONMENTS, auth=CLOUD, timeout=10)

    assert requests.get(served + ENVIRONMENTS, auth=CLOUD, timeout=10).status_code == 200
    requests.delete(served + FAULTS, timeout=10)


def test_after_its_calls_a_stopped_sandbox_answers_nothing_until_the_fault_is_deleted(
    served: str,
) -> None:
    pattern = "/iam/v2/service-accounts"
    requests.post(served + FAULTS, json={"path": pattern, "stop_after": 1}, timeout=10)
    assert requests.get(served + pattern, auth=CLOUD, timeout=10).status_code == 200
    address = urlsplit(served)
    assert address.hostname

    waiting = http.client.HTTPConnection(address.hostname, address.port, timeout=0.5)
    waiting.request("GET", pattern)
    with pytest.raises(socket.timeout):
        waiting.getresponse()
    [fault] = requests.get(served + FAULTS, timeout=10).json()["faults"]
    requests.delete(served + FAULTS, timeout=10)

    assert (fault["calls"], fault["struck"]) == (2, 1)
    assert waiting.sock is not None
    with pytest.raises(ConnectionResetError):
        waiting.sock.recv(1)
    waiting.close()
    assert requests.get(served + pattern, auth=CLOUD, timeout=10).status_code == 200


def test_a_delayed_call_is_answered_all_the_same(sandbox: Sandbox) -> None:
    sandbox.ok("POST", FAULTS, {"path": ENVIRONMENTS, "delay_ms": 1, "times": 1})

    assert make_environment(sandbox).startswith("env-")
    [fault] = sandbox.ok("GET", FAULTS)["faults"]
    assert fault["struck"] == 1


def test_a_caller_that_gave_up_waiting_does_no_harm(served: str) -> None:
    pattern = "/cmk/v2/clusters"
    requests.post(served + FAULTS, json={"path": pattern, "stop_after": 0}, timeout=10)
    with pytest.raises(requests.ReadTimeout):
        requests.get(served + pattern, auth=CLOUD, timeout=0.2)

    [gone] = requests.delete(served + FAULTS, timeout=10).json()["faults"]

    assert gone["struck"] == 1
    assert requests.get(served + pattern, auth=CLOUD, timeout=10).status_code == 400
