"""The process around a stand-in: port, threads, and an end that leaves nothing behind."""

import json
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc

from sandbox.plugins.protocol import provider_pb2_grpc
from sandbox.plugins.provider import Provider
from sandbox.plugins.resource import Session

WORKERS = 64
"""Calls answered at once. Most of them wait for the sandbox, so this is not bound to the cores."""

MAX_MESSAGE_BYTES = 400 * 1024 * 1024
"""The engine's own limit for one message."""

PARENT_VARIABLE = "WORKSHOP_PARENT"
"""Environment variable in which a launcher tells its parent's process id."""

PARENT_CHECK_INTERVAL_S = 1.0


def sdk_version(package: str) -> str:
    """Return the version of the plugin that the installed SDK `pulumi_<package>` asks for."""
    for folder in sys.path:
        declaration = Path(folder, f"pulumi_{package}", "pulumi-plugin.json")
        if declaration.is_file():
            return str(json.loads(declaration.read_text())["version"])
    raise FileNotFoundError(f"pulumi_{package} is not installed: see requirements.txt")


def serve(provider: Provider[Session]) -> None:
    """Serve the engine that started this process until it ends us, or ends itself.

    Prints the port on the first line, as the engine expects it.
    """
    # The engine interrupts its plugins at the end; a traceback would land on the screen.
    signal.signal(signal.SIGINT, lambda _signal, _frame: os._exit(0))
    # Asked before the engine is told the port: later it may have ended, and been replaced.
    engine = int(os.environ.get(PARENT_VARIABLE) or os.getppid())
    options = [
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ]
    server = grpc.server(ThreadPoolExecutor(max_workers=WORKERS), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    _exit_with(engine)


def _exit_with(parent: int) -> None:
    # An engine that was killed cannot stop its plugins. Linux would tell us of it, but by the
    # end of the engine's *thread* that started us, and those come and go.
    never = threading.Event()
    while os.getppid() == parent:
        never.wait(PARENT_CHECK_INTERVAL_S)
    os._exit(0)
