"""`KsqlPlan` and `KsqlStatement`: ksqlDB statements as resources.

Adapters only: each of Pulumi's calls is handed to `ksql`, which knows nothing of Pulumi. State
names the provider classes by module and name (ADR 0002): never move or rename them. `pulumi
import` and the option `import_` cannot serve dynamic resources; `adopt=True` takes over what is
there.

A statement's inputs hold everything its provider needs, the API secret as a secret input. Two
inputs are added by `check`: `effect`, which shows in a preview what a change will do, and
`incarnation`, a token that is new with each creation. A reader has its upstreams' incarnations
among its inputs, so it is re-created exactly when they are.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pulumi
from pulumi import dynamic

from ksql import deploy
from ksql.changes import Effect
from ksql.description import find
from ksql.errors import KsqlError, PlanInvalid
from stack.provider_process import show_messages_only
from stack.statement_inputs import (
    ACCESS,
    PLAN,
    TopicPolicy,
    change_between,
    connected,
    is_unknown,
    order_of,
    refusal,
    refusals,
    statement_problem,
    text_change,
)
from stack.statement_outputs import MADE, found_outs, made_outs

Props: TypeAlias = dict[str, Any]

KEPT = ("topic_policy", "adopt", "file", "end_inserts", "allow_recreation")
"""Inputs that matter for later calls only."""

CREATED = "created, reading from where auto.offset.reset says"

_REFUSED: dict[tuple[str, str], str] = {}
"""Why objects may not be re-created though a refresh has shown that they have to be.

