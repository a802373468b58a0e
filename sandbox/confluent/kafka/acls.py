"""Handlers of Kafka REST v3 for ACLs: create, search, delete by filter."""

from starlette.requests import Request
from starlette.responses import Response

from sandbox.api import Caller, Json, Operation, Realm, json_object
from sandbox.confluent.kafka.errors import InvalidRequest, NotAuthorized
from sandbox.confluent.kafka.topics import CLUSTER, KafkaCall
from sandbox.confluent.state.acls import (
    CLUSTER_NAME,
    OPERATIONS,
    PATTERN_TYPES,
    PERMISSIONS,
    RESOURCE_TYPES,
    Acl,
    AclFilter,
)
from sandbox.confluent.state.cloud import Cloud
from sandbox.confluent.wire import answer
from sandbox.topics import AclOperation, ResourceType

FIELDS = (
    "resource_type",
    "resource_name",
    "pattern_type",
    "principal",
    "host",
    "operation",
    "permission",
)
ANY = "ANY"
LEGAL = {
    "resource_type": RESOURCE_TYPES,
    "pattern_type": PATTERN_TYPES,
    "operation": OPERATIONS,
    "permission": PERMISSIONS,
}
MAX_ACLS = 1000
"""ACLs of a Basic cluster."""


class AclHandlers:
    """The group's handlers."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def operations(self) -> tuple[Operation, ...]:
        """Return the group's operations."""
        path, kafka = CLUSTER + "/acls", Realm.KAFKA
        return (
            Operation("GET", path, "getKafkaAcls", kafka, self.search),
            Operation("POST", path, "createKafkaAcls", kafka, self.create),
            Operation("POST", path + ":batch", "batchCreateKafkaAcls", kafka, self.create_batch),
            Operation("DELETE", path, "deleteKafkaAcls", kafka, self.delete),
        )

    async def search(self, request: Request, caller: Caller) -> Response:
        """Return the ACLs that the filter in the query finds."""
        call = self._call(request, caller, AclOperation.DESCRIBE)
        return answer(_list_to_wire(call, call.cluster.acls.find(_filter(request))))

    async def create(self, request: Request, caller: Caller) -> Response:
        """Add an ACL; one that is there already is no error."""
        call = self._call(request, caller, AclOperation.ALTER)
        _add(call, [_acl(await json_object(request))])
        return Response(status_code=201)

    async def create_batch(self, request: Request, caller: Caller) -> Response:
        """Add several ACLs: all, or none when one of them is refused."""
        call = self._call(request, caller, AclOperation.ALTER)
        items = (await json_object(request)).get("data")
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise InvalidRequest("data must be a list of ACLs")
        _add(call, [_acl(item) for item in items])
        return Response(status_code=201)

    async def delete(self, request: Request, caller: Caller) -> Response:
        """Remove what the filter finds; answers what that was."""
        call = self._call(request, caller, AclOperation.ALTER)
        wanted = _filter(request)
        if wanted.resource_type is None and wanted.principal is None:
            raise InvalidRequest("Give at least resource_type or principal: this would delete all")
        return answer(_list_to_wire(call, call.cluster.acls.delete(wanted)))

    def _call(self, request: Request, caller: Caller, operation: AclOperation) -> KafkaCall:
        call = KafkaCall.of(self._cloud, request, caller)
        if not call.may(operation, ResourceType.CLUSTER, CLUSTER_NAME):
            raise NotAuthorized("Cluster authorization failed.")
        return call


def _add(call: KafkaCall, acls: list[Acl]) -> None:
    if len(call.cluster.acls.find(AclFilter())) + len(acls) > MAX_ACLS:
        raise InvalidRequest(f"A cluster may have at most {MAX_ACLS} ACLs")
    for acl in acls:
        call.cluster.acls.create(acl)


def _acl(body: dict[str, Json]) -> Acl:
    values = {}
    for name in FIELDS:
        value = body.get(name)
        if not isinstance(value, str) or not value:
            raise InvalidRequest(f"{name} is required and must be a string, not {value!r}")
        values[name] = value
    for name, legal in LEGAL.items():
        if values[name] not in legal:
            raise InvalidRequest(f"{name} {values[name]!r} is not one of {', '.join(legal)}")
    if not values["principal"].startswith("User:"):
        raise InvalidRequest(f"principal {values['principal']!r} must begin with User:")
    if values["resource_type"] == ResourceType.CLUSTER and values["resource_name"] != CLUSTER_NAME:
        raise InvalidRequest(
            f"resource_name of a CLUSTER ACL must be {CLUSTER_NAME}, not {values['resource_name']}"
        )
    return Acl(**values)


def _filter(request: Request) -> AclFilter:
    given = {}
    for name in FIELDS:
        value = request.query_params.get(name)
        if not value or value.upper() == ANY:
            continue
        legal = LEGAL.get(name)
        if legal and value.upper() not in (*legal, "MATCH"):
            raise InvalidRequest(f"{name} {value!r} is not one of {', '.join(legal)}")
        given[name] = value.upper() if legal else value
    return AclFilter(**given)


def _list_to_wire(call: KafkaCall, acls: list[Acl]) -> Json:
    return {
        "kind": "KafkaAclList",
        "metadata": {"self": call.url("/acls")},
        "data": [
            {
                "kind": "KafkaAcl",
                "metadata": {"self": call.url("/acls")},
                "cluster_id": call.cluster.id,
                **{name: getattr(acl, name) for name in FIELDS},
            }
            for acl in acls
        ],
    }
