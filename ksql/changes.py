"""What a changed statement takes: nothing, CREATE OR REPLACE, or a drop and a new creation.

Decided by rules alone, without asking the server, so that a preview can show it. The rules are
the server's own for upgrades: of a source value columns may be appended; of a query filters and
projections may change, and nothing else; joins, windows, table aggregates, windowed sources and
read-only sources are never upgraded, not even to an identical text.
"""

from dataclasses import dataclass, fields, is_dataclass, replace
from enum import StrEnum

from ksql.graph import Plan, PlannedStatement
from ksql.language.functions import find_function
from ksql.language.parser import parse_statement
from ksql.language.tree import (
    Call,
    CreateAsSelect,
    CreateSource,
    Kind,
    Query,
    SelectAll,
    Statement,
)
from ksql.meaning import by_kind, column_names, difference, differing_settings


class Effect(StrEnum):
    """What `pulumi up` will do to an object; the values are what a preview shows."""

    SAME = "same"
    UPDATED = "updated in place"
    RECREATED = "re-created"


@dataclass(frozen=True)
class Change:
    """The effect of a change, and why it is that one."""

    effect: Effect
    reason: str

    def __str__(self) -> str:
        return f"{self.effect}: {self.reason}" if self.reason else str(self.effect)


SAME = Change(Effect.SAME, "")
IN_PLACE = Change(
    Effect.UPDATED, "offsets are kept, and what it has put out already is not computed again"
)


NO_APPENDING = "columns were removed, reordered or changed; only appending is possible"


@dataclass(frozen=True)
class Known:
    """What is known of a change beside the two texts."""

    rewritten: bool = False
    """Whether the old text is in the server's words."""
    never_replaced: str = ""
    """What the query is that the server never replaces, such as "a query on a windowed source";
    what its text alone tells need not be said."""
    before: tuple[str, ...] | None = None
    """The columns of the old object, such as "`A` STRING KEY"; None where nobody knows."""
    after: tuple[str, ...] | None = None
    """The columns of the new one."""

    @property
    def both(self) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """Old and new columns where both are known."""
        return None if self.before is None or self.after is None else (self.before, self.after)


NOTHING_MORE = Known()


def classify(old_sql: str, new_sql: str, known: Known = NOTHING_MORE) -> Change:
    """Return what it takes to get from one statement to the other.

    Args:
        old_sql: What runs, as it was sent or as the server shows it.
        new_sql: What is wanted.
        known: What the texts do not tell.

    Raises:
        LanguageError: One of them does not parse.
    """
    old, new = parse_statement(old_sql), parse_statement(new_sql)
    changed = difference(new, old, rewritten=known.rewritten)
    if changed is None:
        if known.both is None or known.both[0] == known.both[1]:
            return SAME
        changed = "what it reads"
    obstacle = _obstacle(old, new, changed, known)
    return IN_PLACE if obstacle is None else Change(Effect.RECREATED, obstacle)


def contested_topics(old: Plan, new: Plan) -> list[str]:
    """Return what a plan cannot do where each statement is dropped with its topic.

    What has a new name is created before anything of an old name is dropped: on the topic of such a
    statement it would keep the server from deleting the topic, now and later.
    """
    writers = {each.topic: each for each in old.statements if each.is_query}
    before = {each.name: each.topic for each in old.statements}
    after = {each.name: each.topic for each in new.statements}
    return [
        f"{each.file}: {each.name} would be on topic {each.topic} while {writer.name}, which is"
        f" dropped later, still writes it. Give {each.name} another KAFKA_TOPIC; or leave it out of"
        " one `up`, which drops the other, and put it into the next"
        for each in new.statements
        if (writer := writers.get(each.topic)) is not None
        and before.get(each.name) != each.topic
        and after.get(writer.name) != each.topic
    ]


def shared_topics(plan: Plan) -> list[str]:
    """Return what keeps a plan from being dropped where each statement is dropped with its topic.

    The server deletes no topic that another stream or table is on: of two results on one topic
    neither could go.
    """
    first: dict[str, PlannedStatement] = {}
    for each in plan.statements:
        if each.is_query:
            first.setdefault(each.topic, each)
    return [
        f"{each.file}: {each.name} writes topic {each.topic}, and so does {other.name}"
        f" ({other.file}): neither could be dropped with its topic. Give one of them another"
        " KAFKA_TOPIC, or keep topics (result_topics of a pipeline)"
        for each in plan.statements
        if each.is_query and (other := first[each.topic]) is not each
    ]


