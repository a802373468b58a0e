"""Compatibility levels and modes: of the registry, of contexts, of subjects, nearest first."""

from enum import StrEnum
from typing import Generic, TypeVar

from sandbox.registry.compatibility import Level
from sandbox.registry.errors import InvalidCompatibility, InvalidMode
from sandbox.registry.subjects import context_of, context_subject

E = TypeVar("E", bound=StrEnum)


class Mode(StrEnum):
    """What may be done to subjects."""

    READWRITE = "READWRITE"
    READONLY = "READONLY"
    READONLY_OVERRIDE = "READONLY_OVERRIDE"
    """Read-only for the whole registry, whatever subjects say."""
    IMPORT = "IMPORT"
    """Versions and ids are given by the caller; compatibility is not checked."""


class Layered(Generic[E]):
    """One setting, by subject, by context, and for the whole registry (the empty name)."""

    def __init__(self, default: E) -> None:
        self._default = default
        self._values: dict[str, E] = {}

    def own(self, subject: str) -> E | None:
        """Return what is set for exactly this name."""
        return self._values.get(subject)

    def in_force(self, subject: str) -> E:
        """Return what holds for a subject: its own, its context's, or the registry's."""
        for name in (subject, context_subject(context_of(subject)), ""):
            if name in self._values:
                return self._values[name]
        return self._default

    def put(self, subject: str, value: E) -> None:
        """Set it for a name."""
        self._values[subject] = value

    def forget(self, subject: str) -> E | None:
        """Unset it for a name; return what it was."""
        return self._values.pop(subject, None)


def level_from(text: object) -> Level:
    """Return the level of that name, in any case.

    Raises:
        InvalidCompatibility: There is none.
    """
    if isinstance(text, str) and text.upper() in tuple(Level):
        return Level(text.upper())
    raise InvalidCompatibility


def mode_from(text: object) -> Mode:
    """Return the mode of that name, in any case.

    Raises:
        InvalidMode: There is none.
    """
    if isinstance(text, str) and text.upper() in tuple(Mode):
        return Mode(text.upper())
    raise InvalidMode
