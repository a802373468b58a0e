import json
import stat
from pathlib import Path
from typing import Any

import pytest

from workshop.outputs import StackOutputs, StackUnreadable, cloud_key, read_outputs, selected_stack

UP = {"rest_endpoint": "http://127.0.0.1:8900", "ksqldb_endpoint": "http://127.0.0.1:8900/ksqldb/x"}


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH; `says` puts a `pulumi` into it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def says(folder: Path, answer: Any = None, *, error: str = "") -> None:
    """Make a `pulumi` that answers so and writes down its arguments."""
    script = folder / "pulumi"
    (folder / "answer").write_text(json.dumps(answer))
    (folder / "error").write_text(error)
    script.write_text(
        "#!/bin/sh\n"
        f'echo "$@" >> {folder}/asked\n'
        f"/bin/cat {folder}/answer\n"
        f"/bin/cat {folder}/error >&2\n"
        f"exit {1 if error else 0}\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)


def test_outputs_are_asked_of_the_cli(pulumi: Path) -> None:
    says(pulumi, {**UP, "environment_id": "env-1"})

    outputs = read_outputs("team-b")

    assert outputs["environment_id"] == "env-1"
    assert (pulumi / "asked").read_text() == (
        "stack output --show-secrets --json --stack team-b --non-interactive\n"
    )


def test_the_selected_stack_is_the_default(pulumi: Path) -> None:
    says(pulumi, UP)

    read_outputs(None)

    assert "--stack" not in (pulumi / "asked").read_text()


def test_the_selected_stacks_name_is_asked_of_the_cli(pulumi: Path) -> None:
    says(pulumi)
    (pulumi / "answer").write_text("team-b\n")

    assert selected_stack() == "team-b"
    assert (pulumi / "asked").read_text() == "stack --show-name --non-interactive\n"


def test_a_stack_that_is_not_up_is_told_how_to_bring_it_up(pulumi: Path) -> None:
    says(pulumi, {})

    with pytest.raises(StackUnreadable, match=r"stack dev is not up: it has no outputs.*make up"):
        read_outputs("dev")


def test_the_clis_own_error_is_shown(pulumi: Path) -> None:
    says(pulumi, error="error: no stack named 'nobody' found")

    with pytest.raises(StackUnreadable, match=r"^no stack named 'nobody' found\nHave you sourced"):
        read_outputs("nobody")


@pytest.mark.usefixtures("pulumi")
def test_a_shell_without_the_cli_is_told_what_to_source() -> None:
    with pytest.raises(StackUnreadable, match=r"source \.workshop/env"):
        read_outputs(None)


def test_secrets_never_show() -> None:
    assert "hidden" not in repr(StackOutputs("dev", {"kafka_api_secret": "hidden"}))


def test_a_stack_on_this_machine_never_reaches_a_cloud() -> None:
    outputs = StackOutputs("dev", UP)

    assert outputs.bigquery_address == "http://127.0.0.1:8900/bigquery/v2"
    assert outputs.cloud_address == "http://127.0.0.1:8900"


def test_a_stack_in_the_cloud_is_asked_there() -> None:
    outputs = StackOutputs("cloud", {"rest_endpoint": "https://pkc-1.confluent.example:443"})

    assert outputs.bigquery_address == "https://bigquery.googleapis.com/bigquery/v2"
    assert outputs.cloud_address == "https://api.confluent.cloud"


def test_the_cloud_key_is_that_of_the_stacks_settings(
    pulumi: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(
        pulumi,
        {
            "confluentcloud:cloudApiKey": {"value": "STACK"},
            "confluentcloud:cloudApiSecret": {"value": "its own"},
        },
    )
    monkeypatch.setenv("CONFLUENT_CLOUD_API_KEY", "SHELL")
    monkeypatch.setenv("CONFLUENT_CLOUD_API_SECRET", "another")

    assert cloud_key(StackOutputs("cloud", UP)) == ("STACK", "its own")


def test_without_a_cloud_key_there_is_none(pulumi: Path) -> None:
    says(pulumi, {})

    assert cloud_key(StackOutputs("dev", UP)) is None
