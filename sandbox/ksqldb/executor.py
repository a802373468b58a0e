"""A request to `/ksql`: parse all, try all, then carry them out one by one.

As on the server: every statement is first validated on a copy of the state, in which it sees the
ones before it; a request of which one fails there changes nothing. SELECT and PRINT never
validate here (40002), which is what makes a dry run possible. While executing, a failure keeps
what ran before and lists it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ksql.language.errors import LanguageError
from ksql.language.parser import ParsedStatement, parse_script
from ksql.language.tree import (
    AlterSource,
    ControlQuery,
    CreateAsSelect,
    CreateSource,
    Define,
    Describe,
    DescribeAll,
    DescribeFunction,
    Drop,
    Explain,
    InsertInto,
    InsertValues,
    Kind,
    ListAll,
    Listing,
    Print,
    Query,
    QueryAction,
    SetProperty,
    Statement,
    Undefine,
    UnsetProperty,
)
from sandbox.formats.errors import FormatError
from sandbox.formats.schemas import SchemaRefused
from sandbox.ksqldb import ddl, describe
from sandbox.ksqldb.ddl import Outcome
from sandbox.ksqldb.errors import (
    BadRequest,
    CatchUpTimeout,
    Forbidden,
    StatementError,
    WrongEndpoint,
)
from sandbox.ksqldb.insert_values import insert_values
from sandbox.ksqldb.judgement import Judgement
from sandbox.ksqldb.properties import Properties, check_override
from sandbox.ksqldb.push import PushQuery
from sandbox.ksqldb.server import KsqlServer
from sandbox.ksqldb.world import TrialWorld, World
from sandbox.topics import AccessDenied

Entity = dict[str, Any]

WRONG_ENDPOINT = (
    "The following statement types should be issued to the websocket endpoint '/query':\n"
    "\t* PRINT\n\t* SELECT"
)


@dataclass
class Session:
    """What holds for the rest of a request: settings and variables."""

    properties: Properties
    variables: dict[str, str]


def execute(
    server: KsqlServer,
    text: str,
    overrides: Mapping[str, Any],
    variables: Mapping[str, str],
    awaited_number: int | None = None,
) -> list[Entity]:
    """Carry out the statements of a request; return one entity for each that yields one.

    Raises:
        KsqlError: The request is refused, or a statement failed.
    """
    for name, value in overrides.items():
        check_override(name, value)
    if awaited_number is not None and awaited_number > server.commands.last_number:
        raise CatchUpTimeout(
            "Timed out while waiting for a previous command to execute. "
            f"command sequence number: {awaited_number}"
        )
    statements = parse(text, variables)
    _validate(server, statements, server.properties(overrides), dict(variables))
    session = Session(server.properties(overrides), dict(variables))
    entities: list[Entity] = []
    for parsed in statements:
        try:
            entities += _Execution(server, session, parsed).run()
        except StatementError as failure:
            failure.entities = entities
            raise
    return entities


def parse(text: str, variables: Mapping[str, str]) -> tuple[ParsedStatement, ...]:
    """Parse a request.

    Raises:
        StatementError: It is no statement, or uses what is not supported.
    """
    try:
        return parse_script(text, variables)
    except LanguageError as refusal:
        raise StatementError(refusal.message, text) from refusal


def _validate(
    server: KsqlServer,
    statements: tuple[ParsedStatement, ...],
    properties: Properties,
    variables: dict[str, str],
) -> None:
    trial = TrialWorld(server)
    session = Session(properties, variables)
    for parsed in statements:
        _Trial(server, trial, session, parsed).run()


class _Step:
    """One statement of a request."""

    def __init__(
        self, server: KsqlServer, world: World, session: Session, parsed: ParsedStatement
    ) -> None:
        self.server, self.world, self.session = server, world, session
        self.parsed, self.text = parsed, parsed.text
        self.judge = Judgement(world.metastore, server.schemas, session.properties, self.text)

    def guarded(self, action: Callable[[], Any]) -> Any:
        """Run something; whatever goes wrong becomes the server's error."""
        try:
            return action()
        except LanguageError as refusal:
            if isinstance(self.parsed.statement, InsertValues):
                # As on the server, which names no statement in what it says about INSERT VALUES.
                raise BadRequest(refusal.message) from refusal
            raise StatementError(refusal.message, self.text) from refusal
        except AccessDenied as denied:
            raise Forbidden(str(denied)) from denied
        except (SchemaRefused, FormatError) as refusal:
            raise StatementError(str(refusal), self.text) from refusal
        except StatementError as refusal:
            refusal.statement = refusal.statement or self.text
            raise

    def outcomes(self, statement: Statement) -> list[Outcome] | None:
        """Carry out a statement that changes what exists; None for the others."""
        rule = CHANGES.get(type(statement))
        return None if rule is None else rule(self, statement)

    def push_to_end(self) -> PushQuery | None:
        """The push query that a TERMINATE names, if it names one."""
        statement = self.parsed.statement
        if not isinstance(statement, ControlQuery) or statement.query_id is None:
            return None
        if statement.action is not QueryAction.TERMINATE:
            return None
        wanted = statement.query_id.upper()
        pushes = self.server.pushes.values()
        return next((push for push in pushes if push.query_id.upper() == wanted), None)

    def settings(self, statement: Statement) -> bool:
        """Carry out SET, UNSET, DEFINE, UNDEFINE; tell whether it was one."""
        session = self.session
        if isinstance(statement, SetProperty):
            session.properties = session.properties.with_override(statement.name, statement.value)
        elif isinstance(statement, UnsetProperty):
            session.properties = session.properties.without_override(statement.name)
        elif isinstance(statement, Define):
            session.variables[statement.name] = statement.value
        elif isinstance(statement, Undefine):
            session.variables.pop(statement.name, None)
        else:
            return False
        return True


