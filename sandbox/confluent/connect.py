"""Handlers of `connect/v1`: managed connectors, validated, started, watched, paused, deleted."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from sandbox.api import Caller, Json, Operation, Realm
from sandbox.confluent.errors import BadRequest, NotEmulated
from sandbox.confluent.state.cloud import Cloud
from sandbox.confluent.state.connectors import masked
from sandbox.confluent.state.objects import Connector, KafkaCluster
from sandbox.confluent.wire import Body, answer

CLUSTER = "/connect/v1/environments/{environment_id}/clusters/{kafka_id}"
ONE = CLUSTER + "/connectors/{name}"
PLUGINS = CLUSTER + "/connector-plugins"
WORKER = "sandbox"


class Connect:
    """The group's handlers."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def operations(self) -> tuple[Operation, ...]:
        """Return the group's operations."""
        cloud, many = Realm.CLOUD, CLUSTER + "/connectors"
        offsets, validate = ONE + "/offsets", PLUGINS + "/{plugin}/config/validate"
        return (
            Operation("GET", many, "listConnectv1Connectors", cloud, self.list),
            Operation("POST", many, "createConnectv1Connector", cloud, self.create),
            Operation("GET", ONE, "readConnectv1Connector", cloud, self.get),
            Operation("DELETE", ONE, "deleteConnectv1Connector", cloud, self.delete),
            Operation("GET", ONE + "/config", "getConnectv1ConnectorConfig", cloud, self.config),
            Operation("PUT", ONE + "/config", "createOrUpdateConnectorConfig", cloud, self.update),
            Operation("GET", ONE + "/status", "readConnectv1ConnectorStatus", cloud, self.status),
            Operation("GET", ONE + "/tasks", "listConnectv1ConnectorTasks", cloud, self.tasks),
            Operation("PUT", ONE + "/pause", "pauseConnectv1Connector", cloud, self.pause),
            Operation("PUT", ONE + "/resume", "resumeConnectv1Connector", cloud, self.resume),
            Operation("POST", ONE + "/restart", "restartConnectv1Connector", cloud),
            Operation("GET", offsets, "getConnectv1ConnectorOffsets", cloud, self.offsets),
            Operation("POST", offsets + "/request", "alterConnectorOffsetsRequest", cloud),
            Operation("GET", offsets + "/request/status", "getOffsetsRequestStatus", cloud),
            Operation("GET", PLUGINS, "listConnectv1ConnectorPlugins", cloud, self.plugins),
            Operation("PUT", validate, "validateConnectv1ConnectorPlugin", cloud, self.validate),
        )

    async def list(self, request: Request, caller: Caller) -> Response:
        """Return names, or with `expand` the connectors by name."""
        kafka = self._kafka(request, caller)
        connectors = self._cloud.connectors.all(kafka.id)
        wanted = [part for part in request.query_params.get("expand", "").split(",") if part]
        if not wanted:
            return answer([connector.name for connector in connectors])
        return answer(
            {connector.name: self._expanded(connector, wanted) for connector in connectors}
        )

    async def create(self, request: Request, caller: Caller) -> Response:
        """Create and start a connector."""
        kafka = self._kafka(request, caller)
        body = await Body.of(request)
        if body.is_given("offsets"):
            raise NotEmulated("Connectors that start at given offsets")
        connector = self._cloud.connectors.create(kafka.id, body.text("name"), body.texts("config"))
        return answer(self._info(connector), 201)

    async def get(self, request: Request, caller: Caller) -> Response:
        """Return a connector's settings, secrets masked."""
        return answer(self._info(self._connector(request, caller)))

    async def config(self, request: Request, caller: Caller) -> Response:
        """Return only the settings."""
        return answer(masked(self._connector(request, caller).config))

    async def update(self, request: Request, caller: Caller) -> Response:
        """Change settings; a connector that is not there is created, as in Kafka Connect."""
        kafka = self._kafka(request, caller)
        name = request.path_params["name"]
        config = (await Body.of(request)).texts("")
        connectors = self._cloud.connectors
        if any(connector.name == name for connector in connectors.all(kafka.id)):
            return answer(self._info(connectors.update(kafka.id, name, config)))
        return answer(self._info(connectors.create(kafka.id, name, config)), 201)

    async def status(self, request: Request, caller: Caller) -> Response:
        """Return the states of the connector and its tasks."""
        return answer(self._status(self._connector(request, caller)))

    async def tasks(self, request: Request, caller: Caller) -> Response:
        """Return the tasks with their settings."""
        connector = self._connector(request, caller)
        return answer(
            [
                {
                    "id": {"connector": connector.name, "task": number},
                    "config": masked(connector.config),
                }
                for number, _state, _trace in self._cloud.connectors.work(connector).tasks
            ]
        )

    async def pause(self, request: Request, caller: Caller) -> Response:
        """Pause a connector."""
        self._cloud.connectors.work(self._connector(request, caller)).pause()
        return Response(status_code=202)

    async def resume(self, request: Request, caller: Caller) -> Response:
        """Let a paused connector go on."""
        self._cloud.connectors.work(self._connector(request, caller)).resume()
        return Response(status_code=202)

    async def delete(self, request: Request, caller: Caller) -> Response:
        """Stop and delete a connector."""
        connector = self._connector(request, caller)
        self._cloud.connectors.delete(connector.kafka_cluster_id, connector.name)
        return answer({"error": None})

    async def offsets(self, request: Request, caller: Caller) -> Response:
        """Return how far the connector is."""
        connector = self._connector(request, caller)
        return answer(
            {
                "id": connector.id,
                "name": connector.name,
                "offsets": list(self._cloud.connectors.work(connector).offsets()),
                "metadata": {"observed_at": self._cloud.store.timestamp()},
            }
        )

    async def plugins(self, request: Request, caller: Caller) -> Response:
        """Return the classes on offer."""
        self._kafka(request, caller)
        return answer(
            [
                {"class": name, "type": _type(name), "version": "0.0.0"}
                for name in self._cloud.store.planes.plugins()
            ]
        )

    async def validate(self, request: Request, caller: Caller) -> Response:
        """Judge settings without creating anything."""
        kafka = self._kafka(request, caller)
        config = (await Body.of(request)).texts("")
        plugin = request.path_params["plugin"]
        if config.setdefault("connector.class", plugin) != plugin:
            raise BadRequest(f"connector.class is {config['connector.class']}, the path {plugin}")
        errors = {
            problem.name: list(problem.errors)
            for problem in self._cloud.connectors.problems(kafka.id, config)
        }
        shown = masked(config)
        return answer(
            {
                "name": plugin,
                "groups": [],
                "error_count": sum(len(texts) for texts in errors.values()),
                "configs": [
                    {
                        "value": {
                            "name": name,
                            "value": shown.get(name),
                            "recommended_values": [],
                            "errors": errors.get(name, []),
                            "visible": True,
                        }
                    }
                    for name in dict.fromkeys((*shown, *errors))
                ],
            }
        )

    def _kafka(self, request: Request, caller: Caller) -> KafkaCluster:
        kafka = self._cloud.kafka_clusters.get(
            request.path_params["kafka_id"], request.path_params["environment_id"]
        )
        self._cloud.access.require_admin(caller, kafka.rbac_crn)
        return kafka

    def _connector(self, request: Request, caller: Caller) -> Connector:
        kafka = self._kafka(request, caller)
        return self._cloud.connectors.get(kafka.id, request.path_params["name"])

    def _expanded(self, connector: Connector, wanted: Sequence[str]) -> Json:
        parts: dict[str, Json] = {
            "id": {"id": connector.id, "id_type": "ID"},
            "info": {
                "name": connector.name,
                "type": _type(connector.config["connector.class"]),
                "config": masked(connector.config),
            },
            "status": self._status(connector),
        }
        return {name: part for name, part in parts.items() if name in wanted}

    def _info(self, connector: Connector) -> Json:
        tasks = self._cloud.connectors.work(connector).tasks
        return {
            "name": connector.name,
            "type": _type(connector.config["connector.class"]),
            "config": masked(connector.config),
            "tasks": [{"connector": connector.name, "task": number} for number, _, _ in tasks],
        }

    def _status(self, connector: Connector) -> Json:
        work = self._cloud.connectors.work(connector)
        return {
            "name": connector.name,
            "type": _type(connector.config["connector.class"]),
            "connector": {"state": work.state, "worker_id": WORKER, "trace": work.trace},
            "tasks": [
                {"id": number, "state": state, "worker_id": WORKER, "msg": trace}
                for number, state, trace in work.tasks
            ],
        }


def _type(plugin: str) -> str:
    return "source" if plugin.endswith("Source") else "sink"
