"""`python -m bench [NAME…] --json`: run measurements and print their figures.

Without a name all of them run. `--json` prints one object, a key per figure; otherwise a
table. Each measurement is a function that returns its figures by name.
"""

import importlib
import json
import signal
import sys
from collections.abc import Callable

import click
from rich.console import Console
from rich.table import Table

from bench.figures import Figure

Measurement = Callable[[], dict[str, Figure]]

MEASUREMENTS = {
    "stack": "bench.stack:measure",
    "start": "bench.start:measure",
    "workshop": "bench.workshop:measure",
    "history": "bench.history:measure",
    "pipeline": "bench.pipeline:measure",
    "queries": "bench.queries:measure",
}
"""Name -> where its function stands. Imported only when run: each pulls in other libraries."""


def load(name: str) -> Measurement:
    """Return the measurement of that name."""
    module, function = MEASUREMENTS[name].split(":")
    measurement: Measurement = getattr(importlib.import_module(module), function)
    return measurement


def as_table(figures: dict[str, Figure]) -> Table:
    """Lay the figures out for the terminal; their notes are `notes`."""
    table = Table("figure", "measured", "floor or peer", "ratio", "asked for")
    table.columns[0].no_wrap = True
    for name, figure in figures.items():
        other = figure.floor if figure.floor is not None else figure.peer
        table.add_row(
            name,
            f"{_shown(figure.value)} {figure.unit}",
            "" if other is None else _shown(other),
            "" if figure.ratio is None else f"{figure.ratio:.2f}",
            figure.limit,
        )
    return table


def notes(figures: dict[str, Figure]) -> list[str]:
    """Return a line for each figure that needs one."""
    return [f"{name}: {figure.note}" for name, figure in figures.items() if figure.note]


def _shown(number: float) -> str:
    return f"{number:,.0f}" if number >= 1000 else f"{number:,.3f}"


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(sorted(MEASUREMENTS)))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(names: tuple[str, ...], *, as_json: bool) -> None:
    """Measure NAMES (all by default) and print each figure beside its floor or peer."""
    # As Ctrl-C does: what was started ends, what was written is removed.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    console = Console()
    progress = Console(stderr=True)
    figures: dict[str, Figure] = {}
    for name in names or tuple(MEASUREMENTS):
        progress.print(f"measuring {name} …")
        figures |= load(name)()
    if as_json:
        click.echo(json.dumps({name: figure.as_json() for name, figure in figures.items()}))
    else:
        console.print(as_table(figures))
        console.print("\n".join(notes(figures)), highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
