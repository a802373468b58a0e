"""`queries`: pull and push queries of a ksqlDB server, over HTTP.

A pull query by key is held against the lightest handler of the same server, asked by the same
client on a connection of the same kind. Push readers are raw sockets that count rows, so that
the client costs little of the processor that it shares with the server.
"""

import json
import selectors
import socket
import statistics
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Any

from bench.account import Account, Connection, open_account
from bench.figures import Figure, percentile, stopwatch
from bench.sandbox_process import SandboxProcess, running_sandbox
from bench.waiting import NotInTime, wait_until

KEYS = 10_000
PULLS = 1000
SCANS = 10
PUSHES = 200
READERS = 100
PUSHED_ROWS = 2000
ROUNDS = 3
FILLER = "x" * 500
MARK = b"~"
"""Stands once in each pushed row, and nowhere else in the answer."""
SOCKET_LIMIT_S = 60.0

STATEMENTS = """
CREATE STREAM events (id VARCHAR, n INT) WITH (KAFKA_TOPIC='events', VALUE_FORMAT='JSON');
CREATE TABLE totals AS SELECT id, COUNT(*) AS times, SUM(n) AS total FROM events GROUP BY id;
CREATE STREAM news (id VARCHAR, body VARCHAR) WITH (KAFKA_TOPIC='news', VALUE_FORMAT='JSON');
"""


def measure() -> dict[str, Figure]:
    """Return the figures of pull and push queries."""
    with running_sandbox() as sandbox, closing(open_account(sandbox.port)) as account:
        for topic in ("events", "news"):
            account.create_topic(topic)
        account.run_statements(STATEMENTS)
        account.produce("events", ({"id": f"K{i}", "n": i} for i in range(KEYS)))
        last = _by_key(KEYS - 1)
        wait_until(
            lambda: len(account.pull(last)) > 1, limit_s=30, every_s=0.05, what="the table is full"
        )
        return {
            **_pull_by_key(account, sandbox.port),
            **_scan(account),
            **_push_latency(account),
            **_many_readers(account, sandbox),
        }


def _by_key(number: int) -> str:
    return f"SELECT * FROM totals WHERE id = 'K{number}';"  # noqa: S608 - a number


def _pull_by_key(account: Account, port: int) -> dict[str, Figure]:
    path = f"{account.ksqldb_path}/query-stream"
    bodies = [json.dumps({"sql": _by_key(i * 7919 % KEYS)}).encode() for i in range(PULLS)]
    trivial: list[float] = []
    pulls: list[float] = []
    with closing(Connection(port)) as other:
        for body in bodies:
            trivial.append(_timed(lambda: other.exchange("GET", "/sandbox/v1/health")))
            pulls.append(_timed(partial(account.ksqldb.exchange, "POST", path, body)))
    p50 = _in_ms(pulls, 0.5), _in_ms(trivial, 0.5)
    p99 = _in_ms(pulls, 0.99), _in_ms(trivial, 0.99)
    return {
        "pull_by_key_p50": Figure(
            p50[0],
            "ms",
            floor=p50[1],
            ratio=p50[0] / p50[1],
            limit="ratio <= 2",
            note="floor: a trivial handler of the same server",
        ),
        "pull_by_key_p99": Figure(p99[0], "ms", floor=p99[1], ratio=p99[0] / p99[1]),
    }


def _scan(account: Account) -> dict[str, Figure]:
    samples = []
    for _ in range(SCANS):
        samples.append(_timed(lambda: _check_scan(account)))
    floor = min(_timed(_plain_answer) for _ in range(SCANS)) * 1000
    return {
        f"pull_scan_{quantile}": Figure(
            _in_ms(samples, share),
            "ms",
            floor=floor,
            ratio=_in_ms(samples, share) / floor,
            note=f"{KEYS} rows; floor: json.dumps of each row, json.loads of each line",
        )
        for quantile, share in (("p50", 0.5), ("p99", 0.99))
    }


def _check_scan(account: Account) -> None:
    rows = account.pull("SELECT * FROM totals;")
    if len(rows) != KEYS + 1:
        raise AssertionError(f"the scan answered {len(rows) - 1} rows instead of {KEYS}")


def _plain_answer() -> None:
    text = "\n".join(json.dumps([f"K{i}", 1, i]) for i in range(KEYS))
    for line in text.splitlines():
        json.loads(line)


