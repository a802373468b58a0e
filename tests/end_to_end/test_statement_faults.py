"""One call to ksqlDB going wrong in the middle of re-creating statements: the `up` gets through."""

from typing import Any

import pytest

from tests.end_to_end.conftest import Workshop
from tests.end_to_end.test_statement_kills import faults, turn_statement_over, whole

__all__ = ["whole"]

FAULTS: dict[str, dict[str, Any]] = {
    "rate-limit": {"status": 429, "retry_after": 0},
    "not-ready": {"status": 503},
    "reset": {"reset": True},
    "key-not-known-yet": {"status": 401},
}


@pytest.mark.parametrize("before", [0, 6, 13, 17])
@pytest.mark.parametrize("fault", FAULTS)
def test_an_up_survives_a_call_that_goes_wrong(whole: Workshop, fault: str, before: int) -> None:
    turn_statement_over(whole)
    faults(whole, "POST", {"path": "/ksqldb/[^/]+/.*", "skip": before, "times": 1} | FAULTS[fault])

    up = whole.checkout.pulumi("up --stack dev --yes --skip-preview")
    [struck] = faults(whole, "GET").json()["faults"]
    faults(whole, "DELETE")

    assert up.exit_code == 0, up.output
    assert struck["struck"] == 1
    assert "Traceback" not in up.output
