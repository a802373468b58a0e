"""Doing it again changes nothing; what vanished behind Pulumi's back is noticed and mended."""

import re
from collections.abc import Callable

import pytest
import requests

from tests.end_to_end.conftest import REQUEST_TIMEOUT_S, Workshop
from tests.end_to_end.test_counts import CLOUD_KEY


def changes(output: str) -> dict[str, int]:
    """Return the counts of the engine's last summary, such as {"create": 1}."""
    words = {"created": "create", "updated": "update", "deleted": "delete", "replaced": "replace"}
    found = re.findall(r"^\s*[+~±-]+\s*(\d+) (?:to )?(\w+)", output, re.MULTILINE)
    return {words.get(what, what): int(count) for count, what in found}


def test_a_second_make_up_reports_no_change(workshop: Workshop) -> None:
    again = workshop.checkout.run("make up")

    assert again.exit_code == 0, again.output
    assert changes(again.output) == {}
    assert "unchanged" in again.output
    assert workshop.checkout.changed_files() == ""


def test_preview_shows_no_change(workshop: Workshop) -> None:
    preview = workshop.checkout.pulumi("preview --stack dev --expect-no-changes")

    assert preview.exit_code == 0, preview.output
    assert changes(preview.output) == {}


def test_refresh_finds_no_drift(workshop: Workshop) -> None:
    refresh = workshop.checkout.pulumi("refresh --stack dev --yes --expect-no-changes")

    assert refresh.exit_code == 0, refresh.output


def delete_topic(workshop: Workshop) -> None:
    out = workshop.outputs
    path = f"/kafka/v3/clusters/{out['kafka_cluster_id']}/topics/users_topic"
    answer = requests.delete(
        f"{workshop.checkout.base_url}{path}", auth=admin_key(workshop), timeout=REQUEST_TIMEOUT_S
    )
    assert answer.status_code == 204, answer.text


def delete_connector(workshop: Workshop) -> None:
    out = workshop.outputs
    path = (
        f"/connect/v1/environments/{out['environment_id']}/clusters/{out['kafka_cluster_id']}"
        "/connectors/DatagenSourceConnector_users"
    )
    answer = requests.delete(
        f"{workshop.checkout.base_url}{path}", auth=CLOUD_KEY, timeout=REQUEST_TIMEOUT_S
    )
    assert answer.status_code == 200, answer.text


def drop_statement(workshop: Workshop) -> None:
    out = workshop.outputs
    answer = requests.post(
        f"{out['ksqldb_endpoint']}/ksql",
        json={"ksql": "DROP TABLE TOTAL_STOCK_PURCHASED DELETE TOPIC;", "streamsProperties": {}},
        auth=(out["ksqldb_api_key"], out["ksqldb_api_secret"]),
        timeout=REQUEST_TIMEOUT_S,
    )
    assert answer.status_code == 200, answer.text


def admin_key(workshop: Workshop) -> tuple[str, str]:
    """Mint a Kafka key for the account that administers the cluster, as its owner would."""
    out = workshop.outputs
    base = workshop.checkout.base_url
    bindings = requests.get(
        f"{base}/iam/v2/role-bindings", auth=CLOUD_KEY, timeout=REQUEST_TIMEOUT_S
    ).json()["data"]
    [principal] = {
        binding["principal"]
        for binding in bindings
        if binding["role_name"] == "CloudClusterAdmin"
        and out["kafka_cluster_id"] in binding["crn_pattern"]
    }
    answer = requests.post(
        f"{base}/iam/v2/api-keys",
        json={
            "spec": {
                "display_name": "by hand",
                "owner": {"id": principal.removeprefix("User:"), "kind": "ServiceAccount"},
                "resource": {"id": out["kafka_cluster_id"], "kind": "Cluster"},
            }
        },
        auth=CLOUD_KEY,
        timeout=REQUEST_TIMEOUT_S,
    ).json()
    return answer["id"], answer["spec"]["secret"]


@pytest.mark.parametrize(
    ("remove", "resource"),
    [
        (drop_statement, "total_stock_purchased"),
        (delete_connector, "DatagenSourceConnector_users"),
        (delete_topic, "users_topic"),
    ],
    ids=["statement", "connector", "topic"],
)
def test_what_was_deleted_by_hand_is_reported_and_created_again(
    workshop: Workshop, remove: Callable[[Workshop], None], resource: str
) -> None:
    remove(workshop)

    refresh = workshop.checkout.pulumi("refresh --stack dev --yes")
    again = workshop.checkout.pulumi("up --stack dev --yes --skip-preview")
    settled = workshop.checkout.pulumi("preview --stack dev --expect-no-changes")

    assert refresh.exit_code == 0, refresh.output
    assert changes(refresh.output).get("delete", 0) >= 1, refresh.output
    assert again.exit_code == 0, again.output
    assert changes(again.output).get("create", 0) >= 1, again.output
    assert resource.lower() in again.output.lower()
    assert settled.exit_code == 0, settled.output


def test_the_mended_workshop_delivers(workshop: Workshop) -> None:
    verified = workshop.checkout.run("source .workshop/env && python -m workshop verify")

    assert verified.exit_code == 0, verified.output
