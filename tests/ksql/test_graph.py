from pathlib import Path

import pytest

from ksql.errors import PlanInvalid
from ksql.graph import Script, load_scripts, make_plan, without_comments

ROOT = Path(__file__).parents[2]
VARIABLES = {"alert_threshold": "10", "window_minutes": "5"}

SOURCE = Script(
    "10_s.sql", "CREATE STREAM s (a VARCHAR, n INT) WITH (kafka_topic='s', value_format='AVRO');"
)


def reader(file: str, name: str, source: str) -> Script:
    return Script(
        file, f"CREATE STREAM {name} WITH (kafka_topic='{name}') AS\nSELECT * FROM {source};"
    )


def problems(*scripts: Script, limit: int | None = None, **variables: str) -> tuple[str, ...]:
    with pytest.raises(PlanInvalid) as refused:
        make_plan(scripts, variables, query_limit=limit)
    return refused.value.problems


def test_the_workshops_statements_are_ordered_by_what_they_read() -> None:
    plan = make_plan(load_scripts(ROOT / "ksql" / "statements", ROOT), VARIABLES)

    reads = {each.name: each.reads for each in plan.statements}
    assert reads == {
        "STOCKS_STREAM": (),
        "USERS": (),
        "STOCKS_ENRICHED": ("STOCKS_STREAM", "USERS"),
        "NUMBER_OF_TIMES_STOCK_BOUGHT": ("STOCKS_STREAM",),
        "TOTAL_STOCK_PURCHASED": ("STOCKS_ENRICHED",),
        "STOCKS_PURCHASED_5MIN_WINDOW_TUMBLING": ("STOCKS_ENRICHED",),
        "ACCOUNTS_TO_MONITOR": ("STOCKS_ENRICHED",),
    }
    names = [each.name for each in plan.statements]
    assert all(
        names.index(source) < names.index(each.name)
        for each in plan.statements
        for source in each.reads
    )
    assert plan.query_count == 5


ON_RESULT = Script(
    "05_again.sql",
    "CREATE STREAM again (a VARCHAR) WITH (kafka_topic='result', value_format='AVRO');",
)


def test_a_source_on_the_topic_of_a_result_comes_after_what_writes_it() -> None:
    plan = make_plan([ON_RESULT, SOURCE, reader("20_r.sql", "result", "s")], {})

    assert [(each.name, each.reads) for each in plan.statements] == [
        ("S", ()),
        ("RESULT", ("S",)),
        ("AGAIN", ("RESULT",)),
    ]


def test_a_feedback_through_a_topic_is_no_circle() -> None:
    first = Script(
        "20_r.sql", "CREATE STREAM r WITH (kafka_topic='result') AS SELECT a FROM again;"
    )

    plan = make_plan([ON_RESULT, first], {})

    assert [(each.name, each.reads) for each in plan.statements] == [
        ("AGAIN", ()),
        ("R", ("AGAIN",)),
    ]


def test_variables_are_filled_in_before_a_statement_is_sent() -> None:
    plan = make_plan(load_scripts(ROOT / "ksql" / "statements", ROOT), VARIABLES)

    [monitored] = [each for each in plan.statements if each.name == "ACCOUNTS_TO_MONITOR"]
    assert "WINDOW TUMBLING (SIZE 5 MINUTES)" in monitored.sql
    assert "HAVING COUNT(*) > 10" in monitored.sql
    assert monitored.topic == "accounts_to_monitor"
    assert "--" not in monitored.sql


def test_a_reader_of_a_windowed_table_is_known_as_one() -> None:
    table = Script(
        "20_t.sql",
        "CREATE TABLE t WITH (kafka_topic='t') AS SELECT a, COUNT(*) AS n FROM s"
        " WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY a;",
    )
    stream = Script(
        "30_w.sql",
        "CREATE STREAM w (a VARCHAR KEY, n BIGINT) WITH (kafka_topic='t', value_format='AVRO',"
        " window_type='TUMBLING', window_size='1 MINUTE');",
    )

    plan = make_plan((SOURCE, table, stream, reader("40_r.sql", "r", "w")), {})

    found = {each.name: plan.never_replaced(each) for each in plan.statements}
    assert found == {"S": "", "T": "", "W": "", "R": "a query on a windowed source"}