class _Trial(_Step):
    """Validation: the statement is carried out on a copy."""

    world: TrialWorld

    def run(self) -> None:
        self.guarded(self._run)

    def _run(self) -> None:
        statement = self.parsed.statement
        if isinstance(statement, Query | Print):
            raise WrongEndpoint(WRONG_ENDPOINT, self.text)
        if self.push_to_end() is not None or self.settings(statement):
            return
        outcomes = self.outcomes(statement)
        if outcomes is not None:
            self.world.count(sum(each.command_id is not None for each in outcomes))
            return
        if isinstance(statement, InsertValues):
            self.judge.insert_values(statement)
        elif isinstance(statement, Explain):
            _explain(self, statement)
        elif isinstance(statement, Describe):
            _describe(self, statement)


class _Execution(_Step):
    """Execution, on the server itself."""

    def __init__(self, server: KsqlServer, session: Session, parsed: ParsedStatement) -> None:
        super().__init__(server, server, session, parsed)

    def run(self) -> list[Entity]:
        found: list[Entity] = self.guarded(self._run)
        return found

    def _run(self) -> list[Entity]:
        statement = self.parsed.statement
        push = self.push_to_end()
        if push is not None:
            push.close()
            return [
                describe.entity(
                    "terminate_query", self.text, queryId=push.query_id, wasTerminated=True
                )
            ]
        if isinstance(statement, Undefine) and statement.name not in self.session.variables:
            message = f"Cannot undefine variable '{statement.name}' which was never defined"
            return [describe.entity("warning_entity", self.text, message=message)]
        if self.settings(statement):
            return []
        outcomes = self.outcomes(statement)
        if outcomes is not None:
            return [self._entity(outcome) for outcome in outcomes]
        if isinstance(statement, InsertValues):
            insert_values(self.server, self.judge.insert_values(statement))
            return []
        return [_reading(self, statement)]

    def _entity(self, outcome: Outcome) -> Entity:
        if outcome.command_id is None:
            return describe.entity("warning_entity", self.text, message=outcome.message)
        self._after(outcome)
        command = self.server.commands.succeeded(
            outcome.command_id, outcome.message, outcome.query_id
        )
        return command.wire(outcome.statement or self.text)

    def _after(self, outcome: Outcome) -> None:
        """Start or end what keeps the rows of a CREATE SOURCE TABLE."""
        statement = self.parsed.statement
        if isinstance(statement, CreateSource) and statement.read_only:
            source = self.server.metastore.source(statement.name)
            if source is not None and source.kind is Kind.TABLE:
                self.server.materialize(source, self.session.properties)
        if isinstance(statement, Drop):
            self.server.forget_materialization(statement.name)


