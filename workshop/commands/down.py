"""`python -m workshop down`."""

import os

import click

from workshop.lifecycle import down
from workshop.running import CHECKOUT, as_command


@click.command()
def command() -> None:
    """Destroy stack `dev`, prove that nothing of it is left, stop the sandbox."""
    as_command("make down", lambda: down(CHECKOUT, os.environ))
