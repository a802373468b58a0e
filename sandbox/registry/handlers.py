"""Handlers of Schema Registry's REST API, schemas and subjects. Settings: `setting_handlers`."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.api import ApiError, Caller, Json, json_object
from sandbox.registry.errors import (
    InvalidSchema,
    InvalidVersion,
    SchemaNotFound,
    SubjectDenied,
)
from sandbox.registry.grants import SubjectAccess
from sandbox.registry.state import LATEST, Draft, Reference, SchemaRegistry, Version
from sandbox.registry.subjects import canonical_subject, context_of, has_prefix

VERSION_MAX = 2**31 - 1
WHOLE = re.compile(r"[0-9]{1,15}")

FindRegistry = Callable[[str], SchemaRegistry | None]
"""Registry cluster id -> registry."""

AccessOf = Callable[[str], SubjectAccess]
"""Registry cluster id -> who may do what there."""


@dataclass(frozen=True)
class RegistryCall:
    """One call: which registry, who calls, and what they may do."""

    registry: SchemaRegistry
    caller: Caller
    access: SubjectAccess

    def may(self, operation: str, subject: str) -> bool:
        """Tell whether the caller may do this to a subject."""
        return self.access(self.caller.principal, operation, canonical_subject(subject))

    def require(self, operation: str, subject: str) -> str:
        """Return the subject's one name, if the caller may do this to it.

        Raises:
            SubjectDenied: They may not, whether or not it is there.
        """
        if not self.may(operation, subject):
            raise SubjectDenied(operation.capitalize(), subject)
        return canonical_subject(subject)


class Calls:
    """Makes calls of requests."""

    def __init__(self, find: FindRegistry, access_of: AccessOf) -> None:
        self._find, self._access_of = find, access_of

    def of(self, request: Request, caller: Caller) -> RegistryCall:
        """Return the call that a request makes.

        Raises:
            ApiError: 404, no such registry cluster.
        """
        registry_id = request.path_params["registry_id"]
        registry = self._find(registry_id)
        if registry is None:
            raise ApiError(404, f"Schema Registry cluster {registry_id} not found")
        return RegistryCall(registry, caller, self._access_of(registry_id))


class SubjectHandlers:
    """Handlers of `/subjects` and `/compatibility`."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def list(self, request: Request, caller: Caller) -> Response:
        """Return the subjects that the caller may read."""
        call = self._calls.of(request, caller)
        prefix = request.query_params.get("subjectPrefix", ":*:")
        only_deleted = _flag(request, "deletedOnly")
        found = call.registry.subjects(
            prefix=prefix, deleted=_flag(request, "deleted") or only_deleted
        )
        if only_deleted:
            live = set(call.registry.subjects(prefix=prefix))
            found = [subject for subject in found if subject not in live]
        return JSONResponse([s for s in _slice(request, found) if call.may("READ", s)])

    async def versions(self, request: Request, caller: Caller) -> Response:
        """Return a subject's version numbers."""
        call = self._calls.of(request, caller)
        subject = call.require("READ", request.path_params["subject"])
        deleted = _flag(request, "deleted")
        found = call.registry.versions(subject, deleted=deleted)
        return JSONResponse([version.number for version in found])

    async def version(self, request: Request, caller: Caller) -> Response:
        """Return one version."""
        return JSONResponse(_version_to_wire(self._version(request, caller)))

    async def version_text(self, request: Request, caller: Caller) -> Response:
        """Return one version's schema, bare."""
        return Response(self._version(request, caller).text, media_type="application/json")

    async def referenced_by(self, request: Request, caller: Caller) -> Response:
        """Return the ids of schemas that refer to a version."""
        call = self._calls.of(request, caller)
        version = self._version(request, caller)
        return JSONResponse(call.registry.referenced_by(version.subject, version.number))

    async def register(self, request: Request, caller: Caller) -> Response:
        """Register a version; answers the id of an equal one that is there."""
        call = self._calls.of(request, caller)
        subject = call.require("WRITE", request.path_params["subject"])
        version = call.registry.add(subject, await _draft(request))
        return JSONResponse({"id": version.schema_id})

    async def look_up(self, request: Request, caller: Caller) -> Response:
        """Return the version that equals a schema."""
        call = self._calls.of(request, caller)
        subject = call.require("READ", request.path_params["subject"])
        draft = await _draft(request)
        found = call.registry.look_up(subject, draft, deleted=_flag(request, "deleted"))
        return JSONResponse(_version_to_wire(found))

    async def delete(self, request: Request, caller: Caller) -> Response:
        """Delete a subject, softly or (`permanent`) for good."""
        call = self._calls.of(request, caller)
        subject = call.require("DELETE", request.path_params["subject"])
        permanent = _flag(request, "permanent")
        return JSONResponse(call.registry.remove_subject(subject, permanent=permanent))

    async def delete_version(self, request: Request, caller: Caller) -> Response:
        """Delete one version, softly or (`permanent`) for good."""
        call = self._calls.of(request, caller)
        subject = call.require("DELETE", request.path_params["subject"])
        number = _number(request.path_params["version"])
        permanent = _flag(request, "permanent")
        return JSONResponse(call.registry.remove_version(subject, number, permanent=permanent))

    async def check_all(self, request: Request, caller: Caller) -> Response:
        """Judge a schema against what the subject's level asks for."""
        call = self._calls.of(request, caller)
        subject = call.require("READ", request.path_params["subject"])
        found = call.registry.incompatibilities(subject, await _draft(request))
        return _verdict(request, found)

    async def check_version(self, request: Request, caller: Caller) -> Response:
        """Judge a schema against one version; a subject without versions takes anything."""
        call = self._calls.of(request, caller)
        subject = call.require("READ", request.path_params["subject"])
        number = _number(request.path_params["version"])
        draft = await _draft(request)
        if number == LATEST and call.registry.latest(subject) is None:
            return _verdict(request, call.registry.incompatibilities(subject, draft, []))
        against = [call.registry.version(subject, number)]
        return _verdict(request, call.registry.incompatibilities(subject, draft, against))

    def _version(self, request: Request, caller: Caller) -> Version:
        call = self._calls.of(request, caller)
        subject = call.require("READ", request.path_params["subject"])
        number = _number(request.path_params["version"])
        return call.registry.version(subject, number, deleted=_flag(request, "deleted"))


