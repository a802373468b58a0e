"""Asking the server whether a plan would go through, without carrying anything out.

A server validates all statements of a request before it runs the first. A request that ends with
a PRINT, which never passes validation on `/ksql`, is therefore judged and never run: error 40002
says that all before the PRINT is valid, any other error is about the first bad statement. A
guard makes sure of that first: if a server ever accepted such a request, a plan would run.
Leaves out what a server judges only while it runs a statement: rights in ksqlDB itself, and
whether schemas are compatible.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ksql.changes import Effect, Known, classify
from ksql.client import KsqlClient
from ksql.deploy import FED_BY_OTHERS, or_replace, with_a_way_out
from ksql.description import names, quoted
from ksql.errors import StatementRejected
from ksql.graph import Plan, PlannedStatement

NEVER_VALID = "PRINT dry_run;"
"""The trailer. No topic of that name need exist: the kind of statement is refused."""

VALID = 40002
"""The code of the refusal that says all else is valid."""

GUARD = f"SHOW STREAMS; {NEVER_VALID}"


@dataclass(frozen=True)
class Finding:
    """Why a plan would not go through."""

    statement: str
    reason: str

    def __str__(self) -> str:
        about = f"\n  {self.statement.strip()}" if self.statement.strip() else ""
        return f"the server would refuse the plan: {self.reason}{about}"


@dataclass(frozen=True)
class Course:
    """How a plan is carried out, as far as a server judges it."""

    delete_topics: bool = True
    """Whether the topic of a statement with SELECT goes when it is dropped."""
    adopt: bool = False
    """Whether what is there already is taken over."""
    end_inserts: bool = False
    """Whether a drop ends INSERT INTO queries of others first."""
    there: frozenset[str] | None = None
    """Names of what the server has; None: all of the old plan and nothing else."""


AS_PLANNED = Course()


def steps(old: Plan, new: Plan, course: Course = AS_PLANNED) -> tuple[str, ...]:
    """Return what leads from one plan to another: drops from the last reader up, then creations.

    What the old plan holds and the server has not, as a run that failed half-way leaves it, is
    created like anything new.
    """
    there = course.there
    before = {each.name: each for each in old.statements if there is None or each.name in there}
    after = {each.name for each in new.statements}
    adopted = (there or frozenset()) - before.keys() if course.adopt else frozenset[str]()
    changes = _changes(before, new)
    dropped = [
        _drop(each, course)
        for each in reversed(old.statements)
        if each.name in before
        and (each.name not in after or changes[each.name] is Effect.RECREATED)
    ]
    made = [
        or_replace(each.sql) if changes[each.name] is Effect.UPDATED else each.sql
        for each in new.statements
        if changes[each.name] is not Effect.SAME and each.name not in adopted
    ]
    return (*dropped, *made)


def _changes(before: Mapping[str, PlannedStatement], new: Plan) -> dict[str, Effect]:
    """Return what happens to each statement of a plan, by its own change or by what it reads."""
    changes: dict[str, Effect] = {}
    for each in new.statements:
        old = before.get(each.name)
        if old is None or any(changes.get(name) is Effect.RECREATED for name in each.reads):
            changes[each.name] = Effect.RECREATED
            continue
        known = Known(
            never_replaced=new.never_replaced(each), before=old.columns, after=each.columns
        )
        changes[each.name] = classify(old.sql, each.sql, known).effect
    return changes


def _drop(statement: PlannedStatement, course: Course) -> str:
    topic = " DELETE TOPIC" if statement.is_query and course.delete_topics else ""
    return f"DROP {statement.kind} IF EXISTS {quoted(statement.name)}{topic};"


def dry_run(
    client: KsqlClient, old: Plan, new: Plan, course: Course = AS_PLANNED
) -> Finding | None:
    """Return why the server would refuse to go from one plan to the other; None if it would not.

    None also when this server cannot be asked without a risk that it runs them. What of the old
    plan is there is looked up, whatever `course` says.

    Raises:
        KsqlError: The server cannot be asked at all.
    """
    if not steps(old, new, course) or not _is_safe(client):
        return None
    statements = steps(old, new, replace(course, there=names(client)))
    if not statements:
        return None
    try:
        client.look("\n".join((*statements, NEVER_VALID)), {"auto.offset.reset": "earliest"})
    except StatementRejected as refused:
        if refused.code == VALID or (course.end_inserts and FED_BY_OTHERS in refused.reason):
            # Which queries to end is looked up when they are ended: what follows stays unjudged.
            return None
        return Finding(refused.statement, with_a_way_out(refused).reason)
    return None


def _is_safe(client: KsqlClient) -> bool:
    try:
        client.look(GUARD)
    except StatementRejected as refused:
        return refused.code == VALID
    return False
