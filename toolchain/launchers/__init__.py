"""A folder with the CLI in it and everything the CLI looks for beside itself.

The engine finds language hosts and the dynamic provider in the folder of its own executable.
Each checkout has such a folder, because the launchers name its interpreter; the CLI in it is a
link to the one build all checkouts share. Leaves out provider plugins, which lie in PULUMI_HOME.
"""

import os
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Only for its name: the language host should not load the installer.
    from toolchain.pulumi_cli import PulumiCli

PARENT_VARIABLE = "WORKSHOP_PARENT"
"""Environment variable that tells what a launcher starts who started the launcher."""

MODULES = {
    "pulumi-language-python": "toolchain.launchers.language_host",
    "pulumi-resource-pulumi-python": "toolchain.launchers.dynamic_provider",
}
"""Launcher and the module of ours that it starts."""


def launcher(python: Path, checkout: Path, module: str) -> str:
    """Return a shell script that becomes `python -m module`, with the checkout importable.

    The engine starts plugins in folders of its own choosing, so nothing is relative here.
    """
    return (
        "#!/bin/sh\n"
        f"PYTHONPATH={shlex.quote(str(checkout))}${{PYTHONPATH:+:$PYTHONPATH}}\n"
        f"{PARENT_VARIABLE}=$PPID\n"
        f"export PYTHONPATH {PARENT_VARIABLE}\n"
        f'exec {shlex.quote(str(python))} -u -m {module} "$@"\n'
    )


def write_executable(path: Path, text: str) -> None:
    """Make `path` an executable file with content `text`; untouched if it is that already."""
    if path.exists() and path.read_text() == text and os.access(path, os.X_OK):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    # Never edited in place: another engine may be reading it.
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(text)
    fresh.chmod(0o755)
    fresh.replace(path)


def install(cli: "PulumiCli", folder: Path, *, python: Path, checkout: Path) -> Path:
    """Return the CLI to call, put into `folder` with its launchers if it is one of ours.

    A CLI found on PATH has launchers of its own: `folder` is emptied and the CLI returned as is.

    Args:
        cli: The CLI to use.
        folder: A folder of this checkout alone.
        python: Interpreter that has the program's packages.
        checkout: Root of the checkout, where the modules of ours are.
    """
    if not cli.is_ours:
        shutil.rmtree(folder, ignore_errors=True)
        return cli.path
    folder.mkdir(parents=True, exist_ok=True)
    linked = folder / "pulumi"
    _link(cli.path, linked)
    for name, module in MODULES.items():
        write_executable(folder / name, launcher(python, checkout, module))
    return linked


def _link(source: Path, link: Path) -> None:
    """Make `link` the same file as `source`, or a copy on another file system.

    Not a symbolic link: the engine would resolve it and look for the launchers in the cache.
    """
    if link.exists() and (link.samefile(source) or link.stat().st_mtime == source.stat().st_mtime):
        return
    fresh = link.with_name("pulumi.new")
    fresh.unlink(missing_ok=True)
    try:
        os.link(source, fresh)
    except OSError:
        shutil.copy2(source, fresh)
    fresh.replace(link)
