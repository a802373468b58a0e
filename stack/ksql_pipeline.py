"""A folder of statements as resources, wired by what they read.

Works for any ksqlDB application: `docs/ksql-statements.md` shows how to use it elsewhere. Leaves
out the statements' texts (`ksql/statements`) and how one is deployed (`stack.ksql_statement`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pulumi

from ksql.errors import PlanInvalid
from ksql.graph import Plan, PlannedStatement, Script, load_scripts, make_plan
from stack.ksql_statement import (
    KsqlPlan,
    KsqlPlanArgs,
    KsqlStatement,
    KsqlStatementArgs,
)
from stack.statement_inputs import TopicPolicy

EARLIEST = {"auto.offset.reset": "earliest"}
"""Every statement reads all that is there, unless its properties say otherwise."""


def load_plan(
    folder: Path,
    variables: Mapping[str, str],
    *,
    query_limit: int = 20,
    shown_from: Path | None = None,
) -> tuple[tuple[Script, ...], Plan]:
    """Return the statements' files and the plan they make.

    Args:
        folder: Where the `.sql` files lie.
        variables: What `${name}` stands for, by name.
        query_limit: How many persistent queries the application allows.
        shown_from: Folder that messages show paths from; the folder itself if None.

    Raises:
        pulumi.RunError: They cannot be deployed. To be called before any resource is declared, so
            that nothing is half-made even where a preview is skipped.
    """
    try:
        scripts = load_scripts(folder, shown_from)
        return scripts, make_plan(scripts, variables, query_limit=query_limit)
    except PlanInvalid as invalid:
        # The engine shows this message as it is, and a traceback of any other exception.
        raise pulumi.RunError(
            f"the statements cannot be deployed; nothing has been created or changed:\n{invalid}"
        ) from None


@dataclass(frozen=True)
class KsqlServer:
    """A ksqlDB application and the key that statements are sent with."""

    endpoint: pulumi.Input[str]
    api_key: pulumi.Input[str]
    api_secret: pulumi.Input[str] = field(repr=False)
    resource: pulumi.Resource | None = None
    """The application, if it is a resource of the same stack."""
    ready: Sequence[pulumi.Resource] = ()
    """What must be in place before the first statement: its rights, its key, its topics."""


@dataclass(frozen=True)
class KsqlPipelineArgs:
    """A plan, and the application that is to run it."""

    plan: Plan
    scripts: Sequence[Script]
    """The files that the plan was made from."""
    server: KsqlServer
    variables: Mapping[str, str] = field(default_factory=dict)
    """Those that the plan was made with."""
    query_limit: int = 20
    result_topics: TopicPolicy = TopicPolicy.KEEP
    """What becomes of the topic of a statement with SELECT when it is dropped. A source's topic is
    always kept: somebody else made it."""
    allow_recreation: bool = True
    """Whether a change may drop an object and create it anew; if not, the preview fails."""
    adopt: bool = False
    """Whether to take over objects that mean the same, as a run that was cut off leaves them."""
    end_inserts: bool = False
    """Whether a drop ends INSERT INTO queries of others that read or write the object."""
    properties: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By the name of a stream or table: what the server is told for it, over `EARLIEST`."""


class KsqlPipeline(pulumi.ComponentResource):
    """Statements in data-flow order."""

    statements: dict[str, KsqlStatement]
    """By the name of the stream or table."""

    def __init__(
        self, name: str, args: KsqlPipelineArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        _refuse_unknown(args)
        super().__init__("workshop:ksqldb:KsqlPipeline", name, {}, opts)
        judged = KsqlPlan(
            f"{name}-plan",
            KsqlPlanArgs(
                {script.file: script.text for script in args.scripts},
                args.variables,
                args.query_limit,
                endpoint=args.server.endpoint,
                api_key=args.server.api_key,
                api_secret=args.server.api_secret,
                result_topics=args.result_topics,
                adopt=args.adopt,
                end_inserts=args.end_inserts,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        # Deleting the application ends every query and forgets every statement: no call needed,
        # and none possible any more.
        options = pulumi.ResourceOptions(
            parent=self,
            depends_on=[judged, *args.server.ready],
            deleted_with=args.server.resource,
        )
        self.statements = {}
        for each in args.plan.statements:
            self.statements[each.name] = self._statement(args, each, options)
        self.register_outputs({})

    def _statement(
        self, args: KsqlPipelineArgs, each: PlannedStatement, options: pulumi.ResourceOptions
    ) -> KsqlStatement:
        return KsqlStatement(
            _logical_name(each.name, args.plan),
            KsqlStatementArgs(
                name=each.name,
                sql=each.sql,
                file=each.file,
                endpoint=args.server.endpoint,
                api_key=args.server.api_key,
                api_secret=args.server.api_secret,
                upstreams=[self.statements[up.name] for up in args.plan.upstreams(each)],
                never_replaced=args.plan.never_replaced(each),
                columns=each.columns or (),
                formats=each.formats,
                topic_policy=args.result_topics if each.is_query else TopicPolicy.KEEP,
                allow_recreation=args.allow_recreation,
                adopt=args.adopt,
                end_inserts=args.end_inserts,
                properties={**EARLIEST, **args.properties.get(each.name, {})},
            ),
            options,
        )


def _logical_name(name: str, plan: Plan) -> str:
    """Return what a statement's resource is called: lower case, unless that is another's name."""
    plain = name.lower()
    others = {each.name.lower() for each in plan.statements if each.name != name}
    return f"`{name}`" if plain in others and name != name.upper() else plain


def _refuse_unknown(args: KsqlPipelineArgs) -> None:
    names = {each.name for each in args.plan.statements}
    unknown = sorted(args.properties.keys() - names)
    if unknown:
        raise pulumi.RunError(
            f"properties are given for {', '.join(unknown)}, which no statement creates; there are"
            f" {', '.join(sorted(names))}"
        )
