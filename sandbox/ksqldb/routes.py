"""ksqlDB's REST API, by method and path, for every ksqlDB cluster of the sandbox.

Paths begin with `/ksqldb/{ksql_id}`, which stands for the cluster's own host name. What is known
and not emulated - websockets, HTTP/2 inserts, internal endpoints - answers 501.
"""

from collections.abc import Callable

from sandbox.api import Api, ApiError, Json, Operation, Realm
from sandbox.ksqldb.handlers import Handlers
from sandbox.ksqldb.server import KsqlServer

BASE = "/ksqldb/{ksql_id}"

CODES = {
    400: 40000,
    401: 40100,
    403: 40300,
    404: 40400,
    405: 40500,
    429: 42900,
    501: 50100,
    503: 50302,
}
"""ksqlDB's error code for the refusals that the HTTP server makes on its behalf.

The server itself never answers 501; its codes are a status times 100, and so is this one.
"""


def error_body(error: ApiError) -> Json:
    """Render a refusal as ksqlDB does; one of its own brings its object along."""
    if error.details is not None:
        return error.details
    code = error.code if isinstance(error.code, int) else CODES.get(error.status, 50000)
    return {"@type": "generic_error", "error_code": code, "message": error.message}


def ksqldb_api(find: Callable[[str], KsqlServer | None]) -> Api:
    """Return the API; `find` gives the server of a cluster id, None when there is none."""
    own, none, key = Handlers(find), Realm.NONE, Realm.KSQLDB
    return Api(
        "ksqlDB",
        ("/ksqldb/",),
        (
            Operation("GET", f"{BASE}/", "root", none, own.root),
            Operation("GET", BASE, "root", none, own.root),
            Operation("GET", f"{BASE}/info", "info", key, own.info),
            Operation("GET", f"{BASE}/healthcheck", "healthcheck", none, own.healthcheck),
            Operation("GET", f"{BASE}/v1/metadata", "metadata", none, own.metadata),
            Operation("GET", f"{BASE}/v1/metadata/id", "metadataId", none, own.metadata_id),
            Operation("GET", f"{BASE}/clusterStatus", "clusterStatus", key, own.cluster_status),
            Operation("GET", f"{BASE}/status", "allStatuses", key, own.statuses),
            Operation(
                "GET", f"{BASE}/status/{{type}}/{{entity}}/{{action}}", "status", key, own.status
            ),
            Operation(
                "GET", f"{BASE}/is_valid_property/{{name}}", "isValidProperty", key,
                own.is_valid_property,
            ),
            Operation("POST", f"{BASE}/ksql", "ksql", key, own.ksql),
            Operation("POST", f"{BASE}/query", "query", key, own.query),
            Operation("POST", f"{BASE}/query-stream", "queryStream", key, own.query_stream),
            Operation("POST", f"{BASE}/close-query", "closeQuery", key, own.close_query),
            Operation("POST", f"{BASE}/inserts-stream", "insertsStream", key),
            Operation("POST", f"{BASE}/ksql/terminate", "terminateCluster", key),
            Operation("GET", f"{BASE}/ws/query", "websocketQuery", key),
            Operation("POST", f"{BASE}/heartbeat", "heartbeat", key),
            Operation("POST", f"{BASE}/lag", "lag", key),
        ),
        error_body,
    )  # fmt: skip
