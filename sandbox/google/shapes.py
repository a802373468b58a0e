"""What JSON kind each field of a request has, as Google's discovery documents give it.

A body is held against its shape before anything reads it, so that a wrong kind is one
refusal that names the field, whichever handler it was meant for. Leaves out what values mean,
and fields that the sandbox does not read: those pass unseen.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from sandbox.api import Json
from sandbox.google.errors import Invalid


class Kind(StrEnum):
    """A scalar; Google's own word for the kind."""

    TEXT = "TYPE_STRING"
    INTEGER = "TYPE_INT64"
    """A number, or its digits as text: JSON's numbers are too small for 64 bits."""
    BOOLEAN = "TYPE_BOOL"


@dataclass(frozen=True)
class ListOf:
    """A list whose elements all have one shape."""

    element: "Shape"


@dataclass(frozen=True)
class MapOf:
    """An object with any names, whose values all have one shape."""

    value: "Shape"


Shape: TypeAlias = "Kind | ListOf | MapOf | Mapping[str, Shape] | Callable[[], Mapping[str, Shape]]"
"""A callable gives an object's shape that holds itself."""

INT64 = range(-(2**63), 2**63)
WHOLE_NUMBER = re.compile(r"-?\d{1,19}", re.ASCII)


def check_shape(value: Json, shape: Shape, where: str = "") -> None:
    """Hold a value against a shape; a null field is as good as none, unknown names pass.

    Raises:
        GoogleError: 400 naming the field and the kind it must have.
    """
    if value is None:
        return
    if isinstance(shape, Kind):
        if not _IS[shape](value):
            raise Invalid(f"Invalid value at '{where}' ({shape}), {value!r:.100}")
    elif isinstance(shape, ListOf):
        if not isinstance(value, list):
            raise Invalid(f"Invalid value at '{where}': must be a list, not {value!r:.100}")
        for index, element in enumerate(value):
            if element is None:
                raise Invalid(f"Invalid value at '{where}[{index}]': must not be null")
            check_shape(element, shape.element, f"{where}[{index}]")
    else:
        _check_object(value, shape, where)


def _check_object(value: Json, shape: Shape, where: str) -> None:
    if not isinstance(value, dict):
        raise Invalid(f"Invalid value at '{where}': must be an object, not {value!r:.100}")
    fields = shape() if callable(shape) else shape
    for name, inner in value.items():
        if isinstance(fields, MapOf):
            check_shape(inner, fields.value, f"{where}.{name}")
        elif isinstance(fields, Mapping) and name in fields:
            check_shape(inner, fields[name], f"{where}.{name}".lstrip("."))


def _is_integer(value: Json) -> bool:
    if isinstance(value, str):
        return bool(WHOLE_NUMBER.fullmatch(value)) and int(value) in INT64
    if isinstance(value, float):
        return value.is_integer() and int(value) in INT64
    return isinstance(value, int) and not isinstance(value, bool) and value in INT64


def _is_boolean(value: Json) -> bool:
    return isinstance(value, bool) or value in ("true", "false")


_IS: Mapping[Kind, Callable[[Json], bool]] = {
    Kind.TEXT: lambda value: isinstance(value, str),
    Kind.INTEGER: _is_integer,
    Kind.BOOLEAN: _is_boolean,
}

_TEXT, _INTEGER, _BOOLEAN = Kind.TEXT, Kind.INTEGER, Kind.BOOLEAN


def _column() -> Mapping[str, Shape]:
    return {
        "name": _TEXT,
        "type": _TEXT,
        "mode": _TEXT,
        "description": _TEXT,
        "precision": _INTEGER,
        "scale": _INTEGER,
        "maxLength": _INTEGER,
        "fields": ListOf(_column),
    }


def _parameter_type() -> Mapping[str, Shape]:
    member: Shape = {"name": _TEXT, "type": _parameter_type}
    return {"type": _TEXT, "arrayType": _parameter_type, "structTypes": ListOf(member)}


def _parameter_value() -> Mapping[str, Shape]:
    return {"arrayValues": ListOf(_parameter_value), "structValues": MapOf(_parameter_value)}


