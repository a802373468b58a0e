"""The provider protocol's generated classes, without the SDK that they come in.

`import pulumi` loads the whole SDK, which a plugin has no use for and which doubles the time it
takes to start; the engine waits for that on every command. So the two packages around the
generated modules are stood in for by empty ones before those modules are loaded.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def _without_sdk() -> None:
    if "pulumi" in sys.modules:
        return
    found = importlib.util.find_spec("pulumi")
    assert found is not None, "requirements.txt installs pulumi"
    assert found.origin is not None
    root = Path(found.origin).parent
    for name, folder in (("pulumi", root), ("pulumi.runtime", root / "runtime")):
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package


_without_sdk()

# Google's own copy of the message: the SDK has one more of the same name, and a process that
# loads both (as the tests do, for BigQuery's client) cannot register the second.
from google.rpc import status_pb2  # noqa: E402 - as below
from pulumi.runtime.proto import (  # noqa: E402 - only now is it cheap
    plugin_pb2,
    provider_pb2,
    provider_pb2_grpc,
)

__all__ = ["plugin_pb2", "provider_pb2", "provider_pb2_grpc", "status_pb2"]
