"""Jobs: what was asked of BigQuery, when, and what came of it.

Everything is done by the time a job is answered: `state` is always DONE. Results are kept for the
latest jobs only, as the service keeps its own for a day.
"""

import secrets
import string
from collections import OrderedDict
from dataclasses import dataclass, field

from sandbox.api import Caller, Json
from sandbox.clock import Clock
from sandbox.google.bigquery.catalog import Catalog
from sandbox.google.bigquery.destinations import write_result
from sandbox.google.bigquery.fields import schema_to_wire
from sandbox.google.bigquery.loads import Load, LoadFailed, LoadResult, load
from sandbox.google.bigquery.parameters import parse_parameters
from sandbox.google.bigquery.queries import Queries
from sandbox.google.bigquery.resources import table_reference
from sandbox.google.bigquery.statement import Query, QueryResult
from sandbox.google.errors import Duplicate, GoogleError, Invalid, NotEmulated, NotFound
from sandbox.google.rights import Rights

JOBS_KEPT = 1000
RESULTS_KEPT = 100
JOB_ID = set(string.ascii_letters + string.digits + "-_")
JOB_ID_LIMIT = 1024
OWNER_EMAIL = "owner@sandbox.invalid"


@dataclass(eq=False)
class Job:
    """One job that has ended."""

    project: str
    job_id: str
    location: str
    configuration: Json
    user_email: str
    created_ms: int
    ended_ms: int = 0
    query: QueryResult | None = None
    loaded: LoadResult | None = None
    error: GoogleError | None = None
    errors: list[Json] = field(default_factory=list)
    """All that was wrong; a load that succeeded may have skipped rows."""

    @property
    def reference(self) -> Json:
        """Return the `JobReference`."""
        return {"projectId": self.project, "jobId": self.job_id, "location": self.location}


class Jobs:
    """All jobs, by project and id."""

    def __init__(self, catalog: Catalog, queries: Queries, rights: Rights, clock: Clock) -> None:
        self._catalog, self._queries = catalog, queries
        self._rights, self._clock = rights, clock
        self._jobs: OrderedDict[tuple[str, str], Job] = OrderedDict()

    def run(self, caller: Caller, project: str, body: Json, upload: bytes | None = None) -> Job:
        """Do what a `Job` resource asks and return the job, failed or not.

        Raises:
            GoogleError: The job could not be made at all: 400, 403, 409; and what a dry run
                finds.
        """
        self._rights.require_in_project(caller.principal, project, "bigquery.jobs.create")
        configuration = body.get("configuration")
        if not isinstance(configuration, dict):
            raise Invalid("Required parameter is missing: configuration")
        job = self._new(caller, project, body.get("jobReference") or {}, configuration)
        try:
            self._do(caller, job, upload)
        except GoogleError as problem:
            if configuration.get("dryRun") or isinstance(problem, NotEmulated):
                self._jobs.pop((project, job.job_id), None)
                raise
            job.error = problem
            job.errors = getattr(problem, "all_errors", None) or [problem.proto()]
        except Exception:
            self._jobs.pop((project, job.job_id), None)
            raise
        job.ended_ms = self._clock.now_ms()
        self._forget()
        return job

    def job(self, caller: Caller, project: str, job_id: str) -> Job:
        """Return a job; everybody sees their own, administrators all.

        Raises:
            GoogleError: 404, or 403.
        """
        job = self._jobs.get((project, job_id))
        if job is None:
            raise NotFound(f"Job {project}:{job_id}")
        if job.user_email != email_of(caller):
            self._rights.require_in_project(caller.principal, project, "bigquery.jobs.list")
        return job

    def find(self, caller: Caller, project: str, job_id: str) -> Job | None:
        """Return the caller's own job of that id, or None."""
        job = self._jobs.get((project, job_id))
        return job if job is not None and job.user_email == email_of(caller) else None

    def jobs(self, caller: Caller, project: str, *, all_users: bool) -> list[Job]:
        """Return the jobs of a project, latest first; one's own unless `all_users`."""
        if all_users:
            self._rights.require_in_project(caller.principal, project, "bigquery.jobs.list")
        mine = email_of(caller)
        return [
            job
            for job in reversed(self._jobs.values())
            if job.project == project and (all_users or job.user_email == mine)
        ]

    def delete(self, job: Job) -> None:
        """Forget a job."""
        del self._jobs[job.project, job.job_id]

    def _new(self, caller: Caller, project: str, reference: Json, configuration: Json) -> Job:
        job_id = str(reference.get("jobId") or f"job_{secrets.token_urlsafe(20)}")
        if not set(job_id) <= JOB_ID or len(job_id) > JOB_ID_LIMIT:
            raise Invalid(f'Invalid job ID "{job_id}"')
        location = str(reference.get("location") or "US")
        if (project, job_id) in self._jobs:
            raise Duplicate(f"Job {project}:{location}.{job_id}")
        now_ms = self._clock.now_ms()
        job = Job(project, job_id, location, configuration, email_of(caller), now_ms)
        if not configuration.get("dryRun"):
            self._jobs[project, job_id] = job
        return job

    def _do(self, caller: Caller, job: Job, upload: bytes | None) -> None:
        if job.configuration.get("query") is not None:
            self._query(caller, job)
        elif job.configuration.get("load") is not None:
            self._load(caller, job, upload)
        else:
            kinds = [key for key in ("copy", "extract") if key in job.configuration]
            if kinds:
                raise NotEmulated(f"Jobs of type {kinds[0].upper()}")
            raise Invalid("Job configuration must contain exactly one of query, load")

    def _query(self, caller: Caller, job: Job) -> None:
        configuration = job.configuration["query"]
        query = query_of(configuration, job.project, dry_run=bool(job.configuration.get("dryRun")))
        result = self._queries.run(caller, query)
        if result.tables:
            job.location = result.location
        destination = configuration.get("destinationTable")
        if destination and not query.dry_run:
            reference = table_reference(destination, job.project)
            write_result(self._catalog, caller, reference, result, configuration)
        job.query = result

    def _load(self, caller: Caller, job: Job, upload: bytes | None) -> None:
        if upload is None:
            raise NotEmulated("Load jobs from Cloud Storage (sourceUris)")
        configuration = job.configuration["load"]
        reference = table_reference(configuration.get("destinationTable"), job.project)
        try:
            job.loaded = load(self._catalog, caller, Load(reference, configuration, upload))
        except LoadFailed as failed:
            failed.all_errors = [failed.proto(), *failed.row_errors]
            raise
        job.errors = job.loaded.row_errors
        dataset = self._catalog.find_dataset(reference.project, reference.dataset)
        job.location = dataset.location if dataset else job.location

    def _forget(self) -> None:
        while len(self._jobs) > JOBS_KEPT:
            self._jobs.popitem(last=False)
        holding = [job for job in self._jobs.values() if job.query and job.query.rows]
        for job in holding[:-RESULTS_KEPT]:
            assert job.query is not None
            job.query.rows = []
            job.error = NotFound(f"Results of job {job.project}:{job.job_id}: they are gone")


