"""Avro: framing, schemas derived and inferred, and reading by any writer's schema."""

import io
import json
from decimal import Decimal
from typing import Any

import fastavro
import pytest

from ksql.language.resolved import Column, FormatSpec
from ksql.language.types import (
    BIGINT,
    BOOLEAN,
    BYTES,
    DATE,
    DOUBLE,
    INTEGER,
    STRING,
    TIME,
    TIMESTAMP,
    SqlType,
    decimal,
)
from sandbox.formats import avro
from sandbox.formats.avro_schema import NestedType, derived, inferred_columns
from sandbox.formats.errors import DeserializationError, SchemaError, SerializationError
from sandbox.formats.serde import serde
from tests.sandbox.formats.registry import ListedSchemas

ALL = tuple(
    Column(f"C{at}", type_)
    for at, type_ in enumerate(
        (BOOLEAN, INTEGER, BIGINT, DOUBLE, decimal(6, 2), STRING, BYTES, DATE, TIME, TIMESTAMP)
    )
)


def record(*fields: tuple[str, Any]) -> str:
    return json.dumps(
        {
            "type": "record",
            "name": "trade",
            "namespace": "ksql",
            "fields": [{"name": name, "type": type_} for name, type_ in fields],
        }
    )


def written(schema: str, value: Any, schema_id: int = 1) -> bytes:
    """Bytes as another library writes them."""
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(json.loads(schema)), value)
    return b"\0" + schema_id.to_bytes(4, "big") + out.getvalue()


def read(schema: str, value: Any, *columns: Column, **settings: Any) -> Any:
    schemas = ListedSchemas()
    schemas.register("t-value", schema)
    both = serde(FormatSpec("AVRO", **settings), columns, schemas=schemas, subject="t-value")
    return both.decode(written(schema, value))


# -- framing --------------------------------------------------------------------------------------


def test_frame_puts_a_zero_byte_and_the_id_in_front() -> None:
    assert avro.frame(258, b"x") == b"\0\0\0\1\2x"
    assert avro.schema_id_of(b"\0\0\0\1\2x") == 258


@pytest.mark.parametrize("data", [b"", b"\0\0\0", b"\1\0\0\0\1x", b"plain"])
def test_unframed_data_is_refused(data: bytes) -> None:
    with pytest.raises(DeserializationError) as refusal:
        avro.schema_id_of(data)

    assert str(refusal.value) == "Unknown magic byte!"


def test_unknown_schema_id_is_named() -> None:
    with pytest.raises(DeserializationError) as refusal:
        avro.Decoder(ListedSchemas()).decode(b"\0\0\0\0\7")

    assert str(refusal.value) == "Error retrieving Avro unknown schema for id 7"


def test_generic_codec_carries_nested_records() -> None:
    schema = record(("a", {"type": "array", "items": "int"}), ("b", ["null", "string"]))
    schemas = ListedSchemas()
    schemas.register("t-value", schema)
    encode, decoder = avro.encoder(schema, 1), avro.Decoder(schemas)

    value = {"a": [1, 2], "b": None}
    assert encode(value) == written(schema, value)
    assert decoder.decode(encode(value)) == value
    assert decoder.schema(encode(value)).subject == "t-value"


def test_generic_codec_names_values_and_data_that_do_not_fit() -> None:
    schema = record(("a", "int"))
    schemas = ListedSchemas()
    schemas.register("t-value", schema)

    with pytest.raises(SerializationError, match=r"^Value does not fit its Avro schema"):
        avro.encoder(schema, 1)({"a": "x"})
    with pytest.raises(DeserializationError, match=r"^Error deserializing Avro message"):
        avro.Decoder(schemas).decode(b"\0\0\0\0\1")


# -- derived schemas ------------------------------------------------------------------------------


