"""Bad input gets one clear error that says what, where and what to do; nothing changes."""

import base64
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.end_to_end.checkout import Checkout, Result
from tests.end_to_end.conftest import REQUEST_TIMEOUT_S, Workshop
from tests.end_to_end.test_counts import CLOUD_KEY

ACCOUNTS = "ksql/statements/70_accounts_to_monitor.sql"


@pytest.fixture
def unchanged(workshop: Workshop) -> Iterator[Workshop]:
    """The workshop; afterwards its files are as before and its state holds the same resources."""
    before = workshop.checkout.state()
    yield workshop
    workshop.checkout.check("git checkout --quiet -- .")
    after = workshop.checkout.state()
    assert [r["urn"] for r in after] == [r["urn"] for r in before]
    assert [r.get("inputs") for r in after] == [r.get("inputs") for r in before]


def edit(checkout: Checkout, file: str, old: str, new: str) -> None:
    path = checkout.path / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def preview(workshop: Workshop) -> Result:
    result = workshop.checkout.pulumi("preview --stack dev")
    assert result.exit_code != 0
    assert "Traceback" not in result.output
    return result


def set_config(checkout: Checkout, **values: str) -> None:
    """Write settings into the stack's file, as somebody with an editor would."""
    path = checkout.path / "Pulumi.dev.yaml"
    lines = [f"  stock-fraud:{key}: {value}" for key, value in values.items()]
    text = path.read_text().rstrip()
    head = text if "config:" in text else f"{text}\nconfig:"
    path.write_text("\n".join([head, *lines, ""]))


def test_make_up_names_every_wrong_setting_before_the_engine_starts(unchanged: Workshop) -> None:
    set_config(unchanged.checkout, csu="3", window_minutes="0", alert_treshold="12")

    result = unchanged.checkout.run("make up")

    assert result.exit_code != 0
    assert "csu" in result.output
    assert "window_minutes" in result.output
    assert "alert_treshold" in result.output
    assert "alert_threshold" in result.output, "the closest legal name"
    assert "Updating (dev)" not in result.output
    assert "Traceback" not in result.output


def test_plain_pulumi_up_refuses_a_wrong_setting_before_any_resource(unchanged: Workshop) -> None:
    set_config(unchanged.checkout, alert_treshold="12")

    result = preview(unchanged)

    assert "alert_treshold" in result.output
    assert "alert_threshold" in result.output


@pytest.mark.parametrize(
    ("old", "new", "place", "hint"),
    [
        ("GROUP BY account", "GROUP account", "70_accounts_to_monitor.sql:", "GROUP"),
        ("FROM stocks_enriched", "FROM stocks_enrichd", "70_accounts_to_monitor.sql:", "ENRICHED"),
        ("AS_VALUE(account)", "AS_VALUE(acount)", "70_accounts_to_monitor.sql:", "ACCOUNT"),
        ("COUNT(*) > ${alert", "account > ${alert", "70_accounts_to_monitor.sql:", "STRING"),
    ],
    ids=["syntax", "unknown-source", "unknown-column", "mixed-types"],
)
def test_a_wrong_statement_fails_the_preview_at_its_place(
    unchanged: Workshop, old: str, new: str, place: str, hint: str
) -> None:
    edit(unchanged.checkout, ACCOUNTS, old, new)

    result = preview(unchanged)

    [line] = [line for line in result.output.splitlines() if place in line][:1]
    _, row, column, *_ = line[line.index(place) :].split(":")
    assert int(row) > 1
    assert int(column) >= 1
    assert "^" in result.output
    assert hint in result.output


