"""Seven resources whose provider does nothing: the floor of seven statements."""

from typing import Any

import pulumi
from pulumi import dynamic

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
    """Declare as many resources as there are statements, wired as they are."""
    made: dict[str, Nothing] = {}
    for name, reads in UPSTREAMS.items():
        upstreams = {each: made[each].incarnation for each in reads}
        made[name] = Nothing(name, {"upstreams": upstreams, "incarnation": 1})
