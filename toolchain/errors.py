"""What getting a Pulumi CLI can end in.

ToolchainError
├── ToolchainUnusable    something on this machine has to change first; the message says what
└── StepFailed           a command that we ran failed; the message holds the end of what it said
"""

from collections.abc import Sequence


class ToolchainError(Exception):
    """The Pulumi CLI could not be provided. The message says what to do."""


class ToolchainUnusable(ToolchainError):
    """Something on this machine is missing or too old."""


class StepFailed(ToolchainError):
    """A command that a step ran ended with a non-zero code."""

    def __init__(self, title: str, code: int, last_lines: Sequence[str]) -> None:
        self.title, self.code, self.last_lines = title, code, tuple(last_lines)
        said = "\n".join(f"    {line}" for line in last_lines) or "    (it said nothing)"
        super().__init__(f"{title} failed with exit code {code}. Its last words:\n{said}")
