"""Which steps `make up` and `make down` take, by what they find."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from stack.settings import SettingsError
from workshop import lifecycle
from workshop.engine import EngineFailed, Lock
from workshop.home import Home
from workshop.lifecycle import Session, WorkshopFailed, down, up


@dataclass
class FakeEngine:
    """Remembers what it was told; its state is two dictionaries."""

    held: dict[str, list[Any]] = field(default_factory=dict)
    """Resources by stack."""
    pending: dict[str, list[str]] = field(default_factory=dict)
    held_locks: list[Lock] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    failing: list[str] = field(default_factory=list)
    """Commands that fail, each once."""

    def show(self, *arguments: str) -> None:
        command = " ".join(arguments)
        self.told.append(command)
        if command in self.failing:
            self.failing.remove(command)
            raise EngineFailed(f"`pulumi {arguments[0]}` failed: see above")
        if arguments[0] == "up":
            self.held["dev"] = ["something"]
        elif arguments[0] == "destroy":
            self.held["dev"] = []

    def ask(self, *arguments: str) -> str:
        self.told.append(" ".join(arguments))
        return ""

    def select(self, stack: str) -> None:
        self.told.append(f"select {stack}")

    def stacks(self) -> list[str]:
        return sorted({*self.held, *self.pending})

    def resources(self, stack: str) -> list[Any]:
        return self.held.get(stack, [])

    def pending_creations(self, stack: str) -> list[str]:
        return self.pending.get(stack, [])

    def forget(self, stack: str) -> None:
        self.told.append(f"forget {stack}")
        self.held[stack] = []
        self.pending.pop(stack, None)

    def locks(self) -> list[Lock]:
        return self.held_locks


@dataclass
class FakeSandbox:
    """A sandbox that gets another instance whenever it starts."""

    lives: int = 0
    is_running: bool = False
    left: dict[str, Any] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def instance(self) -> str | None:
        return f"life-{self.lives}" if self.is_running else None

    def start(self) -> str:
        self.told.append("start")
        if not self.is_running:
            self.is_running, self.lives = True, self.lives + 1
        return f"life-{self.lives}"

    def stop(self) -> None:
        self.told.append("stop")
        self.is_running = False

    def leftovers(self) -> dict[str, Any]:
        return self.left


@dataclass
class Bench:
    """A checkout with a fake engine and a fake sandbox."""

    checkout: Path
    engine: FakeEngine
    sandbox: FakeSandbox
    verified: list[bool] = field(default_factory=list)

    def up(self) -> None:
        up(self.checkout, {})

    def down(self) -> None:
        down(self.checkout, {})


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    bench = Bench(tmp_path, FakeEngine(), FakeSandbox())

    @contextmanager
    def session(checkout: Path, environ: Any) -> Iterator[Session]:
        home = Home(checkout, 9000)
        home.folder.mkdir(exist_ok=True)
        home.env_file.write_text("")
        yield Session(home, bench.engine, bench.sandbox, environ)  # type: ignore[arg-type] # fakes

    monkeypatch.setattr(lifecycle, "session", session)
    monkeypatch.setattr(lifecycle, "_verify", lambda _now: bench.verified.append(True))
    return bench


UP = "up --stack dev --yes"
DESTROY = "destroy --stack dev --refresh --yes --skip-preview"


def test_up_starts_the_sandbox_brings_the_stack_up_and_verifies(bench: Bench) -> None:
    bench.up()

    assert bench.sandbox.told == ["start"]
    assert bench.engine.told == ["select dev", UP]
    assert bench.verified == [True]


def test_up_again_on_the_same_sandbox_forgets_nothing(bench: Bench) -> None:
    bench.up()
    bench.up()

    assert bench.engine.told == ["select dev", UP] * 2


def test_up_on_another_sandbox_clears_every_stack_that_describes_the_old_one(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.up()
    bench.engine.held["team-b"] = ["something"]
    bench.engine.held["empty"] = []
    bench.sandbox.is_running = False

    bench.up()

    assert bench.engine.told[2:4] == ["forget dev", "forget team-b"]
    assert (
        "this is another sandbox than the one that the state describes: clearing the state of"
        " stack dev" in capsys.readouterr().err
    )


def test_up_judges_the_settings_before_anything_starts(bench: Bench) -> None:
    stack_file = bench.checkout / "Pulumi.dev.yaml"
    stack_file.write_text("config:\n  stock-fraud:csu: 3\n  stock-fraud:colour: red\n")

    with pytest.raises(SettingsError) as refused:
        bench.up()

    assert "stock-fraud:csu is 3, but must be" in str(refused.value)
    assert "stock-fraud:colour is no setting" in str(refused.value)
    assert bench.sandbox.told == bench.engine.told == []


def lock(folder: Path, pid: int) -> Lock:
    file = folder / "dev" / "a.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"pid": pid}))
    return Lock(file, pid)


def test_the_lock_of_a_killed_engine_is_removed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    left = lock(tmp_path, 4711)
    monkeypatch.setattr(Lock, "is_stale", property(lambda _self: True))
    bench.engine.held_locks = [left]

    bench.up()

    assert not left.file.exists()
    assert bench.verified == [True]


def test_the_lock_of_a_working_engine_stops_up_and_names_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    held = lock(tmp_path, 4711)
    monkeypatch.setattr(Lock, "is_stale", property(lambda _self: False))
    bench.engine.held_locks = [held]

    with pytest.raises(WorkshopFailed, match=r"\(process 4711\) is working on stack dev"):
        bench.up()

    assert held.file.exists()
    assert bench.sandbox.told == []


def test_creations_of_unknown_end_lead_to_another_sandbox(bench: Bench) -> None:
    bench.up()
    bench.engine.pending["dev"] = ["cluster"]

    bench.up()

    assert bench.sandbox.told == ["start", "start", "stop", "start"]
    assert bench.engine.told[2:] == ["forget dev", "select dev", UP]


def test_creations_of_unknown_end_do_not_cost_another_team_its_stack(bench: Bench) -> None:
    bench.up()
    bench.engine.pending["dev"] = ["cluster"]
    bench.engine.held["team-b"] = ["something"]

    bench.up()

    assert "stop" not in bench.sandbox.told
    assert bench.engine.told[2] == (
        "refresh --stack dev --yes --skip-preview --clear-pending-creates"
    )


def test_down_destroys_proves_and_stops(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.up()

    bench.down()

    assert bench.engine.told[-1] == DESTROY
    assert bench.sandbox.told == ["start", "stop"]
    assert "nothing is left in either cloud" in capsys.readouterr().err


@pytest.mark.parametrize("is_running", [True, False])
def test_down_forgets_the_port(bench: Bench, is_running: bool) -> None:
    bench.up()
    bench.sandbox.is_running = is_running
    port = bench.checkout / ".workshop" / "port"
    port.write_text("9000")

    bench.down()

    assert not port.exists()


def test_down_keeps_the_port_of_a_sandbox_that_others_live_on(bench: Bench) -> None:
    bench.up()
    bench.engine.held["team-b"] = ["something"]
    port = bench.checkout / ".workshop" / "port"
    port.write_text("9000")

    bench.down()

    assert port.read_text() == "9000"


def test_down_tells_of_what_is_left_over_and_stops_all_the_same(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.up()
    bench.sandbox.left = {"service_accounts": ["sa-1"]}

    with pytest.raises(WorkshopFailed, match="something was left over"):
        bench.down()

    assert "left over: service_accounts: ['sa-1']" in capsys.readouterr().err
    assert bench.sandbox.told == ["start", "stop"]


def test_down_leaves_a_sandbox_that_others_live_on(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.up()
    bench.engine.held["team-b"] = ["something"]

    bench.down()

    assert bench.sandbox.told == ["start"]
    assert "still holds team-b" in capsys.readouterr().err


def test_down_after_the_sandbox_died_has_nothing_to_destroy(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.up()
    bench.sandbox.is_running = False

    bench.down()

    assert bench.engine.told[2:] == ["forget dev"]
    assert "nothing is left" in capsys.readouterr().err


def test_down_that_fails_says_how_to_go_on_and_keeps_the_sandbox(bench: Bench) -> None:
    bench.up()
    bench.engine.failing = [DESTROY]

    with pytest.raises(WorkshopFailed, match="Run `make down` again once that is mended"):
        bench.down()

    assert bench.sandbox.is_running
    assert bench.engine.told[-1] == DESTROY


def test_down_without_a_workshop_starts_nothing(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.down()

    assert bench.engine.told == bench.sandbox.told == []
    assert "nothing is left: no workshop" in capsys.readouterr().err
