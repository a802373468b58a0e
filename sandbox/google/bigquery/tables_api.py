"""Tables and views over HTTP: insert, get, list, patch, update, delete."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.api import Caller, Json, Operation, Realm
from sandbox.google.bigquery.catalog import (
    Catalog,
    Dataset,
    Table,
    TableReference,
    check_etag,
)
from sandbox.google.bigquery.datasets_api import check_labels
from sandbox.google.bigquery.fields import Schema, parse_schema
from sandbox.google.bigquery.resources import (
    REFUSED_TABLES,
    TABLE_SETTINGS,
    Page,
    patched_settings,
    reference_in,
    root,
    table_item,
    table_resource,
    written_settings,
)
from sandbox.google.bodies import json_object
from sandbox.google.errors import Invalid, NotEmulated
from sandbox.google.shapes import TABLE

COLLECTION = "/bigquery/v2/projects/{project}/datasets/{dataset}/tables"
MEMBER = COLLECTION + "/{table}"

ViewSchema = Callable[[Caller, str, str], Schema]
"""Takes the caller, the project and a view's SQL; returns the columns it has."""


@dataclass(frozen=True)
class TablesApi:
    """The `tables` collection."""

    catalog: Catalog
    view_schema: ViewSchema

    def operations(self) -> tuple[Operation, ...]:
        """Return what it answers."""
        google = Realm.GOOGLE
        return (
            Operation("POST", COLLECTION, "bigquery.tables.insert", google, self.insert),
            Operation("GET", COLLECTION, "bigquery.tables.list", google, self.list),
            Operation("GET", MEMBER, "bigquery.tables.get", google, self.get),
            Operation("PATCH", MEMBER, "bigquery.tables.patch", google, self.patch),
            Operation("PUT", MEMBER, "bigquery.tables.update", google, self.update),
            Operation("DELETE", MEMBER, "bigquery.tables.delete", google, self.delete),
            Operation("POST", MEMBER + ":getIamPolicy", "bigquery.tables.getIamPolicy", google),
            Operation("POST", MEMBER + ":setIamPolicy", "bigquery.tables.setIamPolicy", google),
        )

    async def insert(self, request: Request, caller: Caller) -> Response:
        """Create a table, or a view whose query is checked against what exists."""
        body = await json_object(request, TABLE)
        dataset = self._dataset(request, caller, "bigquery.tables.create")
        check_emulated(body)
        check_labels(body)
        settings = written_settings(body, TABLE_SETTINGS)
        schema = self._schema(caller, dataset, body) or ()
        table_id = reference_in(body, "tableReference", "tableId")
        table = self.catalog.create_table(dataset, table_id, schema, settings)
        return self._answer(table, dataset, request)

    async def list(self, request: Request, caller: Caller) -> Response:
        """List the tables and views of a dataset by name."""
        dataset = self._dataset(request, caller, "bigquery.tables.list")
        tables = [dataset.tables[name] for name in sorted(dataset.tables)]
        items, next_page = Page.of(request).cut(tables)
        answer: dict[str, Json] = {
            "kind": "bigquery#tableList",
            "etag": dataset.etag,
            "totalItems": len(tables),
        }
        if items:
            answer["tables"] = [table_item(each) for each in items]
        return JSONResponse(answer | ({"nextPageToken": next_page} if next_page else {}))

    async def get(self, request: Request, caller: Caller) -> Response:
        """Return a table or view with its schema and size."""
        table = self._table(request, caller, "bigquery.tables.get")
        return self._answer(table, self._dataset_of(request, caller), request)

    async def patch(self, request: Request, caller: Caller) -> Response:
        """Change what the body names."""
        return await self._change(request, caller, replace=False)

    async def update(self, request: Request, caller: Caller) -> Response:
        """Replace all settings; the schema stays if the body has none."""
        return await self._change(request, caller, replace=True)

    async def delete(self, request: Request, caller: Caller) -> Response:
        """Remove a table with its rows, or a view."""
        table = self._table(request, caller, "bigquery.tables.delete")
        self.catalog.delete_table(table.reference)
        return Response(status_code=204)

    async def _change(self, request: Request, caller: Caller, *, replace: bool) -> Response:
        table = self._table(request, caller, "bigquery.tables.update")
        check_etag(request.headers.get("if-match"), table.etag)
        body = await json_object(request, TABLE)
        check_emulated(body)
        check_labels(body)
        dataset = self._dataset_of(request, caller)
        if replace:
            settings = written_settings(body, TABLE_SETTINGS)
        else:
            settings = patched_settings(table.settings, body, TABLE_SETTINGS)
        if ("view" in settings) != table.is_view:
            raise Invalid(f"Cannot change the type of {table.reference}: table or view")
        schema = self._schema(caller, dataset, {**body, "view": settings.get("view")})
        self.catalog.change_table(table, schema=schema, settings=settings)
        if table.is_view and schema is not None:
            table.schema = schema
        return self._answer(table, dataset, request)

    def _schema(self, caller: Caller, dataset: Dataset, body: Json) -> Schema | None:
        view = body.get("view")
        if view is None:
            return None if body.get("schema") is None else parse_schema(body["schema"])
        if not isinstance(view, dict) or not str(view.get("query") or "").strip():
            raise Invalid("Required parameter is missing: query", location="query")
        # REST's default is true, for history's sake; Google's own clients always say false.
        if view.get("useLegacySql", True):
            raise NotEmulated("Legacy SQL (view.useLegacySql must be false)")
        computed = self.view_schema(caller, dataset.project, view["query"])
        return _described(computed, body.get("schema"))

    def _dataset(self, request: Request, caller: Caller, need: str) -> Dataset:
        params = request.path_params
        return self.catalog.dataset(caller, params["project"], params["dataset"], need)

    def _dataset_of(self, request: Request, caller: Caller) -> Dataset:
        return self._dataset(request, caller, "bigquery.datasets.get")

    def _table(self, request: Request, caller: Caller, need: str) -> Table:
        return self.catalog.table(caller, reference_of(request), need)

    def _answer(self, table: Table, dataset: Dataset, request: Request) -> Response:
        rows = 0 if table.storage is None else self.catalog.store.count(table.storage)
        resource = table_resource(table, dataset.location, rows, root(request))
        return JSONResponse(resource, headers={"etag": table.etag})


def reference_of(request: Request) -> TableReference:
    """Return the table that a path names."""
    params = request.path_params
    return TableReference(params["project"], params["dataset"], params["table"])


def check_emulated(body: Json) -> None:
    """Raise `NotEmulated` for kinds of tables that the sandbox does not have."""
    for key, what in REFUSED_TABLES.items():
        if body.get(key) is not None:
            raise NotEmulated(what)


def _described(computed: Schema, wire: Json) -> Schema:
    """Return a view's columns with the descriptions that the body gives them."""
    if wire is None:
        return computed
    given = {each.name.lower(): each for each in parse_schema(wire)}
    if set(given) != {each.name.lower() for each in computed}:
        raise Invalid("Schema field names of the view do not match the columns of its query")
    extras = {name: each.extras for name, each in given.items()}
    return tuple(
        type(each)(each.name, each.type, each.mode, each.fields, extras[each.name.lower()])
        for each in computed
    )
