import pytest

from ksql.changes import Effect, Known, classify, contested_topics, shared_topics
from ksql.graph import Plan, Script, make_plan

COUNTED = (
    "CREATE TABLE n WITH (KAFKA_TOPIC='n') AS SELECT symbol, COUNT(quantity) AS total FROM s"
    " WHERE side = 'BUY' GROUP BY symbol EMIT CHANGES;"
)
FILTERED = "CREATE STREAM f WITH (KAFKA_TOPIC='f') AS SELECT a, b FROM s WHERE a > 1 EMIT CHANGES;"
JOINED = (
    "CREATE STREAM e WITH (KAFKA_TOPIC='e') AS SELECT u.id AS id, side FROM s"
    " LEFT JOIN u ON s.id = u.id EMIT CHANGES;"
)
WINDOWED = (
    "CREATE TABLE w WITH (KAFKA_TOPIC='w') AS SELECT a, COUNT(*) AS n FROM s"
    " WINDOW TUMBLING (SIZE 5 MINUTES) GROUP BY a HAVING COUNT(*) > 10 EMIT CHANGES;"
)
SOURCE = "CREATE STREAM s (k INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='AVRO');"

JOIN = "a join cannot be replaced"
AGGREGATE = "a windowed aggregate cannot be replaced"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (COUNTED, COUNTED.replace("SELECT", "select\n  ").replace("symbol", "SYMBOL")),
        (COUNTED, COUNTED.replace("SELECT", "/* why */ SELECT")),
        (COUNTED, COUNTED.replace(" EMIT CHANGES", "")),
        (SOURCE, SOURCE.replace("INT", "INTEGER")),
        (SOURCE.replace("AVRO'", "AVRO', KEY_FORMAT='KAFKA', PARTITIONS=1"), SOURCE),
        (
            SOURCE,
            SOURCE.replace(
                "KAFKA_TOPIC='s', VALUE_FORMAT='AVRO'", "value_format='avro', kafka_topic='s'"
            ),
        ),
    ],
    ids=["case", "comment", "emit", "type-name", "settings-of-no-effect", "order-of-settings"],
)
def test_another_way_to_write_it_is_no_change(old: str, new: str) -> None:
    assert classify(old, new).effect is Effect.SAME


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (COUNTED, COUNTED.replace("BUY", "SELL")),
        (COUNTED, COUNTED.replace(" WHERE side = 'BUY'", "")),
        (COUNTED, COUNTED.replace("total FROM", "total, AS_VALUE(symbol) AS name FROM")),
        (COUNTED, COUNTED.replace("symbol EMIT", "symbol HAVING COUNT(quantity) > 3 EMIT")),
        (COUNTED, COUNTED.replace("(quantity)", "(s.quantity)").replace("BUY", "SELL")),
        (FILTERED, FILTERED.replace("a > 1", "a > 2")),
        (FILTERED, FILTERED.replace("a, b FROM", "a, b, c FROM")),
        (SOURCE, SOURCE.replace("a INT", "a INT, b INT")),
    ],
    ids=[
        "filter",
        "no-filter",
        "appended-value",
        "having",
        "qualified",
        "stream-filter",
        "appended",
        "source",
    ],
)
def test_filters_and_appended_columns_are_replaced_in_place(old: str, new: str) -> None:
    change = classify(old, new)

    assert change.effect is Effect.UPDATED
    assert str(change).startswith("updated in place: offsets are kept, and what it has put out")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (COUNTED, COUNTED.replace("COUNT(q", "SUM(q"), "the aggregates differ"),
        (COUNTED, COUNTED.replace("COUNT(quantity)", "COUNT(price)"), "the aggregates differ"),
        (
            SOURCE.replace("CREATE STREAM", "CREATE SOURCE STREAM"),
            SOURCE,
            "SOURCE differs, and a read-only source cannot be replaced",
        ),
        (COUNTED, COUNTED.replace("symbol", "side"), "GROUP BY differs"),
        (COUNTED, COUNTED.replace("FROM s", "FROM other"), "FROM differs"),
        (COUNTED, COUNTED.replace("='n'", "='m'"), "the setting KAFKA_TOPIC differs"),
        (
            COUNTED,
            COUNTED.replace("'n')", "'n', VALUE_FORMAT='JSON')"),
            "the setting VALUE_FORMAT differs",
        ),
        (
            COUNTED,
            COUNTED.replace("AS total", "AS other"),
            "columns were removed, reordered or changed; only appending is possible",
        ),
        (
            FILTERED,
            FILTERED.replace("a, b", "b, a"),
            "columns were removed, reordered or changed; only appending is possible",
        ),
        (FILTERED, FILTERED.replace("a > 1", "a > 1 PARTITION BY b"), "PARTITION BY differs"),
        (
            SOURCE,
            SOURCE.replace(", a INT", ""),
            "columns were removed, reordered or changed; only appending is possible",
        ),
        (
            SOURCE,
            SOURCE.replace("a INT", "a BIGINT"),
            "columns were removed, reordered or changed; only appending is possible",
        ),
        (SOURCE, SOURCE.replace("k INT KEY", "k BIGINT KEY"), "the key columns differ"),
        (SOURCE, SOURCE.replace("AVRO", "JSON"), "the setting VALUE_FORMAT differs"),
        (
            SOURCE.replace("AVRO'", "AVRO', TIMESTAMP='a'"),
            SOURCE.replace("a INT", "a INT, b INT"),
            "the setting TIMESTAMP differs",
        ),
        (
            SOURCE,
            SOURCE.replace("CREATE STREAM", "CREATE SOURCE STREAM"),
            "SOURCE differs, and a read-only source cannot be replaced",
        ),
        (
            COUNTED.replace("'n')", "'n', VALUE_FORMAT='JSON')"),
            COUNTED,
            "the setting VALUE_FORMAT differs",
        ),
        (
            COUNTED,
            COUNTED.replace("WITH (KAFKA_TOPIC='n') ", ""),
            "the setting KAFKA_TOPIC differs",
        ),
        (
            FILTERED,
            FILTERED.replace("a, b", "*"),
            "a projection with * differs: which columns it adds is unknown",
        ),
        (JOINED, JOINED.replace("side", "side, price"), f"the projection differs, and {JOIN}"),
        (JOINED, JOINED.replace("LEFT JOIN", "JOIN"), f"JOIN differs, and {JOIN}"),
        (WINDOWED, WINDOWED.replace("> 10", "> 20"), f"HAVING differs, and {AGGREGATE}"),
        (WINDOWED, WINDOWED.replace("5 MINUTES", "6 MINUTES"), f"WINDOW differs, and {AGGREGATE}"),
        (FILTERED, FILTERED.replace("STREAM f", "STREAM g"), "the name: G against F differs"),
        (FILTERED, SOURCE, "the kind of statement differs"),
        (SOURCE, FILTERED, "the kind of statement differs"),
    ],
)
def test_everything_else_is_created_anew(old: str, new: str, reason: str) -> None:
    change = classify(old, new)

    assert (change.effect, change.reason) == (Effect.RECREATED, reason)


