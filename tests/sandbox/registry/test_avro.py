"""Schemas are read, judged and printed as Avro's Java library does it."""

import json
from typing import Any

import pytest

from sandbox.registry.avro import AvroProblem, canonical_text, parse


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ("{", "not valid JSON: "),
        ('"text"', 'undefined name: "text"'),
        ('{"name": "x"}', "no type: "),
        ('{"type": "record", "name": "r"}', "record r has no fields"),
        ('{"type": "record", "fields": []}', "no name in record"),
        ('{"type": "record", "name": "a-b", "fields": []}', "illegal name: 'a-b'"),
        ('{"type": "array"}', "array has no items"),
        ('{"type": "enum", "name": "e", "symbols": ["A", "A"]}', "duplicate symbol in enum e"),
        ('{"type": "fixed", "name": "f", "size": -1}', "fixed f has no valid size"),
        ('["int", "int"]', "duplicate in union: int"),
        ('["int", ["string"]]', "nested union"),
        ("7", "7 is not a type"),
    ],
)
def test_what_is_no_schema_is_refused(schema: str, problem: str) -> None:
    with pytest.raises(AvroProblem) as refused:
        parse(schema)

    assert str(refused.value).startswith(problem)


@pytest.mark.parametrize(
    ("kind", "default", "fits"),
    [
        ("int", 7, True),
        ("int", 2**31, False),
        ("long", 2**31, True),
        ("int", "7", False),
        ("boolean", 1, False),
        ("double", 1, True),
        (["null", "string"], None, True),
        (["string", "int"], True, False),
        ({"type": "array", "items": "int"}, [1, 2], True),
        ({"type": "array", "items": "int"}, [1, "2"], False),
        ({"type": "map", "values": "int"}, {"a": 1}, True),
        ({"type": "enum", "name": "e", "symbols": ["A"]}, "B", False),
    ],
)
def test_a_default_must_fit_its_type(kind: Any, default: Any, fits: bool) -> None:
    described = {"name": "f", "type": kind, "default": default}
    schema = json.dumps({"type": "record", "name": "r", "fields": [described]})

    if fits:
        parse(schema)
    else:
        with pytest.raises(AvroProblem, match="invalid default for field f"):
            parse(schema)


def test_names_are_found_in_their_namespace() -> None:
    inner = {"type": "fixed", "name": "id", "size": 2}
    fields = [{"name": "a", "type": inner}, {"name": "b", "type": "id"}]
    schema = {"type": "record", "name": "r", "namespace": "org.ours", "fields": fields}

    node, defined = parse(json.dumps(schema))

    assert sorted(defined) == ["org.ours.id", "org.ours.r"]
    assert node.fields[0].node is node.fields[1].node


def test_equal_schemas_have_one_text() -> None:
    spaced = (
        '{ "fields" : [ {"type": {"type": "string"}, "name":"a"} ], "name":"r", "type":"record"}'
    )

    assert canonical_text(spaced) == (
        '{"type":"record","name":"r","fields":[{"name":"a","type":"string"}]}'
    )


def test_a_bare_word_is_a_primitive() -> None:
    assert canonical_text("string") == '"string"'


def test_deep_nesting_is_refused() -> None:
    schema = '{"type":"array","items":' * 5000 + '"int"' + "}" * 5000

    with pytest.raises(AvroProblem):
        parse(schema)
