"""No secret in clear: not in state, not in a log, not in `ps`, not in what a failing run prints."""

import base64
import json
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Workshop

SECRET_OUTPUTS = ("ksqldb_api_secret", "kafka_api_secret", "schema_registry_api_secret")


@pytest.fixture(scope="module")
def secrets(workshop: Workshop) -> list[str]:
    """Every secret of the stack: API secrets from its state, a line of Google's private key."""
    process = workshop.checkout.start(
        "source .workshop/env && pulumi stack export --show-secrets --stack dev 2>/dev/null"
    )
    exported, _ = process.communicate()
    found = {workshop.outputs[name] for name in SECRET_OUTPUTS}
    for resource in json.loads(exported)["deployment"]["resources"]:
        outputs = resource.get("outputs", {})
        if resource["type"] == "confluentcloud:index/apiKey:ApiKey":
            found.add(plain(outputs["secret"]))
        if resource["type"] == "gcp:serviceaccount/key:Key":
            key_file = json.loads(base64.b64decode(plain(outputs["privateKey"])))
            found.add(key_file["private_key"].splitlines()[1])
    return sorted(found)


def plain(value: object) -> str:
    """Return the text of an exported value, wrapped as a secret or not."""
    if isinstance(value, dict):
        text: str = json.loads(value["plaintext"])
        return text
    return str(value)


def files_with(secret: str, folder: Path) -> list[str]:
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and secret.encode() in path.read_bytes()
    ]


def test_there_are_secrets_to_look_for(secrets: list[str]) -> None:
    assert len(secrets) >= 4
    assert all(len(secret) >= 16 for secret in secrets)


def test_no_secret_lies_in_a_file_of_the_checkout(workshop: Workshop, secrets: list[str]) -> None:
    found = {name for secret in secrets for name in files_with(secret, workshop.checkout.path)}

    assert found == set()


def test_no_secret_shows_in_process_arguments(secrets: list[str]) -> None:
    listed = subprocess.run(
        ["ps", "-eo", "args", "-ww"], check=True, capture_output=True, text=True
    ).stdout

    assert [number for number, secret in enumerate(secrets) if secret in listed] == []


def test_no_command_printed_a_secret(workshop: Workshop, secrets: list[str]) -> None:
    failing = workshop.checkout.run(
        "source .workshop/env && python -m workshop ksql 'SELECT * FROM NOBODY_HAS_THIS;'"
    )

    printed = [
        result.command
        for result in workshop.checkout.transcript
        for secret in secrets
        if secret in result.output
    ]
    assert failing.exit_code == 1
    assert "NOBODY_HAS_THIS" in failing.output
    assert printed == []
