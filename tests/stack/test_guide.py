"""The examples of `docs/ksql-statements.md` run as they stand there, one after the other."""

import re
from pathlib import Path
from typing import Any

import pulumi
import pytest

from stack.ksql_statement import KsqlStatementProvider
from tests.stack.recorder import Recorder, recording

GUIDE = Path(__file__).parents[2] / "docs" / "ksql-statements.md"
EXAMPLE, ONE_MORE = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)


@pytest.fixture
def recorder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """What records the example's resources, in a folder with two statements for it."""
    folder = tmp_path / "statements"
    folder.mkdir()
    (folder / "1.sql").write_text(
        "CREATE STREAM trades (quantity INT) WITH (kafka_topic='trades', value_format='JSON');"
    )
    (folder / "2.sql").write_text(
        "CREATE STREAM t WITH (kafka_topic='t') AS SELECT quantity FROM trades"
        " WHERE quantity > ${threshold};"
    )
    monkeypatch.chdir(tmp_path)
    recorder = recording()
    pulumi.runtime.set_all_config(
        {
            "mine:ksqldb_endpoint": "https://ksql.example.test",
            "mine:ksqldb_api_key": "K",
            "mine:ksqldb_api_secret": "the-secret",
        }
    )

    return recorder


def run_example(*more: str) -> None:
    def run() -> None:
        names: dict[str, Any] = {}
        for text in (EXAMPLE, *more):
            exec(compile(text, str(GUIDE), "exec"), names)  # noqa: S102 - our own page

    pulumi.runtime.test(run)()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped


def test_the_example_declares_a_resource_per_file(recorder: Recorder) -> None:
    run_example()

    assert set(recorder.inputs) == {"statements", "statements-plan", "trades", "t"}
    assert recorder.inputs["t"]["sql"].endswith("WHERE quantity > 10;")
    assert recorder.inputs["t"]["upstreams"] == {"trades": "1a"}
    assert recorder.inputs["t"]["topic_policy"] == "keep"


def test_the_second_example_declares_one_statement_more(recorder: Recorder) -> None:
    run_example(ONE_MORE)

    added = recorder.inputs["large_trades"]
    assert (added["name"], added["upstreams"]) == ("LARGE_TRADES", {"trades": "1a"})
    assert added["endpoint"] == "https://ksql.example.test"
    checked = KsqlStatementProvider().check({}, added)
    assert checked.failures == [], "the statement of the example is one that can be deployed"


def test_the_example_refuses_a_wrong_statement_before_it_declares_anything(
    recorder: Recorder,
) -> None:
    # Not any other exception: the engine would show its traceback.
    Path("statements/2.sql").write_text(
        "CREATE STREAM t AS SELECT price FROM trades WHERE quantity > ${threshold};"
    )

    with pytest.raises(pulumi.RunError, match=r"nothing has been created or changed:\n2\.sql:1:"):
        run_example()

    assert recorder.inputs == {}


def test_the_example_names_a_folder_without_statements(recorder: Recorder) -> None:
    for each in Path("statements").iterdir():
        each.unlink()

    with pytest.raises(pulumi.RunError, match=r"statements holds no \.sql file$"):
        run_example()

    assert recorder.inputs == {}
