"""Datasets over HTTP: insert, get, list, patch, update, delete."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.api import Caller, Json, Operation, Realm
from sandbox.google.bigquery.catalog import Catalog, Dataset, check_etag
from sandbox.google.bigquery.resources import (
    DATASET_SETTINGS,
    Page,
    dataset_item,
    dataset_resource,
    flag,
    patched_settings,
    reference_in,
    root,
    written_settings,
)
from sandbox.google.bodies import json_object
from sandbox.google.errors import Invalid
from sandbox.google.shapes import DATASET

COLLECTION = "/bigquery/v2/projects/{project}/datasets"
MEMBER = COLLECTION + "/{dataset}"
BASIC_ROLES = ("READER", "WRITER", "OWNER")
LABELS_LIMIT = 64


@dataclass(frozen=True)
class DatasetsApi:
    """The `datasets` collection."""

    catalog: Catalog

    def operations(self) -> tuple[Operation, ...]:
        """Return what it answers."""
        google = Realm.GOOGLE
        return (
            Operation("POST", COLLECTION, "bigquery.datasets.insert", google, self.insert),
            Operation("GET", COLLECTION, "bigquery.datasets.list", google, self.list),
            Operation("GET", MEMBER, "bigquery.datasets.get", google, self.get),
            Operation("PATCH", MEMBER, "bigquery.datasets.patch", google, self.patch),
            Operation("PUT", MEMBER, "bigquery.datasets.update", google, self.update),
            Operation("DELETE", MEMBER, "bigquery.datasets.delete", google, self.delete),
            Operation("POST", MEMBER + ":undelete", "bigquery.datasets.undelete", google),
        )

    async def insert(self, request: Request, caller: Caller) -> Response:
        """Create a dataset."""
        body = await json_object(request, DATASET)
        check_labels(body)
        dataset = self.catalog.create_dataset(
            caller,
            (
                request.path_params["project"],
                reference_in(body, "datasetReference", "datasetId"),
            ),
            location=location_of(body),
            access=_access_in(body),
            settings=written_settings(body, DATASET_SETTINGS),
        )
        return _answer(dataset, request)

    async def list(self, request: Request, caller: Caller) -> Response:
        """List datasets by name; `filter` takes `labels.key:value` terms."""
        project = request.path_params["project"]
        datasets = self.catalog.datasets(caller, project)
        for term in request.query_params.get("filter", "").split():
            datasets = [each for each in datasets if _has_label(each, term)]
        items, next_page = Page.of(request).cut(datasets)
        answer: dict[str, Json] = {"kind": "bigquery#datasetList", "etag": str(len(datasets))}
        if items:
            answer["datasets"] = [dataset_item(each) for each in items]
        return JSONResponse(answer | ({"nextPageToken": next_page} if next_page else {}))

    async def get(self, request: Request, caller: Caller) -> Response:
        """Return a dataset."""
        return _answer(self._dataset(request, caller), request)

    async def patch(self, request: Request, caller: Caller) -> Response:
        """Change what the body names."""
        dataset = self._changeable(request, caller)
        body = await json_object(request, DATASET)
        check_labels(body)
        settings = patched_settings(dataset.settings, body, DATASET_SETTINGS)
        self.catalog.change_dataset(dataset, settings=settings, access=_access_in(body))
        return _answer(dataset, request)

    async def update(self, request: Request, caller: Caller) -> Response:
        """Replace all settings; the access list stays if the body has none."""
        dataset = self._changeable(request, caller)
        body = await json_object(request, DATASET)
        check_labels(body)
        settings = written_settings(body, DATASET_SETTINGS)
        self.catalog.change_dataset(dataset, settings=settings, access=_access_in(body))
        return _answer(dataset, request)

    async def delete(self, request: Request, caller: Caller) -> Response:
        """Remove a dataset; with tables only if `deleteContents=true`."""
        dataset = self._dataset(request, caller, "bigquery.datasets.delete")
        self.catalog.delete_dataset(dataset, delete_contents=flag(request, "deleteContents"))
        return Response(status_code=204)

    def _dataset(
        self, request: Request, caller: Caller, need: str = "bigquery.datasets.get"
    ) -> Dataset:
        params = request.path_params
        return self.catalog.dataset(caller, params["project"], params["dataset"], need)

    def _changeable(self, request: Request, caller: Caller) -> Dataset:
        dataset = self._dataset(request, caller, "bigquery.datasets.update")
        check_etag(request.headers.get("if-match"), dataset.etag)
        return dataset


def _answer(dataset: Dataset, request: Request) -> Response:
    return JSONResponse(dataset_resource(dataset, root(request)), headers={"etag": dataset.etag})


def location_of(body: Json) -> str:
    """Return the location that a body asks for: regions in lower case, US and EU in upper."""
    location = str(body.get("location") or "US")
    return location.upper() if location.upper() in ("US", "EU") else location.lower()


def check_labels(body: Json) -> None:
    """Raise `GoogleError` 400 for labels that BigQuery would not take."""
    labels = body.get("labels") or {}
    if not isinstance(labels, dict) or len(labels) > LABELS_LIMIT:
        raise Invalid(f"Invalid value for labels: an object of at most {LABELS_LIMIT}")
    for key, value in labels.items():
        text = "" if value is None else value
        if not isinstance(text, str) or text != text.lower() or key != key.lower() or not key:
            raise Invalid(f'Invalid value for labels: "{key}": "{value}" must be lower-case text')


def _access_in(body: Json) -> "list[Json] | None":
    access = body.get("access")
    if access is not None and not isinstance(access, list):
        raise Invalid("Invalid value for access: must be a list")
    for entry in access or ():
        role = entry.get("role")
        if role and role not in BASIC_ROLES and not role.startswith(("roles/", "projects/")):
            raise Invalid(f"Invalid value for access.role: {role:.80}")
    return access


def _has_label(dataset: Dataset, term: str) -> bool:
    name, _, value = term.partition(":")
    if not name.startswith("labels."):
        raise Invalid(f"Invalid value for filter: {term}", location="filter")
    labels = dataset.settings.get("labels", {})
    key = name.removeprefix("labels.")
    return key in labels and (value in ("", "*") or labels[key] == value)