def test_an_aggregate_of_a_table_is_known_as_one_that_is_never_replaced() -> None:
    table = Script(
        "20_t.sql",
        "CREATE TABLE t (k VARCHAR PRIMARY KEY, a INT)"
        " WITH (kafka_topic='t', value_format='AVRO');",
    )
    counted = Script(
        "30_c.sql",
        "CREATE TABLE c WITH (kafka_topic='c') AS SELECT a, COUNT(*) AS n FROM t GROUP BY a;",
    )
    kept = Script(
        "40_k.sql", "CREATE TABLE k WITH (kafka_topic='k') AS SELECT k, a FROM t WHERE a > 1;"
    )

    plan = make_plan((table, counted, kept), {})

    found = {each.name: plan.never_replaced(each) for each in plan.statements}
    assert found == {"T": "", "C": "an aggregate of a table", "K": ""}


def test_columns_and_formats_are_foretold_stars_written_out() -> None:
    plan = make_plan((SOURCE, reader("20_r.sql", "r", "s")), {})

    found = {each.name: (each.columns, each.formats) for each in plan.statements}
    columns = ("`A` STRING", "`N` INTEGER")
    assert found == {
        "S": (columns, {"key_format": "KAFKA", "value_format": "AVRO"}),
        "R": (columns, {"key_format": "NONE", "value_format": "AVRO"}),
    }


REGISTERED = Script("10_o.sql", "CREATE STREAM o WITH (kafka_topic='o', value_format='AVRO');")


def test_what_only_schema_registry_knows_is_left_to_the_server() -> None:
    counted = Script(
        "30_c.sql",
        "CREATE TABLE c WITH (kafka_topic='counts') AS SELECT a, COUNT(*) AS n FROM r"
        " WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY a;",
    )
    last = Script("40_l.sql", "CREATE TABLE l AS SELECT * FROM c;")

    plan = make_plan((last, counted, REGISTERED, reader("20_r.sql", "r", "o")), {})

    found = [(each.name, each.topic, each.columns) for each in plan.statements]
    assert found == [
        ("O", "o", None),
        ("R", "r", None),
        ("C", "counts", None),
        ("L", "L", None),
    ]
    assert plan.never_replaced(plan.statements[3]) == "a query on a windowed source"
    assert plan.never_replaced(plan.statements[2]) == ""


def test_what_can_be_judged_beside_an_unknown_schema_is_judged() -> None:
    broken = Script("20_b.sql", "CREATE STREAM b WITH (kafka_topic='b') AS SELECT nil FROM s;")

    [problem] = problems(REGISTERED, SOURCE, broken)

    assert problem.startswith("20_b.sql:1:50: SELECT column 'NIL' cannot be resolved.")


def test_comments_are_taken_out_and_lines_stay_where_they_are() -> None:
    text = "-- first\nCREATE /* a\nb */ STREAM s -- why\n  (a INT) WITH (kafka_topic='-- no');"

    assert without_comments(text) == "CREATE\nSTREAM s\n(a INT) WITH (kafka_topic='-- no');"


def test_a_statement_that_does_not_parse_is_shown_at_its_place() -> None:
    broken = Script("20_b.sql", "-- why\nCREATE STREAM b AS\n  SELECT * FORM s;")

    [problem] = problems(SOURCE, broken)

    assert problem.startswith("20_b.sql:3:12: ")
    assert "\n    SELECT * FORM s;\n             ^" in problem


def test_an_unknown_column_comes_with_the_closest_one() -> None:
    broken = Script("20_b.sql", "CREATE STREAM b WITH (kafka_topic='b') AS\n  SELECT aa, n FROM s;")

    [problem] = problems(SOURCE, broken)

    assert problem == (
        "20_b.sql:2:10: SELECT column 'AA' cannot be resolved.\n"
        "    SELECT aa, n FROM s;\n"
        "           ^\n"
        "Did you mean A?"
    )


def test_a_source_that_no_file_creates_names_both_files() -> None:
    [problem] = problems(
        Script("10_st.sql", SOURCE.text.replace("STREAM s", "STREAM stocks")),
        reader("20_r.sql", "r", "stoks"),
    )

    assert problem == (
        "20_r.sql:2:15: R reads STOKS, which no file creates (10_st.sql creates STOCKS)\n"
        "  SELECT * FROM stoks;\n"
        "                ^\n"
        "Did you mean STOCKS?"
    )


def test_two_statements_of_one_name_are_refused_with_both_files() -> None:
    again = Script("20_s.sql", SOURCE.text)

    assert problems(SOURCE, again) == ("20_s.sql and 10_s.sql both create S",)


