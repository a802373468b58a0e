"""The codec between the engine's protobuf form and plain values."""

from typing import Any

import pytest
from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st

from sandbox.plugins.properties import (
    OUTPUT_SIGNATURE,
    SECRET_SIGNATURE,
    SIGNATURE_KEY,
    UNKNOWN,
    UNKNOWN_TEXT,
    decode,
    encode,
    has_unknown,
)

SCALARS = (
    st.booleans()
    | st.integers(min_value=-(2**53), max_value=2**53)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.just(UNKNOWN)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text("abc"), inner), max_leaves=8
)


def struct(value: dict[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(value)
    return made


@given(st.dictionaries(st.text("abc"), VALUES))
def test_what_is_encoded_decodes_to_itself(properties: dict[str, Any]) -> None:
    assert decode(encode(properties)) == properties


def test_none_is_left_out_on_the_way_to_the_engine() -> None:
    assert encode({"a": None, "b": {"c": None, "d": 1}}) == struct({"b": {"d": 1}})


def test_empty_lists_and_objects_survive() -> None:
    assert decode(encode({"list": [], "object": {}})) == {"list": [], "object": {}}


def test_whole_numbers_are_int_and_others_float() -> None:
    decoded = decode(struct({"whole": 4.0, "half": 0.5}))

    assert (decoded, type(decoded["whole"])) == ({"whole": 4, "half": 0.5}, int)


def test_secrets_are_unwrapped() -> None:
    wrapped = {SIGNATURE_KEY: SECRET_SIGNATURE, "value": {"key": "k"}}

    assert decode(struct({"credentials": wrapped})) == {"credentials": {"key": "k"}}


@pytest.mark.parametrize(
    ("wire", "value"),
    [({"value": "x", "dependencies": ["urn"]}, "x"), ({"dependencies": ["urn"]}, UNKNOWN)],
)
def test_outputs_are_unwrapped_and_unknown_without_a_value(wire: Any, value: Any) -> None:
    assert decode(struct({"a": {SIGNATURE_KEY: OUTPUT_SIGNATURE, **wire}})) == {"a": value}


def test_unknown_is_found_at_any_depth() -> None:
    assert decode(struct({"a": UNKNOWN_TEXT})) == {"a": UNKNOWN}
    assert has_unknown({"a": [{"b": UNKNOWN}]})
    assert not has_unknown({"a": [{"b": "known"}]})


def test_what_no_property_can_be_is_refused_by_type_alone() -> None:
    with pytest.raises(TypeError, match="no property can be a bytes"):
        encode({"a": b"a secret"})
