"""No real key ever meets a stand-in, and Confluent's own registry client works."""

import subprocess

import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient

from tests.end_to_end.conftest import Workshop

REAL_LOOKING = {
    "CONFLUENT_CLOUD_API_KEY": "REALLOOKINGKEY01",
    "CONFLUENT_CLOUD_API_SECRET": "real-looking-secret",
    "KAFKA_API_KEY": "REALLOOKINGKEY02",
    "KAFKA_REST_ENDPOINT": "https://pkc-00000.example.invalid:443",
    "SCHEMA_REGISTRY_API_KEY": "REALLOOKINGKEY03",
    "GOOGLE_APPLICATION_CREDENTIALS": "/nonexistent/key.json",
    "GOOGLE_BIG_QUERY_CUSTOM_ENDPOINT": "https://bigquery.example.invalid/",
    "GOOGLE_PROJECT": "a-real-project",
}


def test_a_shell_with_real_credentials_changes_nothing(workshop: Workshop) -> None:
    again = workshop.checkout.run("make up", REAL_LOOKING)
    outputs = workshop.checkout.outputs()

    assert again.exit_code == 0, again.output
    assert outputs == workshop.outputs
    assert "a-real-project" not in again.output
    assert "unchanged" in again.output


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("confluentcloud:endpoint", "https://api.confluent.example.invalid"),
        ("gcp:bigQueryCustomEndpoint", "https://bigquery.example.invalid/bigquery/v2/"),
    ],
)
def test_a_stand_in_refuses_an_endpoint_that_is_not_loopback(
    workshop: Workshop, key: str, value: str
) -> None:
    preview = workshop.checkout.pulumi(f"preview --stack dev --config {key}={value}")
    workshop.checkout.run("git checkout --quiet -- Pulumi.dev.yaml")

    assert preview.exit_code != 0
    assert "loopback" in preview.output
    assert value in preview.output


def test_confluents_registry_client_registers_reads_checks_and_deletes(workshop: Workshop) -> None:
    out = workshop.outputs
    settings = {
        "url": out["schema_registry_endpoint"],
        "basic.auth.user.info": (
            f"{out['schema_registry_api_key']}:{out['schema_registry_api_secret']}"
        ),
    }
    first = '{"type":"record","name":"Note","fields":[{"name":"text","type":"string"}]}'
    narrower = '{"type":"record","name":"Note","fields":[{"name":"text","type":"int"}]}'

    with SchemaRegistryClient(settings) as client:
        schema_id = client.register_schema("notes-value", Schema(first, "AVRO"))
        latest = client.get_latest_version("notes-value")
        fits = client.test_compatibility("notes-value", Schema(narrower, "AVRO"))
        deleted = client.delete_subject("notes-value")
        subjects = client.get_subjects()

    assert (latest.schema_id, latest.version) == (schema_id, 1)
    assert not fits
    assert deleted == [1]
    assert "notes-value" not in subjects


def test_the_sandbox_listens_on_loopback_only(workshop: Workshop) -> None:
    listening = subprocess.run(
        ["ss", "-Hltn", f"sport = :{workshop.checkout.port}"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    assert listening.split()[3] == f"127.0.0.1:{workshop.checkout.port}"
