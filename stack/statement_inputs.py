"""What the inputs of `KsqlPlan` and `KsqlStatement` mean to `ksql`, unknown values included.

Owns the translation and the one decision that needs old and new inputs together: what a change
takes. Leaves out Pulumi's calls (`stack.ksql_statement`).
"""

import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from pulumi.output import Unknown
from pulumi.runtime.rpc import UNKNOWN

from ksql.changes import Change, Effect, Known, classify, contested_topics, shared_topics
from ksql.client import ApiKey, KsqlClient
from ksql.deploy import Order
from ksql.dry_run import Course, dry_run
from ksql.errors import PlanInvalid
from ksql.graph import Plan, Script, make_plan
from ksql.language import LanguageError
from ksql.language.parser import parse_statement
from ksql.language.tree import CreateAsSelect, CreateSource
from ksql.meaning import topic_of

ACCESS = ("api_key", "api_secret")
"""Inputs that say how to reach the server; a new value reaches the state and nothing else."""

OFFSET_RESET = "auto.offset.reset"

PLAN = ("scripts", "variables", "query_limit")
"""Inputs that make up a plan."""


class TopicPolicy(StrEnum):
    """What becomes of a dropped object's topic and schemas."""

    KEEP = "keep"
    DELETE = "delete"


def is_unknown(value: object) -> bool:
    """Return whether a value, or a member of a mapping, is only known once something is made."""
    if isinstance(value, Mapping):
        return any(is_unknown(each) for each in value.values())
    # The engine's own sentinel, or what the dynamic provider's process makes of it.
    return isinstance(value, Unknown) or value == UNKNOWN


def connected(props: Mapping[str, Any]) -> KsqlClient:
    """Return a client for the application that inputs name; it tells the engine what it awaits."""
    about = props.get("name", "the plan of statements")

    def tell(line: str) -> None:
        # Shown by the engine among its diagnostics.
        sys.stderr.write(f"{about}: {line}\n")

    key = ApiKey(props["api_key"], props["api_secret"])
    return KsqlClient(props["endpoint"], key, tell=tell)


def order_of(props: Mapping[str, Any]) -> Order:
    """Return what a statement's inputs order."""
    return Order(
        name=props["name"],
        sql=props["sql"],
        properties=props["properties"],
        # Numbers travel as floats, and a list of upstreams' numbers may be empty.
        after=max((int(number) for number in props["after"]), default=-1),
        adopt=bool(props["adopt"]),
        delete_topic=props["topic_policy"] == TopicPolicy.DELETE,
        formats=props.get("formats") or {},
    )


def statement_problem(news: Mapping[str, Any]) -> str | None:
    """Return why inputs cannot be those of a statement; None while that cannot be told."""
    file = str(news.get("file") or news["name"])
    wrong = _endpoint_problem(news["endpoint"]) or _property_problem(news["properties"])
    return _text_problem(file, news) if wrong is None else f"{file}: {wrong}"


def _text_problem(file: str, news: Mapping[str, Any]) -> str | None:
    if is_unknown(news["sql"]) or is_unknown(news["name"]):
        return None
    try:
        found = parse_statement(news["sql"])
    except LanguageError as error:
        return error.located(file)
    if not isinstance(found, CreateSource | CreateAsSelect):
        return f"{file}: only CREATE STREAM and CREATE TABLE can be deployed"
    if found.name != news["name"]:
        return f"{file}: the statement creates {found.name}, but the resource says {news['name']}"
    return None


def _property_problem(properties: Mapping[str, Any]) -> str | None:
    reset = properties.get(OFFSET_RESET, "earliest")
    if is_unknown(reset) or reset in ("earliest", "latest"):
        return None
    return f"{OFFSET_RESET} is {reset!r}, but must be earliest or latest"


def _endpoint_problem(endpoint: object) -> str | None:
    if is_unknown(endpoint):
        return None
    if "@" in str(endpoint):
        # Not repeated: what stands before the @ may be a secret.
        return "the endpoint holds a user or a password; the key belongs into api_key, api_secret"
    try:
        address = urlsplit(str(endpoint))
        is_address = address.scheme in ("http", "https") and bool(address.hostname)
    except ValueError:
        is_address = False
    wanted = "must be an address such as https://host:443"
    return None if is_address else f"the endpoint is {endpoint!r}, but {wanted}"


def change_between(olds: Mapping[str, Any], news: Mapping[str, Any]) -> Change:
    """Return what it takes from old inputs or outputs to new inputs, unknown ones included.

    Raises:
        LanguageError: The new statement does not parse.
    """
    if (reason := _obstacle(olds, news)) is not None:
        return Change(Effect.RECREATED, reason)
    change = text_change(olds, news)
    if change.effect is Effect.SAME and olds.get("query_state") == "PAUSED":
        return Change(Effect.UPDATED, "its query is paused and will be resumed")
    return change


