"""`python -m sandbox`: the commands, each of which parses, calls one function and prints."""

import logging
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from sandbox.settings import PORT, STATE_DIR, ClockKind, SandboxSettings

UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


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


@click.group()
def cli() -> None:
    """The workshop's sandbox: Confluent Cloud and Google Cloud on this machine."""


@cli.command()
@click.option("--port", default=PORT, show_default=True, envvar="PORT", help="Where to listen.")
@click.option("--state", default=STATE_DIR, type=click.Path(path_type=Path), help="State folder.")
@click.option("--speed", default=1.0, show_default=True, help="Sandbox seconds per real second.")
@click.option("--seed", default=1, show_default=True, help="What the data generators start from.")
@click.option("--history", default="1h", type=DurationType(), help="What Datagen back-fills.")
@click.option("--clock", default=ClockKind.SYSTEM, type=click.Choice(ClockKind), help="Time.")
@click.option("--provisioning", default="at-once", help="at-once, reads:N, or 5s.")
def serve(port: int, state: Path, clock: ClockKind, **more: Any) -> None:
    """Serve in the foreground; prints one line when ready."""
    # Imported here: `env` or `status` must not wait for the HTTP server's libraries.
    from sandbox.listener import PortTaken  # noqa: PLC0415 - see above
    from sandbox.listener import serve as serve_forever  # noqa: PLC0415 - see above

    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    settings = SandboxSettings(port=port, state_dir=state, clock=clock, **more)
    try:
        serve_forever(settings)
    except PortTaken as problem:
        raise click.ClickException(f"{problem}: choose another with --port or PORT=…") from None


if __name__ == "__main__":
    cli(prog_name="python -m sandbox")
