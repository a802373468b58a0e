"""`make up` and `make down`: the steps between a fresh checkout and a workshop that delivers.

Each step finds out what is there already, so that a second run is quick and a run after any
interruption goes on or starts over, whichever is right. Leaves out the virtual environment (made
before any of this can be imported), and what a delivering workshop looks like (`verify`).
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stack.settings import SettingsError, from_stack_file
from toolchain import launchers
from toolchain.cache import exclusive
from toolchain.progress import Step
from toolchain.pulumi_cli import ensure_pulumi
from workshop.engine import Engine, EngineFailed
from workshop.home import Home, chosen_port, environment, prepare, real_plugins
from workshop.sandbox_link import SandboxFailed, SandboxLink

STACK = "dev"
"""The stack that `make up` is about; others are brought up with plain `pulumi up`."""


class WorkshopFailed(Exception):
    """The workshop could not be brought up or down; the message says what to do."""


@dataclass(frozen=True)
class Session:
    """Everything the steps work with."""

    home: Home
    engine: Engine
    sandbox: SandboxLink
    environ: Mapping[str, str]


def say(text: str) -> None:
    """Tell the user something, among the steps' own lines."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


@contextmanager
def session(checkout: Path, environ: Mapping[str, str]) -> Iterator[Session]:
    """Hold the checkout's run-time state, with the CLI and the plugins in place.

    Another `make up` or `make down` of the same checkout is waited for.

    Raises:
        WorkshopFailed: A variable of the environment has a value that cannot be used, or the
            sandbox runs on another port than `PORT`.
        ToolchainError: There is no Pulumi CLI, and none can be built.
    """
    try:
        home = Home(checkout, chosen_port(environ, checkout))
        real = real_plugins(environ, home.port)
    except ValueError as wrong:
        raise WorkshopFailed(str(wrong)) from wrong
    with exclusive(home.lock_file, waiting_for="another `make up` or `make down`"):
        # Whoever was waited for may have started or stopped a sandbox.
        home = Home(checkout, chosen_port(environ, checkout))
        _refuse_second_port(home, environ)
        cli = launchers.install(
            ensure_pulumi(environ, linked=home.bin / "pulumi"),
            home.bin,
            python=home.python,
            checkout=checkout,
        )
        prepare(home, real)
        safe = environment(home, environ, real)
        yield Session(home, Engine(home, cli, safe), SandboxLink(home, safe), safe)


def _refuse_second_port(home: Home, environ: Mapping[str, str]) -> None:
    before = Home(home.checkout, chosen_port({}, home.checkout))
    if before.port == home.port:
        return
    instance = SandboxLink(before, environ).instance()
    if instance is not None and instance == _remembered_instance(home):
        raise WorkshopFailed(
            f"PORT is {home.port}, but the sandbox of this checkout runs on port {before.port}: go"
            " on there by leaving PORT out, or run `make down` first"
        )


def up(checkout: Path, environ: Mapping[str, str]) -> None:
    """Bring stack `dev` up on the sandbox and show what it delivers.

    Raises:
        SettingsError: The stack file cannot be used; nothing was started.
        WorkshopFailed, ToolchainError, EngineFailed, SandboxFailed: See their messages.
        KeyboardInterrupt: The user interrupted; running it again goes on.
    """
    # All that is wrong with the settings, before anything is started; the engine tells the first.
    from_stack_file(checkout, STACK)
    with session(checkout, environ) as now:
        _remove_stale_locks(now.engine)
        _settle_on_sandbox(now)
        _give_up_on_unknown_creations(now)
        now.engine.select(STACK)
        now.engine.show("up", "--stack", STACK, "--yes")
        _verify(now)


def _verify(now: Session) -> None:
    verified = subprocess.run(  # noqa: S603 - our own module
        [str(now.home.python), "-m", "workshop", "verify", "--stack", STACK],
        cwd=now.home.checkout,
        env=dict(now.environ),
        check=False,
    )
    if verified.returncode != 0:
        raise WorkshopFailed("the stack is up, but it does not deliver: see above")


def _remove_stale_locks(engine: Engine) -> None:
    for lock in engine.locks():
        if not lock.is_stale:
            stack = lock.file.parent.name
            raise WorkshopFailed(
                f"a pulumi command (process {lock.pid}) is working on stack {stack}: wait for it or"
                " interrupt it, then run this again"
            )
        say(f"removing the lock that pulumi process {lock.pid} left when it was killed")
        lock.file.unlink(missing_ok=True)


def _instance_file(home: Home) -> Path:
    return home.folder / "instance"