def test_a_taken_port_is_reported_with_what_to_do(tmp_path: Path) -> None:
    checkout = Checkout.make(tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", checkout.port))
        other.listen()

        result = checkout.run("make up")

    assert result.exit_code != 0
    assert str(checkout.port) in result.output
    assert "PORT=" in result.output
    assert not list((checkout.path / ".workshop").rglob("stacks/*/dev.json"))


def test_another_port_is_refused_while_the_sandbox_runs(unchanged: Workshop) -> None:
    port = unchanged.checkout.port

    result = unchanged.checkout.run("make up", {"PORT": str(port + 1)})

    assert result.exit_code != 0
    assert f"PORT is {port + 1}, but the sandbox of this checkout runs on port {port}" in (
        result.output
    )
    assert "make down" in result.output
    assert (unchanged.checkout.path / ".workshop" / "port").read_text() == str(port)


def test_pulumi_up_without_a_sandbox_says_how_to_start_it(tmp_path: Path) -> None:
    checkout = Checkout.make(tmp_path)
    first = checkout.run("make up")
    assert first.exit_code == 0, first.output
    checkout.check("source .workshop/env && python -m sandbox down")

    result = checkout.pulumi("up --stack dev --yes --skip-preview")
    checkout.run("make down")

    assert result.exit_code != 0
    assert "python -m sandbox up" in result.output
    assert "retry" not in result.output.lower()


Call = Callable[[Workshop], requests.Response]


def ksql_with(key: str, secret: str) -> Call:
    return lambda workshop: requests.post(
        f"{workshop.outputs['ksqldb_endpoint']}/ksql",
        json={"ksql": "LIST STREAMS;", "streamsProperties": {}},
        auth=(key, secret),
        timeout=REQUEST_TIMEOUT_S,
    )


def cloud(method: str, path: str, **arguments: Any) -> Call:
    return lambda workshop: requests.request(
        method,
        workshop.checkout.base_url + path.format(**workshop.outputs),
        auth=CLOUD_KEY,
        timeout=REQUEST_TIMEOUT_S,
        **arguments,
    )


CONNECTORS = "/connect/v1/environments/{environment_id}/clusters/{kafka_cluster_id}/connectors"
PLUGINS = CONNECTORS.replace("/connectors", "/connector-plugins")


@pytest.mark.parametrize(
    ("call", "status", "text"),
    [
        (ksql_with("NOBODY", "nothing"), 401, '"error_code": 40100'),
        (cloud("GET", "/kafka/v3/clusters/{kafka_cluster_id}/topics"), 401, '"error_code": 401'),
        (cloud("POST", "/org/v2/environments", data=b"{not json"), 400, "JSON"),
        (cloud("POST", "/org/v2/environments", data=b" " * 40_000_000), 413, "larger"),
        (cloud("GET", "/org/v2/galaxies"), 404, "/org/v2/galaxies"),
        (cloud("PUT", "/org/v2/environments"), 405, "PUT"),
        (
            cloud("PUT", PLUGINS + "/NoSuchSink/config/validate", json={"name": "x"}),
            400,
            "NoSuchSink",
        ),
    ],
    ids=["bad-key", "wrong-key", "malformed", "huge", "unknown-route", "wrong-method", "class"],
)
def test_the_sandbox_refuses_as_the_service_does(
    unchanged: Workshop, call: Call, status: int, text: str
) -> None:
    answer = call(unchanged)

    body = answer.text.replace('":', '": ').replace(":  ", ": ")
    assert answer.status_code == status, answer.text
    assert text in body
    answer.json()


def test_a_bad_key_file_is_a_field_error(unchanged: Workshop) -> None:
    answer = cloud(
        "PUT",
        PLUGINS + "/BigQueryStorageSink/config/validate",
        json={
            "name": "broken",
            "connector.class": "BigQueryStorageSink",
            "topics": "accounts_to_monitor",
            "kafka.auth.mode": "SERVICE_ACCOUNT",
            "kafka.service.account.id": "sa-000000",
            "input.data.format": "AVRO",
            "authentication.method": "Google cloud service account",
            "keyfile": "this is no JSON",
            "project": "p",
            "datasets": "d",
            "tasks.max": "1",
        },
    )(unchanged).json()

    errors = {
        config["value"]["name"]: config["value"]["errors"]
        for config in answer["configs"]
        if config["value"]["errors"]
    }
    assert answer["error_count"] >= 1
    assert "JSON" in " ".join(errors["keyfile"])
    assert "this is no JSON" not in str(answer)


def kafka_key(workshop: Workshop, account: str) -> tuple[str, tuple[str, str]]:
    """Mint a Kafka key for a service account, as its owner would; return its id and itself."""
    body = {
        "spec": {
            "display_name": "by hand",
            "owner": {"id": account, "kind": "ServiceAccount"},
            "resource": {"id": workshop.outputs["kafka_cluster_id"], "kind": "Cluster"},
        }
    }
    answer = cloud("POST", "/iam/v2/api-keys", json=body)(workshop).json()
    return answer["id"], (answer["id"], answer["spec"]["secret"])


def account_of(workshop: Workshop, role: str) -> str:
    """Return the service account that a role on the stack's cluster is bound to."""
    bindings = cloud("GET", "/iam/v2/role-bindings")(workshop).json()["data"]
    [principal] = {
        binding["principal"]
        for binding in bindings
        if binding["role_name"] == role
        and workshop.outputs["kafka_cluster_id"] in binding["crn_pattern"]
    }
    return str(principal).removeprefix("User:")


def produce(workshop: Workshop, key: tuple[str, str], value: bytes) -> requests.Response:
    """Send one record to stocks_topic through Kafka REST."""
    out = workshop.outputs
    return requests.post(
        f"{out['rest_endpoint']}/kafka/v3/clusters/{out['kafka_cluster_id']}"
        "/topics/stocks_topic/records",
        json={"value": {"type": "BINARY", "data": base64.b64encode(value).decode()}},
        auth=key,
        timeout=REQUEST_TIMEOUT_S,
    )


def test_a_revoked_key_answers_401(unchanged: Workshop) -> None:
    key_id, key = kafka_key(unchanged, account_of(unchanged, "CloudClusterAdmin"))
    out = unchanged.outputs
    url = f"{out['rest_endpoint']}/kafka/v3/clusters/{out['kafka_cluster_id']}/topics"

    before = requests.get(url, auth=key, timeout=REQUEST_TIMEOUT_S)
    revoked = cloud("DELETE", f"/iam/v2/api-keys/{key_id}")(unchanged)
    after = requests.get(url, auth=key, timeout=REQUEST_TIMEOUT_S)

    assert (before.status_code, revoked.status_code, after.status_code) == (200, 204, 401)
    assert after.json()["error_code"] == 40101


def test_a_missing_acl_is_refused_and_nothing_is_written(unchanged: Workshop) -> None:
    out = unchanged.outputs
    attendee = (out["kafka_api_key"], out["kafka_api_secret"])

    answer = produce(unchanged, attendee, b"not mine to write")

    assert answer.json()["error_code"] in (403, 40301)
    assert "Authorization" in answer.text or "authorized" in answer.text
    assert all(
        record["value"] != "not mine to write" for record in unchanged.records("stocks_topic")
    )


def test_a_broken_avro_record_goes_to_the_processing_log_and_the_query_goes_on(
    unchanged: Workshop,
) -> None:
    key_id, key = kafka_key(unchanged, account_of(unchanged, "CloudClusterAdmin"))
    trades = len(unchanged.records("stocks_enriched"))

    answer = produce(unchanged, key, b"\x00\x00\x00\x00\x01 this is no Avro")
    cloud("DELETE", f"/iam/v2/api-keys/{key_id}")(unchanged)
    deadline = time.monotonic() + REQUEST_TIMEOUT_S
    while len(unchanged.records("stocks_enriched")) <= trades + 1:
        assert time.monotonic() < deadline, "the query has stopped"
        time.sleep(0.2)
    topics = [topic["id"] for topic in unchanged.get("/sandbox/v1/inventory")["topics"]]
    [log] = [topic for topic in topics if topic.endswith("-processing-log")]

    assert answer.status_code == 200, answer.text
    assert "stocks_topic" in str(unchanged.records(log)[-1])
