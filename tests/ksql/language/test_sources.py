"""CREATE STREAM and TABLE, their WITH clauses, and the formats of results."""

from collections.abc import Sequence

import pytest

from ksql.language import SchemaOpen, Settings, Unsupported, analyze, parse_statement
from ksql.language.resolved import (
    AnalyzedCreate,
    Column,
    FormatSpec,
    TimestampColumn,
    WindowSpec,
)
from ksql.language.tree import WindowKind
from ksql.language.types import INTEGER, STRING
from tests.ksql.language.given import catalog, first_line, judged, made, made_after, refusal


class Registry:
    """Knows one topic's key and value."""

    def key_columns(self, topic: str, key_format: FormatSpec) -> Sequence[Column] | None:
        return [Column("ROWKEY", INTEGER)] if topic == "known" else None

    def value_columns(self, topic: str, value_format: FormatSpec) -> Sequence[Column] | None:
        return [Column("A", STRING)] if topic == "known" else None


def test_a_source_has_its_columns_topic_and_formats() -> None:
    source = made(
        "CREATE TABLE X (A INT PRIMARY KEY, B STRING) WITH (KAFKA_TOPIC='x', "
        "value_format='Delimited', VALUE_DELIMITER='TAB', partitions=3, replicas=1, "
        "retention_ms=5);"
    )

    assert str(source.schema) == "`A` INTEGER KEY, `B` STRING"
    assert (source.topic, source.partitions, source.replicas) == ("x", 3, 1)
    assert source.retention_ms == 5
    assert source.key_format == FormatSpec("KAFKA")
    assert source.value_format == FormatSpec("DELIMITED", delimiter="\t")


def test_windowed_keys_and_timestamps_are_declared() -> None:
    source = made(
        "CREATE STREAM X (K INT KEY, T STRING) WITH (kafka_topic='x', value_format='JSON', "
        "window_type='Hopping', window_size='30 seconds', timestamp='t', timestamp_format='yyyy');"
    )

    assert source.window == WindowSpec(WindowKind.HOPPING, 30_000)
    assert source.timestamp == TimestampColumn("T", "yyyy")


def test_the_registry_tells_the_columns_that_are_not_written() -> None:
    sql = "CREATE STREAM X WITH (kafka_topic='known', format='AVRO');"

    assert str(made(sql, inference=Registry()).schema) == "`ROWKEY` INTEGER KEY, `A` STRING"
    partial = "CREATE STREAM X (ID INT KEY) WITH (kafka_topic='known', value_format='AVRO');"
    assert str(made(partial, inference=Registry()).schema) == "`ID` INTEGER KEY, `A` STRING"


def test_a_topic_that_the_registry_does_not_know_is_refused() -> None:
    problem = refusal(
        "CREATE STREAM X WITH (kafka_topic='other', value_format='AVRO');", inference=Registry()
    )

    assert first_line(problem) == (
        "Schema for message values on topic 'other' does not exist in the Schema Registry."
    )


def test_without_a_registry_the_schema_stays_open() -> None:
    result = judged("CREATE STREAM X WITH (kafka_topic='known', value_format='AVRO');")

    assert isinstance(result, AnalyzedCreate)
    assert result.value_schema_inferred
    assert not result.key_schema_inferred


def test_a_reader_of_an_open_schema_is_not_judged() -> None:
    sources = catalog("CREATE STREAM OPEN WITH (kafka_topic='known', value_format='AVRO');")
    statement = parse_statement("CREATE STREAM O AS SELECT A FROM OPEN;")

    with pytest.raises(SchemaOpen, match="OPEN takes its columns from Schema Registry"):
        analyze(statement, sources)


