"""Reading stacks' states and locks, and repairing them through the CLI."""

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from workshop.engine import Engine, EngineFailed
from workshop.home import Home

CLI = """#!/bin/sh
echo "$@" >> "{log}"
case "$*" in
  *fail*) echo "error: no such stack" >&2; exit 255 ;;
  *export*) cat "{exported}" ;;
  *import*) cat > "{imported}" ;;
esac
"""


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    (tmp_path / "Pulumi.yaml").write_text("name: project\nruntime: python\n")
    cli = tmp_path / "pulumi"
    names = {name: tmp_path / name for name in ("log", "exported", "imported")}
    cli.write_text(CLI.format(**names))
    cli.chmod(0o755)
    return Engine(Home(tmp_path, 9000), cli, {"PATH": "/usr/bin:/bin"})


def write_state(engine: Engine, stack: str, **latest: Any) -> None:
    folder = engine.home.backend / ".pulumi" / "stacks" / "project"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{stack}.json").write_text(json.dumps({"checkpoint": {"latest": latest}}))


def resource(kind: str, *, custom: bool = True) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:dev::project::{kind}::x", "type": kind, "custom": custom}


def test_only_what_exists_somewhere_counts_as_a_resource(engine: Engine) -> None:
    topic = resource("confluentcloud:index/kafkaTopic:KafkaTopic")
    write_state(
        engine,
        "dev",
        resources=[
            resource("pulumi:pulumi:Stack", custom=False),
            resource("pulumi:providers:gcp"),
            resource("workshop:kafka:Topics", custom=False),
            topic,
        ],
    )
    write_state(engine, "team-b")

    assert engine.stacks() == ["dev", "team-b"]
    assert engine.resources("dev") == [topic]
    assert engine.resources("team-b") == engine.resources("absent") == []


def test_pending_creations_are_told_by_name(engine: Engine) -> None:
    operations = [
        {"type": kind, "resource": {"urn": f"urn:pulumi:dev::project::t::{name}"}}
        for kind, name in (("creating", "cluster"), ("deleting", "topic"))
    ]
    write_state(engine, "dev", pending_operations=operations)

    assert engine.pending_creations("dev") == ["cluster"]


def test_a_lock_is_stale_when_its_engine_is_gone(engine: Engine, tmp_path: Path) -> None:
    shutil.copy(shutil.which("sleep") or "sleep", tmp_path / "pulumi")
    with subprocess.Popen([str(tmp_path / "pulumi"), "60"]) as process:
        write_lock(engine, process.pid)
        [lock] = engine.locks()
        while_running = lock.is_stale
        os.kill(process.pid, signal.SIGKILL)

    assert lock.pid == process.pid
    assert (while_running, lock.is_stale) == (False, True)


def test_a_lock_whose_number_belongs_to_another_program_is_stale(engine: Engine) -> None:
    write_lock(engine, os.getpid())

    [lock] = engine.locks()

    assert lock.is_stale


def write_lock(engine: Engine, pid: int) -> None:
    folder = engine.home.backend / ".pulumi" / "locks" / "organization" / "project" / "dev"
    folder.mkdir(parents=True)
    (folder / "a.json").write_text(json.dumps({"pid": pid, "username": "a"}))


def test_forgetting_a_stack_empties_its_state_and_keeps_the_rest(
    engine: Engine, tmp_path: Path
) -> None:
    deployment = {
        "manifest": {"version": "v3"},
        "secrets_providers": {"type": "passphrase"},
        "resources": [resource("a")],
        "pending_operations": [1],
    }
    (tmp_path / "exported").write_text(json.dumps({"version": 3, "deployment": deployment}))

    engine.forget("dev")

    assert json.loads((tmp_path / "imported").read_text()) == {
        "version": 3,
        "deployment": {"manifest": {"version": "v3"}, "secrets_providers": {"type": "passphrase"}},
    }


def test_a_stack_is_made_once_and_selected(engine: Engine, tmp_path: Path) -> None:
    engine.select("dev")
    write_state(engine, "dev")
    engine.select("dev")

    assert (tmp_path / "log").read_text().splitlines() == [
        "stack init dev --non-interactive",
        "stack select dev --non-interactive",
        "stack select dev --non-interactive",
    ]


def test_a_failed_question_holds_the_engines_words(engine: Engine) -> None:
    with pytest.raises(EngineFailed, match=r"^`pulumi stack fail`: error: no such stack$"):
        engine.ask("stack", "fail")


def test_a_failed_command_points_at_what_the_user_has_seen(
    engine: Engine, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(EngineFailed, match=r"^`pulumi up` failed: see above$"):
        engine.show("up", "--fail")

    assert "error: no such stack" in capfd.readouterr().err
