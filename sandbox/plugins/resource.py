"""What a stand-in knows about a resource type, as data, and the decisions that follow from it.

Owns checking and naming inputs, comparing them, and composing a resource's state from what was
asked for and what the service says. Leaves out requests (the functions in a row make them) and
the engine's protocol (`sandbox.plugins.provider`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Generic, TypeVar

from sandbox.plugins.properties import UNKNOWN, Properties, Property

Session = TypeVar("Session")
"""A configured provider: where its services are and with which credentials."""

DEFAULTS_KEY = "__defaults"
"""Among checked inputs: names of those that the provider filled in, as published ones note it."""

SUFFIX_LENGTH = 7
"""Hexadecimal digits that automatic names end in."""


@dataclass(frozen=True)
class Created:
    """A resource that a service has just made."""

    id: str
    outputs: Properties = field(default_factory=dict, repr=False)
    """What only its creation tells, such as a key's secret."""


@dataclass(frozen=True)
class ResourceType(Generic[Session]):
    """One row of a stand-in's table."""

    name: str
    """Such as `confluentcloud:index/kafkaTopic:KafkaTopic`."""
    create: Callable[[Session, Properties], Created]
    """Ask for one, from checked inputs."""
    read: Callable[[Session, str, Properties], Properties | None]
    """Return what the service says of one, by id and state; None when it is gone."""
    delete: Callable[[Session, str, Properties], None]
    """Remove one, by id and state."""
    settle: Callable[[Session, str, Properties], None] | None = None
    """Wait until one just asked for, by id and what is known of it, is usable."""
    update: Callable[[Session, str, Properties, Properties], None] | None = None
    """Change one, by id, from old state to new inputs. None: every change replaces it."""
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    replaced_by: frozenset[str] = frozenset()
    """Inputs whose change takes a new resource."""
    replaced_if: Mapping[str, Callable[[Property, Property], bool]] = field(default_factory=dict)
    """By input: whether a change from an old to a new value takes a new resource."""
    computed: tuple[str, ...] = ()
    """Outputs that are no inputs: unknown in a preview."""
    named_by: str | None = None
    """Input that gets an automatic name when it is missing."""
    longest_name: int | None = None
    """In characters; None is no limit."""
    defaults: Mapping[str, Property] = field(default_factory=dict)
    """Inputs that the published provider fills in."""
    same: Mapping[str, Callable[[Property], Property]] = field(default_factory=dict)
    """By input: a form in which values that mean the same are equal."""
    forbidden_change: Callable[[Properties, Properties], str | None] = lambda _old, _new: None
    """Why old inputs cannot become new ones, if they cannot."""
    deletes_before_replacing: bool = False
    """Whether the service allows no two of them at once."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of all inputs."""
        return (*self.required, *self.optional)


def input_failures(kind: ResourceType[Session], news: Properties) -> list[tuple[str, str]]:
    """Return name and reason for every input that is missing or unknown to the resource type."""
    missing = [(name, "is required and missing") for name in kind.required if name not in news]
    known = {*kind.inputs, DEFAULTS_KEY}
    return missing + [(name, _no_such_input(kind, name)) for name in news if name not in known]


def _no_such_input(kind: ResourceType[Session], name: str) -> str:
    close = get_close_matches(name, kind.inputs, n=1)
    hint = f"did you mean {close[0]}?" if close else f"it has {', '.join(sorted(kind.inputs))}"
    return f"is no input of {kind.name}: {hint}"


def checked_inputs(
    kind: ResourceType[Session], olds: Properties, news: Properties, fresh_name: str
) -> Properties:
    """Return `news` with the provider's defaults and an automatic name filled in.

    Args:
        kind: Of which resource type.
        olds: The inputs so far; empty for a new resource. An automatic name is kept.
        news: What the program says.
        fresh_name: Automatic name for a new resource.
    """
    filled = {name: value for name, value in kind.defaults.items() if name not in news}
    if kind.named_by is not None and kind.named_by not in news:
        was_automatic = kind.named_by in olds.get(DEFAULTS_KEY, [])
        filled[kind.named_by] = olds[kind.named_by] if was_automatic else fresh_name
    inputs = {name: value for name, value in news.items() if name != DEFAULTS_KEY}
    return inputs | filled | {DEFAULTS_KEY: sorted(filled)}


def automatic_name(kind: ResourceType[Session], logical_name: str, suffix: str) -> str:
    """Return the logical name and a suffix, cut to what the service allows."""
    ending = f"-{suffix[:SUFFIX_LENGTH]}"
    if kind.longest_name is None:
        return logical_name + ending
    return logical_name[: kind.longest_name - len(ending)] + ending


def changed_inputs(kind: ResourceType[Session], olds: Properties, news: Properties) -> list[str]:
    """Return the names of inputs that differ, sorted; an unknown new value differs."""
    names = (olds.keys() | news.keys()) - {DEFAULTS_KEY}
    return sorted(name for name in names if not _is_same(kind, name, olds, news))


def _is_same(kind: ResourceType[Session], name: str, olds: Properties, news: Properties) -> bool:
    old, new = olds.get(name), news.get(name)
    if new is UNKNOWN:
        return False
    canonical = kind.same.get(name)
    if canonical is None or old is None or new is None:
        return bool(old == new)
    return bool(canonical(old) == canonical(new))


def replacing(
    kind: ResourceType[Session], changed: Iterable[str], olds: Properties, news: Properties
) -> list[str]:
    """Return those of the `changed` inputs whose change takes a new resource."""
    if kind.update is None:
        return list(changed)
    return [
        name
        for name in changed
        if name in kind.replaced_by
        or (name in kind.replaced_if and kind.replaced_if[name](olds.get(name), news.get(name)))
    ]


def state_of(*parts: Mapping[str, Property]) -> Properties:
    """Return one state composed of `parts`, later ones winning; a None removes the property."""
    merged: Properties = {}
    for part in parts:
        merged.update(part)
    return {
        name: value for name, value in merged.items() if value is not None and name != DEFAULTS_KEY
    }


def previewed(kind: ResourceType[Session], inputs: Properties) -> Properties:
    """Return the state that a resource not yet made will have, as far as it can be known."""
    return state_of(dict.fromkeys(kind.computed, UNKNOWN), inputs)


def drifted_inputs(
    kind: ResourceType[Session], inputs: Properties, state: Properties
) -> Properties:
    """Return `inputs` as the service holds them now, so that a difference shows as a change."""
    if not inputs:
        return {name: state[name] for name in kind.inputs if name in state}
    kept = {name: _drifted(kind, name, value, state) for name, value in inputs.items()}
    return {name: value for name, value in kept.items() if value is not None}


def _drifted(
    kind: ResourceType[Session], name: str, value: Property, state: Properties
) -> Property:
    if name == DEFAULTS_KEY:
        return value
    current = state.get(name)
    canonical = kind.same.get(name)
    is_same = (
        canonical is not None and current is not None and canonical(current) == canonical(value)
    )
    return value if is_same else current
