"""The chain from a generated trade to a row in BigQuery, and where it is broken.

Owns which links there are and how each is asked. Leaves out waiting and what is shown
(`workshop.commands.verify`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import requests

from connectors import load
from ksql.client import KsqlClient
from ksql.description import describe
from ksql.errors import KsqlError
from ksql.graph import Plan, load_scripts, make_plan
from stack.settings import SETTINGS
from workshop.bigquery import BigQuery, BigQueryFailed
from workshop.ksqldb import connect
from workshop.outputs import StackOutputs, cloud_key
from workshop.running import CHECKOUT

TIMEOUT_S = 10.0
SOURCES = ("datagen_users", "datagen_stocks")
SINK = "bigquery_sink"
VARIABLES = ("alert_threshold", "window_minutes")
STATEMENTS = Path("ksql") / "statements"

IN_ORDER = frozenset({"RUNNING", "PROVISIONING"})
"""States of connectors and queries that deliver, or soon will."""
PAUSED = "PAUSED"
"""The state of what somebody stopped on purpose."""


@dataclass(frozen=True)
class Broken:
    """The first link that does not hold."""

    link: str
    """Such as "connector DatagenSourceConnector_users"."""
    reason: str

    def __str__(self) -> str:
        return f"{self.link}: {self.reason}"


@dataclass
class Chain:
    """One stack's chain, asked link by link in the order in which data flows."""

    outputs: StackOutputs
    bigquery: BigQuery
    in_order: frozenset[str] = IN_ORDER
    """States of connectors and queries that do not count as broken."""

    def first_broken(self) -> Broken | None:
        """Return the first link that does not hold; None when each one looks right."""
        plan = _plan()
        for link, check in self._links(plan):
            try:
                reason = check()
            except (KsqlError, BigQueryFailed, requests.RequestException) as failed:
                reason = str(failed)
            if reason is not None:
                return Broken(link, reason)
        return None

    def _links(self, plan: Plan) -> Iterator[tuple[str, Callable[[], str | None]]]:
        key = cloud_key(self.outputs)
        for name in SOURCES:
            connector = load(name).name
            yield f"connector {connector}", partial(self._connector, connector, key)
        for statement in plan.statements:
            if not statement.is_query:
                yield f"topic {statement.topic}", partial(self._topic, statement.topic)
        with connect(self.outputs) as client:
            for statement in plan.statements:
                yield (
                    f"statement {statement.name}",
                    partial(self._statement, client, statement.name),
                )
        sink = load(SINK).name
        yield f"sink {sink}", partial(self._connector, sink, key)
        yield f"table {self.outputs['bigquery_table']}", self._table

    def _connector(self, name: str, key: tuple[str, str] | None) -> str | None:
        if key is None:
            # Without a Cloud API key nobody can ask; later links will show what is missing.
            return None
        out = self.outputs
        cluster = f"environments/{out['environment_id']}/clusters/{out['kafka_cluster_id']}"
        path = f"{out.cloud_address}/connect/v1/{cluster}/connectors/{name}/status"
        answer = self._get(path, key)
        if answer.status_code == requests.codes.not_found:
            return "there is none of this name"
        if not answer.ok:
            return f"its status cannot be read: {answer.status_code} {answer.text[:200]}"
        return _state_of(answer.json(), self.in_order)

    def _topic(self, topic: str) -> str | None:
        out = self.outputs
        path = f"{out['rest_endpoint']}/kafka/v3/clusters/{out['kafka_cluster_id']}/topics/{topic}"
        answer = self._get(path, (out["kafka_api_key"], out["kafka_api_secret"]))
        if answer.status_code == requests.codes.not_found:
            return "it does not exist"
        return None if answer.ok else f"it cannot be read: {answer.status_code} {answer.text[:200]}"

    def _statement(self, client: KsqlClient, name: str) -> str | None:
        there = describe(client, name)
        if there is None:
            return "the application has no stream or table of this name"
        query = there.own_query
        if query is not None and query.state not in self.in_order:
            return f"its query {query.id} is {query.state}"
        return None

    def _table(self) -> str | None:
        rows = self.bigquery.table_rows(self.outputs["bigquery_table"])
        if rows is None:
            return "it does not exist"
        return None

    def _get(self, address: str, key: tuple[str, str]) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = not self.outputs.is_sandbox
            return session.get(address, auth=key, timeout=TIMEOUT_S)


def _state_of(status: Mapping[str, Any], in_order: frozenset[str]) -> str | None:
    connector = status.get("connector", {})
    state = connector.get("state")
    if state not in in_order:
        return f"it is {state}. {connector.get('trace') or ''}".strip()
    for task in status.get("tasks", []):
        if task.get("state") == "FAILED":
            return f"its task {task.get('id')} is FAILED. {task.get('trace') or ''}".strip()
    return None


def _plan() -> Plan:
    # Only names matter here, and they do not depend on the variables' values.
    values = {name: str(SETTINGS[name].default) for name in VARIABLES}
    return make_plan(load_scripts(CHECKOUT / STATEMENTS, CHECKOUT), values)