def test_a_name_that_exists_is_refused_unless_the_statement_meets_it() -> None:
    tail = "STREAM {} S (A INT) WITH (kafka_topic='x', value_format='JSON');"
    once = judged("CREATE " + tail.format("IF NOT EXISTS"))
    again = judged("CREATE OR REPLACE " + tail.format(""))

    assert refusal("CREATE " + tail.format("")).message == (
        "Cannot add stream 'S': A stream with the same name already exists"
    )
    assert isinstance(once, AnalyzedCreate)
    assert once.exists
    assert isinstance(again, AnalyzedCreate)
    assert again.or_replace


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ("STREAM X (A INT) WITH (kafka_topic='x', value_format='FOO')", "Unknown format: FOO"),
        (
            "STREAM X (A INT) WITH (kafka_topic='x')",
            "Statement is missing the 'VALUE_FORMAT' property from the WITH clause. Either provide "
            "one or set a default via the 'ksql.persistence.default.format.value' config.",
        ),
        (
            "STREAM X (A INT) WITH (value_format='JSON')",
            'Missing required property "KAFKA_TOPIC" which has no default value.',
        ),
        (
            "STREAM X (A INT) WITH (kafka_topic='x', format='JSON', key_format='KAFKA')",
            "Cannot supply both 'KEY_FORMAT' and 'FORMAT' properties, as 'FORMAT' sets both key "
            "and value formats.",
        ),
        (
            "STREAM X (A INT) WITH (kafka_topic='x', value_format='JSON', foo='y')",
            "Invalid config variable(s) in the WITH clause: FOO",
        ),
        ("STREAM X WITH (kafka_topic='x', value_format='JSON')", "No columns supplied."),
        (
            "TABLE X (A INT) WITH (kafka_topic='x', value_format='JSON')",
            "Tables require a PRIMARY KEY. Please define the PRIMARY KEY.",
        ),
        (
            "STREAM X (A INT PRIMARY KEY) WITH (kafka_topic='x', value_format='JSON')",
            "Line: 1, Col: 18: Column `A` is a 'PRIMARY KEY' column: please use 'KEY' for streams.",
        ),
        (
            "TABLE X (A INT KEY) WITH (kafka_topic='x', value_format='JSON')",
            "Line: 1, Col: 17: Column `A` is a 'KEY' column: please use 'PRIMARY KEY' for tables.",
        ),
        (
            "STREAM X (A INT, A INT) WITH (kafka_topic='x', value_format='JSON')",
            "Duplicate column names: `A`",
        ),
        (
            "STREAM X (ROWTIME INT) WITH (kafka_topic='x', value_format='JSON')",
            "'ROWTIME' is a reserved column name.",
        ),
        (
            "STREAM X (A INT) WITH (kafka_topic='x', value_format='JSON', window_type='session')",
            "Windowed sources require a key column.",
        ),
        (
            "STREAM X (A INT KEY) WITH (kafka_topic='x', value_format='JSON', "
            "window_type='session', window_size='1 second')",
            "'WINDOW_SIZE' should not be set for SESSION windows.",
        ),
        (
            "STREAM X (A INT KEY) WITH (kafka_topic='x', value_format='JSON', "
            "window_type='tumbling')",
            "TUMBLING windows require 'WINDOW_SIZE' to be provided in the WITH clause. "
            "For example: 'WINDOW_SIZE'='10 SECONDS'",
        ),
        (
            "STREAM X (A INT) WITH (kafka_topic='x', value_format='DELIMITED', "
            "value_delimiter='||')",
            "Configuration VALUE_DELIMITER is invalid: Invalid delimiter value: '||'. Delimiter "
            "must be a single character or TAB,SPACE",
        ),
        (
            "STREAM X (A INT) WITH (kafka_topic='x', value_format='JSON', value_delimiter='|')",
            "JSON does not support the following configs: [delimiter]",
        ),
        (
            "STREAM X (A INT, B INT) WITH (kafka_topic='x', value_format='JSON', "
            "wrap_single_value=false)",
            "'WRAP_SINGLE_VALUE' is only valid for single-field value schemas",
        ),
        (
            "STREAM X (A INT) WITH (kafka_topic='x', value_format='DELIMITED', "
            "wrap_single_value=true)",
            "Format 'DELIMITED' does not support 'WRAP_SINGLE_VALUE' set to 'true'.",
        ),
        (
            "STREAM X (A INT) WITH (kafka_topic='x', value_format='JSON', timestamp='a')",
            "Timestamp column, `A`, should be LONG(INT64), TIMESTAMP, or a String with a "
            "timestamp_format specified",
        ),
        (
            "STREAM X (A INT) WITH (kafka_topic='x', value_format='JSON', timestamp='b')",
            "The TIMESTAMP column set in the WITH clause does not exist in the schema: 'B'",
        ),
        (
            "STREAM X (A INT) WITH (kafka_topic='x', value_format='JSON', partitions=0)",
            "Configuration PARTITIONS is invalid: Invalid value 0 for configuration PARTITIONS: "
            "Value must be at least 1",
        ),
        (
            "STREAM X (`1A` INT) WITH (kafka_topic='x', value_format='AVRO')",
            "Schema is not compatible with Avro: Illegal initial character: 1A",
        ),
        ("STREAM X (A NUMBER) WITH (kafka_topic='x')", "Cannot resolve unknown type: NUMBER"),
        (
            "STREAM X (A DECIMAL(2, 3)) WITH (kafka_topic='x')",
            "DECIMAL precision must be >= scale: DECIMAL(2,3)",
        ),
    ],
)
def test_a_source_that_breaks_a_rule_is_refused(rest: str, message: str) -> None:
    assert first_line(refusal(f"CREATE {rest};")) == message


