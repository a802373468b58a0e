"""CREATE OR REPLACE: what may change about an existing source and its query.

The rules are ksqlDB's: of a source the name, kind, topic, timestamp column and key stay, and value
columns may only be appended; of a query filters and projections may change, sources, re-keying,
grouping and unwindowed stream aggregates must stay, and plans with joins, windowed aggregates,
table aggregates or windowed sources are refused, identical text or not.
"""

from ksql.language.resolved import ResolvedQuery, Source
from ksql.language.tree import Kind
from sandbox.ksqldb.errors import StatementError


def check_source_upgrade(old: Source, new: Source, text: str) -> None:
    """Judge a new definition of a source.

    Raises:
        StatementError: It cannot take the old one's place.
    """
    for label, before, after in (
        ("DataSourceType", old.kind, new.kind),
        ("topic name", old.topic, new.topic),
        ("timestamp column", old.timestamp, new.timestamp),
    ):
        if before != after:
            _refuse(old, f"{label} (Old: {before}, New: {after})", text)
    if old.schema.key != new.schema.key:
        _refuse(old, f"Key columns must be identical (Old: {old.schema}, New: {new.schema})", text)
    if new.schema.value[: len(old.schema.value)] != old.schema.value:
        kept = {column.name for column in new.schema.value}
        missing = [str(column) for column in old.schema.value if column.name not in kept]
        _refuse(
            old,
            "The following columns are changed, missing or reordered: "
            f"[{', '.join(missing) or ', '.join(str(c) for c in old.schema.value)}]",
            text,
        )


def check_sink_upgrade(old: Source, new: Source, text: str) -> None:
    """Judge how a query would write from now on.

    Raises:
        StatementError: In another format than so far.
    """
    for label, before, after in (
        ("key format", old.key_format, new.key_format),
        ("value format", old.value_format, new.value_format),
    ):
        if before != after:
            reason = f"Query is not upgradeable: {label} of the sink differs"
            _refuse_query(new.name, f"{reason} (Old: {before.name}, New: {after.name})", text)


def check_query_upgrade(old: ResolvedQuery, new: ResolvedQuery, name: str, text: str) -> None:
    """Judge a new query for a source.

    Raises:
        StatementError: The running one cannot become it.
    """
    for query in (new, old):
        refused = _unsupported(query)
        if refused:
            _refuse_query(name, f"Upgrades not yet supported for {refused}", text)
    names = [[each.source.name for each in query.sources] for query in (old, new)]
    if names[0] != names[1]:
        _refuse_query(name, f"Query is not upgradeable: source changed to {names[1]}", text)
    for label, before, after in (
        ("PARTITION BY", old.partition_by, new.partition_by),
        ("GROUP BY", old.group_by, new.group_by),
        ("aggregates", old.aggregates, new.aggregates),
    ):
        if before != after:
            _refuse_query(name, f"Query is not upgradeable: {label} differs", text)


def _unsupported(query: ResolvedQuery) -> str | None:
    """The step that ksqlDB cannot upgrade, by the name of its class."""
    left = query.sources[0].source
    if query.join is not None:
        return "StreamTableJoin"
    if query.group_by is not None and left.kind is Kind.TABLE:
        return "TableAggregate"
    if query.group_by is not None and query.window is not None:
        return "StreamWindowedAggregate"
    if left.window is not None:
        return "WindowedStreamSource" if left.kind is Kind.STREAM else "WindowedTableSource"
    return None


def _refuse(source: Source, reason: str, text: str) -> None:
    raise StatementError(
        f"Cannot add {source.kind.lower()} '{source.name}': Cannot upgrade data source: {reason}",
        text,
    )


def _refuse_query(name: str, reason: str, text: str) -> None:
    raise StatementError(f"Cannot upgrade query for `{name}`. {reason}", text)
