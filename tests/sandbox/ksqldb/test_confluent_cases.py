"""Confluent's own functional tests, where their folder is present beside the checkout."""

from pathlib import Path

import pytest

from sandbox.ksqldb.testing.outcome import Result
from sandbox.ksqldb.testing.running import run_files

CASES = Path(__file__).parents[3] / "../shared/ksqldb-cases"


@pytest.mark.skipif(not CASES.is_dir(), reason="needs ../shared/ksqldb-cases, which is not ours")
@pytest.mark.parametrize("kind", ["query-validation-tests", "rest-query-validation-tests"])
def test_every_case_of_confluent_passes(kind: str) -> None:
    results = run_files(sorted((CASES / kind).glob("*.json")))

    assert [one for one in results if one.result is not Result.PASSED] == []
    assert len(results) > 100
