"""Putting null plugins where the engine finds them, in folders of a measurement's own."""

import shutil
from pathlib import Path

from toolchain.launchers import launcher, write_executable
from workshop.home import STAND_INS, sdk_version


def install(pulumi_home: Path, bin_folder: Path, *, python: Path, checkout: Path) -> None:
    """Make `pulumi_home` and `bin_folder` use null plugins in place of every provider.

    Args:
        pulumi_home: A PULUMI_HOME of the measurement's own.
        bin_folder: A folder that `toolchain.launchers.install` has put the CLI into, so that the
            dynamic provider is looked for there.
        python: Interpreter with the packages.
        checkout: Root of the checkout.
    """
    plugins = pulumi_home / "plugins"
    shutil.rmtree(plugins, ignore_errors=True)
    for package in STAND_INS:
        folder = plugins / f"resource-{package}-v{sdk_version(package)}"
        script = _launcher(python, checkout, package)
        write_executable(folder / f"pulumi-resource-{package}", script)
    script = _launcher(python, checkout, "pulumi-python")
    write_executable(bin_folder / "pulumi-resource-pulumi-python", script)


def _launcher(python: Path, checkout: Path, package: str) -> str:
    return launcher(python, checkout, f"bench.null_plugins {package}")
