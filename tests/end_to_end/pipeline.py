"""The seven statements alone, as a stack of their own beside a ksqlDB application.

For tests that need many runs of the real engine: one takes a second. The application, its
topics and their records are made through the sandbox's APIs, once.
"""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from bench.account import Account, open_account
from bench.projects import STACK, Project, bench
from tests.end_to_end.oracle import Record

STATEMENTS = Path(__file__).parents[2] / "ksql" / "statements"
REQUEST_TIMEOUT_S = 30
COMMAND_TIMEOUT_S = 180

PROGRAM = """\
import json
from pathlib import Path

from stack.ksql_pipeline import KsqlPipeline, KsqlPipelineArgs, KsqlServer, load_plan
from stack.statement_inputs import TopicPolicy

given = json.loads(Path("given.json").read_text())
variables = {"window_minutes": "5", "alert_threshold": "2"}
scripts, plan = load_plan(Path("statements"), variables)
server = KsqlServer(**given["server"])
KsqlPipeline(
    "statements",
    KsqlPipelineArgs(
        plan, scripts, server, variables, result_topics=TopicPolicy.DELETE, **given["options"]
    ),
)
"""

FEED = """\
CREATE STREAM feed_trades (side VARCHAR, quantity INT, symbol VARCHAR, price INT, account VARCHAR,
  userid VARCHAR) WITH (KAFKA_TOPIC = 'stocks_topic', VALUE_FORMAT = 'AVRO', PARTITIONS = 1);
CREATE TABLE feed_users (userid VARCHAR PRIMARY KEY, registertime BIGINT, gender VARCHAR,
  regionid VARCHAR) WITH (KAFKA_TOPIC = 'users_topic', VALUE_FORMAT = 'AVRO', PARTITIONS = 1);
"""

USERS: list[Record] = [
    {"key": "User_1", "value": {"gender": "OTHER", "regionid": "Region_1"}, "timestamp": 1},
    {"key": "User_2", "value": {"gender": "FEMALE", "regionid": "Region_2"}, "timestamp": 2},
]


def trade(at_ms: int, side: str, symbol: str, account: str, userid: str = "User_1") -> Record:
    """Return a trade of seven shares as a decoded record."""
    value = {
        "side": side,
        "quantity": 7,
        "symbol": symbol,
        "price": 10,
        "account": account,
        "userid": userid,
    }
    return {"key": None, "value": value, "timestamp": at_ms}


TRADES: Sequence[Record] = [
    trade(10_000, "BUY", "ZVV", "ABC123"),
    trade(20_000, "SELL", "ZVV", "ABC123", "User_2"),
    trade(30_000, "BUY", "ZBZX", "ABC123", "User_9"),
    trade(310_000, "BUY", "ZVV", "XYZ789"),
    trade(320_000, "BUY", "ZVV", "XYZ789", "User_2"),
    trade(590_000, "SELL", "ZJZZT", "XYZ789"),
    trade(620_000, "BUY", "ZJZZT", "ABC123"),
]
"""In three windows of five minutes, or two of ten."""


@dataclass(frozen=True)
class Result:
    """What a run of the engine ended in."""

    exit_code: int
    output: str

    def done(self, what: str) -> list[str]:
        """Return the statements that something was done to, in the order it ended."""
        return re.findall(rf"ksql:Statement (\w+) {what}", self.output)

    def touched(self) -> set[str]:
        """Return the statements that anything was done to, or would be."""
        return set(re.findall(r"^ *[-+~]{1,2} .*ksql:Statement (\w+)", self.output, re.MULTILINE))

    def effects(self) -> dict[str, str]:
        """Return what the diagnostics say becomes of statements that are there, by their names."""
        _, _, diagnostics = self.output.partition("Diagnostics:")
        return dict(re.findall(r"(\w+) is (re-created|updated in place): ", diagnostics))


