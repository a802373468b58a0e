"""BigQuery: the dataset, the table that the sink fills, the view that people look at.

Owns also the one Google identity of the stack, which may write this dataset and nothing else.
Leaves out the connector that signs in as it (`stack.managed_connectors`).
"""

import base64
import json
from dataclasses import dataclass
from urllib.parse import urlencode

import pulumi
from pulumi_gcp import bigquery, serviceaccount

from stack.names import MONITORED, MONITORED_VIEW

COLUMNS = (
    ("ACCOUNT_NAME", "STRING"),
    ("QUANTITY", "INTEGER"),
    ("WINDOW_START", "STRING"),
    ("WINDOW_END", "STRING"),
)
"""Value columns of ACCOUNTS_TO_MONITOR; the sink leaves the record's key out."""

TABLE_SCHEMA = json.dumps(
    [{"name": name, "type": kind, "mode": "NULLABLE"} for name, kind in COLUMNS]
)


@dataclass(frozen=True)
class WarehouseArgs:
    """What the dataset and its writer are called."""

    dataset: str
    location: str
    account_id: str
    """Of the Google service account."""
    expires_on: str


class Warehouse(pulumi.ComponentResource):
    """Where the workshop's results end up."""

    project: pulumi.Output[str]
    """The Google project."""
    dataset: pulumi.Output[str]
    """The dataset's id."""
    table: pulumi.Output[str]
    """The table that the sink appends to: every intermediate count."""
    view: pulumi.Output[str]
    """The view with the latest count of each account and window."""
    keyfile: pulumi.Output[str]
    """Secret: the key file of the writing identity, JSON on one line."""
    ready: list[pulumi.Resource]
    """What must be in place before the sink starts."""

    def __init__(
        self, name: str, args: WarehouseArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("workshop:warehouse:Warehouse", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        account = serviceaccount.Account(
            f"{name}-sink",
            account_id=args.account_id,
            display_name="Writes accounts_to_monitor",
            opts=child,
        )
        key = serviceaccount.Key(f"{name}-sink-key", service_account_id=account.name, opts=child)
        self.keyfile = pulumi.Output.secret(key.private_key.apply(keyfile_json))
        dataset = bigquery.Dataset(
            name,
            dataset_id=args.dataset,
            location=args.location,
            friendly_name="Stock fraud workshop",
            labels={"expires_on": args.expires_on},
            # Must be in the state before the destroy, or tables that the sink or a participant
            # made keep the dataset from being deleted.
            delete_contents_on_destroy=True,
            opts=child,
        )
        writer = bigquery.DatasetIamMember(
            f"{name}-writer",
            dataset_id=dataset.dataset_id,
            role="roles/bigquery.dataEditor",
            member=account.member,
            opts=child,
        )
        table, view = self._tables(name, dataset)
        self.project, self.dataset = dataset.project, dataset.dataset_id
        self.table, self.view = table.table_id, view.table_id
        self.ready = [writer, table]
        self.register_outputs({"dataset": self.dataset})

    def _tables(
        self, name: str, dataset: bigquery.Dataset
    ) -> tuple[bigquery.Table, bigquery.Table]:
        table = bigquery.Table(
            f"{name}-{MONITORED}",
            dataset_id=dataset.dataset_id,
            table_id=MONITORED,
            # The shape that the sink gives a table it makes itself: days by time of arrival.
            time_partitioning=bigquery.TableTimePartitioningArgs(type="DAY"),
            schema=TABLE_SCHEMA,
            deletion_protection=False,
            opts=pulumi.ResourceOptions(parent=self, deleted_with=dataset),
        )
        query = pulumi.Output.all(dataset.project, dataset.dataset_id, table.table_id).apply(
            lambda path: latest_counts(*path)
        )
        view = bigquery.Table(
            f"{name}-{MONITORED_VIEW}",
            dataset_id=dataset.dataset_id,
            table_id=MONITORED_VIEW,
            view=bigquery.TableViewArgs(query=query, use_legacy_sql=False),
            deletion_protection=False,
            opts=pulumi.ResourceOptions(parent=self, deleted_with=dataset),
        )
        return table, view


def latest_counts(project: str, dataset: str, table: str) -> str:
    """Return the view's query: one row per account and window.

    The sink appends each intermediate count. Rows carry no order of arrival finer than a day, but
    a window's count only grows, so the latest is the largest.
    """
    return (
        "SELECT ACCOUNT_NAME, MAX(QUANTITY) AS QUANTITY, WINDOW_START, WINDOW_END\n"
        f"FROM `{project}.{dataset}.{table}`\n"
        "GROUP BY ACCOUNT_NAME, WINDOW_START, WINDOW_END"
    )


def keyfile_json(private_key: str) -> str:
    """Return a key as the sink's setting `keyfile` takes it.

    Google gives the file in base64. Parsed and written anew, because the connector fails on a
    byte-order mark or on line breaks of another system.
    """
    return json.dumps(json.loads(base64.b64decode(private_key)))


def console_url(project: str, dataset: str, table: str) -> str:
    """Return where Google's console shows a table or view."""
    place = f"!1m5!1m4!4m3!1s{project}!2s{dataset}!3s{table}"
    return (
        f"https://console.cloud.google.com/bigquery?{urlencode({'project': project, 'ws': place})}"
    )


def looker_studio_url(project: str, dataset: str, table: str) -> str:
    """Return a link that makes a Looker Studio report over a table or view."""
    source = {
        "c.reportName": "Accounts to monitor",
        "ds.connector": "bigQuery",
        "ds.type": "TABLE",
        "ds.projectId": project,
        "ds.datasetId": dataset,
        "ds.tableId": table,
    }
    return f"https://lookerstudio.google.com/reporting/create?{urlencode(source)}"
