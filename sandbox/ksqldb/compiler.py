"""A resolved query as Python functions: one `feed(rows, part, out)` per input.

Chooses the writer for the query's shape; the writers are in `writers` and `grouping`.
"""

from ksql.language.resolved import ResolvedQuery
from ksql.language.tree import Kind
from sandbox.ksqldb.grouping import compile_grouping
from sandbox.ksqldb.stores import RowStore
from sandbox.ksqldb.terminals import Terminal
from sandbox.ksqldb.writers import Chain, Site, StreamChain, TableChain, table_side_feed


def compile_query(query: ResolvedQuery, terminal: Terminal, site: Site) -> Chain:
    """Compile a query for a place to run at and an end to send to."""
    if query.group_by is not None:
        return compile_grouping(query, terminal, site)
    if query.sources[0].source.kind is Kind.TABLE:
        rows = RowStore()
        return Chain((TableChain(query, terminal, site).feed(rows),), rows, None, None)
    chain = StreamChain(query, terminal, site)
    if query.join is None:
        return Chain((chain.feed(),), None, None, None)
    joined = RowStore()
    chain.constants["table"] = joined.rows
    table = table_side_feed(query.sources[1].source, joined)
    return Chain((chain.feed(), table), None, None, joined)
