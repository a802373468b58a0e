"""Rows over HTTP: `tabledata.insertAll` and `tabledata.list`."""

from collections import OrderedDict
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.api import Caller, Json, Operation, Realm
from sandbox.google.bigquery.catalog import Catalog, Table
from sandbox.google.bigquery.fields import Schema
from sandbox.google.bigquery.resources import Page, flag, page_token
from sandbox.google.bigquery.rows import append_rows, parse_rows
from sandbox.google.bigquery.tables_api import MEMBER, reference_of
from sandbox.google.bigquery.values import wire_rows
from sandbox.google.bodies import json_object
from sandbox.google.errors import Invalid, NotEmulated, NotFound
from sandbox.google.shapes import ROWS

ROWS_LIMIT = 50_000
PAGE_LIMIT = 100_000
INSERT_IDS_REMEMBERED = 10_000
FLOAT_TIMESTAMPS = ("FLOAT64", "")


@dataclass(frozen=True)
class TabledataApi:
    """The rows of tables."""

    catalog: Catalog
    _insert_ids: OrderedDict[tuple[str, str], None] = field(default_factory=OrderedDict)
    """Ids of the latest streamed rows: a row sent again under its id is stored once."""

    def operations(self) -> tuple[Operation, ...]:
        """Return what it answers."""
        google = Realm.GOOGLE
        insert_all, rows = MEMBER + "/insertAll", MEMBER + "/data"
        return (
            Operation("POST", insert_all, "bigquery.tabledata.insertAll", google, self.insert_all),
            Operation("GET", rows, "bigquery.tabledata.list", google, self.list),
        )

    async def insert_all(self, request: Request, caller: Caller) -> Response:
        """Stream rows in; the answer lists the rows that were not taken, and why."""
        body = await json_object(request, ROWS)
        rows = body.get("rows")
        if not isinstance(rows, list) or not rows:
            raise Invalid("No rows present in the request.")
        if len(rows) > ROWS_LIMIT:
            raise Invalid(f"Too many rows present in the request, limit: {ROWS_LIMIT} row count")
        if body.get("templateSuffix"):
            raise NotEmulated("templateSuffix")
        table = self.catalog.table(caller, reference_of(request), "bigquery.tables.updateData")
        if table.is_view:
            raise Invalid(f"Cannot insert rows into {table.reference}: it is a VIEW.")
        parsed = parse_rows(
            table.schema,
            [row.get("json") if isinstance(row, dict) else None for row in rows],
            ignore_unknown=bool(body.get("ignoreUnknownValues")),
        )
        good = parsed.good
        if parsed.errors and not body.get("skipInvalidRows"):
            good = ()
            parsed.stop_the_others(len(rows))
        fresh = [i for i in good if self._is_new(table, rows[i].get("insertId"))]
        append_rows(self.catalog, table, parsed.columns(fresh))
        answer: dict[str, Json] = {"kind": "bigquery#tableDataInsertAllResponse"}
        if parsed.errors:
            answer["insertErrors"] = parsed.error_list()
        return JSONResponse(answer)

    def _is_new(self, table: Table, insert_id: Json) -> bool:
        if not insert_id:
            return True
        key = (str(table.storage), str(insert_id))
        if key in self._insert_ids:
            return False
        self._insert_ids[key] = None
        if len(self._insert_ids) > INSERT_IDS_REMEMBERED:
            self._insert_ids.popitem(last=False)
        return True

    async def list(self, request: Request, caller: Caller) -> Response:
        """Return rows in the order in which they came."""
        table = self.catalog.table(caller, reference_of(request), "bigquery.tables.getData")
        if table.storage is None:
            raise Invalid("Cannot list a table of type VIEW.")
        page = Page.of(request)
        schema = selected(table.schema, request.query_params.get("selectedFields"))
        size = PAGE_LIMIT if page.size is None else min(page.size, PAGE_LIMIT)
        total = self.catalog.store.count(table.storage)
        rows = self.catalog.store.read(table.storage, schema, limit=size, offset=page.start)
        answer: dict[str, Json] = {
            "kind": "bigquery#tableDataList",
            "etag": table.etag,
            "totalRows": str(total),
        }
        if rows:
            answer["rows"] = wire_rows(schema, rows, int64_timestamps=wants_int64(request))
        reached = page.start + len(rows)
        if reached < total and (rows or size == 0):
            answer["pageToken"] = page_token(reached)
        return JSONResponse(answer)


def wants_int64(request: Request) -> bool:
    """Whether timestamps are to come as whole microseconds."""
    return flag(request, "formatOptions.useInt64Timestamp")


def selected(schema: Schema, names: str | None) -> Schema:
    """Return the columns that `selectedFields` names, in the table's order; all if it is empty.

    Raises:
        GoogleError: 501 for a member of a RECORD, 404 for a column that does not exist.
    """
    if not names:
        return schema
    wanted = {name.strip().lower() for name in names.split(",")}
    for name in wanted:
        if "." in name:
            raise NotEmulated(f"selectedFields of a RECORD's members ({name})")
        if name not in {each.name.lower() for each in schema}:
            raise NotFound(f"Field {name}")
    return tuple(each for each in schema if each.name.lower() in wanted)