def _push_latency(account: Account) -> dict[str, Figure]:
    samples: list[float] = []
    trivial: list[float] = []
    with PushReaders(account, 1) as readers, closing(Connection(account.port)) as other:
        for i in range(PUSHES):
            trivial.append(_timed(lambda: other.exchange("GET", "/sandbox/v1/health")))
            with stopwatch() as watch:
                account.produce("news", [{"id": f"~{i}", "body": "b"}])
                readers.read_until(i + 1)
            samples.append(watch.seconds)
    note = "from the produce request to the row at the reader; floor: the trivial handler's answer"
    p50 = _in_ms(samples, 0.5), _in_ms(trivial, 0.5)
    p99 = _in_ms(samples, 0.99), _in_ms(trivial, 0.99)
    return {
        "push_latency_p50": Figure(
            p50[0], "ms", floor=p50[1], ratio=p50[0] / p50[1], limit="<= 5 ms", note=note
        ),
        "push_latency_p99": Figure(p99[0], "ms", floor=p99[1], ratio=p99[0] / p99[1]),
    }


def _many_readers(account: Account, sandbox: SandboxProcess) -> dict[str, Figure]:
    # Once before: the first answers make the process grow to what it then keeps.
    _with_all_reading(account)
    before = sandbox.resident_mb()
    rates = [(_with_all_reading(account), _with_one_deaf(account)) for _ in range(ROUNDS)]
    grown = sandbox.resident_mb() - before
    all_read = statistics.median(reading for reading, _ in rates)
    one_deaf = statistics.median(deaf for _, deaf in rates)
    sent_mb = 2 * ROUNDS * PUSHED_ROWS * len(FILLER) / 1e6
    return {
        "push_100_readers_one_deaf": Figure(
            one_deaf,
            "rows/s delivered",
            peer=all_read,
            ratio=one_deaf / all_read,
            note="peer: the same when all of them read",
        ),
        "push_100_readers_memory": Figure(
            grown,
            "MB",
            floor=sent_mb,
            ratio=grown / sent_mb,
            note="growth over all rounds; floor: what the topic itself took meanwhile",
        ),
    }


def _with_all_reading(account: Account) -> float:
    with PushReaders(account, READERS) as readers:
        return _rows_per_second(account, readers)


def _with_one_deaf(account: Account) -> float:
    with PushReaders(account, READERS - 1) as readers, PushReaders(account, 1, deaf=True):
        return _rows_per_second(account, readers)


def _rows_per_second(account: Account, readers: "PushReaders") -> float:
    rows = ({"id": f"~{i}", "body": FILLER} for i in range(PUSHED_ROWS))
    with stopwatch() as watch:
        account.produce("news", rows)
        readers.read_until(PUSHED_ROWS)
    return PUSHED_ROWS * readers.count / watch.seconds


class PushReaders:
    """Push queries on the stream `news`, each on a socket of its own.

    A deaf reader takes its first bytes and then never reads again.
    """

    def __init__(self, account: Account, count: int, *, deaf: bool = False) -> None:
        self.count = count
        self._selector = selectors.DefaultSelector()
        self._sockets = [self._open(account, deaf=deaf) for _ in range(count)]
        self._rows = dict.fromkeys(self._sockets, 0)
        for each in self._sockets:
            self._await_header(each)
            each.setblocking(False)
            if not deaf:
                self._selector.register(each, selectors.EVENT_READ)

    def __enter__(self) -> "PushReaders":
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()
        for each in self._sockets:
            each.close()

    def read_until(self, rows: int) -> None:
        """Read until every reader has got that many rows in all.

        Raises:
            NotInTime: Nothing came for a minute.
        """
        behind = sum(got < rows for got in self._rows.values())
        while behind:
            ready = self._selector.select(SOCKET_LIMIT_S)
            if not ready:
                raise NotInTime(f"{rows} rows at each of {self.count} push readers")
            for key, _ in ready:
                reader: Any = key.fileobj
                before = self._rows[reader]
                self._rows[reader] = after = before + reader.recv(262144).count(MARK)
                behind -= before < rows <= after

    @staticmethod
    def _open(account: Account, *, deaf: bool) -> socket.socket:
        opened = socket.socket()
        if deaf:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        opened.settimeout(SOCKET_LIMIT_S)
        opened.connect(("127.0.0.1", account.port))
        body = json.dumps({"sql": "SELECT * FROM news EMIT CHANGES;"}).encode()
        head = [
            f"POST {account.ksqldb_path}/query-stream HTTP/1.1",
            "Host: 127.0.0.1",
            f"Authorization: {account.ksqldb.headers['Authorization']}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        ]
        opened.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        return opened

    @staticmethod
    def _await_header(opened: socket.socket) -> None:
        seen = b""
        while b"columnTypes" not in seen:
            data = opened.recv(65536)
            if not data:
                raise NotInTime(f"a push query's header; the server said {seen[-300:]!r}")
            seen += data


def _timed(action: Callable[[], object]) -> float:
    with stopwatch() as watch:
        action()
    return watch.seconds


def _in_ms(samples: list[float], share: float) -> float:
    return percentile(samples, share) * 1000
