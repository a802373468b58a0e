"""A folder of statements as one plan: parsed, judged together, and ordered by what they read.

One file holds one statement that creates one stream or table. Everything wrong with any of them
is found at once, before anything is sent. Leaves out sending (`ksql.deploy`) and judging a
change to what runs already (`ksql.changes`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TypeAlias

from ksql.errors import PlanInvalid
from ksql.language import LanguageError, SchemaOpen, SemanticError
from ksql.language.analysis.statements import analyze
from ksql.language.parser import parse_statement
from ksql.language.resolved import (
    AnalyzedCreate,
    AnalyzedCreateAs,
    Schema,
    Source,
    WindowSpec,
)
from ksql.language.tokens import tokenize
from ksql.language.tree import (
    CreateAsSelect,
    CreateSource,
    Kind,
    Relation,
    Statement,
    WindowKind,
)
from ksql.language.variables import references, substitute
from ksql.meaning import topic_of

Creation: TypeAlias = CreateSource | CreateAsSelect


@dataclass(frozen=True)
class Script:
    """One file as it lies on disk."""

    file: str
    """Its path, as messages show it."""
    text: str


@dataclass(frozen=True)
class PlannedStatement:
    """A statement that can be sent, with what it reads."""

    file: str
    name: str
    """Of the stream or table, as the server has it: upper case unless it was quoted."""
    kind: Kind
    sql: str
    """Without comments, variables filled in, ended by a semicolon."""
    statement: Creation = field(repr=False)
    reads: tuple[str, ...]
    """Names of the sources, each once; of one without SELECT, of those that write its topic."""
    topic: str
    """The topic behind it."""
    columns: tuple[str, ...] | None = None
    """Such as "`A` STRING KEY", the key's first; None where only Schema Registry knows them."""
    formats: Mapping[str, str] = field(default_factory=dict)
    """Its `key_format` and `value_format`; empty where only the server knows."""

    @property
    def is_query(self) -> bool:
        """Whether it runs a persistent query, and so makes its topic."""
        return isinstance(self.statement, CreateAsSelect)


@dataclass(frozen=True)
class Plan:
    """Statements in an order in which they can be sent."""

    statements: tuple[PlannedStatement, ...]
    windowed: frozenset[str] = frozenset()
    """Names of those whose keys carry a window."""

    @property
    def query_count(self) -> int:
        """How many persistent queries it runs."""
        return sum(statement.is_query for statement in self.statements)

    def upstreams(self, statement: PlannedStatement) -> tuple[PlannedStatement, ...]:
        """Return the statements of this plan that `statement` reads from."""
        return tuple(each for each in self.statements if each.name in statement.reads)

    def never_replaced(self, statement: PlannedStatement) -> str:
        """Return what a query is that no server replaces, by what it reads; empty if it may be."""
        found, sources = statement.statement, self.upstreams(statement)
        if not isinstance(found, CreateAsSelect):
            return ""
        if any(each.name in self.windowed for each in sources):
            return "a query on a windowed source"
        grouped = found.query.group_by is not None
        if grouped and any(each.kind is Kind.TABLE for each in sources):
            return "an aggregate of a table"
        return ""


def load_scripts(folder: Path, root: Path | None = None) -> tuple[Script, ...]:
    """Return the `.sql` files of a folder, by name.

    Args:
        folder: Where they lie.
        root: Folder that messages show paths from; the folder itself if None.

    Raises:
        PlanInvalid: There is none, or one is no text.
    """
    files = sorted(folder.glob("*.sql"))
    if not files:
        raise PlanInvalid([f"{folder} holds no .sql file"])
    shown_from = root or folder
    return tuple(_script(file, str(file.relative_to(shown_from))) for file in files)


