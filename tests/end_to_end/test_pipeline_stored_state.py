"""A stack that an earlier version of this program made: this one updates and destroys it.

`stored/pipeline.json` is such a stack as `pulumi stack export` wrote it, its address and key
replaced by words. It names the providers' classes by module and name, and lacks what later
versions added. Never write it anew: a new version gets a file of its own.
"""

import base64
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.pipeline import Pipeline, running
from tests.end_to_end.test_pipeline_kills import OBJECTS, RUNNING, TOPICS

STORED = Path(__file__).parent / "stored" / "pipeline.json"
SIGNATURE = "4dabf18193072939515e22adb298388d"
READERS = {"total_stock_purchased", "stocks_purchased_5min_window_tumbling", "accounts_to_monitor"}


@pytest.fixture(scope="module")
def shared() -> Iterator[Pipeline]:
    """One sandbox for all tests."""
    with running() as pipeline:
        yield pipeline


@pytest.fixture
def stored(shared: Pipeline) -> Iterator[Pipeline]:
    """The stack as it was stored, with its objects on the server and its files beside it."""
    shared.reset()
    key, secret = shared.key
    endpoint = f"http://127.0.0.1:{shared.account.port}{shared.account.ksqldb_path}"
    text = STORED.read_text()
    for word, value in (("ENDPOINT", endpoint), ("KEY", key), ("SECRET", secret)):
        text = text.replace(f'"{word}"', f'"{value}"').replace(f'\\"{word}\\"', f'\\"{value}\\"')
    for resource in json.loads(text)["deployment"]["resources"]:
        inputs = resource.get("inputs", {})
        for file, script in inputs.get("scripts", {}).items():
            (shared.statements / file).write_text(script)
        if "sql" in inputs:
            shared.account.run_statements(inputs["sql"])
    stack = json.loads(text)
    stack["deployment"]["secrets_providers"] = {
        "type": "passphrase",
        "state": {"salt": encryption_salt(shared)},
    }
    file = shared.project.folder / "stored.json"
    file.write_text(json.dumps(stack))
    shared.check("stack", "import", "--file", str(file))
    yield shared
    shared.destroy()


def encryption_salt(pipeline: Pipeline) -> str:
    """Return what the engine derives the stack's own key from, besides the passphrase."""
    settings = (pipeline.project.folder / "Pulumi.bench.yaml").read_text()
    [salt] = re.findall(r"^encryptionsalt: (\S+)$", settings, re.MULTILINE)
    return str(salt)


def exported(pipeline: Pipeline, *arguments: str) -> str:
    """Return the stack as the engine exports it, without what it says beside."""
    return subprocess.run(
        [str(pipeline.project.cli), "stack", "export", "--stack", "bench", *arguments],
        cwd=pipeline.project.folder,
        env=dict(pipeline.project.environ),
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def resources(pipeline: Pipeline, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(exported(pipeline, *arguments))["deployment"][
        "resources"
    ]
    return [each for each in found if "dynamic/ksql:" in each["type"]]


def test_a_stored_stack_is_as_it_should_be_before_and_after_a_refresh(stored: Pipeline) -> None:
    stored.settled()

    stored.check("refresh", "--yes", "--skip-preview")

    stored.settled()
    outputs = [each["outputs"] for each in resources(stored) if "sql" in each["outputs"]]
    assert [each["drift"] for each in outputs] == [""] * len(OBJECTS)
    assert [each["value_format"] for each in outputs] == ["AVRO"] * len(OBJECTS)


def test_a_stored_stack_is_updated(stored: Pipeline) -> None:
    stored.edit("40_number_of_times_stock_bought.sql", "'BUY'", "'SELL'")
    stored.edit("30_stocks_enriched.sql", "  gender,\n", "")

    up = stored.up()

    assert up.done("updated") == ["number_of_times_stock_bought"]
    created = up.done("created replacement")
    assert (created[0], set(created[1:])) == ("stocks_enriched", READERS)
    stored.settled()
    assert (stored.objects(), stored.queries()) == (OBJECTS, RUNNING)


def test_a_stored_stack_is_destroyed(stored: Pipeline) -> None:
    stored.destroy()

    assert stored.objects() == {}
    assert {each for each in stored.topics() if "processing-log" not in each} == TOPICS


def test_a_stack_holds_no_secret_in_clear_and_none_in_its_pickled_providers(
    stored: Pipeline,
) -> None:
    stored.edit("40_number_of_times_stock_bought.sql", "'BUY'", "'SELL'")
    stored.up()

    _, secret = stored.key
    inside = resources(stored, "--show-secrets")
    assert secret not in exported(stored)
    # Eight resources, each in inputs and outputs: what is hidden is the secret that is looked for.
    hidden = [each[part]["api_secret"] for each in inside for part in ("inputs", "outputs")]
    assert len(hidden) == 2 * (len(OBJECTS) + 1)
    assert {json.loads(each["plaintext"]) for each in hidden if SIGNATURE in each} == {secret}
    without = json.dumps([{**each, **stripped(each)} for each in inside])
    assert secret not in without, "the secret stands elsewhere than in api_secret"
    pickled = {
        base64.b64decode(json.loads(each[part]["__provider"]["plaintext"]))
        for each in inside
        for part in ("inputs", "outputs")
    }
    assert len(pickled) == 2
    for each in pickled:
        assert b"stack.ksql_statement" in each
        assert secret.encode() not in each


def stripped(resource: dict[str, Any]) -> dict[str, Any]:
    """Return inputs and outputs without the secret that is expected there."""
    return {
        part: {name: value for name, value in resource[part].items() if name != "api_secret"}
        for part in ("inputs", "outputs")
    }
