"""What a ksqlDB request can end in: the server's error objects as exceptions.

```
KsqlError                    any refusal; carries HTTP status, error code and message
├── BadRequest      40000    malformed request, unknown property, quota
├── StatementError  40001    a statement that cannot be accepted; names it
│   └── WrongEndpoint 40002  SELECT or PRINT sent to /ksql
├── Forbidden       40301    Kafka refuses the server's identity
├── NotFound        40400
├── TooManyRequests 42900
└── CatchUpTimeout  50301    the command with that sequence number is not there yet
```

`QueryFailed` is separate: what ends a running query in state ERROR.
"""

from typing import Any


class KsqlError(Exception):
    """A refusal by the server."""

    status = 500
    code = 50000
    kind = "generic_error"

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)

    def body(self) -> dict[str, Any]:
        """The JSON object that the server answers with."""
        return {"@type": self.kind, "error_code": self.code, "message": self.message}


class BadRequest(KsqlError):
    """The request itself is wrong."""

    status, code = 400, 40000


class StatementError(KsqlError):
    """A statement is refused. `entities` are the results of those before it that ran."""

    status, code, kind = 400, 40001, "statement_error"

    def __init__(self, message: str, statement: str) -> None:
        self.statement = statement
        self.entities: list[dict[str, Any]] = []
        super().__init__(message)

    def body(self) -> dict[str, Any]:
        """The JSON object, with the statement and what ran before it."""
        return {
            **super().body(),
            "statementText": self.statement,
            "entities": self.entities,
        }


class WrongEndpoint(StatementError):
    """A query was sent to the endpoint for statements."""

    code = 40002


class Forbidden(KsqlError):
    """The server's own identity may not do that to the Kafka cluster."""

    status, code = 403, 40301


class NotFound(KsqlError):
    """No such thing."""

    status, code = 404, 40400


class TooManyRequests(KsqlError):
    """Rate limit."""

    status, code = 429, 42900


class CatchUpTimeout(KsqlError):
    """The awaited command has not been applied in time."""

    status, code = 503, 50301


class QueryFailed(Exception):
    """What ends a running query in state ERROR: `kind` is USER, SYSTEM or UNKNOWN as in ksqlDB."""

    def __init__(self, message: str, *, kind: str = "USER") -> None:
        self.message, self.kind = message, kind
        super().__init__(message)
