"""What a stack may vary, judged as a whole before anything is made.

Owns every setting's type, default and range; Pulumi.yaml repeats type and default for the
engine, and a test compares the two. Needs no Pulumi unless asked for `from_config`, so that
`make up` can judge a stack file before the engine starts. Leaves out the names that follow from
the stack's own name (`stack.names`) and everything of other namespaces (`confluentcloud:`,
`gcp:`), which are the providers' business.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeAlias

PROJECT = "stock-fraud"
"""Namespace of our settings: the `name` in Pulumi.yaml."""

Value: TypeAlias = str | int


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a setting."""

    key: str
    value: object
    expected: str

    def __str__(self) -> str:
        return f"{PROJECT}:{self.key} is {self.value!r}, but must be {self.expected}"


@dataclass(frozen=True)
class UnknownKey:
    """A setting that does not exist."""

    key: str

    def __str__(self) -> str:
        close = get_close_matches(self.key, SETTINGS, 1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        return (
            f"{PROJECT}:{self.key} is no setting{hint}: remove it with"
            f" `pulumi config rm {self.key}`. There are {', '.join(SETTINGS)}"
        )


class SettingsError(Exception):
    """The settings cannot be used; the message lists everything that is wrong."""

    def __init__(self, problems: tuple[Problem | UnknownKey, ...]) -> None:
        self.problems = problems
        listed = "\n".join(f"  {problem}" for problem in problems)
        super().__init__(
            f"the stack's settings cannot be used:\n{listed}\n"
            "Change them with `pulumi config set KEY VALUE`. Nothing has been created or changed."
        )


class StackFileUnreadable(SettingsError):
    """A stack's file is no mapping of settings to values."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(())
        self.args = (
            f"{file.name} cannot be read: {reason}. It needs a mapping `config:` with lines such as"
            f" `{PROJECT}:csu: 4`. Nothing has been created or changed.",
        )


@dataclass(frozen=True)
class Setting:
    """One setting: its default, and what values it takes."""

    default: Value
    expected: str
    """What a value must be, in words that complete "must be …"."""
    accepts: Callable[[Any], bool]

    def read(self, value: object) -> Value | None:
        """Return the value in its type, or None if it does not fit."""
        if isinstance(self.default, int):
            return self._whole_number(value)
        return value if isinstance(value, str) and self.accepts(value) else None

    def _whole_number(self, value: object) -> int | None:
        # Stack files hold numbers as numbers or, once `pulumi config set` wrote them, as text.
        if isinstance(value, bool) or not re.fullmatch(r"-?\d{1,9}", str(value)):
            return None
        number = int(str(value))
        return number if self.accepts(number) else None


def _whole(default: int, low: int, high: int, unit: str = "") -> Setting:
    expected = f"a whole number from {low} to {high}{unit}"
    return Setting(default, expected, lambda value: low <= value <= high)


def _one_of(default: Value, *allowed: Value) -> Setting:
    listed = ", ".join(str(value) for value in allowed[:-1])
    expected = f"{listed} or {allowed[-1]}" if listed else str(allowed[-1])
    return Setting(default, expected, lambda value: value in allowed)


def _matching(default: str, pattern: str, expected: str) -> Setting:
    return Setting(default, expected, lambda value: re.fullmatch(pattern, value) is not None)


SETTINGS: Mapping[str, Setting] = {
    "cloud": _one_of("GCP", "GCP"),
    "region": _matching(
        "australia-southeast1",
        r"[a-z]+(-[a-z]+)+[0-9]+",
        "a Google Cloud region such as australia-southeast1",
    ),
    "name_prefix": _matching(
        "stock-fraud",
        r"[a-z][a-z0-9]*(-[a-z0-9]+)*(?<=.{2})(?<!.{21})",
        "2 to 20 of a-z, 0-9 and '-', beginning with a letter",
    ),
    "csu": _one_of(4, 1, 2, 4, 8, 12),
    "alert_threshold": _whole(10, 0, 1_000_000),
    "window_minutes": _whole(5, 1, 1440, " (a day)"),
    "datagen_interval_ms": _whole(1000, 10, 3_600_000, " (an hour)"),
    "dataset_name": _matching(
        "", r"[A-Za-z0-9_]{0,1024}", "letters, digits and '_', at most 1024, or empty"
    ),
    "dataset_location": _matching(
        "",
        r"|[A-Za-z]{2}|[a-z]+(-[a-z]+)+[0-9]+",
        "a region such as australia-southeast1, US, EU, or empty",
    ),
    "expires_on": _matching(
        "never",
        r"never|\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])",
        "a day such as 2026-12-31, or never",
    ),
    "persistent_query_limit": _whole(20, 1, 100),
}
"""Every setting by its key."""


@dataclass(frozen=True)
class WorkshopSettings:
    """What one stack is to look like. `from_values` proves the values usable."""

    stack: str
    """The stack's name."""
    cloud: str
    region: str
    name_prefix: str
    csu: int
    """Streaming units of the ksqlDB application."""
    alert_threshold: int
    """Trades of one account in one window; more are suspicious."""
    window_minutes: int
    datagen_interval_ms: int
    dataset_name: str
    """Empty: derived from the stack's name."""
    dataset_location: str
    expires_on: str
    """A day in ISO form, or `never`."""
    persistent_query_limit: int

    @classmethod
    def from_values(cls, values: Mapping[str, object], stack: str) -> "WorkshopSettings":
        """Return the settings of a stack; a key that is missing has its default.

        Args:
            values: By key, without namespace; numbers may be text.
            stack: The stack's name.

        Raises:
            SettingsError: With everything that is wrong, not only the first thing.
        """
        problems = problems_of(values)
        if problems:
            raise SettingsError(problems)
        read: dict[str, Any] = {
            key: setting.read(values.get(key, setting.default)) for key, setting in SETTINGS.items()
        }
        read["dataset_location"] = read["dataset_location"] or read["region"]
        return cls(stack=stack, **read)

    @classmethod
    def from_config(cls) -> "WorkshopSettings":
        """Return the settings of the stack that the running Pulumi program is for.

        Raises:
            pulumi.RunError: With everything that is wrong; shown without a traceback.
        """
        import pulumi  # noqa: PLC0415 - `make up` judges settings without the engine's SDK
        from pulumi.runtime.config import CONFIG  # noqa: PLC0415 - as above

        prefix = f"{PROJECT}:"
        values = {
            key.removeprefix(prefix): value
            for key, value in CONFIG.get().items()
            if key.startswith(prefix)
        }
        try:
            return cls.from_values(values, pulumi.get_stack())
        except SettingsError as error:
            raise pulumi.RunError(str(error)) from None


def problems_of(values: Mapping[str, object]) -> tuple[Problem | UnknownKey, ...]:
    """Return everything that is wrong with settings, in the settings' order, unknown keys last."""
    wrong = [
        Problem(key, values[key], setting.expected)
        for key, setting in SETTINGS.items()
        if key in values and setting.read(values[key]) is None
    ]
    return (*wrong, *(UnknownKey(key) for key in sorted(values.keys() - SETTINGS.keys())))


def from_stack_file(checkout: Path, stack: str) -> WorkshopSettings:
    """Return a stack's settings from its file, `Pulumi.<stack>.yaml`, if it has one.

    Raises:
        SettingsError: As for `from_values`.
        StackFileUnreadable: The file holds something else than settings.
    """
    prefix = f"{PROJECT}:"
    values = {
        key.removeprefix(prefix): value
        for key, value in _config_of(checkout / f"Pulumi.{stack}.yaml").items()
        if key.startswith(prefix)
    }
    return WorkshopSettings.from_values(values, stack)


def _config_of(file: Path) -> Mapping[str, object]:
    import yaml  # noqa: PLC0415 - the running program gets its settings from the engine

    try:
        parsed: Any = yaml.safe_load(file.read_text()) if file.exists() else None
    except yaml.MarkedYAMLError as wrong:
        # The place alone: PyYAML's own text repeats the line, which may hold a secret.
        mark = wrong.context_mark or wrong.problem_mark
        place = f" from line {mark.line + 1}, column {mark.column + 1} on" if mark else ""
        raise StackFileUnreadable(file, f"it is no YAML{place}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as wrong:
        raise StackFileUnreadable(file, " ".join(str(wrong).split())) from None
    if parsed is None:
        return {}
    config = (parsed.get("config") or {}) if isinstance(parsed, dict) else None
    if not isinstance(config, dict):
        raise StackFileUnreadable(file, "it holds something else")
    return {str(key): value for key, value in config.items()}