def text_change(olds: Mapping[str, Any], news: Mapping[str, Any]) -> Change:
    """Return what the statement itself takes, its text and what it reads.

    Raises:
        LanguageError: The new statement does not parse.
    """
    altered = olds.get("altered")
    there = str(altered or olds["sql"])
    try:
        parse_statement(there)
    except LanguageError:
        return Change(Effect.RECREATED, "what the server has cannot be compared")
    known = Known(
        rewritten=bool(altered),
        never_replaced=str(news.get("never_replaced") or ""),
        before=_columns(olds),
        after=_columns(news),
    )
    return classify(there, news["sql"], known)


def _columns(props: Mapping[str, Any]) -> tuple[str, ...] | None:
    return tuple(props.get("columns") or ()) or None


def refusal(olds: Mapping[str, Any], news: Mapping[str, Any], change: Change) -> str | None:
    """Return why a change may not be made and which setting allows it, or None."""
    if change.effect is not Effect.RECREATED:
        return None
    if not news.get("allow_recreation", True):
        return (
            f"{news['name']} would be {change}. That drops it with what it has computed; set"
            " allow_recreation=True on the statement to allow it"
        )
    if (moved := _unreadable(olds, news)) is not None:
        return (
            f"{news['name']} would be {change}. Its topic is kept (topic_policy is keep), and who"
            f" reads on there could not read both the old records and the new, which have {moved}."
            " Give the statement another KAFKA_TOPIC; or set topic_policy to delete (result_topics"
            " of a pipeline), in an `up` before the one that changes the statement"
        )
    return None


def _unreadable(olds: Mapping[str, Any], news: Mapping[str, Any]) -> str | None:
    """Return in what the records differ that a topic would hold together, or None."""
    old, new = _written(olds), _written(news)
    # What is dropped is dropped as it was declared.
    if old is None or new is None or olds.get("topic_policy") == TopicPolicy.DELETE:
        return None
    if _differs("name", olds, news) or _differs("endpoint", olds, news) or old != new:
        return None
    before, after = olds.get("formats") or {}, news.get("formats") or {}
    for name in sorted(before.keys() & after.keys()):
        if before[name] != after[name]:
            return f"the {name.replace('_', ' ')} {after[name]} instead of {before[name]}"
    keys = [[c for c in _columns(each) or () if c.endswith(" KEY")] for each in (olds, news)]
    both_known = _columns(olds) is not None and _columns(news) is not None
    return "another key" if both_known and keys[0] != keys[1] else None


def _written(props: Mapping[str, Any]) -> str | None:
    """Return the topic that a statement with SELECT writes; None for another or an unknown one."""
    try:
        found = parse_statement(props["sql"])
    except LanguageError:
        return None
    return topic_of(found) if isinstance(found, CreateAsSelect) else None


def _obstacle(olds: Mapping[str, Any], news: Mapping[str, Any]) -> str | None:
    """Return why an object has to be created anew whatever its text says, or None."""
    obstacles = (
        ("its name is another one", _differs("name", olds, news)),
        ("its text is not known yet", is_unknown(news["sql"])),
        ("the ksqlDB application is another one", _differs("endpoint", olds, news)),
        ("what it reads is re-created", _differs("upstreams", olds, news)),
        ("a property such as auto.offset.reset differs", _differs("properties", olds, news)),
        ("its query has ended with an error", olds.get("query_state") == "ERROR"),
        (str(olds.get("drift")), bool(olds.get("drift"))),
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
    """Return what speaks against a plan, and where an old one runs already, against the change.

    Raises:
        PlanInvalid: The new plan cannot be deployed.
        KsqlError: The server cannot be asked.
    """
    new = _plan(news)
    if news.get("result_topics") == TopicPolicy.DELETE and (shared := shared_topics(new)):
        return shared
    reachable = [news.get(name) for name in ("endpoint", *ACCESS)]
    if not all(reachable) or any(is_unknown(each) for each in reachable):
        return []
    if olds.get("endpoint") != news["endpoint"]:
        # Another application runs nothing of the old plan.
        return []
    old = _old_plan(olds)
    if old is None:
        return []
    # What is dropped is dropped as it was declared. Earlier versions did not record it here.
    dropping = olds if "result_topics" in olds else news
    course = Course(
        delete_topics=dropping.get("result_topics") == TopicPolicy.DELETE,
        adopt=bool(news.get("adopt")),
        end_inserts=bool(dropping.get("end_inserts")),
    )
    if course.delete_topics and (contested := contested_topics(old, new)):
        return contested
    with connected(news) as client:
        finding = dry_run(client, old, new, course)
    return [] if finding is None else [str(finding)]


def _old_plan(olds: Mapping[str, Any]) -> Plan | None:
    try:
        return _plan(olds)
    except PlanInvalid:
        # Today's rules refuse what earlier ones let through: then nothing can be foretold.
        return None
