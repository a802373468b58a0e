"""The workshop of stack `dev`, up on the sandbox, shared by the tests that do not break it."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.end_to_end.checkout import Checkout, Result

REQUEST_TIMEOUT_S = 30


@dataclass
class Workshop:
    """A checkout in which `make up` has run."""

    checkout: Checkout
    up: Result
    outputs: dict[str, Any]

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON of a GET on the sandbox, without credentials."""
        answer = requests.get(
            f"{self.checkout.base_url}{path}", params=query, timeout=REQUEST_TIMEOUT_S
        )
        assert answer.status_code == 200, f"GET {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def records(self, topic: str) -> list[dict[str, Any]]:
        """Return all records of a topic, decoded."""
        cluster = self.outputs["kafka_cluster_id"]
        path = f"/sandbox/v1/clusters/{cluster}/topics/{topic}/records"
        found: list[dict[str, Any]] = self.get(path, **{"from": 0, "limit": 1_000_000})["records"]
        return found


def processes_of(folder: Path) -> list[str]:
    """Return the command lines of processes that mention the folder, ours left out."""
    listed = subprocess.run(
        ["ps", "-eo", "pid,args", "-ww"], check=True, capture_output=True, text=True
    )
    return [line for line in listed.stdout.splitlines() if str(folder) in line]


@pytest.fixture(scope="session")
def dev_checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A clean checkout; whatever runs in it is brought down at the end."""
    checkout = Checkout.make(tmp_path_factory.mktemp("dev"))
    yield checkout
    checkout.run("make down")
    leftovers = processes_of(checkout.path)
    assert leftovers == [], "make down leaves processes"


@pytest.fixture(scope="session")
def workshop(dev_checkout: Checkout) -> Workshop:
    """Stack `dev`, brought up by `make up`."""
    up = dev_checkout.run("make up")
    assert up.exit_code == 0, up.output
    return Workshop(dev_checkout, up, dev_checkout.outputs())
