"""What the Google APIs refuse, and how their error bodies look.

GoogleError            an HTTP status, Google's reason, a message
├── Invalid            400  a field of the request is wrong
├── InvalidQuery       400  SQL that does not parse or does not fit the tables
├── Unauthenticated    401  no such access token
├── AccessDenied       403  the caller's roles lack a permission
├── NotFound           404  no such object
├── Duplicate          409  the name is taken
├── ResourceInUse      400  it still holds something
├── PreconditionFailed 412  the etag sent is not the present one
└── NotEmulated        501  real, but not in this sandbox
"""

from sandbox.api import ApiError, Json

STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    413: "OUT_OF_RANGE",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}
"""`google.rpc.Code` by HTTP status."""

REASONS = {
    400: "badRequest",
    401: "authError",
    403: "accessDenied",
    404: "notFound",
    405: "httpMethodNotAllowed",
    409: "duplicate",
    412: "conditionNotMet",
    413: "uploadTooLarge",
    429: "rateLimitExceeded",
    501: "notImplemented",
    503: "backendError",
}
"""The reason of an error that comes without one of its own: the server's, not ours."""


class GoogleError(ApiError):
    """A refusal by a Google API; `reason` is Google's word for the kind."""

    def __init__(
        self, status: int, reason: str, message: str, *, location: str | None = None
    ) -> None:
        self.reason, self.location = reason, location
        super().__init__(status, message, code=reason)

    def proto(self) -> Json:
        """Return the `ErrorProto` that jobs and row errors carry."""
        proto = {"reason": self.reason, "message": self.message}
        return {**proto, "location": self.location} if self.location else proto


class Invalid(GoogleError):
    """The request itself is wrong."""

    def __init__(self, message: str, *, location: str | None = None) -> None:
        super().__init__(400, "invalid", message, location=location)


class InvalidQuery(GoogleError):
    """The SQL is wrong; the message ends in ` at [line:column]` where that is known."""

    def __init__(self, message: str) -> None:
        super().__init__(400, "invalidQuery", message, location="query")


class Unauthenticated(GoogleError):
    """The bearer token was not issued here."""

    def __init__(self) -> None:
        super().__init__(
            401,
            "authError",
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login "
            "cookie or other valid authentication credential.",
        )


class AccessDenied(GoogleError):
    """The caller lacks a permission."""

    def __init__(self, message: str) -> None:
        super().__init__(403, "accessDenied", f"Access Denied: {message}")


class NotFound(GoogleError):
    """No such object; `what` is such as `Table project:dataset.table`."""

    def __init__(self, what: str) -> None:
        super().__init__(404, "notFound", f"Not found: {what}")


class Duplicate(GoogleError):
    """The name is taken; `what` is such as `Dataset project:dataset`."""

    def __init__(self, what: str) -> None:
        super().__init__(409, "duplicate", f"Already Exists: {what}")


class ResourceInUse(GoogleError):
    """It cannot go while it holds something."""

    def __init__(self, what: str) -> None:
        super().__init__(400, "resourceInUse", f"{what} is still in use")


class PreconditionFailed(GoogleError):
    """Somebody else changed it meanwhile."""

    def __init__(self) -> None:
        super().__init__(412, "conditionNotMet", "Precondition Failed")


class NotEmulated(GoogleError):
    """The service can do it; this sandbox cannot."""

    def __init__(self, what: str) -> None:
        super().__init__(501, "notImplemented", f"{what}: not emulated by this sandbox")


def error_body(error: ApiError) -> Json:
    """Render any refusal as Google's JSON APIs do."""
    reason = error.reason if isinstance(error, GoogleError) else None
    item: dict[str, Json] = {
        "message": error.message,
        "domain": "global",
        "reason": reason or REASONS.get(error.status, "backendError"),
    }
    location = error.location if isinstance(error, GoogleError) else None
    if location is not None:
        item |= {"location": location, "locationType": "parameter"}
    return {
        "error": {
            "code": error.status,
            "message": error.message,
            "errors": [item],
            "status": STATUS_NAMES.get(error.status, "UNKNOWN"),
        }
    }
