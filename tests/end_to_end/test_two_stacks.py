"""Two teams on one sandbox, and one of them leaving."""

from typing import Any

import pytest

from tests.end_to_end.checkout import Checkout
from tests.end_to_end.conftest import Workshop

OWN = ("environment_id", "kafka_cluster_id", "ksqldb_endpoint", "bigquery_dataset")


@pytest.fixture(scope="module")
def team_b(workshop: Workshop) -> Workshop:
    """A second stack, made with nothing but `pulumi stack init team-b`."""
    checkout = workshop.checkout
    created = checkout.pulumi("stack init team-b")
    assert created.exit_code == 0, created.output
    up = checkout.pulumi("up --stack team-b --yes --skip-preview")
    assert up.exit_code == 0, up.output
    return Workshop(checkout, up, checkout.outputs("team-b"))


def delivered(workshop: Workshop) -> int:
    """Return how many rows the stack's table holds."""
    out = workshop.outputs
    path = (
        f"/bigquery/v2/projects/{out['bigquery_project']}/datasets/{out['bigquery_dataset']}"
        f"/tables/{out['bigquery_table']}/data"
    )
    answer: dict[str, Any] = workshop.get(path)
    return int(answer["totalRows"])


def verify(checkout: Checkout, stack: str) -> None:
    result = checkout.run(f"source .workshop/env && python -m workshop verify --stack {stack}")
    assert result.exit_code == 0, result.output


def test_each_stack_has_objects_of_its_own(workshop: Workshop, team_b: Workshop) -> None:
    assert {name for name in OWN if workshop.outputs[name] == team_b.outputs[name]} == set()


def test_both_stacks_deliver(workshop: Workshop, team_b: Workshop) -> None:
    verify(workshop.checkout, "dev")
    verify(team_b.checkout, "team-b")
    workshop.get("/sandbox/v1/settle")

    assert delivered(workshop) >= 10
    assert delivered(team_b) >= 10


def test_destroying_one_leaves_the_other_delivering(workshop: Workshop, team_b: Workshop) -> None:
    destroyed = team_b.checkout.pulumi("destroy --stack team-b --yes --skip-preview")
    removed = team_b.checkout.pulumi("stack rm team-b --yes")
    before = delivered(workshop)

    assert destroyed.exit_code == 0, destroyed.output
    assert removed.exit_code == 0, removed.output
    verify(workshop.checkout, "dev")
    assert delivered(workshop) >= before
    environments = workshop.get("/sandbox/v1/inventory")["environments"]
    assert team_b.outputs["environment_id"] not in str(environments)
    assert workshop.outputs["environment_id"] in str(environments)
