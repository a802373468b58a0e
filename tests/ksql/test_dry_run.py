from ksql.dry_run import steps
from ksql.graph import Plan, Script, make_plan

SOURCE = "CREATE STREAM s (a INT, b INT) WITH (kafka_topic='s', value_format='AVRO');"
ENRICHED = "CREATE STREAM e WITH (kafka_topic='e') AS SELECT a, b FROM s WHERE a > 1;"
COUNTED = "CREATE TABLE c WITH (kafka_topic='c') AS SELECT a, COUNT(*) AS n FROM e GROUP BY a;"


def plan(*texts: str) -> Plan:
    return make_plan([Script(f"{number}.sql", text) for number, text in enumerate(texts)], {})


def test_an_unchanged_plan_takes_no_step() -> None:
    assert (
        steps(plan(SOURCE, ENRICHED), plan(SOURCE.lower().replace("avro", "AVRO"), ENRICHED)) == ()
    )


def test_a_new_statement_is_created() -> None:
    assert steps(plan(SOURCE), plan(SOURCE, ENRICHED)) == (ENRICHED,)


def test_a_filter_is_replaced_in_place_and_its_readers_left_alone() -> None:
    changed = ENRICHED.replace("a > 1", "a > 2")

    assert steps(plan(SOURCE, ENRICHED, COUNTED), plan(SOURCE, changed, COUNTED)) == (
        changed.replace("CREATE", "CREATE OR REPLACE"),
    )


def test_what_is_re_created_takes_its_readers_along_in_data_flow_order() -> None:
    changed = ENRICHED.replace("a, b", "a")

    assert steps(plan(SOURCE, ENRICHED, COUNTED), plan(SOURCE, changed, COUNTED)) == (
        "DROP TABLE IF EXISTS `C` DELETE TOPIC;",
        "DROP STREAM IF EXISTS `E` DELETE TOPIC;",
        changed,
        COUNTED,
    )


def test_a_removed_statement_is_dropped_and_a_source_keeps_its_topic() -> None:
    assert steps(plan(SOURCE, ENRICHED), plan(SOURCE)) == (
        "DROP STREAM IF EXISTS `E` DELETE TOPIC;",
    )
    assert steps(plan(SOURCE, ENRICHED), Plan(())) == (
        "DROP STREAM IF EXISTS `E` DELETE TOPIC;",
        "DROP STREAM IF EXISTS `S`;",
    )