def _reading(step: _Step, statement: Statement) -> Entity:
    text, server = step.text, step.server
    if isinstance(statement, ListAll):
        return _list(step, statement)
    if isinstance(statement, Describe):
        return _describe(step, statement)
    if isinstance(statement, DescribeAll):
        return describe.source_descriptions(
            server.metastore, statement.kind, server.cluster, text, extended=statement.extended
        )
    if isinstance(statement, DescribeFunction):
        return describe.function(statement.name, text)
    if isinstance(statement, Explain):
        return _explain(step, statement)
    raise StatementError(f"Do not know how to execute statement: {text}", text)


def _list(step: _Step, statement: ListAll) -> Entity:
    text, server = step.text, step.server
    what = statement.what
    if what is Listing.QUERIES:
        return _list_queries(step, statement)
    if what is Listing.TOPICS:
        return describe.topics(
            server.cluster, text, extended=statement.extended, show_all=statement.show_all
        )
    if what is Listing.FUNCTIONS:
        return describe.functions(text)
    if what is Listing.PROPERTIES:
        return describe.properties(step.session.properties, text)
    if what is Listing.VARIABLES:
        given = sorted(step.session.variables.items())
        variables = [{"name": name, "value": value} for name, value in given]
        return describe.entity("variables", text, variables=variables)
    return _list_sources(step, statement)


def _list_sources(step: _Step, statement: ListAll) -> Entity:
    kind = Kind.STREAM if statement.what is Listing.STREAMS else Kind.TABLE
    if statement.extended:
        return describe.source_descriptions(
            step.server.metastore, kind, step.server.cluster, step.text, extended=True
        )
    return describe.sources(step.server.metastore, kind, step.text)


def _list_queries(step: _Step, statement: ListAll) -> Entity:
    server, text = step.server, step.text
    if not statement.extended:
        return describe.queries(server.metastore, server.pushes.values(), text)
    found = [
        describe.query_description(query, server.metastore)
        for query in server.metastore.queries.values()
    ]
    return describe.entity("query_descriptions", text, queryDescriptions=found)


def _describe(step: _Step, statement: Describe) -> Entity:
    return describe.source_description(
        step.world.metastore,
        statement.name,
        step.server.cluster,
        step.text,
        extended=statement.extended,
    )


def _explain(step: _Step, statement: Explain) -> Entity:
    server, text = step.server, step.text
    if statement.statement is not None:
        query = step.judge.explained(statement.statement, server.next_number())
        step.world.access.may_read(query.query.sources[0].source.topic)
    else:
        wanted = (statement.query_id or "").upper()
        found = [q for q in step.world.metastore.queries.values() if q.query_id.upper() == wanted]
        if not found:
            raise StatementError(
                "Query with id:"
                f"{statement.query_id} does not exist, use SHOW QUERIES to view the full set of "
                "queries.",
                text,
            )
        query = found[0]
    return describe.entity(
        "queryDescription",
        text,
        queryDescription=describe.query_description(query, server.metastore),
    )


# -- statements that change what exists ----------------------------------------------------------


def _create_source(step: _Step, statement: CreateSource) -> list[Outcome]:
    made = step.judge.create(statement)
    return [ddl.create_source(step.world, made, statement, step.text)]


def _create_as(step: _Step, statement: CreateAsSelect) -> list[Outcome]:
    made = step.judge.create_as(statement)
    return [ddl.create_as(step.world, made, step.session.properties, step.text)]


def _insert_into(step: _Step, statement: InsertInto) -> list[Outcome]:
    made = step.judge.insert_into(statement)
    return [ddl.insert_into(step.world, made, step.session.properties, step.text)]


# Any: each rule takes the one node type it stands beside, which a mapping cannot say.
CHANGES: dict[type, Callable[[_Step, Any], list[Outcome]]] = {
    CreateSource: _create_source,
    CreateAsSelect: _create_as,
    InsertInto: _insert_into,
    Drop: lambda step, statement: [ddl.drop(step.world, statement, step.text)],
    AlterSource: lambda step, statement: [ddl.alter(step.world, statement, step.text)],
    ControlQuery: lambda step, statement: ddl.control(step.world, statement, step.text),
}
