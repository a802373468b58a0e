"""The folder that a built CLI needs: itself, and launchers beside it."""

import os
import subprocess
from pathlib import Path

import pytest

from toolchain.launchers import install, launcher
from toolchain.pulumi_cli import PulumiCli


@pytest.fixture
def built(tmp_path: Path) -> PulumiCli:
    path = tmp_path / "cache" / "pulumi"
    path.parent.mkdir()
    path.write_text("the CLI")
    return PulumiCli(path, "3.259.0", is_ours=True)


def test_a_built_cli_gets_its_launchers_beside_it(tmp_path: Path, built: PulumiCli) -> None:
    folder = tmp_path / "bin"

    linked = install(built, folder, python=Path("/venv/bin/python"), checkout=tmp_path)

    assert linked == folder / "pulumi"
    assert linked.samefile(built.path)
    assert not linked.is_symlink(), "the engine would look beside the link's target"
    assert {path.name for path in folder.iterdir()} == {
        "pulumi",
        "pulumi-language-python",
        "pulumi-resource-pulumi-python",
    }


def test_a_cli_of_the_machine_is_left_where_it_is(tmp_path: Path, built: PulumiCli) -> None:
    folder = tmp_path / "bin"
    install(built, folder, python=Path("/venv/bin/python"), checkout=tmp_path)
    theirs = PulumiCli(Path("/usr/local/bin/pulumi"), "3.300.0", is_ours=False)

    used = install(theirs, folder, python=Path("/venv/bin/python"), checkout=tmp_path)

    assert used == theirs.path
    assert not folder.exists()


def test_a_newer_build_replaces_the_link(tmp_path: Path, built: PulumiCli) -> None:
    folder = tmp_path / "bin"
    install(built, folder, python=Path("/p"), checkout=tmp_path)
    newer = tmp_path / "newer"
    newer.write_text("a newer CLI")

    install(PulumiCli(newer, "3.260.0", is_ours=True), folder, python=Path("/p"), checkout=tmp_path)

    assert (folder / "pulumi").read_text() == "a newer CLI"


def test_a_launcher_works_in_a_folder_with_spaces_and_quotes(tmp_path: Path) -> None:
    folder = tmp_path / "it's a checkout"
    folder.mkdir()
    python = folder / "python"
    python.write_text('#!/bin/sh\necho "$PYTHONPATH|$WORKSHOP_PARENT|$*"\n')
    python.chmod(0o755)
    script = folder / "launch"
    script.write_text(launcher(python, folder, "a.module"))

    said = subprocess.run(
        ["sh", str(script), "one two", "127.0.0.1:1"],
        env={"PYTHONPATH": "/more"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout == f"{folder}:/more|{os.getpid()}|-u -m a.module one two 127.0.0.1:1\n"
