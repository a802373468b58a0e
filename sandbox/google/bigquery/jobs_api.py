"""Jobs and queries over HTTP: insert, get, list, cancel, delete; query and getQueryResults."""

import hashlib
import secrets
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.api import Caller, Json, Operation, Realm
from sandbox.google.bigquery.fields import schema_to_wire
from sandbox.google.bigquery.jobs import Job, Jobs, job_resource
from sandbox.google.bigquery.resources import COUNT, Page, flag, number, page_token, root
from sandbox.google.bigquery.tabledata_api import PAGE_LIMIT, wants_int64
from sandbox.google.bigquery.values import wire_rows
from sandbox.google.bodies import json_object
from sandbox.google.errors import Invalid
from sandbox.google.shapes import JOB, QUERY_REQUEST

PROJECT = "/bigquery/v2/projects/{project}"
JOBS = PROJECT + "/jobs"
MEMBER = JOBS + "/{job}"
QUERIES = PROJECT + "/queries"

QUERY_SETTINGS = (
    "query",
    "useLegacySql",
    "defaultDataset",
    "parameterMode",
    "queryParameters",
    "maximumBytesBilled",
    "useQueryCache",
    "createSession",
    "connectionProperties",
)
"""What a `QueryRequest` shares with a query job's configuration."""


@dataclass(frozen=True)
class JobsApi:
    """The `jobs` collection."""

    jobs: Jobs

    def operations(self) -> tuple[Operation, ...]:
        """Return what it answers."""
        google = Realm.GOOGLE
        return (
            Operation("POST", JOBS, "bigquery.jobs.insert", google, self.insert),
            Operation("GET", JOBS, "bigquery.jobs.list", google, self.list),
            Operation("GET", MEMBER, "bigquery.jobs.get", google, self.get),
            Operation("POST", MEMBER + "/cancel", "bigquery.jobs.cancel", google, self.cancel),
            Operation("DELETE", MEMBER + "/delete", "bigquery.jobs.delete", google, self.delete),
            Operation("POST", QUERIES, "bigquery.jobs.query", google, self.query),
            Operation(
                "GET",
                QUERIES + "/{job}",
                "bigquery.jobs.getQueryResults",
                google,
                self.get_query_results,
            ),
        )

    async def insert(self, request: Request, caller: Caller) -> Response:
        """Do a job; a job that failed is an answer, not an error."""
        body = await json_object(request, JOB)
        job = self.jobs.run(caller, request.path_params["project"], body)
        return JSONResponse(job_resource(job, root(request)))

    async def list(self, request: Request, caller: Caller) -> Response:
        """List jobs, latest first."""
        project = request.path_params["project"]
        jobs = self.jobs.jobs(caller, project, all_users=flag(request, "allUsers"))
        states = request.query_params.getlist("stateFilter")
        if states and "done" not in [each.lower() for each in states]:
            jobs = []
        items, next_page = Page.of(request).cut(jobs)
        resources = [job_resource(job, root(request)) for job in items]
        for resource, job in zip(resources, items, strict=True):
            resource["state"] = "DONE"
            if job.error:
                resource["errorResult"] = job.error.proto()
        answer: dict[str, Json] = {"kind": "bigquery#jobList", "etag": "", "jobs": resources}
        return JSONResponse(answer | ({"nextPageToken": next_page} if next_page else {}))

    async def get(self, request: Request, caller: Caller) -> Response:
        """Return a job."""
        return JSONResponse(job_resource(self._job(request, caller), root(request)))

    async def cancel(self, request: Request, caller: Caller) -> Response:
        """Return the job: it has ended already."""
        resource = job_resource(self._job(request, caller), root(request))
        return JSONResponse({"kind": "bigquery#jobCancelResponse", "job": resource})

    async def delete(self, request: Request, caller: Caller) -> Response:
        """Forget a job."""
        self.jobs.delete(self._job(request, caller))
        return Response(status_code=204)

    async def query(self, request: Request, caller: Caller) -> Response:
        """Run a query and answer with its first rows; a query that fails is an error."""
        body = await json_object(request, QUERY_REQUEST)
        configuration: dict[str, Json] = {
            "query": {key: body[key] for key in QUERY_SETTINGS if key in body}
        }
        configuration |= {key: body[key] for key in ("dryRun", "labels") if key in body}
        reference = {"jobId": _job_id(body.get("requestId"))}
        if body.get("location"):
            reference["location"] = str(body["location"])
        project = request.path_params["project"]
        # A client that got no answer sends the same request again: it must not run twice.
        job = self.jobs.find(caller, project, reference["jobId"]) or self.jobs.run(
            caller, project, {"configuration": configuration, "jobReference": reference}
        )
        if job.error:
            raise job.error
        size = body.get("maxResults")
        if size is not None and not COUNT.fullmatch(str(size)):
            raise Invalid(f"Invalid value for maxResults: {size}", location="maxResults")
        options = body.get("formatOptions") or {}
        page = Page(0, None if size is None else int(size))
        int64 = str(options.get("useInt64Timestamp", "")).lower() == "true"
        answer = _rows_answer(job, page, int64_timestamps=int64)
        answer["kind"] = "bigquery#queryResponse"
        if body.get("dryRun"):
            answer["jobReference"] = {k: v for k, v in job.reference.items() if k != "jobId"}
        return JSONResponse(answer)

    async def get_query_results(self, request: Request, caller: Caller) -> Response:
        """Return rows of a query that has run; its failure is this call's."""
        job = self._job(request, caller)
        number(request, "timeoutMs", None)
        if job.error:
            raise job.error
        if job.query is None:
            raise Invalid(f"Job {job.project}:{job.job_id} is not a query")
        answer = _rows_answer(job, Page.of(request), int64_timestamps=wants_int64(request))
        return JSONResponse({"kind": "bigquery#getQueryResultsResponse", "etag": "", **answer})

    def _job(self, request: Request, caller: Caller) -> Job:
        return self.jobs.job(caller, request.path_params["project"], request.path_params["job"])


def _job_id(request_id: Json) -> str:
    if not request_id:
        return f"job_{secrets.token_urlsafe(20)}"
    return f"job_{hashlib.sha256(str(request_id).encode()).hexdigest()[:28]}"


def _rows_answer(job: Job, page: Page, *, int64_timestamps: bool) -> dict[str, Json]:
    """Return what both ways to a query's rows answer."""
    result = job.query
    assert result is not None
    answer: dict[str, Json] = {
        "jobReference": job.reference,
        "jobComplete": True,
        "cacheHit": False,
        "totalBytesProcessed": str(result.bytes_processed),
    }
    if result.affected is not None:
        answer["numDmlAffectedRows"] = str(result.affected)
    if not result.schema:
        return answer
    answer["schema"] = schema_to_wire(result.schema)
    if job.configuration.get("dryRun"):
        return answer
    size = PAGE_LIMIT if page.size is None else min(page.size, PAGE_LIMIT)
    rows = result.rows[page.start : page.start + size]
    answer["totalRows"] = str(len(result.rows))
    if rows:
        answer["rows"] = wire_rows(result.schema, rows, int64_timestamps=int64_timestamps)
    reached = page.start + len(rows)
    if reached < len(result.rows):
        answer["pageToken"] = page_token(reached)
    return answer
