"""Compatibility follows Avro's schema resolution, and is worded as the registry words it."""

import json
from typing import Any

import pytest

from sandbox.registry.avro import parse
from sandbox.registry.compatibility import Level, differences, problems


def record(*fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "record", "name": "r", "fields": list(fields), **more}


def field(name: str, kind: Any = "string", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, **more}


def found(reader: Any, writer: Any) -> list[tuple[str, str]]:
    """Return kind and path of everything that keeps `reader` from reading `writer`'s data."""
    nodes = [parse(json.dumps(schema))[0] for schema in (reader, writer)]
    return [(difference.kind, difference.path) for difference in differences(*nodes)]


@pytest.mark.parametrize(
    ("reader", "writers"),
    [
        ("long", ["int"]),
        ("float", ["int", "long"]),
        ("double", ["int", "long", "float"]),
        ("string", ["bytes"]),
        ("bytes", ["string"]),
    ],
)
def test_types_are_promoted_one_way(reader: str, writers: list[str]) -> None:
    primitives = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]

    readable = [writer for writer in primitives if not found(reader, writer)]

    assert readable == [one for one in primitives if one in (*writers, reader)]


def test_a_new_field_needs_a_default() -> None:
    old, new = record(field("a")), record(field("a"), field("b"))

    assert found(new, old) == [("READER_FIELD_MISSING_DEFAULT_VALUE", "/fields/1")]
    assert found(record(field("a"), field("b", default="x")), old) == []


def test_a_field_may_go() -> None:
    assert found(record(field("a")), record(field("a"), field("b"))) == []


def test_a_field_s_type_is_compared_at_its_path() -> None:
    assert found(record(field("a", "int")), record(field("a", "string"))) == [
        ("TYPE_MISMATCH", "/fields/0/type")
    ]


def test_the_reader_s_aliases_find_renamed_fields_and_records() -> None:
    old = record(field("user_id"))

    assert found(record(field("userid", aliases=["user_id"])), old) == []
    renamed = {"type": "record", "name": "s", "aliases": ["r"], "fields": [field("user_id")]}
    assert found(renamed, old) == []
    assert found({**renamed, "aliases": []}, old) == [("NAME_MISMATCH", "/name")]


def test_a_record_s_namespace_may_change() -> None:
    assert found(record(field("a"), namespace="new"), record(field("a"), namespace="old")) == []


def test_a_union_takes_what_one_of_its_branches_takes() -> None:
    assert found(["null", "string"], "string") == []
    assert found(["null", "long"], "int") == []
    assert found(["null", "int"], "string") == [("MISSING_UNION_BRANCH", "/")]


def test_every_branch_of_the_writer_s_union_counts() -> None:
    assert found("string", ["string", "bytes"]) == []
    assert found("string", ["null", "string"]) == [("TYPE_MISMATCH", "/")]
    assert found(["null", "string"], ["null", "string", "int"]) == [("MISSING_UNION_BRANCH", "/2")]


def test_an_enum_must_know_the_writer_s_symbols_or_have_a_default() -> None:
    old = {"type": "enum", "name": "side", "symbols": ["BUY", "SELL"]}
    new = {"type": "enum", "name": "side", "symbols": ["BUY"]}

    assert found(new, old) == [("MISSING_ENUM_SYMBOLS", "/symbols")]
    assert found({**new, "default": "BUY"}, old) == []
    assert found(old, new) == []


def test_a_fixed_keeps_its_size() -> None:
    two, four = ({"type": "fixed", "name": "id", "size": size} for size in (2, 4))

    assert found(four, two) == [("FIXED_SIZE_MISMATCH", "/size")]


def test_elements_of_arrays_and_maps_are_compared() -> None:
    ints, texts = ({"type": "array", "items": kind} for kind in ("int", "string"))
    assert found(ints, texts) == [("TYPE_MISMATCH", "/items")]
    assert found({"type": "map", "values": "long"}, {"type": "map", "values": "int"}) == []


def test_a_schema_that_contains_itself_is_compared_once() -> None:
    node = record(field("value", "int"), field("next", ["null", "r"], default=None))
    wider = record(field("value", "long"), field("next", ["null", "r"], default=None))

    assert found(wider, node) == []
    assert found(node, wider) == [
        ("TYPE_MISMATCH", "/fields/0/type"),
    ]


OLD = record(field("a"))
WITH_DEFAULT = record(field("a"), field("b", default=""))
WITHOUT_DEFAULT = record(field("a"), field("b"))
WITHOUT_A = record(field("b", default=""))


@pytest.mark.parametrize(
    ("level", "new", "is_compatible"),
    [
        (Level.NONE, "int", True),
        (Level.BACKWARD, WITH_DEFAULT, True),
        (Level.BACKWARD, WITHOUT_DEFAULT, False),
        (Level.FORWARD, WITHOUT_DEFAULT, True),
        (Level.FORWARD, WITHOUT_A, False),
        (Level.FULL, WITH_DEFAULT, True),
        (Level.FULL, WITHOUT_DEFAULT, False),
        (Level.FULL, WITHOUT_A, False),
    ],
)
def test_each_level_asks_for_its_direction(level: Level, new: Any, is_compatible: bool) -> None:
    nodes = [parse(json.dumps(schema))[0] for schema in (new, OLD)]

    assert (problems(nodes[0], nodes[1:], level) == []) is is_compatible


@pytest.mark.parametrize(
    ("level", "count"), [(Level.BACKWARD, 0), (Level.BACKWARD_TRANSITIVE, 1), (Level.FULL, 0)]
)
def test_only_transitive_levels_look_past_the_latest_version(level: Level, count: int) -> None:
    first, latest, new = (
        parse(json.dumps(schema))[0] for schema in (OLD, WITH_DEFAULT, WITHOUT_DEFAULT)
    )

    assert len(problems(new, [latest, first], level)) == count


def test_problems_are_worded_as_the_registry_words_them() -> None:
    new, old = (parse(json.dumps(schema))[0] for schema in (WITHOUT_DEFAULT, OLD))

    assert problems(new, [old], Level.BACKWARD) == [
        "{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'b' at path "
        "'/fields/1' in the new schema has no default value and is missing in the old schema', "
        "additionalInfo:'b'}"
    ]
