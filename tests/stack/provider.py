"""A statement's inputs and state, and the provider's way to a server that a test scripts."""

from typing import Any

import pytest

from ksql.client import KsqlClient
from ksql.waiting import Tell
from stack import statement_inputs
from stack.ksql_statement import KsqlStatementProvider
from tests.ksql.scripted import Clock, Says, ScriptedServer, client_of

SQL = "CREATE TABLE t WITH (kafka_topic='t') AS SELECT a, COUNT(*) AS n FROM s GROUP BY a;"
FILTERED = SQL.replace("GROUP", "WHERE a > 'x' GROUP")
SUMMED = SQL.replace("COUNT(*)", "SUM(b)")
INPUTS = {
    "name": "T",
    "sql": SQL,
    "file": "10_t.sql",
    "endpoint": "https://ksql.example.test",
    "api_key": "KEY",
    "api_secret": "the-secret",
    "properties": {"auto.offset.reset": "earliest"},
    "upstreams": {"s": "1a"},
    "after": [3.0],
    "never_replaced": "",
    "columns": ["`A` STRING KEY", "`N` BIGINT"],
    "formats": {"key_format": "KAFKA", "value_format": "AVRO"},
    "topic_policy": "delete",
    "adopt": False,
    "end_inserts": False,
}
OLD = {**INPUTS, "incarnation": "2b", "effect": "created"}
STATE = {
    **OLD,
    "query_id": "CTAS_T_7",
    "query_state": "RUNNING",
    "topic": "t",
    "key_schema": ["`A` STRING"],
    "value_schema": ["`N` BIGINT"],
    "key_format": "KAFKA",
    "value_format": "AVRO",
    "drift": "",
    "altered": "",
    "command_sequence_number": 7,
}

provider = KsqlStatementProvider()


def answering(monkeypatch: pytest.MonkeyPatch, *steps: Says | Exception) -> ScriptedServer:
    """Let the provider reach a scripted server; fails when it tries without a script."""
    server = ScriptedServer(*steps)

    def connect(endpoint: str, _key: Any, *, tell: Tell) -> KsqlClient:
        return client_of(server, Clock(), endpoint=endpoint, tell=tell)

    monkeypatch.setattr(statement_inputs, "KsqlClient", connect)
    return server
