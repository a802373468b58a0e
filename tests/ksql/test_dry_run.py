from ksql.dry_run import Course, Finding, dry_run, steps
from ksql.graph import Plan, Script, make_plan
from tests.ksql.scripted import Says, ScriptedServer, client_of, refusal

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


def test_topics_that_are_kept_are_kept_in_the_dry_run_too() -> None:
    changed = ENRICHED.replace("a, b", "a")
    old, new = plan(SOURCE, ENRICHED), plan(SOURCE, changed)

    assert steps(old, new, Course(delete_topics=False))[0] == "DROP STREAM IF EXISTS `E`;"


def test_what_a_run_that_failed_half_way_did_not_make_is_created() -> None:
    old, new = plan(SOURCE, ENRICHED), plan(SOURCE, ENRICHED, COUNTED)

    assert steps(old, new, Course(there=frozenset("S"))) == (ENRICHED, COUNTED)


def test_what_is_there_already_is_created_only_where_it_is_not_adopted() -> None:
    old, new, there = plan(SOURCE), plan(SOURCE, ENRICHED, COUNTED), frozenset("SE")

    assert steps(old, new, Course(there=there)) == (ENRICHED, COUNTED)
    assert steps(old, new, Course(there=there, adopt=True)) == (COUNTED,)


def test_a_reader_of_everything_is_replaced_when_a_column_is_appended_to_what_it_reads() -> None:
    everything = "CREATE STREAM x WITH (kafka_topic='x') AS SELECT * FROM e;"
    longer = ENRICHED.replace("a, b", "a, b, a + b AS c")

    assert steps(plan(SOURCE, ENRICHED, everything), plan(SOURCE, longer, everything)) == (
        longer.replace("CREATE", "CREATE OR REPLACE"),
        everything.replace("CREATE", "CREATE OR REPLACE"),
    )


VALID = refusal(40002, "PRINT is not supported here")
THERE = Says([{"streams": [{"name": "S"}]}, {"tables": []}])


def test_the_server_is_asked_behind_a_guard_about_what_it_has() -> None:
    server = ScriptedServer(VALID, THERE, refusal(40001, "no such topic", ENRICHED))

    found = dry_run(client_of(server), plan(SOURCE), plan(SOURCE, ENRICHED))

    assert found == Finding(ENRICHED, "no such topic")
    assert server.sent == [
        "SHOW STREAMS; PRINT dry_run;",
        "SHOW STREAMS; SHOW TABLES;",
        f"{ENRICHED}\nPRINT dry_run;",
    ]


def test_a_plan_without_a_step_is_not_asked_about() -> None:
    server = ScriptedServer()

    assert dry_run(client_of(server), plan(SOURCE), plan(SOURCE)) is None


def test_a_server_that_might_run_the_plan_is_sent_none() -> None:
    server = ScriptedServer(Says([{"streams": []}]))

    assert dry_run(client_of(server), plan(SOURCE), plan(SOURCE, ENRICHED)) is None
    assert len(server.requests) == 1


FED = refusal(40001, "Cannot drop source `E`.\nYou need to terminate them before dropping E.")


def test_inserts_that_are_to_be_ended_are_no_obstacle_and_others_come_with_a_way_out() -> None:
    old, new = plan(SOURCE, ENRICHED), plan(SOURCE)
    there = Says([{"streams": [{"name": "S"}, {"name": "E"}]}])

    found = dry_run(client_of(ScriptedServer(VALID, there, FED)), old, new)
    ending = Course(end_inserts=True)
    ended = dry_run(client_of(ScriptedServer(VALID, there, FED)), old, new, ending)
    read = refusal(40001, "Cannot drop E. The following tables read from this source: [X].")
    other = dry_run(client_of(ScriptedServer(VALID, there, read)), old, new, ending)

    assert str(found).endswith(
        "before dropping E. Do so with TERMINATE, or set end_inserts=True in an `up` before the one"
        " that drops it"
    )
    assert ended is None
    assert other is not None
