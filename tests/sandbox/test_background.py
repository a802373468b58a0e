"""The background process is started once, found again, stopped for certain, and never mistaken."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from sandbox.__main__ import cli
from sandbox.background import NotStarted, PortInUse, Running, running, start, stop
from sandbox.listening import listening_socket
from sandbox.settings import SandboxSettings

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with listening_socket(0) as listener:
        port: int = listener.getsockname()[1]
    return port


def silent(_text: str) -> None:
    pass


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[SandboxSettings]:
    folder = tmp_path / "with spaces"
    yield SandboxSettings(port=free_port(), state_dir=folder)
    stop(folder, silent)


def test_it_starts_once_and_is_found_again(settings: SandboxSettings) -> None:
    first = start(settings, silent)

    again = start(SandboxSettings(port=settings.port, state_dir=settings.state_dir), silent)

    assert again == first
    assert running(settings.state_dir) == first
    assert requests.get(f"{first.url}/sandbox/v1/health", timeout=10).json()["pid"] == first.pid


def test_it_stops_and_leaves_no_process(settings: SandboxSettings) -> None:
    started = start(settings, silent)

    stopped = stop(settings.state_dir, silent)

    assert stopped == started
    assert not started.is_ours()
    assert running(settings.state_dir) is None
    assert stop(settings.state_dir, silent) is None


def test_a_killed_sandbox_is_gone_and_another_starts(settings: SandboxSettings) -> None:
    first = start(settings, silent)
    os.kill(first.pid, signal.SIGKILL)
    os.waitpid(first.pid, 0)

    assert running(settings.state_dir) is None
    second = start(SandboxSettings(port=settings.port, state_dir=settings.state_dir), silent)
    assert second.instance != first.instance


def test_a_reused_process_id_is_not_ours(settings: SandboxSettings) -> None:
    settings.state_dir.mkdir(parents=True)
    record = {"pid": os.getpid(), "instance": "0123456789abcdef", "port": settings.port}
    (settings.state_dir / "sandbox.json").write_text(json.dumps(record))

    assert running(settings.state_dir) is None
    assert stop(settings.state_dir, silent) is None


def test_a_taken_port_blames_its_holder_and_says_what_to_do(settings: SandboxSettings) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", settings.port))
        holder.listen()
        with pytest.raises(PortInUse) as refused:
            start(settings, silent)

    message = str(refused.value)
    assert message.startswith(f"port {settings.port} is taken by process {os.getpid()} (")
    assert f"PORT={settings.port + 1} make up" in message
    assert f"--port {settings.port + 1}" in message
    assert running(settings.state_dir) is None


def test_a_port_of_another_sandbox_names_its_folder(
    settings: SandboxSettings, tmp_path: Path
) -> None:
    first = start(settings, silent)

    with pytest.raises(PortInUse) as refused:
        start(SandboxSettings(port=settings.port, state_dir=tmp_path / "other"), silent)

    assert f"the sandbox of {settings.state_dir} (process {first.pid})" in str(refused.value)


def test_a_process_that_ends_shows_its_log(settings: SandboxSettings) -> None:
    broken = SandboxSettings(
        port=settings.port, state_dir=settings.state_dir, provisioning="whenever"
    )

    with pytest.raises(NotStarted, match="'whenever': give at-once, reads:N"):
        start(broken, silent)

    assert running(settings.state_dir) is None


def test_an_open_stream_does_not_keep_it_from_stopping(settings: SandboxSettings) -> None:
    started = start(settings, silent)
    fault = {"path": "/org/*", "stop_after": 0}
    made = requests.post(f"{started.url}/sandbox/v1/faults", json=fault, timeout=10)
    assert made.status_code == 201
    with socket.create_connection(("127.0.0.1", settings.port)) as waiting:
        waiting.sendall(b"GET /org/v2/environments HTTP/1.1\r\nHost: x\r\n\r\n")

        stop(settings.state_dir, silent)

    assert not started.is_ours()


def test_serve_says_when_it_is_ready_and_ends_on_sigterm() -> None:
    command = [sys.executable, "-m", "sandbox", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        process.terminate()
        rest = process.stdout.read()

    assert ready.startswith("sandbox ready on http://127.0.0.1:")
    assert (process.returncode, rest) == (0, "")


def test_commands_report_in_one_line(settings: SandboxSettings) -> None:
    runner, state = CliRunner(), ["--state", str(settings.state_dir)]

    status = runner.invoke(cli, ["status", *state])
    down = runner.invoke(cli, ["down", *state])

    assert (status.exit_code, status.output) == (
        1,
        "Error: no sandbox of this folder is running: python -m sandbox up\n",
    )
    assert (down.exit_code, down.output) == (0, "No sandbox of this folder is running.\n")


def test_env_prints_exports_for_the_port_in_the_environment() -> None:
    result = CliRunner().invoke(cli, ["env"], env={"PORT": "9000"})

    assert "export SANDBOX_URL=http://127.0.0.1:9000\n" in result.output
    assert "export CONFLUENT_CLOUD_API_KEY=SANDBOXCLOUDKEY\n" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--history", "soon"], "'soon' is not a duration: give seconds or 90s, 30m, 1h"),
        (["--speed", "0"], "0.0 is not in the range x>0"),
        (["--clock", "sundial"], "'sundial' is not one of 'system', 'manual'"),
        (["--provisioning", "x"], "'x': give at-once, reads:N, or seconds such as 5s"),
        (["--port", "70000"], "70000 is not in the range 0<=x<=65535"),
    ],
)
def test_wrong_options_end_with_usage(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(cli, ["serve", *arguments])

    assert result.exit_code == 2
    assert message in result.output


def test_running_needs_the_instance_on_the_command_line() -> None:
    assert not Running(os.getpid(), "no such instance", 1).is_ours()


def test_port_0_takes_a_free_one(tmp_path: Path) -> None:
    started = start(SandboxSettings(port=0, state_dir=tmp_path), silent)

    assert started.port > 0
    assert running(tmp_path) == started
    assert stop(tmp_path, silent) == started