def _script(file: Path, shown: str) -> Script:
    try:
        return Script(shown, file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as unreadable:
        reason = "it is not UTF-8" if isinstance(unreadable, ValueError) else unreadable.strerror
        raise PlanInvalid([f"{shown} cannot be read: {reason}"]) from None


def make_plan(
    scripts: Sequence[Script], variables: Mapping[str, str], *, query_limit: int | None = None
) -> Plan:
    """Return the statements, judged together and in order.

    Args:
        scripts: The files.
        variables: What `${name}` stands for, by name.
        query_limit: How many persistent queries the application allows.

    Raises:
        PlanInvalid: With everything that is wrong.
    """
    parsed: dict[str, PlannedStatement] = {}
    texts: dict[str, str] = {}
    problems = list(_unused_variables(scripts, variables))
    for script in scripts:
        try:
            text, statement = _parse(script, variables)
        except LanguageError as error:
            problems.append(error.located(script.file))
        except ValueError as wrong_kind:
            problems.append(str(wrong_kind))
        else:
            first = parsed.setdefault(statement.name, statement)
            texts.setdefault(statement.name, text)
            if first is not statement:
                problems.append(f"{script.file} and {first.file} both create {statement.name}")
    problems += _missing_sources(parsed, texts)
    ordered, cycle = _ordered(_with_writers(parsed))
    problems += cycle
    plan, judged = _judged(ordered, texts)
    problems += judged
    if query_limit is not None and plan.query_count > query_limit:
        problems.append(
            f"the statements run {plan.query_count} persistent queries, but the application allows"
            f" {query_limit}. If yours allows more, raise the limit (query_limit; in a stack's"
            " settings persistent_query_limit)"
        )
    if problems:
        raise PlanInvalid(problems)
    return plan


def _unused_variables(scripts: Iterable[Script], variables: Mapping[str, str]) -> list[str]:
    used = {name for script in scripts for name in references(script.text)}
    return [
        f"no statement uses the variable ${{{name}}}" for name in sorted(variables.keys() - used)
    ]


def _parse(script: Script, variables: Mapping[str, str]) -> tuple[str, PlannedStatement]:
    """Return the text that positions count in, and the statement.

    Raises:
        LanguageError: It does not parse.
        ValueError: It is of another kind than this package deploys; the message is for people.
    """
    text = substitute(script.text, variables)
    try:
        found = parse_statement(text)
    except LanguageError as error:
        error.text = error.text or text
        raise
    if not isinstance(found, CreateSource | CreateAsSelect):
        raise ValueError(
            f"{script.file}: only CREATE STREAM and CREATE TABLE can be deployed, one per file;"
            f" this is {_described(found)}"
        )
    if found.or_replace or found.if_not_exists:
        raise ValueError(
            f"{script.file}: leave out OR REPLACE and IF NOT EXISTS: whether {found.name} is"
            " created, replaced or left alone is decided by comparing"
        )
    planned = PlannedStatement(
        script.file,
        found.name,
        found.kind,
        without_comments(text),
        found,
        tuple(dict.fromkeys(relation.name for relation in _relations(found))),
        topic=topic_of(found),
    )
    return text, planned


def _described(statement: Statement) -> str:
    return {"Query": "a SELECT", "InsertInto": "an INSERT INTO"}.get(
        type(statement).__name__, f"of kind {type(statement).__name__}"
    )


def _relations(statement: Creation) -> tuple[Relation, ...]:
    if isinstance(statement, CreateSource):
        return ()
    query = statement.query
    return (query.source, *(join.right for join in query.joins))


def without_comments(text: str) -> str:
    """Return a statement's text from its first token to its last, comments taken out.

    Confluent Cloud refuses block comments. Line breaks stay where they are, so that positions in a
    server's message can be found in the file.
    """
    parts: list[str] = []
    done = 0
    for token in tokenize(text):
        gap = text[done : token.offset]
        if parts:
            comment = "--" in gap or "/*" in gap
            parts.append(("\n" * gap.count("\n") or " ") if comment else gap)
        parts.append(token.text)
        done = token.end
    return "".join(parts).strip()


def _missing_sources(parsed: Mapping[str, PlannedStatement], texts: Mapping[str, str]) -> list[str]:
    return [
        _missing(relation, each, parsed, texts[each.name])
        for each in parsed.values()
        for relation in _relations(each.statement)
        if relation.name not in parsed
    ]


def _with_writers(parsed: Mapping[str, PlannedStatement]) -> dict[str, PlannedStatement]:
    """Return the statements, those without SELECT as readers of what writes their topic.

    Where that would close a circle, as in a feedback through a topic, the topic has to be there.
    """
    found = dict(parsed)
    for each in parsed.values():
        for writer in parsed.values():
            feeds = writer.is_query and not each.is_query and writer.topic == each.topic
            if feeds and each.name not in _upstream_names(writer.name, found):
                before = found[each.name]
                found[each.name] = replace(before, reads=(*before.reads, writer.name))
    return found


def _upstream_names(name: str, parsed: Mapping[str, PlannedStatement]) -> set[str]:
    """Return the names of all that a statement reads, directly or not."""
    found: set[str] = set()
    left = [name]
    while left:
        reads = parsed[each].reads if (each := left.pop()) in parsed else ()
        left += [read for read in reads if read not in found]
        found.update(reads)
    return found


def _missing(
    relation: Relation, reader: PlannedStatement, parsed: Mapping[str, PlannedStatement], text: str
) -> str:
    close = get_close_matches(relation.name, [name for name in parsed if name != reader.name], 3)
    where = f" ({parsed[close[0]].file} creates {close[0]})" if close else ""
    message = f"{reader.name} reads {relation.name}, which no file creates{where}"
    error = SemanticError(message, at=relation.at, text=text, suggestions=close)
    return error.located(reader.file)


def _ordered(
    parsed: Mapping[str, PlannedStatement],
) -> tuple[list[PlannedStatement], list[str]]:
    """Return the statements with readers after what they read, and a problem if that cannot be."""
    graph = {
        name: [source for source in each.reads if source in parsed] for name, each in parsed.items()
    }
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as cycle:
        names: list[str] = cycle.args[1]
        # graphlib lists a cycle from source to reader; people follow it from reader to source.
        steps = " reads ".join(f"{name} ({parsed[name].file})" for name in reversed(names))
        return [], [f"the statements read each other in a circle: {steps}"]
    return [parsed[name] for name in order], []


class _Catalogue:
    """The sources that earlier statements have made."""

    def __init__(self) -> None:
        self.sources: dict[str, Source] = {}

    def source(self, name: str) -> Source | None:
        return self.sources.get(name)

    def names(self) -> Iterable[str]:
        return self.sources


def _judged(
    ordered: Sequence[PlannedStatement], texts: Mapping[str, str]
) -> tuple[Plan, list[str]]:
    """Return the plan with what analysis adds, and what analysis refuses.

    A statement whose source is missing or was refused is not judged: it would only repeat that.
    One that reads what only Schema Registry knows is left to the server.
    """
    catalogue, problems, judged = _Catalogue(), [], []
    for each in ordered:
        if any(name not in catalogue.sources for name in each.reads):
            continue
        text = texts[each.name]
        try:
            analyzed = analyze(each.statement, catalogue, text=text)
        except SchemaOpen:
            source = _open_source(each, catalogue)
        except LanguageError as error:
            problems.append(error.located(each.file))
            continue
        else:
            assert isinstance(analyzed, AnalyzedCreate | AnalyzedCreateAs)
            source = analyzed.source
        catalogue.sources[each.name] = source
        judged.append(_known_of(each, source))
    windowed = frozenset(name for name, source in catalogue.sources.items() if source.window)
    return Plan(tuple(judged), windowed), problems


def _open_source(each: PlannedStatement, catalogue: _Catalogue) -> Source:
    """Return what a query makes whose columns depend on what only Schema Registry knows."""
    assert isinstance(each.statement, CreateAsSelect)
    query, first = each.statement.query, catalogue.sources[each.reads[0]]
    keeps_key = query.group_by is None and query.partition_by is None
    return replace(
        first,
        name=each.name,
        kind=each.kind,
        schema=Schema((), ()),
        topic=each.topic,
        # Which kind of window matters to those alone who know the columns.
        window=first.window if keeps_key else WINDOWED if query.window else None,
        open_schema=True,
    )


WINDOWED = WindowSpec(WindowKind.SESSION, None)


def _known_of(each: PlannedStatement, source: Source) -> PlannedStatement:
    if source.open_schema:
        return replace(each, topic=source.topic)
    keys = (f"{column} KEY" for column in source.schema.key)
    formats = {"key_format": source.key_format.name, "value_format": source.value_format.name}
    columns = (*keys, *(str(column) for column in source.schema.value))
    return replace(each, topic=source.topic, columns=columns, formats=formats)
