"""`python -m sandbox ksql-test`: runs statement tests and says which hold."""

import json
from collections import Counter
from pathlib import Path

import click

from sandbox.ksqldb.testing.cases import BadCaseFile
from sandbox.ksqldb.testing.outcome import Result
from sandbox.ksqldb.testing.running import CaseResult, run_files
from sandbox.ksqldb.testing.three_files import run_three_files

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("ksql-test")
@click.option("--sql-file", "-s", type=FILE, help="Statements of one test.")
@click.option("--input-file", "-i", type=FILE, help='Its inputs: {"inputs": [...]}.')
@click.option("--output-file", "-o", type=FILE, help='What must come out: {"outputs": [...]}.')
@click.option("--cases", is_flag=True, help="Run case files: give them as arguments.")
@click.option("--report", type=click.Path(path_type=Path), help="Write all results as JSON.")
@click.argument("files", nargs=-1, type=FILE)
def ksql_test(
    sql_file: Path | None,
    input_file: Path | None,
    output_file: Path | None,
    cases: bool,
    report: Path | None,
    files: tuple[Path, ...],
) -> None:
    """Test statements without a cluster.

    Either the three files of Confluent's ksql-test-runner, or --cases FILE… in the format of
    ksqlDB's own functional tests. Ends with 1 if a test fails.
    """
    try:
        results = _results(sql_file, input_file, output_file, files if cases else ())
    except BadCaseFile as problem:
        raise click.UsageError(str(problem)) from None
    for one in results:
        if one.result is not Result.PASSED:
            click.echo(f"{one.result}: {one.file}[{one.index}] {one.name}: {one.detail}")
    if report is not None:
        report.write_text(json.dumps([one.wire() for one in results], indent=1) + "\n")
    counts = Counter(one.result for one in results)
    click.echo(
        f"{counts[Result.PASSED]} passed, {counts[Result.FAILED]} failed, "
        f"{counts[Result.REFUSED]} refused"
    )
    raise SystemExit(0 if counts[Result.PASSED] == len(results) else 1)


def _results(
    sql_file: Path | None,
    input_file: Path | None,
    output_file: Path | None,
    files: tuple[Path, ...],
) -> list[CaseResult]:
    if files:
        return run_files(files)
    if sql_file and input_file and output_file:
        return [run_three_files(sql_file, input_file, output_file)]
    raise click.UsageError(
        "give --cases FILE…, or all of --sql-file, --input-file and --output-file"
    )
