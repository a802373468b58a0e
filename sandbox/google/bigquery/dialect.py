"""BigQuery's tree into DuckDB's SQL: what sqlglot leaves different in meaning is put right here.

Owns rewrites of single nodes; each says which difference it removes. What would give a wrong
answer and is not rewritten is refused by name.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.google.errors import NotEmulated

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.expressions import Expr

NUMERIC = (38, 9)
BIGNUMERIC = (38, 18)


def to_duckdb(tree: "Expr", now: datetime) -> str:
    """Return DuckDB's SQL for a tree whose names are resolved.

    Args:
        tree: Changed in place.
        now: What CURRENT_TIMESTAMP and its kin answer: the sandbox's time.

    Raises:
        NotEmulated: It uses something that DuckDB computes otherwise.
    """
    from sqlglot.errors import ErrorLevel, UnsupportedError  # noqa: PLC0415 - see `sql`

    rewrites = _rewrites(now)
    # Children before parents: what a rewrite wraps must be right already.
    for node in reversed(list(tree.walk())):
        change = rewrites.get(type(node))
        if change is None:
            continue
        changed = change(node)
        if node is tree:
            tree = changed
        elif changed is not node:
            node.replace(changed)
    try:
        sql: str = tree.sql(dialect="duckdb", identify=True, unsupported_level=ErrorLevel.RAISE)
    except UnsupportedError as problem:
        raise NotEmulated(str(problem).split("\n", 1)[0]) from None
    return sql


def _rewrites(now: datetime) -> dict[type, Callable[[Any], "Expr"]]:
    from sqlglot import exp  # noqa: PLC0415 - imported on first use, see `sql`

    text = now.strftime("%Y-%m-%d %H:%M:%S.%f")
    moments = {
        exp.CurrentTimestamp: exp.cast(exp.Literal.string(text + "+00"), "TIMESTAMPTZ"),
        exp.CurrentDatetime: exp.cast(exp.Literal.string(text), "TIMESTAMP"),
        exp.CurrentDate: exp.cast(exp.Literal.string(text[:10]), "DATE"),
        exp.CurrentTime: exp.cast(exp.Literal.string(text[11:]), "TIME"),
    }
    constant = {kind: (lambda node, value=value: value.copy()) for kind, value in moments.items()}
    return constant | {
        exp.DataType: _sized_decimal,
        exp.Div: _checked_division,
        exp.IntDiv: _checked_division,
        exp.Mod: _checked_division,
        exp.StrToTime: _parsed_timestamp,
        exp.UnixToTime: _as_timestamp,
        exp.TimestampDiff: _whole_units,
        exp.Dot: _all_members,
        exp.Extract: _calendar_part,
        exp.Format: _printf,
        exp.Unnest: _unnest,
        exp.SafeFunc: _refuse("The SAFE. prefix"),
        exp.Column: _unqualified,
        exp.ArrayAgg: _first_of_array,
        exp.DateTrunc: _truncated_date,
        exp.SessionUser: _refuse("SESSION_USER"),
        exp.Pivot: _refuse("PIVOT and UNPIVOT"),
    }


def _refuse(what: str) -> Callable[["Expr"], "Expr"]:
    def refuse(_node: "Expr") -> "Expr":
        raise NotEmulated(what)

    return refuse


def _sized_decimal(node: "exp.DataType") -> "Expr":
    # DuckDB's bare DECIMAL has 18 digits and 3 behind the point.
    from sqlglot import exp  # noqa: PLC0415 - see `_rewrites`

    sizes = {exp.DataType.Type.DECIMAL: NUMERIC, exp.DataType.Type.BIGDECIMAL: BIGNUMERIC}
    size = sizes.get(node.this)
    if size is None or (node.expressions and node.this is exp.DataType.Type.DECIMAL):
        return node
    params = [exp.DataTypeParam(this=exp.Literal.number(each)) for each in size]
    return exp.DataType(this=exp.DataType.Type.DECIMAL, expressions=params)


def _checked_division(node: "exp.Binary") -> "Expr":
    # DuckDB divides by zero without a word.
    from sqlglot import exp  # noqa: PLC0415 - see `_rewrites`

    divisor = node.expression
    if isinstance(divisor, exp.Literal) and float(divisor.this) != 0:
        return node
    failure = exp.Anonymous(this="error", expressions=[exp.Literal.string("division by zero")])
    is_zero = exp.EQ(this=exp.paren(divisor.copy()), expression=exp.Literal.number(0))
    node.set("expression", exp.Case().when(is_zero, failure).else_(divisor.copy()))
    return node


def _parsed_timestamp(node: "exp.StrToTime") -> "Expr":
    # DuckDB's strptime gives a time without a zone, which would be BigQuery's DATETIME.
    from sqlglot import exp  # noqa: PLC0415 - see `_rewrites`

    pattern = node.args["format"]
    parsed = exp.Anonymous(this="strptime", expressions=[node.this, pattern])
    return exp.Cast(this=parsed, to=exp.DataType.build("TIMESTAMPTZ"))


def _as_timestamp(node: "exp.UnixToTime") -> "Expr":
    from sqlglot import exp  # noqa: PLC0415 - see `_rewrites`

    return exp.Cast(this=node.copy(), to=exp.DataType.build("TIMESTAMPTZ"))


def _whole_units(node: "exp.TimestampDiff") -> "Expr":
    # TIMESTAMP_DIFF counts whole units, DuckDB's date_diff the boundaries between.
    from sqlglot import exp  # noqa: PLC0415 - see `_rewrites`

    unit = exp.Literal.string(node.text("unit").lower())
    return exp.Anonymous(this="date_sub", expressions=[unit, node.expression, node.this])


def _first_of_array(node: "exp.ArrayAgg") -> "Expr":
    # ARRAY_AGG(x ORDER BY y LIMIT n): DuckDB has no LIMIT inside, but cuts lists.
    from sqlglot import exp  # noqa: PLC0415 - see `_rewrites`

    limit = node.this
    if not isinstance(limit, exp.Limit):
        return node
    whole = exp.ArrayAgg(this=limit.this.copy())
    one = exp.Literal.number(1)
    return exp.Anonymous(this="list_slice", expressions=[whole, one, limit.expression.copy()])


def _all_members(node: "exp.Dot") -> "Expr":
    # struct.* of a computed struct: DuckDB's unnest makes columns of it.
    from sqlglot import exp  # noqa: PLC0415 - see `_rewrites`

    if not isinstance(node.expression, exp.Star):
        return node
    return exp.Anonymous(this="unnest", expressions=[node.this.copy()])


def _truncated_date(node: "exp.DateTrunc") -> "Expr":
    # DuckDB makes a time of a date. (Of a timestamp, BigQuery would make a timestamp.)
    from sqlglot import exp  # noqa: PLC0415 - see `_rewrites`

    if node.text("unit").upper() in ("HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND"):
        return node
    return exp.Cast(this=node.copy(), to=exp.DataType.build("DATE"))


def _calendar_part(node: "exp.Extract") -> "Expr":
    # BigQuery's week begins on Sunday, whose number is 1; DuckDB says 0, and counts ISO weeks.
    from sqlglot import exp  # noqa: PLC0415 - see `_rewrites`

    part = node.this.sql("bigquery").upper()
    if part == "DAYOFWEEK":
        return exp.paren(exp.Add(this=node.copy(), expression=exp.Literal.number(1)))
    if part.startswith("WEEK"):
        raise NotEmulated(f"EXTRACT({part} FROM …): use ISOWEEK")
    if part == "ISOWEEK":
        return exp.Extract(this=exp.Var(this="WEEK"), expression=node.expression)
    return node


def _printf(node: "exp.Format") -> "Expr":
    # DuckDB's format has braces; its printf knows C's conversions, but not BigQuery's own.
    from sqlglot import exp  # noqa: PLC0415 - see `_rewrites`

    pattern = node.this
    if not isinstance(pattern, exp.Literal) or any(
        own in pattern.this for own in ("%t", "%T", "%'", "%p", "%P")
    ):
        raise NotEmulated("FORMAT with a computed pattern, or with %t, %T, %p, %P, %'")
    return exp.Anonymous(this="printf", expressions=[pattern, *node.expressions])


def _unnest(node: "exp.Unnest") -> "Expr":
    if node.args.get("offset"):
        raise NotEmulated("UNNEST … WITH OFFSET")
    return node


def _unqualified(node: "exp.Column") -> "Expr":
    # dataset.table.column: the table has an alias by now, its dataset no meaning.
    node.set("db", None)
    node.set("catalog", None)
    return node
