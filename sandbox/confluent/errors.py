"""What the management API refuses, and how its error bodies look.

CloudError
├── BadRequest         400  the request itself is wrong
├── Unauthorized       401  no such key, or the wrong secret
├── Forbidden          403  the key's owner lacks a role
├── NotFound           404  no such object
├── Conflict           409  it collides with, or still holds, another object
├── QuotaExceeded      402  the organization has as many as it may
└── NotEmulated        501  real, but not in this sandbox

The form `{"errors": [...]}` is that of api.confluent.cloud; Connect answers
`{"error_code", "message"}` instead.
"""

import secrets

from sandbox.api import ApiError, Json

CODES = {
    400: ("invalid_request", "Bad Request"),
    401: ("unauthorized", "Unauthorized"),
    402: ("quota_exceeded", "Payment Required"),
    403: ("forbidden", "Forbidden"),
    404: ("resource_not_found", "Not Found"),
    405: ("method_not_allowed", "Method Not Allowed"),
    409: ("resource_conflict", "Conflict"),
    413: ("request_too_large", "Request Entity Too Large"),
    429: ("rate_limit_exceeded", "Too Many Requests"),
    501: ("not_implemented", "Not Implemented"),
    503: ("service_unavailable", "Service Unavailable"),
}
"""The service's own code and title for each status."""


class CloudError(ApiError):
    """A refusal by the management API."""


class BadRequest(CloudError):
    """The request is wrong; `pointer` names the field, such as `/spec/region`."""

    def __init__(self, message: str, pointer: str | None = None) -> None:
        super().__init__(400, message, details={"pointer": pointer} if pointer else None)


class Unauthorized(CloudError):
    """The credentials are not those of any key."""

    def __init__(self, message: str) -> None:
        super().__init__(401, message)


class Forbidden(CloudError):
    """The caller's roles do not cover this."""

    def __init__(self, message: str) -> None:
        super().__init__(403, message)


class NotFound(CloudError):
    """No such object."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(404, f"{kind} {name} not found")


class Conflict(CloudError):
    """The change contradicts what exists."""

    def __init__(self, message: str) -> None:
        super().__init__(409, message)


class QuotaExceeded(CloudError):
    """One more would be too many."""

    def __init__(self, quota: str, limit: int) -> None:
        super().__init__(402, f"Service quota exceeded: {quota} is {limit}")


class NotEmulated(CloudError):
    """The service can do it; this sandbox cannot."""

    def __init__(self, what: str) -> None:
        super().__init__(501, f"{what}: not emulated by this sandbox")


def errors_body(error: ApiError) -> Json:
    """Render a refusal as api.confluent.cloud does."""
    code, title = CODES.get(error.status, ("internal_error", "Internal Server Error"))
    return {
        "errors": [
            {
                "id": secrets.token_hex(16),
                "status": str(error.status),
                "code": error.code or code,
                "title": title,
                "detail": error.message,
                "source": error.details or {},
            }
        ]
    }


def error_code_body(error: ApiError) -> Json:
    """Render a refusal as Connect does: `error_code` is the HTTP status unless told."""
    return {"error_code": error.code or error.status, "message": error.message}
