"""Trees to text, in the form the server shows: clauses on lines, operators in parentheses.

Parsing the text of a statement gives an equal tree back. Expressions are in
`ksql.language.expression_text`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ksql.language.expression_text import expression_text, literal_text, string_text
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
    Duration,
    Explain,
    Expression,
    InsertInto,
    InsertValues,
    Join,
    ListAll,
    Print,
    Property,
    Query,
    Relation,
    SelectAll,
    SelectItem,
    SetProperty,
    Statement,
    TableElement,
    Undefine,
    UnsetProperty,
    Window,
    WindowKind,
    Within,
)
from ksql.language.words import quoted


def statement_text(statement: Statement) -> str:
    """The statement as text, semicolon included."""
    return f"{_bare(statement)};"


def _bare(statement: Statement) -> str:
    return _RULES[type(statement)](statement)


def query_text(query: Query) -> str:
    """A SELECT as text, a clause on each line."""
    lines = [_select(query), f"FROM {_relation(query.source)}"]
    lines += [_join(join) for join in query.joins]
    if query.window:
        lines.append(f"WINDOW {_window(query.window)}")
    if query.where:
        lines.append(f"WHERE {expression_text(query.where)}")
    if query.group_by is not None:
        lines.append(f"GROUP BY {_grouping(query.group_by)}")
    if query.partition_by is not None:
        lines.append(f"PARTITION BY {_grouping(query.partition_by)}")
    if query.having:
        lines.append(f"HAVING {expression_text(query.having)}")
    if query.emit_changes:
        lines.append("EMIT CHANGES")
    if query.limit is not None:
        lines.append(f"LIMIT {query.limit}")
    return "\n".join(lines)


def _select(query: Query) -> str:
    items = [_select_item(item) for item in query.select]
    if len(items) == 1:
        return f"SELECT {items[0]}"
    return "SELECT\n  " + ",\n  ".join(items)


def _select_item(item: SelectAll | SelectItem) -> str:
    if isinstance(item, SelectAll):
        return "*" if item.source is None else f"{quoted(item.source)}.*"
    text = expression_text(item.expression)
    return text if item.alias is None else f"{text} {quoted(item.alias)}"


def _relation(relation: Relation) -> str:
    return f"{quoted(relation.name)} {quoted(relation.alias)}"


def _join(join: Join) -> str:
    kind = "INNER" if join.kind == "INNER" else f"{join.kind} OUTER"
    within = f" {_within(join.within)}" if join.within else ""
    condition = expression_text(join.condition)
    return f"{kind} JOIN {_relation(join.right)}{within} ON ({condition})"


def _within(within: Within) -> str:
    size = _duration(within.before)
    if within.after:
        size = f"({size}, {_duration(within.after)})"
    grace = f" GRACE PERIOD {_duration(within.grace)}" if within.grace else ""
    return f"WITHIN {size}{grace}"


def _window(window: Window) -> str:
    size = _duration(window.size)
    parts = [size if window.kind is WindowKind.SESSION else f"SIZE {size}"]
    if window.advance:
        parts.append(f"ADVANCE BY {_duration(window.advance)}")
    if window.retention:
        parts.append(f"RETENTION {_duration(window.retention)}")
    if window.grace:
        parts.append(f"GRACE PERIOD {_duration(window.grace)}")
    return f"{window.kind} ( {' , '.join(parts)} )"


def _duration(duration: Duration) -> str:
    return f"{duration.value} {duration.unit}"


def _grouping(expressions: tuple[Expression, ...]) -> str:
    if not expressions:
        return "()"
    return ", ".join(expression_text(each) for each in expressions)


def _create_source(statement: CreateSource) -> str:
    head = _create_head(statement, "SOURCE " if statement.read_only else "")
    elements = f" ({_comma(map(_element, statement.elements))})" if statement.elements else ""
    return f"{head}{elements}{_with(statement.properties)}"


def _create_as(statement: CreateAsSelect) -> str:
    head = f"{_create_head(statement, '')}{_with(statement.properties)}"
    return f"{head} AS {query_text(statement.query)}"


def _create_head(statement: CreateSource | CreateAsSelect, modifier: str) -> str:
    replace = "OR REPLACE " if statement.or_replace else ""
    exists = "IF NOT EXISTS " if statement.if_not_exists else ""
    return f"CREATE {replace}{modifier}{statement.kind} {exists}{quoted(statement.name)}"


def _element(element: TableElement) -> str:
    constraint = f" {element.constraint}" if element.constraint else ""
    return f"{quoted(element.name)} {element.type}{constraint}"


def _with(properties: tuple[Property, ...]) -> str:
    if not properties:
        return ""
    settings = (f"{_property_name(each.name)}={literal_text(each.value)}" for each in properties)
    return f" WITH ({_comma(settings)})"


def _property_name(name: str) -> str:
    return name if quoted(name) == name else string_text(name)


def _comma(parts: Iterable[str]) -> str:
    return ", ".join(parts)


def _insert_into(statement: InsertInto) -> str:
    head = f"INSERT INTO {quoted(statement.target)}{_with(statement.properties)}"
    return f"{head} {query_text(statement.query)}"


def _insert_values(statement: InsertValues) -> str:
    columns = f" ({_comma(map(quoted, statement.columns))})" if statement.columns else ""
    values = _comma(map(expression_text, statement.values))
    target = quoted(statement.target)
    return f"INSERT INTO {target}{columns} VALUES ({values})"  # noqa: S608 - printed, never run


def _drop(statement: Drop) -> str:
    exists = "IF EXISTS " if statement.if_exists else ""
    topic = " DELETE TOPIC" if statement.delete_topic else ""
    return f"DROP {statement.kind} {exists}{quoted(statement.name)}{topic}"


def _alter(statement: AlterSource) -> str:
    columns = _comma(f"ADD COLUMN {_element(column)}" for column in statement.columns)
    return f"ALTER {statement.kind} {quoted(statement.name)} {columns}"


def _control(statement: ControlQuery) -> str:
    return f"{statement.action} {quoted(statement.query_id) if statement.query_id else 'ALL'}"


def _list(statement: ListAll) -> str:
    return f"LIST {'ALL ' if statement.show_all else ''}{statement.what}" + _extended(statement)


def _describe(statement: Describe) -> str:
    return f"DESCRIBE {quoted(statement.name)}{_extended(statement)}"


def _describe_all(statement: DescribeAll) -> str:
    return f"DESCRIBE {statement.kind}S{_extended(statement)}"


def _extended(statement: ListAll | Describe | DescribeAll) -> str:
    return " EXTENDED" if statement.extended else ""


def _explain(statement: Explain) -> str:
    if statement.statement is not None:
        return f"EXPLAIN {_bare(statement.statement)}"
    return f"EXPLAIN {quoted(statement.query_id or '')}"


def _print(statement: Print) -> str:
    parts = [f"PRINT {string_text(statement.topic)}"]
    if statement.from_beginning:
        parts.append("FROM BEGINNING")
    if statement.interval is not None:
        parts.append(f"INTERVAL {statement.interval}")
    if statement.limit is not None:
        parts.append(f"LIMIT {statement.limit}")
    return " ".join(parts)


def _assignment(statement: SetProperty | Define) -> str:
    if isinstance(statement, SetProperty):
        return f"SET {string_text(statement.name)} = {string_text(statement.value)}"
    return f"DEFINE {statement.name} = {string_text(statement.value)}"


# Any: each rule takes the one node type it stands beside, which a mapping cannot say.
_RULES: dict[type, Callable[[Any], str]] = {
    Query: query_text,
    CreateSource: _create_source,
    CreateAsSelect: _create_as,
    InsertInto: _insert_into,
    InsertValues: _insert_values,
    Drop: _drop,
    AlterSource: _alter,
    ControlQuery: _control,
    ListAll: _list,
    Describe: _describe,
    DescribeAll: _describe_all,
    DescribeFunction: lambda statement: f"DESCRIBE FUNCTION {quoted(statement.name)}",
    Explain: _explain,
    SetProperty: _assignment,
    UnsetProperty: lambda statement: f"UNSET {string_text(statement.name)}",
    Define: _assignment,
    Undefine: lambda statement: f"UNDEFINE {statement.name}",
    Print: _print,
}
