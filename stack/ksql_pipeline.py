"""The seven statements as resources, wired by what they read.

Owns what this workshop decides about them: where they start reading, whose key sends them, what
becomes of their topics. Leaves out their texts (`ksql/statements`) and how a statement is
deployed (`stack.ksql_statement`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from ksql.graph import Plan, PlannedStatement, Script
from stack.application import Application
from stack.ksql_statement import (
    KsqlPlan,
    KsqlPlanArgs,
    KsqlStatement,
    KsqlStatementArgs,
    TopicPolicy,
)


@dataclass(frozen=True)
class KsqlPipelineArgs:
    """A plan, and the application that is to run it."""

    plan: Plan
    scripts: Sequence[Script]
    variables: Mapping[str, str]
    query_limit: int
    application: Application
    ready: Sequence[pulumi.Resource] = ()
    """What must be in place before the first statement besides the application's rights."""


class KsqlPipeline(pulumi.ComponentResource):
    """Statements in data-flow order."""

    statements: dict[str, KsqlStatement]
    """By the name of the stream or table."""

    def __init__(
        self, name: str, args: KsqlPipelineArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("workshop:ksqldb:KsqlPipeline", name, {}, opts)
        texts = {script.file: script.text for script in args.scripts}
        judged = KsqlPlan(
            f"{name}-plan",
            KsqlPlanArgs(
                texts,
                args.variables,
                args.query_limit,
                endpoint=args.application.cluster.rest_endpoint,
                api_key=args.application.key.id,
                api_secret=args.application.key.secret,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        # Deleting the application ends every query and forgets every statement: no call needed,
        # and none possible any more.
        options = pulumi.ResourceOptions(
            parent=self,
            depends_on=[judged, *args.application.ready, *args.ready],
            deleted_with=args.application.cluster,
        )
        self.statements = {}
        for planned in args.plan.statements:
            self.statements[planned.name] = self._statement(args, planned, options)
        self.register_outputs({})

    def _statement(
        self, args: KsqlPipelineArgs, planned: PlannedStatement, options: pulumi.ResourceOptions
    ) -> KsqlStatement:
        return KsqlStatement(
            planned.name.lower(),
            KsqlStatementArgs(
                name=planned.name,
                sql=planned.sql,
                file=planned.file,
                endpoint=args.application.cluster.rest_endpoint,
                api_key=args.application.key.id,
                api_secret=args.application.key.secret,
                upstreams=[self.statements[each.name] for each in args.plan.upstreams(planned)],
                reads_windowed=args.plan.reads_windowed(planned),
                # The source topics are resources of their own.
                topic_policy=TopicPolicy.DELETE if planned.is_query else TopicPolicy.KEEP,
                # The application is this stack's alone: what is there of the same meaning was left
                # by a run that was cut off.
                adopt=True,
            ),
            options,
        )
