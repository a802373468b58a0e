"""Requests to ksqlDB's REST API: parse, call, answer. No rules of its own.

An answer that streams begins only after its first slice is known, so that a query which fails at
once is an ordinary HTTP error.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from sandbox.api import ApiError, Caller, json_object
from sandbox.ksqldb.errors import BadRequest, KsqlError, NotFound
from sandbox.ksqldb.executor import execute
from sandbox.ksqldb.properties import check_name
from sandbox.ksqldb.queries import Answer, Queries
from sandbox.ksqldb.server import VERSION, KsqlServer
from sandbox.ksqldb.wire import Form


class Handlers:
    """The handlers of `routes`."""

    def __init__(self, find: Callable[[str], KsqlServer | None]) -> None:
        self._find = find

    def _server(self, request: Request) -> KsqlServer:
        ksql_id = request.path_params["ksql_id"]
        server = self._find(ksql_id)
        if server is None:
            # As of a host that serves others: an application has none of its own once it is gone.
            raise refusal(NotFound(f"There is no ksqlDB cluster {ksql_id} here."))
        return server

    # -- about the server ------------------------------------------------------------------

    async def root(self, request: Request, caller: Caller) -> Response:
        """Redirect to `/info`."""
        return RedirectResponse(f"/ksqldb/{request.path_params['ksql_id']}/info", 307)

    async def info(self, request: Request, caller: Caller) -> Response:
        """Version, ids and state."""
        server = self._server(request)
        return JSONResponse(
            {
                "KsqlServerInfo": {
                    "version": VERSION,
                    "kafkaClusterId": server.cluster.cluster_id,
                    "ksqlServiceId": server.config.service_id,
                    "serverStatus": "RUNNING",
                }
            }
        )

    async def healthcheck(self, request: Request, caller: Caller) -> Response:
        """Whether all parts are well."""
        self._server(request)
        parts = ("metastore", "kafka", "commandRunner")
        return JSONResponse(
            {
                "isHealthy": True,
                "details": {part: {"isHealthy": True} for part in parts},
                "serverState": "READY",
            }
        )

    async def metadata(self, request: Request, caller: Caller) -> Response:
        """Version and cluster ids."""
        server = self._server(request)
        return JSONResponse({"version": VERSION, "clusterId": _ids(server)})

    async def metadata_id(self, request: Request, caller: Caller) -> Response:
        """Cluster ids."""
        server = self._server(request)
        return JSONResponse({"id": "", "scope": _ids(server)["scope"]})

    async def cluster_status(self, request: Request, caller: Caller) -> Response:
        """The hosts: this one."""
        self._server(request)
        alive = {"hostAlive": True, "lastStatusUpdateMs": 0, "hostStoreLags": {}}
        return JSONResponse({"clusterStatus": {"localhost:8088": alive}})

    async def statuses(self, request: Request, caller: Caller) -> Response:
        """The status of every command."""
        commands = self._server(request).commands.all()
        return JSONResponse(
            {"commandStatuses": {each.command_id: str(each.status) for each in commands}}
        )

    async def status(self, request: Request, caller: Caller) -> Response:
        """The status of one command."""
        command_id = "/".join(request.path_params[part] for part in ("type", "entity", "action"))
        command = self._server(request).commands.find(command_id)
        if command is None:
            raise refusal(NotFound(f"Command not found. commandId={command_id}"))
        return JSONResponse(command.status_wire())

    async def is_valid_property(self, request: Request, caller: Caller) -> Response:
        """Whether a request may set a property."""
        self._server(request)
        name = request.path_params["name"]
        try:
            check_name(name)
        except BadRequest as refused:
            raise refusal(refused) from None
        return JSONResponse(True)

    # -- statements and queries ------------------------------------------------------------

    async def ksql(self, request: Request, caller: Caller) -> Response:
        """Carry out statements."""
        server, body = self._server(request), await json_object(request)
        text = _text(body, "ksql")
        number = body.get("commandSequenceNumber")
        try:
            entities = execute(
                server,
                text,
                _mapping(body, "streamsProperties"),
                _variables(body),
                number if isinstance(number, int) else None,
            )
        except KsqlError as refused:
            raise refusal(refused) from refused
        return JSONResponse(entities)

    async def query(self, request: Request, caller: Caller) -> Response:
        """Answer a SELECT, or PRINT a topic, in the older wire form."""
        server, body = self._server(request), await json_object(request)
        return await self._answer(
            server,
            _text(body, "ksql"),
            _mapping(body, "streamsProperties"),
            _variables(body),
            Form.ROWS,
        )

    async def query_stream(self, request: Request, caller: Caller) -> Response:
        """Answer a SELECT in the wire form that the caller accepts."""
        server, body = self._server(request), await json_object(request)
        accepted = request.headers.get("accept", "").split(",")[0].split(";")[0].strip()
        if "protobuf" in accepted:
            raise ApiError(501, "The sandbox does not emulate the protobuf form of /query-stream")
        form = next((each for each in Form if each.value == accepted), Form.DELIMITED)
        return await self._answer(
            server, _text(body, "sql"), _mapping(body, "properties"), _variables(body), form
        )

    async def close_query(self, request: Request, caller: Caller) -> Response:
        """End a push query."""
        server, body = self._server(request), await json_object(request)
        query_id = _text(body, "queryId")
        push = server.pushes.get(query_id)
        if push is None:
            raise refusal(BadRequest(f"No query with id {query_id}"))
        push.close()
        return Response(status_code=200)

    async def _answer(
        self,
        server: KsqlServer,
        text: str,
        properties: Mapping[str, Any],
        variables: Mapping[str, str],
        form: Form,
    ) -> Response:
        try:
            answer = Queries(server).answer(text, properties, variables, form)
        except KsqlError as refused:
            raise refusal(refused) from refused
        whole = answer.whole()
        if whole is not None:
            return Response(whole, media_type=answer.media_type)
        return StreamingResponse(_chunks(answer), media_type=answer.media_type)


async def _chunks(answer: Answer) -> AsyncIterator[str]:
    async for chunk in answer.chunks():
        yield chunk


def refusal(error: KsqlError) -> ApiError:
    """Return an error as the HTTP server takes it."""
    return ApiError(error.status, error.message, code=error.code, details=error.body())


def _ids(server: KsqlServer) -> dict[str, Any]:
    return {
        "id": "",
        "scope": {
            "path": [],
            "clusters": {
                "kafka-cluster": server.cluster.cluster_id,
                "ksql-cluster": server.config.service_id,
            },
        },
    }


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise refusal(BadRequest(f"Missing required creator property '{name}': give it as a text"))
    return value


def _mapping(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise refusal(BadRequest(f"{name} must be an object of names and values"))
    return value


def _variables(body: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in _mapping(body, "sessionVariables").items()}
