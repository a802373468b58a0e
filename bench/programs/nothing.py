"""Seven resources whose provider does nothing: the floor of seven statements."""

from pathlib import Path
from typing import Any

import pulumi
from pulumi import dynamic

FOLDER = Path(__file__).parents[2] / "ksql" / "statements"

UPSTREAMS = {
    "stocks_stream": (),
    "users": (),
    "stocks_enriched": ("stocks_stream", "users"),
    "number_of_times_stock_bought": ("stocks_stream",),
    "total_stock_purchased": ("stocks_enriched",),
    "stocks_purchased_5min_window_tumbling": ("stocks_enriched",),
    "accounts_to_monitor": ("stocks_enriched",),
}
"""What each statement reads, sources first."""


class NothingProvider(dynamic.ResourceProvider):
    """Accepts all and changes nothing."""

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        """Remember the inputs."""
        return dynamic.CreateResult("nothing", props)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.DiffResult:
        """See no difference."""
        return dynamic.DiffResult(changes=False)


class Nothing(dynamic.Resource):
    """A resource of no effect."""

    incarnation: pulumi.Output[int]

    def __init__(self, name: str, props: dict[str, Any]) -> None:
        super().__init__(NothingProvider(), name, props)


def declare() -> None:
    """Declare as many resources as there are statements, wired as they are, as large as they are.

    Imports nothing of `ksql` or `stack`: what these cost belongs to the other side.
    """
    made: dict[str, Nothing] = {}
    for file in sorted(FOLDER.glob("*.sql")):
        name = file.stem.partition("_")[2]
        upstreams = {each: made[each].incarnation for each in UPSTREAMS[name]}
        props = {
            "name": name.upper(),
            "sql": file.read_text(),
            "file": file.name,
            "endpoint": "http://127.0.0.1:9/ksqldb/lksqlc-none",
            "api_key": "NONE",
            "api_secret": pulumi.Output.secret("none"),
            "properties": {"auto.offset.reset": "earliest"},
            "upstreams": upstreams,
            "after": list(upstreams.values()),
            "incarnation": 1,
        }
        made[name] = Nothing(name, props)
