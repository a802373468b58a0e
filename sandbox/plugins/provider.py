"""The engine's provider protocol over a table of resource types.

Owns every call of the protocol that a Python program leads to, and which status an error gets.
Leaves out the resource types, and the process around the server (`sandbox.plugins.process`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, NoReturn, TypeAlias, TypeVar

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.empty_pb2 import Empty

from sandbox.plugins.errors import (
    NotConfigurable,
    NotEmulated,
    NotSettled,
    PluginError,
    Refused,
    SandboxUnreachable,
)
from sandbox.plugins.properties import Properties, decode, encode, has_unknown
from sandbox.plugins.protocol import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2
from sandbox.plugins.resource import (
    SUFFIX_LENGTH,
    ResourceType,
    Session,
    automatic_name,
    changed_inputs,
    checked_inputs,
    drifted_inputs,
    input_failures,
    previewed,
    replacing,
    state_of,
)

Context: TypeAlias = grpc.ServicerContext
Answer = TypeVar("Answer")

BAD_REQUEST = (400, 422)
"""Statuses that say that the program's own values are wrong."""


@dataclass(frozen=True)
class Table(Generic[Session]):
    """Everything that makes one stand-in."""

    package: str
    """Name of the Pulumi package: `confluentcloud`."""
    version: str
    """Of the installed SDK: the engine asks for exactly this version."""
    connect: Callable[[Properties], Session]
    """Return a session from the provider's own settings, or raise `NotConfigurable`."""
    types: tuple[ResourceType[Session], ...]
    invokes: Mapping[str, Callable[[Session, Properties], Properties]]
    """Functions (data sources) by token."""


class Provider(provider_pb2_grpc.ResourceProviderServicer, Generic[Session]):
    """Serves one engine. Its calls come from many threads at once."""

    def __init__(self, table: Table[Session], on_cancel: Callable[[], None]) -> None:
        self._table = table
        self._types = {kind.name: kind for kind in table.types}
        self._on_cancel = on_cancel
        self._session: Session | None = None

    # The engine's calls, in the order in which it makes them.

    def GetPluginInfo(self, _request: Empty, _context: Context) -> Any:  # noqa: N802 - protocol
        """Return the SDK's version: a lower one makes the engine warn."""
        return plugin_pb2.PluginInfo(version=self._table.version)

    def CheckConfig(self, request: Any, _context: Context) -> Any:  # noqa: N802 - protocol
        """Accept all settings; `Configure` judges them, when none of them is unknown any more."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, _context: Context) -> Any:  # noqa: N802 - protocol
        """Say that changed settings replace nothing: the services stay the same ones."""
        same = decode(request.olds) == decode(request.news)
        changes = (
            provider_pb2.DiffResponse.DIFF_NONE if same else provider_pb2.DiffResponse.DIFF_SOME
        )
        return provider_pb2.DiffResponse(changes=changes)

    def Configure(self, request: Any, context: Context) -> Any:  # noqa: N802 - protocol
        """Take the provider's settings, and make sure that there is a sandbox to talk to."""
        with _Failing(context):
            self._session = self._table.connect(decode(request.args))
        return provider_pb2.ConfigureResponse(supportsPreview=True, acceptSecrets=False)

    def Check(self, request: Any, context: Context) -> Any:  # noqa: N802 - protocol
        """Return the inputs with defaults filled in, and what is wrong with them."""
        with _Failing(context):
            kind = self._type_of(request.urn)
            news, olds = decode(request.news), decode(request.olds)
            logical_name = request.urn.rpartition("::")[2]
            suffix = bytes(request.randomSeed).hex()[:SUFFIX_LENGTH].rjust(SUFFIX_LENGTH, "0")
            name = automatic_name(kind, logical_name, suffix)
            failures = [
                provider_pb2.CheckFailure(property=name, reason=f"{name} {reason}")
                for name, reason in input_failures(kind, news)
            ]
            inputs = checked_inputs(kind, olds, news, name)
            return provider_pb2.CheckResponse(inputs=encode(inputs), failures=failures)

    def Diff(self, request: Any, context: Context) -> Any:  # noqa: N802 - protocol
        """Compare inputs with inputs: drift has become part of the old ones when it was read."""
        with _Failing(context):
            kind = self._type_of(request.urn)
            olds, news = decode(request.old_inputs), decode(request.news)
            changed = changed_inputs(kind, olds, news)
            if not changed:
                return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)
            replaces = replacing(kind, changed, olds, news)
            if not replaces and (reason := kind.forbidden_change(olds, news)):
                raise NotEmulated(reason)
            return provider_pb2.DiffResponse(
                changes=provider_pb2.DiffResponse.DIFF_SOME,
                diffs=changed,
                replaces=replaces,
                deleteBeforeReplace=bool(replaces) and _deletes_first(kind, news),
            )

    def Create(self, request: Any, context: Context) -> Any:  # noqa: N802 - protocol
        """Make the resource, wait until it is usable, and return what the service says of it."""
        with _Failing(context) as failing:
            kind, inputs = self._type_of(request.urn), decode(request.properties)
            if request.preview:
                return provider_pb2.CreateResponse(properties=encode(previewed(kind, inputs)))
            session = self._configured()
            created = kind.create(session, inputs)
            made = state_of(inputs, created.outputs)
            failing.half_made = (created.id, made)
            if kind.settle is not None:
                kind.settle(session, created.id, made)
            found = kind.read(session, created.id, made)
            if found is None:
                raise NotSettled(f"{created.id} was made, but cannot be found")
            state = state_of(made, found)
            return provider_pb2.CreateResponse(id=created.id, properties=encode(state))

    def Read(self, request: Any, context: Context) -> Any:  # noqa: N802 - protocol
        """Return the resource as it is now; an empty id when it is gone."""
        with _Failing(context):
            kind, state = self._type_of(request.urn), decode(request.properties)
            if not state:
                raise NotEmulated("the stand-in plugins cannot import: use the published provider")
            found = kind.read(self._configured(), request.id, state)
            if found is None:
                return provider_pb2.ReadResponse()
            now = state_of(state, found)
            inputs = drifted_inputs(kind, decode(request.inputs), now)
            return provider_pb2.ReadResponse(
                id=request.id, properties=encode(now), inputs=encode(inputs)
            )

    def Update(self, request: Any, context: Context) -> Any:  # noqa: N802 - protocol
        """Change the resource in place."""
        with _Failing(context):
            kind = self._type_of(request.urn)
            olds, news = decode(request.olds), decode(request.news)
            dropped = dict.fromkeys(decode(request.old_inputs))
            if request.preview or has_unknown(news):
                state = state_of(olds, dropped, news)
                return provider_pb2.UpdateResponse(properties=encode(state))
            if kind.update is None:
                raise NotEmulated(f"{kind.name} cannot be changed, only replaced")
            session = self._configured()
            kind.update(session, request.id, olds, news)
            found = kind.read(session, request.id, state_of(olds, dropped, news))
            if found is None:
                raise NotSettled(f"{request.id} was changed, but cannot be found")
            state = state_of(olds, dropped, news, found)
            return provider_pb2.UpdateResponse(properties=encode(state))

    def Delete(self, request: Any, context: Context) -> Empty:  # noqa: N802 - protocol
        """Remove the resource."""
        with _Failing(context):
            kind = self._type_of(request.urn)
            kind.delete(self._configured(), request.id, decode(request.properties))
        return Empty()

    def Invoke(self, request: Any, context: Context) -> Any:  # noqa: N802 - protocol
        """Answer a function (data source)."""
        with _Failing(context):
            function = self._table.invokes.get(request.tok)
            if function is None:
                raise NotEmulated(f"{request.tok} is not emulated by the stand-in plugin")
            answer = function(self._configured(), decode(request.args))
            return provider_pb2.InvokeResponse(**{"return": encode(answer)})

    def Cancel(self, _request: Empty, _context: Context) -> Empty:  # noqa: N802 - protocol
        """Stop waiting for anything: the engine is about to end us."""
        self._on_cancel()
        return Empty()

    def _type_of(self, urn: str) -> ResourceType[Session]:
        # urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>
        token = urn.split("::")[2].rpartition("$")[2]
        kind = self._types.get(token)
        if kind is None:
            known = ", ".join(sorted(self._types))
            raise NotEmulated(
                f"{token} is not emulated by the stand-in plugin, only {known}. The published"
                f" plugin can be used instead: WORKSHOP_REAL_PLUGINS={self._table.package}"
            )
        return kind

    def _configured(self) -> Session:
        if self._session is None:
            raise NotConfigurable(f"the {self._table.package} provider has no settings yet")
        return self._session


