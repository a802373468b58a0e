"""A connector's life: PROVISIONING, RUNNING, PAUSED, FAILED, and what moves it between them.

`ManagedConnector` is what the control plane sees. A connector class brings a `Work`: checks that
come first, then a coroutine that runs until it is cancelled. Whatever that raises makes the
connector FAILED with the error as its trace, never the sandbox.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from sandbox.connectors.environment import ConnectorEnvironment
from sandbox.connectors.settings import Config
from sandbox.topics import AclOperation, ResourceType

log = logging.getLogger("sandbox.connectors")


class State(StrEnum):
    """Connect's names for where a connector is."""

    PROVISIONING = "PROVISIONING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    FAILED = "FAILED"


class TaskFailed(Exception):
    """A connector cannot go on; the text is its trace, worded as Connect's."""


class Work(Protocol):
    """What one connector class does with one set of settings."""

    def check(self) -> None:
        """Look at what must be there before anything is done.

        Raises:
            TaskFailed: It is not.
        """

    async def run(self) -> None:
        """Work until cancelled.

        Raises:
            TaskFailed: It cannot go on.
        """

    def offsets(self) -> Sequence[Mapping[str, object]]:
        """Return how far it is, in the form of Connect's offsets API."""

    def caught_up(self) -> bool:
        """Tell whether there is nothing left to do at this instant."""


WorkFactory = Callable[[Config, Work | None], Work]
"""Settings, and the work that they replace, whose progress goes on."""


class ManagedConnector:
    """One connector at work. Lives on the event loop on which it was made."""

    def __init__(self, name: str, config: Config, make: WorkFactory) -> None:
        self._name, self._config, self._make = name, dict(config), make
        self._work = make(self._config, None)
        self._state, self._trace = State.PROVISIONING, ""
        self._running: asyncio.Task[None] | None = None
        self._start()

    def __repr__(self) -> str:
        return f"ManagedConnector({self._name!r}, {self._state})"

    @property
    def state(self) -> str:
        """RUNNING, PAUSED, PROVISIONING or FAILED."""
        return self._state.value

    @property
    def trace(self) -> str:
        """Why it failed; empty when it has not."""
        return self._trace

    @property
    def tasks(self) -> Sequence[tuple[int, str, str]]:
        """Number, state and trace of each task."""
        count = int(self._config.get("tasks.max", "1"))
        return [(number, self._state.value, self._trace) for number in range(count)]

    def offsets(self) -> Sequence[Mapping[str, object]]:
        """Return how far it is, in the form of Connect's offsets API."""
        return self._work.offsets()

    def caught_up(self) -> bool:
        """Tell whether it has done all there is to do: what waits for a quiet moment asks."""
        return self._state is not State.RUNNING or self._work.caught_up()

    def pause(self) -> None:
        """Stop working until `resume`; a failed connector stays failed."""
        if self._state is not State.FAILED:
            self._cancel()
            self._state = State.PAUSED

    def resume(self) -> None:
        """Go on; a failed connector tries again."""
        if self._state in (State.PAUSED, State.FAILED):
            self._start()

    def reconfigure(self, config: Config) -> None:
        """Go on with other settings, from where it is."""
        was_paused = self._state is State.PAUSED
        self._cancel()
        self._config = dict(config)
        self._work = self._make(self._config, self._work)
        if was_paused:
            self._state = State.PAUSED
        else:
            self._start()

    def stop(self) -> None:
        """End it; it is never asked anything again."""
        self._cancel()
        self._state = State.PAUSED

    def _start(self) -> None:
        self._cancel()
        self._trace = ""
        try:
            self._work.check()
        except TaskFailed as failure:
            self._fail(failure)
            return
        self._state = State.RUNNING
        self._running = asyncio.get_running_loop().create_task(self._run(self._work))

    async def _run(self, work: Work) -> None:
        try:
            await work.run()
        except TaskFailed as failure:
            self._fail(failure)
        except Exception as failure:
            log.exception("connector %s failed", self._name)
            self._fail(TaskFailed(f"{type(failure).__name__}: {failure}"))

    def _fail(self, failure: TaskFailed) -> None:
        self._state, self._trace = State.FAILED, str(failure)
        log.warning("connector %s failed: %s", self._name, failure)

    def _cancel(self) -> None:
        if self._running is not None:
            self._running.cancel()
            self._running = None


def principal_of(config: Config, env: ConnectorEnvironment) -> str:
    """Return whose rights a connector has on the Kafka cluster.

    Raises:
        TaskFailed: The API key is not one of the cluster's.
    """
    if config.get("kafka.auth.mode", "KAFKA_API_KEY") == "SERVICE_ACCOUNT":
        return f"User:{config['kafka.service.account.id']}"
    principal = env.principal_of_key(config["kafka.api.key"], config["kafka.api.secret"])
    if principal is None:
        raise TaskFailed(
            "org.apache.kafka.common.errors.SaslAuthenticationException: Authentication failed: "
            f"the Kafka API key {config['kafka.api.key']} is not valid for this cluster"
        )
    return principal


EXCEPTIONS = {
    ResourceType.TOPIC: "TopicAuthorizationException: Not authorized to access topics: [{}]",
    ResourceType.GROUP: "GroupAuthorizationException: Not authorized to access group: {}",
    ResourceType.CLUSTER: "ClusterAuthorizationException: Cluster authorization failed: {}",
}


def require(
    env: ConnectorEnvironment,
    principal: str,
    operation: AclOperation,
    resource: ResourceType,
    name: str,
) -> None:
    """Raise `TaskFailed`, worded as Kafka's clients word it, unless the principal may."""
    if not env.authorizer.allows(principal, operation, resource, name):
        text = EXCEPTIONS[resource].format(name)
        raise TaskFailed(
            f"org.apache.kafka.common.errors.{text} ({principal} needs {operation} on "
            f"{resource.lower()} {name})"
        )
