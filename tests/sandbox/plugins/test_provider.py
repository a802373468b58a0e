"""The engine's calls, over gRPC, on a stand-in whose service is a dictionary."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty

from sandbox.plugins.errors import NotConfigurable, NotSettled, Refused
from sandbox.plugins.properties import UNKNOWN, Properties, decode, encode
from sandbox.plugins.protocol import provider_pb2, provider_pb2_grpc, status_pb2
from sandbox.plugins.provider import Provider, Table
from sandbox.plugins.resource import Created, ResourceType

URN = "urn:pulumi:dev::project::a:index/group:Group$a:index/thing:Thing::thing"


@dataclass
class Service:
    """Things by id; refuses the name `bad`, and never finishes `stuck`."""

    things: dict[str, Properties] = field(default_factory=dict)
    cancelled: list[bool] = field(default_factory=list)


def create(service: Service, inputs: Properties) -> Created:
    if inputs["displayName"] == "bad":
        raise Refused("POST", "/things", 400, "bad is a bad name")
    service.things["thing-1"] = {"displayName": inputs["displayName"], "size": inputs["size"]}
    return Created("thing-1", {"secret": "told once"})


def settle(_service: Service, id_: str, made: Properties) -> None:
    assert made["secret"] == "told once"
    if made["displayName"] == "stuck":
        raise NotSettled(f"{id_} is stuck")


def read(service: Service, id_: str, _state: Properties) -> Properties | None:
    return service.things.get(id_)


def update(service: Service, id_: str, _olds: Properties, news: Properties) -> None:
    service.things[id_] = {"displayName": news["displayName"], "size": news["size"]}


def delete(service: Service, id_: str, _state: Properties) -> None:
    if id_ not in service.things:
        raise Refused("DELETE", f"/things/{id_}", 404, "no such thing")
    del service.things[id_]


THING: ResourceType[Service] = ResourceType(
    name="a:index/thing:Thing",
    create=create,
    settle=settle,
    read=read,
    update=update,
    delete=delete,
    required=("size",),
    optional=("displayName", "region"),
    replaced_by=frozenset({"region"}),
    computed=("secret",),
    named_by="displayName",
)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def engine(service: Service) -> Iterator[Any]:
    def connect(config: Properties) -> Service:
        if config.get("endpoint") != "here":
            raise NotConfigurable("endpoint must be here")
        return service

    table = Table("a", "1.2.3", connect, (THING,), {"a:index/get:get": lambda _s, args: args})
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    provider = Provider(table, lambda: service.cancelled.append(True))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)
    server.stop(None).wait()


@pytest.fixture
def configured(engine: Any) -> Any:
    engine.Configure(provider_pb2.ConfigureRequest(args=encode({"endpoint": "here"})))
    return engine


def made(configured: Any, **inputs: Any) -> Any:
    request = provider_pb2.CreateRequest(urn=URN, properties=encode({"size": 1, **inputs}))
    return configured.Create(request)


def failure(call: Any, request: Any) -> Any:
    with pytest.raises(grpc.RpcError) as failed:
        call(request)
    return failed.value


def test_the_plugin_reports_the_sdks_version_and_that_it_can_preview(engine: Any) -> None:
    info = engine.GetPluginInfo(Empty())
    answer = engine.Configure(provider_pb2.ConfigureRequest(args=encode({"endpoint": "here"})))

    assert info.version == "1.2.3"
    assert (answer.supportsPreview, answer.acceptSecrets) == (True, False)


def test_settings_that_cannot_be_used_are_one_sentence(engine: Any) -> None:
    error = failure(engine.Configure, provider_pb2.ConfigureRequest(args=encode({})))

    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert error.details() == "endpoint must be here"


def test_check_names_a_new_resource_from_the_engines_seed(configured: Any) -> None:
    request = provider_pb2.CheckRequest(
        urn=URN, news=encode({"size": 1}), randomSeed=bytes.fromhex("0a1b2c3d4e5f")
    )

    answer = configured.Check(request)

    assert not answer.failures
    assert decode(answer.inputs) == {
        "size": 1,
        "displayName": "thing-0a1b2c3",
        "__defaults": ["displayName"],
    }


def test_check_reports_every_mistake_by_its_property(configured: Any) -> None:
    request = provider_pb2.CheckRequest(urn=URN, news=encode({"sise": 1}), randomSeed=b"x" * 8)

    failures = {each.property: each.reason for each in configured.Check(request).failures}

    assert failures == {
        "size": "size is required and missing",
        "sise": "sise is no input of a:index/thing:Thing: did you mean size?",
    }


def test_create_returns_inputs_what_the_service_says_and_what_it_says_once(configured: Any) -> None:
    answer = made(configured, displayName="x", region="r", __defaults=[])

    assert answer.id == "thing-1"
    assert decode(answer.properties) == {
        "size": 1,
        "displayName": "x",
        "region": "r",
        "secret": "told once",
    }


def test_a_preview_creates_nothing_and_leaves_outputs_unknown(
    configured: Any, service: Service
) -> None:
    request = provider_pb2.CreateRequest(
        urn=URN, properties=encode({"size": UNKNOWN, "displayName": "x"}), preview=True
    )

    state = decode(configured.Create(request).properties)

    assert state == {"size": UNKNOWN, "displayName": "x", "secret": UNKNOWN}
    assert service.things == {}


def test_a_refusal_carries_the_services_words_and_leaves_nothing(configured: Any) -> None:
    request = provider_pb2.CreateRequest(
        urn=URN, properties=encode({"size": 1, "displayName": "bad"})
    )

    error = failure(configured.Create, request)

    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert error.details() == "POST /things was refused with 400: bad is a bad name"
    assert "grpc-status-details-bin" not in dict(error.trailing_metadata() or ())


def test_what_never_gets_ready_stays_in_the_state_to_be_removed(configured: Any) -> None:
    request = provider_pb2.CreateRequest(
        urn=URN, properties=encode({"size": 1, "displayName": "stuck"})
    )

    error = failure(configured.Create, request)

    status = status_pb2.Status.FromString(
        dict(error.trailing_metadata())["grpc-status-details-bin"]
    )
    failed = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(failed)
    assert (failed.id, list(failed.reasons)) == ("thing-1", ["thing-1 is stuck"])
    assert decode(failed.properties)["secret"] == "told once"


@pytest.mark.parametrize(
    ("news", "diffs", "replaces", "first"),
    [
        ({"size": 1, "displayName": "x"}, [], [], False),
        ({"size": 2, "displayName": "x"}, ["size"], [], False),
        ({"size": 1, "displayName": "x", "region": "s"}, ["region"], ["region"], True),
        (
            {"size": 1, "displayName": "x", "region": "s", "__defaults": ["displayName"]},
            ["region"],
            ["region"],
            False,
        ),
    ],
)
def test_diff_tells_what_changes_and_what_replaces(
    configured: Any, news: Properties, diffs: list[str], replaces: list[str], first: bool
) -> None:
    request = provider_pb2.DiffRequest(
        id="thing-1",
        urn=URN,
        olds=encode({"size": 9}),
        old_inputs=encode({"size": 1, "displayName": "x"}),
        news=encode(news),
    )

    answer = configured.Diff(request)

    assert list(answer.diffs) == diffs
    assert list(answer.replaces) == replaces
    assert answer.deleteBeforeReplace is first
    assert answer.changes == (answer.DIFF_SOME if diffs else answer.DIFF_NONE)


def test_read_shows_drift_in_state_and_inputs(configured: Any, service: Service) -> None:
    created = made(configured, displayName="x")
    service.things["thing-1"]["size"] = 5
    request = provider_pb2.ReadRequest(
        id="thing-1",
        urn=URN,
        properties=created.properties,
        inputs=encode({"size": 1, "displayName": "x"}),
    )

    answer = configured.Read(request)

    assert decode(answer.properties) == {"size": 5, "displayName": "x", "secret": "told once"}
    assert decode(answer.inputs) == {"size": 5, "displayName": "x"}


def test_what_was_removed_by_hand_reads_as_gone(configured: Any, service: Service) -> None:
    created = made(configured, displayName="x")
    service.things.clear()

    answer = configured.Read(
        provider_pb2.ReadRequest(id="thing-1", urn=URN, properties=created.properties)
    )

    assert answer.id == ""


def test_import_is_refused_by_name(configured: Any) -> None:
    error = failure(configured.Read, provider_pb2.ReadRequest(id="thing-1", urn=URN))

    assert error.details() == ("the stand-in plugins cannot import: use the published provider")


def test_update_changes_in_place_and_drops_what_is_no_longer_set(
    configured: Any, service: Service
) -> None:
    created = made(configured, displayName="x", region="r")
    request = provider_pb2.UpdateRequest(
        id="thing-1",
        urn=URN,
        olds=created.properties,
        old_inputs=encode({"size": 1, "displayName": "x", "region": "r"}),
        news=encode({"size": 3, "displayName": "x"}),
    )

    state = decode(configured.Update(request).properties)

    assert service.things == {"thing-1": {"displayName": "x", "size": 3}}
    assert state == {"size": 3, "displayName": "x", "secret": "told once"}


def test_delete_removes_and_does_not_hide_that_it_was_gone(configured: Any) -> None:
    created = made(configured, displayName="x")
    request = provider_pb2.DeleteRequest(id="thing-1", urn=URN, properties=created.properties)

    configured.Delete(request)
    again = failure(configured.Delete, request)

    assert again.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert again.details() == "DELETE /things/thing-1 was refused with 404: no such thing"


def test_functions_are_answered_and_unknown_ones_named(configured: Any) -> None:
    known = provider_pb2.InvokeRequest(tok="a:index/get:get", args=encode({"id": "x"}))
    unknown = provider_pb2.InvokeRequest(tok="a:index/other:other")

    answer = configured.Invoke(known)
    error = failure(configured.Invoke, unknown)

    assert decode(getattr(answer, "return")) == {"id": "x"}
    assert error.details() == "a:index/other:other is not emulated by the stand-in plugin"


def test_an_unknown_type_names_the_known_ones_and_the_way_out(configured: Any) -> None:
    urn = "urn:pulumi:dev::project::a:index/other:Other::o"

    error = failure(configured.Create, provider_pb2.CreateRequest(urn=urn))

    assert error.details() == (
        "a:index/other:Other is not emulated by the stand-in plugin, only a:index/thing:Thing."
        " The published plugin can be used instead: WORKSHOP_REAL_PLUGINS=a"
    )


def test_cancel_reaches_whoever_waits(configured: Any, service: Service) -> None:
    configured.Cancel(Empty())

    assert service.cancelled == [True]
