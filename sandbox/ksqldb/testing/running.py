"""Runs cases and reports: one result per case, whatever happens inside it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from sandbox.ksqldb.testing import query_validation, rest_validation
from sandbox.ksqldb.testing.cases import Case, read_cases
from sandbox.ksqldb.testing.outcome import Failed, Refused, Result


@dataclass(frozen=True)
class CaseResult:
    """The result of one case; `detail` says what is wrong, or how alike the messages were."""

    file: str
    index: int
    name: str
    level: int | None
    result: Result
    detail: str

    def wire(self) -> dict[str, object]:
        """As the report file shows it."""
        return {**asdict(self), "result": str(self.result)}


def run_one(case: Case) -> CaseResult:
    """Run a case."""
    run = rest_validation.run_case if case.is_rest else query_validation.run_case
    try:
        result, detail = Result.PASSED, run(case)
    except Failed as reason:
        result, detail = Result.FAILED, str(reason)
    except Refused as reason:
        result, detail = Result.REFUSED, str(reason)
    except Exception as reason:  # noqa: BLE001 - a traceback is a failed case, not the end of the run
        result, detail = Result.FAILED, f"{type(reason).__name__}: {reason}"
    return CaseResult(case.file, case.index, case.name, case.level, result, detail)


def run_files(paths: Iterable[Path]) -> list[CaseResult]:
    """Run all cases of files.

    Raises:
        BadCaseFile: A file holds none.
    """
    return [run_one(case) for path in paths for case in read_cases(path)]
