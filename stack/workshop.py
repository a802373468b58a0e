"""The whole workshop: which parts there are, and in which order they need each other.

Owns the wiring and what a stack tells the world. Leaves out how each part is made: one module
each beside this one.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pulumi

from connectors import load
from ksql.graph import Plan, Script
from stack.application import Application, ApplicationArgs
from stack.attendee import Attendee, AttendeeArgs
from stack.confluent import Platform, PlatformArgs
from stack.grants import Job, sink_acls, sink_roles, source_acls, source_roles
from stack.identities import Identities, IdentitiesArgs
from stack.ksql_pipeline import KsqlPipeline, KsqlPipelineArgs, KsqlServer, load_plan
from stack.managed_connectors import ManagedConnector, ManagedConnectorArgs
from stack.names import MONITORED, STOCKS_TOPIC, USERS_TOPIC, Names, names_of
from stack.settings import WorkshopSettings
from stack.statement_inputs import TopicPolicy
from stack.topics import Topics, TopicsArgs
from stack.warehouse import Warehouse, WarehouseArgs, console_url, looker_studio_url

CHECKOUT = Path(__file__).parents[1]
STATEMENTS = CHECKOUT / "ksql" / "statements"


def statement_variables(settings: WorkshopSettings) -> dict[str, str]:
    """Return what `${name}` stands for in the statements."""
    return {
        "alert_threshold": str(settings.alert_threshold),
        "window_minutes": str(settings.window_minutes),
    }


def planned(settings: WorkshopSettings) -> tuple[tuple[Script, ...], Plan]:
    """Return the statements' files and the plan they make.

    Raises:
        pulumi.RunError: They cannot be deployed.
    """
    return load_plan(
        STATEMENTS,
        statement_variables(settings),
        query_limit=settings.persistent_query_limit,
        shown_from=CHECKOUT,
    )


class Workshop(pulumi.ComponentResource):
    """Everything that one stack consists of."""

    outputs: dict[str, pulumi.Output[Any]]
    """What the stack tells, by name."""

    def __init__(
        self, name: str, settings: WorkshopSettings, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        scripts, plan = planned(settings)
        super().__init__("workshop:index:Workshop", name, {}, opts)
        self._settings, self._names = settings, names_of(settings)
        self._child = pulumi.ResourceOptions(parent=self)
        self._platform = self._make_platform(settings, self._names)
        self._environment_id = self._platform.environment.id
        self._registry_crn = self._platform.registry.apply(lambda found: found.resource_name)
        self._identities = Identities(
            "identities",
            IdentitiesArgs(self._names, self._environment_id, self._platform.cluster),
            self._child,
        )
        kafka = self._identities.kafka
        self._topics = Topics("topics", TopicsArgs(kafka, [USERS_TOPIC, STOCKS_TOPIC]), self._child)
        warehouse = self._make_warehouse(settings, self._names)
        sources = self._make_sources()
        application = self._make_application(plan)
        pipeline = self._make_pipeline(scripts, plan, application, sources)
        self._make_sink(warehouse, pipeline)
        attendee = Attendee(
            "attendee",
            AttendeeArgs(
                self._environment_id, self._identities, application, self._platform.registry
            ),
            self._child,
        )
        self.outputs = {
            **self._addresses(application),
            **_keys(attendee),
            **_bigquery(warehouse),
        }
        self.register_outputs({})

    def _make_platform(self, settings: WorkshopSettings, names: Names) -> Platform:
        args = PlatformArgs(names.environment, names.cluster, settings.cloud, settings.region)
        return Platform("platform", args, self._child)

    def _make_warehouse(self, settings: WorkshopSettings, names: Names) -> Warehouse:
        args = WarehouseArgs(
            names.dataset, settings.dataset_location, names.google_identity, settings.expires_on
        )
        return Warehouse("warehouse", args, self._child)

    def _make_application(self, plan: Plan) -> Application:
        queries = [each for each in plan.statements if each.is_query]
        tables = [each for each in plan.statements if not each.is_query]
        args = ApplicationArgs(
            display_name=self._names.application,
            csu=self._settings.csu,
            environment_id=self._environment_id,
            identities=self._identities,
            registry_crn=self._registry_crn,
            sources=sorted({each.topic for each in tables}),
            results=sorted({each.topic for each in queries}),
        )
        return Application("ksqldb", args, self._child)

    def _make_pipeline(
        self,
        scripts: Sequence[Script],
        plan: Plan,
        application: Application,
        sources: Sequence[ManagedConnector],
    ) -> KsqlPipeline:
        server = KsqlServer(
            application.cluster.rest_endpoint,
            application.key.id,
            application.key.secret,
            application.cluster,
            # A statement on a topic without a schema registers its own, which Datagen's would then
            # not be compatible with. The connectors have to come first.
            ready=[*application.ready, *(source.connector for source in sources)],
        )
        args = KsqlPipelineArgs(
            plan,
            scripts,
            server,
            statement_variables(self._settings),
            self._settings.persistent_query_limit,
            result_topics=TopicPolicy.DELETE,
            # The application is this stack's alone: what is there of the same meaning was left by
            # a run that was cut off.
            adopt=True,
        )
        return KsqlPipeline("pipeline", args, self._child)

    def _make_sources(self) -> list[ManagedConnector]:
        jobs = (
            ("users-source", "datagen_users", Job.USERS_SOURCE, USERS_TOPIC),
            ("stocks-source", "datagen_stocks", Job.STOCKS_SOURCE, STOCKS_TOPIC),
        )
        interval = str(self._settings.datagen_interval_ms)
        return [
            ManagedConnector(
                name,
                ManagedConnectorArgs(
                    load(template),
                    {"topic": topic, "interval_ms": interval},
                    self._identities.accounts[job],
                    self._identities.kafka,
                    self._environment_id,
                    self._registry_crn,
                    acls=source_acls(topic),
                    roles=source_roles(topic),
                    ready=[self._topics.by_name[topic]],
                ),
                self._child,
            )
            for name, template, job, topic in jobs
        ]

    def _make_sink(self, warehouse: Warehouse, pipeline: KsqlPipeline) -> ManagedConnector:
        monitored = pipeline.statements[MONITORED.upper()]
        args = ManagedConnectorArgs(
            load("bigquery_sink"),
            {"topic": MONITORED, "project": warehouse.project, "dataset": warehouse.dataset},
            self._identities.accounts[Job.SINK],
            self._identities.kafka,
            self._environment_id,
            self._registry_crn,
            acls=sink_acls(MONITORED),
            roles=sink_roles(MONITORED),
            secrets={"keyfile": warehouse.keyfile},
            # Without its topic a sink fails; without rights and table it drops what it cannot
            # write.
            ready=[monitored, *warehouse.ready],
        )
        return ManagedConnector("sink", args, self._child)

    def _addresses(self, application: Application) -> dict[str, pulumi.Output[Any]]:
        cluster, registry = self._platform.cluster, self._platform.registry
        return {
            "environment_id": self._environment_id,
            "kafka_cluster_id": cluster.id,
            "bootstrap_servers": cluster.bootstrap_endpoint,
            "rest_endpoint": cluster.rest_endpoint,
            "schema_registry_endpoint": registry.apply(lambda found: found.rest_endpoint),
            "ksqldb_endpoint": application.cluster.rest_endpoint,
        }


def _keys(attendee: Attendee) -> dict[str, pulumi.Output[Any]]:
    keys = {
        "kafka": attendee.kafka,
        "schema_registry": attendee.registry,
        "ksqldb": attendee.ksqldb,
    }
    pairs: dict[str, pulumi.Output[Any]] = {}
    for what, key in keys.items():
        pairs[f"{what}_api_key"] = key.id
        pairs[f"{what}_api_secret"] = pulumi.Output.secret(key.secret)
    return pairs


def _bigquery(warehouse: Warehouse) -> dict[str, pulumi.Output[Any]]:
    place = pulumi.Output.all(warehouse.project, warehouse.dataset, warehouse.view)
    return {
        "bigquery_project": warehouse.project,
        "bigquery_dataset": warehouse.dataset,
        "bigquery_table": warehouse.table,
        "bigquery_view": warehouse.view,
        "bigquery_console_url": place.apply(lambda path: console_url(*path)),
        "looker_studio_url": place.apply(lambda path: looker_studio_url(*path)),
    }
