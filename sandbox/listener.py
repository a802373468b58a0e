"""Listening: the HTTP server in front of the application, in this process.

Owns the ready line and the way out. One line on standard output says that calls
are answered; SIGTERM and Ctrl-C close streams first, then connections, within a second.
"""

import asyncio
import contextlib
import os
import signal
import socket
import struct
import sys
from dataclasses import replace
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox.garbage import expect_many_records
from sandbox.listening import listening_socket
from sandbox.runtime import Runtime
from sandbox.server import ABORT
from sandbox.settings import SandboxSettings

GRACE_SECONDS = 1


class AbortableProtocol(H11Protocol):
    """HTTP/1.1 that lets the application reset its connection: `scope["sandbox.abort"]`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.app = self._with_abort(self.app)

    def _with_abort(self, app: ASGIApp) -> ASGIApp:
        async def abortable(scope: Scope, receive: Receive, send: Send) -> None:
            scope[ABORT] = self._abort
            with contextlib.suppress(asyncio.CancelledError):
                await app(scope, receive, send)

        return abortable

    def _abort(self) -> None:
        connection: socket.socket | None = self.transport.get_extra_info("socket")
        if connection is not None:
            # Lingering for zero seconds makes the close a reset instead of an orderly end.
            linger = struct.pack("ii", 1, 0)
            # Already closed by the other side: there is nothing left to reset.
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.transport.abort()


class _Server(uvicorn.Server):
    """Stops the parts before the connections: an open push query would hold its connection."""

    def __init__(self, config: uvicorn.Config, runtime: Runtime) -> None:
        super().__init__(config)
        self._runtime = runtime

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._runtime.stop()
        await super().shutdown(sockets)


def serve(settings: SandboxSettings) -> None:
    """Serve until SIGTERM or Ctrl-C; port 0 takes a free one, which the ready line names.

    Raises:
        PortTaken: Somebody else listens on the port.
    """
    with listening_socket(settings.port) as listener:
        port: int = listener.getsockname()[1]
        asyncio.run(_serve(replace(settings, port=port), listener))


async def _serve(settings: SandboxSettings, listener: socket.socket) -> None:
    runtime = Runtime(settings)
    expect_many_records()
    config = uvicorn.Config(
        runtime.application,
        loop="asyncio",
        http=AbortableProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config, runtime)
    loop = asyncio.get_running_loop()
    # SIGHUP ends it as well: a closed terminal must not leave a sandbox behind.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, server.handle_exit, number, None)
    ready = f"sandbox ready on {settings.base_url} (pid {os.getpid()})\n"
    loop.call_soon(lambda: (sys.stdout.write(ready), sys.stdout.flush()))
    retention = asyncio.create_task(runtime.planes.keep_retention())
    await server._serve([listener])
    retention.cancel()
