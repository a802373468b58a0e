"""The Pulumi CLI: found on PATH if recent enough, else built once per version and user.

Owns which versions will do and where a built one lies. Leaves out how one is built
(`toolchain.build`) and the launchers that a built CLI needs beside it (`toolchain.launchers`).
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from toolchain.build import build_pulumi, pinned_version
from toolchain.cache import cache_folder, exclusive
from toolchain.errors import ToolchainUnusable
from toolchain.progress import Step

LOWEST_PULUMI = (3, 200)
"""Older engines lack parts of the provider protocol that the SDKs in use speak."""

LINK_FOLDER = Path(".workshop", "bin")
"""Where a checkout keeps its link to a CLI of ours, with the launchers that go with it."""

KEEP_VARIABLE = "WORKSHOP_KEEP_GO_CACHES"
"""Environment variable; when set, a finished build keeps Go's caches (3 GB) for the next one."""


@dataclass(frozen=True)
class PulumiCli:
    """A usable Pulumi CLI."""

    path: Path
    version: str
    """Without the leading `v`."""
    is_ours: bool
    """Whether we built it: then it has no language host beside it."""


def version_of(pulumi: Path, environ: Mapping[str, str]) -> str | None:
    """Return what the CLI at `pulumi` says its version is, without `v`; None if it does not run."""
    try:
        answer = subprocess.run(  # noqa: S603 - asks a found executable for its version
            [str(pulumi), "version"],
            env=dict(environ) | {"PULUMI_SKIP_UPDATE_CHECK": "true"},
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    found = re.match(r"v?(\d+\.\d+\.\d+\S*)", answer.stdout.strip())
    return found[1] if found else None


def find_pulumi(environ: Mapping[str, str]) -> PulumiCli | None:
    """Return the first CLI on PATH that is recent enough; None when there is none.

    Links that checkouts keep to a CLI of ours do not count: the launchers beside them belong to
    that checkout, which may be another one whose environment this shell has sourced.
    """
    for entry in environ.get("PATH", "").split(os.pathsep):
        candidate = Path(entry, "pulumi")
        if not entry or Path(entry).parts[-2:] == LINK_FOLDER.parts:
            continue
        version = version_of(candidate, environ) if os.access(candidate, os.X_OK) else None
        if version is not None and _is_recent(version):
            return PulumiCli(candidate, version, is_ours=False)
    return None


def _is_recent(version: str) -> bool:
    major, minor = version.split(".")[:2]
    return (int(major), int(minor)) >= LOWEST_PULUMI


def ensure_pulumi(environ: Mapping[str, str], *, linked: Path | None = None) -> PulumiCli:
    """Return a usable CLI, building one into the per-user cache if need be (minutes, once).

    Safe when several run at once: one builds, the others wait and say so. Safe to interrupt:
    what Go has compiled so far is used by the next run.

    Args:
        environ: Its PATH is searched, and it tells where the cache is.
        linked: Where the checkout puts its link to a CLI of ours; will do when the cache is gone.

    Raises:
        ToolchainError: None on PATH, and it could not be built.
    """
    if found := find_pulumi(environ):
        return found
    version, cache = pinned_version(), cache_folder(environ)
    binary = cache / f"pulumi-v{version}" / "pulumi"
    if binary.exists():
        return PulumiCli(binary, version, is_ours=True)
    if linked is not None and version_of(linked, environ) == version:
        return PulumiCli(linked, version, is_ours=True)
    _build_alone(binary, version, environ, cache)
    return PulumiCli(binary, version, is_ours=True)


def _build_alone(binary: Path, version: str, environ: Mapping[str, str], cache: Path) -> None:
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as failed:
        raise ToolchainUnusable(
            f"the cache for the Pulumi CLI, {cache}, cannot be made ({failed.strerror}):"
            " name another folder in WORKSHOP_CACHE"
        ) from failed
    work = cache / "build"
    with exclusive(cache / "build.lock", waiting_for="another run to build the Pulumi CLI"):
        # Whoever held the lock before us has most likely built it.
        if binary.exists():
            return
        build_pulumi(binary, version, environ, work)
        if not environ.get(KEEP_VARIABLE):
            with Step("removing what only the build needed"):
                shutil.rmtree(work, ignore_errors=True)
