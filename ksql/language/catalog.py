"""A catalogue in memory: what a script's statements would leave behind."""

from __future__ import annotations

from collections.abc import Iterable

from ksql.language.resolved import AnalyzedCreate, AnalyzedCreateAs, Source


class MemoryCatalog:
    """The sources made so far. Feed it each analysed statement in turn."""

    def __init__(self, sources: Iterable[Source] = ()) -> None:
        self._sources = {source.name: source for source in sources}

    def source(self, name: str) -> Source | None:
        """The source of exactly that name, or None."""
        return self._sources.get(name)

    def names(self) -> Iterable[str]:
        """All names, oldest first."""
        return tuple(self._sources)

    def apply(self, analyzed: object) -> None:
        """Add what a CREATE makes; anything else changes nothing.

        A CREATE IF NOT EXISTS of a name that exists changes nothing either.
        """
        if not isinstance(analyzed, AnalyzedCreate | AnalyzedCreateAs):
            return
        if not (analyzed.exists and analyzed.if_not_exists):
            self._sources[analyzed.source.name] = analyzed.source

    def remove(self, name: str) -> None:
        """Forget a source; one that does not exist is no error."""
        self._sources.pop(name, None)
