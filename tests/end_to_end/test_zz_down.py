"""`make down` leaves nothing: asked of every API before the sandbox stops. Runs last."""

import os
from pathlib import Path

import pytest
import requests

from tests.end_to_end.checkout import Checkout
from tests.end_to_end.conftest import REQUEST_TIMEOUT_S, Workshop, processes_of


def home_files() -> set[str]:
    """Return what lies directly in the home folder and in its cache folder."""
    home = Path.home()
    cache = Path(os.environ.get("XDG_CACHE_HOME", home / ".cache"))
    return {str(path) for folder in (home, cache) if folder.is_dir() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def destroyed(workshop: Workshop) -> Workshop:
    """The stack destroyed by hand, with the sandbox still there to be asked."""
    result = workshop.checkout.pulumi("destroy --stack dev --yes --skip-preview")
    assert result.exit_code == 0, result.output
    return workshop


def test_destroy_leaves_nothing_in_either_cloud(destroyed: Workshop) -> None:
    project = destroyed.outputs["bigquery_project"]

    inventory = destroyed.get("/sandbox/v1/inventory")
    datasets = destroyed.get(f"/bigquery/v2/projects/{project}/datasets").get("datasets", [])
    accounts = destroyed.get(f"/google/iam/v1/projects/{project}/serviceAccounts").get(
        "accounts", []
    )

    assert {part: things for part, things in inventory.items() if things} == {}
    assert datasets == []
    assert accounts == []


def test_make_down_stops_the_sandbox_and_says_that_nothing_is_left(
    dev_checkout: Checkout, destroyed: Workshop
) -> None:
    before = home_files()

    # From a shell with another PORT: that of `make up` counts.
    down = dev_checkout.run("make down", {"PORT": str(dev_checkout.port + 1)})

    assert down.exit_code == 0, down.output
    assert "nothing is left" in down.output.lower()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{destroyed.checkout.base_url}/sandbox/v1/health", timeout=REQUEST_TIMEOUT_S)
    assert processes_of(dev_checkout.path) == []
    assert home_files() == before
    assert dev_checkout.changed_files() == ""
