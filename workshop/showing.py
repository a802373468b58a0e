"""How results look on a terminal: tables, the lab's chart, JSON for scripts."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

WIDTH_OF_LOGS = 160
"""Columns where there is no terminal: a table's lines must not wrap there."""

LONGEST_BAR = 40


def console() -> Console:
    """Return where results are written."""
    is_terminal = sys.stdout.isatty()
    return Console(width=None if is_terminal else WIDTH_OF_LOGS, highlight=False)


def show_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows as a table."""
    table = Table(title=title or None, title_justify="left", box=SIMPLE_HEAD)
    for column in columns:
        table.add_column(escape(column), no_wrap=True)
    for row in rows:
        table.add_row(*(escape(shown(value)) for value in row))
    console().print(table)


def shown(value: object) -> str:
    """Return a value as a table shows it."""
    return "NULL" if value is None else str(value)


def print_json(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows as JSON objects, one per line."""
    for row in rows:
        sys.stdout.write(json.dumps(dict(zip(columns, row, strict=True))) + "\n")
        sys.stdout.flush()


def show_chart(title: str, quantities: Mapping[str, int]) -> None:
    """Print one bar per label, the longest as long as the room for bars."""
    most = max(quantities.values(), default=0)
    width = max((len(label) for label in quantities), default=0)
    out = console()
    out.print(f"\n{title}", markup=False)
    for label, quantity in quantities.items():
        bar = "█" * max(1, round(quantity / most * LONGEST_BAR)) if quantity > 0 else ""
        out.print(f"  {label:<{width}}  {bar} {quantity}", markup=False, no_wrap=True)


def show_pairs(title: str, pairs: Mapping[str, str]) -> None:
    """Print names with their values, aligned."""
    width = max(len(name) for name in pairs)
    sys.stdout.write(f"\n{title}\n")
    for name, value in pairs.items():
        sys.stdout.write(f"  {name:<{width}}  {value}\n")
    sys.stdout.flush()