def test_a_query_on_a_windowed_source_is_created_anew() -> None:
    change = classify(
        FILTERED,
        FILTERED.replace("a > 1", "a > 2"),
        Known(never_replaced="a query on a windowed source"),
    )

    assert change.reason == "WHERE differs, and a query on a windowed source cannot be replaced"


def test_what_the_server_added_is_no_change() -> None:
    shown = (
        "CREATE TABLE N WITH (CLEANUP_POLICY='compact', KAFKA_TOPIC='n', PARTITIONS=1, REPLICAS=3,"
        " RETENTION_MS=604800000) AS SELECT\n  S.SYMBOL SYMBOL,\n  COUNT(S.QUANTITY) TOTAL\n"
        "FROM S S\nWHERE (S.SIDE = 'BUY')\nGROUP BY S.SYMBOL\nEMIT CHANGES;"
    )

    assert classify(shown, COUNTED, Known(rewritten=True)).effect is Effect.SAME


def test_a_filter_changed_by_hand_shows_against_the_servers_text() -> None:
    shown = (
        "CREATE TABLE N WITH (CLEANUP_POLICY='compact', KAFKA_TOPIC='n', PARTITIONS=1) AS SELECT"
        " S.SYMBOL SYMBOL, COUNT(S.QUANTITY) TOTAL FROM S S GROUP BY S.SYMBOL EMIT CHANGES;"
    )

    assert classify(shown, COUNTED, Known(rewritten=True)).effect is Effect.UPDATED


