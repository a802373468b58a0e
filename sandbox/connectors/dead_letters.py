"""The dead letter queue: records that a sink could not deliver, and in their headers why."""

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.connectors.environment import ConnectorEnvironment
from sandbox.connectors.lifecycle import require
from sandbox.topics import AclOperation, Record, ResourceType, StoredRecord
from sandbox.topics.partitioner import partition_for

PREFIX = "__connect.errors."


@dataclass(frozen=True)
class Rejection:
    """Why one record was not delivered."""

    record: Record
    topic: str
    partition: int
    offset: int
    stage: str
    """Connect's name of the step: VALUE_CONVERTER, TRANSFORMATION, TASK_PUT."""
    executing_class: str
    exception_class: str
    message: str


@dataclass(frozen=True)
class DeadLetters:
    """One connector's dead letter queue; the topic is made when it is first needed."""

    env: ConnectorEnvironment
    topic: str
    connector: str
    """Its id, which Connect puts in the headers as the connector's name."""

    def add(self, principal: str, rejections: Sequence[Rejection]) -> None:
        """Write records to the queue as `principal`.

        Raises:
            TaskFailed: The principal may not create, or write to, the topic.
        """
        found = self.env.cluster.find(self.topic)
        if found is None:
            require(self.env, principal, AclOperation.CREATE, ResourceType.TOPIC, self.topic)
            found = self.env.cluster.create(self.topic, partitions=1)
        require(self.env, principal, AclOperation.WRITE, ResourceType.TOPIC, self.topic)
        now_ms = self.env.clock.now_ms()
        for each in rejections:
            key = each.record.key
            headers = (*each.record.headers, *self._headers(each))
            letter = StoredRecord(key, each.record.value, now_ms, headers)
            found.partitions[partition_for(key, len(found.partitions))].append(letter)
        found.wake()

    def _headers(self, rejection: Rejection) -> Sequence[tuple[str, bytes]]:
        texts = {
            "topic": rejection.topic,
            "partition": str(rejection.partition),
            "offset": str(rejection.offset),
            "connector.name": self.connector,
            "task.id": "0",
            "stage": rejection.stage,
            "class.name": rejection.executing_class,
            "exception.class.name": rejection.exception_class,
            "exception.message": rejection.message,
            "exception.stacktrace": f"{rejection.exception_class}: {rejection.message}\n",
        }
        return [(PREFIX + name, text.encode()) for name, text in texts.items()]
