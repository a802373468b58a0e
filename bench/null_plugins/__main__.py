"""`python -m bench.null_plugins confluentcloud | gcp | pulumi-python`: what the engine starts."""

import sys
from typing import Any

from bench.null_plugins.answers import instant
from sandbox.plugins.process import serve
from sandbox.plugins.provider import Provider


def provider(package: str) -> Provider[Any]:
    """Return the null plugin for a Pulumi package."""
    from sandbox.plugins.http import LoopbackTransport  # noqa: PLC0415 - as the stand-ins load it
    from sandbox.plugins.waiting import EndablePause  # noqa: PLC0415 - as the stand-ins load it

    if package == "pulumi-python":
        from bench.null_plugins.dynamic import DynamicProvider  # noqa: PLC0415 - only for this one

        return DynamicProvider()
    if package == "gcp":
        from sandbox.plugins.gcp.table import table as gcp  # noqa: PLC0415 - only for this one

        return Provider(instant(gcp(LoopbackTransport(), EndablePause())), lambda: None)
    from sandbox.plugins.confluentcloud.table import table  # noqa: PLC0415 - only for this one

    return Provider(instant(table(LoopbackTransport(), EndablePause())), lambda: None)


if __name__ == "__main__":
    serve(provider(sys.argv[1]))
