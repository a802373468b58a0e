"""The stand-ins as processes: how they start, what they refuse, how they end."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty

from sandbox.plugins.process import sdk_version
from sandbox.plugins.properties import encode
from sandbox.plugins.protocol import provider_pb2, provider_pb2_grpc

ROOT = Path(__file__).parents[3]
PACKAGES = ["confluentcloud", "gcp"]


@pytest.fixture(params=PACKAGES)
def package(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def plugin(package: str) -> Iterator["subprocess.Popen[str]"]:
    environ = {name: value for name, value in os.environ.items() if name != "WORKSHOP_SANDBOX"}
    with subprocess.Popen(
        [sys.executable, "-u", "-m", f"sandbox.plugins.{package}", "127.0.0.1:1"],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


@pytest.fixture
def stub(plugin: "subprocess.Popen[str]") -> Iterator[Any]:
    assert plugin.stdout is not None
    with grpc.insecure_channel(f"127.0.0.1:{int(plugin.stdout.readline())}") as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)


def refused(stub: Any, **config: str) -> str:
    request = provider_pb2.ConfigureRequest(args=encode(config))
    with pytest.raises(grpc.RpcError) as failed:
        stub.Configure(request, timeout=10)
    details: str = failed.value.details()
    return details


SETTING = {"confluentcloud": "endpoint", "gcp": "bigQueryCustomEndpoint"}


def test_a_plugin_reports_its_sdks_version(stub: Any, package: str) -> None:
    assert stub.GetPluginInfo(Empty(), timeout=10).version == sdk_version(package)


def test_a_plugin_refuses_an_endpoint_that_is_not_loopback(stub: Any, package: str) -> None:
    setting, url = SETTING[package], "https://api.confluent.cloud/"

    error = refused(stub, **{setting: url, "cloudApiSecret": "a-secret", "accessToken": "a-secret"})

    assert error.startswith(f"{package}:{setting} is {url!r}, which is no loopback address")
    assert "a-secret" not in error


def test_a_plugin_without_a_sandbox_says_how_to_start_one(stub: Any, package: str) -> None:
    # Port 9 is the discard service's, which nothing serves.
    error = refused(stub, **{SETTING[package]: "http://127.0.0.1:9/"})

    assert error == (
        "no sandbox answers at http://127.0.0.1:9 (connection refused): start it with"
        " `python -m sandbox up`, or start everything with `make up`"
    )


def test_a_plugin_ends_quietly_when_the_engine_interrupts_it(
    plugin: "subprocess.Popen[str]", stub: Any
) -> None:
    stub.Cancel(Empty(), timeout=10)
    plugin.send_signal(signal.SIGINT)
    _, errors = plugin.communicate(timeout=10)

    assert (plugin.returncode, errors) == (0, "")


def test_a_plugin_ends_with_the_process_that_started_it(package: str) -> None:
    script = f"'{sys.executable}' -u -m sandbox.plugins.{package} 127.0.0.1:1 & read line"
    with subprocess.Popen(
        ["sh", "-c", script],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        port = int(parent.stdout.readline())
        parent.kill()
        # End of file comes when the last holder of the pipe has ended: the plugin.
        rest = parent.stdout.read()

    assert port > 0
    assert rest == ""


def test_starting_a_plugin_does_not_load_the_sdk() -> None:
    # The SDK doubles the time a plugin takes to start, and the engine waits for that every time.
    code = (
        "import sys, sandbox.plugins.gcp.table, sandbox.plugins.confluentcloud.table;"
        "print([name for name in sys.modules if name in ('pulumi.resource', 'requests', 'click')])"
    )

    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert loaded.stdout == "[]\n"
