"""What Kafka REST refuses, with its codes.

KafkaError
├── InvalidRequest     400/40002  a name, number or setting that the broker refuses
├── NotAuthorized      403/40301  no ACL or role allows it
├── UnknownCluster     404/40401  no such cluster
├── UnknownTopic       404/40403  no such topic or partition
└── UnknownConfig      404/404    no such setting
"""

from sandbox.api import ApiError, Json

CODES = {401: 40101, 403: 40301, 413: 41301, 415: 41501, 429: 42901, 503: 50301}
"""Codes for statuses that the server raises on this API's behalf."""


class KafkaError(ApiError):
    """A refusal by Kafka REST."""


class InvalidRequest(KafkaError):
    """The broker refuses a value."""

    def __init__(self, message: str) -> None:
        super().__init__(400, message, code=40002)


class NotAuthorized(KafkaError):
    """No ACL or role of the caller allows it."""

    def __init__(self, message: str) -> None:
        super().__init__(403, message, code=40301)


class UnknownCluster(KafkaError):
    """No such cluster."""

    def __init__(self, cluster_id: str) -> None:
        super().__init__(404, f"Cluster {cluster_id} cannot be found.", code=40401)


class UnknownTopic(KafkaError):
    """No such topic or partition."""

    def __init__(self) -> None:
        super().__init__(404, "This server does not host this topic-partition.", code=40403)


class UnknownConfig(KafkaError):
    """No such setting."""

    def __init__(self, name: str) -> None:
        super().__init__(404, f"Config {name} cannot be found", code=404)


def kafka_error_body(error: ApiError) -> Json:
    """Render a refusal as Kafka REST does."""
    code = error.code or CODES.get(error.status, error.status)
    return {"error_code": code, "message": error.message}
