"""`pulumi-resource-pulumi-python` that answers at once: dynamic resources without their code."""

from typing import Any

from sandbox.plugins.properties import decode, encode
from sandbox.plugins.protocol import provider_pb2
from sandbox.plugins.provider import Context, Provider, Table
from sandbox.plugins.resource import Created, ResourceType

ANY: ResourceType[str] = ResourceType(
    name="pulumi-python:dynamic:Resource",
    create=lambda _session, _inputs: Created("null"),
    read=lambda _session, _id, _state: {},
    delete=lambda _session, _id, _state: None,
    update=lambda _session, _id, _olds, _news: None,
)


class DynamicProvider(Provider[str]):
    """Takes every resource for one of the same type, whose inputs are its outputs."""

    def __init__(self) -> None:
        table = Table("pulumi-python", "", lambda _config: "no session", (ANY,), {})
        super().__init__(table, lambda: None)

    def Check(self, request: Any, _context: Context) -> Any:  # noqa: N802 - the protocol's name
        """Accept all inputs; only the program's own code could judge them."""
        return provider_pb2.CheckResponse(inputs=encode(decode(request.news)))

    def _type_of(self, _urn: str) -> ResourceType[str]:
        return ANY
