"""The property TIMESTAMP: which column holds a record's time, and how it is read.

BIGINT and TIMESTAMP columns hold milliseconds; a STRING column is parsed by the Java pattern of
TIMESTAMP_FORMAT, through the function STRINGTOTIMESTAMP so that both agree.
"""

from collections.abc import Callable
from typing import Any

from ksql.language.functions import FUNCTIONS
from ksql.language.resolved import Call, ColumnRef, Expr, Literal, Source
from ksql.language.types import BIGINT, STRING
from sandbox.ksqldb.codegen import Code
from sandbox.ksqldb.expressions import expression_source
from sandbox.ksqldb.locations import Locations

PARSER = "STRINGTOTIMESTAMP"


def timestamp_reader(source: Source) -> Callable[[Any, Any], int | None]:
    """Return a function from key row and value row to the time, None where the column is null."""
    stated = source.timestamp
    assert stated is not None
    column = source.schema.find(stated.column)
    assert column is not None, "the analysis has looked for it"
    expr: Expr = ColumnRef(0, column.name, column.type)
    if stated.format is not None:
        signature = next(s for s in FUNCTIONS[PARSER].signatures if len(s.parameters) == 2)  # noqa: PLR2004 - text and pattern
        expr = Call(PARSER, signature, (expr, Literal(stated.format, STRING)), BIGINT)
    locate = Locations()
    locate.add_stream_side(source)
    code = Code({})
    with code.block("def read(k, v):"):
        code.line(f"return {expression_source(expr, locate, code.constants)}")
    return code.function("read")
