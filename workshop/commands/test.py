"""`python -m workshop test [FOLDER]`: the case files beside the statements, without a cluster."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from stack.settings import SETTINGS
from workshop.statement_cases import CaseFileError, case_files, filled_in

STATEMENTS = Path(__file__).parents[2] / "ksql" / "statements"

DEFAULTS = {key: str(setting.default) for key, setting in SETTINGS.items()}
"""What a statement's `${setting}` stands for unless a case or an option says otherwise."""


def _pairs(
    _context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    for variable in given:
        if "=" not in variable:
            raise click.BadParameter(f"{variable!r} has no '=': write NAME=VALUE")
    return dict(variable.split("=", 1) for variable in given)


@click.command()
@click.argument(
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=STATEMENTS,
    required=False,
)
@click.option(
    "--variable",
    "variables",
    multiple=True,
    metavar="NAME=VALUE",
    callback=_pairs,
    help="What ${NAME} stands for, unless a case says otherwise.",
)
def command(folder: Path, variables: dict[str, str]) -> None:
    """Run the case files in FOLDER (default: this project's statements).

    Exits 0 if all pass, 1 if one does not, 2 if a case file cannot be used.
    """
    try:
        cases = {
            path.name: filled_in(path, {**DEFAULTS, **variables}) for path in case_files(folder)
        }
    except CaseFileError as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
    with tempfile.TemporaryDirectory() as scratch:
        files = []
        # Messages name a case file with its folder, which is to be the statements' own.
        beside = Path(scratch) / folder.resolve().name
        beside.mkdir()
        for name, content in cases.items():
            file = beside / name
            file.write_text(json.dumps(content))
            files.append(str(file))
        arguments = [sys.executable, "-m", "sandbox", "ksql-test", "--cases", *files]
        done = subprocess.run(arguments, check=False)  # noqa: S603 - our own module, files we wrote
    raise SystemExit(1 if done.returncode else 0)
