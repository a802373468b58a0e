"""BigQuery tables and views (API `bigquery/v2`)."""

import json
from typing import Any

from sandbox.plugins.errors import NotConfigurable
from sandbox.plugins.gcp.datasets import path_of as dataset_path
from sandbox.plugins.gcp.session import GoogleSession, effective_labels, label_properties
from sandbox.plugins.properties import Properties, Property
from sandbox.plugins.resource import Created, ResourceType

SHORT_TYPES = {
    "INTEGER": "INT64",
    "FLOAT": "FLOAT64",
    "BOOLEAN": "BOOL",
    "STRUCT": "RECORD",
    "DECIMAL": "NUMERIC",
    "BIGDECIMAL": "BIGNUMERIC",
}
"""Column types with two names."""


def _path(session: GoogleSession, properties: Properties) -> str:
    return f"{dataset_path(session, properties)}/tables/{properties['tableId']}"


def _body(session: GoogleSession, inputs: Properties) -> dict[str, Any]:
    body: dict[str, Any] = {
        name: inputs[name]
        for name in ("description", "friendlyName", "requirePartitionFilter")
        if name in inputs
    }
    body["tableReference"] = {
        "projectId": session.project_of(inputs),
        "datasetId": inputs["datasetId"],
        "tableId": inputs["tableId"],
    }
    body["labels"] = effective_labels(inputs)
    if "schema" in inputs:
        body["schema"] = {"fields": _fields(inputs["schema"])}
    if "view" in inputs:
        body["view"] = {"useLegacySql": True, **inputs["view"]}
    if "timePartitioning" in inputs:
        body["timePartitioning"] = _partitioning(inputs["timePartitioning"])
    if "clusterings" in inputs:
        body["clustering"] = {"fields": inputs["clusterings"]}
    if "expirationTime" in inputs:
        body["expirationTime"] = str(inputs["expirationTime"])
    return body


def _fields(schema: str) -> Any:
    try:
        return json.loads(schema)
    except ValueError as error:
        raise NotConfigurable(f"a table's schema is not JSON: {error}") from error


def _partitioning(value: Properties) -> dict[str, Any]:
    known = ("type", "field", "requirePartitionFilter")
    body: dict[str, Any] = {name: value[name] for name in known if name in value}
    if "expirationMs" in value:
        body["expirationMs"] = str(value["expirationMs"])
    return body


def create(session: GoogleSession, inputs: Properties) -> Created:
    """Create a table or a view; a view's column descriptions take a second request."""
    api, body = session.api("bigquery"), _body(session, inputs)
    path = _path(session, inputs)
    first = {name: value for name, value in body.items() if name != "schema" or "view" not in body}
    api.call("POST", f"{dataset_path(session, inputs)}/tables", first)
    if first != body:
        api.call("PUT", path, body)
    return Created(path.removeprefix("/"))


def read(session: GoogleSession, _id: str, state: Properties) -> Properties | None:
    """Return a table's properties."""
    found = session.api("bigquery").find(_path(session, state))
    if found is None:
        return None
    plain = ("description", "friendlyName", "requirePartitionFilter", "type", "location")
    reference = found["tableReference"]
    return {
        **{name: found[name] for name in plain if name in found},
        **label_properties(found.get("labels"), state),
        **_shape(found),
        "tableId": reference["tableId"],
        "datasetId": reference["datasetId"],
        "project": reference["projectId"],
        "creationTime": int(found.get("creationTime", 0)),
        "lastModifiedTime": int(found.get("lastModifiedTime", 0)),
        "numBytes": int(found.get("numBytes", 0)),
        "numLongTermBytes": int(found.get("numLongTermBytes", 0)),
        "numRows": int(found.get("numRows", 0)),
        "etag": found.get("etag"),
        "selfLink": found.get("selfLink"),
    }


def _shape(found: Any) -> Properties:
    fields = (found.get("schema") or {}).get("fields")
    view, partitioning = found.get("view"), found.get("timePartitioning")
    return {
        "schema": None if fields is None else json.dumps(fields),
        "view": view and {"query": view["query"], "useLegacySql": view.get("useLegacySql", True)},
        "timePartitioning": partitioning and _partitioning_properties(partitioning),
        "clusterings": (found.get("clustering") or {}).get("fields"),
        "expirationTime": int(found["expirationTime"]) if "expirationTime" in found else None,
    }


def _partitioning_properties(found: Any) -> Properties:
    known = ("type", "field", "requirePartitionFilter")
    properties = {name: found[name] for name in known if name in found}
    if "expirationMs" in found:
        properties["expirationMs"] = int(found["expirationMs"])
    return properties


def update(session: GoogleSession, _id: str, _olds: Properties, news: Properties) -> None:
    """Replace a table's settings."""
    session.api("bigquery").call("PUT", _path(session, news), _body(session, news))


def delete(session: GoogleSession, _id: str, state: Properties) -> None:
    """Remove a table, unless it is protected."""
    if state.get("deletionProtection", True):
        raise NotConfigurable(
            f"table {state['tableId']} is protected: set deletionProtection to false and run"
            " `pulumi up` before it can be deleted"
        )
    if session.api("bigquery").find(_path(session, state)) is not None:
        session.api("bigquery").call("DELETE", _path(session, state))


def schema(value: Property) -> Property:
    """Return a table's schema in a form that does not depend on defaults or a type's name."""
    try:
        fields = json.loads(value)
    except ValueError:
        return value
    return [_column(field) for field in fields]


def _column(field: Any) -> Any:
    kind = field.get("type", "").upper()
    kept = {name: value for name, value in field.items() if value not in (None, "", [])}
    column = kept | {
        "type": SHORT_TYPES.get(kind, kind),
        "mode": field.get("mode", "NULLABLE").upper(),
    }
    if "fields" in kept:
        column["fields"] = [_column(each) for each in kept["fields"]]
    return column


def view(value: Property) -> Property:
    """Return a view with the service's default filled in."""
    return {"useLegacySql": True, **value}


TABLE: ResourceType[GoogleSession] = ResourceType(
    name="gcp:bigquery/table:Table",
    create=create,
    read=read,
    update=update,
    delete=delete,
    required=("datasetId", "tableId"),
    optional=(
        "project",
        "schema",
        "view",
        "timePartitioning",
        "clusterings",
        "description",
        "friendlyName",
        "labels",
        "expirationTime",
        "requirePartitionFilter",
        "deletionProtection",
        "deletionPolicy",
    ),
    replaced_by=frozenset({"datasetId", "tableId", "project"}),
    computed=(
        "creationTime",
        "effectiveLabels",
        "etag",
        "lastModifiedTime",
        "location",
        "numBytes",
        "numLongTermBytes",
        "numRows",
        "pulumiLabels",
        "selfLink",
        "type",
    ),
    defaults={"deletionProtection": True},
    same={"schema": schema, "view": view},
    deletes_before_replacing=True,
)
