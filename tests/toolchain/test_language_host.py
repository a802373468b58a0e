"""What the language host tells the engine, and how a failing program looks."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from toolchain.launchers.language_host import describe, installed_plugins

ROOT = Path(__file__).parents[2]
HOST = "toolchain.launchers.language_host"


def failure_of(program: Path, text: str) -> str:
    program.write_text(text)
    with pytest.raises(ArithmeticError) as failed:
        exec(compile(text, str(program), "exec"), {})  # noqa: S102 - the text is this test's own
    return describe(failed.value, program.parent)


def test_a_traceback_begins_with_the_programs_own_code(tmp_path: Path) -> None:
    program = tmp_path / "__main__.py"

    shown = failure_of(program, "def f():\n    return 1 / 0\n\nf()\n")

    assert shown.splitlines()[0] == "Traceback (most recent call last):"
    assert shown.splitlines()[1] == f'  File "{program}", line 4, in <module>'
    assert shown.splitlines()[-1] == "ZeroDivisionError: division by zero"
    assert "test_language_host" not in shown


def test_an_error_of_the_sdk_alone_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Expecting property") as failed:
        json.loads("{")

    shown = describe(failed.value, tmp_path / "__main__.py")

    assert shown.splitlines()[-1].startswith("json.decoder.JSONDecodeError: Expecting property")
    assert len(shown.splitlines()) == 1


def test_installed_sdks_are_reported_with_their_versions(tmp_path: Path) -> None:
    for name, declared in (
        ("pulumi_a", {"resource": True, "name": "a", "version": "1.2.3"}),
        ("pulumi_b", {"resource": False, "name": "b", "version": "1.0.0"}),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pulumi-plugin.json").write_text(json.dumps(declared))

    assert list(installed_plugins([str(tmp_path), str(tmp_path / "absent")])) == [("a", "1.2.3")]


@pytest.fixture
def host() -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [
            sys.executable,
            "-u",
            "-m",
            "toolchain.launchers.language_host",
            "-root=/x",
            "127.0.0.1:1",
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_host_answers_on_the_port_it_prints_and_ends_quietly(
    host: "subprocess.Popen[str]",
) -> None:
    assert host.stdout is not None
    port = int(host.stdout.readline())
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = language_pb2_grpc.LanguageRuntimeStub(channel)
        stub.Handshake(language_pb2.LanguageHandshakeRequest(), timeout=10)
        packages = stub.GetRequiredPackages(language_pb2.GetRequiredPackagesRequest(), timeout=10)
        info = stub.GetPluginInfo(Empty(), timeout=10)
        about = stub.GetProgramDependencies(
            language_pb2.GetProgramDependenciesRequest(), timeout=10
        )

    os.kill(host.pid, signal.SIGINT)
    out, err = host.communicate(timeout=10)

    versions = {package.name: package.version for package in packages.packages}
    assert versions["confluentcloud"] == "2.87.0"
    assert info.version == ""
    assert ("pulumi", "3.272.0") in {(each.name, each.version) for each in about.dependencies}
    assert (host.returncode, out, err) == (0, "", "")


def test_the_host_ends_with_the_process_that_started_it() -> None:
    script = f"'{sys.executable}' -u -m {HOST} 127.0.0.1:1 & read line"
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
        # End of file comes when the last holder of the pipe has ended: the host.
        rest = parent.stdout.read()

    assert port > 0
    assert rest == ""
