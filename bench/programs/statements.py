"""The seven statements as resources, on a ksqlDB cluster that is there already."""

import json
import os
from pathlib import Path

from ksql.graph import load_scripts, make_plan
from stack.ksql_statement import KsqlStatement, KsqlStatementArgs

FOLDER = Path(__file__).parents[2] / "ksql" / "statements"
VARIABLES = {"window_minutes": "5", "alert_threshold": "10"}
VARIABLE = "BENCH_KSQLDB"
"""Environment variable with the cluster: JSON of endpoint, key and secret."""


def declare() -> None:
    """Declare the statements, wired by what they read."""
    cluster = json.loads(os.environ[VARIABLE])
    plan = make_plan(load_scripts(FOLDER), VARIABLES)
    made: dict[str, KsqlStatement] = {}
    for planned in plan.statements:
        arguments = KsqlStatementArgs(
            name=planned.name,
            sql=planned.sql,
            file=planned.file,
            endpoint=cluster["endpoint"],
            api_key=cluster["key"],
            api_secret=cluster["secret"],
            upstreams=[made[each.name] for each in plan.upstreams(planned)],
            never_replaced=plan.never_replaced(planned),
            columns=planned.columns or (),
            formats=planned.formats,
        )
        made[planned.name] = KsqlStatement(planned.name.lower(), arguments)
