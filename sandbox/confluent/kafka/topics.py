"""Handlers of Kafka REST v3 for clusters, topics, partitions and topic settings."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from sandbox.api import ApiError, Caller, Json, Operation, Realm, json_object
from sandbox.confluent.kafka.errors import (
    InvalidRequest,
    NotAuthorized,
    UnknownCluster,
    UnknownConfig,
    UnknownTopic,
)
from sandbox.confluent.kafka.settings import SETTINGS, checked_setting, checked_topic_name
from sandbox.confluent.state.cloud import Cloud
from sandbox.confluent.state.objects import KafkaCluster
from sandbox.confluent.wire import Body, answer, no_content
from sandbox.topics import AclOperation, Partition, ResourceType, Topic, TopicExists

PARTITIONS_DEFAULT = 6
PARTITIONS_MAX = 4096
"""Of one cluster in all, before replication: the quota of Basic clusters."""
REPLICATION = 3

CLUSTER = "/kafka/v3/clusters/{cluster_id}"
TOPIC = CLUSTER + "/topics/{topic_name}"


@dataclass(frozen=True)
class KafkaCall:
    """One call: which cluster, who calls, and whether they may."""

    cloud: Cloud
    cluster: KafkaCluster
    caller: Caller

    @classmethod
    def of(cls, cloud: Cloud, request: Request, caller: Caller) -> "KafkaCall":
        """Return the call that a request makes.

        Raises:
            UnknownCluster: No such cluster.
        """
        cluster_id = request.path_params["cluster_id"]
        cluster = cloud.store.kafka_clusters.get(cluster_id)
        if cluster is None:
            raise UnknownCluster(cluster_id)
        return cls(cloud, cluster, caller)

    def may(self, operation: AclOperation, kind: ResourceType, name: str) -> bool:
        """Tell whether the caller may do this."""
        return self.cloud.authorizer(self.cluster.id).allows(
            self.caller.principal, operation, kind, name
        )

    def topic(self, name: str, operation: AclOperation) -> Topic:
        """Return a topic to which the caller may do `operation`.

        Raises:
            NotAuthorized: They may not, whether or not the topic is there.
            UnknownTopic: No such topic.
        """
        if not self.may(operation, ResourceType.TOPIC, name):
            raise NotAuthorized(f"Not authorized to access topics: [{name}]")
        topic = self.cluster.log.find(name)
        if topic is None:
            raise UnknownTopic
        return topic

    def url(self, path: str) -> str:
        """Return the address of something on the cluster."""
        base = self.cloud.store.base_url
        return f"{base}/kafka/v3/clusters/{self.cluster.id}{path}"

    def crn(self, path: str) -> str:
        """Return the CRN of something on the cluster."""
        return f"{self.cluster.crn}{path}"


class Topics:
    """The group's handlers."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def operations(self) -> tuple[Operation, ...]:
        """Return the group's operations."""
        configs = TOPIC + "/configs"
        one = TOPIC + "/partitions/{partition_id}"
        kafka = Realm.KAFKA
        return (
            Operation("GET", CLUSTER, "getKafkaCluster", kafka, self.get_cluster),
            Operation("GET", CLUSTER + "/topics", "listKafkaTopics", kafka, self.list),
            Operation("POST", CLUSTER + "/topics", "createKafkaTopic", kafka, self.create),
            Operation("GET", TOPIC, "getKafkaTopic", kafka, self.get),
            Operation("PATCH", TOPIC, "updatePartitionCountKafkaTopic", kafka, self.update),
            Operation("DELETE", TOPIC, "deleteKafkaTopic", kafka, self.delete),
            Operation("GET", TOPIC + "/partitions", "listKafkaPartitions", kafka, self.partitions),
            Operation("GET", one, "getKafkaPartition", kafka, self.partition),
            Operation("GET", configs, "listKafkaTopicConfigs", kafka, self.configs),
            Operation("POST", configs + ":alter", "updateKafkaTopicConfigBatch", kafka, self.alter),
            Operation("GET", configs + "/{name}", "getKafkaTopicConfig", kafka, self.config),
            Operation("PUT", configs + "/{name}", "updateKafkaTopicConfig", kafka, self.set_config),
            Operation(
                "DELETE", configs + "/{name}", "deleteKafkaTopicConfig", kafka, self.reset_config
            ),
        )

    async def get_cluster(self, request: Request, caller: Caller) -> Response:
        """Return the cluster."""
        call = KafkaCall.of(self._cloud, request, caller)
        related = {
            name: {"related": call.url(f"/{path}")}
            for name, path in (
                ("acls", "acls"),
                ("brokers", "brokers"),
                ("broker_configs", "broker-configs"),
                ("consumer_groups", "consumer-groups"),
                ("topics", "topics"),
                ("partition_reassignments", "topics/-/partitions/-/reassignment"),
            )
        }
        return answer(
            {
                "kind": "KafkaCluster",
                "metadata": {"self": call.url(""), "resource_name": call.cluster.crn},
                "cluster_id": call.cluster.id,
                **related,
            }
        )

    async def list(self, request: Request, caller: Caller) -> Response:
        """Return the topics that the caller may describe."""
        call = KafkaCall.of(self._cloud, request, caller)
        seen = [
            topic
            for topic in call.cluster.log.topics()
            if call.may(AclOperation.DESCRIBE, ResourceType.TOPIC, topic.name)
        ]
        return answer(
            {
                "kind": "KafkaTopicList",
                "metadata": {"self": call.url("/topics")},
                "data": [_topic_to_wire(call, topic) for topic in seen],
            }
        )

    async def create(self, request: Request, caller: Caller) -> Response:
        """Create a topic; `validate_only` does all but that."""
        call = KafkaCall.of(self._cloud, request, caller)
        wanted = await json_object(request)
        body = Body(wanted)
        name = checked_topic_name(body.text("topic_name"))
        if not (
            call.may(AclOperation.CREATE, ResourceType.TOPIC, name)
            or call.may(AclOperation.CREATE, ResourceType.CLUSTER, "kafka-cluster")
        ):
            raise NotAuthorized("Authorization failed.")
        partitions = _partitions(wanted, call.cluster)
        configs = _configs(wanted)
        if call.cluster.log.find(name):
            raise InvalidRequest(str(TopicExists(name)))
        if body.boolean("validate_only"):
            draft = Topic(name, [Partition() for _ in range(partitions)], configs)
            return answer(_topic_to_wire(call, draft), 200)
        topic = call.cluster.log.create(name, partitions=partitions, configs=configs)
        return answer(_topic_to_wire(call, topic), 201)

    async def get(self, request: Request, caller: Caller) -> Response:
        """Return a topic."""
        call = KafkaCall.of(self._cloud, request, caller)
        topic = call.topic(_name(request), AclOperation.DESCRIBE)
        return answer(_topic_to_wire(call, topic))

    async def update(self, request: Request, caller: Caller) -> Response:
        """Add partitions."""
        call = KafkaCall.of(self._cloud, request, caller)
        topic = call.topic(_name(request), AclOperation.ALTER)
        wanted = (await Body.of(request)).integer("partitions_count")
        present = len(topic.partitions)
        if wanted <= present:
            raise InvalidRequest(
                f"Topic currently has {present} partitions, which is "
                + (
                    f"higher than the requested {wanted}."
                    if wanted < present
                    else "the requested number."
                )
            )
        _check_partition_quota(call.cluster, wanted - present)
        topic.partitions.extend(Partition() for _ in range(wanted - present))
        return answer(_topic_to_wire(call, topic))

    async def delete(self, request: Request, caller: Caller) -> Response:
        """Delete a topic with its records."""
        call = KafkaCall.of(self._cloud, request, caller)
        call.topic(_name(request), AclOperation.DELETE)
        call.cluster.log.delete(_name(request))
        return no_content()

    async def partitions(self, request: Request, caller: Caller) -> Response:
        """Return a topic's partitions."""
        call = KafkaCall.of(self._cloud, request, caller)
        topic = call.topic(_name(request), AclOperation.DESCRIBE)
        return answer(
            {
                "kind": "KafkaPartitionList",
                "metadata": {"self": call.url(f"/topics/{topic.name}/partitions")},
                "data": [
                    _partition_to_wire(call, topic, number)
                    for number in range(len(topic.partitions))
                ],
            }
        )

    async def partition(self, request: Request, caller: Caller) -> Response:
        """Return one partition."""
        call = KafkaCall.of(self._cloud, request, caller)
        topic = call.topic(_name(request), AclOperation.DESCRIBE)
        number = request.path_params["partition_id"]
        if number not in {str(known) for known in range(len(topic.partitions))}:
            raise UnknownTopic
        return answer(_partition_to_wire(call, topic, int(number)))

    async def configs(self, request: Request, caller: Caller) -> Response:
        """Return all settings, set and default."""
        call = KafkaCall.of(self._cloud, request, caller)
        topic = call.topic(_name(request), AclOperation.DESCRIBE_CONFIGS)
        return answer(
            {
                "kind": "KafkaTopicConfigList",
                "metadata": {"self": call.url(f"/topics/{topic.name}/configs")},
                "data": [_config_to_wire(call, topic, name) for name in SETTINGS],
            }
        )

    async def config(self, request: Request, caller: Caller) -> Response:
        """Return one setting."""
        call = KafkaCall.of(self._cloud, request, caller)
        topic = call.topic(_name(request), AclOperation.DESCRIBE_CONFIGS)
        return answer(_config_to_wire(call, topic, _setting(request)))

    async def set_config(self, request: Request, caller: Caller) -> Response:
        """Change one setting."""
        call = KafkaCall.of(self._cloud, request, caller)
        topic = call.topic(_name(request), AclOperation.ALTER_CONFIGS)
        value = (await Body.of(request)).text("value")
        topic.configs[_setting(request)] = checked_setting(_setting(request), value)
        return no_content()

    async def reset_config(self, request: Request, caller: Caller) -> Response:
        """Put one setting back to its default."""
        call = KafkaCall.of(self._cloud, request, caller)
        topic = call.topic(_name(request), AclOperation.ALTER_CONFIGS)
        topic.configs.pop(_setting(request), None)
        return no_content()

    async def alter(self, request: Request, caller: Caller) -> Response:
        """Change several settings: all, or none when one of them is refused."""
        call = KafkaCall.of(self._cloud, request, caller)
        topic = call.topic(_name(request), AclOperation.ALTER_CONFIGS)
        body = await json_object(request)
        changed = _altered(topic.configs, body.get("data"))
        if not body.get("validate_only"):
            topic.configs.clear()
            topic.configs.update(changed)
        return no_content()