def _deletes_first(kind: ResourceType[Session], news: Properties) -> bool:
    # A name that the program chose cannot be had twice; an automatic one is new every time.
    automatic = news.get("__defaults", [])
    has_chosen_name = kind.named_by is not None and kind.named_by not in automatic
    return kind.deletes_before_replacing or has_chosen_name


class _Failing:
    """Ends the engine's call with a status and one clear sentence when its body raises."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.half_made: tuple[str, Properties] | None = None
        """Id and state of a resource that the service has already made."""

    def __enter__(self) -> "_Failing":
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, PluginError):
            self._abort(error)

    def _abort(self, error: PluginError) -> NoReturn:
        code, message = status_of(error), str(error)
        if self.half_made is not None:
            details = _init_failed(*self.half_made, [message])
            status = status_pb2.Status(code=code.value[0], message=message, details=details)
            metadata = (("grpc-status-details-bin", status.SerializeToString()),)
            self._context.set_trailing_metadata(metadata)
        self._context.abort(code, message)
        raise AssertionError("abort raises")


def _init_failed(id_: str, state: Properties, reasons: Iterable[str]) -> list[AnyMessage]:
    # With this detail the engine keeps the resource in the state: a later run can remove it.
    failed = provider_pb2.ErrorResourceInitFailed(
        id=id_, properties=encode(state), reasons=list(reasons)
    )
    detail = AnyMessage()
    detail.Pack(failed)
    return [detail]


def status_of(error: PluginError) -> grpc.StatusCode:
    """Return the gRPC status for an error; never one by which the engine would doubt its state."""
    match error:
        case Refused(status=status) if status in BAD_REQUEST:
            return grpc.StatusCode.INVALID_ARGUMENT
        case NotConfigurable():
            return grpc.StatusCode.INVALID_ARGUMENT
        case SandboxUnreachable():
            return grpc.StatusCode.FAILED_PRECONDITION
        case NotEmulated():
            # Not UNIMPLEMENTED: that would be about the protocol, and the engine may go on.
            return grpc.StatusCode.INVALID_ARGUMENT
        case _:
            return grpc.StatusCode.FAILED_PRECONDITION
