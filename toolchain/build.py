"""Building the Pulumi CLI from the Go modules that `toolchain/go.mod` pins.

No package registry carries the CLI as a binary, but its modules are served like any others. Owns
the build command and its progress. Leaves out where the result belongs and who may build.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from toolchain.go import find_go, go_environment, install_go
from toolchain.progress import Step, run_step

MODULE_FOLDER = Path(__file__).parent
"""Holds `go.mod` and `go.sum`."""

CLI_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
VERSION_SYMBOL = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
BUILD_OPTIONS = ("-trimpath", "-buildvcs=false", "-tags=osusergo")


def pinned_version() -> str:
    """Return the CLI's version that `go.mod` pins, without the leading `v`."""
    text = (MODULE_FOLDER / "go.mod").read_text()
    found = re.search(r"^\s*github\.com/pulumi/pulumi/pkg/v3 v(\S+)", text, re.MULTILINE)
    assert found is not None, "toolchain/go.mod requires github.com/pulumi/pulumi/pkg/v3"
    return found[1]


def build_pulumi(binary: Path, version: str, environ: Mapping[str, str], work: Path) -> None:
    """Build the CLI and put it at `binary`, whole or not at all.

    Args:
        binary: Where the executable appears, by a rename, once it is complete.
        version: What it will report; the engine compares it with what SDKs ask for.
        environ: Environment for Go; its own folders are put below `work`.
        work: Where Go downloads and compiles. An interrupted build goes on from there.

    Raises:
        StepFailed: Go failed; the message holds the end of what it said.
        ToolchainUnusable: There is no Go, and none could be installed.
    """
    work.mkdir(parents=True, exist_ok=True)
    go = find_go(environ, work) or install_go(environ, work)
    go_environ = go_environment(environ, work)
    total = _download(go, go_environ)
    partial = work / f"pulumi-v{version}.partial"
    with Step(f"building the Pulumi CLI {version}, once for this user") as step:
        compiled = 0

        def count(line: str) -> None:
            nonlocal compiled
            if _is_package(line):
                compiled += 1
                step.detail(f"{compiled} packages compiled of at most {total}")

        step.detail(f"{total} packages")
        # Without this flag the CLI calls itself a development build and refuses plugins.
        flags = f"-ldflags=-s -w -X {VERSION_SYMBOL}=v{version}"
        options = [*BUILD_OPTIONS, flags, "-o", str(partial)]
        command = [str(go), "build", "-v", *options, CLI_PACKAGE]
        run_step(step, command, environ=go_environ, cwd=MODULE_FOLDER, on_line=count)
    binary.parent.mkdir(parents=True, exist_ok=True)
    partial.replace(binary)


def _download(go: Path, environ: Mapping[str, str]) -> int:
    """Fetch every module that the CLI needs; return the number of packages to compile."""
    with Step("downloading the Pulumi CLI's Go modules") as step:
        downloads = packages = 0

        def count(line: str) -> None:
            nonlocal downloads, packages
            if line.startswith("go: downloading"):
                downloads += 1
                step.detail(f"{downloads} modules, now {line.split()[2]}")
            elif _is_package(line):
                packages += 1

        command = [str(go), "list", "-deps", "-tags=osusergo", CLI_PACKAGE]
        run_step(step, command, environ=environ, cwd=MODULE_FOLDER, on_line=count)
        step.outcome(f"{downloads} modules")
    return packages


def _is_package(line: str) -> bool:
    return " " not in line and not line.startswith(("#", "go:"))