Only `diff` sees what a refresh found, only `check` can refuse, and a failing `diff` would fail the
refresh, too. The engine checks a replacement again after its `diff`, in the same process.
"""


class KsqlPlanProvider(dynamic.ResourceProvider):
    """Judges a folder of statements as a whole; makes nothing on the server."""

    def configure(self, req: dynamic.ConfigureRequest) -> None:
        """Prepare the process that the provider runs in."""
        show_messages_only()

    def check(self, olds: Props, news: Props) -> dynamic.CheckResult:
        """Refuse statements that cannot be deployed, each with its place in its file.

        A changed plan for an application that runs already is also judged by the server, which
        carries nothing out.
        """
        if is_unknown(news["scripts"]) or is_unknown(news["variables"]):
            return dynamic.CheckResult(news, [])
        try:
            problems = refusals(olds, news)
        except PlanInvalid as invalid:
            problems = list(invalid.problems)
        except KsqlError as failed:
            problems = [str(failed)]
        # Without a property: the engine would show its whole value, which is every script.
        failures = [dynamic.CheckFailure("", each) for each in problems]
        return dynamic.CheckResult(news, failures)

    def diff(self, _id: str, olds: Props, news: Props) -> dynamic.DiffResult:
        """Report a changed plan; it is remembered, and nothing else happens."""
        changed = any(olds.get(name) != news.get(name) for name in (*PLAN, "endpoint", *ACCESS))
        return dynamic.DiffResult(changes=changed)

    def create(self, props: Props) -> dynamic.CreateResult:
        """Remember the plan."""
        return dynamic.CreateResult("plan", dict(props))

    def update(self, _id: str, _olds: Props, news: Props) -> dynamic.UpdateResult:
        """Remember the plan."""
        return dynamic.UpdateResult(dict(news))


class KsqlStatementProvider(dynamic.ResourceProvider):
    """One stream or table: each call handed to `ksql.deploy`."""

    def configure(self, req: dynamic.ConfigureRequest) -> None:
        """Prepare the process that the provider runs in."""
        show_messages_only()

    def check(self, olds: Props, news: Props) -> dynamic.CheckResult:
        """Add what a change will do, and which incarnation of the object it leads to."""
        # The engine checks a replacement a second time, without its old inputs: so the token cannot
        # be counted up from the old one.
        fresh = {**news, "incarnation": secrets.token_hex(4), "effect": CREATED}
        if (problem := statement_problem(news)) is not None:
            return dynamic.CheckResult(fresh, [dynamic.CheckFailure("", problem)])
        known_refusal = _REFUSED.pop(_place(news), None)
        if not olds.get("incarnation"):
            reasons = [] if known_refusal is None else [dynamic.CheckFailure("", known_refusal)]
            return dynamic.CheckResult(fresh, reasons)
        change = change_between(olds, news)
        if change.effect is Effect.RECREATED:
            reason = refusal(olds, news, change)
            refused = [] if reason is None else [dynamic.CheckFailure("", reason)]
            return dynamic.CheckResult({**fresh, "effect": str(change)}, refused)
        kept = {**news, "incarnation": olds["incarnation"], "effect": str(change)}
        return dynamic.CheckResult(kept, [])

    def diff(self, _id: str, olds: Props, news: Props) -> dynamic.DiffResult:
        """Report the class of a change; a re-creation drops the old object first."""
        change = change_between(olds, news)
        if (reason := refusal(olds, news, change)) is not None:
            _REFUSED[_place(news)] = reason
        if change.effect is not Effect.SAME:
            # Shown by the engine among its diagnostics; a replacement's inputs cannot say why.
            sys.stderr.write(f"{news['name']} is {change}\n")
        if change.effect is Effect.RECREATED:
            replaced_by = [
                name
                for name in ("sql", "upstreams", "endpoint", "properties")
                if olds.get(name) != news.get(name)
            ]
            return dynamic.DiffResult(
                changes=True, replaces=replaced_by or ["effect"], delete_before_replace=True
            )
        noted = any(olds.get(name) != news.get(name) for name in (*ACCESS, *KEPT))
        return dynamic.DiffResult(changes=change.effect is Effect.UPDATED or noted, replaces=[])

    def create(self, props: Props) -> dynamic.CreateResult:
        """Send the statement and wait until it runs."""
        with connected(props) as client:
            made = deploy.create(client, order_of(props))
        return dynamic.CreateResult(props["name"], made_outs(props, made))

    def read(self, id_: str, props: Props) -> dynamic.ReadResult:
        """Return what is there; what differs from what was made is told in words, too."""
        with connected(props) as client:
            there = find(client, props["name"])
        if there is None:
            return dynamic.ReadResult("", {})
        return dynamic.ReadResult(id_, found_outs(props, there))

    def update(self, _id: str, olds: Props, news: Props) -> dynamic.UpdateResult:
        """Replace the statement in place, resume its query, or only remember new inputs."""
        number = int(olds.get("command_sequence_number") or -1)
        replaced = text_change(olds, news).effect is not Effect.SAME
        if not replaced and olds.get("query_state") != "PAUSED":
            kept = {name: olds[name] for name in MADE if olds.get(name) is not None}
            return dynamic.UpdateResult({**news, **kept, "command_sequence_number": number})
        with connected(news) as client:
            if replaced:
                made = deploy.replace(client, order_of(news))
                number = max(number, made.command_sequence_number)
                return dynamic.UpdateResult(
                    made_outs(news, deploy.Deployed(made.described, number))
                )
            there = deploy.resume(client, news["name"])
            return dynamic.UpdateResult(made_outs(news, deploy.Deployed(there, number)))

    def delete(self, _id: str, props: Props) -> None:
        """Drop the object; one that is gone already, with its application even, is no failure."""
        with connected(props) as client:
            deploy.drop(
                client,
                props["name"],
                delete_topic=props["topic_policy"] == TopicPolicy.DELETE,
                end_inserts=bool(props.get("end_inserts")),
            )


def _place(props: Mapping[str, Any]) -> tuple[str, str]:
    return str(props["name"]), str(props["endpoint"])


@dataclass(frozen=True)
class KsqlPlanArgs:
    """A folder of statements."""

    scripts: Mapping[str, str]
    """Texts by file name."""
    variables: Mapping[str, str] = field(default_factory=dict)
    query_limit: int = 20
    """How many persistent queries the application allows."""
    endpoint: pulumi.Input[str] | None = None
    """Of the application that is asked whether a changed plan would go through; None: nobody."""
    api_key: pulumi.Input[str] | None = None
    api_secret: pulumi.Input[str] | None = field(default=None, repr=False)
    result_topics: TopicPolicy = TopicPolicy.KEEP
    """What becomes of the topic of a dropped statement with SELECT."""
    adopt: bool = False
    """Whether objects that are there already are taken over."""
    end_inserts: bool = False
    """Whether a drop ends INSERT INTO queries of others."""


class KsqlPlan(dynamic.Resource, module="ksql", name="Plan"):
    """All statements of a folder, judged together before any of them is sent."""

    def __init__(
        self, name: str, args: KsqlPlanArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props: Props = {
            "scripts": dict(args.scripts),
            "variables": dict(args.variables),
            "query_limit": args.query_limit,
            "result_topics": args.result_topics.value,
            "adopt": args.adopt,
            "end_inserts": args.end_inserts,
        }
        if args.endpoint is not None:
            secret = pulumi.Output.secret(args.api_secret)
            props |= {"endpoint": args.endpoint, "api_key": args.api_key, "api_secret": secret}
        super().__init__(KsqlPlanProvider(), name, props, opts)


@dataclass(frozen=True)
class KsqlStatementArgs:
    """One stream or table."""

    name: pulumi.Input[str]
    """Of the stream or table, as the server has it."""
    sql: pulumi.Input[str]
    endpoint: pulumi.Input[str]
    api_key: pulumi.Input[str]
    api_secret: pulumi.Input[str] = field(repr=False)
    file: pulumi.Input[str] = ""
    """Where the text comes from, for messages."""
    properties: Mapping[str, str] = field(default_factory=lambda: {"auto.offset.reset": "earliest"})
    """What the server is told for this statement alone."""
    upstreams: Sequence[KsqlStatement] = ()
    """The statements it reads from."""
    never_replaced: str = ""
    """What its query is, by what it reads, that a server never replaces in place, such as "a query
    on a windowed source"; `ksql.graph.Plan` tells."""
    columns: Sequence[str] = ()
    """What it will consist of, such as "`A` STRING KEY"; empty where nobody knows. Tells that a
    star stands for other columns than before."""
    formats: Mapping[str, str] = field(default_factory=dict)
    """Its `key_format` and `value_format`; empty where nobody knows."""
    topic_policy: TopicPolicy = TopicPolicy.KEEP
    adopt: bool = False
    """Whether to take over an object of that name that means the same."""
    allow_recreation: bool = True
    """Whether a change may drop the object and create it anew; if not, the preview fails."""
    end_inserts: bool = False
    """Whether a drop ends INSERT INTO queries of others that read or write the object."""


