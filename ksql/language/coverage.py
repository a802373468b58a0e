"""The page that says what of ksqlDB is supported, made from the language's own tables.

`docs/ksqldb-coverage.md` is this page; a test compares the two and runs every form shown.
"""

from __future__ import annotations

from collections.abc import Iterable

from ksql.language.analysis.formats import FORMATS, INFERRING
from ksql.language.features import Feature
from ksql.language.functions import FUNCTIONS, OUT_OF_SCOPE
from ksql.language.grammar.types import TYPE_NAMES
from ksql.language.signatures import Function

STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        "CREATE [OR REPLACE] [SOURCE] STREAM\\|TABLE [IF NOT EXISTS]",
        "CREATE SOURCE STREAM s (k INT KEY, v STRING) WITH (kafka_topic='s', value_format='JSON');",
    ),
    (
        "CREATE [OR REPLACE] STREAM\\|TABLE [IF NOT EXISTS] … AS SELECT",
        "CREATE OR REPLACE STREAM t WITH (kafka_topic='t') AS SELECT * FROM s EMIT CHANGES;",
    ),
    ("INSERT INTO … SELECT", "INSERT INTO t SELECT * FROM s;"),
    ("INSERT INTO … VALUES", "INSERT INTO s (k, v) VALUES (1, 'a');"),
    ("DROP STREAM\\|TABLE [IF EXISTS] … [DELETE TOPIC]", "DROP STREAM IF EXISTS s DELETE TOPIC;"),
    ("ALTER STREAM\\|TABLE … ADD COLUMN", "ALTER STREAM s ADD COLUMN w INT;"),
    ("TERMINATE, PAUSE, RESUME, of one query or ALL", "PAUSE ALL;"),
    ("LIST\\|SHOW STREAMS, TABLES, QUERIES, [ALL] TOPICS [EXTENDED]", "SHOW ALL TOPICS;"),
    ("LIST\\|SHOW FUNCTIONS, PROPERTIES, VARIABLES", "LIST FUNCTIONS;"),
    ("DESCRIBE … [EXTENDED], DESCRIBE STREAMS\\|TABLES", "DESCRIBE s EXTENDED;"),
    ("DESCRIBE FUNCTION", "DESCRIBE FUNCTION ABS;"),
    ("EXPLAIN, of a query or a statement", "EXPLAIN SELECT * FROM s EMIT CHANGES;"),
    ("SET, UNSET", "SET 'auto.offset.reset' = 'earliest';"),
    ("DEFINE, UNDEFINE, ${variable}", "DEFINE threshold = '10';"),
    ("PRINT … [FROM BEGINNING] [INTERVAL n] [LIMIT n]", "PRINT 's' FROM BEGINNING LIMIT 1;"),
    ("SELECT, pull and push, with LIMIT", "SELECT * FROM s WHERE k = 1 LIMIT 1;"),
)
"""Every kind of statement: its form, and an example that parses."""

_CLAUSES = (
    "Projections, WHERE, PARTITION BY (several expressions, NULL), GROUP BY any expressions, "
    "HAVING; INNER and LEFT joins of a stream with a table on the table's key; TUMBLING, HOPPING "
    "and SESSION windows with RETENTION and GRACE PERIOD; key columns in any number."
)

_HEAD = """\
# What is supported of ksqlDB

Made from the tables of `ksql/language` by `ksql.language.coverage`; do not edit. What is refused is
refused by name, never answered wrongly.
"""


def coverage_page() -> str:
    """The page as Markdown."""
    sections = (
        _HEAD,
        "## Statements\n",
        _table(("form", "example"), ((form, f"`{sql}`") for form, sql in STATEMENTS)),
        f"{_CLAUSES}\n",
        "## Formats, for keys and values\n",
        _table(("format", "columns from Schema Registry"), _format_rows()),
        "## Types\n",
        f"{', '.join(sorted({str(each) for each in TYPE_NAMES.values()} | {'DECIMAL'}))}; also "
        "written INT, VARCHAR and VARCHAR(n).\n",
        "## Scalar functions\n",
        _functions(aggregate=False),
        "## Aggregates\n",
        _functions(aggregate=True),
        "## Refused by name\n",
        "\n".join(f"* {feature}" for feature in Feature) + "\n",
        f"Functions: {', '.join(sorted(OUT_OF_SCOPE))}.\n",
    )
    return "\n".join(sections)


def _format_rows() -> Iterable[tuple[str, str]]:
    return ((name, "yes" if name in INFERRING else "no") for name in FORMATS)


def _functions(*, aggregate: bool) -> str:
    found = sorted(
        (each for each in FUNCTIONS.values() if each.aggregate is aggregate and not each.hidden),
        key=lambda each: each.name,
    )
    return _table(("function", "arguments", "what it gives"), (_row(each) for each in found))


def _row(function: Function) -> tuple[str, str, str]:
    arguments = "; ".join(f"({signature})" for signature in function.signatures)
    return f"`{function.name}`", arguments, function.description.replace("|", "\\|")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
