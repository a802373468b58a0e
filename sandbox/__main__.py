"""`python -m sandbox`: the commands, each of which parses, calls one function and prints.

Exit codes: 0 done, 1 failed (one line says why), 2 wrong usage.
"""

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

from sandbox.settings import (
    CLOUD_API_KEY,
    CLOUD_API_SECRET,
    PORT,
    STATE_DIR,
    ClockKind,
    SandboxSettings,
)

KSQL_TEST = "ksql-test"
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
Command = TypeVar("Command", bound=Callable[..., Any])


class DurationType(click.ParamType[timedelta]):
    """A duration such as `90`, `90s`, `30m`, `1h`."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Return the duration that the text names."""
        if isinstance(value, timedelta):
            return value
        match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", str(value))
        if not match:
            self.fail(f"{value!r} is not a duration: give seconds or 90s, 30m, 1h", param, ctx)
        return timedelta(seconds=float(match[1]) * UNITS[match[2]])


class ProvisioningType(click.ParamType[str]):
    """How clusters become ready: `at-once`, `reads:3`, `5s`."""

    name = "provisioning"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text, if it names a policy."""
        text = str(value)
        if not re.fullmatch(r"at-once|reads:\d+|\d+(\.\d+)?s", text):
            self.fail(f"{text!r}: give at-once, reads:N, or seconds such as 5s", param, ctx)
        return text


def state_option(command: Command) -> Command:
    """Add `--state`."""
    return click.option(
        "--state",
        "state_dir",
        default=STATE_DIR,
        show_default=True,
        envvar="WORKSHOP_SANDBOX_STATE",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder for the log and what describes the process.",
    )(command)


def settings_options(command: Command) -> Command:
    """Add what may be set for one process."""
    for option in (
        click.option("--instance", hidden=True, help="Set by `up`."),
        click.option(
            "--provisioning",
            default="at-once",
            show_default=True,
            type=ProvisioningType(),
            help="How clusters become ready: at-once, reads:N, 5s.",
        ),
        click.option(
            "--clock",
            default=ClockKind.SYSTEM.value,
            type=click.Choice([kind.value for kind in ClockKind]),
            help="Whether time runs or is told to.",
        ),
        click.option("--history", default="1h", type=DurationType(), help="Datagen's back-fill."),
        click.option(
            "--skew",
            default=0.0,
            show_default=True,
            type=click.FloatRange(0, 1),
            help="Share of trades that one account makes.",
        ),
        click.option("--seed", default=1, show_default=True, help="What data is drawn from."),
        click.option(
            "--speed",
            default=1.0,
            show_default=True,
            type=click.FloatRange(min=0, min_open=True),
            help="Sandbox seconds per real second.",
        ),
        state_option,
        click.option(
            "--port",
            default=PORT,
            show_default=True,
            envvar="PORT",
            type=click.IntRange(0, 65535),
            help="Where to listen; also PORT in the environment.",
        ),
    ):
        command = option(command)
    return command


class Commands(click.Group):
    """The commands of this module, and `ksql-test`, imported only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names."""
        return sorted([*super().list_commands(ctx), KSQL_TEST])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by name."""
        if cmd_name != KSQL_TEST:
            return super().get_command(ctx, cmd_name)
        from sandbox.ksqldb.testing.cli import ksql_test  # noqa: PLC0415 - see `serve`

        return ksql_test


@click.group(cls=Commands)
def cli() -> None:
    """The workshop's sandbox: Confluent Cloud and Google Cloud on this machine."""


@cli.command()
@settings_options
def serve(**options: Any) -> None:
    """Serve in the foreground; print one line when ready."""
    # Imported here: `env` or `status` must not wait for the HTTP server's libraries.
    from sandbox.listener import serve as serve_forever  # noqa: PLC0415 - see above
    from sandbox.listening import PortTaken  # noqa: PLC0415 - see above

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    try:
        serve_forever(_settings(options))
    except PortTaken as problem:
        raise click.ClickException(f"{problem}: choose another with --port or PORT=…") from None


@cli.command()
@settings_options
def up(**options: Any) -> None:
    """Start it in the background, unless it runs; return once it answers."""
    from sandbox.background import SandboxError, log_file, start  # noqa: PLC0415 - see serve

    settings = _settings(options)
    try:
        running = start(settings, click.echo)
    except SandboxError as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(
        f"The sandbox answers on {running.url} (process {running.pid}; "
        f"log in {log_file(settings.state_dir)})."
    )


@cli.command()
@state_option
def down(state_dir: Path) -> None:
    """Stop the sandbox of this folder."""
    from sandbox.background import SandboxError, stop  # noqa: PLC0415 - see serve

    try:
        stopped = stop(state_dir, click.echo)
    except SandboxError as problem:
        raise click.ClickException(str(problem)) from None
    if stopped:
        click.echo(f"The sandbox on {stopped.url} (process {stopped.pid}) has stopped.")
    else:
        click.echo("No sandbox of this folder is running.")


@cli.command()
@state_option
def status(state_dir: Path) -> None:
    """Say whether the sandbox of this folder runs; exit code 1 if not."""
    from sandbox.background import health, running  # noqa: PLC0415 - see serve

    present = running(state_dir)
    if present is None:
        raise click.ClickException("no sandbox of this folder is running: python -m sandbox up")
    answering = health(present.port)
    state = "answers" if answering else "does not answer"
    click.echo(f"The sandbox on {present.url} (process {present.pid}) {state}.")
    if answering is None:
        raise SystemExit(1)
    for part in answering["parts"]:
        click.echo(f"  {part}")


@cli.command()
@state_option
@click.option("--port", envvar="PORT", type=int, help="If not that of the running sandbox.")
def env(state_dir: Path, port: int | None) -> None:
    """Print addresses and dummy credentials as shell exports."""
    from sandbox.background import running  # noqa: PLC0415 - see serve

    present = running(state_dir)
    url = SandboxSettings(port=port or (present.port if present else PORT)).base_url
    for name, value in (
        ("SANDBOX_URL", url),
        ("CONFLUENT_CLOUD_ENDPOINT", url),
        ("CONFLUENT_CLOUD_API_KEY", CLOUD_API_KEY),
        ("CONFLUENT_CLOUD_API_SECRET", CLOUD_API_SECRET),
        ("BIGQUERY_EMULATOR_HOST", url),
    ):
        click.echo(f"export {name}={value}")


@cli.command()
def coverage() -> None:
    """Print which operations are emulated, as Markdown."""
    from sandbox.coverage import coverage_page  # noqa: PLC0415 - see serve

    click.echo(coverage_page(), nl=False)


def _settings(options: dict[str, Any]) -> SandboxSettings:
    given = {name: value for name, value in options.items() if value is not None}
    given["clock"] = ClockKind(given["clock"])
    return SandboxSettings(**given)


if __name__ == "__main__":
    cli(prog_name="python -m sandbox")
