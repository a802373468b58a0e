"""A folder of statements declared: what each resource is given."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import rpc

from ksql.graph import Script, make_plan
from stack.ksql_pipeline import KsqlPipeline, KsqlPipelineArgs, KsqlServer
from stack.statement_inputs import TopicPolicy
from tests.stack.recorder import recording

SCRIPTS = (
    Script("1.sql", "CREATE STREAM s (a INT) WITH (kafka_topic='s', value_format='JSON');"),
    Script(
        "2.sql",
        "CREATE TABLE t WITH (kafka_topic='t') AS SELECT a, COUNT(*) AS n FROM s GROUP BY a;",
    ),
    Script(
        "3.sql",
        "CREATE TABLE u WITH (kafka_topic='u') AS SELECT n, COUNT(*) AS m FROM t GROUP BY n;",
    ),
)
SERVER = KsqlServer("https://ksql.example.test", "KEY", "the-secret")


def declared(scripts: Sequence[Script] = SCRIPTS, **options: Any) -> dict[str, Any]:
    """Return the inputs of each resource of a pipeline with these options."""
    recorder = recording()

    def run() -> None:
        plan = make_plan(scripts, {})
        KsqlPipeline("statements", KsqlPipelineArgs(plan, scripts, SERVER, **options))

    pulumi.runtime.test(run)()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
    return recorder.inputs


def test_each_statement_is_given_what_its_plan_knows() -> None:
    found = declared()

    names = ("columns", "formats", "never_replaced", "upstreams", "after")
    assert {name: found["t"][name] for name in names} == {
        "columns": ["`A` INTEGER KEY", "`N` BIGINT"],
        "formats": {"key_format": "KAFKA", "value_format": "JSON"},
        "never_replaced": "",
        "upstreams": {"s": "1a"},
        "after": [1],
    }
    assert found["u"]["never_replaced"] == "an aggregate of a table"


def test_options_reach_every_statement_and_the_plan() -> None:
    found = declared(
        adopt=True, end_inserts=True, allow_recreation=False, result_topics=TopicPolicy.DELETE
    )

    names = ("adopt", "end_inserts", "allow_recreation", "topic_policy")
    assert {each: [found[each][name] for name in names] for each in "stu"} == {
        # Somebody else made the topic of a source.
        "s": [True, True, False, "keep"],
        "t": [True, True, False, "delete"],
        "u": [True, True, False, "delete"],
    }
    plan = found["statements-plan"]
    assert plan["endpoint"] == "https://ksql.example.test"
    told = (plan["adopt"], plan["end_inserts"], plan["result_topics"])
    assert told == (True, True, "delete")


def test_names_that_differ_in_case_alone_are_resources_of_their_own() -> None:
    quoted = Script(
        "4.sql", "CREATE STREAM `s` (a INT) WITH (kafka_topic='s2', value_format='JSON');"
    )
    other = Script(
        "5.sql", "CREATE STREAM `Mine` (a INT) WITH (kafka_topic='m', value_format='JSON');"
    )

    found = declared((*SCRIPTS, quoted, other))

    assert {name: each["name"] for name, each in found.items() if "sql" in each} == {
        "s": "S",
        "t": "T",
        "u": "U",
        "`s`": "s",
        "mine": "Mine",
    }


def test_properties_go_to_the_statement_they_are_for() -> None:
    found = declared(properties={"T": {"auto.offset.reset": "latest"}})

    assert [found[each]["properties"] for each in "stu"] == [
        {"auto.offset.reset": "earliest"},
        {"auto.offset.reset": "latest"},
        {"auto.offset.reset": "earliest"},
    ]


def test_properties_of_nobody_are_refused_before_anything_is_declared() -> None:
    with pytest.raises(pulumi.RunError) as refused:
        declared(properties={"t": {"auto.offset.reset": "latest"}})

    assert str(refused.value) == (
        "properties are given for t, which no statement creates; there are S, T, U"
    )


def test_the_secret_is_a_secret_input_of_plan_and_statements() -> None:
    found = declared()

    marked = {name: each["api_secret"] for name, each in found.items() if "api_secret" in each}
    assert set(marked) == {"statements-plan", "s", "t", "u"}
    assert all(each == {rpc._special_sig_key: rpc._special_secret_sig, "value": "the-secret"}
               for each in marked.values())  # fmt: skip


def test_arguments_never_show_the_secret() -> None:
    plan = make_plan(SCRIPTS, {})

    assert "the-secret" not in repr(KsqlPipelineArgs(plan, SCRIPTS, SERVER))
    assert "KEY" in repr(SERVER)


def test_the_guide_names_every_file_that_the_statements_need() -> None:
    root = Path(__file__).parents[2]
    guide = (root / "docs" / "ksql-statements.md").read_text()

    needed = {"ksql_pipeline.py"}
    while (
        more := {
            f"{line.split()[1].removeprefix('stack.')}.py"
            for name in needed
            for line in (root / "stack" / name).read_text().splitlines()
            if line.startswith("from stack.")
        }
        - needed
    ):
        needed |= more
    assert {name for name in needed if f"`stack/{name}`" not in guide} == set()
    assert len(needed) > 3
