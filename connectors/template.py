"""One connector's settings with placeholders, split into what may be shown and what may not."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent

SENSITIVE = frozenset({"keyfile", "kafka.api.key", "kafka.api.secret"})
"""Settings whose values are secrets: the service masks them, and no state file may show them."""

REQUIRED = ("name", "connector.class", "tasks.max")

_PLACEHOLDER = re.compile(r"\$\{([a-z_]+)\}")


class TemplateError(Exception):
    """A connector's file cannot be used, or not with these values; the message names the file."""

    def __init__(self, file: str, reason: str) -> None:
        self.file, self.reason = file, reason
        super().__init__(f"connectors/{file}: {reason}")


@dataclass(frozen=True)
class Template:
    """A connector's settings before the stack's values are filled in."""

    file: str
    settings: Mapping[str, str] = field(repr=False)

    @property
    def name(self) -> str:
        """The connector's name in its cluster; Confluent never renames one."""
        return self.settings["name"]

    def plain(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return the settings that are no secrets, filled in.

        Raises:
            TemplateError: A placeholder has no value, or a value has no placeholder.
        """
        return self._filled(values, secret=False)

    def sensitive(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return the secret settings, filled in; errors as for `plain`, values never shown."""
        return self._filled(values, secret=True)

    def placeholders(self, *, secret: bool) -> frozenset[str]:
        """Return the names that `plain` or, if `secret`, `sensitive` needs values for."""
        texts = (text for key, text in self.settings.items() if (key in SENSITIVE) is secret)
        return frozenset(name for text in texts for name in _PLACEHOLDER.findall(text))

    def _filled(self, values: Mapping[str, str], *, secret: bool) -> dict[str, str]:
        wanted = self.placeholders(secret=secret)
        if missing := wanted - values.keys():
            raise TemplateError(self.file, f"no value for {_listed(missing)}")
        if unused := values.keys() - wanted:
            raise TemplateError(self.file, f"no setting uses {_listed(unused)}")
        return {
            key: _PLACEHOLDER.sub(lambda match: values[match.group(1)], text)
            for key, text in self.settings.items()
            if (key in SENSITIVE) is secret
        }


def _listed(names: frozenset[str] | set[str]) -> str:
    return ", ".join(f"${{{name}}}" for name in sorted(names))


def load(name: str, folder: Path = FOLDER) -> Template:
    """Return the settings in `<name>.json`.

    Raises:
        TemplateError: There is no such file, it is no JSON object of texts, or it lacks a setting
            that every connector has.
    """
    path = folder / f"{name}.json"
    try:
        parsed: Any = json.loads(path.read_text())
    except FileNotFoundError:
        there = ", ".join(sorted(found.name for found in folder.glob("*.json")))
        raise TemplateError(path.name, f"there is no such file; there are: {there}") from None
    except ValueError as broken:
        raise TemplateError(path.name, f"is not JSON: {broken}") from None
    if not isinstance(parsed, dict):
        raise TemplateError(path.name, "must be one JSON object")
    if wrong := [key for key, value in parsed.items() if not isinstance(value, str)]:
        raise TemplateError(path.name, f"values must be texts, in quotes: {', '.join(wrong)}")
    if missing := [key for key in REQUIRED if key not in parsed]:
        raise TemplateError(path.name, f"lacks {', '.join(missing)}")
    if shown := [key for key in parsed.keys() & SENSITIVE if not _is_placeholder(parsed[key])]:
        raise TemplateError(path.name, f"holds a secret: {', '.join(shown)} must be a placeholder")
    return Template(path.name, parsed)


def _is_placeholder(text: str) -> bool:
    return _PLACEHOLDER.fullmatch(text) is not None
