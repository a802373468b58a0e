"""What a stack tells about itself: its outputs and its providers' settings, asked of the CLI.

Leaves out what to do with them. Secrets come along in clear: never print a `StackOutputs`.
"""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from workshop.running import CHECKOUT

LOOPBACK = ("127.0.0.1", "localhost", "::1")

GOOGLE_BIGQUERY = "https://bigquery.googleapis.com/bigquery/v2"
CONFLUENT_CLOUD = "https://api.confluent.cloud"


class StackUnreadable(Exception):
    """The stack's outputs cannot be read; the message says what to do."""


@dataclass(frozen=True)
class StackOutputs:
    """A stack that is up."""

    stack: str | None
    """None: the one that is selected."""
    values: Mapping[str, Any] = field(repr=False)

    def __getitem__(self, name: str) -> str:
        return str(self.values[name])

    @property
    def is_sandbox(self) -> bool:
        """Whether the stack is on this machine."""
        return urlsplit(self["rest_endpoint"]).hostname in LOOPBACK

    @property
    def _machine(self) -> str:
        found = urlsplit(self["rest_endpoint"])
        return f"{found.scheme}://{found.netloc}"

    @property
    def bigquery_address(self) -> str:
        """Of BigQuery's REST API, without trailing slash."""
        return f"{self._machine}/bigquery/v2" if self.is_sandbox else GOOGLE_BIGQUERY

    @property
    def cloud_address(self) -> str:
        """Of Confluent's management API."""
        return self._machine if self.is_sandbox else CONFLUENT_CLOUD


def read_outputs(stack: str | None) -> StackOutputs:
    """Return the outputs of a stack, or of the selected one.

    Raises:
        StackUnreadable: There is no CLI, no such stack, or it is not up.
    """
    found = _ask("stack", "output", "--show-secrets", stack=stack)
    if "rest_endpoint" not in found or "ksqldb_endpoint" not in found:
        named = f"stack {stack}" if stack else "the selected stack"
        raise StackUnreadable(
            f"{named} is not up: it has no outputs. Bring it up with `make up`, or with `pulumi up`"
        )
    return StackOutputs(stack, found)


def cloud_key(outputs: StackOutputs) -> tuple[str, str] | None:
    """Return the Cloud API key of the stack's settings; None where they have none.

    The provider uses no other: settings go before `CONFLUENT_CLOUD_API_KEY` in the shell.
    """
    config = _ask("config", "--show-secrets", stack=outputs.stack)
    pair = [
        (config.get(f"confluentcloud:{name}") or {}).get("value")
        for name in ("cloudApiKey", "cloudApiSecret")
    ]
    return (str(pair[0]), str(pair[1])) if pair[0] and pair[1] else None


def selected_stack() -> str:
    """Return the name of the stack that is selected.

    Raises:
        StackUnreadable: There is no CLI, or no stack is selected.
    """
    return _run("stack", "--show-name").strip()


def _ask(*arguments: str, stack: str | None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        _run(*arguments, "--json", *(["--stack", stack] if stack else []))
    )
    return found


def _run(*arguments: str) -> str:
    cli = shutil.which("pulumi")
    if cli is None:
        raise StackUnreadable("there is no `pulumi` on PATH: `source .workshop/env` first")
    answer = subprocess.run(  # noqa: S603 - the CLI, with arguments of ours
        [cli, *arguments, "--non-interactive"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        said = answer.stderr.strip().removeprefix("error: ")
        raise StackUnreadable(f"{said}\nHave you sourced .workshop/env?")
    return answer.stdout
