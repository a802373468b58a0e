"""The connector classes on offer: judged, started, watched.

The control plane's way in. A class is a line in `_CLASSES`.
"""

from collections.abc import Callable, Sequence

from sandbox.connectors import bigquery_sink, datagen, sink_settings
from sandbox.connectors.environment import ConnectorEnvironment
from sandbox.connectors.lifecycle import ManagedConnector, Work
from sandbox.connectors.settings import Config, FieldProblem, problems

__all__ = [
    "ConnectorEnvironment",
    "FieldProblem",
    "ManagedConnector",
    "plugins",
    "start",
    "validate",
]


def plugins() -> Sequence[str]:
    """Return the connector classes on offer."""
    return tuple(_CLASSES)


def validate(connector_class: str, config: Config) -> list[FieldProblem]:
    """Judge a connector's settings; empty when they are good.

    Raises:
        KeyError: There is no such class: ask `plugins` first.
    """
    return _CLASSES[connector_class](config)


def start(
    connector_id: str, name: str, config: Config, env: ConnectorEnvironment
) -> ManagedConnector:
    """Start a connector whose settings were judged right. Needs a running event loop.

    What is wrong at once (a missing grant, topic, key or dataset) shows as state FAILED.

    Raises:
        KeyError: There is no such class.
    """
    make: Callable[[Config, Work | None], Work]
    if config["connector.class"] == datagen.CONNECTOR_CLASS:

        def make(settings: Config, before: Work | None) -> Work:
            return datagen.Datagen(name, settings, env, before)

    elif config["connector.class"] == sink_settings.CONNECTOR_CLASS:

        def make(settings: Config, before: Work | None) -> Work:
            return bigquery_sink.BigQuerySink(connector_id, settings, env, before)

    else:
        raise KeyError(config["connector.class"])
    return ManagedConnector(name, config, make)


def _datagen_problems(config: Config) -> list[FieldProblem]:
    found = problems(datagen.SETTINGS, config)
    lacking = datagen.problem_of_source(config)
    if lacking:
        found.append(FieldProblem(lacking[0], [lacking[1]]))
    return found


def _sink_problems(config: Config) -> list[FieldProblem]:
    found = problems(sink_settings.SETTINGS, config)
    return [*found, *sink_settings.combination_problems(config)]


_CLASSES: dict[str, Callable[[Config], list[FieldProblem]]] = {
    datagen.CONNECTOR_CLASS: _datagen_problems,
    sink_settings.CONNECTOR_CLASS: _sink_problems,
}