class KsqlStatement(dynamic.Resource, module="ksql", name="Statement"):
    """A stream or table of a ksqlDB application, with its query and its topic."""

    name: pulumi.Output[str]
    """Of the stream or table."""
    query_id: pulumi.Output[str]
    """Of the persistent query; empty for one without SELECT."""
    query_state: pulumi.Output[str]
    """RUNNING, or what a refresh found; empty without a query."""
    topic: pulumi.Output[str]
    """The topic behind it."""
    key_schema: pulumi.Output[Sequence[str]]
    """Key columns, such as "`ACCOUNT` STRING"."""
    value_schema: pulumi.Output[Sequence[str]]
    """Value columns."""
    key_format: pulumi.Output[str]
    value_format: pulumi.Output[str]
    drift: pulumi.Output[str]
    """What a refresh found that takes a re-creation; empty when all is as it was made."""
    altered: pulumi.Output[str]
    """The statement that a refresh found, if it means something else; empty otherwise."""
    incarnation: pulumi.Output[str]
    """A token that is new with each creation."""
    command_sequence_number: pulumi.Output[int]
    """Of the command that made it; -1 when it was there."""

    def __init__(
        self, name: str, args: KsqlStatementArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props: Props = {
            "name": args.name,
            "sql": args.sql,
            "file": args.file,
            "endpoint": args.endpoint,
            "api_key": args.api_key,
            "api_secret": pulumi.Output.secret(args.api_secret),
            "properties": dict(args.properties),
            "upstreams": {
                upstream.pulumi_resource_name: upstream.incarnation for upstream in args.upstreams
            },
            "after": [upstream.command_sequence_number for upstream in args.upstreams],
            "never_replaced": args.never_replaced,
            "columns": list(args.columns),
            "formats": dict(args.formats),
            "topic_policy": args.topic_policy.value,
            "adopt": args.adopt,
            "end_inserts": args.end_inserts,
            "allow_recreation": args.allow_recreation,
            **dict.fromkeys(("incarnation", "effect", *MADE, "command_sequence_number")),
        }
        super().__init__(KsqlStatementProvider(), name, props, opts)
