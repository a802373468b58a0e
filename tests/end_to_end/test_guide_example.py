"""The examples of `docs/ksql-statements.md` in a project of their own, with nothing else of ours.

What the guide says to copy is copied, and nothing more can be imported.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bench.account import Account, open_account
from bench.projects import STACK, Project, bench

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "ksql-statements.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)

STATEMENTS = {
    "1_trades.sql": "CREATE STREAM trades (account STRING KEY, quantity INT)"
    " WITH (KAFKA_TOPIC='trades', VALUE_FORMAT='JSON', PARTITIONS=1);",
    "2_counted.sql": "CREATE TABLE counted WITH (KAFKA_TOPIC='counted') AS"
    " SELECT account, COUNT(*) AS n FROM trades WHERE quantity > ${threshold} /* why */"
    " GROUP BY account EMIT CHANGES;",
}


def copy_what_the_guide_says(folder: Path) -> None:
    [sentence] = re.findall(r"^Copy (.*?) into your project", GUIDE, re.DOTALL | re.MULTILINE)
    for name in re.findall(r"`([^`]+)`", sentence):
        if name.endswith("/"):
            shutil.copytree(ROOT / name, folder / name)
        elif name.endswith("__init__.py"):
            (folder / name).write_text("")
        else:
            (folder / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, folder / name)


def configure(project: Project, name: str, value: str, *options: str) -> None:
    command = [str(project.cli), "config", "set", name, *options, "--stack", STACK]
    subprocess.run(
        command, cwd=project.folder, env=dict(project.environ), input=value, text=True, check=True
    )


@pytest.fixture
def example() -> Iterator[tuple[Project, Account]]:
    """The guide's project, and the application that it is for."""
    with bench() as made, closing(open_account(made.checkout.port)) as account:
        project = made.of_program("guide", "\n".join(EXAMPLES), {"PYTHONPATH": ""})
        copy_what_the_guide_says(project.folder)
        (project.folder / "statements").mkdir()
        for file, text in STATEMENTS.items():
            (project.folder / "statements" / file).write_text(text)
        key, secret = account.key_for(account.ksqldb_id, account.environment)
        address = f"http://127.0.0.1:{account.port}{account.ksqldb_path}"
        configure(project, "ksqldb_endpoint", address)
        configure(project, "ksqldb_api_key", key)
        configure(project, "ksqldb_api_secret", secret, "--secret")
        yield project, account


def test_the_guides_examples_deploy_and_take_back_statements(
    example: tuple[Project, Account],
) -> None:
    project, account = example

    project.up()

    account.run_statements(
        "INSERT INTO trades (account, quantity) VALUES ('A', 2000);"
        "INSERT INTO trades (account, quantity) VALUES ('A', 11);"
        "INSERT INTO trades (account, quantity) VALUES ('A', 10);"
    )
    account.cloud.call("GET", "/sandbox/v1/settle")
    _, *rows = account.pull("SELECT * FROM counted;")
    assert rows == [["A", 2]]
    project.pulumi("preview", "--expect-no-changes", "--stack", STACK)
    project.destroy()
    body = {"ksql": "SHOW STREAMS; SHOW TABLES;"}
    streams, tables = account.ksqldb.call("POST", f"{account.ksqldb_path}/ksql", body)
    left = {each["name"] for each in (*streams["streams"], *tables["tables"])}
    assert left <= {"KSQL_PROCESSING_LOG"}
