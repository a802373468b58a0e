"""The command log: every statement that changed something, its id, number and outcome.

ksqlDB keeps it in a topic and numbers commands by their offset; here it is a list. Command ids
are `type/entity/action`: a create holds the name in backquotes, a drop holds it bare.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class CommandStatus(StrEnum):
    """How far a command is."""

    QUEUED = "QUEUED"
    EXECUTING = "EXECUTING"
    SUCCESS = "SUCCESS"
    ERROR = "ERROR"


@dataclass(frozen=True)
class Command:
    """One command and its outcome."""

    number: int
    command_id: str
    status: CommandStatus
    message: str
    query_id: str | None = None

    def status_wire(self) -> dict[str, Any]:
        """`commandStatus` on the wire."""
        return {
            "status": str(self.status),
            "message": self.message,
            "queryId": self.query_id,
        }

    def wire(self, statement: str) -> dict[str, Any]:
        """The `currentStatus` entity."""
        return {
            "@type": "currentStatus",
            "statementText": statement,
            "commandId": self.command_id,
            "commandStatus": self.status_wire(),
            "commandSequenceNumber": self.number,
            "warnings": [],
        }


class CommandLog:
    """The commands of one server."""

    def __init__(self) -> None:
        self._commands: list[Command] = []
        self._by_id: dict[str, Command] = {}

    @property
    def last_number(self) -> int:
        """The highest number given; -1 before the first command."""
        return len(self._commands) - 1

    @property
    def next_number(self) -> int:
        """The number of the next command."""
        return len(self._commands)

    def succeeded(self, command_id: str, message: str, query_id: str | None = None) -> Command:
        """Record a command that has been carried out."""
        command = Command(self.next_number, command_id, CommandStatus.SUCCESS, message, query_id)
        self._commands.append(command)
        self._by_id[command_id] = command
        return command

    def find(self, command_id: str) -> Command | None:
        """The latest command of that id."""
        return self._by_id.get(command_id)

    def all(self) -> list[Command]:
        """The latest command of each id."""
        return list(self._by_id.values())
