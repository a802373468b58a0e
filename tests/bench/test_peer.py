from pathlib import Path

import pytest

from bench import peer
from bench.trades import make_trades, make_users


def executable(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_without_java_there_is_no_peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(peer.NoPeer, match=r"^java is not on PATH$"):
        peer.run(make_users(2), make_trades(1, 1))


def test_without_maven_there_is_no_peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable(tmp_path / "java", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(peer.NoPeer, match=r"^mvn is not on PATH$"):
        peer.build()


def test_a_build_that_fails_is_told_with_its_first_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable(tmp_path / "java", "exit 0")
    executable(tmp_path / "mvn", "echo '[ERROR] no such host'; echo more; exit 1")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(peer, "BUILD", tmp_path / "build")

    with pytest.raises(peer.NoPeer, match=r"^mvn ended with 1: \[ERROR\] no such host$"):
        peer.build()


def test_input_files_hold_lengths_bytes_and_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [first] = make_trades(1, 1)
    report = '{"rate": 10.0, "rate_warm": 20.0, "bought": {}}'
    executable(tmp_path / "java", f"cp \"$5\" {tmp_path}/seen && echo '{report}'")
    executable(tmp_path / "mvn", "exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(peer, "build", lambda: "jars")
    monkeypatch.setattr(peer, "JVM_OPTIONS", ())

    found = peer.run(make_users(2), [first])

    length = len(first.value).to_bytes(4, "big")
    assert (tmp_path / "seen").read_bytes() == (
        len(first.key).to_bytes(4, "big")
        + first.key
        + length
        + first.value
        + first.timestamp_ms.to_bytes(8, "big")
    )
    assert found == peer.PeerReport(10.0, 20.0, {"bought": {}})
