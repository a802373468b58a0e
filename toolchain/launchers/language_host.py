"""`pulumi-language-python` for a CLI that we built: runs a Python program for the engine.

The engine starts one per operation, reads its port from the first line of output, asks it which
provider plugins the program needs, and has it run the program. The published language host is a
Go program whose module cannot be fetched; this one runs the program in its own process, with its
own interpreter, so it is only as good as the environment it is started in.

Leaves out everything that is not running a program: installing dependencies, templates, policy
packs, component plugins.
"""

import asyncio
import json
import os
import runpy
import signal
import sys
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distributions
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, TypeAlias

import grpc
import pulumi
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime import reset_options, run_in_stack, set_all_config
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from toolchain.launchers.lifeline import exit_with, parent

MAX_MESSAGE_BYTES = 400 * 1024 * 1024
"""The engine's own limit for one message."""

Context: TypeAlias = grpc.ServicerContext


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Answers the engine's calls about one Python program."""

    def __init__(self, engine_address: str) -> None:
        self._engine_address = engine_address

    def Handshake(  # noqa: N802 - the protocol's name
        self, _request: language_pb2.LanguageHandshakeRequest, _context: Context
    ) -> language_pb2.LanguageHandshakeResponse:
        """Accept the engine."""
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(  # noqa: N802 - the protocol's name
        self, _request: Empty, _context: Context
    ) -> plugin_pb2.PluginInfo:
        """Return no version: this host belongs to the checkout, not to a release."""
        return plugin_pb2.PluginInfo()

    def About(  # noqa: N802 - the protocol's name
        self, _request: language_pb2.AboutRequest, _context: Context
    ) -> language_pb2.AboutResponse:
        """Return which Python runs the program."""
        version = ".".join(str(part) for part in sys.version_info[:3])
        return language_pb2.AboutResponse(executable=sys.executable, version=version)

    def GetRequiredPackages(  # noqa: N802 - the protocol's name
        self, _request: language_pb2.GetRequiredPackagesRequest, _context: Context
    ) -> language_pb2.GetRequiredPackagesResponse:
        """Return the provider plugins that installed SDKs belong to, at the SDKs' versions."""
        return language_pb2.GetRequiredPackagesResponse(
            packages=[
                plugin_pb2.PackageDependency(kind="resource", name=name, version=version)
                for name, version in installed_plugins(sys.path)
            ]
        )

    def GetRequiredPlugins(  # noqa: N802 - the protocol's name
        self, _request: language_pb2.GetRequiredPluginsRequest, _context: Context
    ) -> language_pb2.GetRequiredPluginsResponse:
        """Return nothing: engines in use ask for packages instead."""
        return language_pb2.GetRequiredPluginsResponse()

    def GetProgramDependencies(  # noqa: N802 - the protocol's name
        self, _request: language_pb2.GetProgramDependenciesRequest, _context: Context
    ) -> language_pb2.GetProgramDependenciesResponse:
        """Return every installed package, for `pulumi about`."""
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[
                language_pb2.DependencyInfo(name=each.name, version=each.version)
                for each in sorted(distributions(), key=lambda each: each.name.lower())
            ]
        )

    def RuntimeOptionsPrompts(  # noqa: N802 - the protocol's name
        self, _request: language_pb2.RuntimeOptionsRequest, _context: Context
    ) -> language_pb2.RuntimeOptionsResponse:
        """Ask for no options."""
        return language_pb2.RuntimeOptionsResponse()

    def InstallDependencies(  # noqa: N802 - the protocol's name
        self, _request: language_pb2.InstallDependenciesRequest, _context: Context
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """Install nothing: `make up` keeps the virtual environment."""
        yield language_pb2.InstallDependenciesResponse(
            stdout=b"The virtual environment is kept by `make up`.\n"
        )

    def Run(  # noqa: N802 - the protocol's name
        self, request: language_pb2.RunRequest, _context: Context
    ) -> language_pb2.RunResponse:
        """Run the program to its end; what it fails of is reported to the engine here."""
        reset_options(
            project=request.project,
            monitor_address=request.monitor_address,
            engine_address=self._engine_address,
            stack=request.stack,
            parallel=request.parallel,
            preview=request.dryRun,
            organization=request.organization or "organization",
        )
        set_all_config(dict(request.config), list(request.configSecretKeys))
        folder = Path(request.info.program_directory)
        os.chdir(request.pwd or folder)
        sys.path.insert(0, str(folder))
        failure = run_program(folder / request.info.entry_point, request.parallel)
        if failure is None:
            return language_pb2.RunResponse()
        pulumi.log.error(failure)
        # The failure is on the screen already: `bail` keeps the engine from adding its own.
        return language_pb2.RunResponse(bail=True)


def run_program(program: Path, parallel: int) -> str | None:
    """Run the Python file or folder `program` as a Pulumi program.

    Returns:
        None when it went well or when the engine stopped it, else the text to show the user.
    """
    loop = asyncio.new_event_loop()
    # The SDK blocks a thread per registration under way, and waits inside some of them.
    loop.set_default_executor(ThreadPoolExecutor(max_workers=max(parallel, 1) * 4))
    loop.set_exception_handler(lambda _loop, _context: None)
    try:
        loop.run_until_complete(run_in_stack(lambda: _execute(program)))
    except pulumi.RunError as error:
        return str(error)
    except grpc.RpcError as error:
        return _rpc_failure(error)
    except SystemExit as end:
        return None if end.code in (None, 0) else f"the program ended itself: exit({end.code!r})"
    except BaseException as error:  # noqa: BLE001 - whatever a user's program raises is shown
        return f"the program failed with an exception:\n{describe(error, program)}"
    finally:
        _abandon_tasks(loop)
        sys.stdout.flush()
        sys.stderr.flush()
    return None


def _execute(program: Path) -> None:
    runpy.run_path(str(program), run_name="__main__")


def _rpc_failure(error: Any) -> str | None:
    # The engine closes its monitor when a resource failed; it has reported that one by itself.
    if error.code() == grpc.StatusCode.UNAVAILABLE:
        return None
    return f"the engine refused a call: {error.details()}"


def _abandon_tasks(loop: asyncio.AbstractEventLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.close()


def describe(error: BaseException, program: Path) -> str:
    """Return the traceback of `error`, beginning with the first frame of the user's program.

    Without such a frame the SDK raised by itself, about something that its message names.
    """
    folder = program if program.is_dir() else program.parent
    trace: TracebackType | None = error.__traceback__
    while trace is not None and not _belongs_to(trace.tb_frame, folder):
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace)).rstrip()


def _belongs_to(frame: FrameType, folder: Path) -> bool:
    source = Path(frame.f_code.co_filename)
    if not source.is_relative_to(folder) or source == Path(__file__):
        return False
    return "site-packages" not in source.parts


def installed_plugins(search_path: list[str]) -> Iterator[tuple[str, str]]:
    """Yield name and version of every provider plugin that an installed SDK declares.

    An SDK says so in a `pulumi-plugin.json` at the top of its package.
    """
    for folder in search_path:
        for declaration in sorted(Path(folder).glob("*/pulumi-plugin.json")):
            plugin = json.loads(declaration.read_text())
            if plugin.get("resource"):
                yield plugin["name"], plugin["version"]


def serve(arguments: list[str]) -> None:
    """Serve one engine, whose address is the last of `arguments`, until it says to stop."""
    # The engine interrupts its helpers when it is done; a traceback would land on the screen.
    signal.signal(signal.SIGINT, lambda _signal, _frame: os._exit(0))
    options = [
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ]
    engine = parent()
    server = grpc.server(ThreadPoolExecutor(max_workers=4), options=options)
    host = LanguageHost(arguments[-1])
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    exit_with(engine)
    server.wait_for_termination()


if __name__ == "__main__":
    serve(sys.argv[1:])
