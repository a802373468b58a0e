"""Handlers of `/config` and `/mode`: of the registry, of contexts and of subjects."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.api import ApiError, Caller, json_object
from sandbox.registry.errors import NoSubjectConfig, NoSubjectMode, SubjectNotFound
from sandbox.registry.handlers import Calls
from sandbox.registry.settings import level_from, mode_from
from sandbox.registry.subjects import canonical_subject

GLOBAL = "__GLOBAL"
"""The subject that stands for the registry when rights are asked for."""

NOT_EMULATED = (
    "alias",
    "compatibilityGroup",
    "defaultMetadata",
    "overrideMetadata",
    "defaultRuleSet",
)


class ConfigHandlers:
    """Handlers of `/config`; the subject is empty for the whole registry."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def get(self, request: Request, caller: Caller) -> Response:
        """Return the level of a name; `defaultToGlobal` falls back on the registry's."""
        call = self._calls.of(request, caller)
        subject = _subject(request)
        call.require("COMPATIBILITY_READ", subject or GLOBAL)
        own = call.registry.levels.own(subject)
        if subject and own is None and not _flag(request, "defaultToGlobal"):
            raise NoSubjectConfig(subject)
        return JSONResponse({"compatibilityLevel": call.registry.levels.in_force(subject)})

    async def put(self, request: Request, caller: Caller) -> Response:
        """Set the level of a name."""
        call = self._calls.of(request, caller)
        subject = _subject(request)
        call.require("COMPATIBILITY_WRITE", subject or GLOBAL)
        body = await json_object(request)
        for name in NOT_EMULATED:
            if body.get(name):
                raise ApiError(501, f"config field {name}: not emulated by this sandbox")
        level = level_from(body.get("compatibility"))
        call.registry.levels.put(subject, level)
        return JSONResponse({"compatibility": level})

    async def delete(self, request: Request, caller: Caller) -> Response:
        """Unset the level of a name; answers what it was."""
        call = self._calls.of(request, caller)
        subject = _subject(request)
        call.require("COMPATIBILITY_WRITE", subject or GLOBAL)
        before = call.registry.levels.forget(subject)
        if before is None and subject:
            raise SubjectNotFound(subject)
        return JSONResponse({"compatibilityLevel": before or call.registry.levels.in_force("")})


class ModeHandlers:
    """Handlers of `/mode`; the subject is empty for the whole registry."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def get(self, request: Request, caller: Caller) -> Response:
        """Return the mode of a name; `defaultToGlobal` falls back on the registry's."""
        call = self._calls.of(request, caller)
        subject = _subject(request)
        call.require("READ", subject or GLOBAL)
        own = call.registry.modes.own(subject)
        if subject and own is None and not _flag(request, "defaultToGlobal"):
            raise NoSubjectMode(subject)
        return JSONResponse({"mode": call.registry.modes.in_force(subject)})

    async def put(self, request: Request, caller: Caller) -> Response:
        """Set the mode of a name."""
        call = self._calls.of(request, caller)
        subject = _subject(request)
        call.require("WRITE", subject or GLOBAL)
        mode = mode_from((await json_object(request)).get("mode"))
        call.registry.set_mode(subject, mode, force=_flag(request, "force"))
        return JSONResponse({"mode": mode})

    async def delete(self, request: Request, caller: Caller) -> Response:
        """Unset the mode of a name; answers what it was."""
        call = self._calls.of(request, caller)
        subject = _subject(request)
        call.require("WRITE", subject or GLOBAL)
        before = call.registry.modes.forget(subject)
        if before is None and subject:
            raise SubjectNotFound(subject)
        return JSONResponse({"mode": before or call.registry.modes.in_force("")})


def _subject(request: Request) -> str:
    return canonical_subject(request.path_params.get("subject", ""))


def _flag(request: Request, name: str) -> bool:
    return request.query_params.get(name, "false").lower() == "true"
