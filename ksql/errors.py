"""What deploying statements can end in, by what the caller can do about it.

```
KsqlError
├── PlanInvalid          the files cannot be deployed as they are; fix them
├── ServerUnreachable    nothing answers at the address; start the server, or fix the address
├── AnswerLost           a request may or may not have been carried out; look before trying again
├── NotAuthorized        the key is wrong or lacks a right; fix the key
├── ServerBusy           the server asked to come back later, until the deadline passed
├── StatementRejected    the server understood and refused; fix the statement
│   └── AlreadyExists    an object of that name is there; drop it, or adopt it
├── CommandFailed        accepted, then failed while it was carried out
├── CommandUnfinished    accepted, still running when the deadline passed
├── QueryNotRunning      created, but its query is not in state RUNNING
├── QueryGone            there, but its query has ended
└── UnexpectedAnswer     no ksqlDB server, or one that speaks differently
```

No message holds a secret.
"""

from collections.abc import Sequence

from ksql.answers import Refusal


class KsqlError(Exception):
    """Any failure of this package; the message is for people."""


class PlanInvalid(KsqlError):
    """The statements cannot be deployed as they are.

    Attributes:
        problems: One text each, with file, line and column where there is one.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


OFFLINE = ("Temporary failure in name resolution", "Network is unreachable")
"""Reasons that tell of this machine's network and nothing of the server."""


class ServerUnreachable(KsqlError):
    """Nothing answers at the endpoint.

    Attributes:
        is_offline: Whether it is this machine that reaches nobody.
    """

    def __init__(self, endpoint: str, reason: str, *, is_local: bool) -> None:
        self.endpoint, self.reason = endpoint, reason
        self.is_offline = reason in OFFLINE
        hint = (
            "Is the sandbox running? `make up` or `python -m sandbox up` starts it"
            if is_local
            else "Check the address, and that the ksqlDB application still exists"
        )
        super().__init__(f"no ksqlDB server answers at {endpoint}: {reason}. {hint}")


class AnswerLost(KsqlError):
    """No answer that can be read came to a request that changes something."""

    def __init__(self, endpoint: str, reason: str) -> None:
        self.endpoint, self.reason = endpoint, reason
        super().__init__(f"{endpoint} may or may not have done what it was asked: {reason}")


class NotAuthorized(KsqlError):
    """401 or 403."""

    def __init__(self, endpoint: str, key: str, status: int, reason: str) -> None:
        self.endpoint, self.key, self.status, self.reason = endpoint, key, status, reason
        super().__init__(
            f"{endpoint} refuses the API key {key} ({status}): {reason}. The key must be of this"
            " ksqlDB application, and its owner needs the role KsqlAdmin; an application that was"
            " removed may answer so, too"
        )


class ServerBusy(KsqlError):
    """The server was not ready or limited the rate for longer than the caller would wait."""

    def __init__(self, refusal: Refusal, endpoint: str, waited_s: float, deadline_s: float) -> None:
        self.endpoint, self.code, self.reason = endpoint, refusal.code, refusal.reason
        super().__init__(
            f"{endpoint} was still not ready after {waited_s:.0f} s, and the next try would come"
            f" after the deadline of {deadline_s:.0f} s (ksqlDB error {refusal.code}):"
            f" {refusal.reason}"
        )


class StatementRejected(KsqlError):
    """The server refused a statement."""

    def __init__(self, code: int, reason: str, statement: str = "") -> None:
        self.code, self.reason, self.statement = code, reason, statement
        super().__init__(f"{reason} (ksqlDB error {code})")


class AlreadyExists(StatementRejected):
    """A stream or table of that name is there already."""


class CommandFailed(KsqlError):
    """A command ended in state ERROR."""

    def __init__(self, command_id: str, reason: str) -> None:
        self.command_id, self.reason = command_id, reason
        super().__init__(f"{reason} (command {command_id})")


class CommandUnfinished(KsqlError):
    """A command had not ended when the deadline passed."""

    def __init__(self, command_id: str, status: str, waited_s: float) -> None:
        self.command_id, self.status = command_id, status
        super().__init__(
            f"command {command_id} is still {status} after {waited_s:.0f} s; it may yet succeed"
        )


class QueryNotRunning(KsqlError):
    """A statement's query is there but does not run."""

    def __init__(self, name: str, query_id: str, state: str, errors: Sequence[str] = ()) -> None:
        self.name, self.query_id, self.state = name, query_id, state
        reason = (
            f"The server says: {'; '.join(errors)}"
            if errors
            else "A missing right on a topic is the usual reason; the processing log says more"
        )
        super().__init__(
            f"query {query_id}, which fills {name}, is {state} instead of RUNNING. {reason}"
        )


class QueryGone(KsqlError):
    """A statement's query has ended, and what it filled is still there."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"{name} is there, but its query has ended: nothing fills it. Drop it first"
        )


class UnexpectedAnswer(KsqlError):
    """The answer is not what a ksqlDB server sends."""

    def __init__(self, endpoint: str, reason: str) -> None:
        self.endpoint, self.reason = endpoint, reason
        super().__init__(f"{endpoint} does not answer as ksqlDB does: {reason}")
