"""Where the cache is, and that one process at a time builds into it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from toolchain.cache import cache_folder, exclusive

ROOT = Path(__file__).parents[2]

HOLDER = """
import sys
from pathlib import Path
from toolchain.cache import exclusive
with exclusive(Path(sys.argv[1]), waiting_for="nobody"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"HOME": "/home/a"}, "/home/a/.cache/stock-fraud-workshop"),
        ({"HOME": "/home/a", "XDG_CACHE_HOME": "/big"}, "/big/stock-fraud-workshop"),
        ({"XDG_CACHE_HOME": "/big", "WORKSHOP_CACHE": "/mine"}, "/mine"),
    ],
)
def test_cache_folder_follows_the_most_specific_variable(
    environ: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", environ.get("HOME", "/home/unused"))

    assert cache_folder(environ) == Path(folder)


def test_a_second_process_waits_for_the_first_and_says_for_whom(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == "held\n"
        release = subprocess.Popen(["sh", "-c", f"exec 3>&1; sleep 0.2; kill {holder.pid}"])
        with exclusive(lock, waiting_for="the other one"):
            said = capsys.readouterr().err
        release.wait()

    assert f"waiting for the other one (process {holder.pid}) …" in said


def test_the_lock_names_its_holder(tmp_path: Path) -> None:
    with exclusive(tmp_path / "deep" / "lock", waiting_for="nobody"):
        content = (tmp_path / "deep" / "lock").read_text()

    assert content == str(os.getpid())