def _obstacle(old: Statement, new: Statement, changed: str, known: Known) -> str | None:
    """Return why CREATE OR REPLACE would be refused, or None."""
    if isinstance(old, CreateSource) and isinstance(new, CreateSource):
        if old.read_only or new.read_only:
            return f"{changed} differs, and a read-only source cannot be replaced"
        return _identity(old, new, changed, known) or _columns(old, new)
    if isinstance(old, CreateAsSelect) and isinstance(new, CreateAsSelect):
        if known.never_replaced:
            return f"{changed} differs, and {known.never_replaced} cannot be replaced"
        return _identity(old, new, changed, known) or _plan(old, new, changed, known)
    return f"{changed} differs"


def _identity(
    old: CreateSource | CreateAsSelect,
    new: CreateSource | CreateAsSelect,
    changed: str,
    known: Known,
) -> str | None:
    if (old.kind, old.name) != (new.kind, new.name):
        return f"{changed} differs"
    moved = [name for name, *_ in differing_settings(new, old, rewritten=known.rewritten)]
    return f"the setting {', '.join(moved)} differs" if moved else None


def _columns(old: CreateSource, new: CreateSource) -> str | None:
    before, after = by_kind(old), by_kind(new)
    if before[0] != after[0]:
        return "the key columns differ"
    if after[1][: len(before[1])] != before[1]:
        return NO_APPENDING
    return None


def _plan(old: CreateAsSelect, new: CreateAsSelect, changed: str, known: Known) -> str | None:
    for query in (old.query, new.query):
        if query.joins:
            return f"{changed} differs, and a join cannot be replaced"
        if query.window is not None:
            return f"{changed} differs, and a windowed aggregate cannot be replaced"
    if _aggregates(old.query) != _aggregates(new.query):
        return "the aggregates differ"
    for name, shown in (
        ("source", "FROM"),
        ("group_by", "GROUP BY"),
        ("partition_by", "PARTITION BY"),
    ):
        if _differs(old.query, new.query, name):
            return f"{shown} differs"
    return _projection(old.query, new.query, known)


def _differs(old: Query, new: Query, name: str) -> bool:
    """Return whether one clause differs; the other clauses of `new` are put into `old`."""
    probe = replace(
        CreateAsSelect(Kind.STREAM, "PROBE", new), query=replace(new, **{name: getattr(old, name)})
    )
    return difference(CreateAsSelect(Kind.STREAM, "PROBE", new), probe) is not None


def _aggregates(query: Query) -> list[str]:
    return sorted(
        {
            f"{call.name}/{len(call.args)}:{_plain(call)}"
            for part in (query.select, query.having)
            for call in _calls(part)
            if _is_aggregate(call)
        }
    )


def _is_aggregate(call: Call) -> bool:
    function = find_function(call.name)
    return function is not None and function.aggregate


def _plain(node: object) -> str:
    """Return an expression as text without qualifiers, for comparing."""
    if is_dataclass(node) and not isinstance(node, type):
        shown = [
            _plain(getattr(node, each.name))
            for each in fields(node)
            if each.compare and each.name != "source"
        ]
        return f"{type(node).__name__}({', '.join(shown)})"
    if isinstance(node, tuple):
        return f"[{', '.join(_plain(item) for item in node)}]"
    return repr(node)


def _calls(node: object) -> list[Call]:
    found = [node] if isinstance(node, Call) else []
    if isinstance(node, tuple):
        return found + [call for item in node for call in _calls(item)]
    if is_dataclass(node) and not isinstance(node, type):
        children = [getattr(node, each.name) for each in fields(node) if each.name != "at"]
        return found + [call for child in children for call in _calls(child)]
    return found


def _projection(old: Query, new: Query, known: Known) -> str | None:
    if known.both is not None:
        columns_before, columns_after = known.both
        appended = columns_after[: len(columns_before)] == columns_before
        return None if appended else NO_APPENDING
    before, after = list(old.select), list(new.select)
    if any(isinstance(item, SelectAll) for item in (*before, *after)):
        same = _plain(tuple(before)) == _plain(tuple(after))
        return None if same else "a projection with * differs: which columns it adds is unknown"
    names_before, names_after = column_names(before), column_names(after)
    return None if names_after[: len(names_before)] == names_before else NO_APPENDING