def _name(request: Request) -> str:
    name: str = request.path_params["topic_name"]
    return name


def _setting(request: Request) -> str:
    name: str = request.path_params["name"]
    if name not in SETTINGS:
        raise UnknownConfig(name)
    return name


def _partitions(body: Json, cluster: KafkaCluster) -> int:
    count = body.get("partitions_count", PARTITIONS_DEFAULT)
    replication = body.get("replication_factor", REPLICATION)
    if body.get("replicas_assignments"):
        raise ApiError(501, "replicas_assignments: not emulated by this sandbox")
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise InvalidRequest(f"Number of partitions was set to an invalid value: {count!r}.")
    if replication != REPLICATION:
        raise InvalidRequest(f"Topic replication factor must be {REPLICATION}, not {replication!r}")
    _check_partition_quota(cluster, count)
    return count


def _check_partition_quota(cluster: KafkaCluster, more: int) -> None:
    present = sum(len(topic.partitions) for topic in cluster.log.topics())
    if present + more > PARTITIONS_MAX:
        raise InvalidRequest(
            f"You may not create more than {PARTITIONS_MAX} partitions on this cluster: "
            f"it has {present}, {more} more were asked for"
        )


def _configs(body: Json) -> dict[str, str]:
    changes = [{**item, "operation": "SET"} for item in _items(body.get("configs") or [])]
    return _altered({}, changes)


