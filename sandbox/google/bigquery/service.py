"""BigQuery put together: its state, its API, and what it refuses by name."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.api import Api, Caller, Operation, Realm
from sandbox.clock import Clock
from sandbox.google.bigquery.catalog import Catalog
from sandbox.google.bigquery.datasets_api import MEMBER as DATASET
from sandbox.google.bigquery.datasets_api import DatasetsApi
from sandbox.google.bigquery.jobs import Jobs
from sandbox.google.bigquery.jobs_api import PROJECT, JobsApi
from sandbox.google.bigquery.queries import Queries
from sandbox.google.bigquery.store import DuckDbStore
from sandbox.google.bigquery.tabledata_api import TabledataApi
from sandbox.google.bigquery.tables_api import MEMBER as TABLE
from sandbox.google.bigquery.tables_api import TablesApi
from sandbox.google.bigquery.uploads_api import UploadsApi
from sandbox.google.bigquery.warehouse import Warehouse
from sandbox.google.errors import error_body
from sandbox.google.identity import Identities, project_number
from sandbox.google.rights import Rights

NOT_EMULATED = (
    ("GET", DATASET + "/routines", "bigquery.routines.list"),
    ("POST", DATASET + "/routines", "bigquery.routines.insert"),
    ("GET", DATASET + "/routines/{routine}", "bigquery.routines.get"),
    ("PUT", DATASET + "/routines/{routine}", "bigquery.routines.update"),
    ("DELETE", DATASET + "/routines/{routine}", "bigquery.routines.delete"),
    ("GET", DATASET + "/models", "bigquery.models.list"),
    ("GET", DATASET + "/models/{model}", "bigquery.models.get"),
    ("PATCH", DATASET + "/models/{model}", "bigquery.models.patch"),
    ("DELETE", DATASET + "/models/{model}", "bigquery.models.delete"),
    ("GET", TABLE + "/rowAccessPolicies", "bigquery.rowAccessPolicies.list"),
)


class BigQuery:
    """One BigQuery for all projects of the sandbox."""

    def __init__(self, identities: Identities, clock: Clock, folder: Path | None) -> None:
        rights = Rights(identities)
        self.store = DuckDbStore(folder)
        self.catalog = Catalog(clock, rights, self.store)
        self.queries = Queries(self.catalog, clock)
        self.jobs = Jobs(self.catalog, self.queries, rights, clock)
        self.warehouse = Warehouse(self.catalog, identities)

    def api(self) -> Api:
        """Return the REST API."""
        google = Realm.GOOGLE
        operations = (
            Operation("GET", "/bigquery/v2/projects", "bigquery.projects.list", google, self.list),
            Operation(
                "GET",
                PROJECT + "/serviceAccount",
                "bigquery.projects.getServiceAccount",
                google,
                _service_account,
            ),
            *DatasetsApi(self.catalog).operations(),
            *TablesApi(self.catalog, self.queries.view_schema).operations(),
            *TabledataApi(self.catalog).operations(),
            *JobsApi(self.jobs).operations(),
            *UploadsApi(self.jobs).operations(),
            *(Operation(method, path, name, google) for method, path, name in NOT_EMULATED),
        )
        prefixes = ("/bigquery/v2", "/upload/bigquery/v2")
        return Api("BigQuery v2", prefixes, operations, error_body)

    async def list(self, _request: Request, caller: Caller) -> Response:
        """List the projects that hold a dataset the caller may see."""
        projects = [
            {
                "kind": "bigquery#project",
                "id": project,
                "numericId": project_number(project),
                "projectReference": {"projectId": project},
                "friendlyName": project,
            }
            for project in self.catalog.projects(caller)
        ]
        answer = {"kind": "bigquery#projectList", "etag": "", "totalItems": len(projects)}
        return JSONResponse(answer | ({"projects": projects} if projects else {}))


async def _service_account(request: Request, _caller: Caller) -> Response:
    number = project_number(request.path_params["project"])
    email = f"bq-{number}@bigquery-encryption.iam.gserviceaccount.com"
    return JSONResponse({"kind": "bigquery#getServiceAccountResponse", "email": email})