def test_derived_schema_has_nullable_fields_and_connects_properties() -> None:
    schema = json.loads(
        derived([Column("A", STRING), Column("D", decimal(4, 2)), Column("T", TIME)])
    )

    assert schema == {
        "type": "record",
        "name": "KsqlDataSourceSchema",
        "namespace": "io.confluent.ksql.avro_schemas",
        "fields": [
            {"name": "A", "type": ["null", "string"], "default": None},
            {
                "name": "D",
                "type": [
                    "null",
                    {
                        "type": "bytes",
                        "scale": 2,
                        "precision": 4,
                        "connect.version": 1,
                        "connect.parameters": {"scale": "2", "connect.decimal.precision": "4"},
                        "connect.name": "org.apache.kafka.connect.data.Decimal",
                        "logicalType": "decimal",
                    },
                ],
                "default": None,
            },
            {
                "name": "T",
                "type": [
                    "null",
                    {
                        "type": "int",
                        "connect.version": 1,
                        "connect.name": "org.apache.kafka.connect.data.Time",
                        "logicalType": "time-millis",
                    },
                ],
                "default": None,
            },
        ],
        "connect.name": "io.confluent.ksql.avro_schemas.KsqlDataSourceSchema",
    }


def test_derived_schema_of_an_unwrapped_column_is_just_its_type() -> None:
    assert json.loads(derived([Column("K", INTEGER)], wrapped=False)) == ["null", "int"]


def test_derived_schema_takes_the_full_name_given() -> None:
    schema = json.loads(derived([Column("A", STRING)], name="com.acme.Order"))

    assert (schema["namespace"], schema["name"]) == ("com.acme", "Order")


@pytest.mark.parametrize(
    ("name", "reason"),
    [("1A", "Illegal initial character: 1A"), ("A-B", "Illegal character in: A-B")],
)
def test_names_that_avro_does_not_allow_are_refused(name: str, reason: str) -> None:
    with pytest.raises(SchemaError) as refusal:
        derived([Column(name, STRING)])

    assert str(refusal.value) == f"Schema is not compatible with Avro: {reason}"


def test_derived_schema_reads_back_as_the_same_columns() -> None:
    assert inferred_columns(derived(ALL)) == ALL


def test_rows_are_the_bytes_that_fastavro_writes() -> None:
    schema = derived(ALL[:4] + ALL[5:7])
    both = serde(FormatSpec("AVRO"), ALL[:4] + ALL[5:7], schemas=ListedSchemas(), subject="t-value")

    for row in (
        (True, -5, 2**40, 1.5, "é" * 100, b"\0"),
        (False, 63, -64, -0.0, "", b"x" * 200),
        (None, 64, -65, None, None, None),
        (True, 2**31 - 1, -(2**63), 1.0, "a", b""),
        (True, 8191, 8192, 1.0, "a", b""),
    ):
        value = dict(zip(("C0", "C1", "C2", "C3", "C5", "C6"), row, strict=True))
        assert both.encode(row) == written(schema, value)
        assert both.decode(written(schema, value)) == row


@pytest.mark.parametrize(
    ("number", "unscaled"),
    [
        ("0.00", b"\0"),
        ("1.27", b"\x7f"),
        ("1.28", b"\0\x80"),
        ("-1.28", b"\x80"),
        ("-1.29", b"\xff\x7f"),
    ],
)
def test_decimals_are_the_shortest_twos_complement(number: str, unscaled: bytes) -> None:
    both = serde(
        FormatSpec("AVRO"), [Column("D", decimal(6, 2))], schemas=ListedSchemas(), subject="t-value"
    )
    data = both.encode((Decimal(number),))

    assert data == b"\0\0\0\0\1\2" + bytes((2 * len(unscaled),)) + unscaled
    assert both.decode(data) == (Decimal(number),)


# -- inferred columns -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("avro_type", "type_"),
    [
        ("boolean", BOOLEAN),
        ("int", INTEGER),
        ("long", BIGINT),
        ("float", DOUBLE),
        ("double", DOUBLE),
        ("string", STRING),
        ("bytes", BYTES),
        (["null", "int"], INTEGER),
        (["string", "null"], STRING),
        ({"type": "enum", "name": "side", "symbols": ["BUY"]}, STRING),
        ({"type": "fixed", "name": "md5", "size": 16}, BYTES),
        ({"type": "int", "logicalType": "date"}, DATE),
        ({"type": "int", "logicalType": "time-millis"}, TIME),
        ({"type": "long", "logicalType": "timestamp-millis"}, TIMESTAMP),
        ({"type": "long", "logicalType": "timestamp-micros"}, BIGINT),
        ({"type": "int", "connect.name": "org.apache.kafka.connect.data.Date"}, DATE),
        (
            {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2},
            decimal(4, 2),
        ),
        ({"type": "bytes", "logicalType": "decimal", "scale": 2}, decimal(64, 2)),
    ],
)
def test_avro_types_become_columns(avro_type: Any, type_: SqlType) -> None:
    assert inferred_columns(record(("side", avro_type))) == (Column("SIDE", type_),)


