"""BigQuery over plain REST: run a query, look at a table.

Google's client library would double the commands' start-up; these two calls do not need it.
"""

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests

from ksql.waiting import RealClock, every
from workshop.outputs import StackOutputs

TIMEOUT_S = 30.0
QUERY_PATIENCE = timedelta(minutes=2)


class BigQueryFailed(Exception):
    """BigQuery refused, or cannot be reached; the message is its own."""


@dataclass(frozen=True)
class Result:
    """The rows of a query."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    """Values as BigQuery writes them, texts; None is NULL."""


class BigQuery:
    """One project of BigQuery."""

    def __init__(self, outputs: StackOutputs, environ: Mapping[str, str]) -> None:
        self._base = f"{outputs.bigquery_address}/projects/{outputs['bigquery_project']}"
        self._dataset = outputs["bigquery_dataset"]
        self._project = outputs["bigquery_project"]
        self._http = requests.Session()
        if outputs.is_sandbox:
            # No proxy and no .netrc of the user's shell concerns this machine's own addresses.
            self._http.trust_env = False
        else:
            self._http.headers["Authorization"] = f"Bearer {_token(environ)}"

    def close(self) -> None:
        """Let connections go."""
        self._http.close()

    def query(self, sql: str) -> Result:
        """Return all rows of a query; tables without a dataset are the workshop's.

        Raises:
            BigQueryFailed.
        """
        answer = self._call(
            "POST",
            "/queries",
            {
                "query": sql,
                "useLegacySql": False,
                "defaultDataset": {"projectId": self._project, "datasetId": self._dataset},
                "timeoutMs": 10_000,
            },
        )
        job = answer["jobReference"]["jobId"]
        for _ in every(0.5, QUERY_PATIENCE, RealClock()):
            if answer.get("jobComplete", True):
                return self._pages(job, answer)
            answer = self._call("GET", f"/queries/{job}?timeoutMs=10000")
        raise BigQueryFailed(f"job {job} is not done after {QUERY_PATIENCE}")

    def table_rows(self, table: str) -> int | None:
        """Return how many rows a table holds; None when there is no such table."""
        path = f"/datasets/{self._dataset}/tables/{table}"
        answer = self._send("GET", path, None)
        if answer.status_code == requests.codes.not_found:
            return None
        return int(self._checked(answer).get("numRows", 0))

    def _pages(self, job: str, answer: Mapping[str, Any]) -> Result:
        fields = (answer.get("schema") or {}).get("fields", [])
        rows = _rows(answer)
        while token := answer.get("pageToken"):
            answer = self._call("GET", f"/queries/{job}?pageToken={token}")
            rows += _rows(answer)
        return Result(tuple(field["name"] for field in fields), tuple(rows))

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._checked(self._send(method, path, body))

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> requests.Response:
        try:
            return self._http.request(method, self._base + path, json=body, timeout=TIMEOUT_S)
        except requests.RequestException as broken:
            raise BigQueryFailed(f"{self._base} does not answer: {broken}") from None

    def _checked(self, answer: requests.Response) -> Any:
        if answer.ok:
            return answer.json()
        try:
            message = answer.json()["error"]["message"]
        except (ValueError, KeyError, TypeError):
            message = answer.text[:200]
        raise BigQueryFailed(f"{message} (BigQuery, {answer.status_code})")


def _rows(answer: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return [tuple(cell.get("v") for cell in row["f"]) for row in answer.get("rows", [])]


def _token(environ: Mapping[str, str]) -> str:
    if token := environ.get("GOOGLE_OAUTH_ACCESS_TOKEN"):
        return token
    gcloud = shutil.which("gcloud")
    if gcloud is None:
        raise BigQueryFailed(
            "no Google credentials: set GOOGLE_OAUTH_ACCESS_TOKEN, or install gcloud and log in"
        )
    answer = subprocess.run(  # noqa: S603 - Google's own tool, fixed arguments
        [gcloud, "auth", "print-access-token"], capture_output=True, text=True, check=False
    )
    if answer.returncode != 0:
        raise BigQueryFailed(f"gcloud gives no token: {answer.stderr.strip()}")
    return answer.stdout.strip()
