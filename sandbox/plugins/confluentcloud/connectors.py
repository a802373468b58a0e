"""Managed connectors (API `connect/v1`), which are known by name, not by id."""

from typing import Any
from urllib.parse import quote

from sandbox.plugins.confluentcloud.session import CloudSession
from sandbox.plugins.errors import NotConfigurable, NotSettled
from sandbox.plugins.properties import Properties
from sandbox.plugins.resource import Created, ResourceType

INTERNAL = frozenset(
    {
        "cloud.environment",
        "cloud.provider",
        "connector.crn",
        "kafka.endpoint",
        "kafka.max.partition.validation.disable",
        "kafka.region",
        "kafka.dedicated",
        "schema.registry.url",
        "valid.kafka.api.key",
        "confluent.custom.plugin.type",
        "confluent.resource.connector.tier",
    }
)
"""Settings that the service adds by itself: the published provider does not take them for drift."""

MASK = "**"
"""How the service's stand-in for a secret begins."""

WAITED_FOR = ("PROVISIONING", "DEGRADED")
"""States of a connector that may still become RUNNING."""


def _base(state: Properties) -> str:
    environment, cluster = state["environment"]["id"], state["kafkaCluster"]["id"]
    return f"/connect/v1/environments/{environment}/clusters/{cluster}"


def _name(state: Properties) -> str:
    name = state["configNonsensitive"].get("name")
    if not name:
        raise NotConfigurable("configNonsensitive needs `name`, the connector's own")
    return str(name)


def _path(state: Properties) -> str:
    return f"{_base(state)}/connectors/{quote(_name(state), safe='')}"


def _config(inputs: Properties) -> dict[str, str]:
    return {**inputs["configNonsensitive"], **inputs.get("configSensitive", {})}


def create(session: CloudSession, inputs: Properties) -> Created:
    """Have the settings validated, create the connector and find its id."""
    config = _config(inputs)
    if config.get("confluent.connector.type", "MANAGED") == "MANAGED":
        _validate(session, inputs, config)
    body: dict[str, Any] = {"name": _name(inputs), "config": config}
    if "offsets" in inputs:
        body["offsets"] = inputs["offsets"]
    session.cloud.call("POST", f"{_base(inputs)}/connectors", body)
    found = _find(session, inputs)
    if found is None:
        raise NotSettled(f"connector {_name(inputs)} was made, but is not listed")
    return Created(found["id"]["id"])


def _validate(session: CloudSession, inputs: Properties, config: dict[str, str]) -> None:
    plugin = config.get("connector.class")
    if not plugin:
        raise NotConfigurable(f"connector {_name(inputs)} needs the setting `connector.class`")
    path = f"{_base(inputs)}/connector-plugins/{quote(plugin, safe='')}/config/validate"
    answer = session.cloud.call("PUT", path, config)
    if answer["error_count"] > 0:
        wrong = [
            f"{each['value']['name']}: {text}"
            for each in answer["configs"]
            for text in each["value"].get("errors") or []
        ]
        raise NotConfigurable(f"connector {_name(inputs)} was refused: {'; '.join(wrong)}")


def _find(session: CloudSession, state: Properties) -> Any | None:
    listed = session.find(f"{_base(state)}/connectors?expand=info%2Cstatus%2Cid")
    return (listed or {}).get(_name(state))


def settle(session: CloudSession, _id: str, made: Properties) -> None:
    """Wait until the connector runs; pause it if it is to be paused."""
    _wait_for(session, made, "RUNNING")
    if made.get("status") == "PAUSED":
        _toggle(session, made, "PAUSED")


def _wait_for(session: CloudSession, state: Properties, wanted: str) -> None:
    def look() -> bool | None:
        connector = session.cloud.call("GET", f"{_path(state)}/status")["connector"]
        if connector["state"] == wanted:
            return True
        if connector["state"] in WAITED_FOR or wanted == "PAUSED":
            return None
        raise NotSettled(
            f"connector {_name(state)} is {connector['state']}:"
            f" {connector.get('trace') or 'the service gives no reason'}"
        )

    session.wait(f"connector {_name(state)} to be {wanted}", look)


def _toggle(session: CloudSession, state: Properties, wanted: str) -> None:
    verb = "pause" if wanted == "PAUSED" else "resume"
    session.cloud.call("PUT", f"{_path(state)}/{verb}")
    _wait_for(session, state, wanted)


def read(session: CloudSession, _id: str, state: Properties) -> Properties | None:
    """Return a connector's properties; its sensitive settings are never told."""
    found = _find(session, state)
    if found is None:
        return None
    return {
        "configNonsensitive": _shown(found["info"]["config"]),
        "status": found["status"]["connector"]["state"],
    }


def _shown(config: dict[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in config.items()
        if not value.startswith(MASK)
        and name not in INTERNAL
        and not name.startswith("config.internal.")
    }


def update(session: CloudSession, _id: str, olds: Properties, news: Properties) -> None:
    """Change a connector's settings, or pause or resume it."""
    if _config(olds) != _config(news):
        session.cloud.call("PUT", f"{_path(news)}/config", _config(news))
    if news.get("status") and olds.get("status") != news["status"]:
        _toggle(session, news, news["status"])


def delete(session: CloudSession, _id: str, state: Properties) -> None:
    """Remove a connector."""
    answer = session.cloud.call("DELETE", _path(state))
    if answer and answer.get("error"):
        raise NotSettled(f"connector {_name(state)} was not deleted: {answer['error']}")


def forbidden_change(olds: Properties, news: Properties) -> str | None:
    """Return why a connector's inputs cannot change as asked, if they cannot."""
    old, new = olds["configNonsensitive"], news["configNonsensitive"]
    if isinstance(new, dict) and old.get("name") != new.get("name"):
        return (
            f"a connector cannot be renamed ({old.get('name')!r} to {new.get('name')!r}):"
            " give the resource another logical name, so that it is replaced"
        )
    if olds.get("offsets") != news.get("offsets"):
        return "the stand-in plugin does not change a connector's offsets"
    if news.get("status") not in (None, "RUNNING", "PAUSED"):
        return f"status of a connector can be RUNNING or PAUSED, not {news['status']}"
    return None


CONNECTOR: ResourceType[CloudSession] = ResourceType(
    name="confluentcloud:index/connector:Connector",
    create=create,
    settle=settle,
    read=read,
    update=update,
    delete=delete,
    required=("configNonsensitive", "environment", "kafkaCluster"),
    optional=("configSensitive", "offsets", "status"),
    replaced_by=frozenset({"environment", "kafkaCluster"}),
    computed=("status",),
    forbidden_change=forbidden_change,
    deletes_before_replacing=True,
)