@pytest.mark.parametrize(
    ("avro_type", "kind"),
    [
        ({"type": "array", "items": "int"}, "array"),
        ({"type": "map", "values": "int"}, "map"),
        ({"type": "record", "name": "inner", "fields": []}, "record"),
        (["null", "int", "string"], "union"),
    ],
)
def test_nested_types_are_refused_by_name(avro_type: Any, kind: str) -> None:
    with pytest.raises(NestedType) as refusal:
        inferred_columns(record(("legs", avro_type)))

    assert str(refusal.value) == f"field 'legs' is of the nested Avro type '{kind}'"
    assert (refusal.value.field, refusal.value.kind) == ("legs", kind)


def test_primitive_key_becomes_rowkey_and_primitive_value_rowval() -> None:
    assert inferred_columns('"long"', is_key=True) == (Column("ROWKEY", BIGINT),)
    assert inferred_columns('{"type":"int"}', wrapped=False) == (Column("ROWVAL", INTEGER),)
    with pytest.raises(SchemaError, match="anonymous type: set WRAP_SINGLE_VALUE to false"):
        inferred_columns('"int"')
    with pytest.raises(NestedType):
        inferred_columns(record(("a", "int")), is_key=True)


def test_what_is_no_schema_is_refused() -> None:
    with pytest.raises(SchemaError, match=r"^Not an Avro schema"):
        inferred_columns("{")


# -- reading by the writer's schema ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("avro_type", "value", "type_", "expected"),
    [
        ("int", -3, BIGINT, -3),
        ("int", 200, INTEGER, 200),
        ("long", 2**62, BIGINT, 2**62),
        ("float", 0.5, DOUBLE, 0.5),
        ("int", 7, STRING, "7"),
        ("boolean", True, STRING, "true"),
        ("double", 1e10, STRING, "1.0E10"),
        ({"type": "enum", "name": "side", "symbols": ["BUY", "SELL"]}, "SELL", STRING, "SELL"),
        ({"type": "fixed", "name": "two", "size": 2}, b"ab", BYTES, b"ab"),
        ("string", "x" * 100, STRING, "x" * 100),
        (["string", "null"], None, STRING, None),
        (["string", "null"], "a", STRING, "a"),
        ("long", 5, TIMESTAMP, 5),
    ],
)
def test_fields_become_their_columns(
    avro_type: Any, value: Any, type_: SqlType, expected: Any
) -> None:
    assert read(record(("a", avro_type)), {"a": value}, Column("A", type_)) == (expected,)


def test_decimal_fields_are_fitted_to_the_column() -> None:
    schema = record(("a", {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 1}))

    assert read(schema, {"a": Decimal("1.5")}, Column("A", decimal(6, 3))) == (Decimal("1.500"),)
    with pytest.raises(DeserializationError, match="Numeric field overflow"):
        read(schema, {"a": Decimal("100.5")}, Column("A", decimal(3, 1)))


@pytest.mark.parametrize(
    ("avro_type", "value", "type_", "message"),
    [
        ("long", 1, INTEGER, "Cannot deserialize type int64 as type int32 for path: ->A"),
        ("string", "1", INTEGER, "Cannot deserialize type string as type int32 for path: ->A"),
        ("bytes", b"1", STRING, "Cannot deserialize type bytes as type string for path: ->A"),
        ("bytes", b"1", decimal(2, 1), "Cannot deserialize type bytes as type bytes for path: ->A"),
    ],
)
def test_fields_of_another_type_fail_record_by_record(
    avro_type: Any, value: Any, type_: SqlType, message: str
) -> None:
    with pytest.raises(DeserializationError) as refusal:
        read(record(("a", avro_type)), {"a": value}, Column("A", type_))

    assert str(refusal.value) == message


