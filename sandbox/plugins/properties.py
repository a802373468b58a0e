"""Property values between the engine's protobuf form and plain Python.

Secrets arrive unwrapped, because the plugins tell the engine that they do not accept them; the
engine then marks outputs by the names of secret inputs. What is still wrapped (secrets of the
provider's own configuration, outputs that carry dependencies) is unwrapped here. Leaves out
assets and archives: no resource of ours takes one.
"""

from collections.abc import Mapping
from typing import Any, Final, final

from google.protobuf import struct_pb2

Property = Any
"""`None`, bool, int, float, str, list, dict of these, or `UNKNOWN`."""
Properties = dict[str, Any]
"""A resource's inputs or outputs by the names that they have in every language: camelCase."""

SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"
"""Marks an object of the wire form that stands for something else."""
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the protocol's constant
OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


@final
class Unknown:
    """The type of `UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()
"""A value that only exists once the resource it comes from does. Previews alone have them."""


def has_unknown(value: Property) -> bool:
    """Return whether `value` is or holds `UNKNOWN`."""
    if isinstance(value, dict):
        return any(has_unknown(each) for each in value.values())
    if isinstance(value, list):
        return any(has_unknown(each) for each in value)
    return value is UNKNOWN


def decode(struct: struct_pb2.Struct) -> Properties:
    """Return the properties in `struct`; whole numbers as int, secrets unwrapped."""
    return {name: _decode(value) for name, value in struct.fields.items()}


def _decode(value: struct_pb2.Value) -> Property:
    match value.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if value.string_value == UNKNOWN_TEXT else value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_decode(each) for each in value.list_value.values]
        case "struct_value":
            return _decode_object(value.struct_value)
        case _:
            return None


def _decode_object(struct: struct_pb2.Struct) -> Property:
    signature = struct.fields.get(SIGNATURE_KEY)
    if signature is None:
        return decode(struct)
    # An output without a value is one that is not known yet.
    return _decode(struct.fields["value"]) if "value" in struct.fields else UNKNOWN


def encode(properties: Mapping[str, Property]) -> struct_pb2.Struct:
    """Return `properties` in wire form, leaving out those that are None."""
    struct = struct_pb2.Struct()
    for name, value in properties.items():
        if value is not None:
            _encode(value, struct.fields[name])
    return struct


def _encode(value: Property, into: struct_pb2.Value) -> None:
    match value:
        case list() | tuple():
            into.list_value.SetInParent()
            for each in value:
                _encode(each, into.list_value.values.add())
        case dict():
            into.struct_value.CopyFrom(encode(value))
        case _:
            _encode_scalar(value, into)


def _encode_scalar(value: Property, into: struct_pb2.Value) -> None:
    match value:
        case Unknown():
            into.string_value = UNKNOWN_TEXT
        case bool():
            into.bool_value = value
        case int() | float():
            into.number_value = value
        case str():
            into.string_value = value
        case None:
            into.null_value = struct_pb2.NULL_VALUE
        case _:
            raise TypeError(f"no property can be a {type(value).__name__}")