@pytest.mark.parametrize(
    ("columns", "key", "value", "reason"),
    [
        ("K BOOLEAN KEY, A INT", "KAFKA", "JSON", "does not support type 'BOOLEAN'"),
        (
            "K INT KEY, L INT KEY, A INT",
            "KAFKA",
            "JSON",
            "only supports a single field. Got: [`K` INTEGER KEY, `L` INTEGER KEY]",
        ),
        ("A INT, B INT", "KAFKA", "KAFKA", "single field. Got: [`A` INTEGER, `B` INTEGER]"),
        ("A DECIMAL(4, 2)", "KAFKA", "KAFKA", "does not support type 'DECIMAL'"),
        (
            "K INT KEY, A INT",
            "NONE",
            "JSON",
            "can only be used when no columns are defined. Got: [`K` INTEGER KEY]",
        ),
    ],
)
def test_columns_that_a_format_cannot_hold_are_refused(
    columns: str, key: str, value: str, reason: str
) -> None:
    problem = refusal(
        f"CREATE STREAM X ({columns}) WITH (kafka_topic='x', key_format='{key}', "
        f"value_format='{value}');"
    )

    assert reason in problem.message.split("reason: ")[1]


@pytest.mark.parametrize("name", ["PROTOBUF", "JSON_SR"])
def test_formats_out_of_scope_are_refused_by_name(name: str) -> None:
    problem = refusal(f"CREATE STREAM X (A INT) WITH (kafka_topic='x', format='{name}');")

    assert isinstance(problem, Unsupported)
    assert problem.feature == f"the format {name}"


def test_a_result_takes_topic_and_formats_from_its_source_unless_it_says_otherwise() -> None:
    plain = made("CREATE STREAM O AS SELECT * FROM S;", Settings(topic_prefix="p-"))
    own = made("CREATE STREAM O WITH (kafka_topic='t', key_format='JSON') AS SELECT * FROM S;")

    assert (plain.topic, plain.key_format.name, plain.value_format.name) == ("p-O", "KAFKA", "JSON")
    assert (own.topic, own.key_format.name) == ("t", "JSON")


def test_a_source_without_key_format_leaves_the_default_to_its_results() -> None:
    source = made_after(
        "CREATE STREAM A (I INT, J INT) WITH (kafka_topic='a', key_format='NONE', "
        "value_format='JSON');",
        "CREATE STREAM O AS SELECT * FROM A PARTITION BY I;",
        Settings(default_key_format="JSON"),
    )

    assert source.key_format.name == "JSON"


def test_the_server_may_unwrap_single_values_by_default() -> None:
    settings = Settings(wrap_single_values=False)
    one = "CREATE STREAM X (A INT) WITH (kafka_topic='x', value_format='JSON');"
    two = "CREATE STREAM X (A INT, B INT) WITH (kafka_topic='x', value_format='JSON');"

    assert made(one, settings).value_format.wrap_single_value is False
    assert made(two, settings).value_format.wrap_single_value is None


def test_a_delimiter_is_inherited_with_its_format() -> None:
    source = made_after(
        "CREATE STREAM A (I INT, J INT) WITH (kafka_topic='a', value_format='DELIMITED', "
        "value_delimiter='|');",
        "CREATE STREAM O AS SELECT * FROM A;",
    )

    assert source.value_format.delimiter == "|"