def test_fields_match_by_name_whatever_their_order_and_missing_ones_are_null() -> None:
    schema = record(("b", "int"), ("skipped", "string"), ("A", "string"), ("a", "string"))
    value = {"b": 300, "skipped": "x" * 70, "A": "exact", "a": "other"}

    row = read(schema, value, Column("A", STRING), Column("B", INTEGER), Column("C", DOUBLE))

    assert row == ("exact", 300, None)


def test_nested_fields_beside_the_columns_do_no_harm() -> None:
    schema = record(
        ("legs", {"type": "array", "items": "int"}),
        ("at", {"type": "long", "logicalType": "timestamp-millis"}),
        ("n", ["null", "int", "string"]),
        ("a", "string"),
    )
    value = {"legs": [1, 2], "at": 5, "n": "x", "a": "y"}

    assert read(schema, value, Column("A", STRING), Column("AT", TIMESTAMP)) == ("y", 5)
    with pytest.raises(DeserializationError, match="type array as type string for path: ->LEGS"):
        read(schema, value, Column("LEGS", STRING))


def test_one_topic_may_hold_records_of_several_schemas() -> None:
    schemas = ListedSchemas()
    old, new = record(("a", "int")), record(("b", "string"), ("a", "long"))
    schemas.register("t-value", old)
    schemas.register("t-value", new)
    both = serde(FormatSpec("AVRO"), [Column("A", BIGINT)], schemas=schemas, subject="t-value")

    assert both.decode(written(old, {"a": 1}, 1)) == (1,)
    assert both.decode(written(new, {"a": 2, "b": ""}, 2)) == (2,)


def test_anonymous_values_and_records_are_not_taken_for_each_other() -> None:
    one = Column("V", INTEGER)

    assert read('["null","int"]', 7, one, wrap_single_value=False) == (7,)
    assert read('["null","int"]', None, one, wrap_single_value=False) == (None,)
    with pytest.raises(DeserializationError, match="type struct as type int32"):
        read(record(("v", "int")), {"v": 1}, one, wrap_single_value=False)
    with pytest.raises(DeserializationError, match="type int32 as type struct"):
        read('"int"', 7, one)


def test_cut_data_is_refused_wherever_it_is_cut() -> None:
    schema = record(("a", "string"), ("b", "int"), ("c", "double"))
    schemas = ListedSchemas()
    schemas.register("t-value", schema)
    columns = [Column("A", STRING), Column("B", INTEGER), Column("C", DOUBLE)]
    both = serde(FormatSpec("AVRO"), columns, schemas=schemas, subject="t-value")
    data = written(schema, {"a": "text", "b": 300, "c": 1.5})

    for end in range(5, len(data)):
        with pytest.raises(DeserializationError, match=r"^Error deserializing Avro message"):
            both.decode(data[:end])


def test_rows_take_the_schema_whose_id_is_stated() -> None:
    schemas = ListedSchemas()
    schema = record(
        ("n", "int"),
        ("d", ["null", {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}]),
        ("text", ["string", "null"]),
    )
    schemas.register("other", schema)
    columns = [Column("TEXT", STRING), Column("N", INTEGER), Column("D", decimal(4, 2))]
    both = serde(FormatSpec("AVRO", schema_id=1), columns, schemas=schemas, subject="t-value")

    row = ("a", 7, Decimal("1.50"))
    data = both.encode(row)

    assert data == b"\0\0\0\0\1\x0e\2\4\0\x96\0\2a"
    assert both.decode(data) == row
    with pytest.raises(SerializationError, match=r"^Value does not fit its Avro schema"):
        both.encode(("a", None, None))


def test_a_stated_schema_must_exist_and_hold_the_columns() -> None:
    schemas = ListedSchemas()
    schemas.register("other", record(("n", "int")))
    spec = FormatSpec("AVRO", schema_id=1)

    with pytest.raises(SchemaError, match=r"^There is no schema with id 2$"):
        serde(FormatSpec("AVRO", schema_id=2), [Column("N", INTEGER)], schemas=schemas)
    with pytest.raises(SchemaError, match=r"^The schema has no field for column `M` INTEGER$"):
        serde(spec, [Column("M", INTEGER)], schemas=schemas)
    with pytest.raises(SchemaError, match=r"^Cannot deserialize type int32 as type boolean"):
        serde(spec, [Column("N", BOOLEAN)], schemas=schemas)
