"""A stack's ksqlDB application, asked as a participant would."""

import re
from collections.abc import Iterator
from typing import Any

from ksql.client import ApiKey, KsqlClient, Row
from ksql.language import LanguageError
from ksql.language.parser import parse_script
from ksql.language.tree import Print, Query
from ksql.waiting import IMPATIENT
from workshop.outputs import StackOutputs

PROPERTIES = {"auto.offset.reset": "earliest", "ksql.query.pull.table.scan.enabled": True}
"""What the lab sets by hand in the editor: read from the beginning, and allow table scans."""

LISTED = {
    "queries": ("id", "state", "queryType", "sinks"),
    "streams": ("name", "topic", "keyFormat", "valueFormat", "isWindowed"),
    "tables": ("name", "topic", "keyFormat", "valueFormat", "isWindowed"),
}
"""Members of a list that fit on a line; of other lists all are shown."""

_COLUMN = re.compile(r"`((?:[^`]|``)*)`")


def connect(outputs: StackOutputs) -> KsqlClient:
    """Return a client that gives up as soon as something is wrong."""
    key = ApiKey(outputs["ksqldb_api_key"], outputs["ksqldb_api_secret"])
    return KsqlClient(outputs["ksqldb_endpoint"], key, patience=IMPATIENT)


def is_query(sql: str) -> bool:
    """Return whether a text is a SELECT or a PRINT, which a server answers with rows.

    A text that does not parse here is judged by its first word: the server may know more.
    """
    try:
        parsed = parse_script(sql)
    except LanguageError:
        return sql.lstrip().upper().startswith(("SELECT", "PRINT"))
    return len(parsed) == 1 and isinstance(parsed[0].statement, Query | Print)


def rows_of(client: KsqlClient, sql: str) -> tuple[tuple[str, ...], Iterator[Row]]:
    """Return a query's column names, and its rows as they come."""
    answer = client.query(sql, PROPERTIES)
    names = tuple(name.replace("``", "`") for name in _COLUMN.findall(answer.schema))
    return names, answer.rows


def terminated(sql: str) -> str:
    """Return a statement with the semicolon that people leave out at a prompt."""
    return sql if sql.rstrip().endswith(";") else f"{sql.rstrip()};"


def entity_rows(entity: dict[str, Any]) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Return an entity of /ksql as columns and rows: its list if it has one, else its members."""
    hidden = ("@type", "statementText", "warnings")
    members = {name: value for name, value in entity.items() if name not in hidden}
    for name, value in members.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            columns = LISTED.get(name) or tuple(value[0])
            return columns, [tuple(each.get(column) for column in columns) for each in value]
    flat = members.get("sourceDescription") or members.get("commandStatus") or members
    return ("member", "value"), [(name, value) for name, value in flat.items()]