def _altered(present: dict[str, str], changes: Json) -> dict[str, str]:
    after = dict(present)
    for change in _items(changes):
        name, value = change["name"], change.get("value")
        operation = change.get("operation") or "SET"
        if operation not in ("SET", "DELETE"):
            raise InvalidRequest(f"operation {operation!r:.80} of {name} is not one of SET, DELETE")
        if operation == "DELETE":
            if name not in SETTINGS:
                raise InvalidRequest(f"Unknown topic config name: {name}")
            after.pop(name, None)
        elif value is None:
            raise InvalidRequest(f"Null value not supported for topic configs: {name}")
        else:
            after[name] = checked_setting(name, str(value))
    return after


def _items(value: Json) -> list[dict[str, Json]]:
    if not isinstance(value, list) or not all(
        isinstance(item, dict) and isinstance(item.get("name"), str) for item in value
    ):
        raise InvalidRequest("topic configs must be a list of objects with a name and a value")
    return value


def _topic_to_wire(call: KafkaCall, topic: Topic) -> Json:
    path = f"/topics/{topic.name}"
    return {
        "kind": "KafkaTopic",
        "metadata": {"self": call.url(path), "resource_name": call.crn(f"/topic={topic.name}")},
        "cluster_id": call.cluster.id,
        "topic_name": topic.name,
        "is_internal": topic.name.startswith("__"),
        "replication_factor": topic.replication,
        "partitions_count": len(topic.partitions),
        "partitions": {"related": call.url(f"{path}/partitions")},
        "configs": {"related": call.url(f"{path}/configs")},
        "partition_reassignments": {"related": call.url(f"{path}/partitions/-/reassignment")},
        "authorized_operations": [],
    }


def _partition_to_wire(call: KafkaCall, topic: Topic, number: int) -> Json:
    path = f"/topics/{topic.name}/partitions/{number}"
    return {
        "kind": "KafkaPartition",
        "metadata": {
            "self": call.url(path),
            "resource_name": call.crn(f"/topic={topic.name}/partition={number}"),
        },
        "cluster_id": call.cluster.id,
        "topic_name": topic.name,
        "partition_id": number,
        "replicas": {"related": call.url(f"{path}/replicas")},
        "reassignment": {"related": call.url(f"{path}/reassignment")},
    }


def _config_to_wire(call: KafkaCall, topic: Topic, name: str) -> Json:
    is_set = name in topic.configs
    value = topic.configs[name] if is_set else SETTINGS[name].default
    source = "DYNAMIC_TOPIC_CONFIG" if is_set else "DEFAULT_CONFIG"
    path = f"/topics/{topic.name}/configs/{name}"
    return {
        "kind": "KafkaTopicConfig",
        "metadata": {
            "self": call.url(path),
            "resource_name": call.crn(f"/topic={topic.name}/config={name}"),
        },
        "cluster_id": call.cluster.id,
        "topic_name": topic.name,
        "name": name,
        "value": value,
        "is_default": not is_set,
        "is_read_only": not SETTINGS[name].editable,
        "is_sensitive": False,
        "source": source,
        "synonyms": [{"name": name, "value": value, "source": source}],
    }
