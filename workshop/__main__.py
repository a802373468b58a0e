"""`python -m workshop`: finds the command's module and runs it."""

from importlib import import_module
from pathlib import Path

import click

COMMANDS = Path(__file__).with_name("commands")


class CommandsByModule(click.Group):
    """A group whose commands are the modules of `workshop.commands`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(path.stem for path in COMMANDS.glob("*.py") if path.stem != "__init__")

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name; None when there is none."""
        if cmd_name not in self.list_commands(ctx):
            return None
        found = import_module(f"workshop.commands.{cmd_name}").command
        assert isinstance(found, click.Command)
        return found


@click.group(cls=CommandsByModule)
def cli() -> None:
    """Bring the workshop up and down, and look at what it delivers."""


if __name__ == "__main__":
    cli(prog_name="python -m workshop")
