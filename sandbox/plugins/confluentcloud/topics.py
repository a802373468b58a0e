"""Topics and ACLs (Kafka REST v3, called with a key of the cluster)."""

from typing import Any
from urllib.parse import quote, urlencode

from sandbox.plugins.confluentcloud.session import CloudSession
from sandbox.plugins.errors import NotSettled, Refused
from sandbox.plugins.properties import Properties, Property
from sandbox.plugins.resource import Created, ResourceType

DYNAMIC = "DYNAMIC_TOPIC_CONFIG"
"""Source of a topic setting that somebody set; all others are defaults."""

ACL_FIELDS = {
    "resourceType": "resource_type",
    "resourceName": "resource_name",
    "patternType": "pattern_type",
    "principal": "principal",
    "host": "host",
    "operation": "operation",
    "permission": "permission",
}
"""Property and its name at the service, in the order in which an ACL's id holds them."""


def _topics(state: Properties) -> str:
    return f"/kafka/v3/clusters/{state['kafkaCluster']['id']}/topics"


def _topic(state: Properties) -> str:
    return f"{_topics(state)}/{quote(state['topicName'], safe='')}"


def create_topic(session: CloudSession, inputs: Properties) -> Created:
    """Create a topic."""
    body = {
        "topic_name": inputs["topicName"],
        "partitions_count": inputs["partitionsCount"],
        "configs": [
            {"name": name, "value": value} for name, value in inputs.get("config", {}).items()
        ],
    }
    session.kafka(inputs).call("POST", _topics(inputs), body)
    return Created(f"{inputs['kafkaCluster']['id']}/{inputs['topicName']}")


def read_topic(session: CloudSession, _id: str, state: Properties) -> Properties | None:
    """Return a topic's properties; of its settings those that somebody set."""
    kafka = session.kafka(state)
    found = kafka.find(_topic(state))
    if found is None:
        return None
    configs = kafka.call("GET", f"{_topic(state)}/configs")["data"]
    return {
        "topicName": found["topic_name"],
        "partitionsCount": found["partitions_count"],
        "config": {
            each["name"]: each["value"]
            for each in configs
            if each["source"] == DYNAMIC and each["name"] != "confluent.topic.type"
        },
    }


def update_topic(session: CloudSession, _id: str, olds: Properties, news: Properties) -> None:
    """Add partitions to a topic or change its settings."""
    kafka = session.kafka(news)
    if olds.get("partitionsCount") != news["partitionsCount"]:
        kafka.call("PATCH", _topic(news), {"partitions_count": news["partitionsCount"]})
    old, new = olds.get("config", {}), news.get("config", {})
    changes: list[dict[str, str]] = [
        {"name": name, "value": value} for name, value in new.items() if old.get(name) != value
    ]
    changes += [{"name": name, "operation": "DELETE"} for name in old.keys() - new.keys()]
    if changes:
        kafka.call("POST", f"{_topic(news)}/configs:alter", {"data": changes})


def delete_topic(session: CloudSession, id_: str, state: Properties) -> None:
    """Remove a topic and wait until it is gone."""
    kafka = session.kafka(state)
    kafka.call("DELETE", _topic(state))
    session.wait(f"the end of topic {id_}", lambda: kafka.find(_topic(state)) is None or None)


def _is_fewer(old: Property, new: Property) -> bool:
    return old is not None and (not isinstance(new, int) or new < old)


def _acls(state: Properties) -> str:
    return f"/kafka/v3/clusters/{state['kafkaCluster']['id']}/acls"


def _matching(state: Properties) -> str:
    return urlencode({wire: state[name] for name, wire in ACL_FIELDS.items()})


def create_acl(session: CloudSession, inputs: Properties) -> Created:
    """Grant or deny an operation."""
    body = {wire: inputs[name] for name, wire in ACL_FIELDS.items()}
    session.kafka(inputs).call("POST", _acls(inputs), body)
    return Created(f"{inputs['kafkaCluster']['id']}/{'#'.join(body.values())}")


def read_acl(session: CloudSession, id_: str, state: Properties) -> Properties | None:
    """Return an ACL's properties; they are its identity, so it is as it was or gone."""
    try:
        found: list[Any] = session.kafka(state).call("GET", f"{_acls(state)}?{_matching(state)}")[
            "data"
        ]
    except Refused as refused:
        if refused.status == 404:  # noqa: PLR2004 - the cluster is gone, and its ACLs with it
            return None
        raise
    if len(found) > 1:
        raise NotSettled(f"{len(found)} ACLs match {id_}: it must be one")
    return {name: found[0][wire] for name, wire in ACL_FIELDS.items()} if found else None


def update_acl(_session: CloudSession, _id: str, _olds: Properties, _news: Properties) -> None:
    """Change nothing at the service: only `credentials` are no replacement."""


def delete_acl(session: CloudSession, _id: str, state: Properties) -> None:
    """Remove an ACL."""
    session.kafka(state).call("DELETE", f"{_acls(state)}?{_matching(state)}")


KAFKA_TOPIC: ResourceType[CloudSession] = ResourceType(
    name="confluentcloud:index/kafkaTopic:KafkaTopic",
    create=create_topic,
    read=read_topic,
    update=update_topic,
    delete=delete_topic,
    required=("topicName",),
    optional=(
        "kafkaCluster",
        "partitionsCount",
        "config",
        "restEndpoint",
        "httpEndpoint",
        "credentials",
    ),
    replaced_by=frozenset({"topicName", "kafkaCluster"}),
    replaced_if={"partitionsCount": _is_fewer},
    defaults={"partitionsCount": 6},
)

KAFKA_ACL: ResourceType[CloudSession] = ResourceType(
    name="confluentcloud:index/kafkaAcl:KafkaAcl",
    create=create_acl,
    read=read_acl,
    update=update_acl,
    delete=delete_acl,
    required=tuple(ACL_FIELDS),
    optional=("kafkaCluster", "restEndpoint", "credentials"),
    replaced_by=frozenset({*ACL_FIELDS, "kafkaCluster", "restEndpoint"}),
)
