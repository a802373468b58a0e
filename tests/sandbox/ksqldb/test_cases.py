"""Our own cases, in the format of ksqlDB's functional tests: a file per area."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from sandbox.ksqldb.testing.cases import Case, read_cases
from sandbox.ksqldb.testing.cli import ksql_test
from sandbox.ksqldb.testing.outcome import Result
from sandbox.ksqldb.testing.running import run_one

FOLDER = Path(__file__).parent / "cases"
CASES = [case for path in sorted(FOLDER.glob("*.json")) for case in read_cases(path)]

STREAM = "CREATE STREAM s (k VARCHAR KEY, n INT) WITH (kafka_topic='s', value_format='JSON');"
COPY = "CREATE STREAM c AS SELECT k, n FROM s;"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}: {case.name}")
def test_case_holds(case: Case) -> None:
    found = run_one(case)

    assert (found.result, found.detail) == (
        Result.PASSED,
        "message equal" if case.body.get("expectedError") or _message(case) else "",
    )


def _message(case: Case) -> bool:
    return "message" in (case.body.get("expectedException") or {})


def files(folder: Path, outputs: Sequence[Mapping[str, object]]) -> list[str]:
    (folder / "s.sql").write_text(f"{STREAM}\n-- a copy\n{COPY}\n")
    inputs = [{"topic": "s", "key": "a", "value": {"n": 1}, "timestamp": 7}]
    (folder / "i.json").write_text(json.dumps({"inputs": inputs}))
    (folder / "o.json").write_text(json.dumps({"outputs": outputs}))
    paths = [str(folder / name) for name in ("s.sql", "i.json", "o.json")]
    return ["--sql-file", paths[0], "--input-file", paths[1], "--output-file", paths[2]]


def test_three_files_pass_when_the_records_are_as_expected(tmp_path: Path) -> None:
    expected = {"topic": "C", "key": "a", "value": {"N": 1}, "timestamp": 7}

    ran = CliRunner().invoke(ksql_test, files(tmp_path, [expected]))

    assert (ran.output, ran.exit_code) == ("1 passed, 0 failed, 0 refused\n", 0)


def test_three_files_fail_with_the_first_difference(tmp_path: Path) -> None:
    expected = {"topic": "C", "key": "a", "value": {"N": 2}}

    ran = CliRunner().invoke(ksql_test, files(tmp_path, [expected]))

    assert ran.output == (
        "failed: s.sql[0] s: C: record 1: value is {'N': 1}, expected {'N': 2}\n"
        "0 passed, 1 failed, 0 refused\n"
    )
    assert ran.exit_code == 1


def test_a_record_too_many_fails(tmp_path: Path) -> None:
    ran = CliRunner().invoke(
        ksql_test, files(tmp_path, [{"topic": "C", "key": "a", "value": {"N": 1}}] * 2)
    )

    assert "C: record 2 is missing" in ran.output
    assert ran.exit_code == 1


def case_file(folder: Path, *tests: Mapping[str, object]) -> str:
    path = folder / "cases.json"
    path.write_text(json.dumps({"tests": list(tests)}))
    return str(path)


def test_a_refused_feature_is_neither_passed_nor_failed(tmp_path: Path) -> None:
    structured = "CREATE STREAM s (a ARRAY<INT>) WITH (kafka_topic='s', value_format='JSON');"
    path = case_file(tmp_path, {"name": "arrays", "statements": [structured], "outputs": []})

    ran = CliRunner().invoke(ksql_test, ["--cases", path, "--report", str(tmp_path / "r.json")])

    [one] = json.loads((tmp_path / "r.json").read_text())
    assert (one["result"], one["index"], one["name"]) == ("refused", 0, "arrays")
    assert ran.output.endswith("0 passed, 0 failed, 1 refused\n")


def test_formats_and_configs_make_a_case_each(tmp_path: Path) -> None:
    test = {
        "name": "formats",
        "format": ["JSON", "AVRO"],
        "config": ["true", "false"],
        "properties": {"ksql.new.query.planner.enabled": "{CONFIG}"},
        "statements": [STREAM.replace("JSON", "{FORMAT}"), COPY],
        "inputs": [{"topic": "s", "key": "a", "value": {"n": 1}}],
        "outputs": [{"topic": "C", "key": "a", "value": {"N": 1}}],
    }

    ran = CliRunner().invoke(ksql_test, ["--cases", case_file(tmp_path, test)])

    assert ran.output == "4 passed, 0 failed, 0 refused\n"


def test_a_missing_refusal_fails(tmp_path: Path) -> None:
    expected = {"message": "no such thing"}
    test = {"name": "n", "statements": [STREAM], "expectedException": expected}

    ran = CliRunner().invoke(ksql_test, ["--cases", case_file(tmp_path, test)])

    assert "n: expected a refusal: no such thing" in ran.output


def test_a_file_without_cases_is_a_usage_error(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text("[]")

    ran = CliRunner().invoke(ksql_test, ["--cases", str(path)])

    assert f'{path}: expected an object with a list "tests"' in ran.output
    assert ran.exit_code == 2
