"""`python -m toolchain`: provide the Pulumi CLI and print where it is."""

import os
import sys

from toolchain.errors import ToolchainError
from toolchain.pulumi_cli import ensure_pulumi


def main() -> int:
    """Print the path of a usable CLI; progress and errors go to standard error."""
    try:
        cli = ensure_pulumi(os.environ)
    except ToolchainError as failed:
        sys.stderr.write(f"error: {failed}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: run it again to go on from here\n")
        return 130
    sys.stdout.write(f"{cli.path}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