def _remembered_instance(home: Home) -> str | None:
    file = _instance_file(home)
    return file.read_text() if file.exists() else None


def _settle_on_sandbox(now: Session) -> None:
    """Have a sandbox run, and no state that describes one that is no more."""
    instance = now.sandbox.start()
    if _remembered_instance(now.home) != instance:
        _forget_all(now.engine, "this is another sandbox than the one that the state describes")
    _instance_file(now.home).write_text(instance)


def _forget_sandbox(home: Home) -> None:
    """Forget which sandbox it was, and its port: the next one may have another."""
    _instance_file(home).unlink(missing_ok=True)
    home.port_file.unlink(missing_ok=True)


def _forget_all(engine: Engine, reason: str) -> None:
    stacks = [stack for stack in engine.stacks() if engine.resources(stack)]
    stacks += [stack for stack in engine.stacks() if engine.pending_creations(stack)]
    for stack in dict.fromkeys(stacks):
        say(f"{reason}: clearing the state of stack {stack}")
        engine.forget(stack)


def _give_up_on_unknown_creations(now: Session) -> None:
    """Deal with creations that were under way when an engine was killed.

    Nobody knows whether they took place. On a sandbox that nothing else lives on, the sure way is
    a new sandbox; otherwise Pulumi forgets them, and what they made may be left over.
    """
    pending = now.engine.pending_creations(STACK)
    if not pending:
        return
    named = ", ".join(pending)
    if _others(now.engine):
        say(f"an engine was killed while it created {named}: clearing these from the state")
        now.engine.ask(
            "refresh", "--stack", STACK, "--yes", "--skip-preview", "--clear-pending-creates"
        )
        return
    say(f"an engine was killed while it created {named}: starting over on another sandbox")
    now.sandbox.stop()
    _settle_on_sandbox(now)


def _others(engine: Engine) -> list[str]:
    return [stack for stack in engine.stacks() if stack != STACK and engine.resources(stack)]


def down(checkout: Path, environ: Mapping[str, str]) -> None:
    """Destroy stack `dev`, prove that nothing of it is left, and stop the sandbox.

    If another stack lives on the sandbox, it is left running.

    Raises:
        WorkshopFailed, ToolchainError, EngineFailed, SandboxFailed: See their messages.
        KeyboardInterrupt: The user interrupted; running it again goes on.
    """
    if not (checkout / ".workshop" / "env").exists():
        say("nothing is left: no workshop has been brought up in this checkout")
        return
    # The port of the last `make up` counts: what runs there would not be found at another one.
    at_home = {name: value for name, value in environ.items() if name != "PORT"}
    with session(checkout, at_home) as now:
        _remove_stale_locks(now.engine)
        remembered = _remembered_instance(now.home)
        if remembered is None or now.sandbox.instance() != remembered:
            _forget_all(now.engine, "the sandbox is gone, and everything on it")
            now.sandbox.stop()
            _forget_sandbox(now.home)
            say("nothing is left: the sandbox keeps nothing beyond its end")
            return
        _destroy(now)
        _finish(now)


def _destroy(now: Session) -> None:
    if not (now.engine.resources(STACK) or now.engine.pending_creations(STACK)):
        return
    try:
        # Looks first: the delete of something that was removed by hand would fail.
        now.engine.show("destroy", "--stack", STACK, "--refresh", "--yes", "--skip-preview")
    except EngineFailed as failed:
        raise WorkshopFailed(
            f"{failed}. Run `make down` again once that is mended. To give up on everything that is"
            " on the sandbox: `python -m sandbox down` (after `source .workshop/env`), then"
            " `make down` again"
        ) from failed


def _finish(now: Session) -> None:
    if others := _others(now.engine):
        say(
            f"stack {STACK} is gone. The sandbox keeps running, because it still holds"
            f" {', '.join(others)}: `pulumi destroy --stack {others[0]}`, then `make down`"
        )
        return
    with Step("asking both clouds what is left") as step:
        leftovers = now.sandbox.leftovers()
        if leftovers:
            listed = "; ".join(f"{kind}: {things}" for kind, things in leftovers.items())
            step.outcome(f"left over: {listed}")
        else:
            step.outcome("nothing is left in either cloud")
    now.sandbox.stop()
    _forget_sandbox(now.home)
    if leftovers:
        raise WorkshopFailed(
            "something was left over after `pulumi destroy` (see above). It is gone with the"
            " sandbox, but on a real account it would cost money: please report it"
        )


FAILURES = (WorkshopFailed, SettingsError, EngineFailed, SandboxFailed)
"""What a command turns into one line on standard error."""
