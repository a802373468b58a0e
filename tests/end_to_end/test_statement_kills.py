"""The engine killed in the middle of re-creating statements: the next `pulumi up` gets there.

The sandbox answers a number of calls to ksqlDB and then none; that is when the engine is killed.
Each point takes some 15 s, so three are tried unless `WORKSHOP_TEST_KILLS=all`.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
import requests

from tests.end_to_end.conftest import REQUEST_TIMEOUT_S, Workshop
from tests.end_to_end.test_statements import ENRICHED

CALLS = 19
"""To ksqlDB in one `up` that re-creates STOCKS_ENRICHED and its three readers."""

POINTS = range(CALLS) if os.environ.get("WORKSHOP_TEST_KILLS") == "all" else (4, 9, 15)
PATIENCE_S = 120


@pytest.fixture(scope="module")
def whole(workshop: Workshop) -> Iterator[Workshop]:
    """The workshop; afterwards its statements are as before."""
    yield workshop
    workshop.checkout.check("git checkout --quiet -- ksql")
    back = workshop.checkout.pulumi("up --stack dev --yes --skip-preview")
    assert back.exit_code == 0, back.output


def faults(
    workshop: Workshop, method: str, body: dict[str, object] | None = None
) -> requests.Response:
    answer = requests.request(
        method,
        f"{workshop.checkout.base_url}/sandbox/v1/faults",
        json=body,
        timeout=REQUEST_TIMEOUT_S,
    )
    assert answer.ok, answer.text
    return answer


def turn_statement_over(workshop: Workshop) -> None:
    """Take a column out of the join, or put it back: both take a re-creation."""
    file = workshop.checkout.path / ENRICHED
    text = file.read_text()
    column = "  gender,\n"
    anchor = "  regionid,\n"
    file.write_text(
        text.replace(column, "") if column in text else text.replace(anchor, anchor + column)
    )


def kill_once_silent(workshop: Workshop, process: "subprocess.Popen[str]") -> None:
    """Kill the engine with all its processes when the sandbox has stopped answering."""
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline:
        if any(fault["struck"] for fault in faults(workshop, "GET").json()["faults"]):
            break
        time.sleep(0.05)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.mark.parametrize("answered", POINTS)
def test_an_up_that_was_killed_is_finished_by_the_next(whole: Workshop, answered: int) -> None:
    turn_statement_over(whole)
    faults(whole, "POST", {"path": "/ksqldb/[^/]+/.*", "stop_after": answered})
    up = whole.checkout.start(
        "source .workshop/env && exec pulumi --non-interactive up --stack dev --yes --skip-preview"
    )
    kill_once_silent(whole, up)
    faults(whole, "DELETE")

    # What the engine itself prescribes after a crash.
    whole.checkout.pulumi("cancel --stack dev --yes")
    cleared = whole.checkout.pulumi(
        "refresh --stack dev --yes --skip-preview --clear-pending-creates"
    )
    again = whole.checkout.pulumi("up --stack dev --yes --skip-preview")
    settled = whole.checkout.pulumi("preview --stack dev --expect-no-changes")

    assert up.returncode != 0, "the engine was done before it could be killed"
    assert cleared.exit_code == 0, cleared.output
    assert again.exit_code == 0, again.output
    assert settled.exit_code == 0, settled.output
