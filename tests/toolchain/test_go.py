"""Which Go builds the CLI, and that it writes nowhere but into the cache."""

from pathlib import Path

import pytest

from toolchain.go import find_go, go_environment


def go(folder: Path, version: str) -> None:
    folder.mkdir()
    path = folder / "go"
    path.write_text(f"#!/bin/sh\necho {version}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("version", "is_used"),
    [("go1.25.11", False), ("go1.26", True), ("go1.27.3", True), ("devel", False)],
)
def test_go_is_used_from_1_26_on(tmp_path: Path, version: str, is_used: bool) -> None:
    go(tmp_path / "go", version)

    found = find_go({"PATH": f"{tmp_path / 'go'}:/usr/bin:/bin"}, tmp_path / "work")

    assert (found is not None) is is_used


def test_no_go_is_no_error(tmp_path: Path) -> None:
    assert find_go({"PATH": str(tmp_path)}, tmp_path) is None


def test_all_of_gos_folders_lie_in_the_cache(tmp_path: Path) -> None:
    made = go_environment(
        {"GOPATH": "/home/me/go", "GOFLAGS": "-mod=mod", "HTTPS_PROXY": "p"}, tmp_path
    )

    assert {made[name] for name in ("GOPATH", "GOMODCACHE", "GOCACHE")} == {
        str(tmp_path / name) for name in ("path", "modules", "compiled")
    }
    assert made["GOTELEMETRY"] == "off"
    assert made["GOTOOLCHAIN"] == "local"
    assert made["GOFLAGS"] == "-modcacherw"
    assert made["HTTPS_PROXY"] == "p"