@dataclass
class Pipeline:
    """A stack of statements, its files and the application they run on."""

    project: Project
    account: Account
    key: tuple[str, str] = field(repr=False)
    trades: list[Record] = field(default_factory=list)
    """What `stocks_topic` holds."""

    @property
    def statements(self) -> Path:
        """The stack's own copy of the statements."""
        return self.project.folder / "statements"

    def reset(self, **options: Any) -> None:
        """Put statements and options as they were in the beginning."""
        shutil.rmtree(self.statements, ignore_errors=True)
        shutil.copytree(STATEMENTS, self.statements)
        key, secret = self.key
        endpoint = f"http://127.0.0.1:{self.account.port}{self.account.ksqldb_path}"
        server = {"endpoint": endpoint, "api_key": key, "api_secret": secret}
        given = {"server": server, "options": options}
        (self.project.folder / "given.json").write_text(json.dumps(given))

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text that is there."""
        path = self.statements / file
        text = path.read_text()
        assert old in text, f"{file} has no {old!r}"
        path.write_text(text.replace(old, new))

    # -- the engine -------------------------------------------------------------------------------

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a pulumi command in a session of its own; the caller ends it."""
        return subprocess.Popen(
            [str(self.project.cli), "--non-interactive", *arguments, "--stack", STACK],
            cwd=self.project.folder,
            env=dict(self.project.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def pulumi(self, *arguments: str) -> Result:
        """Run a pulumi command to its end."""
        process = self.start(*arguments)
        try:
            output, _ = process.communicate(timeout=COMMAND_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            command = " ".join(arguments)
            message = f"{command}: not done after {COMMAND_TIMEOUT_S} s:\n{output}"
            raise AssertionError(message) from None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        return Result(process.returncode, output)

    def check(self, *arguments: str) -> Result:
        """Run a pulumi command that must succeed."""
        result = self.pulumi(*arguments)
        assert result.exit_code == 0, f"{' '.join(arguments)}:\n{result.output}"
        return result

    def up(self) -> Result:
        """Reach what the files say."""
        return self.check("up", "--yes", "--skip-preview")

    def destroy(self) -> None:
        """Take all statements back."""
        self.check("destroy", "--yes", "--skip-preview")

    def settled(self) -> None:
        """Fail unless a preview shows nothing to do."""
        self.check("preview", "--expect-no-changes")

    # -- the sandbox ------------------------------------------------------------------------------

    def sandbox(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Return the JSON of a call to the sandbox's own API."""
        answer = requests.request(
            method,
            f"http://127.0.0.1:{self.account.port}/sandbox/v1{path}",
            json=body,
            timeout=REQUEST_TIMEOUT_S,
        )
        assert answer.ok, answer.text
        return answer.json() if answer.text else None

    def ksql(self, sql: str) -> list[Any]:
        """Return the answer of the application to statements."""
        found: list[Any] = self.account.ksqldb.call(
            "POST", f"{self.account.ksqldb_path}/ksql", {"ksql": sql, "streamsProperties": {}}
        )
        return found

    def objects(self) -> dict[str, str]:
        """Return every stream and table that somebody made, with its topic."""
        streams, tables = self.ksql("SHOW STREAMS; SHOW TABLES;")
        return {
            each["name"]: each["topic"]
            for each in (*streams["streams"], *tables["tables"])
            if each["name"] != "KSQL_PROCESSING_LOG"
        }

    def queries(self) -> dict[str, str]:
        """Return the persistent queries' states, by what they write."""
        [found] = self.ksql("SHOW QUERIES;")
        return {each["sinks"][0]: each["state"] for each in found["queries"]}

    def topics(self) -> set[str]:
        """Return the names of the cluster's topics."""
        found = self.account.kafka.call("GET", f"/kafka/v3/clusters/{self.account.kafka_id}/topics")
        return {each["topic_name"] for each in found["data"]}

    def records(self, topic: str) -> list[dict[str, Any]]:
        """Return a topic's records, decoded, once all queries have caught up."""
        self.sandbox("GET", "/settle")
        path = f"/clusters/{self.account.kafka_id}/topics/{topic}/records?from=0&limit=100000"
        found: list[dict[str, Any]] = self.sandbox("GET", path)["records"]
        return found

    def rows(self, query: str) -> list[list[Any]]:
        """Return the rows of a pull query once all queries have caught up."""
        self.sandbox("GET", "/settle")
        _, *rows = self.account.pull(query)
        return sorted(rows, key=repr)

    def add_trades(self, records: Sequence[Record]) -> None:
        """Append trades to `stocks_topic`."""
        stream = "STOCKS_STREAM" if "STOCKS_STREAM" in self.objects() else "feed_trades"
        for each in records:
            columns, values = zip(*each["value"].items(), strict=True)
            self.ksql(
                f"INSERT INTO {stream} (ROWTIME, {', '.join(columns)})"
                f" VALUES ({each['timestamp']}, {', '.join(map(literal, values))});"
            )
        self.trades += records


def literal(value: object) -> str:
    """Return a value as ksqlDB writes it."""
    return f"'{value}'" if isinstance(value, str) else str(value)


def feed(pipeline: Pipeline) -> None:
    """Make both topics with their records, and no stream or table that stays."""
    # The trades are of 1970: retention would take them away while tests run.
    pipeline.account.create_topic("stocks_topic", configs={"retention.ms": "-1"})
    pipeline.ksql(FEED)
    for each in USERS:
        value = each["value"]
        pipeline.ksql(
            "INSERT INTO feed_users (ROWTIME, userid, registertime, gender, regionid) VALUES"
            f" ({each['timestamp']}, '{each['key']}', 1, '{value['gender']}',"
            f" '{value['regionid']}');"
        )
    pipeline.add_trades(TRADES)
    pipeline.ksql("DROP STREAM feed_trades; DROP TABLE feed_users;")


@contextmanager
def running() -> Iterator[Pipeline]:
    """A sandbox with both topics filled, and a stack whose statements are not yet made."""
    with bench() as made, closing(open_account(made.checkout.port)) as account:
        key = account.key_for(account.ksqldb_id, account.environment)
        pipeline = Pipeline(made.of_program("pipeline", PROGRAM), account, key)
        pipeline.reset()
        feed(pipeline)
        yield pipeline