A, B, C = "`A` INTEGER", "`B` INTEGER", "`C` INTEGER"
EVERYTHING = FILTERED.replace("a, b", "*")


@pytest.mark.parametrize(
    ("old", "new", "columns", "change"),
    [
        (EVERYTHING, EVERYTHING, ((A, B), (A, B)), "same"),
        (EVERYTHING, EVERYTHING, ((A, B), (A, B, C)), "updated in place: "),
        (EVERYTHING, EVERYTHING, ((A, B), (A, C)), "re-created: columns were removed"),
        (EVERYTHING, EVERYTHING, (None, (A, B, C)), "same"),
        (EVERYTHING, EVERYTHING, ((A, B, C), None), "same"),
        (FILTERED, EVERYTHING, ((A, B), (A, B, C)), "updated in place: "),
        (FILTERED, EVERYTHING, ((A, B), (B, A)), "re-created: columns were removed"),
        (
            FILTERED,
            FILTERED.replace("a, b", "CAST(a AS BIGINT) AS a, b"),
            ((A, B), ("`A` BIGINT", B)),
            "re-created: columns were removed, reordered or changed",
        ),
        (
            JOINED.replace("u.id AS id, side", "*"),
            JOINED.replace("u.id AS id, side", "*"),
            ((A,), (A, B)),
            "re-created: what it reads differs, and a join cannot be replaced",
        ),
    ],
    ids=[
        "same",
        "appended",
        "other",
        "unknown",
        "unknown-now",
        "star-appends",
        "star-moves",
        "type",
        "join",
    ],
)
def test_columns_that_are_known_decide_where_the_text_cannot(
    old: str, new: str, columns: tuple[tuple[str, ...] | None, ...], change: str
) -> None:
    before, after = columns

    assert str(classify(old, new, Known(before=before, after=after))).startswith(change)


def test_what_is_never_replaced_by_what_it_reads_is_created_anew() -> None:
    change = classify(COUNTED, COUNTED.replace("BUY", "SELL"), Known(never_replaced="an aggregate"))

    assert str(change) == "re-created: WHERE differs, and an aggregate cannot be replaced"


READS = "CREATE STREAM s (a INT, b INT) WITH (kafka_topic='s', value_format='AVRO');"
WRITES = "CREATE STREAM e WITH (kafka_topic='e') AS SELECT a FROM s;"


def plan(*texts: str) -> Plan:
    return make_plan([Script(f"{number}.sql", text) for number, text in enumerate(texts)], {})


def test_a_statement_of_a_new_name_cannot_have_the_topic_of_one_that_goes() -> None:
    [problem] = contested_topics(plan(READS, WRITES), plan(READS, WRITES.replace("M e", "M f")))

    assert problem == (
        "1.sql: F would be on topic e while E, which is dropped later, still writes it. Give F"
        " another KAFKA_TOPIC; or leave it out of one `up`, which drops the other, and put it into"
        " the next"
    )


def test_two_results_on_one_topic_cannot_be_dropped_with_it() -> None:
    [problem] = shared_topics(plan(READS, WRITES, WRITES.replace("M e", "M f")))

    assert problem == (
        "2.sql: F writes topic e, and so does E (1.sql): neither could be dropped with its topic."
        " Give one of them another KAFKA_TOPIC, or keep topics (result_topics of a pipeline)"
    )


def test_a_source_may_share_a_results_topic() -> None:
    beside = "CREATE STREAM t (a INT) WITH (kafka_topic='e', value_format='AVRO');"

    assert shared_topics(plan(READS, WRITES, beside)) == []


@pytest.mark.parametrize(
    "after",
    [
        (READS, WRITES),
        (READS, WRITES.replace("M e", "M f").replace("'e'", "'f'")),
        (READS, WRITES, "CREATE STREAM t (a INT) WITH (kafka_topic='e', value_format='AVRO');"),
        # A source leaves its topic where it is.
        (READS.replace("M s", "M t"), WRITES.replace("FROM s", "FROM t")),
        (READS,),
    ],
    ids=["unchanged", "topic-too", "beside-it", "a-source", "removed"],
)
def test_other_changes_contest_no_topic(after: tuple[str, ...]) -> None:
    assert contested_topics(plan(READS, WRITES), plan(*after)) == []
