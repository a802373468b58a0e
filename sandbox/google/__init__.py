"""Google Cloud, as far as the workshop meets it: BigQuery, service accounts, project policies.

`GoogleCloud` is all that the rest of the sandbox sees. A call without credentials is the
project's owner; a token got with a minted key file is that service account, with its rights.
"""

import re
from dataclasses import replace
from pathlib import Path

from starlette.requests import Request

from sandbox.api import Api, Caller, Realm
from sandbox.clock import Clock
from sandbox.google.bigquery.service import BigQuery
from sandbox.google.bigquery.warehouse import Warehouse
from sandbox.google.errors import Unauthenticated
from sandbox.google.iam_api import IamApi, TokenApi
from sandbox.google.identity import Identities
from sandbox.google.projects_api import ProjectsApi
from sandbox.google.rights import Rights

BEARER = re.compile(r"(?i:bearer)\s+(\S+)")


class GoogleCloud:
    """Every Google API of one sandbox."""

    def __init__(self, state_dir: Path | None, clock: Clock) -> None:
        """Begin empty.

        Args:
            state_dir: Where rows are kept while the process lives; None keeps them in memory.
            clock: The sandbox's.
        """
        self._identities = Identities(clock)
        self._bigquery = BigQuery(self._identities, clock, state_dir)

    @property
    def warehouse(self) -> Warehouse:
        """BigQuery for the sink connector."""
        return self._bigquery.warehouse

    def apis(self) -> tuple[Api, ...]:
        """Return the APIs, each of which checks its own callers."""
        rights = Rights(self._identities)
        apis = (
            self._bigquery.api(),
            IamApi(self._identities, rights).api(),
            TokenApi(self._identities).api(),
            *ProjectsApi(self._identities, rights).apis(),
        )
        return tuple(replace(api, authenticate=self._caller) for api in apis)

    def authenticate(self, bearer_token: str | None) -> Caller:
        """Tell who calls; None is the project's owner.

        Raises:
            ApiError: 401, the token is not one of ours.
        """
        return self._identities.authenticate(bearer_token)

    def inventory(self) -> dict[str, list[dict[str, str]]]:
        """Return everything that exists, by kind; each thing has an `id` and a `project`."""
        datasets, accounts = self._bigquery.catalog.all(), self._identities.all()
        return {
            "bigquery_datasets": [{"id": d.dataset_id, "project": d.project} for d in datasets],
            "bigquery_tables": [
                {"id": table, "dataset": d.dataset_id, "project": d.project}
                for d in datasets
                for table in d.tables
            ],
            "google_service_accounts": [{"id": a.email, "project": a.project} for a in accounts],
            "google_service_account_keys": [
                {"id": key, "account": a.email, "project": a.project}
                for a in accounts
                for key in a.keys
            ],
            "google_project_bindings": [
                {"id": f"{role} {member}", "project": project}
                for project, role, member in self._identities.bindings()
            ],
        }

    def close(self) -> None:
        """Let go of the rows."""
        self._bigquery.store.close()

    def _caller(self, request: Request, _realm: Realm) -> Caller:
        header = request.headers.get("authorization")
        if header is None:
            return self.authenticate(request.query_params.get("access_token"))
        match = BEARER.fullmatch(header)
        if match is None:
            raise Unauthenticated
        return self.authenticate(match[1])
