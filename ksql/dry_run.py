"""Asking the server whether a plan would go through, without carrying anything out.

A server validates all statements of a request before it runs the first. A request that ends with
a PRINT, which never passes validation on `/ksql`, is therefore judged and never run: error 40002
says that all before the PRINT is valid, any other error is about the first bad statement. A
guard makes sure of that first: if a server ever accepted such a request, a plan would run.
Leaves out what a server judges only while it runs a statement: rights in ksqlDB itself, and
whether schemas are compatible.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ksql.changes import Effect, classify
from ksql.client import KsqlClient
from ksql.deploy import or_replace, quoted
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


def steps(old: Plan, new: Plan) -> tuple[str, ...]:
    """Return what leads from one plan to another: drops from the last reader up, then creations.

    A drop does not mind what is gone already.
    """
    before = {each.name: each for each in old.statements}
    after = {each.name: each for each in new.statements}
    anew = _anew(before, new)
    dropped = [
        _drop(each)
        for each in reversed(old.statements)
        if each.name in anew or each.name not in after
    ]
    made = [
        each.sql if each.name in anew or each.name not in before else or_replace(each.sql)
        for each in new.statements
        if each.name in anew or each.name not in before or _is_updated(before[each.name], each)
    ]
    return (*dropped, *made)


def _anew(before: dict[str, PlannedStatement], new: Plan) -> set[str]:
    """Return the names that are re-created: by their own change, or by what they read."""
    anew: set[str] = set()
    for each in new.statements:
        if each.name not in before:
            continue
        change = classify(before[each.name].sql, each.sql, reads_windowed=new.reads_windowed(each))
        if change.effect is Effect.RECREATED or anew & set(each.reads):
            anew.add(each.name)
    return anew


def _is_updated(old: PlannedStatement, new: PlannedStatement) -> bool:
    return classify(old.sql, new.sql).effect is not Effect.SAME


def _drop(statement: PlannedStatement) -> str:
    topic = " DELETE TOPIC" if statement.is_query else ""
    return f"DROP {statement.kind} IF EXISTS {quoted(statement.name)}{topic};"


def dry_run(client: KsqlClient, statements: Sequence[str]) -> Finding | None:
    """Return why the server would refuse these statements; None when it would not.

    None also when this server cannot be asked without a risk that it runs them.

    Raises:
        KsqlError: The server cannot be asked at all.
    """
    if not statements or not _is_safe(client):
        return None
    try:
        client.look("\n".join((*statements, NEVER_VALID)), {"auto.offset.reset": "earliest"})
    except StatementRejected as refused:
        if refused.code == VALID:
            return None
        return Finding(refused.statement, refused.reason)
    return None


def _is_safe(client: KsqlClient) -> bool:
    try:
        client.look(GUARD)
    except StatementRejected as refused:
        return refused.code == VALID
    return False