class SchemaHandlers:
    """Handlers of `/schemas` and `/contexts`."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def list(self, request: Request, caller: Caller) -> Response:
        """Return versions of all subjects, with their schemas."""
        call = self._calls.of(request, caller)
        prefix = request.query_params.get("subjectPrefix", ":*:")
        deleted = _flag(request, "deleted")
        found: list[Version] = []
        for subject in call.registry.subjects(prefix=prefix, deleted=deleted):
            versions = call.registry.versions(subject, deleted=deleted)
            if call.may("READ", subject):
                found += versions[-1:] if _flag(request, "latestOnly") else versions
        return JSONResponse([_version_to_wire(version) for version in _slice(request, found)])

    async def get(self, request: Request, caller: Caller) -> Response:
        """Return a schema by id."""
        version = self._holders(request, caller)[0]
        wire: dict[str, Json] = {"schema": version.text}
        if version.references:
            wire["references"] = _references_to_wire(version)
        return JSONResponse(wire)

    async def get_text(self, request: Request, caller: Caller) -> Response:
        """Return a schema by id, bare."""
        return Response(self._holders(request, caller)[0].text, media_type="application/json")

    async def subjects(self, request: Request, caller: Caller) -> Response:
        """Return the subjects that hold a schema."""
        found = [v for v in self._holders(request, caller) if self._shown(request, v)]
        return JSONResponse(sorted({version.subject for version in found}))

    async def versions(self, request: Request, caller: Caller) -> Response:
        """Return subjects and versions that hold a schema."""
        found = [v for v in self._holders(request, caller) if self._shown(request, v)]
        return JSONResponse([{"subject": v.subject, "version": v.number} for v in found])

    async def root(self, request: Request, caller: Caller) -> Response:
        """Answer nothing, as the registry does to who only wants to know that it is there."""
        self._calls.of(request, caller)
        return JSONResponse({})

    async def types(self, request: Request, caller: Caller) -> Response:
        """Return the schema types on offer."""
        self._calls.of(request, caller)
        return JSONResponse(["AVRO"])

    async def contexts(self, request: Request, caller: Caller) -> Response:
        """Return the contexts in use."""
        call = self._calls.of(request, caller)
        return JSONResponse(list(_slice(request, call.registry.contexts())))

    def _holders(self, request: Request, caller: Caller) -> Sequence[Version]:
        call = self._calls.of(request, caller)
        text = request.path_params["schema_id"]
        if not WHOLE.fullmatch(text):
            raise SchemaNotFound
        subject = request.query_params.get("subject", "")
        holders = call.registry.holders(int(text), context_of(subject), deleted=True)
        if not holders:
            raise SchemaNotFound(int(text))
        readable = [version for version in holders if call.may("READ", version.subject)]
        if not readable:
            raise SubjectDenied("Read", holders[0].subject)
        return readable

    def _shown(self, request: Request, version: Version) -> bool:
        subject = request.query_params.get("subject")
        if subject and not has_prefix(version.subject, subject):
            return False
        return _flag(request, "deleted") or not version.is_deleted


async def _draft(request: Request) -> Draft:
    body = await json_object(request)
    text = body.get("schema")
    if not isinstance(text, str) or not text.strip():
        raise InvalidSchema(str(text), "the schema is empty")
    try:
        references = tuple(_reference(each) for each in body.get("references") or [])
    except (TypeError, KeyError, ValueError):
        raise InvalidSchema(text, "each reference needs name, subject and version") from None
    for name in ("metadata", "ruleSet"):
        if body.get(name):
            raise ApiError(501, f"{name} of a schema: not emulated by this sandbox")
    number, schema_id = body.get("version"), body.get("id")
    return Draft(
        text,
        references,
        str(body.get("schemaType") or "AVRO"),
        schema_id if isinstance(schema_id, int) and schema_id > 0 else None,
        number if isinstance(number, int) and number > 0 else None,
    )


def _reference(described: Json) -> Reference:
    name, subject = described["name"], described["subject"]
    if not isinstance(name, str) or not isinstance(subject, str):
        raise TypeError(name, subject)
    return Reference(name, subject, int(described["version"]))


def _number(text: str) -> int:
    if text in ("latest", "-1"):
        return LATEST
    if not WHOLE.fullmatch(text) or not 1 <= int(text) <= VERSION_MAX:
        raise InvalidVersion(text)
    return int(text)


def _flag(request: Request, name: str) -> bool:
    return request.query_params.get(name, "false").lower() == "true"


def _slice(request: Request, items: Sequence[Json]) -> Sequence[Json]:
    query = request.query_params
    offset, limit = query.get("offset", "0"), query.get("limit", "-1")
    start = int(offset) if WHOLE.fullmatch(offset) else 0
    return items[start : start + int(limit)] if WHOLE.fullmatch(limit) else items[start:]


def _verdict(request: Request, found: Sequence[str]) -> Response:
    wire: dict[str, Json] = {"is_compatible": not found}
    if _flag(request, "verbose"):
        wire["messages"] = list(found)
    return JSONResponse(wire)


def _version_to_wire(version: Version) -> dict[str, Json]:
    wire: dict[str, Json] = {
        "subject": version.subject,
        "version": version.number,
        "id": version.schema_id,
        "schemaType": "AVRO",
        "schema": version.text,
    }
    if version.references:
        wire["references"] = _references_to_wire(version)
    if version.is_deleted:
        wire["deleted"] = True
    return wire


def _references_to_wire(version: Version) -> Json:
    return [
        {"name": r.name, "subject": r.subject, "version": r.version} for r in version.references
    ]
