"""The entry point: any statement, judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from ksql.language import tree
from ksql.language.analysis.definitions import Inference, analyze_create
from ksql.language.analysis.properties import Settings
from ksql.language.analysis.selects import analyze_select
from ksql.language.analysis.sinks import (
    analyze_create_as,
    analyze_insert_into,
    analyze_insert_values,
)
from ksql.language.errors import START, LanguageError, Position
from ksql.language.resolved import (
    AnalyzedCreate,
    AnalyzedCreateAs,
    AnalyzedInsertInto,
    AnalyzedInsertValues,
    AnalyzedSelect,
    Catalog,
)

Analyzed: TypeAlias = (
    AnalyzedCreate
    | AnalyzedCreateAs
    | AnalyzedInsertInto
    | AnalyzedInsertValues
    | AnalyzedSelect
    | tree.Statement
)

DEFAULTS = Settings()


def analyze(
    statement: tree.Statement,
    catalog: Catalog,
    settings: Settings = DEFAULTS,
    inference: Inference | None = None,
    *,
    text: str | None = None,
    start: Position = START,
) -> Analyzed:
    """The statement with names, types and keys, judged against the catalogue.

    Statements that neither define nor read rows come back as they are: what they mean depends on
    the server's state.

    Args:
        statement: what to judge; the statement inside an EXPLAIN is judged in its place.
        catalog: the sources that exist; it is not changed.
        settings: what the server's properties say.
        inference: what Schema Registry knows; None where there is none, as in a preview.
        text: the text of the statement, for errors to point into.
        start: where that text begins in its file.

    Raises:
        SemanticError: ksqlDB refuses the statement.
        SchemaOpen: it cannot be judged without Schema Registry.
        Unsupported: it needs what is out of scope.
    """
    try:
        return _analyze(statement, catalog, settings, inference)
    except LanguageError as problem:
        problem.text = problem.text or text
        problem.start = start
        raise


def _analyze(
    statement: tree.Statement,
    catalog: Catalog,
    settings: Settings,
    inference: Inference | None,
) -> Analyzed:
    if isinstance(statement, tree.CreateSource):
        return analyze_create(statement, catalog, settings, inference)
    if isinstance(statement, tree.CreateAsSelect):
        return analyze_create_as(statement, catalog, settings)
    if isinstance(statement, tree.Explain) and statement.statement is not None:
        return _analyze(statement.statement, catalog, settings, inference)
    rule = _RULES.get(type(statement))
    return statement if rule is None else rule(statement, catalog)


# Any: each rule takes the one node type it stands beside, which a mapping cannot say.
_RULES: dict[type, Callable[[Any, Catalog], Analyzed]] = {
    tree.InsertInto: analyze_insert_into,
    tree.InsertValues: analyze_insert_values,
    tree.Query: analyze_select,
}
