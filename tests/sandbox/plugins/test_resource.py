"""Decisions about a resource's inputs and state, without any request."""

from typing import Any

import pytest

from sandbox.plugins.properties import UNKNOWN, Properties
from sandbox.plugins.resource import (
    Created,
    ResourceType,
    automatic_name,
    changed_inputs,
    checked_inputs,
    drifted_inputs,
    input_failures,
    previewed,
    replacing,
    state_of,
)


def row(**more: Any) -> ResourceType[None]:
    return ResourceType(
        name="a:index/thing:Thing",
        create=lambda _session, _inputs: Created("id"),
        read=lambda _session, _id, _state: {},
        delete=lambda _session, _id, _state: None,
        update=lambda _session, _id, _olds, _news: None,
        required=("region",),
        optional=("displayName", "count"),
        **more,
    )


def test_missing_and_misspelt_inputs_are_failures_with_the_closest_name() -> None:
    failures = input_failures(row(), {"displyName": "x"})

    assert failures == [
        ("region", "is required and missing"),
        ("displyName", "is no input of a:index/thing:Thing: did you mean displayName?"),
    ]


def test_an_input_like_no_other_is_answered_with_the_whole_list() -> None:
    [(_, reason)] = input_failures(row(), {"region": "r", "zzz": 1})

    assert reason == "is no input of a:index/thing:Thing: it has count, displayName, region"


def test_a_new_resource_gets_defaults_and_an_automatic_name() -> None:
    kind = row(named_by="displayName", defaults={"count": 6})

    inputs = checked_inputs(kind, {}, {"region": "r"}, "thing-0a1b2c3")

    assert inputs == {
        "region": "r",
        "count": 6,
        "displayName": "thing-0a1b2c3",
        "__defaults": ["count", "displayName"],
    }


def test_an_automatic_name_is_kept_and_a_chosen_one_wins() -> None:
    kind = row(named_by="displayName")
    olds = {"region": "r", "displayName": "thing-1", "__defaults": ["displayName"]}

    kept = checked_inputs(kind, olds, {"region": "s"}, "thing-2")
    chosen = checked_inputs(kind, olds, {"region": "s", "displayName": "mine"}, "thing-2")

    assert kept["displayName"] == "thing-1"
    assert (chosen["displayName"], chosen["__defaults"]) == ("mine", [])


def test_a_name_that_was_chosen_is_not_kept_when_it_is_given_up() -> None:
    olds = {"region": "r", "displayName": "mine", "__defaults": []}

    inputs = checked_inputs(row(named_by="displayName"), olds, {"region": "r"}, "thing-2")

    assert inputs["displayName"] == "thing-2"


@pytest.mark.parametrize(("longest", "name"), [(None, "a-long-name-0a1b2c3"), (12, "a-lo-0a1b2c3")])
def test_an_automatic_name_fits_the_service(longest: int | None, name: str) -> None:
    assert automatic_name(row(longest_name=longest), "a-long-name", "0a1b2c3d4e") == name


@pytest.mark.parametrize(
    ("olds", "news", "changed"),
    [
        ({"a": 1, "__defaults": ["a"]}, {"a": 1, "__defaults": []}, []),
        ({"a": 1}, {"a": 2, "b": 3}, ["a", "b"]),
        ({"a": 1}, {}, ["a"]),
        ({"a": 1}, {"a": UNKNOWN}, ["a"]),
        ({"crn": "a%2Fb"}, {"crn": "a/b"}, []),
    ],
)
def test_changed_inputs_are_those_that_differ_in_meaning(
    olds: Properties, news: Properties, changed: list[str]
) -> None:
    kind = row(same={"crn": lambda value: value.replace("%2F", "/")})

    assert changed_inputs(kind, olds, news) == changed


def test_which_changes_replace() -> None:
    kind = row(replaced_by=frozenset({"region"}), replaced_if={"count": lambda old, new: new < old})
    changed = ["count", "displayName", "region"]

    fewer = replacing(kind, changed, {"count": 6}, {"count": 1})
    more = replacing(kind, changed, {"count": 1}, {"count": 6})

    assert (fewer, more) == (["count", "region"], ["region"])


def test_without_an_update_every_change_replaces() -> None:
    kind: ResourceType[None] = ResourceType(
        name="x",
        create=lambda _session, _inputs: Created("id"),
        read=lambda _session, _id, _state: None,
        delete=lambda _session, _id, _state: None,
    )

    assert replacing(kind, ["a", "b"], {}, {}) == ["a", "b"]


def test_state_drops_what_is_none_and_what_is_for_checking_only() -> None:
    assert state_of({"a": 1, "b": 2, "__defaults": ["a"]}, {"b": None, "c": 3}) == {"a": 1, "c": 3}


def test_a_preview_knows_the_inputs_and_not_what_the_service_will_add() -> None:
    state = previewed(row(computed=("id", "count")), {"count": 3, "region": UNKNOWN})

    assert state == {"id": UNKNOWN, "count": 3, "region": UNKNOWN}


def test_drift_becomes_part_of_the_inputs_where_the_program_said_something() -> None:
    kind = row(same={"region": str.upper})
    inputs = {"region": "R", "count": 1, "displayName": "x", "__defaults": ["count"]}
    state = {"region": "r", "count": 2, "created": "today"}

    assert drifted_inputs(kind, inputs, state) == {
        "region": "R",
        "count": 2,
        "__defaults": ["count"],
    }
