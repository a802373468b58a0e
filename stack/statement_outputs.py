"""What a `KsqlStatement` tells: what was made, and what a refresh found instead.

What was made stays as it was recorded; what is found to differ is told beside it, so that a second
refresh tells it again. Leaves out what is done about it (`stack.statement_inputs`).
"""

from collections.abc import Mapping
from typing import Any

from ksql.deploy import Deployed
from ksql.description import Described, differs
from ksql.language.parser import parse_statement
from ksql.language.tree import CreateAsSelect

RECORDED = ("topic", "key_format", "value_format", "key_schema", "value_schema")
"""What stays the same for as long as nobody else touches the object."""

MADE = ("query_id", "query_state", *RECORDED, "drift", "altered")
"""Outputs that come from the server."""


def made_outs(props: Mapping[str, Any], made: Deployed) -> dict[str, Any]:
    """Return all outputs of an object that has just been made or replaced."""
    return {
        **props,
        **_seen(made.described),
        "drift": "",
        "altered": "",
        "command_sequence_number": made.command_sequence_number,
    }


def found_outs(props: Mapping[str, Any], there: Described) -> dict[str, Any]:
    """Return all outputs of an object as a refresh finds it."""
    seen = _seen(there)
    # Earlier versions recorded less: what they did not is taken as it is found.
    recorded = {name: props[name] for name in RECORDED if props.get(name) is not None}
    moved = [
        f"its {name.replace('_', ' ')} is {_shown(seen[name])} instead of {_shown(value)}"
        for name, value in recorded.items()
        if seen[name] and seen[name] != value
    ]
    ended = there.own_query is None and _is_query(props["sql"])
    return {
        **props,
        **seen,
        **recorded,
        "drift": "; ".join(["its query has ended"] * ended + moved),
        "altered": there.statement if differs(props["sql"], there) else "",
    }


def _is_query(sql: str) -> bool:
    return isinstance(parse_statement(sql), CreateAsSelect)


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _seen(there: Described) -> dict[str, Any]:
    query = there.own_query
    return {
        "query_id": query.id if query else "",
        "query_state": query.state if query else "",
        "topic": there.topic,
        "key_format": there.key_format,
        "value_format": there.value_format,
        "key_schema": list(there.key_schema),
        "value_schema": list(there.value_schema),
    }
