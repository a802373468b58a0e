"""How a command ends: the checkout it is about, and exit codes for what went wrong."""

import sys
from collections.abc import Callable
from pathlib import Path

from toolchain.errors import ToolchainError
from workshop.lifecycle import FAILURES

CHECKOUT = Path(__file__).parents[1]

FAILED = 1
INTERRUPTED = 130
"""What a shell reports for a command that Ctrl-C ended."""


def as_command(name: str, action: Callable[[], None]) -> None:
    """Run `action`; end the process with one line and an exit code if it fails.

    Args:
        name: What the user typed, to be typed again.
        action: Raises one of the expected failures, or anything else, which is our bug.
    """
    try:
        action()
    except (*FAILURES, ToolchainError) as failed:
        sys.stderr.write(f"error: {failed}\n")
        raise SystemExit(FAILED) from None
    except KeyboardInterrupt:
        sys.stderr.write(f"interrupted: run `{name}` again to go on from here\n")
        raise SystemExit(INTERRUPTED) from None