def test_a_circle_is_refused_with_every_file_on_it() -> None:
    [found] = problems(reader("1.sql", "a", "b"), reader("2.sql", "b", "a"))

    # Which of the two comes first is graphlib's choice.
    steps = found.removeprefix("the statements read each other in a circle: ").split(" reads ")
    assert steps[0] == steps[2]
    assert sorted(steps[:2]) == ["A (1.sql)", "B (2.sql)"]


def test_a_statement_that_reads_itself_is_a_circle_too() -> None:
    assert problems(reader("1.sql", "a", "a")) == (
        "the statements read each other in a circle: A (1.sql) reads A (1.sql)",
    )


def test_a_circle_is_told_from_reader_to_source() -> None:
    first = Script("1.sql", "CREATE STREAM a WITH (kafka_topic='a') AS SELECT * FROM c;")

    [found] = problems(first, reader("2.sql", "b", "a"), reader("3.sql", "c", "b"))

    assert found.split(": ")[1] in (
        "A (1.sql) reads C (3.sql) reads B (2.sql) reads A (1.sql)",
        "B (2.sql) reads A (1.sql) reads C (3.sql) reads B (2.sql)",
        "C (3.sql) reads B (2.sql) reads A (1.sql) reads C (3.sql)",
    )


def test_a_variable_in_a_comment_is_neither_used_nor_missed() -> None:
    script = Script("1.sql", f"-- ${{nowhere}} /* ${{topic}}\n/* ${{nowhere}} */ {SOURCE.text}")

    assert problems(script, topic="s") == ("no statement uses the variable ${topic}",)
    assert make_plan([script], {}).statements[0].sql == SOURCE.text


def test_an_undefined_variable_is_refused_where_it_stands() -> None:
    script = Script("1.sql", SOURCE.text.replace("'s'", "'${topik}'"))

    [first, second] = problems(script, topic="s")

    assert first == "no statement uses the variable ${topic}"
    assert second.startswith("1.sql:1:54: Undefined variable: topik")
    assert second.endswith("Did you mean topic?")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "SELECT * FROM s;",
            "1.sql: only CREATE STREAM and CREATE TABLE can be deployed, one per"
            " file; this is a SELECT",
        ),
        (
            "INSERT INTO s SELECT * FROM s;",
            "1.sql: only CREATE STREAM and CREATE TABLE can be"
            " deployed, one per file; this is an INSERT INTO",
        ),
        (
            SOURCE.text.replace("CREATE", "CREATE OR REPLACE"),
            "1.sql: leave out OR REPLACE and IF NOT EXISTS: whether S is created, replaced or left"
            " alone is decided by comparing",
        ),
        (
            SOURCE.text.replace("STREAM", "STREAM IF NOT EXISTS"),
            "1.sql: leave out OR REPLACE and IF NOT EXISTS: whether S is created, replaced or left"
            " alone is decided by comparing",
        ),
    ],
    ids=["select", "insert", "or-replace", "if-not-exists"],
)
def test_other_statements_are_refused(text: str, reason: str) -> None:
    assert problems(Script("1.sql", text)) == (reason,)


def test_more_queries_than_the_application_allows_are_said() -> None:
    found = problems(SOURCE, reader("2.sql", "a", "s"), reader("3.sql", "b", "s"), limit=1)

    assert found == (
        "the statements run 2 persistent queries, but the application allows 1. If yours allows"
        " more, raise the limit (query_limit; in a stack's settings persistent_query_limit)",
    )


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = problems(SOURCE, Script("2.sql", "CREATE;"), reader("3.sql", "r", "nobody"), x="1")

    assert [each.split(":")[0] for each in found] == [
        "no statement uses the variable ${x}",
        "2.sql",
        "3.sql",
    ]


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanInvalid, match=r"holds no \.sql file"):
        load_scripts(tmp_path)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "1.sql").write_bytes(b"CREATE STREAM \xff;")

    with pytest.raises(PlanInvalid, match=r"^1\.sql cannot be read: it is not UTF-8$"):
        load_scripts(tmp_path)


def test_a_folder_named_like_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "1.sql").mkdir()

    with pytest.raises(PlanInvalid, match=r"^1\.sql cannot be read: Is a directory$"):
        load_scripts(tmp_path)


def test_two_statements_in_one_file_are_refused() -> None:
    [problem] = problems(Script("1.sql", SOURCE.text + SOURCE.text.replace(" s ", " t ")))

    assert problem.startswith("1.sql:1:80: ")
