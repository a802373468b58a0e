"""Which CLI is used, and that a built one appears whole, once."""

from pathlib import Path

import pytest

from toolchain.build import pinned_version
from toolchain.errors import StepFailed, ToolchainUnusable
from toolchain.pulumi_cli import PulumiCli, ensure_pulumi, find_pulumi

GO = """#!/bin/sh
case "$1" in
  env) echo go{version} ;;
  list) echo 'go: downloading example.invalid/a v1.0.0'; echo fmt; echo os ;;
  build)
    echo fmt >&2
    while [ "$1" != -o ]; do shift; done
    {build}
    ;;
esac
"""
BUILD = "printf '#!/bin/sh\\necho v0.0.1\\n' > \"$2\"; echo x >> {log}"


def executable(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def pulumi(folder: Path, version: str) -> Path:
    return executable(folder / "pulumi", f"#!/bin/sh\necho {version}\n")


def environ(tmp_path: Path, *folders: Path) -> dict[str, str]:
    path = ":".join(map(str, [*folders, "/usr/bin", "/bin"]))
    return {"PATH": path, "WORKSHOP_CACHE": str(tmp_path / "cache"), "HOME": str(tmp_path)}


def test_a_recent_pulumi_on_path_is_used_as_it_is(tmp_path: Path) -> None:
    found = pulumi(tmp_path / "a", "v3.259.0")

    cli = ensure_pulumi(environ(tmp_path, tmp_path / "a"))

    assert cli == PulumiCli(found, "3.259.0", is_ours=False)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("version", "is_used"),
    [("v3.199.9", False), ("v3.200.0", True), ("4.0.0-beta.1", True), ("nonsense", False)],
)
def test_pulumi_is_used_from_3_200_on(tmp_path: Path, version: str, is_used: bool) -> None:
    pulumi(tmp_path / "a", version)

    assert (find_pulumi(environ(tmp_path, tmp_path / "a")) is not None) is is_used


def test_a_newer_pulumi_behind_an_old_one_is_found(tmp_path: Path) -> None:
    pulumi(tmp_path / "a", "v3.10.0")
    newer = pulumi(tmp_path / "b", "v3.300.0")

    cli = find_pulumi(environ(tmp_path, tmp_path / "a", tmp_path / "b"))

    assert cli is not None
    assert cli.path == newer


def test_a_checkouts_link_does_not_count_as_installed(tmp_path: Path) -> None:
    links = tmp_path / "another checkout" / ".workshop" / "bin"
    pulumi(links, "v3.259.0")

    assert find_pulumi(environ(tmp_path, links)) is None


def test_without_one_the_pinned_version_is_built_once(tmp_path: Path) -> None:
    log = tmp_path / "builds"
    go = GO.format(version="1.26.1", build=BUILD.format(log=log))
    executable(tmp_path / "go" / "go", go)
    where = environ(tmp_path, tmp_path / "go")

    first, second = ensure_pulumi(where), ensure_pulumi(where)

    binary = tmp_path / "cache" / f"pulumi-v{pinned_version()}" / "pulumi"
    assert first == second == PulumiCli(binary, pinned_version(), is_ours=True)
    assert binary.read_text() == "#!/bin/sh\necho v0.0.1\n"
    assert log.read_text() == "x\n"


def test_a_finished_build_leaves_nothing_but_the_cli(tmp_path: Path) -> None:
    go = GO.format(version="1.26.1", build=BUILD.format(log="/dev/null"))
    executable(tmp_path / "go" / "go", go)

    cli = ensure_pulumi(environ(tmp_path, tmp_path / "go"))

    left = {path.name for path in (tmp_path / "cache").iterdir()}
    assert left == {cli.path.parent.name, "build.lock"}


def test_a_failed_build_leaves_no_cli_and_keeps_what_was_compiled(tmp_path: Path) -> None:
    go = GO.format(version="1.26.1", build='echo half > "$2"; echo no space left >&2; exit 1')
    executable(tmp_path / "go" / "go", go)

    with pytest.raises(StepFailed, match="no space left"):
        ensure_pulumi(environ(tmp_path, tmp_path / "go"))

    assert not (tmp_path / "cache" / f"pulumi-v{pinned_version()}").exists()
    assert (tmp_path / "cache" / "build").is_dir()


def test_a_checkouts_link_will_do_when_the_cache_is_gone(tmp_path: Path) -> None:
    linked = pulumi(tmp_path / "bin", f"v{pinned_version()}")

    cli = ensure_pulumi(environ(tmp_path), linked=linked)

    assert cli == PulumiCli(linked, pinned_version(), is_ours=True)


def test_a_cache_that_cannot_be_made_names_the_variable(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")

    with pytest.raises(ToolchainUnusable, match="name another folder in WORKSHOP_CACHE"):
        ensure_pulumi(environ(tmp_path))
