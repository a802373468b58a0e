"""The sandbox's own API, `/sandbox/v1`: health, faults, the clock. Needs no credentials.

It shows what no cloud shows, for tests, `make` and the curious. Leaves out every secret.
"""

import os
import re
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.api import Api, ApiError, Caller, Json, Operation, Realm, json_object
from sandbox.clock import ManualClock
from sandbox.faults import FaultRefused

if TYPE_CHECKING:
    from sandbox.runtime import Runtime

VERSION = "0.1.0"
FAULTS = "/sandbox/v1/faults"
RECORDS = "/sandbox/v1/clusters/{kafka_id}/topics/{topic_name}/records"
RECORDS_DEFAULT = 100
WHOLE = re.compile(r"[0-9]{1,15}")


def own_api(runtime: "Runtime") -> Api:
    """Return the API of one sandbox."""
    own = OwnApi(runtime)
    none = Realm.NONE
    return Api(
        "Sandbox",
        ("/sandbox/",),
        (
            Operation("GET", "/sandbox/v1/health", "health", none, own.health),
            Operation("POST", "/sandbox/v1/clock", "advanceClock", none, own.advance_clock),
            Operation("GET", "/sandbox/v1/inventory", "inventory", none, own.inventory),
            Operation("GET", "/sandbox/v1/settle", "settle", none, own.settle),
            Operation("GET", RECORDS, "listRecords", none, own.records),
            Operation("GET", FAULTS, "listFaults", none, own.list_faults),
            Operation("POST", FAULTS, "createFault", none, own.create_fault),
            Operation("DELETE", FAULTS, "deleteFaults", none, own.delete_faults),
            Operation("DELETE", FAULTS + "/{fault_id}", "deleteFault", none, own.delete_faults),
        ),
        lambda error: {"message": error.message},
    )


class OwnApi:
    """The handlers."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime

    async def health(self, request: Request, caller: Caller) -> Response:
        """Say which process this is and which parts it has."""
        settings = self._runtime.settings
        return JSONResponse(
            {
                "status": "ok",
                "instance": settings.instance,
                "pid": os.getpid(),
                "version": VERSION,
                "port": settings.port,
                "state_dir": str(settings.state_dir.absolute()),
                "now_ms": self._runtime.clock.now_ms(),
                "parts": [api.name for api in self._runtime.apis],
            }
        )

    async def inventory(self, request: Request, caller: Caller) -> Response:
        """Return everything that exists, by kind, but for what a new sandbox has by itself."""
        return JSONResponse(self._runtime.inventory())

    async def settle(self, request: Request, caller: Caller) -> Response:
        """Answer once every query and connector has caught up with its topics."""
        if not await self._runtime.planes.settle():
            raise ApiError(503, "A connector is still behind: see its status")
        return JSONResponse({"settled": True})

    async def records(self, request: Request, caller: Caller) -> Response:
        """Return a topic's records, decoded: `limit` per partition, from offset `from` on."""
        # Imported here: fastavro would cost a quarter of the sandbox's start.
        from sandbox.records import RecordView  # noqa: PLC0415 - see above

        planes = self._runtime.planes
        kafka_id, name = request.path_params["kafka_id"], request.path_params["topic_name"]
        kafka = self._runtime.cloud.store.kafka_clusters.get(kafka_id)
        topic = kafka.log.find(name) if kafka else None
        if kafka is None or topic is None:
            raise ApiError(404, f"There is no topic {name} on cluster {kafka_id}")
        start, limit = _whole(request, "from", 0), _whole(request, "limit", RECORDS_DEFAULT)
        view = RecordView(planes.schemas(kafka.environment_id))
        found = view.records(topic, planes.key_window(kafka_id, name), start, limit)
        return JSONResponse({"records": list(found)})

    async def advance_clock(self, request: Request, caller: Caller) -> Response:
        """Move a manual clock on by `advance_ms`."""
        by_ms = (await json_object(request)).get("advance_ms")
        clock = self._runtime.clock
        if not isinstance(clock, ManualClock):
            raise ApiError(409, "The clock runs by itself: start with --clock manual")
        if isinstance(by_ms, bool) or not isinstance(by_ms, int) or by_ms < 0:
            raise ApiError(400, f"advance_ms must be a whole number from 0 on, not {by_ms!r}")
        clock.advance_ms(by_ms)
        return JSONResponse({"now_ms": clock.now_ms()})

    async def list_faults(self, request: Request, caller: Caller) -> Response:
        """Return the faults in force, with their counts."""
        return JSONResponse({"faults": [fault.to_wire() for fault in self._runtime.faults.all()]})

    async def create_fault(self, request: Request, caller: Caller) -> Response:
        """Put a fault in force."""
        description: dict[str, Json] = await json_object(request)
        try:
            fault = self._runtime.faults.add(description)
        except FaultRefused as problem:
            raise ApiError(400, str(problem)) from None
        return JSONResponse(fault.to_wire(), 201)

    async def delete_faults(self, request: Request, caller: Caller) -> Response:
        """Take back one fault or all; calls kept waiting are reset."""
        text = request.path_params.get("fault_id")
        fault_id = int(text) if text and WHOLE.fullmatch(text) else None
        gone = self._runtime.faults.clear(fault_id) if not text or fault_id else []
        if text and not gone:
            raise ApiError(404, f"There is no fault {text}")
        self._runtime.application.release(gone)
        return JSONResponse({"faults": [fault.to_wire() for fault in gone]})


def _whole(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not WHOLE.fullmatch(text):
        raise ApiError(400, f"{name} must be a whole number from 0 on, not {text!r}")
    return int(text)
