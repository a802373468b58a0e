import pytest

from stack.names import names_of, shortened, slug
from stack.settings import WorkshopSettings


def names(stack: str, **values: str) -> tuple[str, str, str, str]:
    found = names_of(WorkshopSettings.from_values(values, stack))
    return found.environment, found.identity("sink"), found.dataset, found.google_identity


def test_stack_dev_has_the_labs_names() -> None:
    assert names("dev") == (
        "stock-fraud",
        "stock-fraud-sink",
        "workshop_gcp_builder",
        "stock-fraud-sink",
    )


def test_every_other_stack_adds_its_own_name() -> None:
    assert names("team-b") == (
        "stock-fraud-team-b",
        "stock-fraud-team-b-sink",
        "workshop_gcp_builder_team_b",
        "stock-fraud-team-b-sink",
    )


def test_a_dataset_can_be_named() -> None:
    assert names("team-b", dataset_name="mine")[2] == "mine"


@pytest.mark.parametrize("stack", ["a" * 100, "Team.B_" + "x" * 60, "-", "ab"])
def test_names_fit_googles_and_confluents_limits(stack: str) -> None:
    environment, identity, dataset, google = names(stack, name_prefix="a" * 20)

    assert 6 <= len(google) <= 30
    assert google.replace("-", "").isalnum()
    assert len(identity) <= 64
    assert dataset.replace("_", "").isalnum()
    assert environment == environment.lower()


def test_two_stacks_never_share_a_name() -> None:
    stacks = ["team-b", "team_b", "Team-b", "team.b", "team--b", "x" * 40, "x" * 41]

    assert len({slug(stack) for stack in stacks}) == len(stacks)


def test_a_short_name_stays_as_it_is() -> None:
    assert shortened("abc", 3) == "abc"
    assert shortened("abcdefghijkl", 10) == "abc-d682ed"
