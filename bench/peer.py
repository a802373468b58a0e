"""The peer of the pipeline: Kafka Streams' TopologyTestDriver on the same seven statements.

Builds the Maven project beside this module (once, into `.workshop/bench/`), writes the input
to files, runs the JVM and reads its report. Where Java or Maven is missing, or Maven reaches
no repository, there is no peer: `NoPeer` says why, and the figures go without it.
"""

import json
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.trades import Raw

ROOT = Path(__file__).parents[1]
PROJECT = ROOT / "bench" / "kafka_streams"
BUILD = ROOT / ".workshop" / "bench" / "kafka_streams"
BUILD_LIMIT_S = 180
RUN_LIMIT_S = 120
# One core leaves no room for a parallel collector; the serial one is what a JVM picks there.
JVM_OPTIONS = ("-XX:+UseSerialGC", "-Xmx1g")


class NoPeer(Exception):
    """Kafka Streams cannot be run here; the message says why in a few words."""


@dataclass(frozen=True)
class PeerReport:
    """What one run of the peer measured and computed."""

    rate: float
    """Trades per second of processor time, from the first to the last."""
    rate_warm: float
    """The same over the second half, when the JVM has warmed up."""
    content: dict[str, Any]
    """Final content of the result topics, in the form of `pipeline.content_of`."""


def build() -> str:
    """Build the peer unless that is done; return its class path.

    Raises:
        NoPeer: Java or Maven is missing, or the build failed.
    """
    for command in ("java", "mvn"):
        if shutil.which(command) is None:
            raise NoPeer(f"{command} is not on PATH")
    sources = [PROJECT / "pom.xml", *PROJECT.rglob("*.java")]
    jar = BUILD / "kafka-streams-peer-1.jar"
    newest = max(source.stat().st_mtime for source in sources)
    if not jar.exists() or jar.stat().st_mtime < newest:
        pom = str(PROJECT / "pom.xml")
        _run(["mvn", "-q", "-B", "-f", pom, f"-Dbuild.folder={BUILD}", "package"], BUILD_LIMIT_S)
    return f"{jar}:{(BUILD / 'classpath').read_text().strip()}"


def run(users: Iterable[Raw], trades: Iterable[Raw], *, stores: str = "memory") -> PeerReport:
    """Run the peer on the records; `stores` is `memory` or `rocksdb`.

    Raises:
        NoPeer: It cannot be built or did not end well.
    """
    class_path = build()
    with tempfile.TemporaryDirectory(prefix="bench-peer-") as folder:
        files = Path(folder)
        _write(files / "users", users)
        _write(files / "trades", trades)
        command = ["java", *JVM_OPTIONS, "-cp", class_path, "workshop.bench.Peer"]
        arguments = [str(files / "users"), str(files / "trades"), stores, str(files / "state")]
        report = json.loads(_run([*command, *arguments], RUN_LIMIT_S))
    return PeerReport(report.pop("rate"), report.pop("rate_warm"), report)


def _write(file: Path, records: Iterable[Raw]) -> None:
    with file.open("wb") as out:
        for record in records:
            out.write(struct.pack(">i", len(record.key)) + record.key)
            out.write(struct.pack(">i", len(record.value)) + record.value)
            out.write(struct.pack(">q", record.timestamp_ms))


def _run(command: list[str], limit_s: float) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments, no shell
            command, capture_output=True, text=True, timeout=limit_s, check=False
        )
    except subprocess.TimeoutExpired:
        raise NoPeer(f"{command[0]} was not done after {limit_s:.0f} s") from None
    if done.returncode != 0:
        last = (done.stdout + done.stderr).strip().splitlines() or ["no output"]
        raise NoPeer(f"{command[0]} ended with {done.returncode}: {last[0]}")
    return done.stdout
