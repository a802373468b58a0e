"""INSERT VALUES: one record, made of expressions over nothing, appended to the target's topic."""

from decimal import Decimal
from typing import Any

from ksql.language.resolved import AnalyzedInsertValues, Cast, Expr
from ksql.language.tree import Kind
from ksql.language.types import Base
from sandbox.formats.numbers import fit_decimal
from sandbox.ksqldb.codegen import Code
from sandbox.ksqldb.encoding import SinkEncoder
from sandbox.ksqldb.errors import BadRequest
from sandbox.ksqldb.expressions import NOW_MS, expression_source
from sandbox.ksqldb.locations import Locations
from sandbox.ksqldb.server import KsqlServer
from sandbox.topics import AclOperation, StoredRecord


def insert_values(server: KsqlServer, made: AnalyzedInsertValues) -> None:
    """Append the record.

    Raises:
        BadRequest: A value cannot be computed or written, or a table's key is missing.
    """
    target = made.target
    server.access.require(AclOperation.WRITE, target.topic)
    values = {column.name: _fitted(column.expr, server) for column in made.values}
    time_ms = server.clock.now_ms() if made.rowtime is None else _value(made.rowtime, server)
    key = tuple(values.get(column.name) for column in target.schema.key)
    row = tuple(values.get(column.name) for column in target.schema.value)
    if target.kind is Kind.TABLE and None in key:
        raise BadRequest(
            f"Failed to insert values into '{target.name}'. Value for primary key column(s) "
            f"{', '.join(c.name for c in target.schema.key)} is required for tables"
        )
    key_serde, value_serde = server.assembly.serdes(target)
    encoder = SinkEncoder(target, key_serde, value_serde)
    no_key = all(part is None for part in key)
    key_bytes = None if no_key else encoder.key_bytes(key, None)
    record = StoredRecord(key_bytes, encoder.value_bytes(row), time_ms)
    topic = server.cluster.topic(target.topic)
    topic.append(record, server.assembly.partition_of(topic, key_bytes))


def _fitted(expr: Expr, server: KsqlServer) -> Any:
    """Return a column's value: a number fits its DECIMAL as it is, and is not rounded."""
    to = expr.type
    if not (isinstance(expr, Cast) and expr.implicit and to and to.base is Base.DECIMAL):
        return _value(expr, server)
    found = _value(expr.operand, server)
    try:
        return (
            None if found is None else fit_decimal(Decimal(found), to.precision or 0, to.scale or 0)
        )
    except ArithmeticError as error:
        raise BadRequest(f"Failed to insert values: {error}") from error


def _value(expr: Expr, server: KsqlServer) -> Any:
    constants: dict[str, Any] = {NOW_MS: server.clock.now_ms}
    code = Code(constants)
    with code.block("def value():"):
        code.line(f"return {expression_source(expr, Locations(), constants)}")
    try:
        return code.function("value")()
    except Exception as error:
        raise BadRequest(f"Failed to insert values: {error}") from error
