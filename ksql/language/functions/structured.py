"""Functions on ARRAY, MAP and STRUCT and table functions: out of scope, known by name."""

from __future__ import annotations

_ARRAYS = """
    ARRAY_CONCAT ARRAY_CONTAINS ARRAY_DISTINCT ARRAY_EXCEPT ARRAY_INTERSECT ARRAY_JOIN ARRAY_LENGTH
    ARRAY_MAX ARRAY_MIN ARRAY_REMOVE ARRAY_SORT ARRAY_UNION COLLECT_LIST COLLECT_SET
    GENERATE_SERIES JSON_ITEMS JSON_KEYS REGEXP_EXTRACT_ALL REGEXP_SPLIT_TO_ARRAY SLICE SPLIT
    SUM_LIST TOPK TOPKDISTINCT
"""
_MAPS = """
    AS_MAP ENTRIES HISTOGRAM JSON_RECORDS MAP_KEYS MAP_UNION MAP_VALUES SPLIT_TO_MAP
"""

OUT_OF_SCOPE: dict[str, str] = {
    **{name: f"{name}, a function on ARRAY" for name in _ARRAYS.split()},
    **{name: f"{name}, a function on MAP" for name in _MAPS.split()},
    **{name: f"{name}, a lambda function" for name in ("TRANSFORM", "REDUCE", "FILTER")},
    **{name: f"{name}, a table function" for name in ("EXPLODE", "CUBE_EXPLODE")},
}
"""The feature to name in the refusal, by function name."""

ARRAY_WITH_COUNT = frozenset({"EARLIEST_BY_OFFSET", "LATEST_BY_OFFSET", "MAX", "MIN"})
"""Aggregates that give an ARRAY when a count follows their column: that form is out of scope."""
