"""`python -m workshop up`."""

import os

import click

from workshop.lifecycle import up
from workshop.running import CHECKOUT, as_command


@click.command()
def command() -> None:
    """Bring stack `dev` up on the sandbox and show what it delivers."""
    as_command("make up", lambda: up(CHECKOUT, os.environ))