def query_of(configuration: Json, project: str, *, dry_run: bool) -> Query:
    """Read a query's configuration.

    Raises:
        GoogleError: 400, something is missing; 501 for legacy SQL.
    """
    sql = configuration.get("query")
    if not isinstance(sql, str) or not sql.strip():
        raise Invalid("Required parameter is missing: query", location="query")
    # REST's default is true, for history's sake; Google's own clients always say false.
    if configuration.get("useLegacySql", True):
        raise NotEmulated("Legacy SQL (useLegacySql must be false)")
    default = configuration.get("defaultDataset") or {}
    dataset = None
    if default.get("datasetId"):
        dataset = (str(default.get("projectId") or project), str(default["datasetId"]))
    return Query(sql, project, dataset, parse_parameters(configuration), dry_run)


def email_of(caller: Caller) -> str:
    """Return the address that jobs show for a caller."""
    return caller.principal.partition(":")[2] or OWNER_EMAIL


def job_resource(job: Job, base: str) -> Json:
    """Return a `Job` as insert, get and list answer it."""
    is_dry_run = bool(job.configuration.get("dryRun"))
    reference = {k: v for k, v in job.reference.items() if k != "jobId" or not is_dry_run}
    status: dict[str, Json] = {"state": "DONE"}
    if job.error:
        status["errorResult"] = job.error.proto()
    if job.errors:
        status["errors"] = job.errors
    kind = "QUERY" if "query" in job.configuration else "LOAD"
    return {
        "kind": "bigquery#job",
        "etag": f"j{job.created_ms:x}",
        "id": f"{job.project}:{job.location}.{job.job_id}",
        "selfLink": f"{base}/projects/{job.project}/jobs/{job.job_id}?location={job.location}",
        "user_email": job.user_email,
        "configuration": {**job.configuration, "jobType": kind},
        "jobReference": reference,
        "statistics": _statistics(job),
        "status": status,
    }


def _statistics(job: Job) -> Json:
    statistics: dict[str, Json] = {
        "creationTime": str(job.created_ms),
        "startTime": str(job.created_ms),
        "endTime": str(job.ended_ms),
    }
    if job.query:
        statistics["totalBytesProcessed"] = str(job.query.bytes_processed)
        statistics["query"] = _query_statistics(job.query)
    if job.loaded:
        statistics["load"] = {
            "inputFiles": "1",
            "inputFileBytes": str(job.loaded.input_bytes),
            "outputRows": str(job.loaded.rows),
            "outputBytes": str(job.loaded.input_bytes),
            "badRecords": str(len(job.loaded.row_errors)),
        }
    return statistics


def _query_statistics(result: QueryResult) -> Json:
    statistics: dict[str, Json] = {
        "statementType": result.statement_type,
        "totalBytesProcessed": str(result.bytes_processed),
        "totalBytesBilled": "0",
        "cacheHit": False,
        "referencedTables": [each.to_wire() for each in result.tables],
    }
    if result.schema:
        statistics["schema"] = schema_to_wire(result.schema)
    if result.affected is not None:
        statistics["numDmlAffectedRows"] = str(result.affected)
        key = {"INSERT": "insertedRowCount", "UPDATE": "updatedRowCount",
               "DELETE": "deletedRowCount", "TRUNCATE_TABLE": "deletedRowCount"}.get(
            result.statement_type
        )  # fmt: skip
        if key:
            statistics["dmlStats"] = {key: str(result.affected)}
    if result.ddl:
        operation, target = result.ddl
        statistics["ddlOperationPerformed"] = operation
        if target:
            statistics["ddlTargetTable"] = target.to_wire()
    return statistics
