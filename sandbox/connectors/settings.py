"""Connector settings: which there are, what each may hold, and what is wrong with those given.

A connector class lists its `Setting`s; `problems` judges a flat map of texts by them. What a
setting may hold in the service but not here is refused with a sentence that says so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Config = Mapping[str, str]


@dataclass(frozen=True)
class FieldProblem:
    """What is wrong with one setting."""

    name: str
    errors: Sequence[str]


@dataclass(frozen=True)
class Setting:
    """One setting of a connector class."""

    name: str
    required: bool = False
    values: tuple[str, ...] = ()
    """The only values it takes; empty: any that `check` lets pass."""
    not_emulated: tuple[str, ...] = ()
    """Values that the service takes and the sandbox does not."""
    check: Callable[[str], str | None] | None = None
    """Returns what is wrong with a value."""
    default: str = ""
    """What counts when it is not given."""

    def of(self, config: Config) -> str:
        """Return the value in force."""
        return config.get(self.name, self.default)

    def problems(self, config: Config) -> list[str]:
        """Return what is wrong with the value given."""
        value = config.get(self.name)
        if value is None or value == "":
            if not self.required:
                return []
            return [f'Missing required configuration "{self.name}" which has no default value.']
        if value in self.not_emulated:
            offered = ", ".join(self.values)
            return [f"{self.name} {value} is not emulated by this sandbox: it has {offered}"]
        if self.values and value not in self.values:
            offered = ", ".join((*self.values, *self.not_emulated))
            return [
                f"Invalid value {value} for configuration {self.name}: "
                f"String must be one of: {offered}"
            ]
        problem = self.check(value) if self.check else None
        return [problem] if problem else []


def number(name: str, low: int, high: int) -> Callable[[str], str | None]:
    """Return a check for whole numbers from `low` to `high`."""

    def check(value: str) -> str | None:
        if not value.lstrip("-").isdecimal():
            return f"Invalid value {value} for configuration {name}: Not a number of type INT"
        if not low <= int(value) <= high:
            return (
                f"Invalid value {value} for configuration {name}: "
                f"Value must be at least {low} and at most {high}"
            )
        return None

    return check


BOOLEAN = ("true", "false")

COMMON = (
    Setting("name", required=True),
    Setting("connector.class", required=True),
    Setting("tasks.max", required=True, check=number("tasks.max", 1, 100)),
    Setting("kafka.auth.mode", values=("SERVICE_ACCOUNT", "KAFKA_API_KEY"),
            default="KAFKA_API_KEY"),
    Setting("kafka.service.account.id"),
    Setting("kafka.api.key"),
    Setting("kafka.api.secret"),
    Setting("kafka.endpoint"),
    Setting("kafka.region"),
    Setting("cloud.provider"),
    Setting("cloud.environment"),
    Setting("confluent.connector.type"),
    Setting("schema.context.name", default="default"),
    Setting("auto.restart.on.user.error", values=BOOLEAN),
    Setting("errors.tolerance", values=("none", "all")),
)  # fmt: skip
"""What every connector class has."""


def problems(settings: Sequence[Setting], config: Config) -> list[FieldProblem]:
    """Judge settings; every one that is wrong comes once, in the order of the list.

    Names that are not in the list are left alone: the service adds some of its own.
    """
    found = [FieldProblem(each.name, each.problems(config)) for each in settings]
    found.append(_identity_problem(config))
    return [each for each in found if each.errors]


def _identity_problem(config: Config) -> FieldProblem:
    mode = config.get("kafka.auth.mode", "KAFKA_API_KEY")
    needed = {
        "SERVICE_ACCOUNT": ("kafka.service.account.id",),
        "KAFKA_API_KEY": ("kafka.api.key", "kafka.api.secret"),
    }.get(mode, ())
    for name in needed:
        if not config.get(name):
            return FieldProblem(name, [f'"{name}" is required when kafka.auth.mode is {mode}'])
    return FieldProblem("kafka.auth.mode", [])