_LABELS = MapOf(_TEXT)
_SCHEMA: Shape = {"fields": ListOf(_column)}
_DATASET_REFERENCE: Shape = {"projectId": _TEXT, "datasetId": _TEXT}
_TABLE_REFERENCE: Shape = {"projectId": _TEXT, "datasetId": _TEXT, "tableId": _TEXT}
_QUERY: Mapping[str, Shape] = {
    "query": _TEXT,
    "useLegacySql": _BOOLEAN,
    "defaultDataset": _DATASET_REFERENCE,
    "parameterMode": _TEXT,
    "queryParameters": ListOf(
        {"name": _TEXT, "parameterType": _parameter_type, "parameterValue": _parameter_value}
    ),
    "destinationTable": _TABLE_REFERENCE,
    "writeDisposition": _TEXT,
    "createDisposition": _TEXT,
}
_LOAD: Shape = {
    "destinationTable": _TABLE_REFERENCE,
    "schema": _SCHEMA,
    "sourceFormat": _TEXT,
    "skipLeadingRows": _INTEGER,
    "maxBadRecords": _INTEGER,
    "fieldDelimiter": _TEXT,
    "quote": _TEXT,
    "nullMarker": _TEXT,
    "encoding": _TEXT,
    "autodetect": _BOOLEAN,
    "ignoreUnknownValues": _BOOLEAN,
    "allowJaggedRows": _BOOLEAN,
    "writeDisposition": _TEXT,
    "createDisposition": _TEXT,
    "schemaUpdateOptions": ListOf(_TEXT),
}
_SERVICE_ACCOUNT: Shape = {"displayName": _TEXT, "description": _TEXT, "etag": _TEXT}

DATASET: Shape = {
    "datasetReference": _DATASET_REFERENCE,
    "location": _TEXT,
    "friendlyName": _TEXT,
    "description": _TEXT,
    "labels": _LABELS,
    "defaultTableExpirationMs": _INTEGER,
    "defaultPartitionExpirationMs": _INTEGER,
    "maxTimeTravelHours": _INTEGER,
    "isCaseInsensitive": _BOOLEAN,
    "access": ListOf(
        {
            "role": _TEXT,
            "userByEmail": _TEXT,
            "groupByEmail": _TEXT,
            "domain": _TEXT,
            "specialGroup": _TEXT,
            "iamMember": _TEXT,
            "view": _TABLE_REFERENCE,
        }
    ),
}
"""`Dataset`."""

TABLE: Shape = {
    "tableReference": _TABLE_REFERENCE,
    "friendlyName": _TEXT,
    "description": _TEXT,
    "labels": _LABELS,
    "schema": _SCHEMA,
    "expirationTime": _INTEGER,
    "timePartitioning": {"type": _TEXT, "field": _TEXT, "expirationMs": _INTEGER},
    "clustering": {"fields": ListOf(_TEXT)},
    "requirePartitionFilter": _BOOLEAN,
    "view": {"query": _TEXT, "useLegacySql": _BOOLEAN},
}
"""`Table`."""

ROWS: Shape = {
    "rows": ListOf({"insertId": _TEXT}),
    "skipInvalidRows": _BOOLEAN,
    "ignoreUnknownValues": _BOOLEAN,
    "templateSuffix": _TEXT,
}
"""`TableDataInsertAllRequest`."""

JOB: Shape = {
    "jobReference": {"projectId": _TEXT, "jobId": _TEXT, "location": _TEXT},
    "configuration": {"dryRun": _BOOLEAN, "labels": _LABELS, "query": _QUERY, "load": _LOAD},
}
"""`Job`."""

QUERY_REQUEST: Shape = {
    **_QUERY,
    "dryRun": _BOOLEAN,
    "labels": _LABELS,
    "location": _TEXT,
    "requestId": _TEXT,
    "maxResults": _INTEGER,
    "timeoutMs": _INTEGER,
    "formatOptions": {"useInt64Timestamp": _BOOLEAN},
}
"""`QueryRequest`."""

NEW_SERVICE_ACCOUNT: Shape = {"accountId": _TEXT, "serviceAccount": _SERVICE_ACCOUNT}
"""`CreateServiceAccountRequest`."""

SERVICE_ACCOUNT_CHANGE: Shape = {"updateMask": _TEXT, "serviceAccount": _SERVICE_ACCOUNT}
"""`PatchServiceAccountRequest`."""

NEW_KEY: Shape = {"privateKeyType": _TEXT, "keyAlgorithm": _TEXT}
"""`CreateServiceAccountKeyRequest`."""

POLICY: Shape = {
    "policy": {
        "etag": _TEXT,
        "version": _INTEGER,
        "bindings": ListOf({"role": _TEXT, "members": ListOf(_TEXT)}),
    }
}
"""`SetIamPolicyRequest`."""

SERVICE_IDS: Shape = {"serviceIds": ListOf(_TEXT)}
"""`BatchEnableServicesRequest`."""
