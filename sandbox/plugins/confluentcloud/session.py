"""A configured Confluent provider: where the APIs are, and with which keys they are called.

Takes keys from the stack's configuration alone, never from environment variables: no real key
ever meets a stand-in.
"""

import base64
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.plugins.errors import NotConfigurable, Refused
from sandbox.plugins.http import (
    Client,
    Transport,
    check_is_running,
    checked_address,
    sandbox_address,
)
from sandbox.plugins.properties import Properties
from sandbox.plugins.waiting import Pause, poll

GONE = (403, 404)
"""The service answers 403 for some things that no longer exist."""

PAGE = "page_size=99"


@dataclass(frozen=True)
class CloudSession:
    """What the resource types call the services through."""

    cloud: Client
    """The management API, with the Cloud API key."""
    kafka_defaults: Properties
    """`restEndpoint` and `credentials` for resources that name none."""
    transport: Transport
    pause: Pause

    def __repr__(self) -> str:
        return f"CloudSession({self.cloud.address!r})"

    def find(self, path: str) -> Any | None:
        """Return what the management API answers to GET; None when the thing is gone.

        Raises:
            Refused: Any other error, among them 403 for a key that is not valid.
        """
        try:
            return self.cloud.call("GET", path)
        except Refused as refused:
            if refused.status in GONE and "invalid API key" not in refused.detail:
                return None
            raise

    def kafka(self, properties: Properties) -> Client:
        """Return Kafka REST of the cluster that a topic or ACL belongs to, with its own key.

        Raises:
            NotConfigurable: The resource lacks its address or credentials, or it is elsewhere.
        """
        known = self.kafka_defaults | properties
        address = known.get("restEndpoint") or known.get("httpEndpoint")
        credentials = known.get("credentials")
        if not address or not credentials:
            raise NotConfigurable("a topic or ACL needs restEndpoint and credentials")
        return self.keyed(
            checked_address("restEndpoint", address), credentials["key"], credentials["secret"]
        )

    def keyed(self, address: str, key: str, secret: str) -> Client:
        """Return an API at `address`, called with an API key."""
        return Client(address, self.transport, basic(key, secret), self.pause)

    def wait(self, what: str, look: Callable[[], Any | None]) -> Any:
        """Return the first answer of `look` that is not None; see `poll`."""
        return poll(what, look, self.pause)


def basic(key: str | None, secret: str | None) -> dict[str, str]:
    """Return the header for Basic authentication; none without a key, as the published one."""
    if not key or not secret:
        return {}
    token = base64.b64encode(f"{key}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {token}"}


def connect(config: Properties, *, transport: Transport, pause: Pause) -> CloudSession:
    """Return a session from the provider's settings.

    Raises:
        NotConfigurable: The endpoint is missing or on another machine.
        SandboxUnreachable: Nothing listens there.
    """
    endpoint = config.get("endpoint")
    if not endpoint:
        raise NotConfigurable(
            "confluentcloud:endpoint is not set. The stand-in plugin needs the sandbox's address;"
            " Pulumi.yaml sets it for every stack that does not say otherwise"
        )
    address = sandbox_address("confluentcloud:endpoint", endpoint, os.environ)
    check_is_running(address)
    headers = basic(config.get("cloudApiKey"), config.get("cloudApiSecret"))
    return CloudSession(
        cloud=Client(address, transport, headers, pause),
        kafka_defaults=_kafka_defaults(config),
        transport=transport,
        pause=pause,
    )


def _kafka_defaults(config: Properties) -> Properties:
    key, secret = config.get("kafkaApiKey"), config.get("kafkaApiSecret")
    address = config.get("kafkaRestEndpoint")
    if not (key and secret and address):
        return {}
    return {"restEndpoint": address, "credentials": {"key": key, "secret": secret}}
