"""What the inputs of `KsqlPlan` and `KsqlStatement` mean to `ksql`, unknown values included.

Owns the translation and the one decision that needs old and new inputs together: what a change
takes. Leaves out Pulumi's calls (`stack.ksql_statement`).
"""

from collections.abc import Mapping
from typing import Any

from pulumi.runtime.rpc import UNKNOWN

from ksql.changes import Change, Effect, classify
from ksql.client import ApiKey, KsqlClient
from ksql.deploy import Order
from ksql.dry_run import dry_run, steps
from ksql.errors import PlanInvalid
from ksql.graph import Plan, Script, make_plan
from ksql.language import LanguageError
from ksql.language.parser import parse_statement
from ksql.language.tree import CreateAsSelect, CreateSource

ACCESS = ("api_key", "api_secret")
"""Inputs that say how to reach the server; a new value reaches the state and nothing else."""

PLAN = ("scripts", "variables", "query_limit")
"""Inputs that make up a plan."""


def is_unknown(value: object) -> bool:
    """Return whether a value, or a member of a mapping, is only known once something is made."""
    if isinstance(value, Mapping):
        return any(is_unknown(each) for each in value.values())
    return value == UNKNOWN


def connected(props: Mapping[str, Any]) -> KsqlClient:
    """Return a client for the application that inputs name."""
    return KsqlClient(props["endpoint"], ApiKey(props["api_key"], props["api_secret"]))


def order_of(props: Mapping[str, Any]) -> Order:
    """Return what a statement's inputs order."""
    return Order(
        name=props["name"],
        sql=props["sql"],
        properties=props["properties"],
        # Numbers travel as floats, and a list of upstreams' numbers may be empty.
        after=max((int(number) for number in props["after"]), default=-1),
        adopt=bool(props["adopt"]),
    )


def statement_problem(news: Mapping[str, Any]) -> str | None:
    """Return why a text cannot be the statement of that name; None while either is unknown."""
    if is_unknown(news["sql"]) or is_unknown(news["name"]):
        return None
    file = str(news.get("file") or news["name"])
    try:
        found = parse_statement(news["sql"])
    except LanguageError as error:
        return error.located(file)
    if not isinstance(found, CreateSource | CreateAsSelect):
        return f"{file}: only CREATE STREAM and CREATE TABLE can be deployed"
    if found.name != news["name"]:
        return f"{file}: the statement creates {found.name}, but the resource says {news['name']}"
    return None


def change_between(olds: Mapping[str, Any], news: Mapping[str, Any]) -> Change:
    """Return what it takes from old inputs or outputs to new inputs, unknown ones included.

    Raises:
        LanguageError: A statement does not parse.
    """
    if (reason := _obstacle(olds, news)) is not None:
        return Change(Effect.RECREATED, reason)
    change = classify(olds["sql"], news["sql"], reads_windowed=bool(news.get("reads_windowed")))
    if change.effect is Effect.SAME and olds.get("query_state") == "PAUSED":
        return Change(Effect.UPDATED, "its query is paused and will be resumed")
    return change


def _obstacle(olds: Mapping[str, Any], news: Mapping[str, Any]) -> str | None:
    """Return why an object has to be created anew whatever its text says, or None."""
    obstacles = (
        ("its name is another one", _differs("name", olds, news)),
        ("its text is not known yet", is_unknown(news["sql"])),
        ("the ksqlDB application is another one", _differs("endpoint", olds, news)),
        ("what it reads is re-created", _differs("upstreams", olds, news)),
        ("a property such as auto.offset.reset differs", _differs("properties", olds, news)),
        ("its query has ended with an error", olds.get("query_state") == "ERROR"),
    )
    return next((reason for reason, applies in obstacles if applies), None)


def _differs(name: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    return is_unknown(news.get(name)) or olds.get(name) != news.get(name)


def _plan(props: Mapping[str, Any]) -> Plan:
    """Return the plan that inputs describe; an empty one without inputs.

    Raises:
        PlanInvalid: It cannot be deployed.
    """
    if not props.get("scripts"):
        return Plan(())
    scripts = [Script(file, text) for file, text in sorted(props["scripts"].items())]
    return make_plan(scripts, props["variables"], query_limit=int(props["query_limit"]))


def refusals(olds: Mapping[str, Any], news: Mapping[str, Any]) -> list[str]:
    """Return what the server has against a changed plan, if it runs the old one already.

    Raises:
        PlanInvalid: The new plan cannot be deployed.
        KsqlError: The server cannot be asked.
    """
    new = _plan(news)
    reachable = [news.get(name) for name in ("endpoint", *ACCESS)]
    if not all(reachable) or any(is_unknown(each) for each in reachable):
        return []
    if olds.get("endpoint") != news["endpoint"]:
        # Another application runs nothing of the old plan.
        return []
    old = _old_plan(olds)
    to_take = steps(old, new) if old else ()
    if not to_take:
        return []
    with connected(news) as client:
        finding = dry_run(client, to_take)
    return [] if finding is None else [str(finding)]


def _old_plan(olds: Mapping[str, Any]) -> Plan | None:
    try:
        return _plan(olds)
    except PlanInvalid:
        # Today's rules refuse what earlier ones let through: then nothing can be foretold.
        return None
